//! The site's name: this computer's resolver, given ones and the zone's own name servers, asked all at once.

mod compare;
mod signals;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::{OptionFuture, join_all};
use goodgate_wire::{Direct, Failure, Limits, Lookup, Servers, System, Zone, inquire, zone};

use crate::address::{is_private_name, is_public};
use crate::plan::Plan;

pub use compare::are_apart;
pub(crate) use signals::{is_made_up, signals};

/// The port of name servers (RFC 1035 section 4.2).
const PORT: u16 = 53;
/// A name that cannot exist (RFC 6761 section 6.4).
pub(crate) const NOWHERE: &str = "nobody-here.goodgate.invalid";
/// Given resolvers that are asked.
const GIVEN_MAX: usize = 8;

/// What was found for a name.
#[derive(Clone, Debug)]
pub struct NameLook {
    /// The name as it stands in the URL.
    pub host: String,
    /// As this computer resolves it, hosts file and search list included.
    pub system: Lookup,
    /// As this computer's resolver does past the hosts file; only where that gives the address.
    pub past_hosts: Option<Lookup>,
    /// What this computer's resolver also gives for a name that cannot exist. Asked only where it gave the site an
    /// address that is not public: behind a sign-in page every name has one.
    pub invented: Vec<IpAddr>,
    /// As the resolvers do that were given for comparison.
    pub given: Vec<(SocketAddr, Lookup)>,
    /// What the zone's own name servers say; `None` where they were not asked: not wanted, or the name is none of
    /// public DNS.
    pub zone: Option<Result<Zone, Failure>>,
    /// From the beginning to the end of all questions.
    pub took: Duration,
}

impl NameLook {
    /// What this computer's resolver alone found.
    pub(crate) fn of_own(host: &str, system: Lookup) -> Self {
        Self {
            host: host.to_owned(),
            took: system.took,
            system,
            past_hosts: None,
            invented: Vec::new(),
            given: Vec::new(),
            zone: None,
        }
    }

    /// The addresses to look at: those of this computer, else of a given resolver, else of the zone itself.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let lookups = std::iter::once(&self.system).chain(self.given.iter().map(|(_, lookup)| lookup));
        let found = lookups.map(compare::addresses).find(|addresses| !addresses.is_empty());
        let of_zone = || {
            let answers = signals::zone_answers(self);
            let answers = answers.iter().map(|(_, said)| compare::of_zone(said));
            answers.into_iter().find(|addresses| !addresses.is_empty())
        };
        found.or_else(of_zone).unwrap_or_default()
    }

    /// Whether the hosts file gives the address.
    pub fn from_hosts(&self) -> bool {
        self.system.from_hosts
    }
}

/// Told what this computer's resolver found, before the others have been heard.
pub(crate) type Early = tokio::sync::oneshot::Sender<Lookup>;

/// Looks a name up everywhere. Ends within the plan's limit for resolving.
pub(crate) async fn look(plan: &Plan, host: &str, early: Early) -> NameLook {
    let permitted = if plan.private { |_| true } else { is_public };
    look_at(plan, host, &System::read(), Direct { port: PORT, permitted }, early).await
}

/// The addresses to look at of one resolver's answer.
pub(crate) fn found(lookup: &Lookup) -> Vec<IpAddr> {
    compare::addresses(lookup)
}

/// The addresses of a name, as this computer resolves it.
pub(crate) async fn addresses_of(plan: &Plan, host: &str) -> Vec<IpAddr> {
    compare::addresses(&inquire(host, &Servers::System, &plan.limits).await)
}

async fn look_at(plan: &Plan, host: &str, system: &System, direct: Direct, early: Early) -> NameLook {
    let began = Instant::now();
    let limits = &plan.limits;
    let in_hosts = !system.without_asking(host).is_empty();
    let public = !is_private_name(host);
    let own = Servers::Configured(system.clone());
    let past = Servers::Configured(System::with(system.servers().to_vec(), ""));
    let past_hosts: OptionFuture<_> = (in_hosts && public).then(|| inquire(host, &past, limits)).into();
    let given =
        join_all(plan.resolvers.iter().take(GIVEN_MAX).map(|server| ask_given(*server, host, limits)));
    let zone: OptionFuture<_> =
        (plan.zone && public && !in_hosts).then(|| ask_zone(plan, host, system, direct)).into();
    let own = ask_own(host, &own, limits, early);
    let ((system, invented), past_hosts, given, zone) = tokio::join!(own, past_hosts, given, zone);
    NameLook { host: host.to_owned(), system, past_hosts, invented, given, zone, took: began.elapsed() }
}

async fn ask_own(host: &str, own: &Servers, limits: &Limits, early: Early) -> (Lookup, Vec<IpAddr>) {
    let found = inquire(host, own, limits).await;
    // Nobody may be waiting any more.
    let _ = early.send(found.clone());
    let odd = compare::addresses(&found).into_iter().any(|ip| !is_public(ip));
    let Some(server) = found.server.filter(|_| odd && !is_private_name(host)) else {
        return (found, Vec::new());
    };
    let rest = Limits { resolve: limits.resolve.saturating_sub(found.took), ..limits.clone() };
    let nowhere = inquire(NOWHERE, &Servers::Given(server), &rest).await;
    (found, compare::addresses(&nowhere))
}

async fn ask_given(server: SocketAddr, host: &str, limits: &Limits) -> (SocketAddr, Lookup) {
    (server, inquire(host, &Servers::Given(server), limits).await)
}

/// The zone is found through any resolver that works: this computer's may be what is broken.
async fn ask_zone(plan: &Plan, host: &str, system: &System, direct: Direct) -> Result<Zone, Failure> {
    let mut servers = system.servers().to_vec();
    servers.extend(plan.resolvers.iter().take(GIVEN_MAX));
    zone(host, &Servers::Configured(System::with(servers, "")), direct, &plan.limits).await
}
