//! The table of lost requests, in Markdown. Pure.

use std::fmt::Write as _;

use crate::bench::contender::Product;
use crate::storm::Outcome;

/// What the table was measured under.
pub(crate) struct Conditions {
    /// Requests a second.
    pub(crate) rate: u32,
    /// Of each scenario.
    pub(crate) requests: u64,
    /// The load average before and after.
    pub(crate) busy: (String, String),
    pub(crate) versions: Vec<(Product, String)>,
    pub(crate) missing: Vec<String>,
}

pub(crate) fn written(outcomes: &[Outcome], conditions: &Conditions) -> String {
    let mut out = String::new();
    let titles: Vec<&str> = conditions.versions.iter().map(|(product, _)| product.title()).collect();
    let _ = writeln!(
        out,
        "{} requests a scenario, {} a second; load average {} before and {} after.\n",
        conditions.requests, conditions.rate, conditions.busy.0, conditions.busy.1
    );
    let _ = write!(out, "| lost requests |");
    for (product, version) in &conditions.versions {
        let _ = write!(out, " {} {version} |", product.title());
    }
    let _ = writeln!(
        out,
        " 99 % within, the slowest (ms): {} |\n|---|{}---|",
        titles.join("; "),
        "---|".repeat(titles.len())
    );
    let mut names: Vec<&str> = outcomes.iter().map(|outcome| outcome.scenario).collect();
    names.dedup();
    for name in names {
        let of = |product: Product| outcomes.iter().find(|o| o.scenario == name && o.product == product);
        let found: Vec<&Outcome> =
            conditions.versions.iter().filter_map(|(product, _)| of(*product)).collect();
        let losses: Vec<String> = found.iter().map(|outcome| losses(outcome)).collect();
        let times = found.iter().map(|outcome| {
            let (p99, slowest) = outcome.tally.p99_and_slowest_ms();
            format!("{p99:.0}, {slowest:.0}")
        });
        let times: Vec<String> = times.collect();
        let _ = writeln!(out, "| {name} | {} | {} |", losses.join(" | "), times.join("; "));
    }
    for why in &conditions.missing {
        let _ = writeln!(out, "\nNot measured: {why}");
    }
    out
}

fn losses(outcome: &Outcome) -> String {
    outcome.tally.losses() + &outcome.tally.remarks("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storm::tally::{Failure, Tally};
    use std::time::Duration;

    #[test]
    fn a_row_has_every_contender_in_the_heads_order() {
        let mut lossy = Tally::default();
        lossy.lost(Failure { number: 1, at: Duration::ZERO, what: "502".to_owned() });
        lossy.resent = 2;
        let outcomes = [
            Outcome { scenario: "one killed", product: Product::Nginx, tally: lossy },
            Outcome { scenario: "one killed", product: Product::Goodgate, tally: Tally::default() },
        ];
        let versions = vec![(Product::Goodgate, "0.1.0".to_owned()), (Product::Nginx, "1.22.1".to_owned())];
        let busy = ("1".to_owned(), "2".to_owned());
        let missing = vec!["HAProxy is not installed".to_owned()];
        let text = written(&outcomes, &Conditions { rate: 1000, requests: 1, busy, versions, missing });
        assert!(text.contains("| lost requests | goodgate 0.1.0 | nginx 1.22.1 |"), "{text}");
        assert!(
            text.contains("| one killed | 0 | 1 (502: 1); 2 sent again by the client | 0, 0; 0, 0 |"),
            "{text}"
        );
        assert!(text.contains("Not measured: HAProxy"));
    }
}
