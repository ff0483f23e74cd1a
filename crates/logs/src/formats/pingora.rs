//! Proxies built with Pingora: `Fail to proxy: Upstream ConnectRefused context: … status: 502, tries: 1, …`.

use goodgate_facts::{SignalId, id};

use super::code_table::of_code;
use super::columns::text;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "pingora",
    title: "log of a proxy built with Pingora",
    reference: "cloudflare/pingora: pingora-error, pingora-proxy",
    product: "pingora",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

/// Types of errors on the side of the server.
#[rustfmt::skip]
const UPSTREAM: &[(&str, SignalId)] = &[
    ("ConnectTimedout", id("connect-timed-out")),
    ("ConnectRefused", id("connect-refused")),
    ("ConnectNoRoute", id("connect-unreachable")),
    ("ConnectError", id("connect-failed")),
    ("ConnectProxyFailure", id("connect-failed")),
    ("BindError", id("connect-no-local-port")),
    ("SocketError", id("gateway-out-of-descriptors")),
    ("TLSHandshakeFailure", id("tls-handshake-failed")),
    ("HandshakeError", id("tls-handshake-failed")),
    ("TLSWantX509Lookup", id("tls-client-certificate-required")),
    ("TLSHandshakeTimedout", id("tls-handshake-timed-out")),
    ("InvalidCert", id("certificate-rejected")),
    ("InvalidHTTPHeader", id("response-unreadable")),
    ("H1Error", id("response-unreadable")),
    ("H2Error", id("http2-protocol-error")),
    ("InvalidH2", id("http2-protocol-error")),
    ("H2Downgrade", id("http2-protocol-error")),
    ("ReadError", id("ended-before-response")),
    ("WriteError", id("send-broken")),
    ("ConnectionClosed", id("ended-before-response")),
    ("ReadTimedout", id("read-timed-out")),
    ("WriteTimedout", id("send-timed-out")),
];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        const MARK: &[u8] = b"Fail to proxy: ";
        let Some(at) = memchr::memmem::find(&line[..line.len().min(200)], MARK) else {
            return Verdict::Foreign;
        };
        // A time begins the line or was taken off it; level and module follow, never anything in quotes.
        let when = clock::iso(line.strip_prefix(b"[").unwrap_or(line)).map(|(when, _)| when);
        let timed = at == 0 || when.is_some() || sink.time().is_some();
        if !timed || line[..at].contains(&b'"') {
            return Verdict::Foreign;
        }
        sink.set_time(when);
        let text = text(line.get(at + MARK.len()..).unwrap_or_default());
        let mut words = text.trim_start().split(' ');
        let first = words.next().unwrap_or("");
        let (side, kind) = match first {
            "Upstream" | "Downstream" | "Internal" => (first, words.next().unwrap_or("")),
            // Without a source it is about connecting.
            _ => ("Upstream", first),
        };
        let found = match side {
            "Downstream" => Some(id("client-gone")),
            "Internal" => Some(id("gateway-internal-error")),
            _ => of_code(UPSTREAM, kind),
        };
        sink.put(sink.signal(found.unwrap_or(id("gateway-answered-502"))));
        Verdict::Mine
    }
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "[2026-11-22T10:00:00Z ERROR pingora_proxy] Fail to proxy: Upstream ConnectRefused context: Peer: addr: 10.0.0.5:8080, scheme: HTTP,  cause: Connection refused (os error 111), status: 502, tries: 1, retry: false, GET /, Host: shop.example",
        signals: &["connect-refused"],
    },
    Sample {
        text: "[2026-11-22T10:00:00Z ERROR pingora_proxy] Fail to proxy: Upstream ReadTimedout context: Peer: addr: 10.0.0.5:8080, scheme: HTTP, status: 502, tries: 1, retry: false, GET /?ConnectRefused, Host: shop.example",
        signals: &["read-timed-out"],
    },
    Sample {
        text: "[2026-11-22T10:00:00Z ERROR pingora_proxy] Fail to proxy: Downstream ConnectionClosed context: x, status: 0, tries: 0, retry: false, GET /, Host: shop.example",
        signals: &["client-gone"],
    },
];
