//! Which programs run, and as whom.

use goodgate_configs::Role;
use goodgate_facts::{Protocol, Value, id};

use super::derived;
use crate::material::Material;

/// Programs of application servers, by the beginning of their name, with the protocols they answer.
pub(super) const APPLICATION_SERVERS: &[(&str, &[Protocol])] = &[
    ("php-fpm", &[Protocol::Fastcgi]),
    ("php-cgi", &[Protocol::Fastcgi]),
    ("uwsgi", &[Protocol::Uwsgi, Protocol::Http, Protocol::Fastcgi]),
    ("gunicorn", &[Protocol::Http]),
    ("uvicorn", &[Protocol::Http]),
    ("hypercorn", &[Protocol::Http]),
    ("daphne", &[Protocol::Http]),
    ("puma", &[Protocol::Http]),
    ("unicorn", &[Protocol::Http]),
    ("node", &[Protocol::Http, Protocol::Https]),
    ("java", &[Protocol::Http, Protocol::Https, Protocol::Ajp]),
    ("python", &[Protocol::Http, Protocol::Https]),
    ("ruby", &[Protocol::Http]),
    ("dotnet", &[Protocol::Http, Protocol::Https]),
    ("beam.smp", &[Protocol::Http]),
];

/// Programs of gateways.
pub(super) const GATEWAYS: &[&str] = &[
    "nginx",
    "apache2",
    "httpd",
    "haproxy",
    "caddy",
    "varnishd",
    "cache-main",
    "lighttpd",
    "squid",
    "envoy",
    "h2o",
    "traffic_server",
    "[TS_MAIN]",
    "traefik",
    "openresty",
];

/// Whether the program is a gateway of the table.
pub(super) fn is_gateway(program: &str) -> bool {
    GATEWAYS.iter().any(|known| program.starts_with(known))
}

/// What a program of the table answers.
pub(super) fn protocols_of(program: &str) -> Option<&'static [Protocol]> {
    APPLICATION_SERVERS.iter().find(|(known, _)| program.starts_with(known)).map(|(_, protocols)| *protocols)
}

pub(super) fn join(material: &mut Material) {
    let wanted: Vec<&str> = expected_programs(material);
    let signals = material.evidence.signals();
    let listed = signals.iter().any(|s| s.id == id("process-runs"));
    if !listed || wanted.is_empty() {
        return;
    }
    let running = |s: &goodgate_facts::Signal| {
        let name = s.about.name.as_deref().unwrap_or("");
        let title = s.excerpt.as_ref().map_or("", |e| e.for_display());
        wanted.iter().any(|w| name.starts_with(w) || (*w == "gunicorn" && title.contains("gunicorn")))
    };
    let of = |name| {
        let wanted_id = id(name);
        let found: Vec<usize> = signals
            .iter()
            .enumerate()
            .filter(|(_, s)| s.id == wanted_id && running(s))
            .map(|(position, _)| position)
            .collect();
        found
    };
    let (present, stopped) = (of("process-runs"), of("process-stopped"));
    let masters_only = !present.is_empty()
        && present.iter().all(|i| {
            signals[*i].excerpt.as_ref().is_some_and(|e| e.for_display().contains("master process"))
        });
    let mut found = Vec::new();
    if present.is_empty() && stopped.is_empty() {
        found.push(derived(id("app-process-absent"), Vec::new()).value(Value::Word(wanted.join(", "))));
    } else if !stopped.is_empty() {
        found.push(derived(id("app-process-stopped"), stopped));
    } else {
        if masters_only && wanted.contains(&"php-fpm") {
            found.push(derived(id("only-master-runs"), present.clone()));
        }
        found.push(derived(id("app-process-present"), present));
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Programs that should run, going by the protocols configured and the logs at hand.
fn expected_programs(material: &Material) -> Vec<&'static str> {
    let mut wanted = Vec::new();
    let mut want = |program: &'static str| {
        if !wanted.contains(&program) {
            wanted.push(program);
        }
    };
    for config in material.configs.iter().filter(|c| c.role == Role::Application) {
        match config.product {
            "php-fpm" => want("php-fpm"),
            "gunicorn" => want("gunicorn"),
            "uwsgi" => want("uwsgi"),
            _ => {}
        }
    }
    for signal in material.evidence.signals() {
        match signal.source.product {
            Some("php-fpm") => want("php-fpm"),
            Some("gunicorn") => want("gunicorn"),
            Some("uwsgi") => want("uwsgi"),
            _ => {}
        }
    }
    wanted
}
