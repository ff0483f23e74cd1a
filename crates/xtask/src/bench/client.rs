//! A client that counts: one HTTP/1.1 connection to a gateway. What goes wrong is told apart, and nothing is mended.
//!
//! Knows no schedule and no gateway. Bodies are counted and thrown away.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::timeout;

/// An answer's head may be this long; gateways of this world send some hundred bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// No gateway under test needs longer for an answer; whoever waits longer has lost it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How an exchange was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// No connection to the gateway.
    Connect,
    /// Closed before the first byte of an answer, on a connection that had served before: the request may be sent
    /// again (RFC 9112, section 9.3.1).
    ClosedWhenReused,
    /// Closed before the first byte of an answer.
    Closed,
    /// Closed within an answer.
    Cut,
    /// What came is no answer that this client can read, or its end cannot be known.
    Unreadable,
    /// Nothing, or not all of it, within [`PATIENCE`].
    TimedOut,
}

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Of the body.
    pub(crate) bytes: usize,
    /// Whether the gateway ends the connection with it.
    last: bool,
    /// The head where the status is not 200, for whoever asks why.
    pub(crate) head: Option<String>,
}

/// A connection that asks one request after another.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    used: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Lost> {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await.map_err(|_| Lost::TimedOut)?;
        let stream = stream.map_err(|_| Lost::Connect)?;
        stream.set_nodelay(true).map_err(|_| Lost::Connect)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024), used: false })
    }

    /// Sends a request and reads the whole answer; the connection comes back where it can be asked again.
    pub(crate) async fn ask(mut self, request: &[u8]) -> Result<(Answer, Option<Self>), Lost> {
        let answer = timeout(PATIENCE, self.exchange(request)).await.map_err(|_| Lost::TimedOut)??;
        self.used = true;
        self.buffer.clear();
        let kept = (!answer.last).then_some(self);
        Ok((answer, kept))
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Lost> {
        let nothing = if self.used { Lost::ClosedWhenReused } else { Lost::Closed };
        self.stream.write_all(request).await.map_err(|_| nothing)?;
        let end = loop {
            if let Some(end) = end_of_head(&self.buffer) {
                break end;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(Lost::Unreadable);
            }
            let so_far = if self.buffer.is_empty() { nothing } else { Lost::Cut };
            if self.stream.read_buf(&mut self.buffer).await.map_err(|_| so_far)? == 0 {
                return Err(so_far);
            }
        };
        let head = read_head(&self.buffer[..end]).ok_or(Lost::Unreadable)?;
        let mut bytes = self.buffer.len() - end;
        let said = (head.status != 200).then(|| String::from_utf8_lossy(&self.buffer[..end]).into_owned());
        let Some(length) = head.length else {
            // Only failures come without a length from the origins here; they need not be read to their end.
            return match said {
                Some(_) => Ok(Answer { status: head.status, bytes, last: true, head: said }),
                None => Err(Lost::Unreadable),
            };
        };
        while bytes < length {
            self.buffer.clear();
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Err(Lost::Cut),
                Ok(more) => bytes += more,
            }
        }
        if bytes > length {
            return Err(Lost::Unreadable);
        }
        Ok(Answer { status: head.status, bytes, last: head.last, head: said })
    }
}

/// What of a head matters here.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: Option<usize>,
    last: bool,
}

/// Where the body begins.
pub(crate) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn read_head(bytes: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.splitn(3, ' ');
    let version = first.next()?.strip_prefix("HTTP/1.")?;
    let status = first.next()?.parse().ok()?;
    let mut head = Head { status, length: None, last: version == "0" };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            head.length = Some(value.trim().parse().ok()?);
        } else if name.eq_ignore_ascii_case("connection") && value.trim().eq_ignore_ascii_case("close") {
            head.last = true;
        }
    }
    Some(head)
}

/// A request for a path, as every client here sends it.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench.example.com\r\nUser-Agent: xtask\r\nAccept: */*\r\n\r\n")
        .into_bytes()
}

/// How many requests were answered 200, and how many were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Driven {
    pub(crate) answered: u64,
    pub(crate) failed: u64,
}

/// Sends so many requests over so many connections, each as soon as the one before it was answered.
pub(crate) fn drive(address: SocketAddr, path: &str, connections: u64, requests: u64) -> io::Result<Driven> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let left = Rc::new(Cell::new(requests));
    let driven = Rc::new(Cell::new(Driven::default()));
    let all = LocalSet::new();
    for _ in 0..connections {
        let (left, driven, request) = (Rc::clone(&left), Rc::clone(&driven), get(path));
        all.spawn_local(async move {
            let mut kept = None;
            while let Some(less) = left.get().checked_sub(1) {
                left.set(less);
                let answer = one(address, &mut kept, &request).await;
                let mut so_far = driven.get();
                match answer {
                    Ok(answer) if answer.status == 200 => so_far.answered += 1,
                    _ => so_far.failed += 1,
                }
                driven.set(so_far);
            }
        });
    }
    runtime.block_on(all);
    Ok(driven.get())
}

/// One request, on the connection that is kept or on a new one.
async fn one(address: SocketAddr, kept: &mut Option<Connection>, request: &[u8]) -> Result<Answer, Lost> {
    let connection = match kept.take() {
        Some(connection) => connection,
        None => Connection::open(address).await?,
    };
    let (answer, again) = connection.ask(request).await?;
    *kept = again;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_status_length_and_whether_the_connection_ends() {
        let read = |text: &str| read_head(text.as_bytes());
        let head = |status, length, last| Some(Head { status, length, last });
        assert_eq!(read("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"), head(200, Some(10), false));
        assert_eq!(read("HTTP/1.1 502 Bad\r\nConnection: Close\r\n\r\n"), head(502, None, true));
        assert_eq!(read("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"), head(200, Some(1), true));
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), None);
        assert_eq!(read("SSH-2.0-x\r\n\r\n"), None);
    }

    #[test]
    fn a_head_ends_with_an_empty_line() {
        assert_eq!(end_of_head(b"HTTP/1.1 200 OK\r\n\r\nbody"), Some(19));
        assert_eq!(end_of_head(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
