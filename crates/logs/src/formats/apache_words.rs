//! What Apache httpd's messages mean, by their code and the error in front of them. Codes and texts are those of
//! httpd's sources (`modules/proxy`, `modules/ssl`, `server`).

use goodgate_facts::{Address, Errno, Protocol, SignalId, Target, Value, id};

use super::apache_line::{Cause, Entry};
use super::connect_words::{connect_error, tls_error};

/// What a line says.
pub(super) struct Said {
    /// The signal; `None` for what means nothing.
    pub(super) signal: Option<SignalId>,
    /// Whether it says no more than an earlier line of the same thread about the same failure.
    pub(super) follows: bool,
    /// The upstream that it names.
    pub(super) target: Option<Target>,
    /// Its detail.
    pub(super) value: Value,
    /// A name that it gives.
    pub(super) name: Option<String>,
}

/// What a line means.
pub(super) fn explain(entry: &Entry<'_>) -> Said {
    let follows = matches!(entry.code, 896 | 866 | 1079 | 1097 | 1106 | 1114 | 2452 | 10101)
        || (entry.code == 898 && is_general_reason(entry.message));
    let signal = by_code(entry);
    let value = match entry.cause {
        Cause::System(errno) if signal.is_some() && !ours(entry) => Value::Errno(errno),
        _ => detail(entry),
    };
    Said { signal, follows, target: entry.remote.clone().or_else(|| target(entry)), value, name: name(entry) }
}

/// Whether the error number is httpd's own choice of words, not the system's answer.
fn ours(entry: &Entry<'_>) -> bool {
    matches!(entry.code, 10124 | 1102 | 1075) && matches!(entry.cause, Cause::System(Errno(22 | 28)))
}

fn is_general_reason(message: &str) -> bool {
    message.starts_with("Error reading from remote server")
        || message.starts_with("Error during SSL Handshake")
}

fn by_code(entry: &Entry<'_>) -> Option<SignalId> {
    Some(match entry.code {
        957 | 939 | 958 | 2454 => connecting(entry.cause),
        952 | 2453 => match entry.cause {
            Cause::System(Errno(23 | 24)) => id("gateway-out-of-descriptors"),
            _ => id("gateway-internal-error"),
        },
        // The line before has said why; alone it says only that.
        1114 | 1079 | 2452 | 10101 | 866 | 896 => id("connect-failed"),
        959 | 1174 | 2460 | 3303 => id("upstream-marked-down"),
        3302 => id("upstream-marked-up"),
        940 | 1167 | 1170 => id("no-live-upstream"),
        941 | 934 => id("upstream-limit-reached"),
        1171 => id("no-upstream-configured"),
        1102 => status_line(entry.cause),
        10404 => head(entry.cause),
        898 => proxy_error(entry)?,
        1110 => body(entry.cause),
        1084 | 10154 | 1097 => sending(entry.cause),
        1095 | 1096 | 2608 | 1086 | 1093 | 10396 => id("client-request-bad"),
        1098..=1100 => id("gateway-warning"),
        1106 | 2428..=2430 | 1070 => id("header-invalid"),
        10124 => id("header-too-big"),
        1068 | 1069 | 1072 => id("protocol-fastcgi-invalid"),
        1067 => id("ended-before-response"),
        1073 | 1074 | 10098 | 858 => sending(entry.cause),
        1075 => dispatch(entry)?,
        878 | 893 | 897 | 868 | 1030 | 860 => waiting(entry.cause),
        1031 => id("response-unreadable"),
        10259 => id("request-header-too-big"),
        1144 | 961 | 2002 | 124 => id("gateway-config-error"),
        916 | 917 => id("address-prohibited"),
        2327 => id("name-lookup-failed"),
        2003 => id("tls-handshake-failed"),
        1997 => id("tls-handshake-failed"),
        2004 => id("certificate-expired"),
        2411 | 2005 => id("certificate-name-mismatch"),
        2039 | 2040 if entry.remote.is_some() => {
            tls_error(entry.message).unwrap_or(id("certificate-rejected"))
        }
        161 | 484 | 286 | 3490 | 485 | 288 => id("gateway-connections-exhausted"),
        50..=52 => id("gateway-worker-died"),
        489 | 163 | 292 | 455 => id("gateway-started"),
        493 | 494 | 171 | 173 => id("gateway-reloaded"),
        491 | 492 | 169 | 170 | 295 => id("gateway-stopped"),
        72 => id("gateway-listen-failed"),
        526 | 534 | 14 | 15 | 13 => id("gateway-config-refused"),
        2179 | 309 => match entry.cause {
            Cause::System(Errno(23 | 24)) => id("gateway-out-of-descriptors"),
            _ => id("gateway-warning"),
        },
        128 | 37 | 1264 | 130 => id("file-not-found"),
        1797 | 1630 | 1276 | 1617 | 1618 | 35 | 36 => id("request-forbidden"),
        126 | 2032 | 566 | 26 | 27 => id("client-request-bad"),
        _ => return by_words(entry),
    })
}

