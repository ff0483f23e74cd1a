//! What gateways say of the client side.

use super::{SignalKind, fact, noise};

#[rustfmt::skip]
pub(super) const LIST: &[SignalKind] = &[
    noise("client-gone", "client", "The client went away before the answer was ready."),
    noise("client-request-bad", "client", "A client sent a request that is not valid."),
    noise("client-timed-out", "client", "A client did not send its request in time."),
    noise("client-tls-failed", "client", "A client's TLS handshake failed."),
    noise("client-probe", "client", "A scanner or bot asked for something that is not there."),
    fact("request-header-too-big", "request-size", "The request's headers are larger than the gateway accepts."),
    fact("request-body-too-big", "request-size", "The request's body is larger than the gateway accepts."),
    fact("request-rejected-by-upstream-size", "request-size", "The upstream answered that the request is too large."),
];
