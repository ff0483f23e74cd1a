//! The head of a request: request line and header lines, found in bytes. Pure.

use crate::connection::Asked;

/// A head that is longer than this is not read to its end; several times what gateways send.
pub(crate) const HEAD_BYTES_MAX: usize = 128 * 1024;

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The method as it came.
    pub(crate) method: Vec<u8>,
    /// The request target as it came.
    pub(crate) target: Vec<u8>,
    /// The digit after `HTTP/1.`.
    pub(crate) minor: u8,
    /// Names in lower case, values without the white space around them.
    pub(crate) fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What was made of the bytes that came so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A head, and how many bytes it takes.
    Complete(Head, usize),
    /// More bytes are needed.
    Incomplete,
    /// It cannot become one, and why not.
    Broken(&'static str),
}

/// How a head says that its body is delimited (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// There is none.
    Nothing,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// It cannot be told.
    Unclear(&'static str),
}

impl Head {
    /// The values of all lines with this name, which has to be in lower case.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(field, _)| field == name.as_bytes()).map(|(_, value)| &value[..])
    }

    /// Whether one of the lines with this name holds this element of a list, whatever its case.
    pub(crate) fn lists(&self, name: &str, element: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|one| one.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
    }

    /// What has to be known to answer it.
    pub(crate) fn asked(&self) -> Asked {
        let http10 = self.minor == 0;
        // Persistence: RFC 9112 §9.3.
        let close = self.lists("connection", "close") || (http10 && !self.lists("connection", "keep-alive"));
        Asked { head: self.method == b"HEAD", http10, close }
    }

    /// How its body is delimited.
    pub(crate) fn announced(&self) -> Announced {
        let coding = self.values("transfer-encoding").last();
        if let Some(coding) = coding {
            let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            return if last.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                Announced::Chunked
            } else {
                Announced::Unclear("the last transfer coding is not chunked")
            };
        }
        let mut length = None;
        for value in self.values("content-length") {
            let Some(number) = decimal(value) else {
                return Announced::Unclear("Content-Length is not a number");
            };
            if length.is_some_and(|before| before != number) {
                return Announced::Unclear("there are two different Content-Lengths");
            }
            length = Some(number);
        }
        length.map_or(Announced::Nothing, Announced::Length)
    }
}

/// A number of decimal digits and nothing else, as lengths are (RFC 9110 §8.6).
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Looks for a head at the beginning of these bytes. `looked`: so many of them were looked at before in vain.
pub(crate) fn parse(bytes: &[u8], looked: usize) -> Parsed {
    // Empty lines before a request line are passed over (RFC 9112 §2.2).
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let Some(end) = end_of_head(bytes, looked.saturating_sub(3).max(start)) else {
        return match bytes.get(start) {
            _ if bytes.len() >= HEAD_BYTES_MAX => Parsed::Broken("the header section is too long"),
            // Every method begins with a letter or another token character; a TLS record, for one, does not.
            Some(first) if !is_token(*first) => Parsed::Broken("this is no HTTP request"),
            _ => Parsed::Incomplete,
        };
    };
    let mut lines = bytes[start..end].split(|byte| *byte == b'\n').map(without_cr);
    match request_line(lines.next().unwrap_or_default()) {
        Ok(head) => with_fields(head, lines, end),
        Err(why) => Parsed::Broken(why),
    }
}

fn with_fields<'a>(mut head: Head, lines: impl Iterator<Item = &'a [u8]>, end: usize) -> Parsed {
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return Parsed::Broken("a header line has no colon");
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Parsed::Broken("a header name has characters that do not belong there");
        }
        head.fields.push((name.to_ascii_lowercase(), value.trim_ascii().to_vec()));
    }
    Parsed::Complete(head, end)
}

fn request_line(line: &[u8]) -> Result<Head, &'static str> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("the request line has not three parts");
    };
    if method.is_empty() || !method.iter().copied().all(is_token) {
        return Err("the method has characters that do not belong there");
    }
    if target.is_empty() {
        return Err("the request target is empty");
    }
    let minor = match version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', digit @ b'0'..=b'9'] => digit - b'0',
        _ => return Err("the version is not HTTP/1"),
    };
    Ok(Head { method: method.to_vec(), target: target.to_vec(), minor, fields: Vec::new() })
}

