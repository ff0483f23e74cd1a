//! What an intermediary does to the fields of a message that it passes on (RFC 9110 section 7.6): connection-level
//! fields taken out, its own put in.
//!
//! Knows no version of HTTP: fields go into a [`Sink`].

mod asker;
mod names;
mod sink;
mod steps;

use goodgate_wire::{FieldLines, FieldName, FieldNames, Version};

use crate::request::Request;
use names::{
    CLAIMS, MAX_FORWARDS, NOT_ON, Nominated, OF_THE_CONNECTION, is_disguised, is_same_variable, may_trail,
};

pub(crate) use asker::{Asker, Introduction, client_address, has_looped};
pub(crate) use names::nominates_too_many;
pub(crate) use sink::{Listed, Sink};
pub(crate) use steps::ends_here;

/// Fields that a route sets (`Some`) or removes (`None`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edits<'a>(pub(crate) &'a [(String, Option<String>)]);

impl<'a> Edits<'a> {
    /// Whether the route decides about this field, in whatever spelling applications take for its own.
    pub(crate) fn name(self, name: &[u8]) -> bool {
        self.0.iter().any(|(edit, _)| is_same_variable(edit.as_bytes(), name))
    }

    /// The fields that are set.
    pub(crate) fn set(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_bytes(), value.as_deref()?.as_bytes())))
    }
}

/// Where an intermediary's own fields go: those that a route decides about are left out.
pub(crate) struct Own<'a, 'e, S: ?Sized> {
    pub(crate) sink: &'a mut S,
    pub(crate) edits: Edits<'e>,
}

impl<S: Sink> Own<'_, '_, S> {
    #[inline(always)]
    pub(crate) fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        if self.edits.0.is_empty() || !self.edits.name(name) {
            self.sink.put(name, value);
        }
    }
}

/// How a request goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Onward<'a> {
    /// The `Host` to send.
    pub(crate) host: &'a [u8],
    pub(crate) asker: Asker<'a>,
    /// Our name in `Via`.
    pub(crate) name: &'a [u8],
    pub(crate) request_id: &'a [u8],
    pub(crate) edits: Edits<'a>,
}

/// Writes a request's fields as they go on, without framing and `Connection`.
pub(crate) fn request_fields(request: &Request<'_>, onward: &Onward<'_>, sink: &mut impl Sink) {
    use FieldName as F;
    let (fields, edits) = (request.fields, onward.edits);
    let among = fields.names();
    let nominated = Nominated::by(fields);
    let mut not_on = if onward.asker.trusted { NOT_ON } else { NOT_ON.and(CLAIMS) };
    let steps = if among.has(F::MaxForwards) { steps::left(request) } else { None };
    if steps.is_some() {
        not_on = not_on.and(MAX_FORWARDS);
    }
    let mut own = Own { sink, edits };
    own.put(b"Host", &[onward.host]);
    let by_name = nominated.any || !edits.0.is_empty() || among.has(F::Other);
    let stays = |id, name: &[u8]| is_disguised(id, name) || nominated.has(id, name) || edits.name(name);
    pass_on(fields, own.sink, |at, id| {
        not_on.has(id) || by_name && fields.name(at).is_some_and(|name| stays(id, name))
    });
    if among.has(F::Te) && fields.lists(F::Te, b"trailers") {
        own.put(b"TE", &[b"trailers"]);
    }
    if let Some(steps) = steps {
        own.put(b"Max-Forwards", &[steps.to_string().as_bytes()]);
    }
    if !onward.asker.trusted
        && !among.has(F::Via)
        && edits.0.is_empty()
        && let Some(lines) = own.sink.lines()
    {
        return first_of_us(request, onward, lines);
    }
    forwarded(request, onward, among, &mut own);
    let received = Received::of(request.version).text;
    joined(b"Via", among.has(F::Via).then(|| fields.all(F::Via)), &[received, onward.name], &mut own);
    own.put(b"X-Request-ID", &[onward.request_id]);
    for (name, value) in edits.set() {
        match value {
            b"{client}" => own.sink.put(name, &[onward.asker.address.to_string().as_bytes()]),
            value => own.sink.put(name, &[value]),
        }
    }
}

/// Passes on all fields but those that stay, as many at once as follow each other.
#[inline(always)]
fn pass_on(fields: FieldLines<'_>, sink: &mut impl Sink, stays: impl Fn(usize, FieldName) -> bool) {
    let mut begin = 0;
    for (at, id) in fields.ids().enumerate() {
        if stays(at, id) {
            if begin < at {
                sink.put_all(fields.part(begin..at));
            }
            begin = at + 1;
        }
    }
    sink.put_all(fields.part(begin..fields.len()));
}

/// The fields behind a body that go on: what neither frames nor routes nor judges the message (RFC 9110 section 6.5.1),
/// and what the route has no say about.
pub(crate) fn trailer_fields<'a, 'e>(
    fields: FieldLines<'a>,
    edits: Edits<'e>,
) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a, 'e> {
    let goes_on = move |id, name: &[u8]| may_trail(id, name) && !edits.name(name);
    fields.iter().filter(move |(id, name, _)| goes_on(*id, name)).map(|(_, name, value)| (name, value))
}

