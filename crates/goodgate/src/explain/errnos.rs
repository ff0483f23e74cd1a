//! Error numbers of operating systems: `ECONNREFUSED`, `111: Connection refused`, `(70007)`.

use goodgate_causes::Cause;
use goodgate_facts::Errno;

use super::{Explanation, Kind, key, told};
use crate::words::{args, say, say_with};

/// What an error means to a gateway that talks to an upstream.
const MEANINGS: &[(i32, &str, &[&str])] = &[
    (
        1,
        "The system does not permit it: often a firewall rule on this machine, or a limit of a container.",
        &["proxy_internal_error"],
    ),
    (
        2,
        "The file is not there. For a unix socket: the upstream is down, or listens under another path.",
        &["connection_refused"],
    ),
    (
        11,
        "Nothing can be done at the moment. When connecting to a unix socket: its queue is full, because no worker takes connections.",
        &["connection_refused"],
    ),
    (12, "The system has no memory left for it.", &["proxy_internal_error"]),
    (
        13,
        "File permissions or a security module (SELinux, AppArmor) forbid it. For a unix socket: its owner and mode, or those of its folder.",
        &["connection_refused", "proxy_configuration_error"],
    ),
    (23, "The whole system has too many files open.", &["proxy_internal_error"]),
    (
        24,
        "The process has too many files and connections open: its limit (ulimit -n, LimitNOFILE) is reached.",
        &["proxy_internal_error"],
    ),
    (28, "The disk (or its inodes) is full.", &["proxy_internal_error"]),
    (30, "The file system is mounted read-only, often after a disk error.", &["proxy_internal_error"]),
    (
        32,
        "Writing to a connection that the other side has closed: the upstream died or did not want the rest; towards a client: the client left.",
        &["connection_terminated"],
    ),
    (
        98,
        "Something listens on this address already, so a program cannot start there.",
        &["connection_refused"],
    ),
    (
        99,
        "No local address or port can be used: ephemeral ports are used up, or a configured source address is not this machine's.",
        &["proxy_internal_error"],
    ),
    (
        101,
        "There is no route to the address, often IPv6 on a machine without it.",
        &["destination_ip_unroutable"],
    ),
    (103, "The connection was broken off on this side.", &["connection_terminated"]),
    (
        104,
        "The other side broke the connection: the process crashed or was killed, closed with data unread, or a kept connection had just run out.",
        &["connection_terminated"],
    ),
    (105, "The system has no buffers left for it.", &["proxy_internal_error"]),
    (107, "The connection is not there any more.", &["connection_terminated"]),
    (
        110,
        "No answer in time. While connecting: a firewall that drops, a machine that is off, a full queue. While reading: a slow or stuck application.",
        &["connection_timeout", "connection_read_timeout"],
    ),
    (
        111,
        "The machine answered that nobody listens on this port: the program is down, listens elsewhere, or a firewall rejects.",
        &["connection_refused"],
    ),
    (112, "The machine does not answer on its network.", &["destination_ip_unroutable"]),
    (
        113,
        "There is no way to the machine: it does not answer on its network, or a firewall rejects with \"host unreachable\".",
        &["destination_ip_unroutable"],
    ),
    (122, "The user's or the folder's disk quota is used up.", &["proxy_internal_error"]),
];

/// Numbers of other systems for the same conditions, with the system's name.
const ELSEWHERE: &[(i32, i32, &str)] = &[
    (51, 101, "macOS and FreeBSD"),
    (54, 104, "macOS and FreeBSD"),
    (60, 110, "macOS and FreeBSD"),
    (61, 111, "macOS and FreeBSD"),
    (65, 113, "macOS and FreeBSD"),
    (10013, 13, "Windows"),
    (10049, 99, "Windows"),
    (10051, 101, "Windows"),
    (10053, 103, "Windows"),
    (10054, 104, "Windows"),
    (10060, 110, "Windows"),
    (10061, 111, "Windows"),
    (10065, 113, "Windows"),
    (730_060, 110, "Apache on Windows"),
    (730_061, 111, "Apache on Windows"),
];

/// Explains a name, a number, a text, or a number with its text.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    if let Some(apr) = apr(asked) {
        return Some(apr);
    }
    let (errno, remark) = parse(asked)?;
    let mut out = Explanation::new(asked, Kind::Errno, title(errno)?);
    let meaning = MEANINGS.iter().find(|(number, ..)| *number == errno.0);
    out.text.extend(meaning.map(|(number, means, _)| told(&key_of(*number), means)));
    out.text.push(say("errno-numbers-differ"));
    out.text.extend(remark);
    if let Some((.., errors)) = meaning {
        out.stands_for(errors);
        nearest_first(errno, &mut out.causes);
    }
    Some(out)
}