/// Where the head ends: after the first empty line. A line may end without CR (RFC 9112 §2.2).
pub(crate) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == b'\n') {
        at += found + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A character of a method or a header name (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(text: &str) -> Head {
        match parse(text.as_bytes(), 0) {
            Parsed::Complete(head, bytes) => {
                assert_eq!(bytes, text.len());
                head
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn a_head_is_read() {
        let read = head("\r\nPOST /r/x/12 HTTP/1.1\r\nHost: a\nContent-Length:  7 \r\n\r\n");
        assert_eq!((&read.method[..], &read.target[..], read.minor), (&b"POST"[..], &b"/r/x/12"[..], 1));
        assert_eq!(read.announced(), Announced::Length(7));
        assert_eq!(read.asked(), Asked::default());
    }

    #[test]
    fn what_a_connection_becomes_is_told() {
        assert!(head("GET / HTTP/1.0\r\n\r\n").asked().close);
        assert!(!head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").asked().close);
        assert!(head("GET / HTTP/1.1\r\nConnection: te, Close\r\n\r\n").asked().close);
        assert!(head("HEAD / HTTP/1.1\n\n").asked().head);
    }

    #[test]
    fn framing_that_cannot_be_told_is_told_so() {
        let unclear = |lines: &str| {
            let read = head(&format!("POST / HTTP/1.1\r\n{lines}\r\n\r\n"));
            matches!(read.announced(), Announced::Unclear(_))
        };
        assert!(unclear("Content-Length: +1"));
        assert!(unclear("Content-Length: 1\r\nContent-Length: 2"));
        assert!(unclear("Content-Length: 99999999999999999999"));
        assert!(unclear("Transfer-Encoding: chunked, gzip"));
        assert!(!unclear("Transfer-Encoding: gzip, Chunked\r\nContent-Length: 4"));
    }

    #[test]
    fn what_is_no_request_is_broken_and_what_may_become_one_is_waited_for() {
        for text in ["\x16\x03\x01", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "G(T / HTTP/1.1\r\n\r\n"] {
            assert!(matches!(parse(text.as_bytes(), 0), Parsed::Broken(_)), "{text:?}");
        }
        assert!(matches!(parse(b"GET / HTTP/1.1\r\nHost a\r\n\r\n", 0), Parsed::Broken(_)));
        for text in ["", "\r\n", "G", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"] {
            assert_eq!(parse(text.as_bytes(), 0), Parsed::Incomplete, "{text:?}");
        }
        assert!(matches!(parse(&[b'a'; HEAD_BYTES_MAX], 0), Parsed::Broken(_)));
    }

    /// Pieces that make up heads, so that what is put together by chance comes near one.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..6),
            prop_oneof![
                Just("GET "),
                Just("/r/a/1"),
                Just(" HTTP/1.1"),
                Just("\r\n"),
                Just("\n"),
                Just(": "),
                Just("Host"),
                Just("Content-Length"),
                Just("Transfer-Encoding"),
                Just("chunked"),
                Just("5")
            ]
            .prop_map(|text| text.as_bytes().to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn nothing_from_outside_makes_it_panic(pieces in proptest::collection::vec(piece(), 0..40)) {
            let bytes = pieces.concat();
            if let Parsed::Complete(head, taken) = parse(&bytes, 0) {
                prop_assert!(taken <= bytes.len());
                let _ = (head.announced(), head.asked());
            }
        }

        #[test]
        fn it_does_not_matter_how_the_bytes_arrive(pieces in proptest::collection::vec(piece(), 0..40)) {
            let bytes = pieces.concat();
            let whole = parse(&bytes, 0);
            let mut looked = 0;
            let mut found = Parsed::Incomplete;
            for so_far in 0..=bytes.len() {
                found = parse(&bytes[..so_far], looked);
                looked = so_far;
                if found != Parsed::Incomplete {
                    break;
                }
            }
            // A first byte that cannot begin a method is told before the end of the head, with other words.
            match (&whole, &found) {
                (Parsed::Broken(_), Parsed::Broken(_)) => {}
                _ => prop_assert_eq!(whole, found),
            }
        }
    }
}
