//! Logs of recorded failures of lighttpd, Squid, Traffic Server and H2O: read without a panic, nearly every line
//! known, by the right format.

use std::collections::BTreeMap;

use serde_json::Value;

/// The share of lines that must be known.
const KNOWN_MIN: f64 = 0.98;

/// The stacks, with the formats that may know their lines.
const STACKS: &[(&str, &[&str])] = &[
    ("lighttpd", &["lighttpd-error", "lighttpd-access"]),
    ("squid", &["squid-cache", "squid-access"]),
    ("ats", &["ats-error", "ats-access"]),
    ("h2o", &["h2o-error", "h2o-access"]),
];

/// The recordings lie beside the source tree; where they are absent there is nothing to hold against.
fn cases(stack: &str) -> Vec<Value> {
    let folder = std::env::var("GOODGATE_CORPUS").map_or_else(
        |_| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        std::path::PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(format!("{stack}.jsonl"))).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The lines of a field, without the note that some were left out.
fn lines(case: &Value, field: &str) -> Vec<String> {
    let lines = case[field].as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Value::as_str).filter(|l| !l.ends_with("lines cut)")).map(str::to_owned).collect()
}

#[test]
fn nearly_every_line_is_known_to_the_right_format() {
    let mut seen = 0;
    for (stack, formats) in STACKS {
        let (mut all, mut known, mut foreign) = (0u32, 0u32, BTreeMap::new());
        for case in cases(stack) {
            for field in ["gateway_error_log", "gateway_access_log", "gateway_access_log_rich"] {
                let lines = lines(&case, field);
                let reading = goodgate_logs::read(field, lines.join("\n").as_bytes(), &[]);
                if std::env::var_os("SHOW").is_some() && !lines.is_empty() {
                    println!("{} {field} {:?}", case["id"], goodgate_logs::describe(&reading.evidence));
                }
                all += reading.lines;
                for (format, count) in &reading.formats {
                    if formats.contains(&format.id) {
                        known += count;
                    } else {
                        *foreign.entry(format!("{} {field} as {}", case["id"], format.id)).or_insert(0) +=
                            count;
                    }
                }
            }
        }
        if all == 0 {
            println!("no recordings of {stack} here; skipped");
            continue;
        }
        seen += 1;
        println!("{stack}: {known} of {all} lines known; by others: {foreign:?}");
        assert!(f64::from(known) >= KNOWN_MIN * f64::from(all), "{stack}: only {known} of {all} lines");
    }
    println!("{seen} stacks looked at");
}
