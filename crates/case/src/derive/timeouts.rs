//! Two timeouts on one leg: which gives up first?

use goodgate_configs::Role;
use goodgate_facts::{Phrase, Signal, Value, id};

use super::stated;
use crate::material::Material;

pub(super) fn join(material: &mut Material) {
    let mut found: Vec<Signal> = Vec::new();
    let inner = material
        .configs
        .iter()
        .filter(|c| c.role == Role::Application)
        .flat_map(|c| &c.pools)
        .find_map(|pool| pool.terminate_timeout_s.filter(|s| *s > 0.0));
    for config in material.configs.iter().filter(|c| c.role == Role::Gateway) {
        for leg in &config.legs {
            let outer = leg.read_timeout_s.or(leg.total_timeout_s);
            if let (Some(outer), Some(inner)) = (outer, inner) {
                let which =
                    if outer < inner { id("gateway-timeout-shorter") } else { id("app-timeout-shorter") };
                let patience = Phrase::Patience { gateway_s: outer, application_s: inner };
                found.push(
                    stated(which, &leg.place, config.product)
                        .target(leg.target.clone())
                        .value(Value::Phrase(patience)),
                );
            }
            keepalive(material, config.product, leg, &mut found);
        }
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

/// The upstream's own idle timeout against the gateway's.
fn keepalive(
    material: &Material,
    product: &'static str,
    leg: &goodgate_configs::Leg,
    found: &mut Vec<Signal>,
) {
    let upstream = material
        .configs
        .iter()
        .filter(|c| c.role == Role::Application)
        .flat_map(|c| &c.pools)
        .find_map(|pool| pool.keepalive_s);
    if let (Some(inner), Some(true)) = (upstream, leg.keepalive)
        && leg.keepalive_idle_s.is_none_or(|outer| inner <= outer)
    {
        found.push(stated(id("upstream-idle-shorter"), &leg.place, product).target(leg.target.clone()));
    }
}
