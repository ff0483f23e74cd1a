//! From a plan to what works by it: certificates read, names of TLS prepared, servers that were there before kept.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use goodgate_wire::{CertifiedFiles, Hello, Roots, ServerTls, TlsFilesFault, UpstreamTls};

use super::StartError;
use super::hooks::{Hooks, pages};
use crate::answer::Pages;
use crate::metrics::{CoreMetrics, Metrics};
use crate::plan::{CertificateFiles, Place, Plan, Protocol, Server, Upstream};
use crate::record::Entrance;
use crate::request::Scheme;
use crate::upstream::{ServerState, UpstreamState};

/// A plan, ready for the cores.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) plan: Arc<Plan>,
    pub(super) pages: Arc<Pages>,
    pub(super) upstreams: Vec<Arc<UpstreamState>>,
    /// Where each core counts.
    pub(super) metrics: Vec<CoreMetrics>,
}

impl Built {
    /// Has what is shared with the plan before go by this one: to be called once nothing can refuse it any more.
    pub(super) fn take_effect(&self) {
        self.upstreams.iter().for_each(|upstream| upstream.take_effect());
    }
}

/// A place where clients connect.
#[derive(Clone)]
pub(super) struct Door {
    /// As the plan has it; its port may be 0.
    pub(super) asked: SocketAddr,
    /// As it is.
    entrance: Arc<Entrance>,
    pub(super) tls: Option<ServerTls>,
    certificates: Vec<CertificateFiles>,
    pub(super) http2: bool,
    /// Whether numbers and state are told here instead of the sites.
    pub(super) admin: bool,
}

impl Door {
    fn of(
        asked: SocketAddr,
        tls: Option<ServerTls>,
        certificates: Vec<CertificateFiles>,
        http2: bool,
    ) -> Self {
        let scheme = if tls.is_some() { Scheme::Https } else { Scheme::Http };
        Self {
            asked,
            entrance: Arc::new(Entrance::of(asked, scheme)),
            tls,
            certificates,
            http2,
            admin: false,
        }
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        self.entrance.address
    }

    /// Says where it is.
    pub(super) fn is_at(&mut self, address: SocketAddr) {
        self.entrance = Arc::new(Entrance::of(address, self.entrance.scheme));
    }

