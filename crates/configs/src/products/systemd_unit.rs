//! systemd's unit files and drop-ins: what a service may use, what it runs, and the sockets it is handed.

use goodgate_facts::Address;

use super::Product;
use crate::text::{
    IniEntry, Source, base_name, duration_s, ini, listen_address, octal_mode, size_bytes, words,
};
use crate::{Configuration, Limit, Listen, Pool, Role, Setting};

/// systemd.
pub(super) const PRODUCT: Product = Product {
    id: "systemd",
    reference: "https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html",
    recognise,
    read,
};

/// Sections that only units have.
const SECTIONS: &[&str] = &["Unit", "Service", "Install", "Socket"];

/// Resources that a unit bounds.
const LIMITS: &[&str] = &[
    "LimitNOFILE",
    "LimitNPROC",
    "TasksMax",
    "MemoryMax",
    "MemoryHigh",
    "MemoryLimit",
    "Backlog",
    "MaxConnections",
];

/// Directives kept as settings. `Environment` is not among them: it may hold secrets.
const KEPT: &[&str] = &[
    "ExecStart",
    "ExecStartPre",
    "ExecReload",
    "Type",
    "User",
    "Group",
    "WorkingDirectory",
    "RuntimeDirectory",
    "Restart",
    "RestartSec",
    "TimeoutStartSec",
    "TimeoutStopSec",
    "RuntimeMaxSec",
    "WatchdogSec",
    "StartLimitBurst",
    "StartLimitIntervalSec",
    "KillMode",
    "KillSignal",
    "OOMPolicy",
    "OOMScoreAdjust",
    "PrivateTmp",
    "PrivateNetwork",
    "ProtectSystem",
    "ProtectHome",
    "ReadWritePaths",
    "RestrictAddressFamilies",
    "IPAddressDeny",
    "After",
    "Requires",
    "Wants",
    "ListenStream",
    "SocketMode",
    "SocketUser",
    "SocketGroup",
];

