//! The uwsgi protocol as uWSGI speaks it: a small binary head with the request's variables, and an HTTP answer.

use std::io;

use crate::connection::{Asked, Connection, token_in};
use crate::http1::{Seen, Then};
use crate::identities::Identities;
use crate::step::{HEALTHY_BODY, Step};

/// Modifier, length of the variables (little-endian), second modifier.
const HEADER: usize = 4;

/// Plays a step of the uwsgi protocol. Steps of other protocols do nothing.
///
/// # Errors
/// Where the peer leaves before its request is complete.
pub(crate) async fn step(connection: &mut Connection, step: &Step, _: &Identities) -> io::Result<()> {
    match step {
        Step::UwsgiReadRequest => match read_request(connection).await? {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        },
        _ => Ok(()),
    }
}

/// Reads one request and answers it as a healthy application does. The protocol knows no second request on a
/// connection.
///
/// # Errors
/// Where the peer breaks off.
pub(crate) async fn exchange(connection: &mut Connection, seen: Seen<'_>) -> io::Result<Then> {
    let Some(request) = read_request(connection).await? else { return Ok(Then::Close) };
    seen(connection.token());
    let body = connection.expand(HEALTHY_BODY);
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    if !request.head {
        answer.push_str(&body);
    }
    connection.send(answer.as_bytes()).await?;
    Ok(Then::Close)
}

/// What is asked besides the token, which the connection keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Request {
    target: Vec<u8>,
    head: bool,
    body_bytes: u64,
}

/// Reads the variables and the body; nothing where the peer left without a byte.
async fn read_request(connection: &mut Connection) -> io::Result<Option<Request>> {
    let (request, bytes) = loop {
        if let Some((vars, bytes)) = vars(connection.buffered()) {
            break (request(vars), bytes);
        }
        if connection.fill().await? == 0 {
            return if connection.buffered().is_empty() {
                Ok(None)
            } else {
                Err(io::ErrorKind::UnexpectedEof.into())
            };
        }
    };
    connection.consume(bytes);
    let mut missing = request.body_bytes;
    loop {
        let here = connection.buffered().len();
        let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(here);
        connection.consume(taken);
        missing = missing.saturating_sub(taken as u64);
        if missing == 0 {
            break;
        }
        if connection.fill().await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    connection.set_token(token_in(&request.target));
    connection.asked = Asked { head: request.head, http10: false, close: true };
    Ok(Some(request))
}

/// The block of variables and how many bytes it has with its head; nothing where it has not come whole.
fn vars(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let [_, low, high, _] = *bytes.first_chunk::<HEADER>()?;
    let whole = HEADER + usize::from(u16::from_le_bytes([low, high]));
    Some((bytes.get(HEADER..whole)?, whole))
}

fn request(vars: &[u8]) -> Request {
    let mut request = Request::default();
    let mut script = None;
    for (name, value) in Vars(vars) {
        match name {
            b"REQUEST_URI" => request.target = value.to_vec(),
            b"SCRIPT_NAME" | b"PATH_INFO" if !value.is_empty() => script = Some(value),
            b"REQUEST_METHOD" => request.head = value == b"HEAD",
            b"CONTENT_LENGTH" => {
                request.body_bytes =
                    std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
            }
            _ => {}
        }
    }
    if let Some(script) = script.filter(|_| request.target.is_empty()) {
        request.target = script.to_vec();
    }
    request
}

/// Names and values, each behind its length in two bytes; ends at the first pair that is not whole.
#[derive(Clone, Copy, Debug)]
struct Vars<'a>(&'a [u8]);

impl<'a> Iterator for Vars<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = text(self.0)?;
        let (value, rest) = text(rest)?;
        self.0 = rest;
        Some((name, value))
    }
}

fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

/// Reads bytes as a request, for [`crate::hostile`].
pub(crate) fn read_any(bytes: &[u8]) {
    if let Some((block, _)) = vars(bytes) {
        let _ = request(block);
    }
    let _ = Vars(bytes).count();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            block.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
            block.extend_from_slice(text.as_bytes());
        }
        let [low, high] = u16::try_from(block.len()).unwrap().to_le_bytes();
        [&[0, low, high, 0][..], &block].concat()
    }

    #[test]
    fn variables_are_read() {
        let bytes = packet(&[
            ("REQUEST_METHOD", "HEAD"),
            ("REQUEST_URI", "/r/healthy/0a?q"),
            ("CONTENT_LENGTH", "12"),
        ]);
        let (block, length) = vars(&bytes).unwrap();
        assert_eq!(length, bytes.len());
        let read = request(block);
        assert_eq!(read, Request { target: b"/r/healthy/0a?q".to_vec(), head: true, body_bytes: 12 });
        assert_eq!(vars(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn the_path_stands_in_where_no_target_was_sent() {
        let bytes = packet(&[("SCRIPT_NAME", ""), ("PATH_INFO", "/r/x/0b"), ("CONTENT_LENGTH", "")]);
        let read = request(vars(&bytes).unwrap().0);
        assert_eq!((read.target.as_slice(), read.body_bytes), (&b"/r/x/0b"[..], 0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_variables_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some((block, length)) = vars(&bytes) {
                prop_assert!(length <= bytes.len());
                let _ = request(block);
            }
            let total: usize = Vars(&bytes).map(|(name, value)| name.len() + value.len() + 4).sum();
            prop_assert!(total <= bytes.len());
        }
    }
}
