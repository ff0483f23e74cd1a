//! What an error of the library `h2` means, decided by its kind, its code and what passed on the wire.

use goodgate_facts::Phase;
use h2::Reason;

use super::watch::Watch;
use crate::connection::Cut;
use crate::{Failure, Fault, Retry};

/// What an error of the library means, given what passed on the wire.
pub(super) fn failure(watch: &Watch, error: Option<&h2::Error>, phase: Phase, head_bytes: usize) -> Failure {
    if watch.is_foreign() || error.is_some_and(h2::Error::is_library) && !watch.has_frames() {
        let failure = Failure::new(Fault::Http2Protocol(Reason::PROTOCOL_ERROR.into()), phase);
        return failure.began(&watch.began);
    }
    let unprocessed = watch.goaway.filter(|goaway| watch.is_unprocessed(goaway) && phase < Phase::Head);
    let remote = error.filter(|error| error.is_remote());
    let code = error.and_then(h2::Error::reason).map(u32::from);
    if let (Some(code), true) = (code, remote.is_some_and(h2::Error::is_reset)) {
        let failure = Failure::new(Fault::Http2StreamReset(code), phase);
        // RFC 9113 section 8.7: nothing of it was processed.
        let refused = code == u32::from(Reason::REFUSED_STREAM) && phase < Phase::Head;
        return if refused { failure.retry(Retry::Safe) } else { failure };
    }
    if let Some(goaway) = unprocessed {
        return Failure::new(goaway_fault(goaway.code), phase).retry(Retry::Safe);
    }
    match (error, code, watch.end(phase), watch.goaway) {
        (Some(error), Some(code), ..) if error.is_library() => library(code, watch, phase, head_bytes),
        (_, _, _, Some(goaway)) if goaway.code != u32::from(Reason::NO_ERROR) => {
            Failure::new(goaway_fault(goaway.code), phase)
        }
        (_, _, Some(cut), _) => cut.failure(phase),
        (_, _, None, Some(goaway)) => Failure::new(goaway_fault(goaway.code), phase),
        (_, Some(code), None, None) => Failure::new(Fault::Http2Protocol(code), phase),
        // An earlier exchange ended the connection.
        (None, None, None, None) => Cut::Closed.failure(phase),
        (Some(error), None, None, None) if error.is_io() => Cut::Failed(None).failure(phase),
        // What remains is a request that the library will not send.
        (Some(_), None, None, None) if watch.sent == 0 => {
            Failure::new(Fault::RequestInvalid, phase).retry(Retry::Safe)
        }
        (Some(_), None, None, None) => {
            Failure::new(Fault::Http2Protocol(Reason::INTERNAL_ERROR.into()), phase)
        }
    }
}

/// What the library itself found wrong. It ends an endless head with `ENHANCE_YOUR_CALM` and one larger than was
/// allowed with a reset; which of the two it was, the number of bytes tells.
fn library(code: u32, watch: &Watch, phase: Phase, head_bytes: usize) -> Failure {
    let calm = code == u32::from(Reason::ENHANCE_YOUR_CALM);
    let fault = match phase {
        Phase::Head if calm || watch.head_bytes > head_bytes => Fault::HeadTooBig,
        // Behind the response's own head comes only that of the trailers.
        Phase::Body if watch.heads > watch.interim + 1 && (calm || watch.head_bytes > head_bytes) => {
            Fault::TrailersTooBig
        }
        _ => Fault::Http2Protocol(code),
    };
    Failure::new(fault, phase)
}

/// A GOAWAY with one of the codes that blame us for breaking the protocol (RFC 9113 section 7), or any other.
fn goaway_fault(code: u32) -> Fault {
    match Reason::from(code) {
        Reason::PROTOCOL_ERROR
        | Reason::FLOW_CONTROL_ERROR
        | Reason::SETTINGS_TIMEOUT
        | Reason::STREAM_CLOSED
        | Reason::FRAME_SIZE_ERROR
        | Reason::COMPRESSION_ERROR => Fault::Http2Protocol(code),
        _ => Fault::Http2GoAway(code),
    }
}
