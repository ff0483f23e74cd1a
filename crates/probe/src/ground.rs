//! This computer's own ground: its routes, its resolvers, and what stands between it and the internet.
//!
//! Nobody is asked but the configured resolvers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use goodgate_facts::{Evidence, Moment, Signal, SignalId, Source, SourceKind, Untrusted, Value, id};
use goodgate_wire::{Failure, Fault, Limits, Lookup, Servers, System, inquire, resolver_works};
use url::Url;

use crate::address::is_public;
use crate::name::{NOWHERE, is_made_up};
use crate::plan::Plan;

/// Addresses for documentation, to which routes are looked up; nothing is sent (RFC 5737, RFC 3849).
const SOMEWHERE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SOMEWHERE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 1);

/// How far a computer gets with one family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A route leads out, from this address of the computer's.
    Out(IpAddr),
    /// A route leads out, but the only address to send from cannot be answered from the internet: one that the
    /// computer gave itself (RFC 3927), or a private one of IPv6 (RFC 4193).
    Confined(IpAddr),
    /// There is none.
    Absent,
}

/// What a configured resolver does.
#[derive(Clone, Debug)]
pub struct OwnResolver {
    /// Its address.
    pub server: SocketAddr,
    /// How long it took to name the root's servers; or why it did not.
    pub works: Result<Duration, Failure>,
    /// Addresses that it gives for a name that cannot exist.
    pub invented: Vec<IpAddr>,
    /// Whether it answered anything at all.
    pub answers: bool,
}

/// A proxy that the environment names for the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentProxy {
    /// The variable.
    pub variable: String,
    /// Its value without user name and password.
    pub address: String,
}

/// What was found of this computer's own network.
#[derive(Clone, Debug)]
pub struct GroundLook {
    /// The route for IPv4.
    pub ipv4: Route,
    /// The route for IPv6.
    pub ipv6: Route,
    /// The configured resolvers.
    pub resolvers: Vec<OwnResolver>,
    /// The proxy that the environment names.
    pub proxy: Option<EnvironmentProxy>,
    /// From the beginning to the end.
    pub took: Duration,
}

impl GroundLook {
    /// Whether a failure to reach an IPv6 address says nothing of the address.
    pub fn lacks_ipv6(&self) -> bool {
        !matches!(self.ipv6, Route::Out(_))
    }

    /// Whether this computer has no way out over IPv4.
    pub fn lacks_ipv4(&self) -> bool {
        !matches!(self.ipv4, Route::Out(_))
    }

    /// Whether a resolver gives all of these addresses for a name that cannot exist as well, so that they are not the
    /// site's.
    pub fn invents(&self, addresses: &[IpAddr]) -> bool {
        let invented = |ip: &IpAddr| self.resolvers.iter().any(|resolver| resolver.invented.contains(ip));
        !addresses.is_empty() && addresses.iter().all(invented)
    }
}

/// Looks at the own ground. `proxies` are variables of the environment by name. Ends within the plan's limit for
/// resolving.
pub(crate) async fn look(plan: &Plan, proxies: &[(String, String)]) -> GroundLook {
    look_at(plan, &System::read(), proxies).await
}

async fn look_at(plan: &Plan, system: &System, proxies: &[(String, String)]) -> GroundLook {
    let began = Instant::now();
    // Where no name has to be looked up, resolvers have no part in what happens.
    let servers = if plan.host_name().is_some() { system.servers() } else { &[] };
    let resolvers = join_all(servers.iter().map(|server| ask(*server, &plan.limits))).await;
    GroundLook { resolvers, took: began.elapsed(), ..without_resolvers(plan, proxies) }
}

/// What can be said at once, without asking anybody.
pub(crate) fn without_resolvers(plan: &Plan, proxies: &[(String, String)]) -> GroundLook {
    GroundLook {
        ipv4: route(SOMEWHERE_V4.into()),
        ipv6: route(SOMEWHERE_V6.into()),
        resolvers: Vec::new(),
        proxy: proxy(&plan.url, proxies),
        took: Duration::ZERO,
    }
}

async fn ask(server: SocketAddr, limits: &Limits) -> OwnResolver {
    let given = Servers::Given(server);
    let (works, nowhere) = tokio::join!(resolver_works(server, limits), inquire(NOWHERE, &given, limits));
    let invented = nowhere.addresses.iter().map(|address| address.ip).collect();
    let answers = works.as_ref().err().is_none_or(said_something) || said_anything(&nowhere);
    OwnResolver { server, works, invented, answers }
}

fn said_anything(lookup: &Lookup) -> bool {
    lookup.failure().as_ref().is_none_or(said_something)
}

fn said_something(failure: &Failure) -> bool {
    use Fault as F;
    matches!(
        failure.fault,
        F::NameNotFound | F::NameEmpty | F::NameServerFailed(_) | F::NameAnswerUnreadable | F::DnssecBogus
    )
}

