//! Asking in HTTP/2.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::link::Link;
use super::{Gateway, POST_BODY_BYTES, USER_AGENT};
use crate::http2::{Asking, Question};
use crate::observation::{Drive, Reply, Stop};

/// A connection with its streams, one after the other.
#[derive(Debug)]
pub(super) struct Talk {
    link: Link,
    asking: Asking,
}

/// When what happened.
#[derive(Default)]
struct Times {
    sent: Option<Instant>,
    first: Option<Instant>,
}

impl Talk {
    pub(super) fn new(link: Link) -> Self {
        Self { link, asking: Asking::default() }
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
        ask(&mut self.asking, gateway, path, drive);
        let mut times = Times::default();
        let stop = timeout_at(deadline, self.talk(&mut times)).await.unwrap_or(Stop::Patience);
        let from = times.sent.unwrap_or(begun);
        let goes_on = self.asking.keeps_alive() && times.sent.is_some();
        let mut reply = self.asking.finish(stop);
        reply.first_byte = times.first.map(|first| first.saturating_duration_since(from));
        reply.total = from.elapsed();
        (reply, goes_on)
    }

    /// Sends and reads until the answer is over or the connection stops. Never more than a window is sent without
    /// reading, which the system takes at once.
    async fn talk(&mut self, times: &mut Times) -> Stop {
        let mut buffer = vec![0; 16 * 1024];
        let (mut writes, mut reset) = (true, false);
        loop {
            let said = self.asking.take_unsent();
            if writes && !said.is_empty() {
                let sent = async {
                    self.link.writes.write_all(&said).await?;
                    self.link.writes.flush().await
                };
                if let Err(problem) = sent.await {
                    // What cannot be sent is no reason to stop reading: the answer may be there already.
                    (writes, reset) = (false, problem.kind() == ErrorKind::ConnectionReset);
                }
            }
            if writes && self.asking.has_asked() {
                times.sent.get_or_insert_with(Instant::now);
            }
            if self.asking.is_over() {
                return Stop::InOrder;
            }
            match self.link.reads.read(&mut buffer).await {
                // The system tells of a reset once, and it has told the writing side.
                Ok(0) if reset => return Stop::Reset,
                Ok(0) => return Stop::InOrder,
                Ok(count) => {
                    self.asking.feed(buffer.get(..count).unwrap_or_default());
                    if self.asking.has_begun() {
                        times.first.get_or_insert_with(Instant::now);
                    }
                }
                Err(problem) if problem.kind() == ErrorKind::UnexpectedEof => return Stop::WithoutNotice,
                Err(_) => return Stop::Reset,
            }
        }
    }
}

/// Puts the question as this way to ask has it.
fn ask(asking: &mut Asking, gateway: &Gateway, path: &str, drive: Drive) {
    let (method, body_bytes) = match drive {
        // Nobody can ask in HTTP/1.0 here; who does so all the same gets what HTTP/2 has for it.
        Drive::Get | Drive::KeepAlive | Drive::Http10 => ("GET", 0),
        Drive::Head => ("HEAD", 0),
        Drive::Post => ("POST", POST_BODY_BYTES),
    };
    let length = body_bytes.to_string();
    let mut fields = vec![
        (":method", method),
        (":scheme", "https"),
        (":authority", gateway.host.as_str()),
        (":path", path),
        ("user-agent", USER_AGENT),
        ("accept", "*/*"),
    ];
    if drive == Drive::Post {
        fields.extend([("content-type", "application/octet-stream"), ("content-length", length.as_str())]);
    }
    asking.ask(&Question { fields: &fields, body_bytes, head: drive == Drive::Head });
}
