//! What is sent of a file that was found.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use goodgate_wire::FieldName;

use super::body::{FileBody, Piece};
use super::conditional::{Validators, Verdict, write_hex};
use super::open_file::{OpenFile, mix};
use super::ranges::{Ranges, read_ranges};
use crate::failed::Failed;
use crate::request::Request;
use crate::written::number;

/// The methods that files are served by, as `Allow` lists them.
pub const METHODS: &str = "GET, HEAD";

/// What is to be sent.
#[derive(Debug)]
pub struct FileAnswer {
    /// 200, 206, 304, 412 or 416.
    pub status: u16,
    /// The `Content-Length` to be sent, for HEAD too; `None` where none is (304).
    pub length: Option<u64>,
    /// The body; `None` for HEAD and where there is nothing to send. An empty one of a 412 or 416 may be replaced by a
    /// page.
    pub body: Option<FileBody>,
}

/// Decides what is sent of a file. Its field lines are appended to `fields`, each ended by CRLF, names in lower case;
/// `Content-Length` is not among them, because framing is the engine's.
///
/// # Errors
/// [`Failed::MethodNotAllowed`] for methods other than GET and HEAD.
pub fn answer(
    file: OpenFile,
    request: &Request<'_>,
    now: SystemTime,
    fields: &mut Vec<u8>,
) -> Result<FileAnswer, Failed> {
    if !matches!(request.method, b"GET" | b"HEAD") {
        return Err(Failed::MethodNotAllowed(METHODS.into()));
    }
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let validators = Validators::of(&file, i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    let empty = |status, length| FileAnswer { status, length, body: None };
    Ok(match validators.judge(request.fields) {
        Verdict::PreconditionFailed => empty(412, Some(0)),
        Verdict::NotModified => {
            validators.write(fields);
            empty(304, None)
        }
        Verdict::Send { ranges } => {
            let wanted = if ranges { ranges_of(request, file.size) } else { Ranges::Whole };
            if wanted == Ranges::Unsatisfiable {
                write_content_range(None, file.size, fields);
                return Ok(empty(416, Some(0)));
            }
            validators.write(fields);
            fields.extend_from_slice(b"accept-ranges: bytes\r\n");
            let seed = mix(file.mark, u64::from(now.subsec_nanos()) ^ now.as_secs().rotate_left(30));
            send(file, wanted, seed, request.method == b"HEAD", fields)
        }
    })
}

/// The ranges that a request wants. Only GET has any (RFC 9110 section 14.2), and the field stands once.
fn ranges_of(request: &Request<'_>, size: u64) -> Ranges {
    let mut lines = request.fields.all(FieldName::Range);
    match (request.method, lines.next(), lines.next()) {
        (b"GET", Some(value), None) => read_ranges(value, size),
        _ => Ranges::Whole,
    }
}

fn send(file: OpenFile, wanted: Ranges, seed: u64, head: bool, fields: &mut Vec<u8>) -> FileAnswer {
    let size = file.size;
    if let Ranges::Several(parts) = wanted {
        return send_several(file, parts, seed, fields);
    }
    write_media_type(&file, fields);
    let (status, part) = match wanted {
        Ranges::One(part) => {
            write_content_range(Some(&part), size, fields);
            (206, part)
        }
        _ => (200, 0..size),
    };
    let length = part.end - part.start;
    let body = (!head && length > 0).then(|| FileBody::part(file.file, part));
    FileAnswer { status, length: Some(length), body }
}

/// `multipart/byteranges` (RFC 9110 section 14.6).
fn send_several(file: OpenFile, parts: Vec<Range<u64>>, seed: u64, fields: &mut Vec<u8>) -> FileAnswer {
    // Whoever wrote the file cannot have known the time of this answer, and so cannot have put the boundary in.
    let mut boundary = Vec::with_capacity(32);
    write_hex(seed | 1 << 63, &mut boundary);
    write_hex(mix(seed, file.size) | 1 << 63, &mut boundary);
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    for (place, part) in parts.into_iter().enumerate() {
        let mut text = Vec::with_capacity(160);
        text.extend_from_slice(if place == 0 { b"--" } else { b"\r\n--" });
        text.extend_from_slice(&boundary);
        text.extend_from_slice(b"\r\n");
        write_media_type(&file, &mut text);
        write_content_range(Some(&part), file.size, &mut text);
        text.extend_from_slice(b"\r\n");
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Part(part));
    }
    pieces.push(Piece::Text([b"\r\n--", boundary.as_slice(), b"--\r\n"].concat()));
    fields.extend_from_slice(b"content-type: multipart/byteranges; boundary=");
    fields.extend_from_slice(&boundary);
    fields.extend_from_slice(b"\r\n");
    let body = FileBody::pieces(file.file, pieces);
    FileAnswer { status: 206, length: Some(body.remaining()), body: Some(body) }
}

fn write_media_type(file: &OpenFile, out: &mut Vec<u8>) {
    out.extend_from_slice(b"content-type: ");
    out.extend_from_slice(file.media_type.as_bytes());
    if let Some(charset) = &file.charset {
        out.extend_from_slice(b"; charset=");
        out.extend_from_slice(charset.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

fn write_content_range(part: Option<&Range<u64>>, size: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"content-range: bytes ");
    match part {
        Some(part) => {
            number(part.start, out);
            out.push(b'-');
            number(part.end.saturating_sub(1), out);
        }
        None => out.push(b'*'),
    }
    out.push(b'/');
    number(size, out);
    out.extend_from_slice(b"\r\n");
}