/// Has the operating system look up the route to an address; a datagram socket sends nothing when it is connected.
fn route(to: IpAddr) -> Route {
    let any = match to {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let from = || -> io::Result<IpAddr> {
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect((to, 53))?;
        Ok(socket.local_addr()?.ip())
    };
    from().map_or(Route::Absent, leaves)
}

fn leaves(from: IpAddr) -> Route {
    match from {
        from if from.is_unspecified() || from.is_loopback() => Route::Absent,
        IpAddr::V4(v4) if v4.is_link_local() => Route::Confined(from),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Route::Absent,
        IpAddr::V6(v6) if v6.is_unique_local() => Route::Confined(from),
        from => Route::Out(from),
    }
}

/// The proxy for this URL, as curl and most programs read the environment: the scheme's own variable, then the one for
/// all, unless `no_proxy` names the host. `HTTP_PROXY` in capitals is left alone, because a request can set it in CGI
/// programs.
fn proxy(url: &Url, variables: &[(String, String)]) -> Option<EnvironmentProxy> {
    let of = |name: &str| variables.iter().find(|(known, value)| known == name && !value.trim().is_empty());
    let host = url.host_str()?.trim_matches(['[', ']']);
    if [of("no_proxy"), of("NO_PROXY")].into_iter().flatten().any(|(_, list)| is_listed(host, list)) {
        return None;
    }
    let own: &[&str] =
        if url.scheme() == "https" { &["https_proxy", "HTTPS_PROXY"] } else { &["http_proxy"] };
    let (variable, value) = own.iter().chain(&["all_proxy", "ALL_PROXY"]).find_map(|name| of(name))?;
    let address = value.rsplit_once('@').map_or(value.as_str(), |(_, address)| address);
    Some(EnvironmentProxy { variable: variable.clone(), address: address.trim().to_owned() })
}

/// Whether a `no_proxy` list names the host: itself, a domain above it, or `*`.
fn is_listed(host: &str, list: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let entries = list.split([',', ' ']).map(|entry| entry.trim().to_ascii_lowercase());
    entries.filter(|entry| !entry.is_empty()).any(|entry| {
        let domain = entry.trim_start_matches('.');
        entry == "*" || host == domain || host.strip_suffix(domain).is_some_and(|head| head.ends_with('.'))
    })
}

/// Puts down what was found.
pub(crate) fn signals(look: &GroundLook, at: Moment, evidence: &mut Evidence) {
    let signal = |meaning: SignalId, asked: &str| {
        Signal::new(meaning, Source::new(SourceKind::Probe, asked.to_owned(), 0, None)).at(at)
    };
    routes(look, &signal, evidence);
    let asked = |resolver: &OwnResolver| format!("dns . @{}", resolver.server);
    let known = |resolver: &&OwnResolver| resolver.works.is_ok();
    if let Some(resolver) = look.resolvers.iter().find(known) {
        let Ok(took) = resolver.works else { return };
        let took = Value::Seconds(crate::exchanges::rounded(took));
        evidence.add(signal(id("own-resolver-works"), &asked(resolver)).value(took));
    } else if look.resolvers.iter().all(|resolver| !resolver.answers)
        && let Some(resolver) = look.resolvers.first()
    {
        evidence.add(signal(id("own-resolver-silent"), &asked(resolver)));
    }
    for resolver in &look.resolvers {
        let asked = format!("dns {NOWHERE} @{}", resolver.server);
        if let Some(ip) = resolver.invented.iter().find(|ip| is_portal(**ip)) {
            evidence.add(signal(id("captive-portal"), &asked).value(Value::Word(ip.to_string())));
        }
    }
    if let Some(proxy) = &look.proxy {
        let address = Value::Text(Untrusted::new(proxy.address.as_bytes()));
        evidence.add(signal(id("proxy-in-environment"), "environment").name(&proxy.variable).value(address));
    }
}

fn routes(look: &GroundLook, signal: &dyn Fn(SignalId, &str) -> Signal, evidence: &mut Evidence) {
    let leads_out = |route| matches!(route, Route::Out(_));
    let absent = |route| matches!(route, Route::Absent);
    let confined = matches!(look.ipv4, Route::Confined(_)) && absent(look.ipv6);
    if (absent(look.ipv4) && absent(look.ipv6)) || confined {
        evidence.add(signal(id("own-network-down"), "routes"));
        return;
    }
    if absent(look.ipv4) {
        evidence.add(signal(id("own-ipv4-absent"), "routes"));
    }
    if absent(look.ipv6) {
        evidence.add(signal(id("own-ipv6-absent"), "routes"));
    }
    // A resolver on the computer itself answers some questions without any network.
    let beyond = |resolver: &OwnResolver| {
        resolver.works.is_ok() || (resolver.answers && !resolver.server.ip().is_loopback())
    };
    if (leads_out(look.ipv4) || leads_out(look.ipv6)) && look.resolvers.iter().any(beyond) {
        evidence.add(signal(id("own-network-up"), "routes"));
    }
}

/// Whether an invented address is one of the network in between, as a captive portal's is: a search page for mistyped
/// names is public, and what blocklists and proxies on this computer invent leads nowhere else.
fn is_portal(ip: IpAddr) -> bool {
    !is_public(ip) && !is_made_up(ip)
}

#[cfg(test)]
mod tests;
