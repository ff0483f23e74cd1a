//! Firewall rules against the address that the gateway asks.

use goodgate_facts::{Address, Signal, id};

use super::derived;
use crate::material::Material;

pub(super) fn join(material: &mut Material) {
    let targets: Vec<_> = material
        .configs
        .iter()
        .flat_map(|c| &c.legs)
        .map(|leg| leg.target.clone())
        .chain(
            material
                .evidence
                .signals()
                .iter()
                .filter(|s| crate::incident::is_failure(s))
                .filter_map(|s| s.about.target.clone()),
        )
        .collect();
    let mut found: Vec<Signal> = Vec::new();
    for name in ["firewall-drops", "firewall-rejects"] {
        for (position, rule) in material.evidence.of(id(name)) {
            let Some(ruled) = &rule.about.target else { continue };
            if let Some(target) = targets.iter().find(|t| covers(&ruled.address, &t.address)) {
                found.push(derived(id("target-port-filtered"), vec![position]).target(target.clone()));
            }
        }
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Whether a rule for this address (host `*` or port 0 for any) covers the target.
fn covers(rule: &Address, target: &Address) -> bool {
    match (rule, target) {
        (Address::Tcp { host: rh, port: rp }, Address::Tcp { host, port }) => {
            (rh == "*" || rh == host || host == "localhost" && rule.is_loopback()) && (*rp == 0 || rp == port)
        }
        _ => false,
    }
}
