//! One attempt: a request to one server and its response back to the client, each phase with its deadline.
//!
//! Sending and reading go on side by side: a server may answer before it has taken the whole request, and what it said
//! before it broke the connection is worth more than the error of our own writing.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use goodgate_facts::Phase;
use goodgate_wire::{Cut, Failure, Fault, FieldLine, FieldName, Framing, Retry, Version};

use super::upload::{Stopped, Upload};
use crate::core::buffer::Buffer;
use crate::core::deadline::Deadline;
use crate::core::moment::Moment;
use crate::core::{Core, INTERIM_MAX};
use crate::forward::{Back, Edits, Sink, response_fields};
use crate::front::{Client, ClientEnd, Length};
use crate::plan::{Protocol, Timeouts};
use crate::request::Request;
use crate::upstream::{Head, Leg, Response};

/// How an attempt ended before its time.
#[derive(Debug)]
pub(super) enum Ended {
    /// On the server's side.
    Server(Failure),
    /// The server has as many connections as it may.
    Full,
    /// On ours, before anything was sent.
    Own(crate::Failed),
    /// On the client's.
    Client(ClientEnd),
}

/// When what happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) begin: Moment,
    pub(super) sent: Option<Moment>,
    pub(super) head: Option<Moment>,
}

/// What a turn needs to know of its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) core: &'a Core,
    pub(super) request: &'a Request<'a>,
    pub(super) timeouts: &'a Timeouts,
    pub(super) edits: Edits<'a>,
    /// Whether the client asked to switch protocols.
    pub(super) upgrade: bool,
}

/// An attempt in progress.
pub(super) struct Turn<'a, 'u, C> {
    pub(super) frame: Frame<'a>,
    pub(super) client: &'a mut C,
    pub(super) leg: Box<Leg>,
    pub(super) upload: &'a mut Upload<'u>,
    pub(super) response: Response,
    pub(super) deadline: &'a Deadline,
    /// How sending ended, where it did before the end of the request.
    broken: Option<Cut>,
    waits: Waits,
    /// What is left to be waited once the client is watched; `None` where it is.
    unwatched: Option<Duration>,
    /// Bytes that the connection had taken before, where it counts them.
    taken: Option<u64>,
    pub(super) times: Times,
}

/// How long a server is waited for before the client is watched. Most answer sooner, and little is saved by knowing that
/// a client has left meanwhile.
const UNWATCHED: Duration = Duration::from_millis(100);

/// What the deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    /// The server to take so many bytes.
    Send(u64),
    Head,
    /// The server to send more of the body than these bytes.
    Body(u64),
}

impl<'a, 'u, C: Client> Turn<'a, 'u, C> {
    // Made where it lies: it is large.
    #[inline(always)]
    pub(super) fn new(
        frame: Frame<'a>,
        client: &'a mut C,
        leg: Box<Leg>,
        upload: &'a mut Upload<'u>,
        protocol: Protocol,
        deadline: &'a Deadline,
        begin: Moment,
    ) -> Self {
        let response = Response::new(protocol, frame.request.method);
        let times = Times { begin, sent: None, head: None };
        let (taken, waits) = (leg.channel.taken(), Waits::Nothing);
        let (broken, unwatched) = (None, Some(Duration::ZERO));
        Self { frame, client, leg, upload, response, deadline, broken, waits, unwatched, taken, times }
    }

    /// Sends the request and waits for the final head; interim ones are passed on.
    pub(super) async fn head(&mut self, lines: &mut Vec<FieldLine>) -> Result<Head, Ended> {
        let mut interim = 0;
        loop {
            let head = poll_fn(|cx| self.poll_head(cx, lines)).await?;
            match head.status {
                101 if self.frame.upgrade => return Ok(head),
                101 => {
                    return Err(Ended::Server(self.failed(Failure::new(Fault::UpgradeUnasked, Phase::Head))));
                }
                100..200 => {
                    interim += 1;
                    if interim > INTERIM_MAX {
                        return Err(Ended::Server(
                            self.failed(Failure::new(Fault::InterimEndless, Phase::Head)),
                        ));
                    }
                    Box::pin(self.pass_interim(&head, lines)).await?;
                }
                _ => {
                    self.times.head = Some(self.frame.core.now());
                    return Ok(head);
                }
            }
        }
    }

    fn poll_head(&mut self, cx: &mut Context<'_>, lines: &mut Vec<FieldLine>) -> Poll<Result<Head, Ended>> {
        self.poll_upload(cx)?;
        let frame = self.frame;
        let method = frame.request.method;
        match self.response.poll_head(cx, frame.core, &mut self.leg, method, self.broken, lines) {
            Poll::Ready(Ok(head)) => return Poll::Ready(Ok(head)),
            Poll::Ready(Err(failure)) => return Poll::Ready(Err(Ended::Server(self.failed(failure)))),
            Poll::Pending => {}
        }
        if self.is_late(cx)? {
            let sending = self.is_sending() && self.broken.is_none();
            let (fault, phase) = match self.response.phase {
                Phase::Wait if sending => (Fault::SendTimedOut, Phase::Send),
                Phase::Wait => (Fault::WaitTimedOut, Phase::Wait),
                phase => (Fault::HeadTimedOut, phase),
            };
            return Poll::Ready(Err(Ended::Server(self.failed(Failure::new(fault, phase)))));
        }
        Poll::Pending
    }

