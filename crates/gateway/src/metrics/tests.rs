use std::collections::{BTreeMap, BTreeSet};

use goodgate_facts::ErrorType;

use super::*;
use crate::plan::{
    Action, Balance, Clients, Collect, Connections, Eject, HostPattern, Place, Process, Protocol, Retry,
    Server, Timeouts, Upstream,
};
use crate::status::{CertificateState, ServerState, State, UpstreamState};

fn route(path: PathPattern) -> Route {
    Route {
        path,
        methods: Vec::new(),
        fields: Vec::new(),
        rewrite: None,
        request_fields: Vec::new(),
        response_fields: Vec::new(),
        body_bytes_max: 0,
        action: Action::Proxy { upstream: 0, host: None },
    }
}

fn server(written: &str) -> Server {
    Server {
        written: written.to_owned(),
        protocol: Protocol::Http,
        at: Place::Name("shop.example".to_owned(), 80),
        weight: 1,
        backup: false,
    }
}

fn upstream(name: &str, servers: &[&str]) -> Upstream {
    Upstream {
        name: name.to_owned(),
        servers: servers.iter().map(|written| server(written)).collect(),
        balance: Balance::default(),
        timeouts: Timeouts::default(),
        retry: Retry::default(),
        health: None,
        eject: Eject::default(),
        queue: None,
        connections: Connections::default(),
        tls: crate::plan::UpstreamTls::default(),
        resolver: None,
    }
}

fn plan(paths: &[&str], upstreams: Vec<Upstream>) -> Plan {
    let routes = paths.iter().map(|path| route(PathPattern::Exact((*path).to_owned()))).collect();
    Plan {
        listeners: Vec::new(),
        sites: vec![Site { hosts: vec![HostPattern::Exact("shop.example".to_owned())], routes }],
        upstreams,
        admin: None,
        access_log: None,
        trusted_proxies: Vec::new(),
        full_account_for: Vec::new(),
        name: "edge".to_owned(),
        clients: Clients::default(),
        collect: Collect::default(),
        error_pages: Vec::new(),
        process: Process::default(),
    }
}

fn status() -> Status {
    let state = |server: &str, state| ServerState {
        server: server.to_owned(),
        state,
        connections: 3,
        in_hand: 2,
        idle: 1,
        ..ServerState::default()
    };
    let servers = vec![state("http://a.example", State::Starting), state("http://b.example", State::Down)];
    Status {
        version: "0.1.0".to_owned(),
        started_us: 1_795_307_647_000_120,
        reloads: 3,
        certificates: vec![CertificateState {
            chain: "/etc/ssl/shop.pem".to_owned(),
            not_after_s: 1_795_307_647,
            trouble: Some("the key may not be read by us".to_owned()),
            ..CertificateState::default()
        }],
        log: Some(crate::record::LogCounts { written: 9, lost: 1, trouble: None }),
        upstreams: vec![UpstreamState { name: "shop".to_owned(), servers, ..UpstreamState::default() }],
        ..Status::default()
    }
}

fn exposed(metrics: &Metrics, form: Exposition) -> String {
    let mut out = Vec::new();
    metrics.expose(form, &status(), &mut out);
    String::from_utf8(out).unwrap()
}

/// A sample's name, its labels, its value.
type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// Reads the text as the formats' own descriptions say, and refuses what they do not allow.
fn parse(text: &str, form: Exposition) -> Samples {
    let (mut samples, mut families) = (Samples::new(), BTreeSet::new());
    let (mut family, mut kind) = (String::new(), String::new());
    let mut ended = false;
    for line in text.lines() {
        assert!(!ended, "something behind the end");
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["#", "EOF"] => ended = true,
            ["#", "HELP", name, help] => {
                assert!(families.insert((*name).to_owned()), "{name} twice");
                assert!(help.ends_with('.') && !help.contains('"'), "{help}");
                family = (*name).to_owned();
            }
            ["#", "TYPE", name, word] => {
                assert_eq!(*name, family);
                kind = (*word).to_owned();
            }
            _ => {
                let (key, value) = sample(line);
                let base = match (kind.as_str(), form) {
                    ("counter", Exposition::OpenMetrics) => key.0.strip_suffix("_total").unwrap(),
                    ("histogram", _) => {
                        ["_bucket", "_sum", "_count"].iter().find_map(|s| key.0.strip_suffix(s)).unwrap()
                    }
                    _ => &key.0,
                };
                assert_eq!(base, family, "{line}");
                assert!(samples.insert(key, value).is_none(), "{line} twice");
            }
        }
    }
    assert_eq!(ended, form == Exposition::OpenMetrics);
    samples
}

