//! Hosts to sites: compared without regard to case and a final dot, and without a copy.

use std::cmp::Ordering;

use crate::plan::{HostPattern, Site};

/// The hosts of all sites.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// Sorted by [`order`], each name once: the site that was written first has it.
    exact: Vec<(Box<[u8]>, usize)>,
    /// Likewise, the domains above.
    below: Vec<(Box<[u8]>, usize)>,
    any: Option<usize>,
}

impl Hosts {
    pub(super) fn new(sites: &[Site]) -> Self {
        let mut hosts = Self::default();
        for (place, site) in sites.iter().enumerate() {
            for host in &site.hosts {
                match host {
                    HostPattern::Exact(name) => hosts.exact.push((folded(name), place)),
                    HostPattern::Below(domain) => hosts.below.push((folded(domain), place)),
                    HostPattern::Any => hosts.any = hosts.any.or(Some(place)),
                }
            }
        }
        for table in [&mut hosts.exact, &mut hosts.below] {
            // The sort is stable, so that of equal names the first one written stays in front.
            table.sort_by(|(one, _), (other, _)| order(one, other));
            table.dedup_by(|(later, _), (kept, _)| later == kept);
        }
        hosts
    }

    /// The site of a host (no port): the name itself, else the closest domain above, else the one for any.
    pub(super) fn site(&self, host: &[u8]) -> Option<usize> {
        let host = host.strip_suffix(b".").unwrap_or(host);
        if let Some(site) = look_up(&self.exact, host) {
            return Some(site);
        }
        if self.below.is_empty() {
            return self.any;
        }
        // From the left, so that the longest domain is tried first.
        let dots = host.iter().enumerate().filter(|(at, byte)| **byte == b'.' && *at > 0);
        let mut above = dots.filter_map(|(at, _)| host.get(at + 1..));
        above.find_map(|domain| look_up(&self.below, domain)).or(self.any)
    }
}

fn folded(name: &str) -> Box<[u8]> {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase().into_bytes().into()
}

fn look_up(table: &[(Box<[u8]>, usize)], host: &[u8]) -> Option<usize> {
    let at = table.binary_search_by(|(name, _)| order(name, host)).ok()?;
    table.get(at).map(|(_, site)| *site)
}

/// By length, then by bytes in lower case: the length alone tells most names apart.
fn order(name: &[u8], host: &[u8]) -> Ordering {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    name.len().cmp(&host.len()).then_with(|| name.iter().map(lower).cmp(host.iter().map(lower)))
}
