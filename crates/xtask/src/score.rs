//! `score`: each case of a corpus into a folder, the binary on it, and its answers against the labels.
//!
//! The labels (`fault`, `cause`, `note`, `accept`) are never written into the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What the configuration of each stack is usually called.
const CONFIG_NAMES: &[(&str, &str)] = &[
    ("nginx", "nginx.conf"),
    ("apache", "apache2.conf"),
    ("haproxy", "haproxy.cfg"),
    ("caddy", "Caddyfile"),
    ("varnish", "default.vcl"),
    ("lighttpd", "lighttpd.conf"),
    ("squid", "squid.conf"),
    ("ats", "remap.config"),
    ("h2o", "h2o.conf"),
    ("envoy", "envoy.yaml"),
];

#[derive(Default)]
struct Options {
    corpus: PathBuf,
    only_logs: bool,
    show_wrong: bool,
    floors: bool,
    stack: Option<String>,
    case: Option<String>,
}

#[derive(Default, Clone)]
struct Sums {
    counted: u32,
    first: u32,
    three: u32,
    labelled: u32,
    symptom: u32,
    healthy: u32,
    no_fault: u32,
    brier: f64,
    confident: u32,
    confident_wrong: u32,
}

/// Scores a corpus.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let options = options(words)?;
    let binary = build()?;
    let room = PathBuf::from("target/score");
    let _ = fs::remove_dir_all(&room);
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for case in cases(&options)? {
        let stack = text(&case, "stack").to_owned();
        let folder = room.join(text(&case, "id").replace('/', "_"));
        write(&case, &folder, options.only_logs).map_err(|e| format!("{}: {e}", folder.display()))?;
        let answer = ask(&binary, &folder)?;
        for key in [stack.as_str(), "total"] {
            tally(&case, &answer, sums.entry(key.to_owned()).or_default());
        }
        if options.show_wrong {
            show_wrong(&case, &answer);
        }
        if options.case.is_none() {
            let _ = fs::remove_dir_all(&folder);
        }
    }
    print(&sums);
    let total = sums.get("total").cloned().unwrap_or_default();
    if options.floors { hold(&total, options.only_logs) } else { Ok(()) }
}

/// What has been reached once is not given up unnoticed: shares in percent, a little under what is measured.
struct Floors {
    first: f64,
    three: f64,
    no_fault: f64,
    confident_wrong_max: f64,
}

const WITH_EVERYTHING: Floors = Floors { first: 88.0, three: 94.0, no_fault: 97.0, confident_wrong_max: 4.0 };
const FROM_LOGS: Floors = Floors { first: 69.0, three: 83.0, no_fault: 97.0, confident_wrong_max: 4.0 };

fn hold(total: &Sums, only_logs: bool) -> Result<(), String> {
    let floors = if only_logs { FROM_LOGS } else { WITH_EVERYTHING };
    let reached = [
        ("first", share(total.first, total.counted), floors.first),
        ("in three", share(total.three, total.counted), floors.three),
        ("no-fault on healthy cases", share(total.no_fault, total.healthy), floors.no_fault),
    ];
    for (what, got, floor) in reached {
        if got < floor {
            return Err(format!(
                "{what}: {got:.1} % is under the floor of {floor} % (score.rs says why there is one)"
            ));
        }
    }
    let wrong = share(total.confident_wrong, total.confident);
    if wrong >= floors.confident_wrong_max {
        return Err(format!("{wrong:.1} % of the answers given with 90 % and more are wrong"));
    }
    Ok(())
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(whole) }
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--only" => match rest.next() {
                Some(&"logs") => options.only_logs = true,
                other => return Err(format!("--only takes \"logs\", not {other:?}")),
            },
            "--wrong" => options.show_wrong = true,
            "--floors" => options.floors = true,
            "--stack" => options.stack = rest.next().map(|s| (*s).to_owned()),
            "--case" => options.case = rest.next().map(|s| (*s).to_owned()),
            path => options.corpus = PathBuf::from(path),
        }
    }
    if options.corpus.is_dir() {
        Ok(options)
    } else {
        Err("name the folder of a corpus: cargo xtask score ../shared/corpus".to_owned())
    }
}

