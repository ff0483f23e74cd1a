//! What an intermediary does to the fields of a message that it passes on (RFC 9110 section 7.6): connection-level
//! fields taken out, its own put in.
//!
//! Knows no version of HTTP: fields go into a [`Sink`].

use std::net::IpAddr;

use goodgate_wire::http1::put_decimal;
use goodgate_wire::{FieldLines, FieldName, Span, Version, elements};

use crate::plan::Network;
use crate::request::{Request, Scheme};

/// Where fields are written to.
pub(crate) trait Sink {
    /// Adds a field; its value is that of the pieces one after the other.
    fn put(&mut self, name: &[u8], value: &[&[u8]]);

    /// Adds a field whose value is a number.
    fn put_number(&mut self, name: &[u8], value: u64) {
        let mut digits = Vec::new();
        put_decimal(value, &mut digits);
        self.put(name, &[&digits]);
    }

    /// Adds all these fields.
    fn put_all(&mut self, fields: FieldLines<'_>) {
        for (_, name, value) in fields.iter() {
            self.put(name, &[value]);
        }
    }
}

/// As lines of HTTP/1.1.
impl Sink for Vec<u8> {
    // Most names and many pieces are constants, which are written without a copy of bytes that is counted.
    #[inline(always)]
    fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        self.reserve(name.len() + value.iter().map(|piece| piece.len()).sum::<usize>() + b": \r\n".len());
        self.extend_from_slice(name);
        self.extend_from_slice(b": ");
        for piece in value {
            self.extend_from_slice(piece);
        }
        self.extend_from_slice(b"\r\n");
    }

    fn put_number(&mut self, name: &[u8], value: u64) {
        self.extend_from_slice(name);
        self.extend_from_slice(b": ");
        put_decimal(value, self);
        self.extend_from_slice(b"\r\n");
    }

    fn put_all(&mut self, fields: FieldLines<'_>) {
        if let Some(lines) = fields.as_written() {
            self.extend_from_slice(lines);
            return;
        }
        for (_, name, value) in fields.iter() {
            self.put(name, &[value]);
        }
    }
}

/// As a table over a text of its own, for protocols that are not made of lines.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    text: Vec<u8>,
    lines: Vec<goodgate_wire::FieldLine>,
}

impl Listed {
    pub(crate) fn fields(&self) -> FieldLines<'_> {
        FieldLines::new(&self.text, &self.lines)
    }
}

impl Sink for Listed {
    fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        let place = |text: &mut Vec<u8>, pieces: &[&[u8]]| {
            let begin = u32::try_from(text.len()).unwrap_or(u32::MAX);
            pieces.iter().for_each(|piece| text.extend_from_slice(piece));
            Span { begin, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
        };
        let id = FieldName::of(name);
        let (name, value) = (place(&mut self.text, &[name]), place(&mut self.text, value));
        self.lines.push(goodgate_wire::FieldLine { id, name, value });
    }
}

/// Fields that a route sets (`Some`) or removes (`None`).
pub(crate) type Edits = [(String, Option<String>)];

/// Who asks, as far as we believe it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// The client's address: the peer's, or what trusted proxies say.
    pub(crate) address: IpAddr,
    /// The peer's address as text.
    pub(crate) peer: &'a [u8],
    /// Whether the peer is a trusted proxy.
    pub(crate) trusted: bool,
}

/// The client's address: from the right of `X-Forwarded-For`, the first that is no trusted proxy itself.
pub(crate) fn client_address(request: &Request<'_>, trusted: &[Network]) -> (IpAddr, bool) {
    let peer = request.peer.ip().to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if trusted.is_empty() || !is_trusted(peer) {
        return (peer, false);
    }
    let mut address = peer;
    let values: Vec<&[u8]> = request.fields.all(FieldName::XForwardedFor).collect();
    for element in
        values.into_iter().rev().flat_map(|value| elements(value).collect::<Vec<_>>().into_iter().rev())
    {
        let Some(named) = address_of(element) else { break };
        address = named;
        if !is_trusted(named) {
            break;
        }
    }
    (address, true)
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address_of(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?;
    let bare = text.parse::<IpAddr>().ok();
    let bare = bare.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    let bare = bare.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    bare.map(|address| address.to_canonical())
}

/// Whether the request has passed us before: our name is in `Via` or `CDN-Loop` (RFC 8586).
pub(crate) fn has_looped(fields: &FieldLines<'_>, name: &[u8]) -> bool {
    let in_via = |element: &[u8]| {
        element.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).nth(1) == Some(name)
    };
    let in_loop =
        |element: &[u8]| element.split(|byte| *byte == b';').next().is_some_and(|id| id.trim_ascii() == name);
    fields.all(FieldName::Via).any(|value| elements(value).any(in_via))
        || fields.all(FieldName::CdnLoop).any(|value| elements(value).any(in_loop))
}

