//! The logs of HAProxy, Envoy, Caddy and Varnish from real failures: nothing panics, and nearly every line is known
//! to a format of its product. Set `CORPUS_SHOW` to a stack's name to see what each case says.

use std::collections::BTreeMap;
use std::path::Path;

use goodgate_logs::Declared;
use serde_json::Value;

const KNOWN_SHARE_MIN: f64 = 0.98;

fn text_of(case: &Value, key: &str) -> String {
    let lines = case[key].as_array().map(Vec::as_slice).unwrap_or_default();
    // The collection cut long logs and says so in a line of its own.
    let lines = lines
        .iter()
        .filter_map(Value::as_str)
        .filter(|l| !(l.starts_with("... (") && l.ends_with(" lines cut)")));
    lines.collect::<Vec<_>>().join("\n")
}

fn rich_layouts(case: &Value) -> Vec<Declared> {
    let config = case["config_snippet"].as_str().unwrap_or_default();
    let Some((_, rest)) = config.split_once("inline_string: \"") else { return Vec::new() };
    let layout = rest.split("\"}").next().unwrap_or_default();
    vec![Declared { format: "envoy-access", layout: layout.to_owned(), file: None }]
}

#[test]
fn lines_of_the_four_stacks_are_known() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let show = std::env::var("CORPUS_SHOW").unwrap_or_default();
    for stack in ["haproxy", "envoy", "caddy", "varnish"] {
        let Ok(text) = std::fs::read_to_string(corpus.join(format!("{stack}.jsonl"))) else {
            eprintln!("skipped: no corpus of {stack} here");
            continue;
        };
        let (mut lines, mut known) = (0u32, 0u32);
        let mut unknown = Vec::new();
        let mut foreign: BTreeMap<&str, u32> = BTreeMap::new();
        for case in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let declared = rich_layouts(&case);
            let mut files = vec![];
            for (key, name) in [
                ("gateway_error_log", "error.log"),
                ("gateway_access_log", "access.log"),
                ("gateway_access_log_rich", "access_rich.log"),
            ] {
                files.push((name.to_owned(), text_of(&case, key)));
            }
            for phase in ["during", "after"] {
                for key in ["show_servers_state", "show_errors", "varnishstat", "backend_list"] {
                    if let Some(text) = case["host_evidence"][phase][key].as_str() {
                        files.push((format!("{key}-{phase}.txt"), text.to_owned()));
                    }
                }
            }
            for (name, text) in files {
                let reading = goodgate_logs::read(&name, text.as_bytes(), &declared);
                if (show == stack || show == "all") && reading.lines > 0 {
                    let said = goodgate_logs::describe(&reading.evidence);
                    println!("{} {} {name}: {said:?}", case["id"], case["accept"]);
                }
                // The words of a FastCGI application belong to PHP.
                let own = |product: &str| product == stack || product == "php";
                let mine: u32 = reading.formats.iter().filter(|(f, _)| own(f.product)).map(|(_, n)| n).sum();
                for (format, count) in reading.formats.iter().filter(|(f, _)| !own(f.product)) {
                    *foreign.entry(format.id).or_default() += count;
                }
                lines += reading.lines;
                known += mine;
                if mine < reading.lines {
                    unknown.push(format!("{} {name}: {mine} of {}", case["id"], reading.lines));
                }
            }
        }
        let share = f64::from(known) / f64::from(lines.max(1));
        println!("{stack}: {known} of {lines} lines known");
        assert!(share >= KNOWN_SHARE_MIN, "{stack}: {share:.4}\n{foreign:?}\n{}", unknown.join("\n"));
        if show == stack || show == "all" {
            println!("{foreign:?}\n{}", unknown.join("\n"));
        }
    }
}

#[test]
fn broken_lines_do_no_harm() {
    let mut broken = Vec::new();
    for format in goodgate_logs::formats() {
        if !["haproxy", "envoy", "caddy", "varnish"].contains(&format.product) {
            continue;
        }
        for line in format.samples.iter().flat_map(|sample| sample.text.lines()) {
            for at in 0..line.len() {
                broken.extend_from_slice(&line.as_bytes()[..at]);
                broken.push(b'\n');
                let mut odd = line.as_bytes().to_vec();
                odd[at] = 0xc3;
                broken.extend_from_slice(&odd);
                broken.push(b'\n');
            }
            broken.extend_from_slice(line.as_bytes());
            broken.push(b'\n');
        }
    }
    let reading = goodgate_logs::read("broken", &broken, &[]);
    assert!(reading.lines > 1000);
}
