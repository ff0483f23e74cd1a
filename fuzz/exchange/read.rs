//! What came, read strictly: whatever another reader could understand otherwise is a failure here.

use std::ops::Range;

use goodgate_wire::http1::{BodyReader, Ended, HeadLimits, request_head};
use goodgate_wire::{Framing, Limits};

/// A request.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) method: Vec<u8>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// Whether its body came to its end.
    pub(super) whole: bool,
    /// Whether it asks for another protocol.
    pub(super) upgrades: bool,
}

impl Asked {
    /// The only value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.fields.iter().filter(|(one, _)| one == name.as_bytes());
        let value = values.next().map(|(_, value)| value.as_slice());
        assert!(values.next().is_none(), "{name} stands twice: {self:?}");
        value
    }
}

/// The requests that a client's bytes are, as far as they are good. What is read here is held against other readers by
/// targets of its own.
pub(super) fn accepted(mut bytes: &[u8]) -> Vec<Asked> {
    let (limits, mut lines, mut all) = (HeadLimits::from(&Limits::default()), Vec::new(), Vec::new());
    while let Ok(Some(head)) = request_head(bytes, &limits, &mut lines) {
        let method = head.method.of(bytes).to_vec();
        let mut rest = bytes[head.bytes..].to_vec();
        let mut reader = BodyReader::of_request(head.framing, &limits);
        let (mut body, mut at, mut whole) = (Vec::new(), 0, head.framing == Framing::None);
        while !whole {
            let Ok(step) = reader.read(&mut rest[at..]) else { break };
            body.extend_from_slice(&rest[at..][step.data.clone()]);
            at += step.taken;
            whole = step.end;
            if step.taken == 0 && !step.end {
                break;
            }
        }
        let whole = whole && reader.end(Ended::Closed).is_ok();
        all.push(Asked { method, fields: Vec::new(), body, whole, upgrades: head.upgrade });
        if !whole {
            break;
        }
        bytes = &bytes[head.bytes + at..];
    }
    all
}

/// The requests that a server was sent. The last one may be cut.
pub(super) fn asked(mut bytes: &[u8]) -> Vec<Asked> {
    let mut all = Vec::new();
    while let Some((head, length)) = head(bytes) {
        let words: Vec<&[u8]> = head.first.split(|byte| *byte == b' ').collect();
        assert!(matches!(words[..], [_, target, b"HTTP/1.1"] if !target.is_empty()), "{head:?}");
        assert!(is_token(words[0]), "{head:?}");
        let rest = &bytes[length..];
        let (body, whole, taken) = match head.framing() {
            Framing::Length(length) => plain(rest, length),
            Framing::Chunked => chunks(rest),
            _ => (Vec::new(), true, 0),
        };
        let method = words[0].to_vec();
        let request = Asked { method, upgrades: head.has("upgrade"), fields: head.fields, body, whole };
        assert!(request.field("host").is_some(), "{request:?}");
        all.push(request);
        if !whole {
            break;
        }
        bytes = &rest[taken..];
    }
    all
}

/// Reads a client's answers, the last of which may be cut: of so many requests at most, and of one more that could not
/// be read. Whether protocols were switched.
pub(super) fn answers(mut bytes: &[u8], methods: &[&[u8]]) -> bool {
    let mut count = 0;
    while !bytes.is_empty() {
        let Some((head, length)) = head(bytes) else {
            // Cut in its head.
            return false;
        };
        let status = head.first.strip_prefix(b"HTTP/1.1 ").expect("a status line");
        assert!(
            status.len() >= 4 && status[..3].iter().all(u8::is_ascii_digit) && status[3] == b' ',
            "{head:?}"
        );
        let status: u16 = status[..3].iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        bytes = &bytes[length..];
        assert!(count <= methods.len(), "an answer that nobody asked for: {head:?}");
        match status {
            101 => return true,
            100..200 => continue,
            200..600 => {}
            _ => panic!("{head:?}"),
        }
        let is_head = methods.get(count) == Some(&&b"HEAD"[..]);
        count += 1;
        if is_head || status == 204 || status == 304 {
            continue;
        }
        let (_, whole, taken) = match head.framing() {
            Framing::Length(length) => plain(bytes, length),
            Framing::Chunked => chunks(bytes),
            // To the end of the connection.
            _ => return false,
        };
        if !whole {
            return false;
        }
        bytes = &bytes[taken..];
    }
    false
}

