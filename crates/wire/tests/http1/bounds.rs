//! Every bound, at it and one beyond.

use goodgate_facts::ErrorType;
use goodgate_wire::http1::Ended::Closed;
use goodgate_wire::{Fault, Limits};

use crate::reading::read;

/// The fault with these limits, the same whole and byte by byte.
fn fault(limits: &Limits, text: &str) -> Option<Fault> {
    let (whole, _) = read("GET", limits, [text.as_bytes()], Closed);
    let (single, _) = read("GET", limits, text.as_bytes().chunks(1), Closed);
    assert_eq!(whole, single, "{text:?}");
    whole.fault
}

fn limits() -> Limits {
    Limits::default()
}

#[test]
fn bytes_of_the_head() {
    for end in ["\r\n", "\n"] {
        let head = format!("HTTP/1.1 200 OK{end}X-Note: {}{end}Content-Length: 0{end}{end}", "x".repeat(100));
        assert_eq!(fault(&Limits { head_bytes: head.len(), ..limits() }, &head), None);
        assert_eq!(fault(&Limits { head_bytes: head.len() - 1, ..limits() }, &head), Some(Fault::HeadTooBig));
    }
    let endless = format!("HTTP/1.1 200 {}", "x".repeat(2000));
    assert_eq!(fault(&Limits { head_bytes: 1000, ..limits() }, &endless), Some(Fault::HeadTooBig));
    // Each interim head has the bound for itself.
    let interim =
        "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(fault(&Limits { head_bytes: 38, ..limits() }, &interim), None);
    assert_eq!(fault(&Limits { head_bytes: 0, ..limits() }, &interim), Some(Fault::HeadTooBig));
}

#[test]
fn bytes_of_a_field_line() {
    for end in ["\r\n", "\n"] {
        for field in ["X-Note: xxxxxxxxxxxxxxxxxxxxxxxxxxx", "X-Note:  xx               xx       "] {
            let bound = field.len();
            let head = format!("HTTP/1.1 200 OK{end}{field}{end}Content-Length: 0{end}{end}");
            assert_eq!(fault(&Limits { field_bytes: bound, ..limits() }, &head), None);
            assert_eq!(
                fault(&Limits { field_bytes: bound - 1, ..limits() }, &head),
                Some(Fault::FieldTooBig)
            );
        }
    }
    // The status line is bounded with the head alone.
    let line = format!("HTTP/1.1 200 {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(100));
    assert_eq!(fault(&Limits { field_bytes: 20, ..limits() }, &line), None);
    let unfinished = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(100));
    assert_eq!(fault(&Limits { field_bytes: 102, ..limits() }, &unfinished), Some(Fault::FieldTooBig));
    assert_eq!(fault(&Limits { field_bytes: 103, ..limits() }, &unfinished), Some(Fault::ClosedInHead));
    // Which is passed first decides.
    let both = Limits { field_bytes: 50, head_bytes: 60, ..limits() };
    assert_eq!(fault(&both, &unfinished), Some(Fault::HeadTooBig));
    let both = Limits { field_bytes: 43, head_bytes: 60, ..limits() };
    assert_eq!(fault(&both, &unfinished), Some(Fault::FieldTooBig));
}

#[test]
fn field_lines_of_a_head() {
    for fields in [1, 5, 48, 49, 500] {
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "Set-Cookie: a\r\n".repeat(fields));
        assert_eq!(fault(&Limits { fields, ..limits() }, &head), None);
        assert_eq!(fault(&Limits { fields: fields - 1, ..limits() }, &head), Some(Fault::HeadTooBig));
    }
}

#[test]
fn interim_responses() {
    for interim in [0, 1, 8] {
        let text = "HTTP/1.1 103 x\r\n\r\n".repeat(interim) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(fault(&Limits { interim, ..limits() }, &text), None);
        let text = format!("HTTP/1.1 103 x\r\n\r\n{text}");
        assert_eq!(fault(&Limits { interim, ..limits() }, &text), Some(Fault::InterimEndless));
    }
}

#[test]
fn lengths_and_sizes_as_large_as_the_type() {
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", u64::MAX);
    assert_eq!(fault(&limits(), &length), Some(Fault::BodyClosed));
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00ffffffffffffffff\r\nx";
    assert_eq!(fault(&limits(), chunk), Some(Fault::BodyClosed));
}

#[test]
fn lines_of_chunk_sizes() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    // 4096 bytes with the line's end, of which two are the size and the semicolon.
    let line = |extension: usize| format!("1;{}\r\nx\r\n", "e".repeat(extension));
    assert_eq!(fault(&limits(), &format!("{chunked}{}0\r\n\r\n", line(4092))), None);
    assert_eq!(fault(&limits(), &format!("{chunked}{}0\r\n\r\n", line(4093))), Some(Fault::ChunkInvalid));
    let zeros = "0".repeat(4094);
    assert_eq!(fault(&limits(), &format!("{chunked}{zeros}\r\n\r\n")), None);
    assert_eq!(fault(&limits(), &format!("{chunked}0{zeros}\r\n\r\n")), Some(Fault::ChunkInvalid));
    // All extensions together, semicolons included: 64 of 1024 bytes.
    let many = line(1023).repeat(64);
    assert_eq!(fault(&limits(), &format!("{chunked}{many}0\r\n\r\n")), None);
    assert_eq!(fault(&limits(), &format!("{chunked}{many}0;\r\n\r\n")), Some(Fault::ChunkInvalid));
    assert_eq!(fault(&limits(), &format!("{chunked}{many}0 \r\n\r\n")), Some(Fault::ChunkInvalid));
}

#[test]
fn trailers_have_the_bounds_of_a_head() {
    let text =
        |trailers: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{trailers}\r\n");
    let long = format!("X: {}\r\n", "x".repeat(97));
    assert_eq!(fault(&Limits { field_bytes: 100, ..limits() }, &text(&long)), None);
    assert_eq!(fault(&Limits { field_bytes: 99, ..limits() }, &text(&long)), Some(Fault::TrailerTooBig));
    assert_eq!(fault(&Limits { head_bytes: 104, ..limits() }, &text(&long)), None);
    assert_eq!(fault(&Limits { head_bytes: 103, ..limits() }, &text(&long)), Some(Fault::TrailersTooBig));
    let many = "X: y\r\n".repeat(60);
    assert_eq!(fault(&Limits { fields: 60, ..limits() }, &text(&many)), None);
    assert_eq!(fault(&Limits { fields: 59, ..limits() }, &text(&many)), Some(Fault::TrailersTooBig));
    for (fault, error) in [
        (Fault::TrailerTooBig, ErrorType::HttpResponseTrailerSize),
        (Fault::TrailersTooBig, ErrorType::HttpResponseTrailerSectionSize),
        (Fault::TrailerInvalid, ErrorType::HttpResponseTransferCoding),
    ] {
        assert_eq!(fault.error_type(), error);
    }
}