/// Builds the binary that is scored, so that it is never a stale one.
pub(crate) fn build() -> Result<PathBuf, String> {
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--release", "--package", "goodgate"]);
    // What cargo says to the programs that it runs would have crates with build scripts (ring) built anew, and all above.
    let told = std::env::vars_os().map(|(name, _)| name);
    for name in told.filter(|name| {
        name.to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    }) {
        build.env_remove(name);
    }
    let status = build.status();
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    match status {
        Ok(status) if status.success() => Ok(Path::new(&target).join("release/goodgate")),
        Ok(status) => Err(format!("the build failed: {status}")),
        Err(e) => Err(format!("cargo could not be started: {e}")),
    }
}

fn cases(options: &Options) -> Result<Vec<Value>, String> {
    let entries = fs::read_dir(&options.corpus).map_err(|e| e.to_string())?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let content = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        for line in content.lines().filter(|line| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).map_err(|e| format!("{}: {e}", file.display()))?;
            let wanted_stack = options.stack.as_deref().is_none_or(|s| s == text(&case, "stack"));
            let wanted_case = options.case.as_deref().is_none_or(|c| text(&case, "id").contains(c));
            if wanted_stack && wanted_case {
                cases.push(case);
            }
        }
    }
    if cases.is_empty() { Err("no case fits".to_owned()) } else { Ok(cases) }
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or("")
}

fn lines(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| format!("{}\n", scalar(item))).collect(),
        Value::Object(pairs) => {
            pairs.iter().map(|(key, value)| format!("{key} {}\n", scalar(value))).collect()
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes the evidence of a case as files, as an operator would hand them in.
fn write(case: &Value, folder: &Path, only_logs: bool) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let put = |name: &str, content: &str| fs::write(folder.join(name.replace('/', "_")), content);
    let error = lines(&case["gateway_error_log"]);
    if !error.is_empty() {
        put("error.log", &error)?;
    }
    let rich = lines(&case["gateway_access_log_rich"]);
    let access = if rich.is_empty() { lines(&case["gateway_access_log"]) } else { rich };
    if !access.is_empty() {
        put("access.log", &access)?;
    }
    let mut upstream: BTreeMap<String, String> = BTreeMap::new();
    for line in case["upstream_log"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (name, rest) =
            line.strip_prefix('[').and_then(|l| l.split_once("] ")).unwrap_or(("upstream.log", line));
        let file = upstream.entry(name.to_owned()).or_default();
        file.push_str(rest);
        file.push('\n');
    }
    for (name, content) in &upstream {
        put(name, content)?;
    }
    let head = lines(&case["response_headers"]);
    let body = text(case, "body_head");
    if !head.is_empty() || !body.is_empty() {
        put("page.html", &format!("{head}\n{body}"))?;
    }
    if only_logs {
        return Ok(());
    }
    let config = CONFIG_NAMES.iter().find(|(stack, _)| *stack == text(case, "stack"));
    if let (Some((_, name)), false) = (config, text(case, "config_snippet").is_empty()) {
        put(name, text(case, "config_snippet"))?;
    }
    if !text(case, "fpm_pool").is_empty() {
        put("www.conf", text(case, "fpm_pool"))?;
    }
    for (key, value) in case["host_evidence"].as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("during" | "after", Value::Object(pieces)) => {
                for (piece, content) in pieces {
                    put(&format!("{piece}-{key}.txt"), &lines(content))?;
                }
            }
            _ => put(&format!("{key}.txt"), &lines(value))?,
        }
    }
    Ok(())
}