/// Names of fields, one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Names(u64);

impl Names {
    const fn of(names: &[FieldName]) -> Self {
        let (mut bits, mut rest) = (0, names);
        while let [name, others @ ..] = rest {
            bits |= 1 << *name as u8;
            rest = others;
        }
        Self(bits)
    }

    /// Those that there are among these fields.
    fn among(fields: FieldLines<'_>) -> Self {
        Self(fields.ids().fold(0, |bits, id| bits | 1 << id as u8))
    }

    const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    const fn has(self, name: FieldName) -> bool {
        self.0 >> name as u8 & 1 == 1
    }
}

const _: () = assert!((FieldName::Other as u32) < u64::BITS, "every name has its bit");

/// Fields that concern one connection only (RFC 9110 section 7.6.1), or are taken out for safety.
const OF_THE_CONNECTION: Names = Names::of(&[
    FieldName::Connection,
    FieldName::KeepAlive,
    FieldName::ProxyConnection,
    FieldName::TransferEncoding,
    FieldName::Te,
    FieldName::Upgrade,
    FieldName::Http2Settings,
]);

/// What of a request does not go on as it came: we write it ourselves, or nobody does.
const NOT_ON: Names = OF_THE_CONNECTION.and(Names::of(&[
    FieldName::Host,
    FieldName::ContentLength,
    FieldName::Via,
    FieldName::XForwardedFor,
    FieldName::Forwarded,
    FieldName::XRequestId,
    FieldName::Proxy,
]));

/// What only a proxy may say and is not taken from anybody else.
const CLAIMS: Names = Names::of(&[
    FieldName::XForwardedHost,
    FieldName::XForwardedProto,
    FieldName::XForwardedPort,
    FieldName::XRealIp,
]);

/// The names that `Connection` lists, of which the fields go out as well. Those that every message needs are not
/// believed: `Connection: host` would make another request of it.
struct Nominated<'a> {
    lists: FieldLines<'a>,
    any: bool,
}

impl<'a> Nominated<'a> {
    fn by(fields: FieldLines<'a>, among: Names) -> Self {
        let usual = |element: &[u8]| match element {
            b"keep-alive" | b"close" => true,
            _ => [&b"close"[..], b"keep-alive", b"upgrade", b"te"]
                .iter()
                .any(|word| element.eq_ignore_ascii_case(word)),
        };
        let any = among.has(FieldName::Connection)
            && fields.all(FieldName::Connection).any(|value| elements(value).any(|element| !usual(element)));
        Self { lists: fields, any }
    }

