//! One request and its response over HTTP/2 (RFC 9113), by the crate `h2`.
//!
//! Nothing is spawned: the connection is driven by whoever waits for a response, so it cannot outlive its owner and its
//! errors need no way back. An idle connection therefore answers no PING; what came meanwhile is read before the next
//! request. Knows nothing of addresses or TLS.

mod fault;
mod message;
#[cfg(test)]
mod tests;
mod watch;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use bytes::Bytes;
use goodgate_facts::Phase;
use h2::RecvStream;
use h2::client::{ResponseFuture, SendRequest};
use tokio::time::{Instant, timeout_at};

use crate::connection::{Cut, Duplex, deadline};
use crate::{BodyEnd, Failure, Fault, Limits, Request, Response, Retry, Timings};
use fault::failure;
use message::{message, response};
use watch::{Watch, Watched, look};

/// What a peer may send of one body before we have read it: a few round trips' worth on a fast line, and a bound on
/// what it can make us hold.
const WINDOW_BYTES: u32 = 256 << 10;

/// An HTTP/2 connection.
pub(crate) struct Http2<S> {
    requests: SendRequest<Bytes>,
    /// `None` once it has ended.
    driver: Option<h2::client::Connection<Watched<S>, Bytes>>,
    watch: Arc<Mutex<Watch>>,
    /// Whether the peer was silent for so long that it may be gone.
    silent: bool,
}

impl<S> std::fmt::Debug for Http2<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http2").field("open", &self.driver.is_some()).finish_non_exhaustive()
    }
}

/// What happened while a response head was waited for.
enum Turn {
    /// Another phase began.
    Moved,
    /// What comes is not HTTP/2.
    Foreign,
    /// An interim response.
    Interim(u16),
    /// The response, or why there is none.
    Head(Result<http::Response<RecvStream>, h2::Error>),
}

/// How far an exchange has come.
struct Course {
    start: Instant,
    interim: Vec<u16>,
    timings: Timings,
}