    /// Where and how clients connect here.
    pub(super) fn entrance(&self) -> Arc<Entrance> {
        Arc::clone(&self.entrance)
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door")
            .field("address", &self.address())
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

/// The certificates of these doors, each set once.
pub(super) fn certificates(doors: &[Door]) -> Vec<ServerTls> {
    let known = |place: usize, door: &Door| {
        let before = doors.iter().take(place);
        before.clone().any(|one| one.certificates == door.certificates && one.http2 == door.http2)
    };
    let first = doors.iter().enumerate().filter(|(place, door)| !known(*place, door));
    first.filter_map(|(_, door)| door.tls.clone()).collect()
}

/// Prepares a plan. What is in `before` and `doors` under the same words is kept.
pub(super) fn build(
    plan: &Arc<Plan>,
    before: &[Arc<UpstreamState>],
    doors: &[Door],
    hooks: &Hooks,
    metrics: &Metrics,
) -> Result<(Built, Vec<Door>), StartError> {
    let mut upstreams = Vec::new();
    for upstream in &plan.upstreams {
        let known = before.iter().find(|known| known.plan.name == upstream.name);
        upstreams.push(Arc::new(build_upstream(upstream, known.map(AsRef::as_ref))?));
    }
    let mut opened = Vec::new();
    for listener in &plan.listeners {
        let tls =
            listener.tls.as_ref().map(|files| tls(files, listener.http2, doors, &opened)).transpose()?;
        let certificates = listener.tls.clone().unwrap_or_default();
        opened.push(Door::of(listener.address, tls, certificates, listener.http2));
    }
    if let Some(admin) = &plan.admin {
        opened.push(Door { admin: true, ..Door::of(admin.address, None, Vec::new(), false) });
    }
    let metrics = metrics.for_plan(plan);
    let built = Built { plan: Arc::clone(plan), pages: pages(plan, hooks), upstreams, metrics };
    Ok((built, opened))
}

/// The plan with the token of its admin address. What may not be read any more, as mostly after root's privileges were
/// given up, is what the plan before has of the same file.
pub(super) fn with_token(mut plan: Plan, before: Option<&Plan>) -> Result<Plan, StartError> {
    let wanted = plan.admin.as_mut().and_then(|admin| admin.token.as_mut());
    if let Some(token) = wanted.filter(|token| token.text.is_none()) {
        let known = before.and_then(|before| before.admin.as_ref()?.token.as_ref());
        token.text = known.filter(|known| known.file == token.file).and_then(|known| known.text.clone());
        if token.text.is_none() {
            return Err(StartError::Token(token.file.clone()));
        }
    }
    Ok(plan)
}

/// TLS with these certificates: the same at all doors, and under all plans, that show the same ones, so that each file is
/// read, and what is wrong with it told, once.
fn tls(
    files: &[CertificateFiles],
    http2: bool,
    before: &[Door],
    opened: &[Door],
) -> Result<ServerTls, StartError> {
    let known = |doors: &[Door]| {
        let same = doors.iter().find(|door| door.certificates == files && door.http2 == http2);
        same.and_then(|door| door.tls.clone())
    };
    if let Some(opened) = known(opened) {
        return Ok(opened);
    }
    let Some(known) = known(before) else { return server_tls(files, http2) };
    usable(files, http2)?;
    Ok(known)
}

fn server_tls(files: &[CertificateFiles], http2: bool) -> Result<ServerTls, StartError> {
    let of = |files: &CertificateFiles| CertifiedFiles { chain: files.chain.clone(), key: files.key.clone() };
    let files: Vec<CertifiedFiles> = files.iter().map(of).collect();
    let alpn: &[&str] = if http2 { &["h2", "http/1.1", "http/1.0"] } else { &["http/1.1", "http/1.0"] };
    ServerTls::load(&files, alpn).map(|(tls, _)| tls).map_err(StartError::Certificate)
}

/// Whether certificates that are in use already can be used as they are now on disk. A gateway that gave up root's
/// privileges often may not read its keys any more, and goes on with what it read before.
fn usable(files: &[CertificateFiles], http2: bool) -> Result<(), StartError> {
    match server_tls(files, http2) {
        Err(StartError::Certificate(error)) if error.fault == TlsFilesFault::Denied => Ok(()),
        read => read.map(drop),
    }
}

fn build_upstream(plan: &Upstream, before: Option<&UpstreamState>) -> Result<UpstreamState, StartError> {
    let trusted = trusted(plan, before)?;
    let same_tls = before.is_some_and(|before| before.plan.tls == plan.tls && before.trusted == trusted);
    let same_names = before.is_some_and(|before| before.plan.resolver == plan.resolver);
    let mut roots = None;
    let mut servers = Vec::new();
    for server in &plan.servers {
        let known = before.and_then(|before| before.servers.iter().find(|known| known.plan == *server));
        if let Some(known) = known.filter(|_| same_names && (same_tls || server.protocol != Protocol::Https))
        {
            servers.push(Arc::clone(known));
            continue;
        }
        let tls = match server.protocol {
            Protocol::Https => Some(upstream_tls(plan, server, trusted.as_deref(), &mut roots)?),
            _ => None,
        };
        servers.push(Arc::new(ServerState::new(server.clone(), tls, plan.resolver)));
    }
    Ok(UpstreamState::new(plan.clone(), servers, trusted, before))
}

fn upstream_tls(
    plan: &Upstream,
    server: &Server,
    trusted: Option<&[u8]>,
    roots: &mut Option<Roots>,
) -> Result<UpstreamTls, StartError> {
    let roots = match roots {
        Some(roots) => roots.clone(),
        None => roots.insert(self::roots(plan, trusted)?).clone(),
    };
    let expected = plan.tls.server_name.clone().unwrap_or_else(|| match &server.at {
        Place::Name(name, _) => name.clone(),
        Place::Address(address) => address.ip().to_string(),
        Place::Unix(_) => "localhost".to_owned(),
    });
    let hello = Hello {
        server_name: Some(expected.clone()),
        expected: expected.clone(),
        alpn: vec!["http/1.1"],
        accept_invalid: plan.tls.insecure,
        roots,
    };
    UpstreamTls::prepare(&hello).map_err(|_| StartError::ServerName(expected))
}

fn roots(plan: &Upstream, trusted: Option<&[u8]>) -> Result<Roots, StartError> {
    let (Some(file), Some(pem)) = (&plan.tls.ca, trusted) else { return Ok(Roots::system()) };
    let wrong = |error| StartError::Roots(plan.name.clone(), file.clone(), Some(error));
    Roots::with(false, &[pem.to_vec()]).map_err(wrong)
}

/// What stands in the file of certificates that an upstream trusts instead of the system's, if it names one. What may
/// not be read any more is taken as it was.
fn trusted(plan: &Upstream, before: Option<&UpstreamState>) -> Result<Option<Vec<u8>>, StartError> {
    let Some(file) = &plan.tls.ca else { return Ok(None) };
    let known = before.filter(|before| before.plan.tls.ca.as_ref() == Some(file));
    match (std::fs::read(file), known.and_then(|known| known.trusted.clone())) {
        (Ok(pem), _) => Ok(Some(pem)),
        (Err(error), Some(pem)) if error.kind() == ErrorKind::PermissionDenied => Ok(Some(pem)),
        (Err(_), _) => Err(StartError::Roots(plan.name.clone(), file.clone(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_signed::self_signed;

    #[test]
    fn certificates_are_read_and_told_of_once_wherever_they_are_shown() {
        let CertifiedFiles { chain, key } = self_signed("shop.example", "building");
        let files = [CertificateFiles { chain, key }];
        let door = |address: &str, before: &[Door], opened: &[Door]| {
            let tls = tls(&files, true, before, opened).unwrap();
            Door::of(address.parse().unwrap(), Some(tls), files.to_vec(), true)
        };
        let first = door("0.0.0.0:443", &[], &[]);
        let both = [first.clone(), door("[::]:443", &[], &[first])];
        let [one, other] = both.clone();
        let all = [one, other, door("192.0.2.1:443", &both, &[])];
        std::fs::write(&files[0].chain, "half").unwrap();
        let tell = |tls: &ServerTls| tls.reload_if_changed().kept.len();
        assert_eq!(all.iter().filter_map(|door| door.tls.as_ref()).map(tell).sum::<usize>(), 1);
        assert_eq!(certificates(&all).len(), 1);
        for path in [&files[0].chain, &files[0].key] {
            std::fs::remove_file(path).unwrap();
        }
    }
}
