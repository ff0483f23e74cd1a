//! PHP-FPM's pool files and its main file: INI, one section a pool, `[global]` for the master.

use goodgate_facts::Address;

use super::Product;
use crate::text::{IniEntry, Source, duration_s, ini, listen_address, octal_mode};
use crate::{Configuration, Limit, Listen, Pool, Problem, Role, Setting};

/// PHP-FPM.
pub(super) const PRODUCT: Product = Product {
    id: "php-fpm",
    reference: "https://www.php.net/manual/en/install.fpm.configuration.php",
    recognise,
    read,
};

/// The mode of a socket where none is stated.
const SOCKET_MODE_DEFAULT: u32 = 0o660;

/// Directives whose value is a count that bounds something.
const COUNTS: &[&str] = &[
    "pm.max_children",
    "pm.max_requests",
    "listen.backlog",
    "rlimit_files",
    "process.max",
    "emergency_restart_threshold",
];

/// Whether hardly another INI file has such a key.
fn is_telling(key: &str) -> bool {
    key.starts_with("pm.")
        || key.starts_with("listen.")
        || matches!(
            key,
            "pm" | "request_terminate_timeout"
                | "request_slowlog_timeout"
                | "security.limit_extensions"
                | "catch_workers_output"
                | "emergency_restart_threshold"
                | "process_control_timeout"
        )
        || ["php_admin_value[", "php_admin_flag[", "php_value[", "php_flag["]
            .iter()
            .any(|p| key.starts_with(p))
}

fn recognise(name: &str, text: &str) -> u8 {
    let (entries, broken) = ini(text);
    // A unit file or uWSGI's has other keys; prose is mostly broken lines.
    if broken.len() > entries.len() {
        return 0;
    }
    let told = entries.iter().filter(|entry| is_telling(&entry.key)).count();
    let hinted = name.contains("fpm") || name.ends_with("www.conf");
    match told {
        0 if hinted && entries.iter().any(|entry| entry.section == "global") => 60,
        0 => 0,
        1 => 60 + if hinted { 20 } else { 0 },
        _ => 95,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let (entries, broken) = ini(text);
    let mut into = Configuration { product: "php-fpm", role: Role::Application, ..Configuration::default() };
    into.problems = broken
        .into_iter()
        .map(|line| Problem {
            place: source.at(line),
            what: "neither a section nor `key = value`".to_owned(),
        })
        .collect();
    for entry in &entries {
        record(entry, &source, &mut into);
    }
    for section in sections(&entries) {
        let of: Vec<_> = entries.iter().filter(|entry| entry.section == section).collect();
        into.pools.push(pool(section, &of, &source));
    }
    for pool in &into.pools {
        if let Some(address) = pool.listen.clone() {
            into.listens.push(Listen { address, tls: false, place: pool.place.clone() });
        }
    }
    into.user = into.pools.iter().find_map(|pool| pool.user.clone());
    into
}

fn record(entry: &IniEntry, source: &Source, into: &mut Configuration) {
    let place = source.at(entry.line);
    if let Some(value) = entry.value.parse().ok().filter(|_| COUNTS.contains(&entry.key.as_str())) {
        into.limits.push(Limit { directive: entry.key.clone(), value, place: place.clone() });
    }
    // The environment handed to scripts may hold secrets.
    if !entry.key.starts_with("env[") {
        into.settings.push(Setting { directive: entry.key.clone(), value: entry.value.clone(), place });
    }
}

/// The sections that are pools, in their order.
fn sections(entries: &[IniEntry]) -> Vec<&str> {
    let mut sections: Vec<&str> = Vec::new();
    for entry in entries {
        let pool = entry.section != "global" && (entry.key == "listen" || is_telling(&entry.key));
        if pool && !sections.contains(&entry.section.as_str()) {
            sections.push(&entry.section);
        }
    }
    sections
}

fn pool(name: &str, entries: &[&IniEntry], source: &Source) -> Pool {
    // The last statement of a key wins; `$pool` stands for the pool's name.
    let value = |key: &str| {
        let entry = entries.iter().rev().find(|entry| entry.key == key)?;
        (!entry.value.is_empty()).then(|| entry.value.replace("$pool", name))
    };
    let count = |key: &str| value(key)?.parse::<u64>().ok();
    // Zero switches a timeout off.
    let seconds = |key: &str| duration_s(&value(key)?, 1.0).filter(|seconds| *seconds > 0.0);
    let listen = value("listen").and_then(|text| listen_address(&text, 9000));
    let mode = value("listen.mode").and_then(|mode| octal_mode(&mode));
    let default_mode = matches!(listen, Some(Address::Unix(_))).then_some(SOCKET_MODE_DEFAULT);
    let clients = value("listen.allowed_clients").unwrap_or_default();
    let line = entries.iter().find(|entry| entry.key == "listen").or(entries.first()).map_or(1, |e| e.line);
    Pool {
        name: name.to_owned(),
        listen,
        user: value("user"),
        socket_owner: value("listen.owner"),
        socket_group: value("listen.group"),
        socket_mode: mode.or(default_mode),
        allowed_clients: clients.split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect(),
        workers_max: count("pm.max_children"),
        terminate_timeout_s: seconds("request_terminate_timeout"),
        slow_after_s: seconds("request_slowlog_timeout"),
        backlog: count("listen.backlog"),
        keepalive_s: None,
        requests_max: count("pm.max_requests").filter(|requests| *requests > 0),
        extensions: value("security.limit_extensions"),
        place: source.at(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOLS: &str = "[global]\npid = /run/php-fpm.pid\nemergency_restart_threshold = 3\n\n[shop]\n\
        user = shop\nlisten = /run/php/$pool.sock\nlisten.owner = www-data ; the gateway\n\
        pm = static\npm.max_children = 4\nrequest_terminate_timeout = 1m\nrequest_slowlog_timeout = 0\n\
        php_admin_value[memory_limit] = \"64M\"\n\n[api]\nlisten = 9000\nlisten.allowed_clients = 127.0.0.1, 192.0.2.7\n";

    #[test]
    fn reads_pools() {
        assert_eq!(recognise("x.conf", POOLS), 95);
        let configuration = read("x.conf", POOLS);
        let shop = &configuration.pools[0];
        assert_eq!(shop.listen, Some(Address::Unix("/run/php/shop.sock".to_owned())));
        assert_eq!((shop.socket_mode, shop.socket_owner.as_deref()), (Some(0o660), Some("www-data")));
        assert_eq!(
            (shop.workers_max, shop.terminate_timeout_s, shop.slow_after_s),
            (Some(4), Some(60.0), None)
        );
        let api = &configuration.pools[1];
        assert_eq!(api.listen, Some(Address::Tcp { host: "*".to_owned(), port: 9000 }));
        assert_eq!((api.socket_mode, api.allowed_clients.len()), (None, 2));
        assert_eq!(configuration.settings_of("php_admin_value[memory_limit]").count(), 1);
        assert_eq!(configuration.user.as_deref(), Some("shop"));
    }

    #[test]
    fn other_ini_files_are_not_fpm() {
        assert_eq!(recognise("php.ini", "[PHP]\nmemory_limit = 128M\nmax_execution_time = 30\n"), 0);
        assert_eq!(recognise("a.service", "[Service]\nExecStart=/usr/bin/php-fpm --nodaemonize\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\n\\[|listen = |pm.max_children = |listen.mode = |\\$pool|;){0,20}") {
            let _ = (recognise("www.conf", &text), read("www.conf", &text));
        }
    }
}
