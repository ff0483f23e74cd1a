//! Reports for those who do not run the server: a visitor, the site's owner, the hosting provider.
//!
//! Nothing here repeats the catalogue's words for operators; every word must be understood without being explained.

mod message;
mod moment;
mod names;
mod owner;
mod owner_steps;
mod side;
mod support;
mod systems;
#[cfg(test)]
mod tests;
mod trouble;
mod visit;
mod visitor;

use goodgate_case::{Diagnosis, Finding};
use goodgate_facts::SignalId;
use goodgate_pages::providers::{Provider, by_generator};

use super::blocks::Block;
use crate::arguments::Reader;
use crate::outside::Sight;
use visit::Visit;

/// What a report for these readers is made from.
struct Given<'a> {
    diagnosis: &'a Diagnosis,
    /// The finding that matters most and is not over.
    finding: Option<&'a Finding>,
    sight: Option<&'a Sight>,
    visit: Option<Visit>,
}

impl Given<'_> {
    /// Whether a signal was seen, concluded or told at all.
    fn has(&self, id: &str) -> bool {
        SignalId::find(id).is_some_and(|id| self.diagnosis.evidence.has(id))
    }

    fn has_any(&self, ids: &[&str]) -> bool {
        ids.iter().any(|id| self.has(id))
    }

    /// Who stands in front or houses the site, as far as it is recognised.
    fn providers(&self) -> Vec<&'static Provider> {
        let of_look = self.visit.iter().flat_map(|visit| &visit.providers).copied();
        let made = || by_generator(&self.finding?.generator.as_ref()?.0);
        let mut found: Vec<&'static Provider> = of_look.collect();
        if found.is_empty() {
            found.extend(made());
        }
        found
    }

    /// The status that was shown.
    fn status(&self) -> Option<u16> {
        let shown = self.visit.as_ref().and_then(|visit| visit.status).filter(|status| *status >= 400);
        shown.or_else(|| self.finding?.symptom.as_ref()?.status)
    }
}

/// The report for such a reader; `None` for whoever runs the server.
pub(super) fn report(diagnosis: &Diagnosis, sight: Option<&Sight>, reader: Reader) -> Option<Vec<Block>> {
    let finding = diagnosis.findings.iter().find(|finding| !finding.recovered);
    let visit = sight.map(Visit::of).or_else(|| Visit::kept(diagnosis));
    let given = Given { diagnosis, finding, sight, visit };
    match reader {
        Reader::Visitor => Some(visitor::blocks(&given)),
        Reader::Owner => Some(owner::blocks(&given)),
        Reader::Support => Some(support::blocks(&given)),
        Reader::Operator => None,
    }
}