/// Causes that an error speaks for by itself; those behind its error types come after them.
const NEAREST: &[(i32, &[&str])] = &[
    (2, &["socket-missing", "socket-path-mismatch"]),
    (11, &["listen-backlog-full", "worker-pool-exhausted"]),
    (12, &["memory-exhausted"]),
    (13, &["socket-permission-denied", "security-module-denied"]),
    (24, &["gateway-fd-limit"]),
    (28, &["disk-full"]),
    (98, &["port-taken"]),
    (99, &["ephemeral-ports-exhausted"]),
];

fn nearest_first(errno: Errno, causes: &mut Vec<&'static Cause>) {
    let Some((_, ids)) = NEAREST.iter().find(|(number, _)| *number == errno.0) else { return };
    let nearest: Vec<&'static Cause> = ids.iter().filter_map(|id| goodgate_causes::get(id)).collect();
    causes.retain(|cause| !ids.contains(&cause.id));
    causes.splice(0..0, nearest);
}

fn key_of(number: i32) -> String {
    key(Kind::Errno, &number.to_string())
}

/// The key of a system's name.
fn key_of_system(system: &str) -> String {
    key(Kind::Errno, &format!("of-{}", system.to_lowercase().replace(' ', "-")))
}

fn title(errno: Errno) -> Option<String> {
    Some(format!("{} ({}): {}", errno.name()?, errno.0, errno.text()?))
}

/// Apache's own numbers in the place of an errno: the number, Apache's words, what it means, the error types.
const APR: &[(i32, &str, &str, &[&str])] = &[
    (
        70007,
        "The timeout specified has expired",
        "Apache waited for the upstream as long as ProxyTimeout (or timeout=) allows.",
        &["connection_read_timeout"],
    ),
    (
        70014,
        "End of file found",
        "The upstream closed the connection where Apache expected more of its answer.",
        &["connection_terminated"],
    ),
];

fn apr(asked: &str) -> Option<Explanation> {
    let asked_for = asked.trim_matches(|c: char| !c.is_ascii_digit());
    let (number, text, means, errors) = APR.iter().find(|(number, ..)| number.to_string() == asked_for)?;
    let mut out = Explanation::new(asked, Kind::Errno, format!("{number}: {text}"));
    out.text.push(told(&key_of(*number), means));
    out.text.push(say("errno-of-apr"));
    out.stands_for(errors);
    Some(out)
}

fn parse(asked: &str) -> Option<(Errno, Option<String>)> {
    let plain = asked.trim().trim_matches(['(', ')']).trim();
    if let Some(errno) = Errno::from_name(&plain.to_ascii_uppercase()) {
        return Some((errno, None));
    }
    let whole_text = |text: &str| {
        let text = text.trim();
        Errno::from_text(text)
            .filter(|e| e.text().is_some_and(|known| known.len() == text.len()) || elsewhere_text(text))
    };
    let digits = plain.strip_prefix("errno").unwrap_or(plain).trim_start_matches([' ', '=', ':']);
    let split = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, text) = digits.split_at(split);
    let text = text.trim_start_matches([':', ')', ' ']).trim();
    if let Some(errno) = whole_text(text) {
        return Some((errno, None));
    }
    let number: i32 = number.parse().ok().filter(|_| text.is_empty())?;
    if let Some((_, linux, system)) = ELSEWHERE.iter().find(|(own, ..)| *own == number) {
        let system = told(&key_of_system(system), system);
        let remark = say_with("errno-elsewhere", &args![number = number.to_string(), system = system]);
        return Some((Errno(*linux), Some(remark)));
    }
    Errno(number).name().map(|_| (Errno(number), None))
}

/// Texts of other systems are known to `Errno` but not listed by it.
fn elsewhere_text(text: &str) -> bool {
    [
        "operation timed out",
        "i/o timeout",
        "host is unreachable",
        "network unreachable",
        "address in use",
        "address not available",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(text))
}

/// What stands here in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    let meanings = MEANINGS.iter().map(|(number, means, _)| (key_of(*number), *means));
    let apr = APR.iter().map(|(number, _, means, _)| (key_of(*number), *means));
    let mut systems: Vec<&'static str> = ELSEWHERE.iter().map(|(.., system)| *system).collect();
    systems.dedup();
    meanings.chain(apr).chain(systems.into_iter().map(|system| (key_of_system(system), system)))
}
