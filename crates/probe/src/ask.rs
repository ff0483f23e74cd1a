//! One exchange with the site: a request for a purpose, to one address, and what came of it.

use std::net::SocketAddr;
use std::time::Duration;

use goodgate_facts::Moment;
use goodgate_wire::{
    BodyEnd, Connection, Failure, Fault, Hello, Limits, Peer, Request, Response, Roots, Timings, TlsSeen,
    open,
};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::body::{Unpacked, unpack};
use crate::pace::Pace;
use crate::page::{self, Maker, Verdict};
use crate::plan::{Budget, Plan};

/// Exchanges under way at once.
const AT_ONCE: usize = 12;
/// Where a host has several addresses, a connection to one of them that takes longer is as good as dead to visitors:
/// systems have sent the first packet three times by then (after 1 s and 3 s), and browsers have long gone on to another.
const ONE_OF_SEVERAL: Duration = Duration::from_secs(4);

/// Why a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The page that is complained of.
    Page,
    /// The same again, to see whether it always fails.
    Repeat,
    /// The same over HTTP/1.1, where the others may speak HTTP/2.
    Http1,
    /// The same on a connection that has carried a request already.
    Reused,
    /// The same with the cookies that the site set.
    Cookies,
    /// The site's home page.
    Home,
    /// A page that cannot exist.
    MadeUp,
    /// A plain file that a page names.
    Static,
    /// The page, straight from an origin that was named.
    Origin,
}

impl Purpose {
    /// The kebab-case word used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Repeat => "repeat",
            Self::Http1 => "http1",
            Self::Reused => "reused-connection",
            Self::Cookies => "cookies",
            Self::Home => "home",
            Self::MadeUp => "made-up-path",
            Self::Static => "static-file",
            Self::Origin => "origin",
        }
    }
}

/// An answer with its body unpacked and its maker read.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The response as it came.
    pub response: Response,
    /// Head and unpacked body as text, for the reader of pages.
    pub text: String,
    /// Whether the body could not be unpacked with the coding that it names.
    pub undecodable: bool,
    /// Who made the answer, as far as its marks tell.
    pub maker: Maker,
    /// What it is.
    pub verdict: Verdict,
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Why it was sent.
    pub purpose: Purpose,
    /// What was asked for.
    pub url: Url,
    /// Who was asked.
    pub peer: SocketAddr,
    /// When it began.
    pub began: Moment,
    /// How long each phase took, as far as it came.
    pub timings: Timings,
    /// How long it took in all.
    pub took: Duration,
    /// What the TLS handshake showed.
    pub tls: Option<TlsSeen>,
    /// What came of it.
    pub result: Result<Answer, Failure>,
}

impl Asked {
    /// Whether it counts as a failure of the site: no answer, one that is broken, or one that is an error.
    pub fn failed(&self) -> bool {
        match &self.result {
            Err(_) => true,
            Ok(answer) => answer.verdict == Verdict::Failed || self.broken(),
        }
    }

    /// Whether an answer began but could not be used.
    pub fn broken(&self) -> bool {
        self.result
            .as_ref()
            .is_ok_and(|answer| answer.undecodable || matches!(answer.response.end, BodyEnd::Failed(_)))
    }

    /// The status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.result.as_ref().ok().map(|answer| answer.response.status)
    }

    /// The failure, where there was one, of the exchange or of its body.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.result {
            Err(failure) => Some(failure),
            Ok(answer) => match &answer.response.end {
                BodyEnd::Failed(failure) => Some(failure),
                _ => None,
            },
        }
    }

    /// The same once more, for another purpose and without cookies.
    pub(crate) fn order(&self, purpose: Purpose) -> Order {
        Order::new(purpose, self.url.clone(), self.peer)
    }

    /// How long the maker of the answer took: from the request's end to the first byte.
    pub fn waited(&self) -> Option<Duration> {
        self.timings.wait
    }
}

/// What to ask.
pub(crate) struct Order {
    pub(crate) purpose: Purpose,
    pub(crate) url: Url,
    pub(crate) peer: SocketAddr,
    pub(crate) cookies: Option<String>,
    /// Whether the host has other addresses.
    pub(crate) one_of_several: bool,
}

impl Order {
    pub(crate) fn new(purpose: Purpose, url: Url, peer: SocketAddr) -> Self {
        Self { purpose, url, peer, cookies: None, one_of_several: false }
    }

    fn limits(&self, plan: &Plan) -> Limits {
        let limits = plan.limits.clone();
        let connect = if self.one_of_several { limits.connect.min(ONE_OF_SEVERAL) } else { limits.connect };
        Limits { connect, ..limits }
    }
}

