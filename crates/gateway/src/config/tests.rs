//! Whole configurations, and what is said of them.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::kind::{Absent, Kind};
use super::reference::Live;
use super::*;
use crate::plan::{Action, Balance, HostPattern, PathPattern, Place, Protocol};

/// What a configuration names: pages, tokens, certificates.
fn files(path: &Path) -> io::Result<Vec<u8>> {
    match path.extension().and_then(|end| end.to_str()) {
        Some("html") => Ok(b"<h1>{status}</h1>".to_vec()),
        Some("token") => Ok(b"0123456789abcdef\n".to_vec()),
        Some("pem" | "key") => Ok(b"-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn told(text: &str) -> (Option<Plan>, Vec<Problem>) {
    read_with(text, "/etc/goodgate/goodgate.toml", &files)
}

const DESIGN: &str = r#"
[[site]]
host = "shop.example"

[[site.route]]
path = "/*"
upstream = "shop"

[upstream.shop]
servers = ["http://127.0.0.1:3000", "http+unix:/run/shop.sock"]
balance = "least-request"
timeout = { connect = "1s", head = "30s", idle = "30s" }
retry   = { attempts = 2, budget = "20%" }
health  = { path = "/healthz", every = "2s" }
queue   = { concurrency = 200, length = 400, wait = "5s" }
"#;

#[test]
fn the_example_of_the_design_is_read() {
    let (plan, problems) = told(DESIGN);
    assert_eq!(problems, []);
    let plan = plan.unwrap();
    assert_eq!(plan.listeners[0].address.to_string(), "127.0.0.1:8080");
    assert_eq!(plan.sites[0].hosts, [HostPattern::Exact("shop.example".to_owned())]);
    let route = &plan.sites[0].routes[0];
    assert_eq!(route.path, PathPattern::Below(String::new()));
    assert_eq!(route.action, Action::Proxy { upstream: 0, host: None });
    let shop = &plan.upstreams[0];
    assert_eq!(shop.servers[1].at, Place::Unix("/run/shop.sock".into()));
    assert_eq!(shop.servers[0].protocol, Protocol::Http);
    assert_eq!(shop.balance, Balance::LeastRequest);
    assert_eq!(shop.timeouts.head, Duration::from_secs(30));
    assert_eq!(shop.timeouts.send, Duration::from_secs(30));
    assert_eq!(shop.health.as_ref().map(|health| health.path.as_str()), Some("/healthz"));
    assert_eq!(shop.queue.map(|queue| queue.length), Some(400));
}

/// Writes the document anew if `GOODGATE_WRITE_DOCS` is set; else it must be as it is written.
fn fresh(path: &str, written: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(path);
    if std::env::var_os("GOODGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, written).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == written, "{} is not fresh: run this test with GOODGATE_WRITE_DOCS=1", path.display());
}

#[test]
fn the_reference_is_fresh_and_can_be_run() {
    let written = reference();
    fresh("reference/goodgate.toml", &written);
    let (plan, problems) = told(&written);
    assert_eq!(problems, []);
    let plan = plan.unwrap();
    assert_eq!((plan.sites.len(), plan.upstreams.len()), (1, 1));
}

#[test]
fn what_the_reference_calls_a_default_is_one() {
    let plan = |live| {
        let written = reference::written(live);
        let (plan, problems) = told(&written);
        assert!(problems.iter().all(|one| one.severity == Severity::Warning), "{problems:#?}");
        plan.unwrap()
    };
    let (without, with) = (plan(Live::Needed), plan(Live::Defaults));
    assert!(
        without.upstreams[0].health.is_some()
            && without.admin.is_some()
            && without.sites[0].routes.len() == 5
    );
    assert_eq!(without, with);
    assert_ne!(with, plan(Live::All));
}

#[test]
fn the_schema_is_fresh_and_has_every_key() {
    let written = schema();
    fresh("schema/config-1.json", &written);
    let schema: serde_json::Value = serde_json::from_str(&written).unwrap();
    let mut keys = 0;
    let mut tables = vec![(File::KIND, schema.clone())];
    let mut seen = Vec::new();
    while let Some((kind, described)) = tables.pop() {
        match kind {
            Kind::Many(one) | Kind::ByName(_, one) => tables.push((one, described)),
            Kind::Table(table) if !seen.contains(&table.name) => {
                seen.push(table.name);
                let described = match table.name.strip_suffix("Keys") {
                    Some(name) => schema["$defs"][name].clone(),
                    None => schema.clone(),
                };
                let properties = described["properties"].as_object().unwrap();
                let mut names: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
                names.sort_unstable();
                assert_eq!(properties.keys().map(String::as_str).collect::<Vec<_>>(), names);
                for key in table.keys {
                    keys += 1;
                    let one = &properties[key.name];
                    assert!(one["description"].as_str().is_some_and(|text| text.len() > 5), "{}", key.name);
                    assert!(one["examples"].is_array(), "{} has no example", key.name);
                    let default = matches!(key.absent, Absent::Is(_));
                    assert_eq!(one.get("default").is_some(), default, "{}", key.name);
                    tables.push((key.kind, one.clone()));
                }
            }
            _ => {}
        }
    }
    assert!(keys > 100 && seen.len() > 20, "{keys} keys in {} tables", seen.len());
}
