//! `witness`: every gateway against every recipe of the lab, and how right goodgate is about what they said of it.
//!
//! Reads the document that `goodgate lab compare --format json` writes; knows nothing of recipes.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::score;

/// Where the tables stand.
const PAGE: &str = "docs/benchmarks.md";
/// Between these lines the page is written by this chore.
const BEGIN: &str = "<!-- witness: begin -->";
const END: &str = "<!-- witness: end -->";
/// The document that the tables were made from, for whoever wants to look closer.
const DOCUMENT: &str = "target/lab-matrix.json";

/// The ways in which a gateway can deal with a fault, from good to bad, as the document calls them.
const VERDICTS: &[&str] =
    &["right", "tolerable", "misleading", "hides truncation", "hangs", "unsafe retry", "smuggling risk"];

/// The places where a cause can be decided, as the document calls them.
const PLACES: &[&str] = &["page", "gateway log", "configuration", "upstream log", "host"];

/// Runs the comparison, or reads one that was kept, and prints the tables; `--write` puts them into the page.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let mut kept = None;
    let (mut write, mut outside) = (false, false);
    let mut products = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--write" => write = true,
            "--outside" => outside = true,
            "--json" => kept = Some(*rest.next().ok_or("--json wants a file")?),
            other if other.starts_with('-') => return Err(format!("{other:?} is not known here")),
            product => products.push(product),
        }
    }
    let document = match kept {
        Some(file) => fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?,
        None => compare(&products, outside)?,
    };
    let matrix: Value = serde_json::from_str(&document).map_err(|e| format!("the matrix: {e}"))?;
    let (tables, between) = match outside {
        true => (crate::outside::table(&matrix)?, (crate::outside::BEGIN, crate::outside::END)),
        false => (tables(&matrix)?, (BEGIN, END)),
    };
    print(&tables);
    if write { put(&tables, between) } else { Ok(()) }
}

fn compare(products: &[&str], outside: bool) -> Result<String, String> {
    let binary = score::build()?;
    // Builds may go elsewhere.
    fs::create_dir_all("target").map_err(|e| format!("target: {e}"))?;
    let mut command = Command::new(binary);
    command.args(["lab", "compare", "--format", "json", "-o", DOCUMENT]).args(products);
    if outside {
        // Whoever looks from outside asks with GET.
        command.args(["--outside", "--drive", "get"]);
    }
    let status = command.status().map_err(|e| format!("goodgate lab compare: {e}"))?;
    // 1 says that a gateway did something wrong, which is what is measured here.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("goodgate lab compare: {status}"));
    }
    fs::read_to_string(DOCUMENT).map_err(|e| format!("{DOCUMENT}: {e}"))
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn print(tables: &str) {
    println!("{tables}");
}

fn put(tables: &str, (begin, end): (&str, &str)) -> Result<(), String> {
    let page = fs::read_to_string(PAGE).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, rest) = page.split_once(begin).ok_or(format!("{PAGE} has no line {begin}"))?;
    let (_, after) = rest.split_once(end).ok_or(format!("{PAGE} has no line {end}"))?;
    fs::write(PAGE, format!("{before}{begin}\n{tables}{end}{after}")).map_err(|e| format!("{PAGE}: {e}"))
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn tables(matrix: &Value) -> Result<String, String> {
    let gateways = list(matrix, "gateways");
    if gateways.is_empty() {
        return Err("no gateway was measured".to_owned());
    }
    let mut out = String::new();
    let _ = writeln!(
        out,
        "| gateway | faults | {} |\n|---|---|{}",
        VERDICTS.join(" | "),
        "---|".repeat(VERDICTS.len())
    );
    for gateway in gateways {
        let sums = Sums::of(matrix, text(gateway, "id"));
        let counts: Vec<String> = sums.verdicts.iter().map(u32::to_string).collect();
        let name = format!("{} {}", text(gateway, "title"), text(gateway, "version"));
        let _ = writeln!(out, "| {name} | {} | {} |", sums.faults, counts.join(" | "));
    }
    let _ = writeln!(
        out,
        "\n| gateway | told | symptom right | truth in the set | truth first | size of the set | decided by {} | not decided \
         | healthy called healthy | its own word right |\n|---|---|---|---|---|---|{}---|---|---|",
        PLACES.join(" | by "),
        "---|".repeat(PLACES.len()),
    );
    for gateway in gateways {
        let _ = writeln!(out, "{}", reading_row(gateway, &Sums::of(matrix, text(gateway, "id"))));
    }
    Ok(out)
}

fn reading_row(gateway: &Value, sums: &Sums) -> String {
    let decided: Vec<String> = sums.decided.iter().map(u32::to_string).collect();
    format!(
        "| {} | {} | {} | {} | {} | {:.1} | {} | {} | {} of {} | {} |",
        text(gateway, "title"),
        sums.told,
        share(sums.symptom, sums.told),
        share(sums.in_set, sums.told),
        share(sums.first, sums.told),
        f64::from(sums.set) / f64::from(sums.told.max(1)),
        decided.join(" | "),
        sums.told - sums.decided.iter().sum::<u32>(),
        sums.healthy_right,
        sums.healthy,
        share(sums.stated_right, sums.stated),
    )
}

pub(crate) fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.0} %", 100.0 * f64::from(part) / f64::from(whole)) }
}

