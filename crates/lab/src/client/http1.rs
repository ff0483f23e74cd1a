//! Asking in HTTP/1.1 and HTTP/1.0.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout_at};

use super::link::{Carrier, Link};
use super::reading::Reading;
use super::{Gateway, POST_BODY_BYTES, USER_AGENT};
use crate::observation::{Drive, Reply, Stop};

/// The body of a POST is written in pieces of this size.
const PIECE_BYTES: usize = 8 * 1024;

/// A connection, and what came on it after the end of an answer.
#[derive(Debug)]
pub(super) struct Talk {
    link: Link,
    left_over: Vec<u8>,
}

impl Talk {
    pub(super) fn new(link: Link) -> Self {
        Self { link, left_over: Vec::new() }
    }

    /// One request and its answer, and whether the connection goes on after it.
    pub(super) async fn exchange(
        &mut self,
        gateway: &Gateway,
        path: &str,
        drive: Drive,
        deadline: Instant,
    ) -> (Reply, bool) {
        let begun = Instant::now();
        let request = request(gateway, path, drive);
        let Self { link, left_over } = self;
        let mut reading = Reading::new(drive);
        // What came unasked stands where a client looks for its answer.
        reading.feed(&std::mem::take(left_over));
        let mut first = reading.has_begun().then_some(begun);
        let (mut sent, mut reset) = (None, false);
        let both = async {
            let writing = async {
                match write(&mut link.writes, &request).await {
                    Ok(()) => sent = Some(Instant::now()),
                    Err(problem) => reset = problem.kind() == ErrorKind::ConnectionReset,
                }
                // A request that cannot be sent is no reason to stop reading: the answer may be there already.
                std::future::pending::<Stop>().await
            };
            tokio::select! {
                biased;
                stop = writing => stop,
                stop = read(&mut link.reads, &mut reading, &mut first) => stop,
            }
        };
        let stop = match timeout_at(deadline, both).await.unwrap_or(Stop::Patience) {
            // The system tells of a reset once, and it has told the writing side.
            Stop::InOrder if reset => Stop::Reset,
            stop => stop,
        };
        let from = sent.unwrap_or(begun);
        let goes_on = reading.keeps_alive() && sent.is_some();
        let (mut reply, rest) = reading.finish(stop);
        *left_over = rest;
        reply.front = gateway.front;
        reply.first_byte = first.map(|first| first.saturating_duration_since(from));
        reply.total = from.elapsed();
        (reply, goes_on)
    }
}

/// Reads until the answer is over or the connection stops.
async fn read(reads: &mut ReadHalf<Carrier>, reading: &mut Reading, first: &mut Option<Instant>) -> Stop {
    let mut buffer = vec![0; 16 * 1024];
    while !reading.is_over() {
        match reads.read(&mut buffer).await {
            Ok(0) => return Stop::InOrder,
            Ok(count) => {
                first.get_or_insert_with(Instant::now);
                reading.feed(buffer.get(..count).unwrap_or_default());
            }
            Err(problem) if problem.kind() == ErrorKind::UnexpectedEof => return Stop::WithoutNotice,
            Err(_) => return Stop::Reset,
        }
    }
    Stop::InOrder
}

async fn write(writes: &mut WriteHalf<Carrier>, request: &[u8]) -> io::Result<()> {
    for piece in request.chunks(PIECE_BYTES) {
        writes.write_all(piece).await?;
    }
    writes.flush().await
}

/// The bytes of a request.
fn request(gateway: &Gateway, path: &str, drive: Drive) -> Vec<u8> {
    let (method, version, fields) = match drive {
        Drive::Get => ("GET", "1.1", "Connection: close\r\n".to_owned()),
        Drive::KeepAlive => ("GET", "1.1", String::new()),
        Drive::Http10 => ("GET", "1.0", String::new()),
        Drive::Head => ("HEAD", "1.1", "Connection: close\r\n".to_owned()),
        Drive::Post => (
            "POST",
            "1.1",
            format!(
                "Content-Type: application/octet-stream\r\nContent-Length: {POST_BODY_BYTES}\r\nConnection: close\r\n"
            ),
        ),
    };
    let host = &gateway.host;
    let mut bytes =
        format!("{method} {path} HTTP/{version}\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\n{fields}\r\n")
            .into_bytes();
    if drive == Drive::Post {
        bytes.resize(bytes.len() + POST_BODY_BYTES, b'x');
    }
    bytes
}
