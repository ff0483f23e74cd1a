//! The body of a request, read as its head announces it and thrown away.

use std::io;

use super::head::{Announced, Head};
use crate::connection::Connection;

/// A longer body is not read to its end: more than any drive or recipe needs.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// A chunk-size line or a trailer line is not longer.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// There are not more trailer lines.
const TRAILERS_MAX: usize = 1000;

const LEFT: &str = "the body ended before its time";

/// What is wrong with a body, if anything is.
type Body = Result<(), &'static str>;

/// Reads it. The inner error says what is wrong with it.
pub(super) async fn read(connection: &mut Connection, head: &Head) -> io::Result<Body> {
    let announced = head.announced();
    // A client that asks first is told to go on (RFC 9110 §10.1.1), unless the body came all the same.
    let waits = !matches!(announced, Announced::Nothing | Announced::Length(0)) && head.minor >= 1;
    if waits && head.lists("expect", "100-continue") && connection.buffered().is_empty() {
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    match announced {
        Announced::Nothing => Ok(Ok(())),
        Announced::Length(bytes) if bytes > BODY_BYTES_MAX => Ok(Err("the body is too long")),
        Announced::Length(bytes) => skip(connection, bytes).await,
        Announced::Chunked => chunks(connection).await,
        Announced::Unclear(why) => Ok(Err(why)),
    }
}

async fn skip(connection: &mut Connection, bytes: u64) -> io::Result<Body> {
    let mut left = bytes;
    loop {
        let here = u64::try_from(connection.buffered().len()).unwrap_or(u64::MAX).min(left);
        connection.consume(usize::try_from(here).unwrap_or(usize::MAX));
        left -= here;
        if left == 0 {
            return Ok(Ok(()));
        }
        if connection.fill().await? == 0 {
            return Ok(Err(LEFT));
        }
    }
}

/// Chunks and trailers (RFC 9112 §7.1).
async fn chunks(connection: &mut Connection) -> io::Result<Body> {
    let mut total = 0_u64;
    loop {
        let size = match line(connection).await? {
            Ok(line) => size(&line),
            Err(why) => return Ok(Err(why)),
        };
        let Some(size) = size else { return Ok(Err("a chunk size is not a number")) };
        total = total.saturating_add(size);
        if total > BODY_BYTES_MAX {
            return Ok(Err("the body is too long"));
        }
        if size == 0 {
            return trailers(connection).await;
        }
        if let Err(why) = skip(connection, size).await? {
            return Ok(Err(why));
        }
        match line(connection).await? {
            Ok(rest) if rest.is_empty() => {}
            Ok(_) => return Ok(Err("a chunk is longer than it says")),
            Err(why) => return Ok(Err(why)),
        }
    }
}

async fn trailers(connection: &mut Connection) -> io::Result<Body> {
    for _ in 0..TRAILERS_MAX {
        match line(connection).await? {
            Ok(line) if line.is_empty() => return Ok(Ok(())),
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Err("there are too many trailers"))
}

/// One line, without its end.
async fn line(connection: &mut Connection) -> io::Result<Result<Vec<u8>, &'static str>> {
    loop {
        let buffered = connection.buffered();
        if let Some(end) = buffered.iter().position(|byte| *byte == b'\n') {
            let line = &buffered[..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
            connection.consume(end + 1);
            return Ok(Ok(line));
        }
        if buffered.len() > LINE_BYTES_MAX {
            return Ok(Err("a line in the body's framing is too long"));
        }
        if connection.fill().await? == 0 {
            return Ok(Err(LEFT));
        }
    }
}

/// The size in a chunk-size line, whose extensions are passed over.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_chunk_size_is_hexadecimal_digits() {
        assert_eq!(size(b"1aF"), Some(0x1af));
        assert_eq!(size(b"5 ;a=b"), Some(5));
        assert_eq!(size(b"0"), Some(0));
        for line in [&b""[..], b"-1", b"+1", b"0x5", b"g", b"11112222333344445"] {
            assert_eq!(size(line), None, "{line:?}");
        }
    }
}
