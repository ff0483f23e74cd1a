//! The errors of Go's `net`, `net/http` and `crypto/tls`, as programs written in Go log them. Knows no product.

use goodgate_facts::{Address, Errno, SignalId, Target, Value, id};

use super::connect_words::connect_error;

/// What an error text says.
#[derive(Debug)]
pub(crate) struct GoError {
    /// What it means.
    pub(crate) signal: SignalId,
    /// A second fact that the same words state, such as what the peer's answer looks like.
    pub(crate) also: Option<SignalId>,
    /// The place that was asked, where the words name it.
    pub(crate) target: Option<Target>,
    /// Detail.
    pub(crate) value: Value,
}

/// Where in the exchange the error was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before a response head was there.
    Head,
    /// While the body was being copied.
    Body,
}

/// Reads an error text; `None` if its grammar is not Go's or it means nothing known.
pub(crate) fn read(text: &str, stage: Stage) -> Option<GoError> {
    let text = unwrapped(text);
    let plain = |signal| GoError { signal, also: None, target: None, value: Value::None };
    if let Some(rest) = text.strip_prefix("dial ") {
        return Some(dial(rest));
    }
    if let Some(rest) = text.strip_prefix("lookup ") {
        return Some(GoError { target: looked_up(rest), ..plain(lookup(rest)) });
    }
    for (word, sending) in [("read ", false), ("write ", true), ("readfrom ", true)] {
        if let Some(rest) = text.strip_prefix(word)
            && ["tcp", "tcp4", "tcp6", "unix"].iter().any(|net| rest.starts_with(net))
        {
            return Some(transfer(rest, sending, stage));
        }
    }
    if let Some(alert) = text.strip_prefix("remote error: tls: ") {
        return Some(tls_alert(alert));
    }
    if let Some(quoted) = text.strip_prefix("malformed HTTP response ") {
        return Some(GoError { also: looks_like(quoted), ..plain(id("status-line-invalid")) });
    }
    if let Some(quoted) = text.strip_prefix("malformed HTTP version ") {
        return Some(GoError { also: looks_like(quoted), ..plain(id("status-line-invalid")) });
    }
    if stage == Stage::Body
        && let Some((_, signal)) = BODY.iter().find(|(words, _)| text.starts_with(words))
    {
        return Some(plain(*signal));
    }
    TEXTS.iter().find(|(words, _)| text.starts_with(words)).map(|(_, signal)| plain(*signal))
}

/// The innermost text: `Get "http://…": `, `http: proxy error: ` and the like taken off the front.
fn unwrapped(text: &str) -> &str {
    const WRAPPERS: &[&str] = &[
        "http: proxy error: ",
        "dialing backend: ",
        "making dial: ",
        "net/http: HTTP/1.x transport connection broken: ",
        "http: server closed connection: ",
        "round trip: ",
        "HTTP transport: ",
    ];
    const METHODS: &[&str] = &["Get ", "Head ", "Post ", "Put ", "Patch ", "Delete ", "Options "];
    let mut text = text.trim();
    loop {
        let rest = WRAPPERS.iter().find_map(|wrapper| text.strip_prefix(wrapper)).or_else(|| {
            let quoted = METHODS.iter().find_map(|method| text.strip_prefix(method))?.strip_prefix('"')?;
            quoted.split_once("\": ").map(|(_, rest)| rest)
        });
        match rest {
            Some(rest) => text = rest,
            None => return text,
        }
    }
}