/// What one gateway came to.
#[derive(Default)]
struct Sums {
    faults: u32,
    /// By [`VERDICTS`].
    verdicts: [u32; VERDICTS.len()],
    /// Faults that somebody could notice: the client, or a reader of the gateway's log.
    told: u32,
    symptom: u32,
    in_set: u32,
    first: u32,
    set: u32,
    /// By [`PLACES`].
    decided: [u32; PLACES.len()],
    healthy: u32,
    healthy_right: u32,
    /// Requests of which the gateway's own log states a symptom, or that there was none.
    stated: u32,
    stated_right: u32,
}

impl Sums {
    fn of(matrix: &Value, gateway: &str) -> Self {
        let mut sums = Self::default();
        for cell in list(matrix, "cells").iter().filter(|cell| text(cell, "gateway") == gateway) {
            let recipe = list(matrix, "recipes").iter().find(|recipe| recipe["name"] == cell["recipe"]);
            let last = list(&cell["reading"], "places").last();
            let stated = list(cell, "drives").iter().map(|drive| &drive["symptom"]["right"]);
            for right in stated.filter_map(Value::as_bool) {
                sums.stated += 1;
                sums.stated_right += u32::from(right);
            }
            if recipe.is_some_and(|recipe| text(recipe, "group") == "healthy") {
                sums.healthy += 1;
                sums.healthy_right += u32::from(last.is_some_and(|at| at["truth_in_set"] == true));
            } else {
                sums.fault(cell, last);
            }
        }
        sums
    }

    fn fault(&mut self, cell: &Value, last: Option<&Value>) {
        self.faults += 1;
        if let Some(at) = VERDICTS.iter().position(|verdict| *verdict == text(cell, "verdict")) {
            self.verdicts[at] += 1;
        }
        let Some(last) = last.filter(|_| !dealt_with(cell)) else { return };
        self.told += 1;
        self.symptom += u32::from(last["symptom_right"] == true);
        self.in_set += u32::from(last["truth_in_set"] == true);
        self.first += u32::from(last["truth_first"] == true);
        self.set += u32::try_from(list(last, "causes").len()).unwrap_or(u32::MAX);
        let decided = text(&cell["reading"], "decided");
        if let Some(at) = PLACES.iter().position(|place| *place == decided) {
            self.decided[at] += 1;
        }
    }
}

/// Whether the gateway mended it or rightly let it pass, so that nobody had anything to complain of.
fn dealt_with(cell: &Value) -> bool {
    let get = list(cell, "drives").iter().find(|drive| text(drive, "drive") == "get");
    get.is_some_and(|get| {
        text(get, "verdict") == "right" && get["status"].as_u64().is_some_and(|s| s < 400) && whole(get)
    })
}

fn whole(drive: &Value) -> bool {
    text(drive, "end").starts_with("complete")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Value {
        serde_json::json!({
            "gateways": [{"id": "nginx", "title": "nginx", "version": "1.22.1"}],
            "recipes": [
                {"name": "healthy", "group": "healthy"},
                {"name": "cut", "group": "body"},
                {"name": "mended", "group": "reuse"},
            ],
            "cells": [
                {"recipe": "healthy", "gateway": "nginx", "verdict": "right", "reading":
                    {"places": [{"place": "gateway log", "truth_in_set": true, "causes": []}], "decided": null}},
                {"recipe": "cut", "gateway": "nginx", "verdict": "hides truncation",
                 "drives": [{"drive": "get", "verdict": "hides truncation", "status": 200, "end": "complete",
                             "symptom": {"logged": "http_response_incomplete", "told": null, "right": true}}],
                 "reading": {"places": [{"place": "page", "truth_in_set": false, "causes": []},
                                        {"place": "gateway log", "symptom_right": true, "truth_in_set": true,
                                         "truth_first": true, "causes": [{"id": "response-truncated"}, {"id": "x"}]}],
                             "decided": "gateway log"}},
                {"recipe": "mended", "gateway": "nginx", "verdict": "right",
                 "drives": [{"drive": "get", "verdict": "right", "status": 200, "end": "complete"}],
                 "reading": {"places": [{"place": "page", "truth_in_set": false, "causes": []}], "decided": null}},
            ],
        })
    }

    #[test]
    fn sums_count_what_was_told_and_where_it_was_decided() {
        let sums = Sums::of(&matrix(), "nginx");
        assert_eq!((sums.faults, sums.told, sums.healthy, sums.healthy_right), (2, 1, 1, 1));
        assert_eq!((sums.stated, sums.stated_right), (1, 1));
        assert_eq!((sums.symptom, sums.in_set, sums.first, sums.set), (1, 1, 1, 2));
        assert_eq!((sums.decided, sums.verdicts), ([0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0]));
    }

    #[test]
    fn tables_have_a_row_for_each_gateway() {
        let text = tables(&matrix()).unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("| nginx")).count(), 2);
        let widths = |wanted: &str| -> Vec<usize> {
            let rows = text.lines().skip_while(|line| !line.contains(wanted)).take(3);
            rows.map(|row| row.matches('|').count()).collect()
        };
        for head in ["smuggling risk", "symptom right"] {
            let widths = widths(head);
            assert!(widths.iter().all(|width| *width == widths[0]), "{head}: {widths:?}");
        }
        assert!(tables(&serde_json::json!({})).is_err());
    }
}
