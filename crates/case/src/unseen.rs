//! What was not looked at, and how to let goodgate look.

use crate::material::{FileKind, Material};

/// Why something was not seen where there is no other reason.
pub const NOT_GIVEN: &str = "not given";

/// Evidence that was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSeen {
    /// Permanent kebab-case name of what was not given, for translations.
    pub key: &'static str,
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
    /// A command that would show it.
    pub how: &'static str,
}

struct Wanted {
    key: &'static str,
    what: &'static str,
    how: &'static str,
    given: fn(&Material) -> bool,
}

fn has_format(material: &Material, ids: &[&str]) -> bool {
    material.files.iter().any(|file| match &file.kind {
        FileKind::Log(id) | FileKind::Capture(id) => ids.contains(id),
        _ => false,
    })
}

const WANTED: &[Wanted] = &[
    Wanted {
        key: "error-log",
        what: "the gateway's error log",
        how: "copy /var/log/nginx/error.log, /var/log/apache2/error.log or the gateway's own",
        given: |m| {
            m.evidence.signals().iter().any(|s| matches!(s.source.kind, goodgate_facts::SourceKind::Log))
        },
    },
    Wanted {
        key: "configuration",
        what: "the gateway's configuration",
        how: "nginx -T > nginx.conf, or a copy of the gateway's configuration files",
        given: |m| m.configs.iter().any(|c| c.role == goodgate_configs::Role::Gateway),
    },
    Wanted {
        key: "listening-sockets",
        what: "listening sockets",
        how: "ss -ltnp > ss.txt; ss -xlp >> ss.txt",
        given: |m| has_format(m, &["ss"]),
    },
    Wanted { key: "processes", what: "processes", how: "ps -ef > ps.txt", given: |m| has_format(m, &["ps"]) },
    Wanted {
        key: "kernel-log",
        what: "kernel log",
        how: "dmesg -T > dmesg.txt",
        given: |m| has_format(m, &["kernel"]) || m.files.iter().any(|f| f.name.contains("dmesg")),
    },
    Wanted {
        key: "application-log",
        what: "the application server's log",
        how: "journalctl -u php8.2-fpm --since -1h > app.log, or the application's own log file",
        given: |m| {
            has_format(
                m,
                &["php-fpm-log", "gunicorn-error", "uwsgi", "php-error", "php-fpm-access", "app-trace"],
            )
        },
    },
];

/// What would help and was not given.
pub(crate) fn list(material: &Material) -> Vec<NotSeen> {
    let summarised = NotSeen {
        key: "single-messages",
        what: "each single one of very many messages of one kind",
        why: "a log holds thousands that differ only in process, server or time; the older ones were summarised",
        how: "hand in the part of the log around the failure, for instance with tail -n 10000",
    };
    let earlier = NotSeen {
        key: "earlier-incidents",
        what: "the earlier incidents",
        why: "the logs tell of more than a hundred incidents, and only the newest were judged",
        how: "hand in older parts of the logs by themselves",
    };
    WANTED
        .iter()
        .filter(|wanted| !(wanted.given)(material))
        .map(|wanted| NotSeen { key: wanted.key, what: wanted.what, why: NOT_GIVEN, how: wanted.how })
        .chain((material.summarised > 0).then_some(summarised))
        .chain((material.incidents_left_out > 0).then_some(earlier))
        .collect()
}
