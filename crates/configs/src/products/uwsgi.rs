//! uWSGI's INI files.

use goodgate_facts::Address;

use super::Product;
use crate::text::{IniEntry, Source, base_name, duration_s, ini, listen_address, octal_mode};
use crate::{Configuration, Limit, Listen, Pool, Problem, Role, Setting};

/// uWSGI.
pub(super) const PRODUCT: Product = Product {
    id: "uwsgi",
    reference: "https://uwsgi-docs.readthedocs.io/en/latest/Options.html",
    recognise,
    read,
};

/// Options that open a socket for requests.
const SOCKETS: &[&str] = &[
    "socket",
    "uwsgi-socket",
    "http-socket",
    "http",
    "https",
    "https-socket",
    "fastcgi-socket",
    "scgi-socket",
    "http-to",
];

/// Options whose value is a number that bounds something.
const LIMITS: &[&str] =
    &["processes", "workers", "threads", "listen", "max-requests", "buffer-size", "cheaper", "limit-as"];

/// Options kept as settings, apart from the above.
const KEPT: &[&str] = &[
    "harakiri",
    "http-timeout",
    "socket-timeout",
    "http-keepalive",
    "so-keepalive",
    "reload-on-rss",
    "evil-reload-on-rss",
    "chmod-socket",
    "chown-socket",
    "uid",
    "gid",
    "umask",
    "master",
    "vacuum",
    "die-on-term",
    "lazy-apps",
    "post-buffering",
    "need-app",
    "wsgi-file",
    "module",
    "chdir",
    "logto",
    "daemonize",
];

fn recognise(_: &str, text: &str) -> u8 {
    if text.lines().any(|line| line.trim() == "[uwsgi]") { 95 } else { 0 }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let (entries, _) = ini(text);
    let mut into = Configuration { product: "uwsgi", role: Role::Application, ..Configuration::default() };
    let of: Vec<_> = entries.iter().filter(|entry| entry.section == "uwsgi").collect();
    let stem = base_name(name).rsplit_once('.').map_or(base_name(name), |(stem, _)| stem).to_owned();
    for entry in &of {
        let place = source.at(entry.line);
        if SOCKETS.contains(&entry.key.as_str()) {
            match address(&entry.value, &stem) {
                Some(address) => into.listens.push(Listen {
                    address,
                    tls: entry.key.starts_with("https"),
                    place: place.clone(),
                }),
                None => into.problems.push(Problem {
                    place: place.clone(),
                    what: format!("`{}` is no address that can be told from this file", entry.value),
                }),
            }
        }
        let limit = LIMITS.contains(&entry.key.as_str());
        if let Some(value) = entry.value.parse().ok().filter(|_| limit) {
            into.limits.push(Limit { directive: entry.key.clone(), value, place: place.clone() });
        }
        if limit || KEPT.contains(&entry.key.as_str()) || SOCKETS.contains(&entry.key.as_str()) {
            into.settings.push(Setting { directive: entry.key.clone(), value: entry.value.clone(), place });
        }
    }
    let pool = pool(&of, &into.listens, &source);
    into.user.clone_from(&pool.user);
    into.pools.push(pool);
    into
}

/// `%n` stands for the file's name without its ending.
fn address(text: &str, stem: &str) -> Option<Address> {
    let text = text.split(',').next().unwrap_or(text).replace("%n", stem);
    let unknown = text.contains('%') || text.contains("$(") || text.contains('=');
    if unknown || text.is_empty() {
        return None;
    }
    // A word without a port is the path of a socket, relative to the working folder.
    if text.contains(':') || text.parse::<u16>().is_ok() {
        listen_address(&text, 0)
    } else {
        Some(Address::Unix(text))
    }
}

fn pool(entries: &[&IniEntry], listens: &[Listen], source: &Source) -> Pool {
    let value = |key: &str| entries.iter().rev().find(|entry| entry.key == key).map(|e| e.value.clone());
    let count = |key: &str| value(key)?.parse::<u64>().ok();
    let seconds = |key: &str| duration_s(&value(key)?, 1.0).filter(|seconds| *seconds > 0.0);
    let first = listens.first();
    let mut pool = Pool::new("uwsgi", first.map_or_else(|| source.at(1), |listen| listen.place.clone()));
    pool.listen = first.map(|listen| listen.address.clone());
    pool.user = value("uid");
    let owner = value("chown-socket").unwrap_or_default();
    let (user, group) = owner.split_once(':').unwrap_or((&owner, ""));
    pool.socket_owner = Some(user.to_owned()).filter(|user| !user.is_empty());
    pool.socket_group = Some(group.to_owned()).filter(|group| !group.is_empty());
    pool.socket_mode = value("chmod-socket").and_then(|mode| octal_mode(&mode));
    pool.workers_max = count("processes").or_else(|| count("workers"));
    pool.terminate_timeout_s = seconds("harakiri");
    pool.backlog = count("listen");
    pool.keepalive_s = seconds("http-keepalive");
    pool.requests_max = count("max-requests").filter(|requests| *requests > 0);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file() {
        let text = "[uwsgi]\nsocket = /run/%n.sock\nhttp-socket = :8080\nchmod-socket = 660\n\
            chown-socket = app:www-data\nprocesses = 4\nharakiri = 30\nlisten = 64\nuid = app\n";
        assert_eq!(recognise("shop.ini", text), 95);
        let configuration = read("/etc/uwsgi/shop.ini", text);
        let pool = &configuration.pools[0];
        assert_eq!(pool.listen, Some(Address::Unix("/run/shop.sock".to_owned())));
        assert_eq!((pool.socket_mode, pool.socket_group.as_deref()), (Some(0o660), Some("www-data")));
        assert_eq!(
            (pool.workers_max, pool.terminate_timeout_s, pool.backlog),
            (Some(4), Some(30.0), Some(64))
        );
        assert_eq!(configuration.listens.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\n\\[uwsgi\\]\n|\nsocket = |\nchown-socket = |%n|:){0,20}") {
            let _ = (recognise("x.ini", &text), read("x.ini", &text));
        }
    }
}
