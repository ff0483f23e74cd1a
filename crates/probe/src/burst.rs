//! What a place is asked at once: the page at each address first, then in turn what tells its pattern, and what only the
//! first answers make possible: a plain file that a page names, the page with the site's cookies, and the page on a
//! connection that has been used.
//!
//! Which of them may begin when, `turns` decides.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use goodgate_wire::Connection;
use tokio::time::{Instant, timeout_at};

use crate::ask::{Asked, Asker, Order, Purpose};
use crate::jar::Jar;
use crate::page;
use crate::progress::{Progress, Step};
use crate::turns::{First, Seen, Turn, turn};
use crate::visit::{Visit, cookies, needed};

/// Has the orders carried out. The pages come first, and the rest in the order in which it is wanted; `follow_ups` says
/// whether more may be asked that the answers make possible.
pub(crate) async fn burst(
    asker: &Asker<'_>,
    orders: Vec<Order>,
    follow_ups: FollowUps,
    jar: &Jar,
    progress: &Progress<'_>,
) -> Visit {
    let Some(first) = orders.first().map(|order| order.peer) else { return Visit::default() };
    let mut burst = Burst {
        asker,
        jar,
        follow_ups,
        peer: first,
        began: Instant::now(),
        first: None,
        waiting: orders.into_iter().map(|order| (order, None)).collect(),
        running: FuturesUnordered::new(),
        under_way: Vec::new(),
        repeats: 0,
        late: None,
        visit: Visit::default(),
    };
    while let Some(done) = burst.next().await {
        if let Some((asked, _)) = &done.asked {
            progress(Step::Answered(asked));
        }
        burst.take(done);
    }
    burst.end()
}

/// What may be asked that the first answers make possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowUps {
    /// All that fits.
    Wanted,
    /// Nothing.
    Unwanted,
}

/// An exchange that is over; nothing came of it where the budget was spent.
struct Done {
    purpose: Purpose,
    peer: SocketAddr,
    asked: Option<(Asked, Option<Connection>)>,
}

struct Burst<'a> {
    asker: &'a Asker<'a>,
    jar: &'a Jar,
    follow_ups: FollowUps,
    /// Where everything but the pages of further addresses goes.
    peer: SocketAddr,
    began: Instant,
    /// The page there, once it was answered.
    first: Option<First>,
    /// What has not begun, what is most wanted first, with the connection that it is for.
    waiting: Vec<(Order, Option<Connection>)>,
    running: FuturesUnordered<BoxFuture<'a, Done>>,
    under_way: Vec<Purpose>,
    repeats: usize,
    /// When what has begun after the page was answered should have come.
    late: Option<Instant>,
    visit: Visit,
}