    fn has(&self, id: FieldName, name: &[u8]) -> bool {
        self.any
            && !matches!(
                id,
                FieldName::Host | FieldName::ContentLength | FieldName::Forwarded | FieldName::XForwardedFor
            )
            && self.lists.lists(FieldName::Connection, name)
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
    pub(crate) edits: &'a Edits,
}

/// Writes a request's fields as they go on, without framing and `Connection`.
pub(crate) fn request_fields(request: &Request<'_>, onward: &Onward<'_>, sink: &mut impl Sink) {
    use FieldName as F;
    let fields = request.fields;
    let among = Names::among(fields);
    let nominated = Nominated::by(fields, among);
    let edited =
        |name: &[u8]| onward.edits.iter().any(|(edit, _)| name.eq_ignore_ascii_case(edit.as_bytes()));
    let not_on = if onward.asker.trusted { NOT_ON } else { NOT_ON.and(CLAIMS) };
    if !edited(b"host") {
        sink.put(b"Host", &[onward.host]);
    }
    let by_name = nominated.any || !onward.edits.is_empty();
    let named =
        |at| fields.iter().nth(at).is_some_and(|(id, name, _)| nominated.has(id, name) || edited(name));
    // Lines from here on go on as they are.
    let mut begin = 0;
    for (at, id) in fields.ids().enumerate() {
        if not_on.has(id) || by_name && named(at) {
            sink.put_all(fields.part(begin..at));
            begin = at + 1;
        }
    }
    sink.put_all(fields.part(begin..fields.len()));
    if among.has(F::Te) && fields.lists(F::Te, b"trailers") {
        sink.put(b"TE", &[b"trailers"]);
    }
    forwarded(request, onward, among, sink);
    let version: &[u8] = match request.version {
        Version::Http10 => b"1.0 ",
        Version::Http11 => b"1.1 ",
        Version::Http2 => b"2 ",
    };
    joined(b"Via", among.has(F::Via).then(|| fields.all(F::Via)), &[version, onward.name], sink);
    sink.put(b"X-Request-ID", &[onward.request_id]);
    for (name, value) in onward.edits {
        if let Some(value) = value {
            sink.put(name.as_bytes(), &[value.as_bytes()]);
        }
    }
}

/// Who asked and how, for the server behind.
fn forwarded(request: &Request<'_>, onward: &Onward<'_>, among: Names, sink: &mut impl Sink) {
    use FieldName as F;
    let fields = request.fields;
    let trusted = onward.asker.trusted;
    let before = |id: F| (trusted && among.has(id)).then(|| fields.all(id));
    joined(b"X-Forwarded-For", before(F::XForwardedFor), &[onward.asker.peer], sink);
    if !trusted || !among.has(F::XForwardedProto) {
        sink.put(b"X-Forwarded-Proto", &[request.scheme.as_str().as_bytes()]);
    }
    if !request.authority.is_empty() && (!trusted || !among.has(F::XForwardedHost)) {
        sink.put(b"X-Forwarded-Host", &[request.authority]);
    }
    // RFC 7239 says the same in one field.
    let v6 = onward.asker.peer.contains(&b':');
    let (open, close): (&[u8], &[u8]) = if v6 { (b"for=\"[", b"]\"") } else { (b"for=", b"") };
    let proto = request.scheme.as_str().as_bytes();
    let (host, end): (&[u8], &[u8]) =
        if request.authority.is_empty() { (b";proto=", b"") } else { (b";host=\"", b"\";proto=") };
    joined(
        b"Forwarded",
        before(F::Forwarded),
        &[open, onward.asker.peer, close, host, request.authority, end, proto],
        sink,
    );
}

/// One field with what others said before and what we add.
#[inline(always)]
fn joined<'a>(
    name: &[u8],
    before: Option<impl Iterator<Item = &'a [u8]>>,
    ours: &[&[u8]],
    sink: &mut impl Sink,
) {
    let Some(before) = before else { return sink.put(name, ours) };
    let mut before = before.filter(|value| !value.is_empty());
    let Some(first) = before.next() else { return sink.put(name, ours) };
    let mut value = first.to_vec();
    for piece in before {
        value.extend_from_slice(b", ");
        value.extend_from_slice(piece);
    }
    value.extend_from_slice(b", ");
    ours.iter().for_each(|piece| value.extend_from_slice(piece));
    sink.put(name, &[&value]);
}

/// How an answer goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Back<'a> {
    /// Our name in `Via`.
    pub(crate) name: &'a [u8],
    /// The version in which the server answered.
    pub(crate) version: Version,
    /// The date to put in where the server gave none.
    pub(crate) date: &'a [u8],
    pub(crate) edits: &'a Edits,
    /// Whether `Trailer` is passed on.
    pub(crate) keep_trailer: bool,
}

