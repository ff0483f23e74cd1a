//! One fetch of Varnish from a backend: its log records, read together, since several records tell of one failure.

use std::collections::HashMap;

use goodgate_facts::{Errno, SignalId, Target, Value, id};

use super::code_table::beginning;
use super::connect_words::connect_error;
use super::varnish_log::opened;
use crate::Sink;

/// What is known so far.
#[derive(Default)]
pub(crate) struct Fetch {
    backend: Option<(String, Option<Target>)>,
    /// What the records before `http format error` said was wrong with the head.
    flaw: Option<SignalId>,
    /// A failed read of the socket has been reported; what follows of the body only repeats it.
    read_failed: bool,
    /// The request's body could not be read or passed on; which of both, the next record tells.
    body_pending: bool,
    failed: bool,
}

impl Fetch {
    /// Takes in one record.
    pub(crate) fn record(
        &mut self,
        tag: &str,
        text: &[u8],
        held: &mut HashMap<String, SignalId>,
        sink: &mut Sink,
    ) {
        match tag {
            "BackendOpen" => {
                if let Some((name, target, reused)) = opened(text) {
                    if reused {
                        // Said only of a failure; a reused connection as such is nothing.
                        self.flaw = None;
                    }
                    self.backend = Some((name, target));
                }
            }
            "BogoHeader" => self.flaw = Some(bogus_header(text)),
            // The first word of what came; without a remark on a header before it, the status line is at fault.
            "HttpGarbage" if self.flaw.is_none() => {
                let http = text.strip_prefix(b"\"").unwrap_or(text).starts_with(b"HTTP/");
                self.flaw = Some(if http { id("status-code-invalid") } else { id("status-line-invalid") });
            }
            "FetchError" => self.error(&String::from_utf8_lossy(text), held, sink),
            "Error" if text.starts_with(b"Body cannot be fetched") => {
                self.put(id("response-unreadable"), Value::None, sink);
            }
            "Error" if text.starts_with(b"304 response but not conditional fetch") => {
                self.put(id("response-unreadable"), Value::None, sink);
            }
            "BerespStatus" if !self.failed && self.backend.is_some() => {
                let status = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
                match status {
                    Some(status @ 500..600) => {
                        self.put(id("upstream-answered-5xx"), Value::Status(status), sink);
                    }
                    Some(status @ 600..) => {
                        self.put(id("answer-invalid-status"), Value::Status(status), sink);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The transaction, or the file, has ended.
    pub(crate) fn end(self, sink: &mut Sink) {
        if self.body_pending {
            sink.put(sink.signal(id("client-gone")));
        }
    }

    fn error(&mut self, text: &str, held: &mut HashMap<String, SignalId>, sink: &mut Sink) {
        if let Some(rest) = text.strip_prefix("backend write error: ") {
            self.body_pending = false;
            let late = rest.starts_with("11 ") || rest.starts_with("110 ");
            self.put(if late { id("send-timed-out") } else { id("send-broken") }, Value::None, sink);
            return;
        }
        if let Some(rest) = text.strip_prefix("backend ")
            && let Some((name, reason)) = rest.split_once(": ")
        {
            if self.backend.is_none() {
                self.backend = Some((name.to_owned(), None));
            }
            let (found, value) = of_backend(name, reason, held);
            self.put(found, value, sink);
            return;
        }
        if text.starts_with("req.body read error") {
            self.body_pending = true;
            return;
        }
        // The operating system's words alone: a read in the middle of the body.
        if let Some(errno) = Errno::from_text(text).filter(|errno| errno.text().is_some_and(|t| text == t)) {
            self.read_failed = true;
            let found = match errno.0 {
                11 | 110 => id("body-timed-out"),
                104 => id("body-reset"),
                _ => id("body-cut"),
            };
            self.put(found, Value::None, sink);
            return;
        }
        if text.starts_with("http format error") {
            let found = self.flaw.take().unwrap_or(id("response-unreadable"));
            self.put(found, Value::None, sink);
            return;
        }
        let found = match beginning(TEXTS, text) {
            Some(found) if found.kind().group == "symptom" && self.repeats(found) => return,
            Some(found) => found,
            None if text.starts_with("Director ") && text.ends_with(" returned no backend") => {
                id("no-live-upstream")
            }
            None => return,
        };
        self.put(found, Value::None, sink);
        if text.contains("(reused connection)") {
            self.put(id("connection-reused"), Value::None, sink);
        }
    }

    /// Whether this only says that a body is short whose reading has already failed.
    fn repeats(&self, found: SignalId) -> bool {
        self.read_failed && (found == id("body-incomplete") || found == id("body-cut"))
    }

    fn put(&mut self, found: SignalId, value: Value, sink: &mut Sink) {
        self.failed = true;
        let mut signal = sink.signal(found).value(value);
        if let Some((name, target)) = &self.backend {
            signal = signal.name(name.clone()).target(target.clone());
        }
        sink.put(signal);
    }
}

/// `fail errno 111 (Connection refused)`, `busy`, `unhealthy`
fn of_backend(name: &str, reason: &str, held: &mut HashMap<String, SignalId>) -> (SignalId, Value) {
    if reason.starts_with("unhealthy") {
        return (id("no-live-upstream"), Value::None);
    }
    if reason.starts_with("busy") {
        return (id("upstream-limit-reached"), Value::None);
    }
    if reason.starts_with("proxy write errno") {
        return (id("send-broken"), Value::None);
    }
    let number =
        reason.strip_prefix("fail errno ").and_then(|rest| rest.split(' ').next()?.parse::<i32>().ok());
    match number {
        // After a failure Varnish holds the backend down for a moment and does not try: what holds is the failure
        // before. Without one in this log, nothing is known.
        Some(0) => (held.get(name).copied().unwrap_or(id("connect-failed")), Value::None),
        Some(number) => {
            const BACKENDS_MAX: usize = 1024;
            let found = connect_error(Errno(number));
            if held.len() < BACKENDS_MAX {
                held.insert(name.to_owned(), found);
            }
            (found, Value::Errno(Errno(number)))
        }
        None => (id("connect-failed"), Value::None),
    }
}

fn bogus_header(text: &[u8]) -> SignalId {
    if text.starts_with(b"Header too long") || text.starts_with(b"Too many headers") {
        id("header-too-big")
    } else if text.starts_with(b"Multiple Content-Length") || text.starts_with(b"Bogus Content-Length") {
        id("content-length-invalid")
    } else {
        id("header-invalid")
    }
}

/// Matched at the beginning of the text, the special before the general.
const TEXTS: &[(&str, SignalId)] = &[
    ("first byte timeout", id("read-timed-out")),
    ("timeout", id("head-never-completed")),
    ("HTC timeout", id("head-never-completed")),
    ("backend closed", id("ended-before-response")),
    ("HTC eof", id("ended-before-response")),
    ("HTC close", id("ended-before-response")),
    ("HTC empty", id("ended-before-response")),
    ("HTC junk", id("status-line-invalid")),
    ("HTC overflow", id("header-too-big")),
    ("HTC ", id("ended-before-response")),
    ("Received junk", id("status-line-invalid")),
    ("overflow", id("header-too-big")),
    ("http first read error: -1 11", id("read-timed-out")),
    ("http first read error", id("ended-before-response")),
    ("http read error", id("ended-before-response")),
    ("No backend connection", id("connect-failed")),
    ("no backend connection", id("connect-failed")),
    ("No backend", id("no-upstream-configured")),
    ("straight read_error", id("body-cut")),
    ("straight insufficient bytes", id("body-incomplete")),
    ("chunked read err", id("body-incomplete")),
    ("chunked insufficient bytes", id("body-incomplete")),
    ("eof socket fail", id("body-cut")),
    ("chunked ", id("chunk-invalid")),
    ("bogusly large chunk size", id("chunk-invalid")),
    ("Invalid Gzip data", id("content-coding-invalid")),
    ("Invalid Gzip", id("content-coding-invalid")),
    ("Junk after gzip data", id("content-coding-invalid")),
    ("Gunzip error", id("content-coding-invalid")),
    ("tGunzip failed", id("content-coding-invalid")),
    ("Gzip failed", id("gateway-internal-error")),
    ("Could not get storage", id("gateway-internal-error")),
    ("out of workspace", id("gateway-internal-error")),
    ("Workspace overflow", id("gateway-internal-error")),
    ("workspace overflow", id("gateway-internal-error")),
    ("Fetch filter ", id("gateway-internal-error")),
    ("Fetch pipeline failed", id("gateway-internal-error")),
    ("Template object failed", id("gateway-internal-error")),
    ("No thread available for bgfetch", id("gateway-internal-error")),
];