/// `tcp 127.0.0.1:80: connect: connection refused`, `unix /run/x.sock: …`, `tcp: lookup app on 127.0.0.1:53: …`
fn dial(rest: &str) -> GoError {
    let signal = |signal, target, value| GoError { signal, also: None, target, value };
    let (network, rest) = rest.split_once([' ', ':']).unwrap_or((rest, ""));
    let rest = rest.trim_start();
    if let Some(rest) = rest.strip_prefix("lookup ") {
        return signal(lookup(rest), looked_up(rest), Value::None);
    }
    if rest.starts_with("address ") || rest.starts_with("unknown port") {
        return signal(id("proxy-url-invalid"), None, Value::None);
    }
    let (address, words) = rest.split_once(": ").unwrap_or((rest, ""));
    let target = if network == "unix" {
        Some(Target { protocol: None, address: Address::Unix(address.to_owned()) })
    } else {
        // A dial that was bound to a local address is written `local->remote`.
        Target::parse(address.rsplit("->").next().unwrap_or(address))
    };
    let words = words.strip_prefix("connect: ").or_else(|| words.strip_prefix("socket: ")).unwrap_or(words);
    let words = words.strip_prefix("bind: ").unwrap_or(words);
    if words.starts_with("i/o timeout") || words.starts_with("context deadline exceeded") {
        return signal(id("connect-timed-out"), target, Value::None);
    }
    if words.starts_with("operation was canceled") || words.starts_with("context canceled") {
        return signal(id("client-gone"), target, Value::None);
    }
    match Errno::from_text(words) {
        Some(errno) => signal(connect_error(errno), target, Value::Errno(errno)),
        None => signal(id("connect-failed"), target, Value::None),
    }
}

/// `app.internal on 127.0.0.53:53: no such host`
fn lookup(rest: &str) -> SignalId {
    let words = rest.rsplit(": ").next().unwrap_or(rest);
    match words {
        "no such host" | "Name or service not known" => id("name-not-found"),
        "i/o timeout" | "context deadline exceeded" => id("name-lookup-timed-out"),
        // The resolver's own address answered nothing but "port closed".
        "connection refused" => id("resolver-refused"),
        _ => id("name-lookup-failed"),
    }
}

fn looked_up(rest: &str) -> Option<Target> {
    let name = rest.split([' ', ':']).next()?;
    Some(Target { protocol: None, address: Address::parse(name, 0)? })
}