fn ask(binary: &Path, folder: &Path) -> Result<Value, String> {
    let output = Command::new(binary)
        .args(["diagnose", "--format", "json"])
        .arg(folder)
        .output()
        .map_err(|e| format!("{}: {e}", binary.display()))?;
    // A folder that holds nothing (a case without logs, from logs alone) is told so, with exit code 2: no answer.
    if output.stdout.is_empty() && output.status.code() == Some(2) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&output.stdout).map_err(|e| {
        format!("{}: no JSON answer ({e}): {}", folder.display(), String::from_utf8_lossy(&output.stderr))
    })
}

fn words<'a>(value: &'a Value) -> impl Iterator<Item = &'a str> + 'a {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn causes(answer: &Value) -> Vec<(&str, f64)> {
    let listed = answer["findings"][0]["causes"].as_array().into_iter().flatten();
    listed.filter_map(|c| Some((c["id"].as_str()?, c["probability"].as_f64().unwrap_or(0.0)))).collect()
}

fn tally(case: &Value, answer: &Value, sums: &mut Sums) {
    let accept: Vec<&str> = words(&case["accept"]).collect();
    if accept.is_empty() {
        sums.healthy += 1;
        sums.no_fault += u32::from(answer["outcome"] == "no-fault");
        return;
    }
    if case["manifested"] != true {
        return;
    }
    let causes = causes(answer);
    let right = |(id, _): &(&str, f64)| accept.contains(id);
    let first = causes.first().is_some_and(right);
    sums.counted += 1;
    sums.first += u32::from(first);
    sums.three += u32::from(causes.iter().take(3).any(right));
    let sure = causes.first().map_or(0.0, |(_, p)| *p);
    sums.brier += (sure - f64::from(u8::from(first))).powi(2);
    if sure >= 0.9 {
        sums.confident += 1;
        sums.confident_wrong += u32::from(!first);
    }
    let symptoms: Vec<&str> = words(&case["symptoms"]).collect();
    if !symptoms.is_empty() {
        sums.labelled += 1;
        let seen = answer["findings"][0]["symptom"]["error"].as_str();
        sums.symptom += u32::from(seen.is_some_and(|s| symptoms.contains(&s)));
    }
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn show_wrong(case: &Value, answer: &Value) {
    let accept: Vec<&str> = words(&case["accept"]).collect();
    let causes = causes(answer);
    let healthy = accept.is_empty();
    let right = if healthy {
        answer["outcome"] == "no-fault"
    } else {
        case["manifested"] != true || causes.first().is_some_and(|(id, _)| accept.contains(id))
    };
    if right {
        return;
    }
    let top: Vec<String> = causes.iter().take(3).map(|(id, p)| format!("{id} {p:.2}")).collect();
    println!("{}  wanted {accept:?}  {} got {}", text(case, "id"), answer["outcome"], top.join(", "));
    let signals: Vec<&str> =
        answer["evidence"].as_array().into_iter().flatten().filter_map(|e| e["signal"].as_str()).collect();
    println!("      {}", signals.join(" "));
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn print(sums: &BTreeMap<String, Sums>) {
    println!(
        "{:<10} {:>6} {:>7} {:>7} {:>8} {:>9} {:>6} {:>6} {:>15}",
        "stack", "cases", "first", "three", "symptom", "no-fault", "of", "Brier", ">=90 % wrong"
    );
    for (name, s) in sums.iter().filter(|(name, _)| *name != "total").chain(sums.get_key_value("total")) {
        println!(
            "{name:<10} {:>6} {:>6.1}% {:>6.1}% {:>7.1}% {:>8.1}% {:>6} {:>6.3} {:>4}/{:<4} {:>4.1}%",
            s.counted,
            share(s.first, s.counted),
            share(s.three, s.counted),
            share(s.symptom, s.labelled),
            share(s.no_fault, s.healthy),
            s.healthy,
            s.brier / f64::from(s.counted.max(1)),
            s.confident_wrong,
            s.confident,
            share(s.confident_wrong, s.confident),
        );
    }
}