impl Burst<'_> {
    /// The next exchange that ends; `None` once there is nothing more to wait for.
    async fn next(&mut self) -> Option<Done> {
        loop {
            let wake = self.begin();
            let until = self.until();
            if self.running.is_empty() || until.is_some_and(|until| until <= Instant::now()) {
                return None;
            }
            match [wake, until].into_iter().flatten().min() {
                None => return self.running.next().await,
                Some(at) => {
                    if let Ok(done) = timeout_at(at, self.running.next()).await {
                        return done;
                    }
                }
            }
        }
    }

    /// Begins what may begin now; says when that has to be looked at again, if time alone makes a difference.
    fn begin(&mut self) -> Option<Instant> {
        let (mut wake, mut at) = (None, 0);
        while let Some((order, _)) = self.waiting.get(at) {
            match turn(order.purpose, &self.seen()) {
                Turn::Now => {
                    let (order, used) = self.waiting.remove(at);
                    self.under_way.push(order.purpose);
                    self.repeats += usize::from(order.purpose == Purpose::Repeat);
                    let expected = self.first.map(|first| Instant::now() + first.expected(order.purpose));
                    self.late = self.late.max(expected);
                    self.visit.crowded |= order.purpose != Purpose::Page;
                    self.running.push(Box::pin(carry_out(self.asker, order, used)));
                }
                Turn::Never => {
                    let (order, _) = self.waiting.remove(at);
                    self.left_out(order.purpose);
                }
                Turn::At(after) => {
                    let then = self.began + after;
                    wake = Some(wake.map_or(then, |wake: Instant| wake.min(then)));
                    at += 1;
                }
                Turn::Later => at += 1,
            }
        }
        wake
    }

    fn seen(&self) -> Seen {
        let until = self.asker.pace.until(self.longest());
        Seen {
            elapsed: self.began.elapsed(),
            first: self.first,
            beside: self.under_way.iter().filter(|purpose| **purpose != Purpose::Page).count(),
            repeats: self.repeats,
            left: until.saturating_duration_since(Instant::now()),
        }
    }

    /// The longest exchange so far of those that are needed.
    fn longest(&self) -> Duration {
        self.visit.longest_needed()
    }

    /// When the rest is left alone: at once where the way goes on, in time where all that is needed has come.
    fn until(&self) -> Option<Instant> {
        let onward = self.first.is_some_and(|first| first.leads_on());
        let waited_for = |purpose: &Purpose| *purpose == Purpose::Page || (needed(*purpose) && !onward);
        if self.under_way.iter().any(waited_for) {
            return None;
        }
        let in_time = self.asker.pace.until(self.longest());
        Some(if onward { Instant::now() } else { self.late.map_or(in_time, |late| late.max(in_time)) })
    }

    fn take(&mut self, done: Done) {
        if let Some(at) = self.under_way.iter().position(|purpose| *purpose == done.purpose) {
            self.under_way.remove(at);
        }
        let Some((asked, connection)) = done.asked else {
            // Nothing more is granted.
            self.waiting.clear();
            return;
        };
        let purpose = asked.purpose;
        let first = purpose == Purpose::Page && done.peer == self.peer && self.first.is_none();
        if first {
            self.first = Some(First::of(&asked));
        }
        self.visit.asked.push(asked);
        if first && let Some(connection) = connection {
            self.ask_again_on(connection);
        }
        if first || purpose == Purpose::Home {
            self.follow_up();
        }
    }

    /// The page's own connection is used again before anything else begins: servers that serve one connection at a time
    /// are kept from the others by it.
    fn ask_again_on(&mut self, connection: Connection) {
        if self.follow_ups == FollowUps::Wanted
            && let Some(page) = self.visit.asked.last()
        {
            let order = Order { cookies: self.jar.field(&page.url), ..page.order(Purpose::Reused) };
            self.waiting.insert(0, (order, Some(connection)));
        }
    }

    /// Puts down what the answers make possible: once the page was answered, and again with the home page.
    fn follow_up(&mut self) {
        let asked_for = |of: &Self, purpose| of.visit.followed.contains(&purpose);
        if self.follow_ups == FollowUps::Unwanted || self.first.is_none_or(|first| !first.is_quick()) {
            return;
        }
        let Some(page) = self.visit.page() else { return };
        let (url, page_order) = (page.url.clone(), page.order(Purpose::Cookies));
        if !asked_for(self, Purpose::Static)
            && let Some(file) = static_file(&self.visit.asked)
        {
            self.visit.followed.push(Purpose::Static);
            let order =
                Order { cookies: self.jar.field(&file), ..Order::new(Purpose::Static, file, self.peer) };
            self.waiting.push((order, None));
        }
        let now = cookies(&self.visit, self.jar, &url);
        if !asked_for(self, Purpose::Cookies) && now.is_some() && now != self.jar.field(&url) {
            self.visit.followed.push(Purpose::Cookies);
            self.waiting.push((Order { cookies: now, ..page_order }, None));
        }
    }

    fn left_out(&mut self, purpose: Purpose) {
        self.visit.cut |= matches!(purpose, Purpose::Static | Purpose::Cookies);
    }

    fn end(mut self) -> Visit {
        for purpose in std::mem::take(&mut self.under_way) {
            self.left_out(purpose);
        }
        self.asker.pace.needed(self.longest());
        self.visit
    }
}

async fn carry_out(asker: &Asker<'_>, order: Order, used: Option<Connection>) -> Done {
    let asked = match used {
        None => asker.ask(&order).await,
        Some(mut connection) => asker.ask_again(&order, &mut connection).await.map(|asked| (asked, None)),
    };
    Done { purpose: order.purpose, peer: order.peer, asked }
}

/// A plain file that a page of these names, which came well.
fn static_file(asked: &[Asked]) -> Option<url::Url> {
    asked
        .iter()
        .filter(|asked| matches!(asked.purpose, Purpose::Page | Purpose::Home) && !asked.failed())
        .filter_map(|asked| Some((&asked.url, asked.result.as_ref().ok()?)))
        .find_map(|(url, answer)| page::static_file(url, &String::from_utf8_lossy(&answer.response.body)))
}