/// Messages that bear no code.
fn by_words(entry: &Entry<'_>) -> Option<SignalId> {
    const WORDS: &[(&str, SignalId)] = &[
        ("Script timed out before returning headers", id("read-timed-out")),
        ("Timeout waiting for output from CGI script", id("read-timed-out")),
        ("End of script output before headers", id("closed-before-response")),
        ("Premature end of script headers", id("closed-before-response")),
        ("malformed header from script", id("header-invalid")),
        ("mod_fcgid: read data timeout", id("read-timed-out")),
        ("mod_fcgid: can't apply process slot", id("upstream-limit-reached")),
        ("mod_fcgid: HTTP request length", id("request-body-too-big")),
        ("mod_fcgid: error reading data", id("closed-before-response")),
        ("mod_fcgid: ap_pass_brigade failed", id("client-gone")),
        ("Timeout when reading response headers from daemon process", id("read-timed-out")),
        ("Truncated or oversized response headers received from daemon", id("closed-before-response")),
        ("server reached MaxRequestWorkers", id("gateway-connections-exhausted")),
        ("server reached MaxClients", id("gateway-connections-exhausted")),
        ("scoreboard is full", id("gateway-connections-exhausted")),
        ("File does not exist", id("file-not-found")),
        ("client denied by server configuration", id("request-forbidden")),
        ("script '", id("file-not-found")),
    ];
    let message = entry.message;
    // AH02812, AH02651 and others stand before the same words.
    if let Some((_, signal)) = WORDS.iter().find(|(words, _)| message.starts_with(words)) {
        return Some(*signal);
    }
    if message.starts_with("Unable to connect to WSGI daemon process") {
        return Some(connecting(entry.cause));
    }
    match entry.level {
        "emerg" => Some(id("gateway-config-refused")),
        "warn" | "error" | "crit" | "alert" => Some(id("gateway-warning")),
        _ => None,
    }
}

fn connecting(cause: Cause) -> SignalId {
    match cause {
        Cause::System(errno) => connect_error(errno),
        Cause::TimeUp => id("connect-timed-out"),
        _ => id("connect-failed"),
    }
}

/// While nothing of the response has come.
fn waiting(cause: Cause) -> SignalId {
    match cause {
        Cause::TimeUp | Cause::System(Errno(110)) => id("read-timed-out"),
        Cause::System(Errno(104)) => id("reset-before-response"),
        Cause::EndOfFile | Cause::General => id("closed-before-response"),
        _ => id("ended-before-response"),
    }
}

/// While the status line is read. Here httpd's general error stands for an end without a single byte, end-of-file
/// for one in the middle of the line; EINVAL for a line with a NUL, ENOSPC for one without end.
fn status_line(cause: Cause) -> SignalId {
    match cause {
        Cause::EndOfFile => id("closed-in-head"),
        Cause::System(Errno(22 | 28)) => id("status-line-invalid"),
        _ => waiting(cause),
    }
}

fn head(cause: Cause) -> SignalId {
    match cause {
        Cause::TimeUp => id("read-timed-out"),
        Cause::EndOfFile | Cause::General => id("closed-in-head"),
        Cause::System(Errno(104)) => id("reset-before-response"),
        _ => id("header-invalid"),
    }
}

/// While the body is read; httpd's general error there is that of its chunk reader.
fn body(cause: Cause) -> SignalId {
    match cause {
        Cause::TimeUp | Cause::System(Errno(110)) => id("body-timed-out"),
        Cause::System(Errno(104)) => id("body-reset"),
        Cause::Incomplete | Cause::EndOfFile => id("body-incomplete"),
        Cause::General | Cause::System(Errno(22 | 28)) => id("chunk-invalid"),
        _ => id("body-cut"),
    }
}

/// While the request is sent. The handshake takes place then, and its failure is a general error.
fn sending(cause: Cause) -> SignalId {
    match cause {
        Cause::TimeUp => id("send-timed-out"),
        Cause::General => id("tls-handshake-failed"),
        Cause::System(errno @ Errno(101 | 111 | 113)) => connect_error(errno),
        _ => id("send-broken"),
    }
}

