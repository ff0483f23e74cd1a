//! What a failing page makes worth one connection more: whether the other web port of its address answers, and which
//! certificate is shown to a hello that names no server. Nothing is spoken beyond that.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use goodgate_facts::{Evidence, Phase, Target, id};
use goodgate_wire::{Fault, Hello, Limits, Peer, TlsSeen, dial, open};
use url::Host;

use crate::ask::{Asked, Asker, Purpose};
use crate::exchanges::signal;

/// How long the other port may take at most, and a handshake.
const PORT_MAX: Duration = Duration::from_secs(1);
const HANDSHAKE_MAX: Duration = Duration::from_secs(2);

/// What the further connections found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossCheck {
    /// The other web port of an address of the site, where that accepts connections while the page's own does not.
    pub other_port: Option<SocketAddr>,
    /// Who shows another certificate, or none, when the hello does not name the site.
    pub other_certificate: Option<SocketAddr>,
}

/// Looks, where the page where the way ended failed in such a way.
pub(crate) async fn look(asker: &Asker<'_>, asked: &[Asked]) -> CrossCheck {
    let Some(last) = asked.iter().rev().find(|asked| asked.purpose == Purpose::Page) else {
        return CrossCheck::default();
    };
    if asker.plan.only_page {
        return CrossCheck::default();
    }
    let of_last = |asked: &&Asked| asked.purpose == Purpose::Page && asked.url == last.url;
    let pages: Vec<&Asked> = asked.iter().filter(of_last).collect();
    let (other_port, other_certificate) =
        tokio::join!(other_port(asker, &pages), other_certificate(asker, &pages));
    CrossCheck { other_port, other_certificate }
}

/// Puts down what was found beside this page.
pub(crate) fn signals(found: &CrossCheck, page: &Asked, evidence: &mut Evidence) {
    let at = |address: SocketAddr| Target::parse(&address.to_string());
    if let Some(address) = found.other_port {
        evidence.add(signal(id("other-port-answers"), page).target(at(address)));
    }
    if let Some(address) = found.other_certificate {
        evidence.add(signal(id("certificate-differs-without-sni"), page).target(at(address)));
    }
}

/// Tries the other web port of each address, where none could be connected to.
async fn other_port(asker: &Asker<'_>, pages: &[&Asked]) -> Option<SocketAddr> {
    if !pages.iter().all(|page| could_not_connect(page)) {
        return None;
    }
    let within = asker.pace.left_for_the_last().min(PORT_MAX);
    let mut dials: FuturesUnordered<_> = pages
        .iter()
        .map(|page| async {
            let address = SocketAddr::new(page.peer.ip(), other_web_port(page)?);
            let limits = Limits { connect: within, ..Limits::default() };
            dial(&Peer::Tcp(address), &limits).await.is_ok().then_some(address)
        })
        .collect();
    while let Some(done) = dials.next().await {
        if done.is_some() {
            return done;
        }
    }
    None
}

/// Whether the connection failed for a reason that lies beyond this computer.
fn could_not_connect(page: &Asked) -> bool {
    use Fault as F;
    page.result.as_ref().err().is_some_and(|failure| {
        let beyond = [F::Refused, F::ConnectReset, F::ConnectTimedOut, F::Unroutable, F::ConnectFailed];
        failure.phase == Phase::Connect && beyond.contains(&failure.fault)
    })
}

fn other_web_port(page: &Asked) -> Option<u16> {
    match page.url.port_or_known_default()? {
        443 => Some(80),
        80 => Some(443),
        _ if page.url.scheme() == "https" => Some(443),
        _ => Some(80),
    }
}

/// Shakes hands once more without a server name, where the handshake failed or the certificate is wrong.
async fn other_certificate(asker: &Asker<'_>, pages: &[&Asked]) -> Option<SocketAddr> {
    let page = pages.iter().find(|page| fails_in_tls(page))?;
    if !matches!(page.url.host(), Some(Host::Domain(_))) {
        return None;
    }
    let within = asker.pace.left_for_the_last().min(HANDSHAKE_MAX);
    let hello = Hello { server_name: None, ..asker.hello(&page.order(Purpose::Http1)) };
    let limits = Limits { connect: within, tls: within, ..asker.plan.limits.clone() };
    let peer = Peer::Tcp(page.peer);
    let opened = tokio::time::timeout(within, open(&peer, Some(&hello), &limits)).await.ok()?;
    let refused = opened.connection.as_ref().err().is_some_and(|failure| {
        failure.phase == Phase::Tls && !matches!(failure.fault, Fault::TlsTimedOut | Fault::PeerNotTls)
    });
    let differs = match (leaf(page.tls.as_ref()), leaf(opened.tls.as_ref())) {
        (before, Some(now)) => before != Some(now),
        (before, None) => before.is_some() && refused,
    };
    differs.then_some(page.peer)
}

fn fails_in_tls(page: &Asked) -> bool {
    let failed = page
        .result
        .as_ref()
        .err()
        .is_some_and(|failure| failure.phase == Phase::Tls && failure.fault != Fault::PeerNotTls);
    failed || page.tls.as_ref().is_some_and(|tls| tls.problem.is_some())
}

/// What the peer's own certificate is known by.
fn leaf(tls: Option<&TlsSeen>) -> Option<[u8; 32]> {
    tls.and_then(|tls| tls.chain.first()).map(|certificate| certificate.sha256)
}