fn sample(line: &str) -> ((String, BTreeMap<String, String>), f64) {
    let name_end = line.find(['{', ' ']).unwrap();
    let name = &line[..name_end];
    assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
    let (mut labels, mut rest) = (BTreeMap::new(), &line[name_end..]);
    while let Some(after) = rest.strip_prefix(['{', ',']) {
        let (label, value) = after.split_once("=\"").unwrap();
        let mut text = String::new();
        let mut chars = value.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (end, '"') => break end,
                (_, '\\') => text.push(match chars.next().unwrap().1 {
                    'n' => '\n',
                    other => other,
                }),
                (_, c) => text.push(c),
            }
        };
        assert!(labels.insert(label.to_owned(), text).is_none());
        rest = &value[end + 1..];
    }
    let value = rest.trim_start_matches('}').trim_start();
    ((name.to_owned(), labels), value.parse().unwrap())
}

fn value(samples: &Samples, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    samples.get(&(name.to_owned(), labels)).copied()
}

#[test]
fn what_all_cores_counted_is_read_back_in_both_forms() {
    let metrics = Metrics::new(2);
    let odd = "odd \"name\"\\\n";
    let plan = plan(
        &["/a", "/b"],
        vec![upstream("shop", &["http://a.example", "http://b.example"]), upstream(odd, &[])],
    );
    let cores = metrics.for_plan(&plan);
    for core in &cores {
        core.front.accepted.one();
        core.route(Some((0, 1))).ended(502, 1_500, 10, 100);
        core.route(None).ended(404, 20, 0, 7);
        core.upstream(0).failed(ErrorType::ConnectionRefused);
        core.upstream(0).head.add(70_000_000);
        core.upstream(1).masked.one();
        core.server(0, 0).unwrap().failed.add(2);
    }
    cores[0].front.open.up();
    cores[0].front.open.up();
    cores[1].front.open.down();
    cores[0].unrouted.failed(ErrorType::DestinationNotFound);
    for form in [Exposition::Text, Exposition::OpenMetrics] {
        let samples = parse(&exposed(&metrics, form), form);
        let value = |name, labels: &[(&str, &str)]| value(&samples, name, labels);
        let shop = ("site", "shop.example");
        assert_eq!(value("goodgate_requests_total", &[shop, ("route", "/b"), ("status", "5xx")]), Some(2.0));
        assert_eq!(
            value("goodgate_requests_total", &[("site", ""), ("route", ""), ("status", "4xx")]),
            Some(2.0)
        );
        assert_eq!(value("goodgate_requests_total", &[shop, ("route", "/a"), ("status", "2xx")]), None);
        let refused = [("upstream", "shop"), ("error", "connection_refused")];
        assert_eq!(value("goodgate_failures_total", &refused), Some(2.0));
        let unrouted = [("upstream", ""), ("error", "destination_not_found")];
        assert_eq!(value("goodgate_failures_total", &unrouted), Some(1.0));
        assert_eq!(value("goodgate_upstream_failures_masked_total", &[("upstream", odd)]), Some(2.0));
        let server = [("upstream", "shop"), ("server", "http://a.example")];
        assert_eq!(
            value("goodgate_attempts_total", &[server[0], server[1], ("result", "failed")]),
            Some(4.0)
        );
        assert_eq!(value("goodgate_server_usable", &server), Some(1.0));
        for (name, level) in [
            ("goodgate_server_connections_open", 3.0),
            ("goodgate_server_connections_idle", 1.0),
            ("goodgate_server_requests_in_hand", 2.0),
        ] {
            assert_eq!(value(name, &server), Some(level), "{name}");
        }
        assert_eq!(value("goodgate_server_usable", &[server[0], ("server", "http://b.example")]), Some(0.0));
        assert_eq!(value("goodgate_client_connections_open", &[]), Some(1.0));
        assert_eq!(value("goodgate_access_log_lines_total", &[("result", "lost")]), Some(1.0));
        let chain = [("chain", "/etc/ssl/shop.pem")];
        assert_eq!(value("goodgate_certificate_not_after_seconds", &chain), Some(1_795_307_647.0));
        assert_eq!(value("goodgate_certificate_outdated", &chain), Some(1.0));
        assert_eq!(value("goodgate_start_time_seconds", &[]), Some(1_795_307_647.000_12));
        let b = [shop, ("route", "/b")];
        let bucket = |le| value("goodgate_request_duration_seconds_bucket", &[b[0], b[1], ("le", le)]);
        assert_eq!((bucket("0.001"), bucket("0.0025"), bucket("+Inf")), (Some(0.0), Some(2.0), Some(2.0)));
        assert_eq!(value("goodgate_request_duration_seconds_sum", &b), Some(0.003));
        assert_eq!(value("goodgate_request_duration_seconds_count", &b), Some(2.0));
        let slow = [("upstream", "shop"), ("le", "60.0")];
        assert_eq!(value("goodgate_upstream_head_seconds_bucket", &slow), Some(0.0));
        assert_eq!(value("goodgate_upstream_head_seconds_count", &[("upstream", "shop")]), Some(2.0));
    }
}

