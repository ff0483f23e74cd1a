//! Straight to the origin, past the network in front: the same Host and server name, another address.

use std::net::SocketAddr;

use goodgate_facts::{Evidence, Value, id};
use goodgate_wire::Fault;
use url::Url;

use crate::ask::{Asked, Asker, Order, Purpose};
use crate::exchanges::signal;
use crate::progress::{Progress, Step};

/// Asks each origin that was named.
pub(crate) async fn look(asker: &Asker<'_>, url: &Url, progress: &Progress<'_>) -> Vec<Asked> {
    let default = url.port_or_known_default().unwrap_or(80);
    let orders: Vec<Order> = asker
        .plan
        .origins
        .iter()
        .map(|origin| {
            let port = if origin.port() == 0 { default } else { origin.port() };
            Order::new(Purpose::Origin, url.clone(), SocketAddr::new(origin.ip(), port))
        })
        .collect();
    let asked = futures_util::future::join_all(orders.iter().map(|order| asker.ask(order))).await;
    let asked: Vec<Asked> = asked.into_iter().flatten().map(|(asked, _)| asked).collect();
    for one in &asked {
        progress(Step::Answered(one));
    }
    asked
}

/// What the origins' answers say, beside the one that came through the front.
pub(crate) fn signals(all: &[Asked], page: &Asked, evidence: &mut Evidence) {
    for asked in all.iter().filter(|asked| asked.purpose == Purpose::Origin) {
        if asked.tls.as_ref().is_some_and(|tls| tls.problem.is_some()) {
            evidence.add(signal(id("origin-certificate-invalid"), asked));
        }
        let meaning = match (&asked.result, asked.failure().map(|failure| failure.fault)) {
            (Ok(_), None) if !asked.failed() => id("origin-answers-well"),
            (Ok(_), _) => id("origin-answers-error"),
            (Err(_), Some(Fault::Refused | Fault::ConnectReset)) => id("origin-refuses"),
            (Err(failure), _) if failure.phase == goodgate_facts::Phase::Tls => id("origin-tls-fails"),
            (Err(failure), _) if failure.phase.retry_is_safe() => id("origin-silent"),
            (Err(failure), _) if failure.fault == Fault::WaitTimedOut => id("origin-silent"),
            (Err(_), _) => id("origin-answers-error"),
        };
        let mut seen = signal(meaning, asked);
        if let Some(status) = asked.status() {
            seen = seen.value(Value::Status(status));
        }
        evidence.add(seen);
        tier(asked, page, evidence);
    }
}

/// Where front and origin are of one product, the origin's answer tells which of them made the page.
fn tier(origin: &Asked, page: &Asked, evidence: &mut Evidence) {
    let (Ok(there), Ok(here)) = (&origin.result, &page.result) else {
        // An origin that gives no page cannot have made the one that came.
        if page.failed() && page.result.as_ref().is_ok_and(|answer| answer.maker.is_gateway()) {
            evidence.add(signal(id("made-by-front"), origin));
        }
        return;
    };
    if !page.failed() || !here.maker.is_gateway() {
        return;
    }
    let same_page = there.maker.generator == here.maker.generator
        && there.maker.version == here.maker.version
        && there.response.status == here.response.status;
    if origin.failed() && same_page {
        evidence.add(signal(id("made-further-in"), origin));
    } else if !origin.failed() {
        evidence.add(signal(id("made-by-front"), origin));
    }
}
