//! The head of an answer: where it ends, what its status line says, and how its body is framed (RFC 9112 §4 to §6).
//!
//! Lenient where a client may be (a bare LF as line end), strict in the status line. It judges nothing: which field
//! wins is decided here, and whether a gateway may send both is the verdict's question.

use crate::http1::decimal;

/// The head of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The three digits of the status.
    pub(crate) status: u16,
    /// The status line as it came, without its line end.
    pub(crate) line: Vec<u8>,
    /// The minor version.
    pub(crate) minor: u8,
    /// The header lines as they came, without line ends.
    pub(crate) lines: Vec<Vec<u8>>,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    Length(u64),
    Chunked,
    UntilClose,
}

/// Whether this can still become a status line.
pub(crate) fn may_become_a_head(bytes: &[u8]) -> bool {
    const BEGINS: &[u8] = b"HTTP/1.";
    let seen = bytes.len().min(BEGINS.len());
    bytes.get(..seen) == BEGINS.get(..seen)
}

impl Head {
    /// Reads a head; `None` where its first line is no status line of HTTP/1.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut lines =
            bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let line = lines.next()?;
        let (minor, status) = status_line(line)?;
        let lines = lines.take_while(|line| !line.is_empty()).map(<[u8]>::to_vec).collect();
        Some(Self { status, line: line.to_vec(), minor, lines })
    }

    /// How the body is framed, whatever else the head says: a coding wins over a length, the first length over others.
    pub(crate) fn framed(&self) -> Framed {
        let codings: Vec<_> = values(&self.lines, "transfer-encoding").collect();
        if let Some(last) = codings.last() {
            let chunked = last.eq_ignore_ascii_case(b"chunked");
            return if chunked { Framed::Chunked } else { Framed::UntilClose };
        }
        values(&self.lines, "content-length")
            .next()
            .and_then(decimal)
            .map_or(Framed::UntilClose, Framed::Length)
    }

    /// Whether the connection goes on after this answer.
    pub(crate) fn keeps_alive(&self) -> bool {
        let says = |word: &str| {
            values(&self.lines, "connection").any(|value| value.eq_ignore_ascii_case(word.as_bytes()))
        };
        !says("close") && (self.minor >= 1 || says("keep-alive"))
    }
}

/// The values of a field, with lists taken apart and blanks off.
pub(crate) fn values<'a>(lines: &'a [Vec<u8>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    lines
        .iter()
        .filter_map(move |line| value(line, name))
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// What this line says, where it is one of this field.
pub(crate) fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (before, after) = line.split_at_checked(colon)?;
    let is_it = before.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes());
    is_it.then(|| after.get(1..).unwrap_or_default().trim_ascii())
}

/// Minor version and status of a line such as `HTTP/1.1 200 OK`.
fn status_line(line: &[u8]) -> Option<(u8, u16)> {
    match line.strip_prefix(b"HTTP/1.")? {
        [minor, b' ', digits @ ..] if minor.is_ascii_digit() => {
            let (code, reason) = digits.split_at_checked(3)?;
            let ends = matches!(reason, [] | [b' ', ..]);
            let status = decimal(code).and_then(|status| u16::try_from(status).ok())?;
            ends.then_some((minor - b'0', status))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(lines: &str) -> Framed {
        Head::read(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").as_bytes()).unwrap().framed()
    }

    #[test]
    fn a_status_line_has_three_digits_and_a_known_version() {
        for line in ["HTTP/1.1 200 OK", "HTTP/1.0 404 ", "HTTP/1.1 999"] {
            assert!(Head::read(line.as_bytes()).is_some(), "{line}");
        }
        for line in [
            "HTTP/1.1 1000 X",
            "HTTP/1.1 99 X",
            "HTTP/1.1 2OO OK",
            "HTTP/2 200",
            "HTTP/1.1  200",
            "HTTP/1.1",
            "",
        ] {
            assert!(Head::read(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn a_coding_wins_over_a_length_and_the_first_length_over_others() {
        assert_eq!(framed("Content-Length: 5\r\nContent-Length: 9\r\n"), Framed::Length(5));
        assert_eq!(framed("content-length : 5\r\n"), Framed::Length(5));
        assert_eq!(framed("Content-Length: 5\r\nTransfer-Encoding: gzip, Chunked\r\n"), Framed::Chunked);
        assert_eq!(framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"), Framed::UntilClose);
        for bad in ["-1", "+5", "5 5", "", "99999999999999999999"] {
            assert_eq!(framed(&format!("Content-Length: {bad}\r\n")), Framed::UntilClose, "{bad}");
        }
    }

    #[test]
    fn a_head_ends_with_an_empty_line() {
        assert_eq!(crate::http1::end_of_head(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 0), Some(25));
        assert_eq!(crate::http1::end_of_head(b"HTTP/1.1 200 OK\nA: b\n\nbody", 0), Some(22));
        assert_eq!(crate::http1::end_of_head(b"HTTP/1.1 200 OK\r\nA: b\r\n", 0), None);
    }
}