    /// Sends on, as far as both sides let us. That the server takes nothing more is noted; it may have answered.
    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<(), Ended> {
        if self.upload.is_done() || self.broken.is_some() {
            return Ok(());
        }
        let before = self.upload.bytes;
        match self.upload.poll(cx, self.client, &mut self.leg) {
            Poll::Ready(Ok(())) => {
                // What goes out at the first try is sent as soon as it is begun.
                let at_once = self.waits == Waits::Nothing;
                self.times.sent = Some(if at_once { self.times.begin } else { self.frame.core.now() });
                self.wait_for(Waits::Head, self.frame.timeouts.head);
            }
            Poll::Ready(Err(Stopped::Server(cut))) => {
                self.broken = Some(cut);
                self.wait_for(Waits::Head, self.frame.timeouts.head.min(LAST_WORDS));
            }
            Poll::Ready(Err(Stopped::Client(end))) => return Err(Ended::Client(end)),
            Poll::Ready(Err(Stopped::Own(fault))) => return Err(Ended::Own(crate::Failed::NotKept(fault))),
            // It is the server who has the client wait.
            Poll::Pending if self.upload.is_held() => self.wait_for(Waits::Head, self.frame.timeouts.head),
            // The client has its own deadline for what it sends. A server that has begun to answer keeps to its own.
            Poll::Pending if self.upload.waits_for_client() => {
                if !matches!(self.waits, Waits::Body(_)) {
                    self.deadline.clear();
                    self.waits = Waits::Nothing;
                }
            }
            Poll::Pending if before != self.upload.bytes || self.waits == Waits::Nothing => {
                self.wait_for(Waits::Send(self.upload.bytes), self.frame.timeouts.send);
            }
            Poll::Pending => {}
        }
        Ok(())
    }

    fn wait_for(&mut self, what: Waits, limit: Duration) {
        if self.waits != what {
            self.waits = what;
            self.set_deadline(limit);
        }
    }

    fn set_deadline(&mut self, limit: Duration) {
        let first = if self.unwatched.is_some() { limit.min(UNWATCHED) } else { limit };
        self.deadline.set(first);
        self.unwatched = self.unwatched.and(limit.checked_sub(first));
    }

    /// Whether the time for what is waited for is over; an error where the client does not wait for it any more.
    fn is_late(&mut self, cx: &mut Context<'_>) -> Result<bool, Ended> {
        let mut late = self.deadline.passed(cx);
        if late && let Some(rest) = self.unwatched.take() {
            self.deadline.set(rest);
            late = rest.is_zero() || self.deadline.passed(cx);
        }
        let watched = self.unwatched.is_none() && self.upload.is_done();
        if watched && self.client.poll_gone(cx).is_ready() {
            return Err(Ended::Client(ClientEnd::Gone));
        }
        Ok(late)
    }

    async fn pass_interim(&mut self, head: &Head, lines: &[FieldLine]) -> Result<(), Ended> {
        if self.client.version() != Version::Http10 {
            let text = self.response.head_text();
            let fields = self.response.fields(head, lines);
            let back = Back {
                name: &self.frame.core.shared.via,
                version: head.version,
                date: None,
                edits: Edits::default(),
                keep_trailer: false,
            };
            self.client
                .interim(head.status, head.reason.of(text), &mut |sink| response_fields(fields, &back, sink));
            poll_fn(|cx| self.client.poll_send(cx, &[], false)).await.map_err(Ended::Client)?;
        }
        self.response.skip(head);
        if head.status == 100 {
            self.upload.let_go();
        }
        if self.waits == Waits::Head {
            // A server that says that it is at work has its time anew.
            self.set_deadline(self.frame.timeouts.head);
        }
        Ok(())
    }

    /// Begins the client's answer with the server's head.
    pub(super) fn begin_answer(&mut self, head: &Head, lines: &[FieldLine], date: &[u8]) {
        let frame = self.frame;
        let length = match head.framing {
            _ if frame.request.method == b"HEAD" => Length::None,
            Framing::None => Length::None,
            Framing::Length(length) => Length::Known(length),
            _ => Length::Unknown,
        };
        let text = self.response.head_text();
        let fields = self.response.fields(head, lines);
        let back = Back {
            name: &frame.core.shared.via,
            version: head.version,
            date: Some(date),
            edits: frame.edits,
            keep_trailer: length == Length::Unknown && self.client.version() != Version::Http10,
        };
        let reason = head.reason.of(text);
        // What would be spoken is said by a switch, and by whoever wants one (RFC 9110 section 15.5.22).
        let switches = head.status == 101 || head.status == 426 && self.client.version() != Version::Http2;
        let switch = if switches { fields.first(FieldName::Upgrade) } else { None };
        self.client.begin(head.status, reason, length, &mut |sink| {
            response_fields(fields, &back, sink);
            // The length is written anew: what the server wrote may be doubled, invalid, or missing in FastCGI.
            let announced = match length {
                Length::Known(length) => Some(length),
                Length::None if !matches!(head.status, 204 | 100..200) => head.length,
                _ => None,
            };
            if let Some(length) = announced {
                sink.put_number(b"Content-Length", length);
            }
            if let Some(to) = switch {
                sink.put(b"Connection", &[b"upgrade"]);
                sink.put(b"Upgrade", &[to]);
            }
        });
        if head.status != 101 {
            self.response.begin_body(head);
        }
    }

