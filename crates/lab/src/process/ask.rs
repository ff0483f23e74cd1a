//! Asks an application server directly, past any gateway: a small client of FastCGI, of the uwsgi protocol and of
//! HTTP, one connection a request. Knows what to write and how to take the answer apart; judges nothing.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::Reach;
use crate::recipe::Speaks;

/// More than this of an answer is not kept.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Opens a connection and writes a GET for the target; the answer is not waited for.
pub(super) fn open(
    at: &Reach,
    speaks: Speaks,
    script: &Path,
    target: &str,
    patience: Duration,
) -> io::Result<Socket> {
    let (domain, address) = match at {
        Reach::Tcp(address) => (Domain::for_address(*address), SockAddr::from(*address)),
        Reach::Unix(path) => (Domain::UNIX, SockAddr::unix(path)?),
    };
    let mut socket = Socket::new(domain, Type::STREAM, None)?;
    if domain == Domain::UNIX {
        // One with a full queue says so at once in this way, where a plain connect would wait for ever.
        socket.set_nonblocking(true)?;
        socket.connect(&address)?;
        socket.set_nonblocking(false)?;
    } else {
        socket.connect_timeout(&address, patience)?;
    }
    socket.set_read_timeout(Some(patience))?;
    socket.set_write_timeout(Some(patience))?;
    socket.write_all(&request(speaks, script, target))?;
    Ok(socket)
}

/// What the server answers, as an HTTP message or as the output of a CGI program, to the end of the connection.
pub(super) fn ask(
    at: &Reach,
    speaks: Speaks,
    script: &Path,
    target: &str,
    patience: Duration,
) -> io::Result<Vec<u8>> {
    let end = Instant::now() + patience;
    let mut socket = open(at, speaks, script, target, patience)?;
    let mut came = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || came.len() as u64 > ANSWER_BYTES_MAX {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        match socket.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => came.extend_from_slice(&chunk[..read]),
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(if speaks == Speaks::Fastcgi { standard_output(&came) } else { came })
}

fn request(speaks: Speaks, script: &Path, target: &str) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let script = script.to_string_lossy();
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", target),
        ("QUERY_STRING", query),
        ("PATH_INFO", path),
        ("SCRIPT_NAME", ""),
        ("SCRIPT_FILENAME", script.as_ref()),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_NAME", "lab.example"),
        ("SERVER_PORT", "80"),
        ("HTTP_HOST", "lab.example"),
        ("REMOTE_ADDR", "127.0.0.1"),
    ];
    match speaks {
        Speaks::Fastcgi => fastcgi(&variables),
        Speaks::Uwsgi => uwsgi(&variables),
        Speaks::Http | Speaks::Tls | Speaks::H2c => {
            format!("GET {target} HTTP/1.1\r\nHost: lab.example\r\nConnection: close\r\n\r\n").into_bytes()
        }
    }
}

/// One request as a responder, the connection closed after it (FastCGI 1.0 §5.1, §5.2, §3.4).
fn fastcgi(variables: &[(&str, &str)]) -> Vec<u8> {
    const BEGIN: u8 = 1;
    const PARAMS: u8 = 4;
    const STDIN: u8 = 5;
    let mut pairs = Vec::new();
    for (name, value) in variables {
        for text in [name, value] {
            match u8::try_from(text.len()) {
                Ok(short @ 0..=127) => pairs.push(short),
                _ => pairs.extend((length(text) | 0x8000_0000).to_be_bytes()),
            }
        }
        pairs.extend_from_slice(name.as_bytes());
        pairs.extend_from_slice(value.as_bytes());
    }
    let mut bytes = record(BEGIN, &[0, 1, 0, 0, 0, 0, 0, 0]);
    bytes.extend(record(PARAMS, &pairs));
    bytes.extend(record(PARAMS, &[]));
    bytes.extend(record(STDIN, &[]));
    bytes
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX >> 1)
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let content = &content[..content.len().min(usize::from(u16::MAX))];
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![1, kind, 0, 1, high, low, 0, 0];
    bytes.extend_from_slice(content);
    bytes
}

/// One packet with the variables; lengths have two bytes, low one first
/// (<https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html>).
fn uwsgi(variables: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for text in variables.iter().flat_map(|(name, value)| [name, value]) {
        block.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
        block.extend_from_slice(text.as_bytes());
    }
    let [low, high] = u16::try_from(block.len()).unwrap_or(u16::MAX).to_le_bytes();
    let mut bytes = vec![0, low, high, 0];
    bytes.extend(block);
    bytes
}

/// What the records of an answer carry as standard output (FastCGI 1.0 §3.3).
fn standard_output(records: &[u8]) -> Vec<u8> {
    const STDOUT: u8 = 6;
    let mut output = Vec::new();
    let mut rest = records;
    while let [_, kind, _, _, high, low, padding, _, content @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *kind == STDOUT {
            output.extend_from_slice(&content[..length.min(content.len())]);
        }
        rest = content.get(length + usize::from(*padding)..).unwrap_or_default();
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fastcgi_request_is_framed_in_records_and_its_output_is_found() {
        let bytes = fastcgi(&[("A", "b")]);
        assert_eq!(bytes[..16], [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[16..28], [1, 4, 0, 1, 0, 4, 0, 0, 1, 1, b'A', b'b']);

        let mut answer = record(7, b"PHP message");
        answer.extend(record(6, b"Status: 500\r\n"));
        answer.extend([1, 6, 0, 1, 0, 2, 3, 0, b'\r', b'\n', 0, 0, 0]);
        answer.extend([1, 6, 0, 1, 0, 9, 0, 0, b'c', b'u', b't']);
        assert_eq!(standard_output(&answer), b"Status: 500\r\n\r\ncut");
    }

    #[test]
    fn a_uwsgi_request_is_one_packet() {
        assert_eq!(uwsgi(&[("A", "bc")]), [0, 7, 0, 0, 1, 0, b'A', 2, 0, b'b', b'c']);
    }
}