/// Asks, within the budget.
pub(crate) struct Asker<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) budget: Budget,
    pub(crate) pace: Pace,
    roots: Roots,
    gate: Semaphore,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(plan: &'a Plan, roots: Roots) -> Self {
        let gate = Semaphore::new(AT_ONCE);
        Self { plan, budget: Budget::new(plan.budget), pace: Pace::begin(), roots, gate }
    }

    /// Whether there is anything to hold certificates against.
    pub(crate) fn trusts_anybody(&self) -> bool {
        self.roots.found() > 0
    }

    /// Sends the request on a connection of its own; `None` if the budget is spent. The connection is handed back
    /// where it can be used again.
    pub(crate) async fn ask(&self, order: &Order) -> Option<(Asked, Option<Connection>)> {
        let _turn = self.gate.acquire().await.ok()?;
        if !self.budget.take() {
            return None;
        }
        let began = jiff::Timestamp::now();
        let start = std::time::Instant::now();
        let hello = (order.url.scheme() == "https").then(|| self.hello(order));
        let limits = &order.limits(self.plan);
        // On the heap: what dials, shakes hands and reads is large, and many are under way at once.
        let opened = Box::pin(open(&Peer::Tcp(order.peer), hello.as_ref(), limits)).await;
        let mut asked = Asked {
            purpose: order.purpose,
            url: order.url.clone(),
            peer: order.peer,
            began,
            timings: opened.timings,
            took: Duration::ZERO,
            tls: opened.tls,
            result: Err(Failure::new(Fault::ConnectFailed, goodgate_facts::Phase::Connect)),
        };
        let mut kept = None;
        match opened.connection {
            Err(failure) => asked.result = Err(failure),
            Ok(mut connection) => {
                let request = self.request(order);
                let result = Box::pin(connection.exchange(&request, limits)).await;
                take(&mut asked, result, limits);
                kept = connection.reusable().then_some(connection);
            }
        }
        asked.took = start.elapsed();
        Some((asked, kept))
    }

    /// Sends the request on a connection that has carried one already.
    pub(crate) async fn ask_again(&self, order: &Order, connection: &mut Connection) -> Option<Asked> {
        let _turn = self.gate.acquire().await.ok()?;
        if !self.budget.take() {
            return None;
        }
        let began = jiff::Timestamp::now();
        let start = std::time::Instant::now();
        let request = self.request(order);
        let result = Box::pin(connection.exchange(&request, &self.plan.limits)).await;
        let mut asked = Asked {
            purpose: order.purpose,
            url: order.url.clone(),
            peer: order.peer,
            began,
            timings: Timings::default(),
            took: Duration::ZERO,
            tls: None,
            result: Err(Failure::new(Fault::ConnectFailed, goodgate_facts::Phase::Connect)),
        };
        take(&mut asked, result, &self.plan.limits);
        asked.took = start.elapsed();
        Some(asked)
    }

    pub(crate) fn hello(&self, order: &Order) -> Hello {
        let host = order.url.host_str().unwrap_or_default();
        let named = matches!(order.url.host(), Some(Host::Domain(_)));
        let alpn = match order.purpose {
            Purpose::Http1 => vec!["http/1.1"],
            _ => vec!["h2", "http/1.1"],
        };
        Hello {
            server_name: named.then(|| host.trim_end_matches('.').to_owned()),
            expected: host.trim_matches(['[', ']']).trim_end_matches('.').to_owned(),
            alpn,
            // What is wrong with a certificate is told; what stands behind it is looked at all the same.
            accept_invalid: true,
            roots: self.roots.clone(),
        }
    }

    fn request(&self, order: &Order) -> Request {
        let url = &order.url;
        let mut target = url.path().to_owned();
        if let Some(query) = url.query() {
            target.push('?');
            target.push_str(query);
        }
        let host = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut fields = vec![
            ("User-Agent".to_owned(), self.plan.user_agent.clone()),
            ("Accept".to_owned(), "text/html,application/xhtml+xml,*/*;q=0.8".to_owned()),
            ("Accept-Encoding".to_owned(), "gzip, deflate".to_owned()),
        ];
        if let Some(cookies) = &order.cookies {
            fields.push(("Cookie".to_owned(), cookies.clone()));
        }
        Request {
            method: "GET",
            target,
            authority,
            secure: url.scheme() == "https",
            fields,
            keep_alive: true,
        }
    }
}

/// Takes over what an exchange gave.
fn take(asked: &mut Asked, result: Result<Response, Failure>, limits: &Limits) {
    asked.result = match result {
        Ok(response) => {
            let of = response.timings;
            asked.timings =
                Timings { send: of.send, wait: of.wait, head: of.head, body: of.body, ..asked.timings };
            Ok(answer(response))
        }
        Err(failure) => {
            let after = Some(failure.after);
            match failure.phase {
                goodgate_facts::Phase::Send => asked.timings.send = after,
                goodgate_facts::Phase::Wait => asked.timings.wait = after.map(|t| t.min(limits.wait)),
                goodgate_facts::Phase::Head => asked.timings.head = after,
                _ => {}
            }
            Err(failure)
        }
    };
}

fn answer(mut response: Response) -> Answer {
    // A body that kept coming until we had enough of it (a stream of events, a large file) is no fault of the site's.
    let endless =
        |end: &BodyEnd| matches!(end, BodyEnd::Failed(failure) if failure.fault == Fault::ResponseTimedOut);
    if endless(&response.end) {
        response.end = BodyEnd::Limit;
    }
    let whole = response.end == BodyEnd::Complete;
    let codings: Vec<&str> = response
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
        .collect();
    let Unpacked { bytes, broken, .. } = unpack(&codings.join(","), &response.body, whole);
    response.body = bytes;
    let text = response.to_text();
    let (maker, verdict) = page::read(&response, &text);
    Answer { response, text, undecodable: broken, maker, verdict }
}
