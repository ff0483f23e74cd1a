//! Whether a head tells the length of its body in two ways, or is written in a way that recipients read differently
//! (RFC 9112 §2.2, §5.1, §5.2 and §6.3).

use crate::client::head::{value, values};

/// What is ambiguous in these header lines, in words that go after "with"; `strictly`, for an origin whose own answer
/// was ambiguous, also what a recipient could still make sense of.
pub(super) fn ambiguity(lines: &[Vec<u8>], strictly: bool) -> Option<&'static str> {
    let lengths: Vec<_> = values(lines, "content-length").collect();
    let codings: Vec<_> = values(lines, "transfer-encoding").collect();
    let chunked = codings.iter().filter(|coding| coding.eq_ignore_ascii_case(b"chunked")).count();
    if !lengths.is_empty() && !codings.is_empty() {
        Some("both Content-Length and Transfer-Encoding")
    } else if lengths.iter().any(|length| !is_number(length)) {
        Some("a Content-Length that is no number")
    } else if lengths.windows(2).any(|pair| significant(pair[0]) != significant(pair[1])) {
        Some("two Content-Lengths that differ")
    } else if chunked > 1 {
        Some("chunked named twice in Transfer-Encoding")
    } else if chunked == 1 && codings.last().is_some_and(|last| !last.eq_ignore_ascii_case(b"chunked")) {
        Some("a Transfer-Encoding that does not end with chunked")
    } else if strictly && lengths.len() > 1 {
        Some("more than one Content-Length")
    } else if strictly && !codings.is_empty() && (chunked != 1 || codings.len() != 1) {
        Some("a Transfer-Encoding that is not just chunked")
    } else if strictly && lines.iter().any(|line| is_disguised(line)) {
        Some("a framing field that is not written as it should be")
    } else if strictly && lines.iter().any(|line| matches!(line.first(), Some(b' ' | b'\t'))) {
        Some("a field folded over two lines")
    } else if strictly && lines.iter().flatten().any(|byte| matches!(byte, b'\r' | b'\0')) {
        Some("a bare CR or a NUL in a field")
    } else {
        None
    }
}

/// Whether it is a Content-Length by its grammar, however big (RFC 9110 §8.6).
fn is_number(length: &[u8]) -> bool {
    !length.is_empty() && length.iter().all(u8::is_ascii_digit)
}

/// The digits that count.
fn significant(length: &[u8]) -> &[u8] {
    let zeros = length.iter().take_while(|digit| **digit == b'0').count();
    length.get(zeros..).unwrap_or_default()
}

/// A framing field with a blank before its colon: some recipients see it, and others do not (RFC 9112 §5.1).
fn is_disguised(line: &[u8]) -> bool {
    let framing = value(line, "content-length").is_some() || value(line, "transfer-encoding").is_some();
    framing && line.iter().take_while(|byte| **byte != b':').any(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str], strictly: bool) -> bool {
        let lines: Vec<_> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        ambiguity(&lines, strictly).is_some()
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_found() {
        for lines in [
            &["Content-Length: 5", "Content-Length: 12"][..],
            &["Content-Length: 5, 12"],
            &["Content-Length: -5"],
            &["content-length: 5", "transfer-encoding: chunked"],
            &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            &["Transfer-Encoding: chunked, identity"],
        ] {
            assert!(found(lines, false), "{lines:?}");
        }
    }

    #[test]
    fn one_length_or_chunked_alone_is_not() {
        for lines in [&["Content-Length: 5"][..], &["Transfer-Encoding: Chunked"], &["Server: x"], &[]] {
            assert!(!found(lines, true), "{lines:?}");
        }
    }

    #[test]
    fn an_origin_that_was_ambiguous_is_held_to_more() {
        for lines in [
            &["Content-Length: 5", "Content-Length: 5"][..],
            &["Transfer-Encoding: xchunked"],
            &["Content-Length : 5"],
            &["X-Note: first", " second"],
            &["X-Note: a\rContent-Length: 5"],
        ] {
            assert!(!found(lines, false) && found(lines, true), "{lines:?}");
        }
    }
}
