//! Gunicorn's `gunicorn.conf.py`: Python, of which only plain assignments at the left margin are read.

use super::Product;
use crate::text::{
    Source, duration_s, listen_address, numbered, octal_mode, switch, unquoted, without_comment,
};
use crate::{Configuration, Limit, Listen, Pool, Role, Setting};

/// Gunicorn.
pub(super) const PRODUCT: Product = Product {
    id: "gunicorn",
    reference: "https://docs.gunicorn.org/en/stable/settings.html",
    recognise,
    read,
};

/// Names that hardly another file assigns at its left margin.
const TELLING: &[&str] = &[
    "worker_class",
    "worker_connections",
    "worker_tmp_dir",
    "max_requests_jitter",
    "graceful_timeout",
    "limit_request_line",
    "limit_request_fields",
    "limit_request_field_size",
    "forwarded_allow_ips",
    "accesslog",
    "errorlog",
    "proc_name",
    "preload_app",
    "wsgi_app",
    "capture_output",
];

/// Names that others use too.
const USUAL: &[&str] =
    &["bind", "workers", "threads", "timeout", "keepalive", "loglevel", "backlog", "max_requests"];

/// Names whose value is a number that bounds something.
const LIMITS: &[&str] = &[
    "workers",
    "threads",
    "worker_connections",
    "backlog",
    "max_requests",
    "limit_request_line",
    "limit_request_fields",
    "limit_request_field_size",
];

/// `name = value` lines with their numbers.
fn assignments(text: &str) -> impl Iterator<Item = (u32, &str, &str)> {
    numbered(text).filter_map(|(line, text)| {
        let (name, value) = without_comment(text, '#').split_once('=')?;
        let plain = !value.starts_with('=') && name.starts_with(|c: char| c.is_ascii_lowercase());
        plain.then(|| (line, name.trim_end(), value.trim()))
    })
}

fn recognise(name: &str, text: &str) -> u8 {
    // A section's name in brackets makes it an INI file.
    if text.lines().any(|line| line.starts_with('[')) {
        return 0;
    }
    let count = |names: &[&str]| assignments(text).filter(|(_, name, _)| names.contains(name)).count();
    let (telling, usual) = (count(TELLING), count(USUAL));
    let hinted = name.contains("gunicorn");
    match (telling, usual) {
        (0, 0) => 0,
        _ if hinted => 95,
        (2.., _) | (1, 1..) => 80,
        (0, 2..) if name.ends_with(".py") => 50,
        _ => 0,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let mut into = Configuration { product: "gunicorn", role: Role::Application, ..Configuration::default() };
    let mut pool = Pool::new("gunicorn", source.at(1));
    for (line, name, value) in assignments(text) {
        if !TELLING.contains(&name) && !USUAL.contains(&name) && !matches!(name, "user" | "group" | "umask") {
            continue;
        }
        let place = source.at(line);
        if let Some(value) = unquoted(value).parse().ok().filter(|_| LIMITS.contains(&name)) {
            into.limits.push(Limit { directive: name.to_owned(), value, place: place.clone() });
        }
        let seconds = || duration_s(unquoted(value), 1.0).filter(|seconds| *seconds > 0.0);
        let count = || unquoted(value).parse().ok();
        match name {
            "bind" => {
                let binds = value.trim_matches(['[', ']', '(', ')']).split(',');
                for address in binds.filter_map(|bind| listen_address(bind, 8000)) {
                    pool.listen.get_or_insert_with(|| address.clone());
                    into.listens.push(Listen { address, tls: false, place: place.clone() });
                }
                pool.place = place.clone();
            }
            "workers" => pool.workers_max = count(),
            "timeout" => pool.terminate_timeout_s = seconds(),
            "keepalive" => pool.keepalive_s = seconds(),
            "backlog" => pool.backlog = count(),
            "max_requests" => pool.requests_max = count().filter(|requests| *requests > 0),
            "user" => pool.user = Some(unquoted(value).to_owned()),
            // The mask takes bits away from a mode of which everything is allowed.
            "umask" => pool.socket_mode = octal_mode(value).map(|mask| 0o777 & !mask),
            _ => {}
        }
        let value = switch(value).map_or_else(|| unquoted(value).to_owned(), |on| on.to_string());
        into.settings.push(Setting { directive: name.to_owned(), value, place });
    }
    into.user.clone_from(&pool.user);
    into.pools.push(pool);
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "import multiprocessing\n\nbind = [\"unix:/run/app.sock\", '127.0.0.1:8001']  # two\n\
        workers = 3\nworker_class = \"gthread\"\ntimeout = 20\nkeepalive = 5\nlimit_request_line = 1000\n\
        def post_fork(server, worker):\n    timeout = 7\n";

    #[test]
    fn reads_a_file() {
        let configuration = read("gunicorn.conf.py", FILE);
        let pool = &configuration.pools[0];
        assert_eq!(pool.listen.as_ref().map(ToString::to_string).as_deref(), Some("unix:/run/app.sock"));
        assert_eq!(
            (pool.workers_max, pool.terminate_timeout_s, pool.keepalive_s),
            (Some(3), Some(20.0), Some(5.0))
        );
        assert_eq!(configuration.listens.len(), 2);
        assert_eq!(configuration.limits.len(), 2);
    }

    #[test]
    fn tells_itself_from_others() {
        assert!(recognise("x.py", FILE) >= 80);
        assert_eq!(recognise("x", "[uwsgi]\nworkers = 4\n"), 0);
        assert_eq!(recognise("x.py", "timeout = 3\nname = 'x'\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\nbind = |\\[\"unix:|\numask = 0o|\ntimeout = ){0,20}") {
            let _ = (recognise("gunicorn.conf.py", &text), read("gunicorn.conf.py", &text));
        }
    }
}
