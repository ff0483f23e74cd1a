//! Squid's cache.log: `2026/11/22 00:00:00| message`, with `kid1` before the bar where there are several processes,
//! and indented lines that name the transaction.

use goodgate_facts::{Address, Errno, SignalId, Target, Value, id};

use super::connect_words::{connect_error, tls_error};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "squid-cache",
    title: "Squid cache.log",
    reference: "squid src/debug/debug.cc, src/neighbors.cc, src/http.cc, src/ssl/*.cc",
    product: "squid",
    capture: false,
    open: |_: &[Declared]| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    begun: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let Some((time, message)) = split(&text) else {
            let continues = self.begun && text.starts_with("    ");
            return if continues { Verdict::Continues } else { Verdict::Foreign };
        };
        self.begun = true;
        sink.set_time(clock::slashed(time.as_bytes()).map(|(when, _)| when));
        read(message.trim_start(), sink);
        Verdict::Mine
    }
}

/// `2026/11/22 00:00:00[.123][ kid1]| message`.
fn split(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'/') {
        return None;
    }
    let (head, message) = text.split_once('|')?;
    let dated = (19..=40).contains(&head.len())
        && bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.get(7) == Some(&b'/')
        && bytes.get(10) == Some(&b' ')
        && bytes.get(13) == Some(&b':');
    dated.then_some((head, message))
}

fn read(message: &str, sink: &mut Sink) {
    // Newer releases put a level word before words that older ones print bare.
    let bare =
        message.strip_prefix("ERROR: ").or_else(|| message.strip_prefix("WARNING: ")).unwrap_or(message);
    if let Some(rest) = bare.strip_prefix("TCP connection to ") {
        let place = rest.split_once(" failed").map(|(place, _)| place);
        sink.put(sink.signal(id("connect-failed")).target(place.and_then(peer)));
    } else if let Some(rest) = bare.strip_prefix("Connection to ")
        && let Some((place, _)) = rest.split_once(" failed")
    {
        sink.put(sink.signal(id("connect-failed")).name(place));
    } else if let Some(rest) = bare.strip_prefix("Detected DEAD Parent: ") {
        sink.put(sink.signal(id("upstream-marked-down")).name(first_word(rest)));
    } else if let Some(rest) = bare.strip_prefix("Detected REVIVED Parent: ") {
        sink.put(sink.signal(id("upstream-marked-up")).name(first_word(rest)));
    } else if let Some(rest) = bare.strip_prefix("DNS lookup for '") {
        let name = rest.split('\'').next().unwrap_or(rest);
        let target = Address::parse(name, 0).map(|address| Target { protocol: None, address });
        sink.put(sink.signal(id("name-lookup-failed")).target(target));
    } else if is_tls(bare) {
        tls(bare, sink);
    } else if bare.contains("socket failure: (")
        || bare.starts_with("commBind")
        || bare.starts_with("comm_open")
    {
        socket_failure(bare, sink);
    } else if let Some(rest) = bare.strip_prefix("Squid Parent: ") {
        child(rest, sink);
    } else if let Some((_, meaning)) = STARTS.iter().find(|(start, _)| bare.starts_with(start)) {
        sink.put(sink.signal(*meaning));
    } else if let Some(rest) = bare.strip_prefix("FATAL: ") {
        sink.put(sink.signal(fatal(rest)));
    }
}

/// Messages that begin so, without `ERROR: ` or `WARNING: `. What follows may hold the client's URL.
const STARTS: &[(&str, SignalId)] = &[
    ("HTTP: Invalid Response: No object data received", id("closed-before-response")),
    ("HTTP: Invalid Response: Bad header encountered", id("response-unreadable")),
    ("HTTP: Invalid Response", id("response-unreadable")),
    ("WARNING! Your cache is running out of filedescriptors", id("gateway-out-of-descriptors")),
    ("Your cache is running out of filedescriptors", id("gateway-out-of-descriptors")),
    ("All DNS servers are unreachable", id("resolver-lost")),
    ("Failed to select source for", id("no-live-upstream")),
    ("Forwarding loop detected for", id("loop-detected")),
    ("Closing client connection due to lifetime timeout", id("client-timed-out")),
    ("assertion failed:", id("gateway-worker-died")),
    ("diskHandleWrite:", id("gateway-disk-full")),
    ("urlParse: Illegal", id("client-request-bad")),
    ("Starting Squid Cache version", id("gateway-started")),
    ("Accepting HTTP Socket connections", id("gateway-started")),
    ("Accepting reverse-proxy HTTP Socket connections", id("gateway-started")),
    ("Reconfiguring Squid Cache", id("gateway-reloaded")),
    ("Shutting down...", id("gateway-stopped")),
    ("Preparing for shutdown", id("gateway-stopped")),
];

fn fatal(rest: &str) -> SignalId {
    if rest.starts_with("Bungled") || rest.starts_with("Unable to process configuration") {
        id("gateway-config-refused")
    } else if rest.contains("HTTP Port") || rest.contains("HTTP Socket") || rest.contains("listening") {
        id("gateway-listen-failed")
    } else if rest.contains("Received ") || rest.contains("dying") {
        id("gateway-worker-died")
    } else if rest.contains("running out of filedescriptors") || rest.contains("file descriptors") {
        id("gateway-out-of-descriptors")
    } else {
        id("gateway-internal-error")
    }
}

