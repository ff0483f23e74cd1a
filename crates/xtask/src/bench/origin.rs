//! The upstream server of the measurements: prepared answers of three sizes, a sink for bodies, as cheap as can be, so
//! that it is the gateway that is measured. `xtask origin ADDRESS`, one process each.
//!
//! It ends when its standard input does, so that none outlives the chore; the line `stop` ends it as deployments do:
//! it takes no more connections, closes the idle ones and finishes what it has begun.

use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;

use crate::bench::client::end_of_head;
use crate::bench::process;

/// Paths begin with these; anything else is answered with the last.
const SIZES: &[(&str, usize)] = &[("/1k", 1024), ("/64k", 64 * 1024), ("/1m", 1024 * 1024), ("", 2)];
/// A request's head may be this long.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// What was begun is finished within this time when the server is told to stop.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// The answers of one kind of ending, by [`SIZES`].
struct Answers {
    kept: Vec<Vec<u8>>,
    last: Vec<Vec<u8>>,
}

impl Answers {
    fn prepared() -> Self {
        let all = |end: &str| SIZES.iter().map(|(_, size)| answer(*size, end)).collect();
        Self { kept: all(""), last: all("Connection: close\r\n") }
    }
}

fn answer(size: usize, end: &str) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nServer: origin\r\nContent-Type: \
         application/octet-stream\r\nContent-Length: {size}\r\nCache-Control: no-store\r\n{end}\r\n"
    )
    .into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes
}

/// The server's own process.
pub(crate) fn run(words: &[&str]) -> Result<bool, String> {
    let (address, keep_alive) = match words {
        [address] => (address, None),
        [address, "--keep-alive-ms", ms] => {
            (address, Some(Duration::from_millis(ms.parse().map_err(|_| format!("{ms} is no number"))?)))
        }
        _ => return Err("origin ADDRESS [--keep-alive-ms N]".to_owned()),
    };
    let address: SocketAddr = address.parse().map_err(|_| format!("{address} is no address with a port"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let (tell, told) = watch::channel(false);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if line.is_ok_and(|line| line == "stop") {
                let _ = tell.send(true);
            }
        }
        // Whoever started this is gone.
        std::process::exit(0);
    });
    LocalSet::new()
        .block_on(&runtime, listen(address, keep_alive, told))
        .map(|()| true)
        .map_err(|e| format!("{address}: {e}"))
}

async fn listen(
    address: SocketAddr,
    keep_alive: Option<Duration>,
    mut told: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let answers = Rc::new(Answers::prepared());
    let mut connections = JoinSet::new();
    let mut stop = told.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                connections.spawn_local(serve(stream, Rc::clone(&answers), keep_alive, told.clone()));
            }
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let _ = told.wait_for(|stop| *stop).await;
    let _ = timeout(STOP_WAIT, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

async fn serve(
    mut stream: TcpStream,
    answers: Rc<Answers>,
    keep_alive: Option<Duration>,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let request = async {
            match keep_alive {
                Some(time) => timeout(time, request(&mut stream, &mut buffer)).await.ok().flatten(),
                None => request(&mut stream, &mut buffer).await,
            }
        };
        let size = tokio::select! {
            biased;
            size = request => size,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(size) = size else { return };
        let last = *stop.borrow();
        let answer = if last { &answers.last[size] } else { &answers.kept[size] };
        if stream.write_all(answer).await.is_err() || last {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

/// Reads a request to its end and forgets it; which of [`SIZES`] it asks for, or `None` where there is no more.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<usize> {
    let end = loop {
        if let Some(end) = end_of_head(buffer) {
            break end;
        }
        if buffer.len() > HEAD_BYTES_MAX || stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let asked = Asked::read(&buffer[..end])?;
    buffer.drain(..end);
    match asked.body {
        Body::Bytes(mut left) => loop {
            let here = left.min(buffer.len());
            buffer.drain(..here);
            left -= here;
            if left == 0 {
                return Some(asked.size);
            }
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        },
        Body::Chunked => loop {
            // The bodies sent here hold no line of their own, so the last chunk is where it seems to be.
            if buffer.ends_with(b"0\r\n\r\n") {
                buffer.clear();
                return Some(asked.size);
            }
            if buffer.len() > HEAD_BYTES_MAX {
                buffer.drain(..HEAD_BYTES_MAX - 16);
            }
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        },
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Body {
    Bytes(usize),
    Chunked,
}

/// What of a request matters here.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Which of [`SIZES`].
    size: usize,
    body: Body,
}

impl Asked {
    fn read(head: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let (first, fields) = text.split_once("\r\n")?;
        let path = first.split(' ').nth(1)?;
        let size = SIZES.iter().position(|(begins, _)| path.starts_with(begins))?;
        let mut body = Body::Bytes(0);
        for (name, value) in fields.split("\r\n").filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                body = Body::Bytes(value.trim().parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                body = Body::Chunked;
            }
        }
        Some(Self { size, body })
    }
}

/// An upstream server of a measurement, from the chore's side.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    keep_alive: Option<Duration>,
    child: Option<Child>,
}

impl Origin {
    /// A server that does not run yet.
    pub(crate) fn at(address: SocketAddr, keep_alive: Option<Duration>) -> Self {
        Self { address, keep_alive, child: None }
    }

    /// Starts it, on one core where one is named, and waits until it takes connections.
    pub(crate) fn start(&mut self, core: Option<usize>) -> Result<(), String> {
        let own = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut command = match core {
            Some(core) => process::pinned(core, &own),
            None => Command::new(&own),
        };
        command.arg("origin").arg(self.address.to_string());
        if let Some(time) = self.keep_alive {
            command.arg("--keep-alive-ms").arg(time.as_millis().to_string());
        }
        let child = command.stdin(Stdio::piped()).spawn().map_err(|e| format!("an origin: {e}"))?;
        self.child = Some(child);
        process::wait_for(self.address, Instant::now() + Duration::from_secs(10))
    }

    /// Stops it as a deployment would; returns once it is gone.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        if let Some(input) = &mut child.stdin {
            let _ = input.write_all(b"stop\n");
        }
        let until = Instant::now() + STOP_WAIT + Duration::from_secs(1);
        if !process::ends(&mut child, until) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<(), String> {
        self.child.as_ref().map_or(Ok(()), |child| process::signal(child.id(), name))
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_its_size_and_body() {
        let read = |text: &str| Asked::read(text.as_bytes());
        let asked = |size, body| Some(Asked { size, body });
        assert_eq!(read("GET /64k/17 HTTP/1.1\r\nHost: x\r\n\r\n"), asked(1, Body::Bytes(0)));
        assert_eq!(read("GET /healthz HTTP/1.1\r\n\r\n"), asked(3, Body::Bytes(0)));
        assert_eq!(read("POST /x HTTP/1.1\r\nContent-Length: 10\r\n\r\n"), asked(3, Body::Bytes(10)));
        assert_eq!(read("POST /1k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), asked(0, Body::Chunked));
        assert_eq!(read("nothing"), None);
    }

    #[test]
    fn answers_have_the_length_that_they_state() {
        for (text, size) in SIZES {
            let bytes = answer(*size, "");
            let end = end_of_head(&bytes).unwrap();
            assert_eq!(bytes.len() - end, *size, "{text}");
            assert!(String::from_utf8_lossy(&bytes[..end]).contains(&format!("Content-Length: {size}\r\n")));
        }
    }
}
