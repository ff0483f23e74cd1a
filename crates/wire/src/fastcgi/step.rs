//! What the reader of an answer tells its caller.

use std::ops::Range;

use super::head::CgiHead;

/// What was understood of the bytes handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FcgiStep {
    /// Where in these bytes the standard output stands now, without its framing: the answer's head until
    /// [`head`](super::ResponseReader::head) told it, then its body. Empty where there is none.
    pub data: Range<usize>,
    /// How many of the bytes were taken. Fewer than all either with [`FcgiStep::end`], and the rest was not asked for
    /// (the connection is not used again), or because something wrong follows that the next call tells.
    pub taken: usize,
    /// The request is over (END_REQUEST). It is told again whenever it is asked for again.
    pub end: Option<FcgiEnd>,
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FcgiEnd {
    /// What the application says of itself, like the exit status of a program: 0 for well. php-fpm says 0 always.
    pub app_status: u32,
}

/// A head and what is at hand of the body behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FcgiHead {
    /// The head.
    pub head: CgiHead,
    /// Where the body stands in the standard output that was handed in, as far as it came.
    pub body: Range<usize>,
    /// How long the body is.
    pub length: BodyLength,
}

/// What is known of a body's length when its head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body, whatever the script prints: HEAD, 204 or 304 (RFC 9110 section 6.4.1).
    None,
    /// So many bytes: `Content-Length` says so, or all has come already.
    Known(u64),
    /// It ends with the request.
    Open,
}
