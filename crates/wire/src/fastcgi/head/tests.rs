use super::*;
use crate::FieldLines;

fn read(text: &str) -> Result<Option<CgiHead>, Fault> {
    cgi_head(text.as_bytes(), &Limits::default(), &mut Vec::new())
}

#[track_caller]
fn whole(text: &str) -> (CgiHead, Vec<FieldLine>) {
    let mut lines = Vec::new();
    let head = cgi_head(text.as_bytes(), &Limits::default(), &mut lines);
    (head.expect("valid").expect("complete"), lines)
}

#[test]
fn a_head_is_read_and_the_body_begins_behind_it() {
    let text = "Status: 404 Not Found\r\nX-Powered-By: \tPHP/8.2 \r\nContent-type: text/html\r\n\r\nbody";
    let (head, lines) = whole(text);
    assert_eq!((head.status, head.reason.of(text.as_bytes())), (404, &b"Not Found"[..]));
    assert_eq!(&text[head.bytes..], "body");
    let fields: Vec<_> = FieldLines::new(text.as_bytes(), &lines).iter().collect();
    assert_eq!(
        fields,
        [
            (FieldName::Other, &b"X-Powered-By"[..], &b"PHP/8.2"[..]),
            (FieldName::ContentType, b"Content-type", b"text/html")
        ]
    );
}

#[test]
fn lines_may_end_as_the_script_writes_them() {
    for text in ["A: b\nStatus: 201\n\n", "A: b\r\nStatus: 201\n\r\n", "A: b\nStatus:201\r\n\n"] {
        let (head, lines) = whole(text);
        assert_eq!((head.status, head.bytes, lines.len()), (201, text.len(), 1), "{text:?}");
    }
}

#[test]
fn statuses() {
    for (line, expected) in [
        ("Content-Type: text/plain", Ok(200)),
        ("Status: 599", Ok(599)),
        ("Status: 200 ", Ok(200)),
        ("status: 503  Try later", Ok(503)),
        ("HTTP/1.1 404 Not Found", Ok(404)),
        ("HTTP/1.0 500", Ok(500)),
        ("Status: fine", Err(Fault::StatusCodeInvalid)),
        ("Status:", Err(Fault::StatusCodeInvalid)),
        ("Status: 20", Err(Fault::StatusCodeInvalid)),
        ("Status: 2000", Err(Fault::StatusCodeInvalid)),
        ("Status: 200OK", Err(Fault::StatusCodeInvalid)),
        ("Status: 103 Early Hints", Err(Fault::StatusCodeInvalid)),
        ("Status: 600", Err(Fault::StatusCodeInvalid)),
        ("Status: 200\r\nStatus: 404", Err(Fault::FieldInvalid)),
        ("HTTP/1.1 abc", Err(Fault::StatusCodeInvalid)),
        ("HTTP/1.x 200", Err(Fault::FastCgiHeadInvalid)),
        ("A: b\r\nHTTP/1.1 200 OK", Err(Fault::FieldInvalid)),
    ] {
        let head = read(&format!("{line}\r\n\r\n"));
        assert_eq!(head.map(|head| head.map(|head| head.status)), expected.map(Some), "{line}");
    }
}

#[test]
fn redirections() {
    for (lines, status, redirect) in [
        ("Location: https://example.com/", 302, Redirect::Client),
        ("Location: //example.com/", 302, Redirect::Client),
        ("Location: next.php", 302, Redirect::Client),
        ("Location: /next.php?a=b", 302, Redirect::Local),
        ("Status: 301\nLocation: /next.php", 301, Redirect::None),
        ("Location: /next.php\nStatus: 201 Created", 201, Redirect::None),
        ("Location:", 200, Redirect::None),
    ] {
        let (head, _) = whole(&format!("{lines}\n\n"));
        assert_eq!((head.status, head.redirect), (status, redirect), "{lines}");
    }
}

#[test]
fn framing_is_not_the_scripts_to_say() {
    let (head, lines) =
        whole("Content-Length: 12\nTransfer-Encoding: chunked\ncontent-length:12\nContent-Type: a/b\n\n");
    assert_eq!((head.length, lines.len()), (Some(12), 2));
    for value in ["", "-1", "1 2", "12, 12", "99999999999999999999", "0x1", "12\nContent-Length: 13"] {
        let head = read(&format!("Content-Length: {value}\n\n"));
        assert_eq!(head, Err(Fault::ContentLengthInvalid), "{value}");
    }
}

#[test]
fn what_is_no_head_is_told_from_a_head_with_a_bad_line() {
    for (text, fault) in [
        ("\r\n", Fault::FastCgiHeadInvalid),
        ("lab 1\n\nthis page has no header\n", Fault::FastCgiHeadInvalid),
        ("PHP Warning:  Undefined variable\nContent-Type: text/html\n\n", Fault::FastCgiHeadInvalid),
        ("<html>\n", Fault::FastCgiHeadInvalid),
        (": a\n\n", Fault::FastCgiHeadInvalid),
        ("A: b\nX Bad Name: 1\n\n", Fault::FieldInvalid),
        ("A: b\n folded\n\n", Fault::FieldInvalid),
        ("A: b\nB : c\n\n", Fault::FieldInvalid),
        ("A: b\nB: \0\n\n", Fault::FieldInvalid),
        ("A: b\nB: c\rd\n\n", Fault::FieldInvalid),
        ("A: b\nStatus: 200 \x07\n\n", Fault::FieldInvalid),
    ] {
        assert_eq!(read(text), Err(fault), "{text:?}");
    }
    for text in ["", "Con", "A: b\r\n", "A: b\r\n\r", "A: b\nStatus: 2"] {
        assert_eq!(read(text), Ok(None), "{text:?}");
    }
}

#[test]
fn bounds_hold_at_the_byte() {
    let limits = Limits { head_bytes: 40, field_bytes: 20, fields: 3, ..Limits::default() };
    let read = |text: &str| cgi_head(text.as_bytes(), &limits, &mut Vec::new()).map(|head| head.is_some());
    let long = |value: usize| format!("Name-12: {}", "v".repeat(value));
    assert_eq!(read(&format!("{}\r\n\r\n", long(11))), Ok(true));
    assert_eq!(read(&format!("{}\r\n\r\n", long(12))), Err(Fault::FieldTooBig));
    assert_eq!(read(&long(12)), Err(Fault::FieldTooBig));
    assert_eq!(read(&format!("{}\r", long(11))), Ok(false));
    assert_eq!(read(&format!("{}\r.", long(11))), Err(Fault::FieldTooBig));
    // Two lines of 20 and 16 bytes, and the empty one: 40 with their ends.
    let two = |second: usize| format!("{}\n{}\n", long(11), &long(11)[..second]);
    assert_eq!(read(&format!("{}\n", two(17))), Ok(true));
    assert_eq!(read(&format!("{}\n", two(18))), Err(Fault::HeadTooBig));
    assert_eq!(read(&two(18)), Ok(false));
    assert_eq!(read("A: 1\nB: 2\nC: 3\n\n"), Ok(true));
    assert_eq!(read("A: 1\nB: 2\nC: 3\nD: 4\n\n"), Err(Fault::HeadTooBig));
    assert_eq!(read("a page without a single field, and without an end"), Err(Fault::FastCgiHeadInvalid));
}

#[test]
fn a_page_without_a_line_end_is_no_field_that_is_too_long() {
    let page = "e".repeat(Limits::default().field_bytes + 1);
    assert_eq!(read(&page), Err(Fault::FastCgiHeadInvalid));
    assert_eq!(read(&format!("X-Debug: {page}")), Err(Fault::FieldTooBig));
}
