//! Records (FastCGI 1.0 section 3.3) and those of them that a gateway writes whole.

use crate::Fault;

/// The version of every record.
pub(super) const VERSION: u8 = 1;
/// Bytes of a record's header.
pub(super) const HEADER: usize = 8;
/// The one request on a connection. Never 0, which is for the connection itself (section 3.3).
pub(super) const REQUEST_ID: u16 = 1;

/// Record types (section 8).
pub(super) const BEGIN: u8 = 1;
pub(super) const ABORT: u8 = 2;
pub(super) const END: u8 = 3;
pub(super) const PARAMS: u8 = 4;
pub(super) const STDIN: u8 = 5;
pub(super) const STDOUT: u8 = 6;
pub(super) const STDERR: u8 = 7;
pub(super) const DATA: u8 = 8;
pub(super) const GET_VALUES: u8 = 9;

/// The role of an application that answers requests (section 6.2).
const RESPONDER: u8 = 1;
/// The flag by which the application leaves the connection open (section 5.1).
const KEEP_CONN: u8 = 1;

/// The longest content of a record that this crate writes: a multiple of 8, so that only the last record of a stream
/// wants padding, and php-fpm takes at most 65 535 bytes with the padding.
pub const CONTENT_MAX: usize = 65_528;

/// A header; `length` and `padding` in bytes.
pub(super) const fn header(kind: u8, length: u16, padding: u8) -> [u8; HEADER] {
    let [id_high, id_low] = REQUEST_ID.to_be_bytes();
    let [high, low] = length.to_be_bytes();
    [VERSION, kind, id_high, id_low, high, low, padding, 0]
}

/// The record that ends the request's body, and stands alone where there is none (section 5.3).
pub const STDIN_END: [u8; HEADER] = header(STDIN, 0, 0);

/// The record by which the gateway gives the request up (section 5.4). The application answers it with END_REQUEST,
/// if it listens: php-fpm does not before the script is done.
pub const ABORT_REQUEST: [u8; HEADER] = header(ABORT, 0, 0);

/// What becomes of the connection behind the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Afterwards {
    /// The application closes it.
    Close,
    /// It is kept for the next request (FCGI_KEEP_CONN).
    Keep,
}

/// Appends the record that begins a request (section 5.1): the first of them all.
pub fn begin_request(afterwards: Afterwards, out: &mut Vec<u8>) {
    let flags = match afterwards {
        Afterwards::Close => 0,
        Afterwards::Keep => KEEP_CONN,
    };
    out.extend_from_slice(&header(BEGIN, 8, 0));
    out.extend_from_slice(&[0, RESPONDER, flags, 0, 0, 0, 0, 0]);
}

/// The header to send before the next bytes of the request's body, of which `length` are at hand, and how many of them
/// it is for: at most [`CONTENT_MAX`]. There is no padding to send behind them. A length of 0 is [`STDIN_END`].
pub fn stdin_header(length: usize) -> ([u8; HEADER], usize) {
    let length = length.min(CONTENT_MAX);
    // The bound fits into 16 bits.
    (header(STDIN, u16::try_from(length).unwrap_or(0), 0), length)
}

/// Appends bytes of the request's body with their headers; nothing where there are none.
pub fn stdin(mut body: &[u8], out: &mut Vec<u8>) {
    while !body.is_empty() {
        let (header, length) = stdin_header(body.len());
        let (now, later) = body.split_at(length);
        out.extend_from_slice(&header);
        out.extend_from_slice(now);
        body = later;
    }
}

/// The record types of TLS (RFC 8446 section 5.1), none of which is a version of FastCGI.
const TLS_RECORDS: std::ops::RangeInclusive<u8> = 0x14..=0x17;
const TLS_MAJOR: u8 = 3;
const HTTP: &[u8] = b"HTTP/";

/// Whether these bytes can begin a header: the first that cannot decides, so that nobody waits for the rest.
pub(super) fn check_beginning(held: &[u8]) -> Result<(), Fault> {
    match held {
        [] | [VERSION, ..] => Ok(()),
        [kind] if TLS_RECORDS.contains(kind) => Ok(()),
        [kind, TLS_MAJOR, ..] if TLS_RECORDS.contains(kind) => Err(Fault::PeerSpeaksTls),
        _ if held.starts_with(HTTP) => Err(Fault::PeerSpeaksHttp),
        _ if HTTP.starts_with(held) => Ok(()),
        _ => Err(Fault::FastCgiProtocol),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_begins_in_the_responder_role() {
        let mut out = Vec::new();
        begin_request(Afterwards::Keep, &mut out);
        assert_eq!(out, [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        out.clear();
        begin_request(Afterwards::Close, &mut out);
        assert_eq!(out[8..], [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ABORT_REQUEST, [1, 2, 0, 1, 0, 0, 0, 0]);
        assert_eq!(STDIN_END, [1, 5, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_body_is_cut_into_records_and_an_empty_one_is_none() {
        let mut out = Vec::new();
        stdin(b"", &mut out);
        assert!(out.is_empty());
        stdin(&vec![b'x'; CONTENT_MAX + 3], &mut out);
        assert_eq!(out[..HEADER], [1, 5, 0, 1, 0xff, 0xf8, 0, 0]);
        assert_eq!(out[HEADER + CONTENT_MAX..], [1, 5, 0, 1, 0, 3, 0, 0, b'x', b'x', b'x']);
        assert_eq!(stdin_header(0), (STDIN_END, 0));
    }
}