impl<S: Duplex> Http2<S> {
    /// Begins to speak HTTP/2: sends the preface and our settings, without waiting for the peer's.
    pub(crate) async fn begin(stream: S, limits: &Limits) -> Result<Self, Failure> {
        let start = Instant::now();
        let watch = Arc::new(Mutex::new(Watch::new()));
        let watched = Watched::new(stream, watch.clone());
        let mut builder = h2::client::Builder::new();
        // Twice our own limit, so that a head somewhat beyond it is still read and can be told by its size.
        let head_bytes = u32::try_from(limits.head_bytes.saturating_mul(2)).unwrap_or(u32::MAX);
        builder
            .enable_push(false)
            .max_header_list_size(head_bytes)
            .initial_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES);
        match timeout_at(deadline(start, limits.send), builder.handshake(watched)).await {
            Ok(Ok((requests, driver))) => Ok(Self { requests, driver: Some(driver), watch, silent: false }),
            Ok(Err(error)) => Err(failure(&look(&watch), Some(&error), Phase::Send, 0)
                .after(start.elapsed())
                .retry(Retry::Safe)),
            Err(_) => {
                Err(Failure::new(Fault::SendTimedOut, Phase::Send).after(start.elapsed()).retry(Retry::Safe))
            }
        }
    }

    /// Whether another request may be sent, as far as is known without looking.
    pub(crate) fn reusable(&self) -> bool {
        self.driver.is_some() && !self.silent && self.watch().goaway.is_none()
    }

    /// Says goodbye and lets the connection end; a peer that keeps it open keeps us waiting.
    pub(crate) async fn close(self) {
        let Self { requests, driver, .. } = self;
        drop(requests);
        if let Some(driver) = driver {
            let _ = driver.await;
        }
    }

    /// Sends the request and reads the response.
    pub(crate) async fn exchange(&mut self, request: &Request, limits: &Limits) -> Result<Response, Failure> {
        let message = message(request)?;
        let mut course = Course { start: Instant::now(), interim: Vec::new(), timings: Timings::default() };
        self.watch().expect(0);
        self.ready(&course, limits).await?;
        let (mut coming, _) = self
            .requests
            .send_request(message, true)
            .map_err(|error| self.fail(Some(&error), Phase::Send, course.start, limits).retry(Retry::Safe))?;
        self.watch().expect(coming.stream_id().as_u32());
        let (head, body) = self.head(&mut coming, &mut course, limits).await?.into_parts();
        drop(coming);
        let mut response = response(&head, course.interim);
        response.timings = course.timings;
        if let Err(failure) = self.measure(&response, limits) {
            drop(body);
            self.settle().await;
            return Err(failure);
        }
        let begin = Instant::now();
        response.end = self.body(body, &mut response.body, begin, limits).await;
        response.timings.body = Some(begin.elapsed());
        self.settle().await;
        response.received = self.watch().received;
        response.reusable = self.reusable();
        Ok(response)
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        look(&self.watch)
    }

    /// Lets the connection read and write what it can.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            self.driver = None;
        }
    }

    /// Writes what is still to be said (a reset, a window) as far as that needs no waiting.
    async fn settle(&mut self) {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(())
        })
        .await;
    }

    /// Waits until a request may be sent, having read what came while the connection was idle. A connection that is
    /// gone by now was asked nothing, so that the request may be sent again whatever it is.
    async fn ready(&mut self, course: &Course, limits: &Limits) -> Result<(), Failure> {
        // Lets the reactor see what came since the last time.
        tokio::task::yield_now().await;
        let ready = poll_fn(|cx| {
            self.drive(cx);
            if self.driver.is_none()
                || self.silent
                || self.watch().goaway.is_some()
                || self.watch().is_foreign()
            {
                return Poll::Ready(Err(None));
            }
            self.requests.poll_ready(cx).map_err(Some)
        });
        let error = match timeout_at(deadline(course.start, limits.send), ready).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let failure = Failure::new(Fault::SendTimedOut, Phase::Send).after(course.start.elapsed());
                return Err(failure.retry(Retry::Safe));
            }
        };
        let gone = self.fail(error.as_ref(), Phase::Send, course.start, limits).retry(Retry::Safe);
        if gone.fault != Fault::SendBroken {
            return Err(gone);
        }
        // What broke was not the sending: nothing was sent yet.
        let cut = self.watch().end(Phase::Wait).unwrap_or(Cut::Closed);
        Err(Failure { fault: cut.fault(Phase::Wait), errno: cut.errno(), ..gone })
    }

    /// The phase that the exchange is in, and since when.
    fn phase(&self, course: &Course) -> (Phase, Instant) {
        let watch = self.watch();
        match (watch.head_at, watch.sent_at) {
            (Some(head_at), _) if watch.heads > watch.interim => (Phase::Head, head_at),
            (_, Some(sent_at)) => (Phase::Wait, sent_at),
            _ => (Phase::Send, course.start),
        }
    }

    /// Waits for the response head, through interim responses.
    async fn head(
        &mut self,
        coming: &mut ResponseFuture,
        course: &mut Course,
        limits: &Limits,
    ) -> Result<http::Response<RecvStream>, Failure> {
        loop {
            let (phase, since) = self.phase(course);
            let (limit, late) = match phase {
                Phase::Head => (limits.head, Fault::HeadTimedOut),
                Phase::Wait => (limits.wait, Fault::WaitTimedOut),
                _ => (limits.send, Fault::SendTimedOut),
            };
            let turn = poll_fn(|cx| self.turn(coming, course, phase, cx));
            let Ok(turn) = timeout_at(deadline(since, limit), turn).await else {
                if phase == Phase::Send {
                    // What lies here would go out with the next write, while we say that it did not.
                    self.driver = None;
                }
                self.silent = true;
                return Err(self.finish(Failure::new(late, phase), since));
            };
            match turn {
                Turn::Moved => {}
                Turn::Foreign => return Err(self.fail(None, phase, since, limits)),
                // 101 does not exist in HTTP/2 (RFC 9113 section 8.6).
                Turn::Interim(101) => {
                    return Err(self.finish(Failure::new(Fault::UpgradeUnasked, Phase::Head), since));
                }
                Turn::Interim(_) if course.interim.len() >= limits.interim => {
                    return Err(self.finish(Failure::new(Fault::InterimEndless, Phase::Head), since));
                }
                Turn::Interim(status) => {
                    course.interim.push(status);
                    self.watch().interim += 1;
                }
                Turn::Head(Ok(head)) => {
                    self.time(course);
                    return Ok(head);
                }
                Turn::Head(Err(error)) => {
                    let (phase, since) = self.phase(course);
                    return Err(self.fail(Some(&error), phase, since, limits));
                }
            }
        }
    }

    fn turn(
        &mut self,
        coming: &mut ResponseFuture,
        course: &Course,
        phase: Phase,
        cx: &mut Context<'_>,
    ) -> Poll<Turn> {
        self.drive(cx);
        if self.watch().is_foreign() {
            return Poll::Ready(Turn::Foreign);
        }
        if let Poll::Ready(Some(Ok(interim))) = coming.poll_informational(cx) {
            return Poll::Ready(Turn::Interim(interim.status().as_u16()));
        }
        if let Poll::Ready(head) = Pin::new(coming).poll(cx) {
            return Poll::Ready(Turn::Head(head));
        }
        if self.phase(course).0 != phase {
            return Poll::Ready(Turn::Moved);
        }
        Poll::Pending
    }

    /// Says how long each phase up to the head took.
    fn time(&self, course: &mut Course) {
        let watch = self.watch();
        let now = Instant::now();
        let head_at = watch.head_at.unwrap_or(now);
        let sent_at = watch.sent_at.unwrap_or(head_at);
        course.timings.send = Some(sent_at - course.start);
        course.timings.wait = Some(head_at - sent_at);
        course.timings.head = Some(now - head_at);
    }

    /// Holds the head against the limits and the range of status codes.
    fn measure(&self, response: &Response, limits: &Limits) -> Result<(), Failure> {
        let sizes = response.fields.iter().map(|(name, value)| name.len() + value.len());
        // The library takes three digits of any kind; 600 and above are invalid (RFC 9110 section 15).
        let fault = if response.status > 599 {
            Fault::StatusCodeInvalid
        } else if sizes.clone().any(|size| size > limits.field_bytes) {
            Fault::FieldTooBig
        } else if response.fields.len() > limits.fields || sizes.sum::<usize>() > limits.head_bytes {
            Fault::HeadTooBig
        } else {
            return Ok(());
        };
        let failure = Failure::new(fault, Phase::Head).after(response.timings.head.unwrap_or_default());
        let watch = self.watch();
        Err(failure.bytes(watch.sent, watch.received))
    }

    /// Reads the body as far as the limits allow.
    async fn body(
        &mut self,
        mut stream: RecvStream,
        body: &mut Vec<u8>,
        begin: Instant,
        limits: &Limits,
    ) -> BodyEnd {
        let all = deadline(begin, limits.body);
        let mut read_at = begin;
        loop {
            let gap = deadline(Instant::now(), limits.body_gap);
            let piece = poll_fn(|cx| {
                // A timer is only asked while nothing comes, and something may always come.
                let over = Instant::now() >= all;
                if over { Poll::Ready(Err(())) } else { self.piece(&mut stream, cx).map(Ok) }
            });
            let piece = match timeout_at(gap.min(all), piece).await.unwrap_or(Err(())) {
                Ok(Some(Ok(piece))) => piece,
                Ok(None) => return BodyEnd::Complete,
                Ok(Some(Err(error))) => {
                    let failure = self.fail(Some(&error), Phase::Body, begin, limits);
                    return BodyEnd::Failed(Failure { silent: read_at.elapsed(), ..failure });
                }
                Err(()) => {
                    let fault = if gap < all { Fault::BodyTimedOut } else { Fault::ResponseTimedOut };
                    self.silent |= gap < all;
                    let failure = self.finish(Failure::new(fault, Phase::Body), begin);
                    return BodyEnd::Failed(Failure { silent: read_at.elapsed(), ..failure });
                }
            };
            read_at = Instant::now();
            let room = limits.body_bytes - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return BodyEnd::Limit;
            }
            // It fails only for more than was received.
            let _ = stream.flow_control().release_capacity(piece.len());
        }
    }

    /// The next piece of the body that is not empty; `None` at its end, behind the trailers.
    fn piece(
        &mut self,
        stream: &mut RecvStream,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, h2::Error>>> {
        self.drive(cx);
        loop {
            match std::task::ready!(stream.poll_data(cx)) {
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(piece) => return Poll::Ready(Some(piece)),
                None => break,
            }
        }
        stream.poll_trailers(cx).map(|trailers| trailers.err().map(Err))
    }

    /// The failure behind an error of the library, with everything that the watch knows of it.
    fn fail(&self, error: Option<&h2::Error>, phase: Phase, since: Instant, limits: &Limits) -> Failure {
        let failure = failure(&self.watch(), error, phase, limits.head_bytes);
        self.finish(failure, since)
    }

    fn finish(&self, failure: Failure, since: Instant) -> Failure {
        let watch = self.watch();
        let received = if watch.is_foreign() { watch.came } else { watch.received };
        let unsent = failure.phase == Phase::Send && watch.sent == 0;
        let retry = if unsent { Retry::Safe } else { failure.retry };
        failure.bytes(watch.sent, received).after(since.elapsed()).retry(retry)
    }
}
