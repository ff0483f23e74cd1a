//! `witness --outside`: how right goodgate is about a gateway when it only looks at it from outside.
//!
//! Reads the same document as `witness` does, of a comparison that was made with `--outside`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::witness::{list, share, text};

/// Between these lines the page is written by this chore.
pub(crate) const BEGIN: &str = "<!-- outside: begin -->";
pub(crate) const END: &str = "<!-- outside: end -->";

/// A look may take so many times its slowest needed exchange, and so much more.
const TIMES: f64 = 1.3;
const MORE_MS: f64 = 100.0;

/// The table.
pub(crate) fn table(matrix: &Value) -> Result<String, String> {
    let mut out = String::from(
        "| gateway | looked at | failing | product right | wrong | not named | symptom right | left open | wrong \
         | truth in the set | truth first | ≥ 55 % | of them wrong | ≥ 90 % | of them wrong | healthy told healthy \
         | in time | median ratio |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut any = false;
    for gateway in list(matrix, "gateways") {
        let sums = Sums::of(matrix, text(gateway, "id"));
        any |= sums.looked > 0;
        let name = format!("{} {}", text(gateway, "title"), text(gateway, "version"));
        let _ = writeln!(out, "{}", sums.row(&name));
    }
    if any { Ok(out) } else { Err("nothing was looked at from outside".to_owned()) }
}

/// What the looks at one gateway came to.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    looked: u32,
    /// Faults that a visitor meets: recipes that are not healthy, and that made the page fail.
    failing: u32,
    /// Named right, wrong, not at all.
    product: [u32; 3],
    /// Right, left open, wrong.
    symptom: [u32; 3],
    in_set: u32,
    first: u32,
    /// Answers with at least 55 % and at least 90 %, and how many of them are wrong; also about pages that came well.
    sure: [(u32, u32); 2],
    /// Healthy recipes that came well through the gateway, and how many of them were told healthy.
    healthy: (u32, u32),
    in_time: u32,
    ratios: Vec<f64>,
}

impl Sums {
    fn of(matrix: &Value, gateway: &str) -> Self {
        let mut sums = Self::default();
        for cell in list(matrix, "cells").iter().filter(|cell| text(cell, "gateway") == gateway) {
            let recipe = list(matrix, "recipes").iter().find(|recipe| recipe["name"] == cell["recipe"]);
            if let (Some(recipe), true) = (recipe, cell["outside"].is_object()) {
                sums.look(recipe, &cell["outside"]);
            }
        }
        sums.ratios.sort_by(f64::total_cmp);
        sums
    }

    fn look(&mut self, recipe: &Value, outside: &Value) {
        self.looked += 1;
        let (took, slowest) = (number(outside, "took_ms"), number(outside, "slowest_ms"));
        self.in_time += u32::from(took <= TIMES * slowest + MORE_MS);
        self.ratios.push(took / slowest.max(1.0));
        let failed = outside["failed"] == true;
        if text(recipe, "group") == "healthy" {
            if !failed {
                self.healthy.0 += 1;
                self.healthy.1 += u32::from(outside["outcome"] == "no-fault");
            }
            // What a gateway that fails at a healthy origin suffers from, no recipe says.
            return;
        }
        let answer = &outside["answer"];
        let leader = list(answer, "causes").first().map_or(0.0, |cause| number(cause, "probability"));
        for (counts, least) in self.sure.iter_mut().zip([0.55, 0.9]) {
            if leader >= least {
                counts.0 += 1;
                counts.1 += u32::from(outside["wrong"] == true);
            }
        }
        if !failed {
            return;
        }
        self.failing += 1;
        self.in_set += u32::from(answer["truth_in_set"] == true);
        self.first += u32::from(answer["truth_first"] == true);
        if let Some(at) = ["right", "wrong", "unnamed"].iter().position(|word| outside["product"] == *word) {
            self.product[at] += 1;
        }
        let open = answer["error"].is_null() && !list(recipe, "symptom").is_empty();
        let at = if open {
            1
        } else if answer["symptom_right"] == true {
            0
        } else {
            2
        };
        self.symptom[at] += 1;
    }

    fn row(&self, name: &str) -> String {
        let [right, wrong, unnamed] = self.product;
        let [true_symptom, open, false_symptom] = self.symptom;
        let [(sure, sure_wrong), (surer, surer_wrong)] = self.sure;
        let median = self.ratios.get(self.ratios.len() / 2).copied().unwrap_or_default();
        format!(
            "| {name} | {} | {} | {right} | {wrong} | {unnamed} | {true_symptom} | {open} | {false_symptom} | {} | {} \
             | {sure} | {sure_wrong} | {surer} | {surer_wrong} | {} of {} | {} | {median:.2} |",
            self.looked,
            self.failing,
            share(self.in_set, self.failing),
            share(self.first, self.failing),
            self.healthy.1,
            self.healthy.0,
            share(self.in_time, self.looked),
        )
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(recipe: &str, failed: bool, wrong: bool, probability: f64, error: Option<&str>) -> Value {
        serde_json::json!({"recipe": recipe, "gateway": "nginx", "outside": {
            "outcome": if failed { "fault" } else { "no-fault" }, "failed": failed, "product": "right", "wrong": wrong,
            "answer": {"causes": [{"id": "x", "probability": probability}], "error": error,
                       "symptom_right": false, "truth_in_set": !wrong, "truth_first": !wrong},
            "took_ms": 200.0, "slowest_ms": 100.0}})
    }

    #[test]
    fn sums_count_what_a_visitor_meets() {
        let matrix = serde_json::json!({
            "gateways": [{"id": "nginx", "title": "nginx", "version": "1.22.1"}],
            "recipes": [{"name": "well", "group": "healthy", "symptom": []},
                        {"name": "cut", "group": "body", "symptom": ["http_response_incomplete"]}],
            "cells": [cell("well", false, false, 0.0, None), cell("cut", true, true, 0.6, None),
                      cell("cut", true, false, 0.95, Some("dns_error"))],
        });
        let sums = Sums::of(&matrix, "nginx");
        assert_eq!((sums.looked, sums.failing, sums.healthy, sums.in_time), (3, 2, (1, 1), 3));
        assert_eq!((sums.product, sums.symptom), ([2, 0, 0], [0, 1, 1]));
        assert_eq!(sums.sure, [(2, 1), (1, 0)]);
        assert!(
            table(&matrix)
                .unwrap()
                .contains("| nginx 1.22.1 | 3 | 2 | 2 | 0 | 0 | 0 | 1 | 1 | 50 % | 50 % | 2 | 1 |")
        );
        assert!(table(&serde_json::json!({})).is_err());
    }
}
