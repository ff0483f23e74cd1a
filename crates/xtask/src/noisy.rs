//! `noisy`: healthy services with everyday noise in their logs, of which every one must be found healthy.
//!
//! No request fails in them. What looks bad is reloads, bots, clients that give up or imitate error messages,
//! remarks and warnings. Cases are made from a seed; the same seed gives the same cases.

mod day;
mod dice;
mod gateways;
mod host;
mod service;
mod traffic;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use day::Day;
use dice::Dice;
use gateways::Gateway;
use service::Service;

/// More lines of evidence than this tell a developer nothing new.
const EVIDENCE_SHOWN_MAX: usize = 6;

/// Named files of a case.
type Files = Vec<(String, String)>;

struct Options {
    seed: u64,
    count: u64,
    /// Instead of building one.
    binary: Option<PathBuf>,
}

/// Makes the cases and asks the binary about each. `Ok(true)` if all are found healthy.
pub(crate) fn run(words: &[&str]) -> Result<bool, String> {
    let options = options(words)?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => crate::score::build()?,
    };
    let room = PathBuf::from("target/noisy");
    let _ = fs::remove_dir_all(&room);
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut misjudged = Vec::new();
    for number in 0..options.count {
        let (gateway, files) = case(options.seed, number);
        let folder = room.join(format!("{number:04}-{}", gateway.name));
        write(&folder, &files).map_err(|e| format!("{}: {e}", folder.display()))?;
        let answer = ask(&binary, &folder)?;
        let sum = sums.entry(gateway.name).or_default();
        sum.1 += 1;
        if answer["outcome"] == "no-fault" {
            sum.0 += 1;
            let _ = fs::remove_dir_all(&folder);
        } else {
            misjudged.push(describe(&folder, &answer));
        }
    }
    print(options.seed, &sums, &misjudged);
    Ok(misjudged.is_empty())
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options { seed: 1, count: 350, binary: None };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let value = rest.next().ok_or(format!("{word} wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} wants a number, not {value:?}"));
        match *word {
            "--seed" => options.seed = number()?,
            "--count" => options.count = number()?,
            "--binary" => options.binary = Some(PathBuf::from(value)),
            other => return Err(format!("noisy knows no {other:?}; see `cargo xtask help`")),
        }
    }
    Ok(options)
}

/// One healthy service: its gateway and the evidence of an hour.
fn case(seed: u64, number: u64) -> (&'static Gateway, Files) {
    let mut dice = Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
    // By turns, so that any count of cases covers all gateways.
    let index = usize::try_from(number).unwrap_or(0) % gateways::ALL.len();
    let gateway = &gateways::ALL[index];
    let service = if gateway.php && dice.percent(60) { Service::PhpFpm } else { Service::Gunicorn };
    let day = Day::new(dice.range(0, 12), dice.range(0, 28));
    let (start, minutes) = (dice.range(0, 20 * 3600) * 1000, dice.range(5, 90));
    let requests = traffic::requests(&mut dice, start, minutes);
    let mut files = (gateway.files)(&mut dice, day, service, &requests);
    if dice.percent(80) {
        files.extend(service::logs(&mut dice, service, day, &requests));
    }
    files.extend(host::captures(&mut dice, day, start, gateway.program, service));
    files.retain(|(_, text)| !text.is_empty());
    (gateway, files)
}

fn write(folder: &Path, files: &Files) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn ask(binary: &Path, folder: &Path) -> Result<Value, String> {
    let output = Command::new(binary)
        .args(["diagnose", "--format", "json"])
        .arg(folder)
        .output()
        .map_err(|e| format!("{}: {e}", binary.display()))?;
    serde_json::from_slice(&output.stdout).map_err(|e| {
        format!("{}: no JSON answer ({e}): {}", folder.display(), String::from_utf8_lossy(&output.stderr))
    })
}

/// What was said instead, and the lines that spoke for it; without a cause, the first that were read.
fn describe(folder: &Path, answer: &Value) -> String {
    let finding = &answer["findings"][0];
    let cause = &finding["causes"][0];
    let word = |value: &Value, else_: &str| value.as_str().unwrap_or(else_).to_owned();
    let mut text = format!(
        "{}  {}: {} ({}, {})",
        folder.display(),
        word(&answer["outcome"], "?"),
        word(&cause["id"], "no cause"),
        word(&finding["symptom"]["error"], "no symptom"),
        word(&finding["certainty"], "?"),
    );
    let evidence = &answer["evidence"];
    let spoke: Vec<&Value> = match cause["for"].as_array() {
        Some(positions) => {
            positions.iter().filter_map(|p| evidence.get(usize::try_from(p.as_u64()?).ok()?)).collect()
        }
        None => evidence.as_array().into_iter().flatten().collect(),
    };
    for one in spoke.iter().take(EVIDENCE_SHOWN_MAX) {
        let (file, line) = (word(&one["source"]["file"], "(derived)"), &one["source"]["line"]);
        text += &format!("\n      {} {file}:{line} ({} times)", word(&one["signal"], "?"), one["count"]);
    }
    text
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn print(seed: u64, sums: &BTreeMap<&str, (u64, u64)>, misjudged: &[String]) {
    for line in misjudged {
        println!("{line}");
    }
    println!("{:<10} {:>8} {:>6}   (seed {seed})", "gateway", "healthy", "of");
    for (name, (fine, all)) in sums {
        println!("{name:<10} {fine:>8} {all:>6}");
    }
    let (fine, all) = sums.values().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    println!("{:<10} {fine:>8} {all:>6}", "total");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_cases() {
        for number in 0..21 {
            assert_eq!(case(7, number).1, case(7, number).1);
        }
        assert_ne!(case(7, 0).1, case(8, 0).1);
    }

    #[test]
    fn no_request_fails() {
        for number in 0..60 {
            let mut dice = Dice::new(number);
            for request in traffic::requests(&mut dice, 0, 30) {
                assert!(request.status < 500, "{} {}", request.path, request.status);
            }
        }
    }
}
