//! Parts of messages to bytes, behind what stands in a buffer that the caller holds.

/// Writes the line before a chunk of this size (RFC 9112 section 7.1); behind the chunk's bytes comes CRLF. Not for a
/// size of 0, which ends the body: see [`put_last_chunk`].
pub fn put_chunk_size(size: usize, out: &mut Vec<u8>) {
    let mut line = *b"0000000000000000\r\n";
    let mut rest = size;
    let mut begin = 15;
    for at in (0..16).rev() {
        line[at] = b"0123456789abcdef"[rest & 15];
        rest >>= 4;
        begin = at;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(line.get(begin..).unwrap_or_default());
}

/// Writes the end of a chunked body with these trailer fields.
pub fn put_last_chunk<'a>(trailers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        put_field(name, value, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a field line. Name and value are the caller's to vouch for: as they were read, or of its own.
#[inline]
pub fn put_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a status line of HTTP/1.1 with the status's usual reason phrase. Of the status its three last digits are
/// written.
pub fn put_status_line(status: u16, out: &mut Vec<u8>) {
    let digit = |unit: u16| b'0' + (status / unit % 10) as u8;
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(&[digit(100), digit(10), digit(1), b' ']);
    out.extend_from_slice(reason(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The usual reason phrase of a status (RFC 9110 section 15, and the registry that it founds); empty for one that has
/// none.
pub fn reason(status: u16) -> &'static str {
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
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
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
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = b">".to_vec();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn sizes_of_chunks() {
        for size in [0, 1, 15, 16, 255, 4096, 65_536, usize::MAX] {
            assert_eq!(put(|out| put_chunk_size(size, out)), format!(">{size:x}\r\n"));
        }
    }

    #[test]
    fn lines() {
        assert_eq!(put(|out| put_status_line(200, out)), ">HTTP/1.1 200 OK\r\n");
        assert_eq!(put(|out| put_status_line(599, out)), ">HTTP/1.1 599 \r\n");
        assert_eq!(put(|out| put_field(b"A", b"b c", out)), ">A: b c\r\n");
        assert_eq!(put(|out| put_last_chunk([], out)), ">0\r\n\r\n");
        let trailers = [(&b"A"[..], &b"b"[..]), (b"C", b"")];
        assert_eq!(put(|out| put_last_chunk(trailers, out)), ">0\r\nA: b\r\nC: \r\n\r\n");
    }
}
