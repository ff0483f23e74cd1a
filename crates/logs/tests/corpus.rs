//! Real logs of nginx and Apache httpd are read without a panic and almost without an unknown line.
//! The corpus lies beside the repository and is not part of it; without it the test says so and passes.

#![expect(clippy::print_stderr, clippy::unwrap_used, reason = "a test may speak and give up")]

use std::path::Path;

use goodgate_logs::{Declared, read};

/// The share of lines that must be known, in percent.
const KNOWN_PERCENT_MIN: u32 = 98;

fn cases(gateway: &str) -> Option<Vec<serde_json::Value>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../../shared/corpus/{gateway}.jsonl"));
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The lines of a log, without the collector's own notes on what it left out.
fn log(case: &serde_json::Value, field: &str) -> String {
    let lines = case[field].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    lines.filter(|line| !line.starts_with("... (")).collect::<Vec<_>>().join("\n")
}

/// The layouts that the case's configuration declares.
fn declared(case: &serde_json::Value) -> Vec<Declared> {
    let config = case["config_snippet"].as_str().unwrap_or_default();
    let layouts = config.lines().filter_map(|line| {
        let line = line.trim();
        let (format, layout) = match line.strip_prefix("log_format ") {
            Some(rest) => ("nginx-access", rest.split('\'').nth(1)?),
            None => ("apache-access", line.strip_prefix("LogFormat \"")?.rsplit_once('"')?.0),
        };
        Some(Declared { format, layout: layout.to_owned(), file: None })
    });
    layouts.collect()
}

fn check(gateway: &str) {
    let Some(cases) = cases(gateway) else {
        eprintln!("skipped: the corpus is not here");
        return;
    };
    let (mut lines, mut known) = (0, 0);
    for case in &cases {
        for field in ["gateway_error_log", "gateway_access_log", "gateway_access_log_rich"] {
            let text = log(case, field);
            let reading = read(field, text.as_bytes(), &declared(case));
            lines += reading.lines;
            known += reading.known;
            if std::env::var_os("SHOW").is_some() {
                show(case, field, &text, &reading);
            }
        }
    }
    assert!(known * 100 >= lines * KNOWN_PERCENT_MIN, "{gateway}: {known} of {lines} lines known");
}

/// For whoever works on a reader: `SHOW=1 cargo test … -- --nocapture`.
fn show(case: &serde_json::Value, field: &str, text: &str, reading: &goodgate_logs::Reading) {
    let formats: Vec<_> =
        reading.formats.iter().map(|(format, lines)| format!("{} {lines}", format.id)).collect();
    let said: Vec<_> = goodgate_logs::describe(&reading.evidence);
    let counts: Vec<_> = reading.evidence.signals().iter().map(|signal| signal.count).collect();
    eprintln!(
        "{} {field}: {}/{} {formats:?}\n   {said:?} {counts:?}",
        case["fault"], reading.known, reading.lines
    );
    if reading.known < reading.lines {
        for line in text.lines() {
            if read(field, line.as_bytes(), &declared(case)).known == 0 {
                eprintln!("   unknown alone: {line}");
            }
        }
    }
}

#[test]
fn nginx_logs_are_known() {
    check("nginx");
}

#[test]
fn apache_logs_are_known() {
    check("apache");
}

proptest::proptest! {
    /// Lines that begin like nginx's and Apache's and go on as they please.
    #[test]
    fn never_panics(
        head in proptest::sample::select(vec![
            "2026/11/22 00:34:07 [error] 8#8: *3 ", "2026/11/22 00:34:07 [crit] ", "nginx: [emerg] ",
            "[Sun Nov 22 00:33:40.519684 2026] [proxy:error] [pid 8:tid 1] ", "192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] \"",
        ]),
        message in proptest::sample::select(vec![
            "connect() failed (", "upstream timed out (110: ", "FastCGI sent in stderr: \"", "open() \"",
            "(111)é: AH00957: http: attempt to connect to ", "AH01071: Got error '", "AH00898: DNS lookup failure for: ",
            "GET / HTTP/1.1\" 502 1 ", "",
        ]),
        tail in "[ -~é\\n]{0,80}",
    ) {
        let _ = read("x", format!("{head}{message}{tail}").as_bytes(), &[]);
    }
}
