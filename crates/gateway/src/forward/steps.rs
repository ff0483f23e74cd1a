//! How many more intermediaries a request may pass (`Max-Forwards`, RFC 9110 section 7.6.2): asked by whoever looks for
//! the place on the way where something goes wrong.

use goodgate_wire::FieldName;

use crate::request::Request;

/// Whether the request may go no further: whoever has it answers it.
pub(crate) fn ends_here(request: &Request<'_>) -> bool {
    counts(request.method) && value(request) == Some(0)
}

/// What goes on in its place, if it counts for this request and can be read.
pub(super) fn left(request: &Request<'_>) -> Option<u64> {
    value(request).filter(|_| counts(request.method)).map(|steps| steps.saturating_sub(1))
}

/// Whether the field counts for requests with this method; for all others it goes on as it came.
fn counts(method: &[u8]) -> bool {
    matches!(method, b"OPTIONS" | b"TRACE")
}

fn value(request: &Request<'_>) -> Option<u64> {
    let value = request.fields.first(FieldName::MaxForwards)?;
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}
