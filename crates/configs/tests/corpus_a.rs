//! The configurations of the real cases behind nginx, Apache, lighttpd and H2O, and their PHP-FPM pools.

#![expect(clippy::print_stdout, reason = "a test without its data says so")]

use std::path::Path;

use goodgate_configs::{Configuration, read, recognise};

struct Case {
    id: String,
    gateway: String,
    pool: Option<String>,
}

fn cases(stack: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../../shared/corpus/{stack}.jsonl"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no corpus at {}", path.display());
        return Vec::new();
    };
    let text_of = |case: &serde_json::Value, key: &str| case[key].as_str().map(str::to_owned);
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap_or_default())
        .map(|case| Case {
            id: text_of(&case, "id").unwrap_or_default(),
            gateway: text_of(&case, "config_snippet").unwrap_or_default(),
            pool: text_of(&case, "fpm_pool").filter(|text| !text.trim().is_empty()),
        })
        .collect()
}

/// Whether a text sends requests anywhere at all: some cases' gateways only answer a fixed status.
fn proxies(text: &str) -> bool {
    let ways = [
        "_pass ",
        "ProxyPass ",
        "proxy:",
        "proxy.server",
        "fastcgi.server",
        ".reverse.url",
        "fastcgi.connect",
    ];
    ways.iter().any(|way| text.contains(way))
}

fn check(case: &Case, product: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    // No name, so that the content alone decides.
    let found = recognise("", &case.gateway).map(|product| product.id);
    if found != Some(product) {
        return vec![format!("{}: taken for {found:?}", case.id)];
    }
    let Some(configuration) = read("", &case.gateway) else { return wrong };
    if proxies(&case.gateway) && configuration.legs.is_empty() {
        wrong.push(format!("{}: no leg", case.id));
    }
    if configuration.listens.is_empty() || configuration.user.is_none() {
        wrong.push(format!("{}: no address or user", case.id));
    }
    if layouts_stated(&case.gateway) && configuration.layouts.is_empty() {
        wrong.push(format!("{}: no layout", case.id));
    }
    if !configuration.problems.is_empty() {
        wrong.push(format!("{}: {:?}", case.id, configuration.problems));
    }
    if let Some(pool) = &case.pool {
        let found = recognise("", pool).map(|product| product.id);
        let pools =
            read("", pool).map(|configuration: Configuration| configuration.pools).unwrap_or_default();
        if found != Some("php-fpm") || pools.is_empty() || pools.iter().any(|pool| pool.listen.is_none()) {
            wrong.push(format!("{}: pool taken for {found:?}: {pools:?}", case.id));
        }
    }
    wrong
}

fn layouts_stated(text: &str) -> bool {
    ["log_format ", "LogFormat ", "accesslog.", "access-log:"].iter().any(|word| text.contains(word))
}

#[track_caller]
fn check_all(stack: &str) {
    let wrong: Vec<_> = cases(stack).iter().flat_map(|case| check(case, stack)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nginx() {
    check_all("nginx");
}

#[test]
fn apache() {
    check_all("apache");
}

#[test]
fn lighttpd() {
    check_all("lighttpd");
}

#[test]
fn h2o() {
    check_all("h2o");
}
