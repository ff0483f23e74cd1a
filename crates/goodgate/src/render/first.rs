//! First causes, a line each: for the page of a failure, on which there is no room for a report.

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::{Audience, Certainty, Ranked};

use super::advice;
use super::blocks::Block;
use super::report;
use super::slots::{self, Slots};
use crate::words::{args, say_with};

/// Causes told.
const CAUSES_MAX: usize = 4;
/// A cause below this share is not worth a line.
const SHARE_MIN: f64 = 0.04;
/// Whoever may see them runs the server, or writes what runs there.
const AUDIENCES: [Audience; 2] = [Audience::Operator, Audience::Developer];

/// What may be behind what failed, most probable first, and what to do about it.
pub(crate) fn first_causes(diagnosis: &Diagnosis) -> Vec<String> {
    let Some(finding) = diagnosis.findings.iter().find(|finding| !finding.recovered) else {
        return Vec::new();
    };
    let lines = Lines {
        finding,
        product: report::gateway(diagnosis, finding).map_or_else(String::new, |(product, _)| product),
        slots: Slots::of(diagnosis, finding),
    };
    let ranked = finding.judgement.ranked.iter().filter(|ranked| ranked.probability >= SHARE_MIN);
    let unsure = finding.judgement.certainty == Certainty::CannotTell;
    let line = |(place, ranked)| match place {
        0 if !unsure => lines.leader(ranked),
        _ => lines.other(ranked, if unsure { "first-cause-unsure" } else { "first-cause-other" }),
    };
    ranked.take(CAUSES_MAX).enumerate().map(line).collect()
}

struct Lines<'a> {
    finding: &'a Finding,
    product: String,
    slots: Slots,
}

impl Lines<'_> {
    /// The leader: its sentence, how sure that is, and what to do.
    fn leader(&self, leader: &Ranked) -> String {
        let mut parts = Vec::new();
        if let Block::Verdict { text, .. } = report::verdict(self.finding, Some(leader)) {
            parts.push(text);
        }
        let chosen = advice::chosen(leader.cause, &AUDIENCES, &self.product, &self.slots);
        if let Some((first, rest)) = chosen.split_first() {
            let steps = advice::steps(*first, &self.product, &self.slots);
            let title = self.slots.fill(first.title(), &first.remedy.product);
            let numbered: Vec<String> =
                steps.iter().enumerate().map(|(place, step)| format!("({}) {step}", place + 1)).collect();
            parts.push(say_with("first-cause-do", &args![title = title, steps = numbered.join("; ")]));
            let rest: Vec<String> = rest
                .iter()
                .map(|remedy| report::lower(&self.slots.fill(remedy.title(), &remedy.remedy.product)))
                .collect();
            if !rest.is_empty() {
                parts.push(say_with("first-cause-then", &args![titles = rest.join("; ")]));
            }
            parts.extend(slots::remark(&self.slots, &steps));
        }
        parts.push(say_with("first-cause-more", &args![id = leader.cause.id]));
        parts.join(" ")
    }

    /// Another cause: its headline, and what would be the first thing to do.
    fn other(&self, ranked: &Ranked, key: &str) -> String {
        let cause = report::named(ranked.cause);
        let said = say_with(key, &args![cause = report::lower(&cause)]);
        let chosen = advice::chosen(ranked.cause, &AUDIENCES, &self.product, &self.slots);
        let Some(first) = chosen.first() else { return said };
        let title = self.slots.fill(first.title(), &first.remedy.product);
        format!("{said} {}", say_with("first-cause-try", &args![title = title]))
    }
}
