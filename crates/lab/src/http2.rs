//! HTTP/2 by prior knowledge (RFC 9113 §3.3) as a server speaks it: the healthy service, and single frames to build
//! faults from. It reads what it must understand of a client, and no more.
//!
//! The client's half ([`Asking`]) is pure, and is carried by the lab's client.

mod asking;
mod frames;
mod hpack;
mod huffman;
mod session;
mod stream;

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use crate::connection::{Asked, Connection};
use crate::http1::{Seen, Then};
use crate::identities::Identities;
use crate::step::{H2Data, H2Frame, H2Headers, HEALTHY_BODY, Step};

pub(crate) use asking::{Asking, Question};
use frames::{DATA, END_HEADERS, END_STREAM, HEADERS, Parsed, RST_STREAM, SETTINGS};
pub(crate) use session::Session;
use session::{Next, Request};

/// Time for a client to send its preface and SETTINGS, which RFC 9113 §3.4 lets it send without waiting.
const START_MAX: Duration = Duration::from_secs(30);

/// The most that is read while an answer waits for the client to open its window.
const WINDOW_WAIT_MAX: Duration = Duration::from_secs(30);

/// Plays a step of HTTP/2. Steps of other protocols do nothing.
///
/// # Errors
/// Where the peer leaves or breaks the protocol.
pub(crate) async fn step(connection: &mut Connection, step: &Step, _: &Identities) -> io::Result<()> {
    let stream = connection.stream_id;
    match step {
        Step::H2Start => {
            connection.send(&settings()).await?;
            timeout(START_MAX, start(connection)).await.map_err(|_| io::ErrorKind::TimedOut)?
        }
        Step::H2ReadRequest => read_request(connection).await,
        Step::H2Headers(told) => send_headers(connection, told).await,
        Step::H2Data(data) => send_data(connection, data).await,
        Step::H2Reset(code) => {
            connection.send(&frames::write(RST_STREAM, 0, stream, &code.to_be_bytes(), None)).await
        }
        Step::H2Goaway(told) => {
            connection.send(&frames::goaway(told.last.unwrap_or(stream), told.code)).await
        }
        Step::H2Frame(frame) => send_frame(connection, frame).await,
        _ => Ok(()),
    }
}

/// Reads one frame of the peer and does what it asks for; that can be a whole answer.
///
/// # Errors
/// Where the peer breaks off or breaks the protocol.
pub(crate) async fn exchange(connection: &mut Connection, seen: Seen<'_>) -> io::Result<Then> {
    if !connection.http2.greeted {
        connection.http2.greeted = true;
        connection.send(&settings()).await?;
    }
    let waiting = connection.http2.complete.pop_front().map(Next::Request);
    let next = match waiting {
        Some(next) => next,
        None => read_frame(connection).await?,
    };
    match next {
        Next::Left => return Ok(Then::Close),
        Next::Nothing => {}
        Next::Request(request) => {
            seen(&request.token);
            note(connection, &request);
            answer(connection, &request).await?;
        }
    }
    Ok(Then::Again)
}

/// SETTINGS as the lab sends them: all at their defaults but for the number of streams.
fn settings() -> Vec<u8> {
    // SETTINGS_MAX_CONCURRENT_STREAMS (3), so that a client cannot make us remember streams without end.
    let [a, b, c, d] = session::STREAMS_MAX.to_be_bytes();
    frames::write(SETTINGS, 0, 0, &[0, 3, a, b, c, d], None)
}

/// Reads until the peer's SETTINGS have come.
async fn start(connection: &mut Connection) -> io::Result<()> {
    connection.http2.greeted = true;
    while !connection.http2.has_settings {
        match read_frame(connection).await? {
            Next::Left => return Err(io::ErrorKind::UnexpectedEof.into()),
            Next::Nothing => {}
            Next::Request(request) => connection.http2.complete.push_back(request),
        }
    }
    Ok(())
}

async fn read_request(connection: &mut Connection) -> io::Result<()> {
    // A recipe that has sent a greeting of its own is not greeted again.
    connection.http2.greeted = true;
    loop {
        if let Some(request) = connection.http2.complete.pop_front() {
            note(connection, &request);
            return Ok(());
        }
        match read_frame(connection).await? {
            Next::Left => return Err(io::ErrorKind::UnexpectedEof.into()),
            Next::Nothing => {}
            Next::Request(request) => connection.http2.complete.push_back(request),
        }
    }
}

fn note(connection: &mut Connection, request: &Request) {
    connection.stream_id = request.stream;
    connection.set_token(request.token.clone());
    connection.asked = Asked { head: request.head, ..Asked::default() };
}