/// `tcp 127.0.0.1:44014->127.0.0.1:80: read: connection reset by peer`
fn transfer(rest: &str, sending: bool, stage: Stage) -> GoError {
    let (network, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (pair, words) = rest.split_once(": ").unwrap_or((rest, ""));
    let remote = pair.rsplit("->").next().filter(|_| pair.contains("->"));
    let target = remote.and_then(|remote| match network {
        "unix" => remote.starts_with(['/', '@']).then(|| Address::Unix(remote.to_owned())),
        _ => Address::parse(remote, 0),
    });
    let target = target.map(|address| Target { protocol: None, address });
    let words = ["read: ", "write: ", "splice: ", "sendfile: "]
        .iter()
        .find_map(|call| words.strip_prefix(call))
        .unwrap_or(words);
    let errno = Errno::from_text(words);
    let timed_out = words.starts_with("i/o timeout") || errno == Some(Errno(110));
    let reset = errno == Some(Errno(104));
    let signal = match (sending, stage) {
        (true, _) if timed_out => id("send-timed-out"),
        (true, _) => id("send-broken"),
        (false, Stage::Head) if timed_out => id("read-timed-out"),
        (false, Stage::Head) if reset => id("reset-before-response"),
        (false, Stage::Head) => id("ended-before-response"),
        (false, Stage::Body) if timed_out => id("body-timed-out"),
        (false, Stage::Body) if reset => id("body-reset"),
        (false, Stage::Body) => id("body-cut"),
    };
    GoError { signal, also: None, target, value: Value::None }
}

fn tls_alert(words: &str) -> GoError {
    const ALERTS: &[(&str, u8, SignalId)] = &[
        ("handshake failure", 40, id("tls-no-shared-cipher")),
        ("bad certificate", 42, id("tls-client-certificate-required")),
        ("certificate required", 116, id("tls-client-certificate-required")),
        ("unknown certificate authority", 48, id("tls-alert-received")),
        ("expired certificate", 45, id("tls-alert-received")),
        ("protocol version not supported", 70, id("tls-version-unsupported")),
        ("unrecognized name", 112, id("tls-unrecognized-name")),
        ("no application protocol", 120, id("tls-alert-received")),
        ("internal error", 80, id("tls-alert-received")),
        ("access denied", 49, id("tls-alert-received")),
    ];
    let known = ALERTS.iter().find(|(text, ..)| words.starts_with(text));
    let (signal, value) = known.map_or((id("tls-alert-received"), Value::None), |(_, number, signal)| {
        (*signal, Value::Alert(*number))
    });
    GoError { signal, also: None, target: None, value }
}

/// What the first bytes of an answer, quoted by Go, look like. The quotation marks are still on.
pub(crate) fn looks_like(quoted: &str) -> Option<SignalId> {
    let text = quoted.trim_start_matches(['"', '\\']);
    let escaped = quoted.trim_start_matches('"');
    if text.starts_with("SSH-") {
        Some(id("answer-looks-like-ssh"))
    } else if escaped.starts_with("\\x15\\x03") || escaped.starts_with("\\x16\\x03") {
        Some(id("answer-looks-like-tls"))
    } else if escaped.starts_with("\\x00\\x00")
        && escaped.get(8..).is_some_and(|rest| rest.contains("\\x04\\x00"))
    {
        Some(id("answer-looks-like-http2"))
    } else if escaped.get(1..).is_some_and(|rest| rest.starts_with("\\x00\\x00\\x00")) {
        // A MySQL packet begins with its length in three bytes, little end first, and the number 0.
        Some(id("answer-looks-like-mysql"))
    } else {
        None
    }
}

/// Texts that mean something else once the body has begun; matched at the beginning.
const BODY: &[(&str, SignalId)] = &[
    ("unexpected EOF", id("body-incomplete")),
    ("http: unexpected EOF reading trailer", id("body-incomplete")),
    ("EOF", id("body-incomplete")),
    ("context deadline exceeded", id("response-timed-out")),
    ("http2: client connection lost", id("body-cut")),
    ("stream error: ", id("body-cut")),
];

/// Texts without coordinates; matched at the beginning, the special before the general.
const TEXTS: &[(&str, SignalId)] = &[
    ("EOF", id("closed-before-response")),
    ("unexpected EOF", id("closed-before-response")),
    ("http: server closed idle connection", id("closed-before-response")),
    ("http: unexpected EOF reading trailer", id("body-incomplete")),
    ("net/http: timeout awaiting response headers", id("read-timed-out")),
    ("timeout awaiting response headers", id("read-timed-out")),
    ("http2: timeout awaiting response headers", id("read-timed-out")),
    ("net/http: TLS handshake timeout", id("tls-handshake-timed-out")),
    ("HTTP transport TLS handshake ", id("tls-handshake-timed-out")),
    ("net/http: request canceled", id("response-timed-out")),
    ("context deadline exceeded", id("response-timed-out")),
    ("context canceled", id("client-gone")),
    ("malformed HTTP status code ", id("status-code-invalid")),
    ("malformed MIME header", id("header-invalid")),
    ("net/textproto: ", id("header-invalid")),
    ("bad Content-Length ", id("content-length-invalid")),
    ("http: message cannot contain multiple Content-Length headers", id("content-length-invalid")),
    ("http: suspiciously long trailer", id("chunk-invalid")),
    ("unsupported transfer encoding", id("transfer-encoding-invalid")),
    ("too many transfer encodings", id("transfer-encoding-invalid")),
    ("net/http: server response headers exceeded ", id("header-too-big")),
    ("http2: response header list larger than advertised limit", id("header-too-big")),
    ("malformed chunked encoding", id("chunk-invalid")),
    ("invalid byte in chunk length", id("chunk-invalid")),
    ("http: chunked line too long", id("chunk-invalid")),
    ("http chunk length too large", id("chunk-invalid")),
    ("chunked encoding contains too much non-data", id("chunk-invalid")),
    ("empty hex number for chunk length", id("chunk-invalid")),
    ("gzip: ", id("content-coding-invalid")),
    ("net/http: too many 1xx informational responses", id("response-unreadable")),
    ("readLoopPeekFailLocked", id("response-unreadable")),
    ("http: server gave HTTP response to HTTPS client", id("tls-peer-not-tls")),
    ("tls: first record does not look like a TLS handshake", id("tls-peer-not-tls")),
    ("tls: server selected unsupported protocol version", id("tls-version-unsupported")),
    ("tls: no supported versions satisfy", id("tls-version-unsupported")),
    (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
        id("certificate-expired"),
    ),
    ("tls: failed to verify certificate: x509: certificate is valid for ", id("certificate-name-mismatch")),
    (
        "tls: failed to verify certificate: x509: certificate is not valid for any names",
        id("certificate-name-mismatch"),
    ),
    (
        "tls: failed to verify certificate: x509: cannot validate certificate for ",
        id("certificate-name-mismatch"),
    ),
    (
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        id("certificate-untrusted"),
    ),
    ("tls: failed to verify certificate", id("certificate-rejected")),
    ("x509: certificate has expired or is not yet valid", id("certificate-expired")),
    ("x509: certificate is valid for ", id("certificate-name-mismatch")),
    ("x509: certificate is not valid for any names", id("certificate-name-mismatch")),
    ("x509: cannot validate certificate for ", id("certificate-name-mismatch")),
    ("x509: certificate relies on legacy Common Name field", id("certificate-name-mismatch")),
    ("x509: certificate signed by unknown authority", id("certificate-untrusted")),
    ("x509: ", id("certificate-rejected")),
    ("tls: ", id("tls-handshake-failed")),
    ("http2: server sent GOAWAY", id("closed-before-response")),
    ("http2: Transport received Server's graceful shutdown GOAWAY", id("closed-before-response")),
    ("http2: client connection lost", id("ended-before-response")),
    ("http2: ", id("http2-protocol-error")),
    ("stream error: ", id("reset-before-response")),
    ("connection error: ", id("http2-protocol-error")),
    ("fcgi: invalid header version", id("protocol-fastcgi-invalid")),
    ("no upstreams available", id("no-live-upstream")),
    ("no available server", id("no-live-upstream")),
    ("http: request body too large", id("request-body-too-big")),
    ("connection reset by peer", id("reset-before-response")),
    ("broken pipe", id("send-broken")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, stage: Stage) -> String {
        read(text, stage).map_or(String::new(), |error| {
            let target = error.target.map(|t| format!(" @{t}")).unwrap_or_default();
            let also = error.also.map(|id| format!(" {id}")).unwrap_or_default();
            format!("{}{also}{target}", error.signal)
        })
    }

    #[test]
    fn reads_what_go_programs_write() {
        let head = |text: &str| said(text, Stage::Head);
        assert_eq!(
            head("dial tcp 127.0.0.1:80: connect: connection refused"),
            "connect-refused @127.0.0.1:80"
        );
        assert_eq!(
            head("dialing backend: dial unix /run/a.sock: connect: permission denied"),
            "connect-denied @unix:/run/a.sock"
        );
        assert_eq!(head("dial tcp [::1]:80: connect: no route to host"), "connect-unreachable @[::1]:80");
        assert_eq!(
            head("dial tcp 10.0.0.1:80: socket: too many open files"),
            "gateway-out-of-descriptors @10.0.0.1:80"
        );
        assert_eq!(
            head("dial tcp: lookup app.internal on 127.0.0.1:53: no such host"),
            "name-not-found @app.internal"
        );
        assert_eq!(
            head("dial tcp: lookup a.b on 127.0.0.1:53: read udp 127.0.0.1:1->127.0.0.1:53: i/o timeout"),
            "name-lookup-timed-out @a.b"
        );
        assert_eq!(head("Get \"http://x/\": EOF"), "closed-before-response");
        assert_eq!(head("read tcp 127.0.0.1:9->127.0.0.1:80: i/o timeout"), "read-timed-out @127.0.0.1:80");
        assert_eq!(
            said("read tcp 127.0.0.1:9->127.0.0.1:80: i/o timeout", Stage::Body),
            "body-timed-out @127.0.0.1:80"
        );
        assert_eq!(head("write unix @->/run/a.sock: write: broken pipe"), "send-broken @unix:/run/a.sock");
        assert_eq!(
            head(
                "net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x15\\x03\\x01\\x00\""
            ),
            "status-line-invalid answer-looks-like-tls"
        );
        assert_eq!(head("the visitor wrote: EOF"), "");
    }
}