#[derive(Debug)]
struct Head {
    first: Vec<u8>,
    /// The names in lower case.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Head {
    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(one, _)| one == name.as_bytes())
    }

    /// One framing, told once (RFC 9112 section 6).
    fn framing(&self) -> Framing {
        let of = |name: &str| {
            let values = self.fields.iter().filter(move |(one, _)| one == name.as_bytes());
            values.map(|(_, value)| value.as_slice()).collect::<Vec<&[u8]>>()
        };
        match (&of("content-length")[..], &of("transfer-encoding")[..]) {
            ([], []) => Framing::None,
            ([], [b"chunked"]) => Framing::Chunked,
            ([length], []) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
                let digits = std::str::from_utf8(length).expect("digits");
                Framing::Length(digits.parse().expect("a length"))
            }
            _ => panic!("more than one framing: {self:?}"),
        }
    }
}

/// The head at the front, and its bytes; `None` where it is cut.
fn head(bytes: &[u8]) -> Option<(Head, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let mut lines = lines(&bytes[..end]).into_iter();
    let first = bytes[lines.next().expect("one")].to_vec();
    let fields = lines.map(|line| field(&bytes[line])).collect();
    Some((Head { first, fields }, end + 4))
}

/// Lines that end in CR LF, and hold neither of them.
fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut all, mut at) = (Vec::new(), 0);
    loop {
        let end = bytes[at..].windows(2).position(|two| two == b"\r\n").map_or(bytes.len(), |end| at + end);
        let line = &bytes[at..end];
        let sound = line.iter().all(|byte| *byte == b'\t' || *byte >= 0x20 && *byte != 0x7f);
        assert!(sound && !line.is_empty(), "a line that is none: {}", bytes.escape_ascii());
        all.push(at..end);
        if end == bytes.len() {
            return all;
        }
        at = end + 2;
    }
}

fn field(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = line.iter().position(|byte| *byte == b':').expect("a colon");
    assert!(is_token(&line[..colon]), "{}", line.escape_ascii());
    (line[..colon].to_ascii_lowercase(), line[colon + 1..].trim_ascii().to_vec())
}

fn is_token(name: &[u8]) -> bool {
    !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Body, whether it is whole, bytes taken.
fn plain(bytes: &[u8], length: u64) -> (Vec<u8>, bool, usize) {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let taken = length.min(bytes.len());
    (bytes[..taken].to_vec(), taken == length, taken)
}

/// The same of chunks, in the plainest form there is.
fn chunks(bytes: &[u8]) -> (Vec<u8>, bool, usize) {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return (body, false, at) };
        let digits = std::str::from_utf8(&rest[..end]).ok();
        let size = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let size = size.and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let size = size.unwrap_or_else(|| panic!("no chunk: {}", rest.escape_ascii()));
        at += end + 2;
        let rest = &bytes[at..];
        if size == 0 {
            return trailers(body, rest, at);
        }
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        let Some(behind) = rest.get(size..size + 2) else { return (body, false, at) };
        assert_eq!(behind, b"\r\n", "{}", rest.escape_ascii());
        at += size + 2;
    }
}

fn trailers(body: Vec<u8>, rest: &[u8], at: usize) -> (Vec<u8>, bool, usize) {
    if rest.starts_with(b"\r\n") {
        return (body, true, at + 2);
    }
    let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else { return (body, false, at) };
    for line in lines(&rest[..end]) {
        let (name, _) = field(&rest[line]);
        let frames = [&b"content-length"[..], b"transfer-encoding", b"host"].contains(&name.as_slice());
        assert!(!frames, "a trailer field that frames: {}", rest.escape_ascii());
    }
    (body, true, at + end + 4)
}