#[test]
fn numbers_survive_a_reload_and_names_that_left_are_forgotten() {
    let metrics = Metrics::new(1);
    let before = metrics.for_plan(&plan(&["/old", "/kept"], vec![upstream("shop", &["http://a.example"])]));
    before[0].route(Some((0, 0))).ended(200, 1, 0, 0);
    before[0].route(Some((0, 1))).ended(200, 1, 0, 0);
    let after = metrics.for_plan(&plan(&["/kept", "/new"], vec![upstream("shop", &["http://a.example"])]));
    after[0].route(Some((0, 0))).ended(200, 1, 0, 0);
    // A request under the old plan is still counted.
    before[0].route(Some((0, 0))).ended(200, 1, 0, 0);
    let count = |metrics: &Metrics, route| {
        let samples = parse(&exposed(metrics, Exposition::Text), Exposition::Text);
        value(
            &samples,
            "goodgate_requests_total",
            &[("site", "shop.example"), ("route", route), ("status", "2xx")],
        )
    };
    assert_eq!((count(&metrics, "/old"), count(&metrics, "/kept")), (Some(2.0), Some(2.0)));
    drop(before);
    let again = metrics.for_plan(&plan(&["/kept"], Vec::new()));
    assert_eq!((count(&metrics, "/old"), count(&metrics, "/kept")), (None, Some(2.0)));
    drop((after, again));
}

#[test]
fn names_are_bounded() {
    let metrics = Metrics::new(1);
    let paths: Vec<String> = (0..NAMES_MAX + 50).map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let cores = metrics.for_plan(&plan(&paths, Vec::new()));
    for place in 0..paths.len() {
        cores[0].route(Some((0, place))).ended(200, 1, 0, 0);
    }
    let text = exposed(&metrics, Exposition::Text);
    let samples = parse(&text, Exposition::Text);
    let requests = samples.keys().filter(|(name, _)| name == "goodgate_requests_total").count();
    assert!(requests <= NAMES_MAX + 1, "{requests}");
    let others = [("site", OTHERS), ("route", OTHERS), ("status", "2xx")];
    assert!(value(&samples, "goodgate_requests_total", &others).unwrap() >= 50.0);
}

#[test]
fn openmetrics_is_for_whoever_names_it() {
    assert_eq!(Exposition::choose(None), Exposition::Text);
    assert_eq!(Exposition::choose(Some(b"*/*")), Exposition::Text);
    let prometheus = b"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    assert_eq!(Exposition::choose(Some(prometheus)), Exposition::OpenMetrics);
}
