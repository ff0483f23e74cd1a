//! One request through a gateway, as an access log or a probe tells it.

use crate::{Moment, Target, Untrusted};

/// One attempt at one upstream server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// The server that was tried.
    pub target: Option<Target>,
    /// The status it answered with.
    pub status: Option<u16>,
    /// Seconds to connect.
    pub connect_s: Option<f64>,
    /// Seconds to the response head.
    pub head_s: Option<f64>,
    /// Seconds to the end of the response.
    pub total_s: Option<f64>,
}

/// One request and the answer that the client got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// When the record was written or the request began, as the log tells.
    pub when: Option<Moment>,
    /// The request method, such as GET.
    pub method: Option<String>,
    /// Request target as the client wrote it.
    pub path: Untrusted,
    /// The status that the client got; `None` where the log says there was none.
    pub status: Option<u16>,
    /// Body (or total) bytes sent to the client.
    pub bytes: Option<u64>,
    /// Seconds from the first byte of the request to the end.
    pub total_s: Option<f64>,
    /// Attempts at upstream servers, in order; empty where the log does not tell.
    pub attempts: Vec<Attempt>,
    /// Line in the file, counted from 1.
    pub line: u32,
}
