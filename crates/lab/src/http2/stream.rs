//! One request over HTTP/2 as its client sees it, and how its answer ends (RFC 9113 §8).

use super::asking::Question;
use super::hpack::Field;
use crate::http1::decimal;
use crate::observation::{End, Front, INTERIM_MAX, Reply, Stop};

/// Fields that belong to a connection of HTTP/1 and make an answer of HTTP/2 malformed (RFC 9113 §8.2.2).
const OF_A_CONNECTION: [&[u8]; 5] =
    [b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

/// The request that was made last, and its answer.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) id: u32,
    pub(super) head: bool,
    pub(super) window: i64,
    /// Bytes of the body that are still to be sent; `None` once the request is at its end.
    pub(super) unsent: Option<usize>,
    /// How long the answer says that its body is.
    announced: Option<u64>,
    /// Whether any part of the answer has come.
    pub(super) any: bool,
    /// How the answer has ended.
    pub(super) end: Option<End>,
    reply: Reply,
}

impl Stream {
    /// A request that is made on this stream, in a window of so many bytes.
    pub(super) fn asked(id: u32, question: &Question<'_>, window: i64) -> Self {
        let unsent = (question.body_bytes > 0).then_some(question.body_bytes);
        Self { id, head: question.head, window, unsent, ..Self::default() }
    }

    /// Ends the answer, unless it has ended before.
    pub(super) fn over(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// The answer, given how the connection stopped if it was not over.
    pub(super) fn finish(&mut self, stop: Stop) -> Reply {
        let end = *self.end.get_or_insert(stop.end(self.any));
        Reply { front: Front::Http2, end, ..std::mem::take(&mut self.reply) }
    }

    /// A whole header block has come.
    pub(super) fn headers(&mut self, fields: &[Field], is_last: bool) {
        self.any = true;
        match self.fields(fields, is_last) {
            Some(()) if is_last => self.ended(),
            Some(()) => {}
            None => self.over(End::Unreadable),
        }
    }

    /// A piece of the body has come.
    pub(super) fn content(&mut self, content: &[u8], is_last: bool) {
        if self.reply.status.is_none() || (self.head && !content.is_empty()) {
            self.any = true;
            self.over(End::Unreadable);
            return;
        }
        self.reply.keep(content);
        if is_last {
            self.ended();
        }
    }

    /// Reads a header block: an interim answer, the head, or the trailers; `None` where it is malformed
    /// (RFC 9113 §8.1 and §8.2).
    fn fields(&mut self, fields: &[Field], is_last: bool) -> Option<()> {
        let allowed = |(name, _): &Field| {
            !name.iter().any(u8::is_ascii_uppercase) && !OF_A_CONNECTION.contains(&name.as_slice())
        };
        if !fields.iter().all(allowed) {
            return None;
        }
        if self.reply.status.is_some() {
            // Trailers are the end, and know no pseudo-header fields.
            return (is_last && fields.iter().all(|(name, _)| !name.starts_with(b":"))).then_some(());
        }
        let (status, rest) = match fields.split_first()? {
            ((name, value), rest) if name == b":status" && value.len() == 3 => (decimal(value)?, rest),
            _ => return None,
        };
        let status = u16::try_from(status).ok().filter(|status| *status >= 100 && *status != 101)?;
        if rest.iter().any(|(name, _)| name.starts_with(b":")) {
            return None;
        }
        if status < 200 {
            self.reply.interim.push(status);
            return (!is_last && self.reply.interim.len() <= INTERIM_MAX).then_some(());
        }
        let length = rest.iter().find(|(name, _)| name == b"content-length");
        self.announced = length.and_then(|(_, value)| decimal(value));
        self.reply.status = Some(status);
        self.reply.line = format!("HTTP/2 {status}").into_bytes();
        let line = |(name, value): &Field| [name, b": ".as_slice(), value].concat();
        self.reply.headers = rest.iter().map(line).collect();
        Some(())
    }

    /// The answer is at its end, as the other side says; a length that it does not keep makes it malformed
    /// (RFC 9113 §8.1.1).
    fn ended(&mut self) {
        let empty = self.head || self.reply.status == Some(304);
        let kept = empty || self.announced.is_none_or(|announced| announced == self.reply.body_bytes);
        self.over(if kept { End::Complete } else { End::Unreadable });
    }
}
