//! H2O's error log: `[lib/core/proxy.c] in request:/path:message`, and the lines of its start and stop.
//!
//! The path stands before the message without a mark between them, so a message is only taken where the line ends
//! with it. The lines carry no time.

use goodgate_facts::{SignalId, Untrusted, id};

use super::connect_words::tls_error;
use super::php_message;
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "h2o-error",
    title: "H2O error log",
    reference: "h2o lib/core/proxy.c, lib/common/socket.c, lib/handler/fastcgi.c, src/main.c",
    product: "h2o",
    capture: false,
    open: |_: &[Declared]| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    in_php: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let text = text.trim_end();
        if let Some((place, rest)) = in_request(text) {
            self.in_php = place.ends_with("fastcgi.c") && rest.contains(":PHP message: ");
            request_line(rest, sink);
            return Verdict::Mine;
        }
        if self.in_php && php_message::is_trace(text.trim_start()) {
            return Verdict::Continues;
        }
        match own_line(text) {
            Some(meaning) => {
                self.in_php = false;
                if let Some(meaning) = meaning {
                    sink.put(sink.signal(meaning));
                }
                Verdict::Mine
            }
            None => Verdict::Foreign,
        }
    }
}

/// The source file and what follows `in request:`.
fn in_request(text: &str) -> Option<(&str, &str)> {
    let (place, rest) = text.strip_prefix('[')?.split_once("] in request:")?;
    (place.starts_with("lib/") && place.ends_with(".c") && !place.contains(' ')).then_some((place, rest))
}

fn request_line(rest: &str, sink: &mut Sink) {
    let ends = |words: &str| rest.strip_suffix(words).is_some_and(|path| path.ends_with(':'));
    if let Some((words, meaning)) = ENDS.iter().find(|(words, _)| ends(words)) {
        let path = rest.strip_suffix(words).and_then(|path| path.strip_suffix(':')).unwrap_or("");
        let at_once = words.ends_with("failed to connect to host");
        sink.put(sink.signal(*meaning).request(Untrusted::new(path.as_bytes())));
        if at_once {
            sink.put(sink.signal(id("connect-call-failed")));
        }
    } else if let Some((path, words)) = rest.split_once(":PHP message: ")
        && !path.contains(' ')
    {
        php_message::read(words, sink);
    } else if let Some((path, words)) = rest.rsplit_once(':')
        && !path.contains(' ')
        && words.contains("certificate")
    {
        // Texts of certificate verification come from the TLS library and are not a closed list.
        sink.put(sink.signal(tls_error(words).unwrap_or(id("certificate-rejected"))));
    }
}

/// The meaning of a message at the end of the text.
pub(super) fn meaning_at_end(text: &str) -> Option<SignalId> {
    ENDS.iter().find(|(words, _)| text.ends_with(words)).map(|(_, meaning)| *meaning)
}