fn recognise(name: &str, text: &str) -> u8 {
    let (entries, _) = ini(text);
    let in_units = entries.iter().filter(|entry| SECTIONS.contains(&entry.section.as_str())).count();
    let known = entries.iter().filter(|entry| {
        let key = entry.key.as_str();
        KEPT.contains(&key)
            || LIMITS.contains(&key)
            || matches!(key, "Description" | "WantedBy" | "Environment")
    });
    let hinted = [".service", ".socket", "override.conf"].iter().any(|ending| name.ends_with(ending));
    match (in_units, known.count()) {
        (0, _) | (_, 0) => 0,
        (_, 1) => 60 + if hinted { 30 } else { 0 },
        _ => 90,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let (entries, _) = ini(text);
    let mut into = Configuration { product: "systemd", role: Role::Application, ..Configuration::default() };
    for entry in &entries {
        record(entry, &source, &mut into);
    }
    let value = |key: &str| entries.iter().rev().find(|entry| entry.key == key).map(|e| e.value.clone());
    into.user = value("User");
    let stem = base_name(name).split('.').next().unwrap_or_default().to_owned();
    // An empty `ExecStart=` in a drop-in takes back what the unit said.
    let started = entries.iter().rev().find(|entry| entry.key == "ExecStart" && !entry.value.is_empty());
    if let Some(started) = started {
        let arguments = Arguments::of(&started.value, &entries);
        if let Some(address) = arguments.address() {
            let place = source.at(started.line);
            into.listens.push(Listen { address: address.clone(), tls: false, place: place.clone() });
            let mut pool = Pool::new(&stem, place);
            pool.listen = Some(address);
            pool.user.clone_from(&into.user);
            pool.workers_max = arguments.count(&["-w", "--workers", "--processes"]);
            pool.terminate_timeout_s = arguments.terminate_timeout_s();
            pool.keepalive_s = arguments.seconds(&["--keep-alive", "--timeout-keep-alive"]);
            pool.backlog = arguments.count(&["--backlog"]);
            pool.requests_max = arguments.count(&["--max-requests", "--limit-max-requests"]);
            into.pools.push(pool);
        }
    }
    for entry in entries.iter().filter(|entry| entry.key == "ListenStream") {
        let Some(address) = listen_address(&entry.value, 0) else { continue };
        let place = source.at(entry.line);
        into.listens.push(Listen { address: address.clone(), tls: false, place: place.clone() });
        let mut pool = Pool::new(&stem, place);
        pool.listen = Some(address);
        pool.socket_owner = value("SocketUser");
        pool.socket_group = value("SocketGroup");
        pool.socket_mode = value("SocketMode").and_then(|mode| octal_mode(&mode));
        into.pools.push(pool);
    }
    into
}

fn record(entry: &IniEntry, source: &Source, into: &mut Configuration) {
    let place = source.at(entry.line);
    if LIMITS.contains(&entry.key.as_str()) {
        // `soft:hard`; the soft limit is the one that bites.
        let soft = entry.value.split(':').next().unwrap_or_default();
        if let Some(value) = size_bytes(soft) {
            let directive = entry.key.clone();
            into.limits.push(Limit { directive, value: value as f64, place: place.clone() });
        }
    }
    if KEPT.contains(&entry.key.as_str()) || LIMITS.contains(&entry.key.as_str()) {
        into.settings.push(Setting { directive: entry.key.clone(), value: entry.value.clone(), place });
    }
}

/// What a service is started with.
struct Arguments {
    program: String,
    words: Vec<String>,
    port_of_environment: Option<u16>,
}

impl Arguments {
    fn of(command: &str, entries: &[IniEntry]) -> Self {
        // Prefixes such as `-` and `+` change how systemd runs the program.
        let words = words(command.trim_start_matches(['-', '+', '!', '@', ':']));
        let interpreters =
            ["python", "node", "ruby", "bundle", "exec", "env", "npx", "poetry", "run", "uv", "-m"];
        let is_program = |word: &&String| {
            let name = base_name(word);
            !interpreters.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
        };
        let program =
            words.iter().find(is_program).map(|word| base_name(word).to_owned()).unwrap_or_default();
        let settings = entries.iter().filter(|entry| entry.key == "Environment");
        let port = settings.flat_map(|entry| crate::text::words(&entry.value)).find_map(|setting| {
            let setting = setting.trim_matches('"').to_owned();
            setting.strip_prefix("PORT=")?.parse().ok()
        });
        Self { program, words, port_of_environment: port }
    }

    /// The value of the first of these options: `--bind X`, `--bind=X`, `-bX`.
    fn value(&self, options: &[&str]) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(at, word)| {
            options.iter().find_map(|option| {
                let rest = word.strip_prefix(option)?;
                match rest.strip_prefix('=') {
                    Some(value) => Some(value),
                    None if rest.is_empty() => self.words.get(at + 1).map(String::as_str),
                    None if option.len() == 2 && !option.starts_with("--") => Some(rest),
                    None => None,
                }
            })
        })
    }

    fn count(&self, options: &[&str]) -> Option<u64> {
        self.value(options)?.parse().ok()
    }

    fn seconds(&self, options: &[&str]) -> Option<f64> {
        duration_s(self.value(options)?, 1.0).filter(|seconds| *seconds > 0.0)
    }

    /// Where the program listens, by the options of the well-known servers.
    fn address(&self) -> Option<Address> {
        let bound = match self.program.as_str() {
            "gunicorn" | "hypercorn" | "puma" => self.value(&["--bind", "-b"]),
            "uwsgi" => self.value(&["--http-socket", "--uwsgi-socket", "--socket", "--http", "-s"]),
            "unicorn" | "unicorn_rails" => self.value(&["--listen", "-l"]),
            "uvicorn" | "daphne" => self.value(&["--uds", "--unix-socket", "-u"]),
            _ => self
                .value(&["--bind", "--listen", "--listen-address"])
                .filter(|bind| bind.contains([':', '/'])),
        };
        if let Some(address) = bound.and_then(|bound| listen_address(bound, 8000)) {
            return Some(address);
        }
        let host = match self.program.as_str() {
            "daphne" => self.value(&["--bind", "-b"]),
            _ => self.value(&["--host", "--hostname", "-H"]),
        };
        let port =
            self.value(&["--port", "-p"]).and_then(|port| port.parse().ok()).or(self.port_of_environment);
        let (port, usual_host) = match (self.program.as_str(), port) {
            ("gunicorn" | "uvicorn" | "hypercorn" | "daphne", None) => (8000, "127.0.0.1"),
            ("uvicorn" | "daphne", Some(port)) => (port, "127.0.0.1"),
            (_, Some(port)) => (port, "*"),
            _ => return None,
        };
        Some(Address::Tcp { host: host.unwrap_or(usual_host).to_ascii_lowercase(), port })
    }

    fn terminate_timeout_s(&self) -> Option<f64> {
        match self.program.as_str() {
            "gunicorn" => self.seconds(&["--timeout", "-t"]),
            "uwsgi" => self.seconds(&["--harakiri"]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(start: &str) -> Option<String> {
        let configuration = read("shop.service", &format!("[Service]\nUser=shop\n{start}\n"));
        configuration.pools.first().and_then(|pool| pool.listen.as_ref()).map(ToString::to_string)
    }

    #[test]
    fn reads_limits_and_commands() {
        let text = "[Unit]\nDescription=Shop\n[Service]\nUser=shop\nLimitNOFILE=1024:524288\nMemoryMax=256M\n\
            Restart=no\nExecStart=/srv/app/venv/bin/gunicorn --workers 3 -t 20 \\\n --bind unix:/run/shop.sock app:app\n";
        assert_eq!(recognise("x", text), 90);
        let configuration = read("shop.service", text);
        let pool = &configuration.pools[0];
        assert_eq!((pool.name.as_str(), pool.workers_max), ("shop", Some(3)));
        assert_eq!((pool.terminate_timeout_s, pool.user.as_deref()), (Some(20.0), Some("shop")));
        assert_eq!(pool.listen, Some(Address::Unix("/run/shop.sock".to_owned())));
        let limits: Vec<_> = configuration.limits.iter().map(|limit| limit.value as u64).collect();
        assert_eq!(limits, [1024, 256 << 20]);
        assert_eq!(configuration.settings_of("Restart").count(), 1);
    }

    #[test]
    fn knows_the_usual_servers() {
        assert_eq!(
            shown("ExecStart=/usr/bin/python3 -m uvicorn a:b --port 9001").as_deref(),
            Some("127.0.0.1:9001")
        );
        assert_eq!(shown("ExecStart=/usr/bin/puma -b tcp://0.0.0.0:3000").as_deref(), Some("0.0.0.0:3000"));
        assert_eq!(
            shown("Environment=\"PORT=3001\"\nExecStart=/usr/bin/node server.js").as_deref(),
            Some("*:3001")
        );
        assert_eq!(shown("ExecStart=/usr/sbin/uwsgi --http-socket :8080").as_deref(), Some("*:8080"));
        assert_eq!(shown("ExecStart=/usr/sbin/mariadbd"), None);
        let socket = read("app.socket", "[Socket]\nListenStream=/run/app.sock\nSocketMode=0600\n");
        assert_eq!(socket.pools[0].socket_mode, Some(0o600));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\n\\[Service\\]\n|\nExecStart=|gunicorn |-b|--bind=|\nLimitNOFILE=){0,20}") {
            let _ = (recognise("x.service", &text), read("x.service", &text));
        }
    }
}