/// Writes an answer's fields as they go back, without `Connection` and framing: a length is written anew by whoever
/// knows it.
pub(crate) fn response_fields(fields: FieldLines<'_>, back: &Back<'_>, sink: &mut impl Sink) {
    use FieldName as F;
    let among = Names::among(fields);
    let nominated = Nominated::by(fields, among);
    let edited = |name: &[u8]| back.edits.iter().any(|(edit, _)| name.eq_ignore_ascii_case(edit.as_bytes()));
    let mut not_back = const { OF_THE_CONNECTION.and(Names::of(&[F::Via, F::ContentLength])) };
    if !back.keep_trailer {
        not_back = not_back.and(const { Names::of(&[F::Trailer]) });
    }
    let by_name = nominated.any || !back.edits.is_empty();
    let named =
        |at| fields.iter().nth(at).is_some_and(|(id, name, _)| nominated.has(id, name) || edited(name));
    // Lines from here on go back as they are.
    let mut begin = 0;
    for (at, id) in fields.ids().enumerate() {
        if not_back.has(id) || by_name && named(at) {
            sink.put_all(fields.part(begin..at));
            begin = at + 1;
        }
    }
    sink.put_all(fields.part(begin..fields.len()));
    if !among.has(F::Date) {
        // RFC 9110 section 6.6.1: whoever passes on an answer without a date puts one in.
        sink.put(b"Date", &[back.date]);
    }
    let version: &[u8] = match back.version {
        Version::Http10 => b"1.0 ",
        Version::Http11 => b"1.1 ",
        Version::Http2 => b"2 ",
    };
    joined(b"Via", among.has(F::Via).then(|| fields.all(F::Via)), &[version, back.name], sink);
    for (name, value) in back.edits {
        if let Some(value) = value {
            sink.put(name.as_bytes(), &[value.as_bytes()]);
        }
    }
}

/// Whether a trailer field may be passed on: nothing that frames, routes or judges a message may come behind it
/// (RFC 9110 section 6.5.1).
pub(crate) fn may_trail(id: FieldName) -> bool {
    use FieldName as F;
    !OF_THE_CONNECTION.has(id)
        && !matches!(
            id,
            F::ContentLength
                | F::Host
                | F::Trailer
                | F::Authorization
                | F::Expect
                | F::Range
                | F::ContentType
                | F::Location
                | F::MaxForwards
                | F::Via
                | F::Date
                | F::RetryAfter
                | F::XForwardedFor
                | F::Forwarded
        )
}