    /// Passes the body on, to its end, and says when that was.
    pub(super) async fn body(&mut self) -> Result<Moment, Ended> {
        self.waits = Waits::Nothing;
        self.deadline.clear();
        let mut looks = 0;
        poll_fn(|cx| {
            looks += 1;
            self.poll_body(cx)
        })
        .await?;
        // What came and went with the head took no time.
        Ok(self.times.head.filter(|_| looks == 1).unwrap_or_else(|| self.frame.core.now()))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        self.poll_upload(cx)?;
        loop {
            // What has come already goes out together with the head.
            if let Err(failure) = self.response.look_ahead() {
                return Poll::Ready(Err(Ended::Server(self.failed(failure))));
            }
            let (piece, last) = self.response.piece();
            if !piece.is_empty() || last || self.client.has_pending() {
                if last && let Some(trailers) = self.response.trailers() {
                    self.client.set_trailers(trailers, self.frame.edits);
                }
                match self.client.poll_send(cx, piece, last) {
                    Poll::Ready(Ok(())) if last => return Poll::Ready(Ok(())),
                    Poll::Ready(Ok(())) => self.response.consume_piece(),
                    Poll::Ready(Err(end)) => return Poll::Ready(Err(Ended::Client(end))),
                    Poll::Pending => {
                        // The server is not to blame for what waits for the client.
                        self.waits = Waits::Nothing;
                        self.deadline.clear();
                        return Poll::Pending;
                    }
                }
                continue;
            }
            match self.response.poll_piece(cx, self.frame.core, &mut self.leg) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(failure)) => return Poll::Ready(Err(Ended::Server(self.failed(failure)))),
                Poll::Pending => break,
            }
        }
        self.wait_for(Waits::Body(self.response.received), self.frame.timeouts.idle);
        if self.is_late(cx)? {
            let failure = Failure::new(Fault::BodyTimedOut, Phase::Body);
            return Poll::Ready(Err(Ended::Server(self.failed(failure))));
        }
        Poll::Pending
    }

    /// Whether the server has not been sent all yet, and it is not itself who has the client wait.
    fn is_sending(&self) -> bool {
        !self.upload.is_done() && !self.upload.is_held()
    }

    /// The failure with what of the exchange is known here.
    fn failed(&self, failure: Failure) -> Failure {
        let sending = self.is_sending();
        let since = match failure.phase {
            Phase::Wait | Phase::Head => self.times.sent,
            Phase::Body => self.times.head,
            _ => None,
        };
        let failure = match (failure.phase, sending, self.broken) {
            // The error of writing came first and is the telling one.
            (Phase::Wait, true, Some(cut)) if !matches!(failure.fault, Fault::TlsAlert(_)) => {
                cut.failure(Phase::Send)
            }
            (Phase::Wait, true, _) => Failure { phase: Phase::Send, ..failure },
            _ => failure,
        };
        let sent = self.upload.bytes;
        // Over TLS bytes may have gone out that nobody was told of.
        let touched = sent > 0 || self.leg.channel.taken() != self.taken;
        let untouched = !touched && matches!(failure.phase, Phase::Send | Phase::Wait);
        let retry = if untouched { Retry::Safe } else { failure.retry };
        let after = self.frame.core.now() - since.unwrap_or(self.times.begin);
        failure.bytes(sent, self.response.received).after(after).retry(retry)
    }

    /// Behind a response that has ended: whether the connection can be used again.
    pub(super) fn finish(&mut self, head: &Head) -> bool {
        let surplus = self.response.finish(self.frame.core);
        self.deadline.clear();
        let clean = head.persistent && !surplus;
        let whole = self.upload.is_done() && self.broken.is_none();
        self.leg.exchanges = self.leg.exchanges.saturating_add(1);
        clean && whole
    }

    /// Behind a failure: the connection goes.
    pub(super) fn abandon(mut self) {
        self.response.finish(self.frame.core);
        self.deadline.clear();
    }

    /// What is left behind a switch of protocols.
    pub(super) fn into_tunnel(mut self, head: &Head) -> (Box<Leg>, Buffer) {
        self.deadline.clear();
        (self.leg, self.response.take_buffer(head))
    }
}

/// How long a server that takes nothing more is listened to: what it said before is on its way already.
const LAST_WORDS: Duration = Duration::from_secs(1);
