//! Correct answers, written out.

use std::time::SystemTime;

use super::date::http_date;
use crate::connection::{Asked, Connection};
use crate::step::{Answer, Framing};

/// The bytes of a correct answer to the request that was read last on this connection, with its token put in.
pub(crate) fn answer(connection: &Connection, told: &Answer) -> Vec<u8> {
    let headers = told.headers.iter().map(|line| connection.expand(line)).collect();
    let told = Answer { headers, body: connection.expand(&told.body), ..told.clone() };
    written(connection.asked, &told)
}

/// The bytes of a correct answer to a request that was made so.
pub(crate) fn written(asked: Asked, told: &Answer) -> Vec<u8> {
    let body = told.body.as_bytes();
    let framing = framing(told, asked);
    let mut lines = told.headers.clone();
    let mut add = |name: &str, value: &str| {
        if !lines.iter().any(|line| is_named(line, name)) {
            lines.push(format!("{name}: {value}"));
        }
    };
    // Interim answers and 204 have no framing at all (RFC 9112 §6.1, RFC 9110 §8.6).
    let bare = told.status < 200 || told.status == 204;
    if told.status >= 200 {
        add("Date", &http_date(SystemTime::now()));
        match framing {
            Framing::Length if !bare => add("Content-Length", &body.len().to_string()),
            Framing::Chunked if !bare => add("Transfer-Encoding", "chunked"),
            _ => {}
        }
        match framing {
            Framing::Close => add("Connection", "close"),
            Framing::Http10 => {}
            Framing::Length | Framing::Chunked if asked.close => add("Connection", "close"),
            Framing::Length | Framing::Chunked if asked.http10 => add("Connection", "keep-alive"),
            Framing::Length | Framing::Chunked => {}
        }
    }
    let version = if framing == Framing::Http10 { "1.0" } else { "1.1" };
    let reason = told.reason.as_deref().unwrap_or_else(|| reason(told.status));
    let mut bytes = format!("HTTP/{version} {} {reason}\r\n", told.status).into_bytes();
    for line in &lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    if asked.head || bare || told.status == 304 {
        return bytes;
    }
    if framing == Framing::Chunked {
        add_chunks(&mut bytes, body);
    } else {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// Whether the connection has to be closed after this answer, because nothing else ends it.
pub(crate) fn ends_connection(told: &Answer, asked: Asked) -> bool {
    told.status >= 200 && matches!(framing(told, asked), Framing::Close | Framing::Http10)
}

/// A client of HTTP/1.0 knows no chunks (RFC 9112 §6.1), so that its answer ends with the connection.
fn framing(told: &Answer, asked: Asked) -> Framing {
    match told.framing {
        Framing::Chunked if asked.http10 => Framing::Close,
        other => other,
    }
}

fn add_chunks(bytes: &mut Vec<u8>, body: &[u8]) {
    // Two chunks where the body is long enough, so that whoever puts them together has something to do.
    for chunk in body.chunks(body.len().div_ceil(2).max(1)) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
}

fn is_named(line: &str, name: &str) -> bool {
    line.split(':').next().is_some_and(|before| before.trim().eq_ignore_ascii_case(name))
}

/// The usual reason phrase (RFC 9110 §15 and the registry of statuses); empty where there is none.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400..=499 => of_client(status),
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        _ => "",
    }
}

fn of_client(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        _ => "",
    }
}