/// Reads the preface or a frame, answers it where the protocol itself has an answer, and says what it leads to.
async fn read_frame(connection: &mut Connection) -> io::Result<Next> {
    loop {
        if !connection.http2.has_preface {
            match session::preface(connection.buffered()) {
                Some(true) => {
                    connection.http2.has_preface = true;
                    connection.consume(frames::PREFACE.len());
                    continue;
                }
                Some(false) => return Err(io::ErrorKind::InvalidData.into()),
                None => {}
            }
        } else {
            match frames::frame(connection.buffered()) {
                Parsed::Whole(frame, bytes) => {
                    // The frame is copied out so that the session, which lives in the connection, can take it.
                    let payload = frame.payload.to_vec();
                    let frame = frames::Frame {
                        payload: &payload,
                        kind: frame.kind,
                        flags: frame.flags,
                        stream: frame.stream,
                    };
                    connection.consume(bytes);
                    let taken = connection.http2.take(&frame);
                    return conclude(connection, taken).await;
                }
                Parsed::TooLong => return conclude(connection, Err(frames::FRAME_SIZE_ERROR)).await,
                Parsed::Short => {}
            }
        }
        if connection.fill().await? == 0 {
            return Ok(Next::Left);
        }
    }
}

async fn conclude(connection: &mut Connection, taken: Result<(Next, Vec<u8>), u32>) -> io::Result<Next> {
    match taken {
        Ok((next, say)) => {
            if !say.is_empty() {
                connection.send(&say).await?;
            }
            Ok(next)
        }
        Err(code) => {
            connection.send(&frames::goaway(connection.http2.last_stream, code)).await?;
            connection.shutdown().await?;
            Err(io::ErrorKind::InvalidData.into())
        }
    }
}

async fn answer(connection: &mut Connection, request: &Request) -> io::Result<()> {
    let body = connection.expand(HEALTHY_BODY);
    let length = body.len().to_string();
    let block = hpack::encode([
        (":status", "200"),
        ("content-type", "text/plain"),
        ("content-length", length.as_str()),
    ]);
    if request.head {
        let head = frames::write(HEADERS, END_HEADERS | END_STREAM, request.stream, &block, None);
        connection.http2.forget(request.stream);
        return connection.send(&head).await;
    }
    connection.send(&frames::write(HEADERS, END_HEADERS, request.stream, &block, None)).await?;
    let waited = timeout(WINDOW_WAIT_MAX, wait_for_window(connection, request.stream, body.len())).await;
    let open = waited.map_err(|_| io::ErrorKind::TimedOut)??;
    if open {
        connection.send(&frames::write(DATA, END_STREAM, request.stream, body.as_bytes(), None)).await?;
    }
    connection.http2.forget(request.stream);
    Ok(())
}

/// Reads on until so much may be sent; false where the stream was taken back meanwhile.
async fn wait_for_window(connection: &mut Connection, stream: u32, bytes: usize) -> io::Result<bool> {
    loop {
        match connection.http2.spend(stream, bytes) {
            Some(true) => return Ok(true),
            None => return Ok(false),
            Some(false) => {}
        }
        match read_frame(connection).await? {
            Next::Left => return Err(io::ErrorKind::UnexpectedEof.into()),
            Next::Nothing => {}
            Next::Request(request) => connection.http2.complete.push_back(request),
        }
    }
}

async fn send_headers(connection: &mut Connection, told: &H2Headers) -> io::Result<()> {
    let fields: Vec<(String, String)> =
        told.fields.iter().map(|(name, value)| (name.clone(), connection.expand(value))).collect();
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let block = hpack::encode(std::iter::once((":status", told.status.as_str())).chain(fields));
    let flags = if told.end { END_HEADERS | END_STREAM } else { END_HEADERS };
    connection.send(&frames::write(HEADERS, flags, connection.stream_id, &block, None)).await
}

async fn send_data(connection: &mut Connection, told: &H2Data) -> io::Result<()> {
    // The answer to HEAD has no content (RFC 9110 §9.3.2): an empty frame can end the stream all the same.
    let text = if connection.asked.head { String::new() } else { connection.expand(&told.text) };
    let flags = if told.end { END_STREAM } else { 0 };
    connection.send(&frames::write(DATA, flags, connection.stream_id, text.as_bytes(), None)).await
}

async fn send_frame(connection: &mut Connection, told: &H2Frame) -> io::Result<()> {
    let payload = bytes(&told.hex).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the frame's payload is not hexadecimal")
    })?;
    let stream = told.stream.unwrap_or(connection.stream_id);
    connection.send(&frames::write(told.kind, told.flags, stream, &payload, told.length)).await
}

/// Bytes written in hexadecimal, two digits each, with spaces wherever one likes.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Reads bytes as the frames that follow a preface, and as those that a server sends, for [`crate::hostile`].
pub(crate) fn read_any(bytes: &[u8]) {
    asking::read_any(bytes);
    let (mut rest, mut session) = (bytes, Session::default());
    while let Parsed::Whole(frame, length) = frames::frame(rest) {
        if session.take(&frame).is_err() {
            return;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read() {
        assert_eq!(bytes("00 fF\n1 0"), Some(vec![0, 255, 16]));
        assert_eq!(bytes(""), Some(vec![]));
        assert_eq!(bytes("0"), None);
        assert_eq!(bytes("0g"), None);
    }

    #[test]
    fn settings_limit_the_streams() {
        assert_eq!(settings()[..9], [0, 0, 6, 4, 0, 0, 0, 0, 0]);
    }
}