impl Scheme {
    /// The port that a URL of this scheme means without saying so.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Listed {
        let mut listed = Listed::default();
        for line in text.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            listed.put(name.as_bytes(), &[value.as_bytes()]);
        }
        listed
    }

    fn request<'a>(listed: &'a Listed) -> Request<'a> {
        Request {
            method: b"GET",
            path: b"/",
            query: None,
            authority: b"shop.example",
            scheme: Scheme::Https,
            version: Version::Http11,
            fields: listed.fields(),
            peer: "192.0.2.7:4000".parse().unwrap(),
        }
    }

    fn sent(fields: &str, trusted: &[Network], edits: &Edits) -> String {
        let listed = listed(fields);
        let request = request(&listed);
        let (address, trusted) = client_address(&request, trusted);
        let asker = Asker { address, peer: b"192.0.2.7", trusted };
        let host = b"shop.example";
        let onward = Onward { host, asker, name: b"gate", request_id: b"id", edits };
        let mut out = Vec::new();
        request_fields(&request, &onward, &mut out);
        String::from_utf8(out).unwrap().replace("\r\n", "\n")
    }

    const ALL: Network = Network { address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), bits: 0 };
    const OURS: &str = "X-Forwarded-Proto: https\nX-Forwarded-Host: shop.example\n\
                        Forwarded: for=192.0.2.7;host=\"shop.example\";proto=https\nVia: 1.1 gate\nX-Request-ID: id\n";

    #[test]
    fn what_concerns_one_connection_stays_there() {
        let came = "Host: shop.example\nConnection: close, X-Secret, Host\nX-Secret: 1\nKeep-Alive: 5\nTE: gzip, trailers\n\
                    Upgrade: h2c\nHTTP2-Settings: AA\nProxy: evil\nTransfer-Encoding: chunked\nA: b";
        let expected = format!("Host: shop.example\nA: b\nTE: trailers\nX-Forwarded-For: 192.0.2.7\n{OURS}");
        assert_eq!(sent(came, &[], &[]), expected);
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let came = "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: gopher\nX-Real-IP: 203.0.113.9\nForwarded: for=x";
        let expected = format!("Host: shop.example\nX-Forwarded-For: 192.0.2.7\n{OURS}");
        assert_eq!(sent(came, &[], &[]), expected);
        let out = sent(came, &[ALL], &[]);
        assert!(out.contains("X-Forwarded-For: 203.0.113.9, 192.0.2.7\n"), "{out}");
        assert!(out.contains("X-Forwarded-Proto: gopher\n") && !out.contains("https\nX-For"), "{out}");
        assert!(out.contains("Forwarded: for=x, for=192.0.2.7;host="), "{out}");
    }

    #[test]
    fn the_client_is_the_last_that_no_trusted_proxy_is() {
        let near = Network { address: "192.0.2.0".parse().unwrap(), bits: 24 };
        for (value, client) in [
            ("203.0.113.9, 198.51.100.4, 192.0.2.8", "198.51.100.4"),
            ("192.0.2.9", "192.0.2.9"),
            ("203.0.113.9, nonsense, 192.0.2.8", "192.0.2.8"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("", "192.0.2.7"),
        ] {
            let listed = listed(&format!("X-Forwarded-For: {value}"));
            let found = client_address(&request(&listed), &[near]);
            assert_eq!(found, (client.parse().unwrap(), true), "{value}");
        }
    }

    #[test]
    fn loops_are_known_by_our_whole_name() {
        for (fields, looped) in [
            ("Via: 1.1 gate", true),
            ("Via: 1.1 other, 2 gate (x)", true),
            ("Via: 1.1 gateway", false),
            ("CDN-Loop: a; b=c, gate", true),
            ("X: gate", false),
        ] {
            assert_eq!(has_looped(&listed(fields).fields(), b"gate"), looped, "{fields}");
        }
    }

    fn answered(fields: &str, edits: &Edits) -> String {
        let listed = listed(fields);
        let (date, version) = (&b"now"[..], Version::Http10);
        let back = Back { name: b"gate", version, date, edits, keep_trailer: false };
        let mut out = Vec::new();
        response_fields(listed.fields(), &back, &mut out);
        String::from_utf8(out).unwrap().replace("\r\n", "\n")
    }

    #[test]
    fn answers_lose_and_gain() {
        let came = "Server: x\nConnection: keep-alive, X-Hop\nX-Hop: 1\nContent-Length: 5, 5\nVia: 1.1 inner\nTrailer: T";
        let all = "Server: x\nDate: now\nVia: 1.1 inner, 1.0 gate\n";
        assert_eq!(answered(came, &[]), all);
        assert_eq!(answered("Content-Length: 5\nDate: then", &[]), "Date: then\nVia: 1.0 gate\n");
        let edits = [("server".to_owned(), None), ("X-New".to_owned(), Some("1".to_owned()))];
        assert_eq!(answered("Server: x\nDate: then", &edits), "Date: then\nVia: 1.0 gate\nX-New: 1\n");
    }

    #[test]
    fn lines_go_on_as_written_or_field_by_field_all_the_same() {
        use goodgate_wire::http1::{HeadLimits, response_head};
        for text in [
            "A: b\r\nC: d\r\nVia: 1.1 x\r\nE: f\r\nConnection: G\r\nG: h\r\nContent-Length: 5, 5\r\nI: j\r\n",
            "A:b\r\nC:  d\r\nE: f \r\nContent-Length: 5\r\nContent-Length: 5\r\nDate: then\r\n",
            "Server: x\r\n",
            "",
        ] {
            let head = format!("HTTP/1.1 200 OK\r\n{text}\r\n");
            let mut lines = Vec::new();
            response_head(head.as_bytes(), b"GET", &HeadLimits::default(), &mut lines).unwrap().unwrap();
            let as_lines = FieldLines::new(head.as_bytes(), &lines);
            let mut listed = Listed::default();
            as_lines.iter().for_each(|(_, name, value)| listed.put(name, &[value]));
            for edits in [vec![], vec![("C".to_owned(), None), ("i".to_owned(), Some("k".to_owned()))]] {
                let version = Version::Http11;
                let (name, date, edits) = (&b"gate"[..], &b"now"[..], &edits[..]);
                let back = Back { name, version, date, edits, keep_trailer: false };
                let (mut one, mut other) = (Vec::new(), Vec::new());
                response_fields(as_lines, &back, &mut one);
                response_fields(listed.fields(), &back, &mut other);
                assert_eq!(String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
            }
        }
    }

    #[test]
    fn trailers_do_not_frame() {
        assert!(may_trail(FieldName::Other));
        assert!(!may_trail(FieldName::ContentLength) && !may_trail(FieldName::TransferEncoding));
    }
}
