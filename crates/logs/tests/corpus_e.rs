//! The host evidence of recorded failures: every kind of capture is recognised, and nearly every line of it.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

/// The recordings lie beside the source tree; where they are absent there is nothing to hold against.
fn cases() -> Vec<Value> {
    let folder = std::env::var("GOODGATE_CORPUS").map_or_else(
        |_| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        std::path::PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    files
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|text| text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<_>>())
        .collect()
}

/// The captures of one case, with the format that must know each.
fn captures(case: &Value) -> Vec<(&'static str, String)> {
    let host = &case["host_evidence"];
    let mut out = Vec::new();
    for when in ["during", "after"] {
        for (field, format) in
            [("ss_listen", "ss"), ("ss_summary", "ss"), ("processes", "ps"), ("ls_socket", "ls-socket")]
        {
            if let Some(text) = host[when][field].as_str() {
                out.push((format, text.to_owned()));
            }
        }
    }
    if let Some(lines) = host["dmesg"].as_array() {
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        out.push(("kernel", lines.join("\n")));
    }
    if let Some(counters) = host["netstat_delta"].as_object() {
        let lines: Vec<String> = counters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        out.push(("netstat-counters", lines.join("\n")));
    }
    for (field, format) in [("nft_ruleset", "nft"), ("cgroup memory.oom_control", "cgroup")] {
        if let Some(text) = host[field].as_str() {
            out.push((format, text.to_owned()));
        }
    }
    out.retain(|(_, text)| !text.trim().is_empty());
    out
}

#[test]
fn captures_are_recognised() {
    let cases = cases();
    if cases.is_empty() {
        eprintln!("no recorded failures beside the source tree: nothing to check");
        return;
    }
    let mut wrong = Vec::new();
    let mut shapes = HashSet::new();
    let mut seen: BTreeMap<&str, (u32, u32, u32)> = BTreeMap::new();
    let mut signals: BTreeMap<String, u32> = BTreeMap::new();
    for case in &cases {
        for (format, text) in captures(case) {
            // Captures that differ in numbers only would prove the same again.
            let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            if !shapes.insert(shape.split_whitespace().collect::<Vec<_>>().join(" ")) {
                continue;
            }
            let reading = goodgate_logs::read("capture", text.as_bytes(), &[]);
            let count = seen.entry(format).or_default();
            *count = (count.0 + 1, count.1 + reading.lines, count.2 + reading.known);
            let got = reading.format.map_or("(none)", |f| f.id);
            if got != format || reading.known * 100 < reading.lines * 95 {
                wrong.push(format!(
                    "{}: {format} read as {got}, {} of {} lines known\n{text}",
                    case["id"], reading.known, reading.lines
                ));
            }
            for signal in reading.evidence.signals() {
                *signals.entry(format!("{format}: {}", signal.id)).or_default() += 1;
            }
        }
    }
    eprintln!("{seen:#?}\n{signals:#?}");
    let shown: Vec<String> = wrong.iter().take(10).cloned().collect();
    assert!(wrong.is_empty(), "{} wrong, the first:\n{}", wrong.len(), shown.join("\n"));
}

#[test]
fn ordinary_log_lines_are_not_claimed() {
    const OURS: &[&str] = &[
        "kernel",
        "ss",
        "ps",
        "ls-socket",
        "nft",
        "iptables",
        "ufw",
        "netstat-counters",
        "cgroup",
        "df",
        "free",
        "ip-route",
        "curl-v",
        "dpkg-log",
        "systemd",
        "systemctl-status",
        "dig",
        "getenforce",
        "docker-ps",
    ];
    let mut wrong = Vec::new();
    let mut files: BTreeMap<(String, &str), String> = BTreeMap::new();
    for case in &cases() {
        let product = case["id"].as_str().and_then(|id| id.split('/').next()).unwrap_or("").to_owned();
        for field in ["gateway_error_log", "gateway_access_log", "gateway_access_log_rich", "upstream_log"] {
            let file = files.entry((product.clone(), field)).or_default();
            for line in case[field].as_array().into_iter().flatten().filter_map(Value::as_str) {
                file.push_str(line);
                file.push('\n');
            }
        }
    }
    for ((product, field), text) in &files {
        let reading = goodgate_logs::read("log", text.as_bytes(), &[]);
        for (format, count) in reading.formats.iter().filter(|(format, _)| OURS.contains(&format.id)) {
            let first = reading.evidence.signals().iter().find(|s| s.source.product == Some(format.product));
            wrong.push(format!("{product} {field}: {count} lines claimed by {}: {first:?}", format.id));
        }
    }
    let shown: Vec<String> = wrong.iter().take(20).cloned().collect();
    assert!(wrong.is_empty(), "{} wrong, the first:\n{}", wrong.len(), shown.join("\n"));
}