/// `127.0.0.1/8080` or `app.internal/8080`.
fn peer(place: &str) -> Option<Target> {
    let (host, port) = place.rsplit_once('/')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port: u16 = port.parse().ok()?;
    let plain = !host.is_empty() && !host.contains([' ', '/']);
    plain.then(|| Target { protocol: None, address: Address::Tcp { host: host.to_ascii_lowercase(), port } })
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or(text)
}

fn is_tls(bare: &str) -> bool {
    const STARTS: &[&str] = &[
        "negotiating TLS",
        "Error negotiating SSL",
        "Error negotiating TLS",
        "fwdNegotiateSSL",
        "SSL unknown certificate error",
        "Certificate ",
        "Self signed certificate",
    ];
    // The client's side has its own words ("client connection").
    STARTS.iter().any(|start| bare.starts_with(start)) && !bare.contains("client connection")
}

fn tls(bare: &str, sink: &mut Sink) {
    let by_number =
        bare.strip_prefix("SSL unknown certificate error ").and_then(|rest| first_word(rest).parse().ok());
    let meaning = match by_number {
        Some(number) => x509(number),
        None => tls_error(bare).unwrap_or(id("tls-handshake-failed")),
    };
    sink.put(sink.signal(meaning));
}

/// OpenSSL's X509_V_ERR numbers.
fn x509(number: u32) -> SignalId {
    match number {
        9 | 10 => id("certificate-expired"),
        2 | 18..=21 | 27 => id("certificate-untrusted"),
        62 | 64 => id("certificate-name-mismatch"),
        _ => id("certificate-rejected"),
    }
}

/// `comm_openex socket failure: (24) Too many open files`, `commBind: Cannot bind socket FD 9 to …: (98) …`.
fn socket_failure(bare: &str, sink: &mut Sink) {
    let number =
        bare.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next()).and_then(|n| n.parse().ok());
    let Some(number) = number else { return };
    let meaning = match number {
        98 => id("gateway-listen-failed"),
        _ => connect_error(Errno(number)),
    };
    sink.put(sink.signal(meaning).value(Value::Errno(Errno(number))));
}

/// `squid-1 process 123 exited due to signal 9 with status 0`.
fn child(rest: &str, sink: &mut Sink) {
    if let Some((_, after)) = rest.split_once("exited due to signal ") {
        let number = first_word(after).parse().unwrap_or(0);
        sink.put(sink.signal(id("gateway-worker-died")).value(Value::OsSignal(number)));
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026/01/02 03:04:05| TCP connection to 127.0.0.1/8080 failed\n    current master transaction: master57",
        signals: &["connect-failed @127.0.0.1:8080"],
    },
    Sample {
        text: "2026/01/02 03:04:05 kid1| ERROR: Connection to app failed",
        signals: &["connect-failed"],
    },
    Sample {
        text: "2026/01/02 03:04:05| WARNING: HTTP: Invalid Response: No object data received for http://shop.example.com/TCP connection to AKA http://shop.example.com/",
        signals: &["closed-before-response"],
    },
    Sample {
        text: "2026/01/02 03:04:05| WARNING: HTTP: Invalid Response: Bad header encountered from http://shop.example.com/ AKA http://shop.example.com/",
        signals: &["response-unreadable"],
    },
    Sample {
        text: "2026/01/02 03:04:05| WARNING: DNS lookup for 'app.internal' failed!",
        signals: &["name-lookup-failed @app.internal"],
    },
    Sample { text: "2026/01/02 03:04:05| Detected DEAD Parent: app", signals: &["upstream-marked-down"] },
    Sample { text: "2026/01/02 03:04:05| Detected REVIVED Parent: app", signals: &["upstream-marked-up"] },
    Sample {
        text: "2026/01/02 03:04:05| WARNING! Your cache is running out of filedescriptors\n    listening port: 127.0.0.1:80\n\
               2026/01/02 03:04:05| comm_openex socket failure: (24) Too many open files",
        signals: &["gateway-out-of-descriptors", "gateway-out-of-descriptors =24: Too many open files"],
    },
    Sample {
        text: "2026/01/02 03:04:05 kid1| ERROR: negotiating TLS on FD 15: error:0A000086:SSL routines::certificate verify failed (1/-1/0)",
        signals: &["certificate-rejected"],
    },
    Sample {
        text: "2026/01/02 03:04:05| FATAL: Bungled /etc/squid/squid.conf line 3: cache_peer",
        signals: &["gateway-config-refused"],
    },
    Sample {
        text: "2026/01/02 03:04:05| Squid Parent: squid-1 process 123 exited due to signal 6 with status 0",
        signals: &["gateway-worker-died =signal 6"],
    },
    Sample {
        // Squid's own request for a peer's digest is no visitor's request.
        text: "2026/01/02 03:04:05| temporary disabling (Bad Gateway) digest from 127.0.0.1",
        signals: &[],
    },
];
