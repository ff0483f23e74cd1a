//! What nginx's messages mean. Messages are matched at their beginning only; the phase decides what a system
//! call's failure means. The texts are those of nginx's sources (`src/http/ngx_http_upstream.c` and its neighbours).

use goodgate_facts::{Errno, Signal, SignalId, Target, Value, id};

use super::connect_words::{connect_error, tls_error};
use super::nginx_line::{During, Entry, Level, between};
use crate::Sink;

/// How a message is understood.
enum Meaning {
    /// Always the same.
    Is(SignalId),
    /// It depends on phase, error or words.
    By(fn(&Entry<'_>) -> SignalId),
}
use Meaning::{By, Is};

/// Messages by their beginning; the special stands before the general.
#[rustfmt::skip]
const MESSAGES: &[(&str, Meaning)] = &[
    ("connect() ", By(connect_failed)),
    ("kevent() reported that connect() failed", By(connect_failed)),
    ("upstream timed out", By(timed_out)),
    ("connection timed out", By(timed_out)),
    ("upstream prematurely closed connection", By(closed_early)),
    ("upstream prematurely closed FastCGI stdout", By(closed_early)),
    ("upstream prematurely closed FastCGI request", Is(id("body-incomplete"))),
    ("upstream prematurely closed stream", By(closed_early)),
    ("upstream prematurely closed", By(closed_early)),
    ("upstream prematurely sent response", Is(id("tls-peer-not-tls"))),
    ("recv() failed", By(read_failed)),
    ("readv() failed", By(read_failed)),
    ("writev() failed", By(write_failed)),
    ("sendfile() failed", By(write_failed)),
    ("sendmsg() failed", By(write_failed)),
    ("send() failed", By(write_failed)),
    ("no live upstreams", Is(id("no-live-upstream"))),
    ("upstream server temporarily disabled", Is(id("upstream-marked-down"))),
    ("no resolver defined to resolve", Is(id("resolver-not-defined"))),
    ("upstream sent too big header", Is(id("header-too-big"))),
    ("upstream sent too large http2 header", Is(id("header-too-big"))),
    ("upstream sent too big early hints", Is(id("gateway-warning"))),
    ("upstream sent no valid HTTP/", Is(id("status-line-invalid"))),
    ("upstream sent HTTP/1.0 response with early hints", Is(id("response-unreadable"))),
    ("upstream sent invalid header", Is(id("header-invalid"))),
    ("upstream sent invalid trailer", Is(id("header-invalid"))),
    ("upstream sent \"Content-Length\" and \"Transfer-Encoding\"", Is(id("transfer-encoding-invalid"))),
    ("upstream sent duplicate header line", By(duplicate_header)),
    ("upstream sent invalid \"Content-Length\"", Is(id("content-length-invalid"))),
    ("upstream sent unknown \"Transfer-Encoding\"", Is(id("transfer-encoding-invalid"))),
    ("upstream sent invalid chunked response", Is(id("chunk-invalid"))),
    ("upstream sent more data than specified", Is(id("body-longer-than-announced"))),
    ("upstream sent data after", Is(id("body-longer-than-announced"))),
    ("upstream sent invalid status", Is(id("status-code-invalid"))),
    ("upstream sent unexpected FastCGI", Is(id("protocol-fastcgi-invalid"))),
    ("upstream sent unsupported FastCGI protocol version", Is(id("protocol-fastcgi-invalid"))),
    ("upstream sent invalid FastCGI", Is(id("protocol-fastcgi-invalid"))),
    ("upstream sent ", By(other_sent)),
    ("upstream rejected request with error", Is(id("http2-protocol-error"))),
    ("upstream violated", Is(id("http2-protocol-error"))),
    ("invalid header after joining FastCGI records", Is(id("protocol-fastcgi-invalid"))),
    ("memcached sent invalid", Is(id("response-unreadable"))),
    ("upstream SSL certificate does not match", Is(id("certificate-name-mismatch"))),
    ("upstream SSL certificate verify error", By(certificate_error)),
    ("upstream SSL certificate", Is(id("certificate-rejected"))),
    ("peer closed connection in SSL handshake", By(closed_in_handshake)),
    ("SSL_do_handshake() failed", By(tls_failed)),
    ("SSL_read() failed", By(tls_failed)),
    ("SSL_write() failed", By(tls_failed)),
    ("SSL_shutdown() failed", Is(id("gateway-warning"))),
    ("SSL_set_tlsext_host_name(", Is(id("gateway-config-error"))),
    ("connection upgrade in subrequest", Is(id("upgrade-failed"))),
    ("auth request unexpected status", Is(id("auth-request-failed"))),
    // names and addresses that configuration or variables produce
    ("host not found in upstream", Is(id("name-unresolvable-at-start"))),
    ("no port in upstream", Is(id("proxy-url-invalid"))),
    ("no host in upstream", Is(id("proxy-url-invalid"))),
    ("invalid host in upstream", Is(id("proxy-url-invalid"))),
    ("invalid port in upstream", Is(id("proxy-url-invalid"))),
    ("invalid URL prefix in", Is(id("proxy-url-invalid"))),
    ("zero length URI to proxy", Is(id("proxy-url-invalid"))),
    ("invalid local address", Is(id("gateway-config-error"))),
    ("no upstream configuration", Is(id("gateway-internal-error"))),
    ("rewrite or internal redirection cycle", Is(id("gateway-config-error"))),
    ("too many redirects", Is(id("gateway-config-error"))),
    ("cannot load certificate", Is(id("gateway-config-error"))),
    // limits
    ("limiting requests, dry run", Is(id("gateway-warning"))),
    ("limiting connections, dry run", Is(id("gateway-warning"))),
    ("limiting requests", Is(id("rate-limited"))),
    ("limiting connections", Is(id("rate-limited"))),
    ("delaying request", Is(id("rate-delayed"))),
    ("socket() failed", By(socket_failed)),
    ("accept4() failed", By(accept_failed)),
    ("accept() failed", By(accept_failed)),
    ("open() ", By(file_failed)),
    ("pwritev() ", By(file_failed)),
    ("pwrite() ", By(file_failed)),
    ("write() ", By(file_failed)),
    ("mkdir() ", By(file_failed)),
    ("rename() ", By(file_failed)),
    ("bind() to ", Is(id("gateway-listen-failed"))),
    ("still could not bind()", Is(id("gateway-listen-failed"))),
    ("bind(", Is(id("connect-no-local-port"))),
    ("fork() failed", Is(id("gateway-internal-error"))),
    ("could not respawn", Is(id("gateway-internal-error"))),
    ("malloc(", Is(id("gateway-out-of-memory"))),
    ("posix_memalign(", Is(id("gateway-out-of-memory"))),
    ("could not allocate node", Is(id("gateway-out-of-memory"))),
    ("ngx_slab_alloc() failed: no memory", Is(id("gateway-out-of-memory"))),
    ("thread operation took too long", Is(id("gateway-internal-error"))),
    // clients
    ("client intended to send too large", Is(id("request-body-too-big"))),
    ("client sent too long header line", Is(id("request-header-too-big"))),
    ("client sent too large request", Is(id("request-header-too-big"))),
    ("client timed out", Is(id("client-timed-out"))),
    ("client sent plain HTTP request to HTTPS port", Is(id("client-request-bad"))),
    ("client sent ", Is(id("client-request-bad"))),
    ("client ", Is(id("client-gone"))),
    ("epoll_wait() reported that client prematurely closed", Is(id("client-gone"))),
    ("kevent() reported that client prematurely closed", Is(id("client-gone"))),
    ("access forbidden by rule", Is(id("request-forbidden"))),
    ("directory index of ", Is(id("request-forbidden"))),
    ("user \"", Is(id("request-forbidden"))),
    // life
    ("start worker processes", Is(id("gateway-started"))),
    ("reconfiguring", Is(id("gateway-reloaded"))),
    ("gracefully shutting down", Is(id("gateway-stopped"))),
    ("exiting", Is(id("gateway-stopped"))),
    // OpenResty
    ("lua tcp socket connect timed out", Is(id("dependency-timed-out"))),
    ("lua tcp socket read timed out", Is(id("dependency-timed-out"))),
    ("lua entry thread aborted", Is(id("gateway-internal-error"))),
    ("failed to run ", Is(id("gateway-internal-error"))),
];

/// What is recognised by words inside a message that begins with a name or number.
const INSIDE: &[(&str, SignalId)] = &[
    (" worker_connections are not enough, reusing", id("gateway-connections-low-limit")),
    (" worker_connections are not enough", id("gateway-connections-exhausted")),
    (" worker_connections exceed open file resource limit", id("gateway-connections-low-limit")),
    (" exited on signal ", id("gateway-worker-died")),
    (" exited with fatal code ", id("gateway-worker-died")),
    (" is buffered to a temporary file ", id("gateway-buffered-to-disk")),
    ("_buffer_size ", id("gateway-config-error")),
    (" balancer.lua:", id("no-upstream-configured")),
];

/// Puts into the sink what a line means.
pub(super) fn explain(entry: &Entry<'_>, sink: &mut Sink) {
    let Some(meaning) = meaning(entry) else { return };
    let mut signal = sink.signal(meaning).target(entry.target());
    if let Some(request) = entry.request() {
        signal = signal.request(request);
    }
    if let Some(errno) = entry.errno
        && !entry.message.starts_with("upstream timed out")
        && !entry.message.contains(" could not be resolved (")
    {
        // A timer's number is nginx's own choice, a resolver's is DNS's: neither is the system's.
        signal = signal.value(Value::Errno(errno));
    }
    let banner = banner(entry);
    sink.put(details(entry, signal));
    if let Some(banner) = banner {
        sink.put(sink.signal(banner).target(entry.target()));
    }
}

fn meaning(entry: &Entry<'_>) -> Option<SignalId> {
    let message = entry.message;
    if let Some((_, meaning)) = MESSAGES.iter().find(|(words, _)| message.starts_with(words)) {
        return Some(match meaning {
            Is(signal) => *signal,
            By(decide) => decide(entry),
        });
    }
    if let Some(signal) = unresolved(entry) {
        return Some(signal);
    }
    if let Some((_, signal)) = INSIDE.iter().find(|(words, _)| message.contains(words)) {
        return Some(*signal);
    }
    if let Some(rest) = message.strip_prefix("signal ") {
        return Some(match number_in(rest)? {
            1 => id("gateway-reloaded"),
            3 | 15 => id("gateway-stopped"),
            _ => return None,
        });
    }
    match entry.level {
        Level::Emergency => Some(id("gateway-config-refused")),
        // A file that is asked for: `"/srv/app/x" is not found`.
        Level::Error if message.starts_with('"') => Some(id("file-not-found")),
        Level::Quiet => None,
        _ => Some(id("gateway-warning")),
    }
}

/// `NAME could not be resolved (CODE: TEXT)`; the codes are those of DNS, and 110 for the timer.
fn unresolved(entry: &Entry<'_>) -> Option<SignalId> {
    let (_, code) = entry.message.split_once(" could not be resolved (")?;
    Some(match number_in(code) {
        Some(3) => id("name-not-found"),
        Some(110) => id("name-lookup-timed-out"),
        _ if code.contains("timed out") => id("name-lookup-timed-out"),
        _ => id("name-lookup-failed"),
    })
}

fn connect_failed(entry: &Entry<'_>) -> SignalId {
    let errno = entry.errno.unwrap_or(Errno(0));
    match entry.during {
        During::Resolve if errno == Errno(111) => id("resolver-refused"),
        During::Resolve => id("name-lookup-failed"),
        // Without a phase it is a socket that a script of OpenResty opened.
        During::Unsaid if entry.field("upstream").is_none() => match errno.0 {
            110 => id("dependency-timed-out"),
            _ => id("dependency-refused"),
        },
        _ => connect_error(errno),
    }
}

fn timed_out(entry: &Entry<'_>) -> SignalId {
    match entry.during {
        During::Resolve => id("name-lookup-timed-out"),
        During::Connect => id("connect-timed-out"),
        During::Tls => id("tls-handshake-timed-out"),
        During::Send => id("send-timed-out"),
        During::Body | During::Tunnel => id("body-timed-out"),
        During::Client | During::ClientTls => id("client-timed-out"),
        During::Head | During::Unsaid => id("read-timed-out"),
    }
}

fn closed_early(entry: &Entry<'_>) -> SignalId {
    match entry.during {
        During::Body | During::Tunnel | During::Client => id("body-incomplete"),
        During::Tls => id("tls-closed-in-handshake"),
        _ => id("closed-before-response"),
    }
}

fn read_failed(entry: &Entry<'_>) -> SignalId {
    let reset = matches!(entry.errno, Some(Errno(104 | 103)));
    match (entry.during, entry.errno) {
        (During::Client | During::ClientTls, _) => id("client-gone"),
        (During::Tunnel, _) if entry.level == Level::Quiet => id("client-gone"),
        (During::Resolve, Some(Errno(111))) => id("resolver-refused"),
        (During::Resolve, _) => id("name-lookup-failed"),
        // A refusal that the kernel reports late.
        (_, Some(errno @ Errno(101 | 111 | 113))) => connect_error(errno),
        (During::Tls, _) => id("tls-reset-in-handshake"),
        (During::Body | During::Tunnel, Some(Errno(110))) => id("body-timed-out"),
        (During::Body | During::Tunnel, _) => id("body-reset"),
        (_, Some(Errno(110))) => id("read-timed-out"),
        (During::Send, _) => id("send-broken"),
        _ if reset => id("reset-before-response"),
        _ => id("ended-before-response"),
    }
}

fn write_failed(entry: &Entry<'_>) -> SignalId {
    match (entry.during, entry.errno) {
        (During::Client | During::ClientTls, _) => id("client-gone"),
        (During::Tunnel, _) if entry.level == Level::Quiet => id("client-gone"),
        (During::Resolve, Some(Errno(111))) => id("resolver-refused"),
        (During::Resolve, _) => id("name-lookup-failed"),
        (During::Connect, Some(errno)) if errno != Errno(32) => connect_error(errno),
        (_, Some(errno @ Errno(101 | 111 | 113))) => connect_error(errno),
        (During::Body | During::Tunnel, _) => id("body-reset"),
        (During::Unsaid, _) if entry.field("upstream").is_none() => id("client-gone"),
        _ => id("send-broken"),
    }
}

fn duplicate_header(entry: &Entry<'_>) -> SignalId {
    let name = between(entry.message, "header line: \"", ":").unwrap_or_default();
    if entry.level < Level::Error {
        id("gateway-warning")
    } else if name.eq_ignore_ascii_case("content-length") {
        id("content-length-invalid")
    } else if name.eq_ignore_ascii_case("transfer-encoding") {
        id("transfer-encoding-invalid")
    } else {
        id("header-duplicate")
    }
}

/// Other complaints of what the upstream sent: those of the gRPC and HTTP/2 modules name frames and streams.
fn other_sent(entry: &Entry<'_>) -> SignalId {
    const HTTP2: &[&str] =
        &["http2", "frame", "stream", "goaway", "settings", ":status", "window", "padding", "http2 table"];
    if HTTP2.iter().any(|word| entry.message.contains(word)) {
        id("http2-protocol-error")
    } else if entry.during == During::Body {
        id("body-cut")
    } else {
        id("response-unreadable")
    }
}

/// `(10:certificate has expired)`: OpenSSL's number of the verification error, then its words.
fn certificate_error(entry: &Entry<'_>) -> SignalId {
    match between(entry.message, "error: (", ":").and_then(number_in) {
        Some(9 | 10) => id("certificate-expired"),
        Some(2 | 18..=21 | 27) => id("certificate-untrusted"),
        Some(62 | 64) => id("certificate-name-mismatch"),
        _ => tls_error(entry.message).unwrap_or(id("certificate-rejected")),
    }
}

fn closed_in_handshake(entry: &Entry<'_>) -> SignalId {
    match (entry.during, entry.errno) {
        (During::ClientTls | During::Client, _) => id("client-tls-failed"),
        (_, Some(Errno(104))) => id("tls-reset-in-handshake"),
        _ => id("tls-closed-in-handshake"),
    }
}

fn tls_failed(entry: &Entry<'_>) -> SignalId {
    if matches!(entry.during, During::ClientTls | During::Client | During::Unsaid) {
        return id("client-tls-failed");
    }
    let by_alert = alert_in(entry.message).and_then(alert_meaning);
    let by_words = || tls_error(entry.message);
    by_alert.or_else(by_words).unwrap_or(match alert_in(entry.message) {
        Some(_) => id("tls-alert-received"),
        None => id("tls-handshake-failed"),
    })
}

/// The alert's number in `SSL alert number 40`.
fn alert_in(message: &str) -> Option<u8> {
    let (_, number) = message.rsplit_once("SSL alert number ")?;
    u8::try_from(number_in(number)?).ok()
}

/// Alerts whose meaning is more than "refused" (RFC 8446 section 6.2).
fn alert_meaning(alert: u8) -> Option<SignalId> {
    Some(match alert {
        40 => id("tls-no-shared-cipher"),
        70 => id("tls-version-unsupported"),
        112 => id("tls-unrecognized-name"),
        42 | 116 => id("tls-client-certificate-required"),
        _ => return None,
    })
}

fn socket_failed(entry: &Entry<'_>) -> SignalId {
    match entry.errno {
        Some(Errno(23 | 24)) => id("gateway-out-of-descriptors"),
        Some(Errno(12 | 105)) => id("gateway-out-of-memory"),
        _ => id("gateway-internal-error"),
    }
}

fn accept_failed(entry: &Entry<'_>) -> SignalId {
    match entry.errno {
        Some(Errno(23 | 24)) => id("gateway-out-of-descriptors"),
        _ => id("client-gone"),
    }
}

/// A file or folder that nginx could not use. Files that clients ask for fail at level error; nginx's own fail at
/// crit, or while it passes a response on.
fn file_failed(entry: &Entry<'_>) -> SignalId {
    let own = entry.level >= Level::Grave || entry.during == During::Body;
    match entry.errno {
        Some(Errno(23 | 24)) => id("gateway-out-of-descriptors"),
        Some(Errno(28 | 122)) => id("gateway-disk-full"),
        Some(Errno(1 | 13 | 30)) if own => id("gateway-temp-denied"),
        Some(Errno(1 | 13)) => id("request-forbidden"),
        _ if own => id("gateway-internal-error"),
        _ => id("file-not-found"),
    }
}

/// Bytes of another protocol, where the message quotes a number made of them.
fn banner(entry: &Entry<'_>) -> Option<SignalId> {
    let message = entry.message;
    if let Some((_, version)) = message.split_once("unsupported FastCGI protocol version: ") {
        return Some(match number_in(version)? {
            // 'H' of "HTTP/1.1"
            72 => id("answer-looks-like-http"),
            // TLS records: alert and handshake
            21 | 22 => id("answer-looks-like-tls"),
            // 'S' of "SSH-2.0"
            83 => id("answer-looks-like-ssh"),
            _ => id("answer-looks-like-other"),
        });
    }
    let (_, length) = message.split_once("too large http2 frame: ")?;
    // The three bytes "HTT" read as a length.
    (number_in(length)? == 0x48_54_54).then_some(id("answer-looks-like-http"))
}

/// Values, names and paths that single messages carry.
fn details(entry: &Entry<'_>, signal: Signal) -> Signal {
    let message = entry.message;
    let quoted = |signal: Signal| match between(message, "\"", "\"") {
        Some(name) => signal.name(name),
        None => signal,
    };
    let name = signal.id.as_str();
    match name {
        "name-not-found" | "name-lookup-failed" | "name-lookup-timed-out" => {
            match message.split_once(" could not be resolved") {
                Some((host, _)) => named_host(signal, host.rsplit(' ').next().unwrap_or(host)),
                None => signal,
            }
        }
        "resolver-not-defined" => {
            let host = message.trim_start_matches("no resolver defined to resolve ");
            named_host(signal, host.split([' ', ',']).next().unwrap_or(host))
        }
        "name-unresolvable-at-start" => {
            let host = between(message, "\"", "\"").unwrap_or_default().to_owned();
            named_host(signal, host.split(':').next().unwrap_or_default())
        }
        "gateway-worker-died" => {
            let number = message.rsplit_once(" exited on signal ").and_then(|(_, n)| number_in(n));
            match number.and_then(|n| i32::try_from(n).ok()) {
                Some(number) => signal.value(Value::OsSignal(number)),
                None => signal,
            }
        }
        "auth-request-failed" => match message.split_once("status: ").and_then(|(_, n)| number_in(n)) {
            Some(status) => signal.value(Value::Status(u16::try_from(status).unwrap_or(0))),
            None => signal,
        },
        "gateway-temp-denied" | "gateway-disk-full" => match between(message, "\"", "\"") {
            Some(path) => signal.path(folder(path)),
            None => signal,
        },
        "gateway-listen-failed" => {
            signal.target(between(message, "bind() to ", " failed").and_then(Target::parse))
        }
        "rate-limited" => quoted(signal),
        _ => match alert_in(message) {
            Some(alert) if name.starts_with("tls-") => signal.value(Value::Alert(alert)),
            _ => signal,
        },
    }
}

fn named_host(signal: Signal, host: &str) -> Signal {
    let target = signal.about.target.clone().or_else(|| Target::parse(host));
    signal.name(host).target(target)
}

/// The folder of nginx's numbered temporary file, without its own numbered sub-folders: `…/proxy/1/00/0000000001`.
fn folder(path: &str) -> String {
    let mut folder = path;
    while let Some((parent, last)) = folder.rsplit_once('/') {
        if last.is_empty() || !last.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        folder = parent;
    }
    folder.to_owned()
}

/// The number at the beginning.
fn number_in(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}
