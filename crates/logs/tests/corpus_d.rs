//! The application servers' lines of the corpus of real failures: read without a panic, and nearly all known.
//! The corpus is not part of the repository; without it the test says so and passes.

use std::collections::BTreeMap;

/// Lines of other formats, which other tests look at.
const OTHERS: &[&str] = &["mariadb.log", "inner_access.log", "inner_error.log", "inner_haproxy.log"];

#[test]
fn application_servers_lines_are_known() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no corpus here");
        return;
    };
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut formats: BTreeMap<String, BTreeMap<&str, u32>> = BTreeMap::new();
    for path in
        entries.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        for case in text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
            for (file, lines) in files_of(&case) {
                let reading = goodgate_logs::read(&file, lines.as_bytes(), &[]);
                let count = counts.entry(file.clone()).or_default();
                count.0 += reading.lines;
                count.1 += reading.known;
                for (format, lines) in reading.formats {
                    *formats.entry(file.clone()).or_default().entry(format.id).or_default() += lines;
                }
            }
        }
    }
    eprintln!("{counts:#?}\n{formats:#?}");
    for (file, (lines, known)) in counts {
        assert!(f64::from(known) >= 0.98 * f64::from(lines), "{file}: {known} of {lines} lines are known");
    }
}

#[test]
fn broken_lines_are_data() {
    const MINE: &[&str] = &[
        "php-fpm-log",
        "php-fpm-slow",
        "php-fpm-access",
        "php-error",
        "gunicorn-error",
        "uwsgi",
        "app-trace",
    ];
    let mut text = Vec::new();
    for sample in goodgate_logs::formats().iter().filter(|f| MINE.contains(&f.id)).flat_map(|f| f.samples) {
        // Every line cut at every place, and with a byte that is no UTF-8 there.
        for line in sample.text.lines().map(str::as_bytes) {
            for at in (0..line.len()).step_by(3) {
                text.extend_from_slice(&line[..at]);
                text.push(b'\n');
                text.extend_from_slice(&line[..at]);
                text.push(0xf0);
                text.extend_from_slice(&line[at..]);
                text.push(b'\n');
            }
        }
    }
    let reading = goodgate_logs::read("sample", &text, &[]);
    assert!(reading.known <= reading.lines);
}

/// The lines of `upstream_log` by the file whose name each bears in brackets.
fn files_of(case: &serde_json::Value) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for line in case["upstream_log"].as_array().into_iter().flatten().filter_map(|line| line.as_str()) {
        let Some((name, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        if !OTHERS.contains(&name) && name.contains('.') && !rest.trim_start().starts_with("... (") {
            let file = files.entry(name.to_owned()).or_default();
            file.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            file.push('\n');
        }
    }
    files
}
