//! Whole configurations, and what is said of them.

use std::io;
use std::path::Path;
use std::time::Duration;

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
