//! Numbers: what each core counts for itself, and what all of them come to when somebody asks.
//!
//! Each number has one core that writes it, so counting is a load and a store and never waits for another core. Names
//! come from the plan and nowhere else: what a client sends makes no new series.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::plan::{PathPattern, Plan, Route, Site};
use crate::status::Status;

mod cells;
mod exposition;
mod families;

pub use cells::{Counter, FrontCells, Gauge, RouteCells, ServerCells, UpstreamCells};
pub use exposition::Exposition;

/// Routes and servers that have series of their own. What a plan has beyond these is counted together under the name
/// `(others)`: a monitoring system has to keep all of them.
const NAMES_MAX: usize = 2000;
/// The name of what is counted together.
const OTHERS: &str = "(others)";
/// The site and route of requests for which there is none.
const NONE: &str = "";

/// All numbers, over all cores and plans of one start.
#[derive(Debug)]
pub struct Metrics {
    cores: usize,
    known: Mutex<Known>,
}

/// Under each name the cells of each core.
#[derive(Debug, Default)]
struct Known {
    front: PerCore<FrontCells>,
    /// By site and route.
    routes: BTreeMap<(String, String), PerCore<RouteCells>>,
    /// By name; under the empty one, what failed before an upstream was chosen.
    upstreams: BTreeMap<String, PerCore<UpstreamCells>>,
    /// By upstream and server.
    servers: BTreeMap<(String, String), PerCore<ServerCells>>,
}

type PerCore<T> = Vec<Arc<T>>;

/// The numbers of one core under one plan: the same places as in the plan.
#[derive(Clone, Debug)]
pub struct CoreMetrics {
    /// Clients and their connections.
    pub front: Arc<FrontCells>,
    /// What failed before an upstream was chosen.
    pub unrouted: Arc<UpstreamCells>,
    no_route: Arc<RouteCells>,
    /// By site, then by route.
    routes: Vec<Vec<Arc<RouteCells>>>,
    upstreams: Vec<Arc<UpstreamCells>>,
    /// By upstream, then by server.
    servers: Vec<Vec<Arc<ServerCells>>>,
}

impl CoreMetrics {
    /// The numbers of a route, by its place in the plan; those of "no route" for `None`.
    pub fn route(&self, place: Option<(usize, usize)>) -> &RouteCells {
        place.and_then(|(site, route)| self.routes.get(site)?.get(route)).unwrap_or(&self.no_route)
    }

    /// The numbers of an upstream, by its place in the plan.
    pub fn upstream(&self, upstream: usize) -> &UpstreamCells {
        self.upstreams.get(upstream).unwrap_or(&self.unrouted)
    }

    /// The numbers of a server, by the places of its upstream and of itself.
    pub fn server(&self, upstream: usize, server: usize) -> Option<&ServerCells> {
        Some(self.servers.get(upstream)?.get(server)?)
    }
}

/// A route's name in numbers and in the access log: its path as the configuration writes it.
pub fn route_name(route: &Route) -> String {
    match &route.path {
        PathPattern::Exact(path) => path.clone(),
        PathPattern::Below(path) => format!("{path}/*"),
        PathPattern::Suffix(suffix) => format!("*{suffix}"),
    }
}

/// A site's name in numbers: its first host.
pub fn site_name(site: &Site) -> String {
    use crate::plan::HostPattern;
    match site.hosts.first() {
        Some(HostPattern::Exact(host)) => host.clone(),
        Some(HostPattern::Below(domain)) => format!("*.{domain}"),
        Some(HostPattern::Any) | None => "*".to_owned(),
    }
}

impl Metrics {
    /// No numbers yet, for so many cores.
    pub fn new(cores: usize) -> Self {
        let front = (0..cores).map(|_| Arc::default()).collect();
        Self { cores, known: Mutex::new(Known { front, ..Known::default() }) }
    }

    /// The places where each core counts under a plan, one for each core. What has the same name as before goes on
    /// counting where it was, as long as the places of the plan before are still held: they may be let go only after
    /// this. Names that are in no plan any more are forgotten once nobody counts under them.
    pub fn for_plan(&self, plan: &Plan) -> Vec<CoreMetrics> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.forget_unused();
        let none = || (NONE.to_owned(), NONE.to_owned());
        let no_route = known_cells(&mut known.routes, none(), self.cores, none);
        let others = || (OTHERS.to_owned(), OTHERS.to_owned());
        let mut routes = Vec::new();
        for site in &plan.sites {
            let of_site = site.routes.iter().map(|route| {
                let name = (site_name(site), route_name(route));
                known_cells(&mut known.routes, name, self.cores, others)
            });
            routes.push(of_site.collect::<Vec<_>>());
        }
        let other = || OTHERS.to_owned();
        let unrouted = known_cells(&mut known.upstreams, NONE.to_owned(), self.cores, other);
        let (mut upstreams, mut servers) = (Vec::new(), Vec::new());
        for upstream in &plan.upstreams {
            upstreams.push(known_cells(&mut known.upstreams, upstream.name.clone(), self.cores, other));
            let of_upstream = upstream.servers.iter().map(|server| {
                let name = (upstream.name.clone(), server.written.clone());
                known_cells(&mut known.servers, name, self.cores, others)
            });
            servers.push(of_upstream.collect::<Vec<_>>());
        }
        let of_core = |core: usize| CoreMetrics {
            front: known.front[core].clone(),
            unrouted: unrouted[core].clone(),
            no_route: no_route[core].clone(),
            routes: routes.iter().map(|routes| picked(routes, core)).collect(),
            upstreams: picked(&upstreams, core),
            servers: servers.iter().map(|servers| picked(servers, core)).collect(),
        };
        (0..self.cores).map(of_core).collect()
    }

    /// Appends all numbers, with those of the state that is handed in, for a monitoring system to read.
    pub fn expose(&self, form: Exposition, status: &Status, out: &mut Vec<u8>) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        families::write(&known, form, status, out);
    }
}

impl Known {
    fn forget_unused(&mut self) {
        fn used<T>(cells: &PerCore<T>) -> bool {
            cells.iter().any(|cells| Arc::strong_count(cells) > 1)
        }
        self.routes.retain(|_, cells| used(cells));
        self.upstreams.retain(|_, cells| used(cells));
        self.servers.retain(|_, cells| used(cells));
    }
}

/// The cells under this name: those that there are, new ones, or those of all others where there are too many.
fn known_cells<K: Ord, T: Default>(
    known: &mut BTreeMap<K, PerCore<T>>,
    name: K,
    cores: usize,
    others: impl Fn() -> K,
) -> PerCore<T> {
    let full = known.len() >= NAMES_MAX && !known.contains_key(&name);
    let name = if full { others() } else { name };
    known.entry(name).or_insert_with(|| (0..cores).map(|_| Arc::default()).collect()).clone()
}

fn picked<T>(cells: &[PerCore<T>], core: usize) -> Vec<Arc<T>> {
    cells.iter().filter_map(|cells| cells.get(core).cloned()).collect()
}

#[cfg(test)]
mod tests;
