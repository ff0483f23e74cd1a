//! What package managers changed: dpkg's log, apt's history, the logs of yum and dnf.

use goodgate_facts::{SignalId, Value, id};

use super::columns::{text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "dpkg-log",
    title: "package manager's log (dpkg, apt, yum, dnf)",
    reference: "dpkg(1), apt history.log, dnf.log",
    product: "dpkg",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        // A level and "Upgraded:" behind a date look like host and program, and were taken off as such.
        let verb = sink.program().filter(|program| VERBS.contains(program)).map(str::to_owned);
        let mine = match line.first() {
            _ if verb.is_some() => rpm(&format!("{}: {}", verb.unwrap_or_default(), text(line)), sink),
            Some(b'0'..=b'9') => dated(line, sink),
            Some(b'A'..=b'Z') => history(line, sink) || rpm(&text(line), sink),
            _ => false,
        };
        if mine { Verdict::Mine } else { Verdict::Foreign }
    }
}

const VERBS: &[&str] =
    &["Updated", "Upgraded", "Upgrade", "Erased", "Removed", "Erase", "Installed", "Cleanup", "Obsoleted"];

/// `2026-11-22 05:00:01 upgrade php8.1-fpm:amd64 8.1.2-1 8.1.2-2`
fn dated(line: &[u8], sink: &mut Sink) -> bool {
    const BEGINNINGS: &[&[u8]] = &[
        b"upgrade",
        b"remove",
        b"purge",
        b"status",
        b"configure",
        b"install",
        b"trigproc",
        b"startup",
        b"conffile",
        b"SUBDEBUG",
        b"INFO",
        b"DEBUG",
        b"DDEBUG",
    ];
    let Some((time, rest)) = clock::iso(line) else { return false };
    let begin = rest.trim_ascii_start();
    if !BEGINNINGS.iter().any(|word| begin.starts_with(word)) {
        return false;
    }
    let text = text(rest);
    let words = words(&text);
    let known = match words.as_slice() {
        ["upgrade", package, old, new] if package.contains(':') => {
            sink.set_time(time);
            put(sink, id("package-upgraded"), package, &format!("{old} → {new}"));
            true
        }
        ["remove" | "purge", package, old, _] if package.contains(':') => {
            sink.set_time(time);
            put(sink, id("package-removed"), package, old);
            true
        }
        ["status", _, package, _] | ["configure" | "install" | "trigproc", package, _, _] => {
            package.contains(':')
        }
        ["startup", "archives" | "packages", _] => true,
        ["conffile", _, "keep" | "install"] => true,
        _ => false,
    };
    if known {
        return true;
    }
    // dnf: `2026-11-22T05:00:01+0000 SUBDEBUG Upgraded: php-fpm-8.0.30-1.el9.x86_64`
    let Some((_, message)) = text
        .trim()
        .split_once(' ')
        .filter(|(level, _)| matches!(*level, "SUBDEBUG" | "INFO" | "DEBUG" | "DDEBUG"))
    else {
        return false;
    };
    sink.set_time(time);
    rpm(message, sink)
}

/// The paragraphs of apt's history.
fn history(line: &[u8], sink: &mut Sink) -> bool {
    if let Some(date) = line.strip_prefix(b"Start-Date: ").or_else(|| line.strip_prefix(b"End-Date: ")) {
        // Two blanks stand between date and time.
        let date = text(date).replace("  ", " ");
        sink.set_time(clock::iso(date.as_bytes()).map(|(time, _)| time));
        return true;
    }
    let text = text(line);
    if ["Commandline: ", "Requested-By: "].iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let (signal, rest) = if let Some(rest) = text.strip_prefix("Upgrade: ") {
        (Some(id("package-upgraded")), rest)
    } else if let Some(rest) = text.strip_prefix("Remove: ").or_else(|| text.strip_prefix("Purge: ")) {
        (Some(id("package-removed")), rest)
    } else if let Some(rest) = text.strip_prefix("Install: ") {
        (None, rest)
    } else {
        return false;
    };
    let Some(list) = rest.strip_suffix(')').filter(|list| list.contains(" (")) else { return false };
    for entry in list.split("), ") {
        if let (Some(signal), Some((package, versions))) = (signal, entry.split_once(" (")) {
            put(sink, signal, package, &versions.replacen(", ", " → ", 1));
        }
    }
    true
}

/// `Upgraded: php-fpm-8.0.30-1.el9.x86_64`, `Erased: …`
fn rpm(text: &str, sink: &mut Sink) -> bool {
    let Some((verb, package)) = text.split_once(": ") else { return false };
    let signal = match verb {
        "Updated" | "Upgraded" | "Upgrade" => Some(id("package-upgraded")),
        "Erased" | "Removed" | "Erase" => Some(id("package-removed")),
        "Installed" | "Cleanup" | "Obsoleted" => None,
        _ => return false,
    };
    let package = package.trim();
    const ARCHITECTURES: &[&str] = &[".x86_64", ".noarch", ".aarch64", ".i686", ".ppc64le", ".s390x"];
    let whole = ARCHITECTURES.iter().any(|end| package.ends_with(end)) && !package.contains(' ');
    if let Some(signal) = signal.filter(|_| whole) {
        // name-version-release.architecture
        let mut parts = package.rsplitn(3, '-');
        let (release, version) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let name = parts.next().unwrap_or(package).split(':').next_back().unwrap_or(package);
        put(sink, signal, name, &format!("{version}-{release}"));
    }
    whole
}

fn put(sink: &mut Sink, id: SignalId, package: &str, versions: &str) {
    let name = package.split(':').next().unwrap_or(package);
    let signal = sink.signal(id).name(name).value(Value::Word(versions.to_owned()));
    sink.put(signal);
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026-11-22 05:00:01 startup archives unpack\n2026-11-22 05:00:02 upgrade php8.1-fpm:amd64 8.1.2-1 8.1.2-2\n2026-11-22 05:00:03 status half-configured php8.1-fpm:amd64 8.1.2-1\n2026-11-22 05:00:04 remove libapp:all 1.0 <none>",
        signals: &["package-upgraded =8.1.2-1 → 8.1.2-2", "package-removed =1.0"],
    },
    Sample {
        text: "Start-Date: 2026-11-22  05:00:01\nCommandline: apt-get upgrade -y\nUpgrade: php8.1-fpm:amd64 (8.1.2-1, 8.1.2-2), nginx:amd64 (1.22.0-1, 1.22.1-1)\nEnd-Date: 2026-11-22  05:00:09",
        signals: &["package-upgraded =8.1.2-1 → 8.1.2-2", "package-upgraded =1.22.0-1 → 1.22.1-1"],
    },
    Sample {
        text: "2026-11-22T05:00:01+0000 SUBDEBUG Upgraded: php-fpm-8.0.30-1.el9.x86_64",
        signals: &["package-upgraded =8.0.30-1.el9.x86_64"],
    },
];