/// Messages at the end of a request's line; where one ends with another, the longer stands first.
const ENDS: &[(&str, SignalId)] = &[
    ("connection failed:failed to connect to host", id("connect-failed")),
    ("failed to connect to host", id("connect-failed")),
    ("connection failed", id("connect-failed")),
    ("connection failure", id("connect-failed")),
    ("connection refused", id("connect-refused")),
    ("connection timed out", id("connect-timed-out")),
    ("connection timeout", id("connect-timed-out")),
    ("connect timeout", id("connect-timed-out")),
    ("network unreachable", id("connect-unreachable")),
    ("host unreachable", id("connect-unreachable")),
    ("socket creation failed", id("gateway-out-of-descriptors")),
    ("failed to parse the response (chunked)", id("chunk-invalid")),
    ("failed to parse the response", id("response-unreadable")),
    ("line folding of header fields is not supported", id("header-invalid")),
    ("unexpected 101", id("upgrade-unasked")),
    ("I/O error (head)", id("ended-before-response")),
    ("I/O error (send)", id("send-broken")),
    ("I/O error (body; content-length)", id("body-cut")),
    ("I/O error (body; chunked)", id("body-cut")),
    ("I/O error (body)", id("body-cut")),
    // Without a place in brackets: during the TLS handshake or while sending.
    ("I/O error", id("ended-before-response")),
    ("first byte timeout", id("read-timed-out")),
    // Head or body: the words do not tell.
    ("I/O timeout", id("read-timed-out")),
    ("invalid content-length", id("content-length-invalid")),
    ("invalid response from upstream (malformed content-length)", id("content-length-invalid")),
    ("invalid response from upstream", id("response-unreadable")),
    ("refused stream", id("http2-protocol-error")),
    ("protocol violation", id("http2-protocol-error")),
    ("socket closed by peer", id("tls-closed-in-handshake")),
    ("ssl handshake failure", id("tls-handshake-failed")),
    ("SSL decode error", id("tls-handshake-failed")),
    ("no certificate", id("certificate-rejected")),
    ("invalid certificate", id("certificate-rejected")),
    ("certificate name mismatch", id("certificate-name-mismatch")),
    ("Name or service not known", id("name-not-found")),
    ("Temporary failure in name resolution", id("name-lookup-failed")),
    ("No address associated with hostname", id("name-lookup-empty")),
    ("fastcgi connection closed unexpectedly", id("ended-before-response")),
    ("received broken response", id("protocol-fastcgi-invalid")),
    ("failed to parse response header", id("header-invalid")),
    ("Primary script unknown", id("script-not-found")),
    ("proxy loop detected", id("loop-detected")),
    ("too many internal redirects", id("loop-detected")),
    ("out of memory", id("gateway-out-of-memory")),
];

/// Lines of the process itself: `Some(None)` for one that says nothing of use.
fn own_line(text: &str) -> Option<Option<SignalId>> {
    if text.starts_with("h2o server (pid:") {
        return Some(Some(id("gateway-started")));
    }
    if text.starts_with("received SIG") {
        return Some(Some(id("gateway-stopped")));
    }
    if text.starts_with("[WARN] detected close by upstream before the expected timeout") {
        return Some(Some(id("upstream-idle-shorter")));
    }
    if text.starts_with("[OCSP Stapling]") || text.starts_with("[INFO] raised RLIMIT_NOFILE") {
        return Some(None);
    }
    let own = text.starts_with("[ERROR] failed to") || text.starts_with("failed to listen to port");
    own.then_some(text.contains("listen").then_some(id("gateway-listen-failed")))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[lib/core/proxy.c] in request:/shop?a=1:connection failed",
        signals: &["connect-failed"],
    },
    Sample {
        text: "[lib/core/proxy.c] in request:/:failed to connect to host",
        signals: &["connect-failed", "connect-call-failed"],
    },
    Sample {
        // The path is the client's text and says something else than the message.
        text: "[lib/core/proxy.c] in request:/x:connection failed:I/O timeout",
        signals: &["read-timed-out"],
    },
    Sample { text: "[lib/core/proxy.c] in request:/connection failed", signals: &[] },
    Sample {
        text: "[lib/handler/fastcgi.c] in request:/a.php:connection failed:failed to connect to host",
        signals: &["connect-failed", "connect-call-failed"],
    },
    Sample {
        text: "[lib/core/proxy.c] in request:/:certificate has expired",
        signals: &["certificate-expired"],
    },
    Sample {
        text: "[lib/core/proxy.c] in request:/:unable to get local issuer certificate",
        signals: &["certificate-untrusted"],
    },
    Sample {
        text: "[lib/core/proxy.c] in request:/:I/O error (body; content-length)",
        signals: &["body-cut"],
    },
    Sample {
        text: "[lib/handler/fastcgi.c] in request:/a.php:PHP message: PHP Fatal error:  Uncaught Error: x in /srv/app/a.php:1\n\
               Stack trace:\n#0 {main}\n  thrown in /srv/app/a.php on line 1",
        signals: &["uncaught-exception"],
    },
    Sample {
        text: "[lib/handler/fastcgi.c] in request:/a.php:Primary script unknown",
        signals: &["script-not-found"],
    },
    Sample {
        text: "[WARN] detected close by upstream before the expected timeout (see issue #679)",
        signals: &["upstream-idle-shorter"],
    },
    Sample { text: "h2o server (pid:17943) is ready to serve requests", signals: &["gateway-started"] },
    Sample { text: "received SIGTERM, gracefully shutting down", signals: &["gateway-stopped"] },
];