/// Our own fields in the usual case: no proxy before us is believed, and the route has no say. They are the same as
/// [`forwarded`], `Via` and the id, written at once.
fn first_of_us(request: &Request<'_>, onward: &Onward<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(onward.asker.peer.lines());
    if !request.authority.is_empty() {
        out.extend_from_slice(b";host=\"");
        out.extend_from_slice(request.authority);
        out.extend_from_slice(b"\"\r\nX-Forwarded-Host: ");
        out.extend_from_slice(request.authority);
    }
    out.extend_from_slice(Received::of(request.version).next_line);
    out.extend_from_slice(onward.name);
    out.extend_from_slice(b"\r\nX-Request-ID: ");
    out.extend_from_slice(onward.request_id);
    out.extend_from_slice(b"\r\n");
}

/// Who asked and how, for the server behind.
fn forwarded(
    request: &Request<'_>,
    onward: &Onward<'_>,
    among: FieldNames,
    own: &mut Own<'_, '_, impl Sink>,
) {
    use FieldName as F;
    let fields = request.fields;
    let trusted = onward.asker.trusted;
    let before = |id: F| (trusted && among.has(id)).then(|| fields.all(id));
    joined(b"X-Forwarded-For", before(F::XForwardedFor), &[onward.asker.peer.address()], own);
    if !trusted || !among.has(F::XForwardedProto) {
        own.put(b"X-Forwarded-Proto", &[request.scheme.as_str().as_bytes()]);
    }
    let (open, end): (&[u8], &[u8]) =
        if request.authority.is_empty() { (b"", b"") } else { (b";host=\"", b"\"") };
    let ours = [onward.asker.peer.forwarded(), open, request.authority, end];
    joined(b"Forwarded", before(F::Forwarded), &ours, own);
    if !request.authority.is_empty() && (!trusted || !among.has(F::XForwardedHost)) {
        own.put(b"X-Forwarded-Host", &[request.authority]);
    }
}

/// The version in which a message came, as `Via` begins with it (RFC 9110 section 7.6.3), in one piece with whatever stands
/// before it.
#[derive(Clone, Copy)]
struct Received {
    text: &'static [u8],
    line: &'static [u8],
    /// Behind a line that has not ended.
    next_line: &'static [u8],
}

impl Received {
    #[inline(always)]
    const fn of(version: Version) -> Self {
        match version {
            Version::Http10 => Self { text: b"1.0 ", line: b"Via: 1.0 ", next_line: b"\r\nVia: 1.0 " },
            Version::Http11 => Self { text: b"1.1 ", line: b"Via: 1.1 ", next_line: b"\r\nVia: 1.1 " },
            Version::Http2 => Self { text: b"2 ", line: b"Via: 2 ", next_line: b"\r\nVia: 2 " },
        }
    }
}

/// One field with what others said before and what we add.
#[inline(always)]
fn joined<'a>(
    name: &[u8],
    before: Option<impl Iterator<Item = &'a [u8]>>,
    ours: &[&[u8]],
    own: &mut Own<'_, '_, impl Sink>,
) {
    let Some(before) = before else { return own.put(name, ours) };
    let mut before = before.filter(|value| !value.is_empty());
    let Some(first) = before.next() else { return own.put(name, ours) };
    let mut value = first.to_vec();
    for piece in before {
        value.extend_from_slice(b", ");
        value.extend_from_slice(piece);
    }
    value.extend_from_slice(b", ");
    ours.iter().for_each(|piece| value.extend_from_slice(piece));
    own.put(name, &[&value]);
}

/// How an answer goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Back<'a> {
    /// Our name in `Via`.
    pub(crate) name: &'a [u8],
    /// The version in which the server answered.
    pub(crate) version: Version,
    /// The date to put in where the server gave none; `None` for an interim answer, which needs none.
    pub(crate) date: Option<&'a [u8]>,
    pub(crate) edits: Edits<'a>,
    /// Whether `Trailer` is passed on.
    pub(crate) keep_trailer: bool,
}

/// Writes an answer's fields as they go back, without `Connection` and framing: a length is written anew by whoever
/// knows it.
pub(crate) fn response_fields(fields: FieldLines<'_>, back: &Back<'_>, sink: &mut impl Sink) {
    use FieldName as F;
    let among = fields.names();
    let nominated = Nominated::by(fields);
    let mut not_back = const { OF_THE_CONNECTION.and(FieldNames::of(&[F::Via, F::ContentLength])) };
    if !back.keep_trailer {
        not_back = not_back.and(const { FieldNames::of(&[F::Trailer]) });
    }
    let by_name = nominated.any || !back.edits.0.is_empty();
    let stays = |id, name: &[u8]| nominated.has(id, name) || back.edits.name(name);
    pass_on(fields, sink, |at, id| {
        not_back.has(id) || by_name && fields.name(at).is_some_and(|name| stays(id, name))
    });
    let mut own = Own { sink, edits: back.edits };
    if let Some(date) = back.date.filter(|_| !among.has(F::Date)) {
        // RFC 9110 section 6.6.1: whoever passes on an answer without a date puts one in.
        own.put(b"Date", &[date]);
    }
    if !among.has(F::Via)
        && back.edits.0.is_empty()
        && let Some(lines) = own.sink.lines()
    {
        // The usual case is written at once.
        lines.extend_from_slice(Received::of(back.version).line);
        lines.extend_from_slice(back.name);
        lines.extend_from_slice(b"\r\n");
        return;
    }
    let received = Received::of(back.version).text;
    joined(b"Via", among.has(F::Via).then(|| fields.all(F::Via)), &[received, back.name], &mut own);
    for (name, value) in back.edits.set() {
        own.sink.put(name, &[value]);
    }
}

#[cfg(test)]
mod tests;