/// mod_proxy_fcgi's account of a request that went wrong; what went wrong towards the client is not the upstream's.
fn dispatch(entry: &Entry<'_>) -> Option<SignalId> {
    if entry.message.contains("(passing brigade to output filters)") {
        return matches!(entry.cause, Cause::System(Errno(32 | 103 | 104))).then_some(id("client-gone"));
    }
    if entry.message.contains("(reading input brigade)") {
        return Some(id("client-request-bad"));
    }
    Some(match entry.cause {
        Cause::System(Errno(22)) => id("protocol-fastcgi-invalid"),
        Cause::System(Errno(32)) => id("send-broken"),
        cause => waiting(cause),
    })
}

/// `REASON returned by /path`, what the client is told as well.
fn proxy_error(entry: &Entry<'_>) -> Option<SignalId> {
    let reasons: &[(&str, SignalId)] = &[
        ("Error reading from remote server", id("ended-before-response")),
        ("Error during SSL Handshake", id("tls-handshake-failed")),
        ("Timeout on 100-Continue", id("read-timed-out")),
        ("Corrupt status line", id("status-line-invalid")),
        ("Malformed connection header", id("header-invalid")),
        ("Unexpected Upgrade", id("upgrade-unasked")),
        ("Too many", id("response-unreadable")),
        ("Connect to remote machine blocked", id("address-prohibited")),
        ("Max-Forwards has reached zero", id("loop-detected")),
        ("URI cannot be parsed", id("client-request-bad")),
    ];
    if entry.message.starts_with("DNS lookup failure") {
        return Some(match entry.cause {
            Cause::Resolver(2) => id("name-not-found"),
            // EAI_AGAIN: no server answered, or none that could.
            Cause::Resolver(3) => id("name-lookup-temporarily-failed"),
            Cause::Resolver(5) => id("name-lookup-empty"),
            _ => id("name-lookup-failed"),
        });
    }
    reasons.iter().find(|(words, _)| entry.message.starts_with(words)).map(|(_, signal)| *signal)
}

/// A number or signal in the message.
fn detail(entry: &Entry<'_>) -> Value {
    let message = entry.message;
    let in_parentheses = || {
        let (_, rest) = message.split_once("exit signal ")?;
        let (_, rest) = rest.split_once('(')?;
        rest.split_once(')')?.0.parse().ok()
    };
    match entry.code {
        51 | 52 => in_parentheses().map_or(Value::None, Value::OsSignal),
        _ => Value::None,
    }
}

/// The name that could not be resolved, the balancer that has no member left.
fn name(entry: &Entry<'_>) -> Option<String> {
    if entry.code == 898 {
        let host = entry.message.strip_prefix("DNS lookup failure for: ")?;
        return Some(host.split(' ').next().unwrap_or(host).to_owned());
    }
    None
}

/// The upstream in the message.
fn target(entry: &Entry<'_>) -> Option<Target> {
    let message = entry.message;
    let after = |mark: &str| message.split_once(mark).map(|(_, rest)| rest);
    let word = |text: &str| text.split([' ', ')']).next().unwrap_or(text).to_owned();
    match entry.code {
        957 | 939 | 2454 | 952 | 2453 => {
            let protocol = message.split_once(": ").and_then(|(scheme, _)| Protocol::from_scheme(scheme));
            let text = after(" Unix domain socket ")
                .or_else(|| after(" socket to "))
                .or_else(|| after(" connect to "))?;
            let mut target = Target::parse(&word(text))?;
            target.protocol = protocol;
            Some(target)
        }
        940 | 941 | 959 => Target::parse(&word(after(" for (")?)),
        1102 => Target::parse(&word(after("remote server ")?)),
        1084 | 1097 | 10154 => Target::parse(&word(after(" failed to ").or_else(|| after("body to "))?)),
        1114 | 1079 | 10101 | 2452 | 866 | 896 => {
            let host = word(after(" to backend: ")?);
            // httpd names `localhost` for every unix socket.
            if host == "localhost" { None } else { Target::parse(&host) }
        }
        1075 | 858 | 10098 | 878 | 893 | 897 | 868 => {
            let text = after(" to ").or_else(|| after(" from "))?;
            let text = text.split(' ').next().unwrap_or(text).trim_end_matches(':');
            if text.starts_with(':') { None } else { Target::parse(text) }
        }
        898 => Target::parse(message.strip_prefix("DNS lookup failure for: ")?.split(' ').next()?),
        1170 | 1167 | 1171 => {
            let name = message.split_once(": ")?.0.trim_start_matches("balancer://");
            Some(Target { protocol: None, address: Address::Group(name.to_owned()) })
        }
        72 => Target::parse(&word(after("address ")?)),
        _ => None,
    }
}
