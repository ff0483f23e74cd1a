//! An invalid response that HAProxy kept: where it stopped reading, and what stands there.

use goodgate_facts::{Signal, SignalId, id};

use crate::Sink;

/// Lines of the copy that are kept; a head that is longer shows nothing new.
const LINES_MAX: usize = 400;

/// One captured response.
pub(crate) struct Captured {
    about: Signal,
    server: Option<String>,
    backend: String,
    /// Name of the parser's state, such as `MSG_HDR_NAME`.
    state: String,
    error_at: Option<usize>,
    /// Bytes still free in the buffer when the parser gave up.
    length: usize,
    wraps_at: usize,
    /// Offset and text of each line of the copy; a long line goes on in several.
    lines: Vec<(usize, String)>,
}

impl Captured {
    /// A response of this backend.
    pub(crate) fn new(backend: &str, sink: &Sink) -> Self {
        Self {
            about: sink.signal(id("captured-bad-response")),
            server: None,
            backend: backend.to_owned(),
            state: String::new(),
            error_at: None,
            length: 0,
            wraps_at: 0,
            lines: Vec::new(),
        }
    }

    /// Takes in a line of the description or of the copy.
    pub(crate) fn line(&mut self, text: &str) -> bool {
        let text = text.strip_prefix("  ").unwrap_or(text);
        let number = |after: &str| {
            let rest = text.split(after).nth(1)?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
        };
        if let Some((offset, rest)) = text.get(..5).and_then(|head| head.parse().ok()).zip(text.get(5..)) {
            if self.lines.len() < LINES_MAX {
                let joined = rest.strip_prefix("+ ");
                let content = joined.or_else(|| rest.strip_prefix("  ")).unwrap_or(rest);
                match (joined.is_some(), self.lines.last_mut()) {
                    (true, Some((_, line))) => line.push_str(content),
                    _ => self.lines.push((offset, content.to_owned())),
                }
            }
        } else if text.starts_with("frontend ") {
            let server = text.split("server ").nth(1).and_then(|rest| rest.split(' ').next());
            self.server = server.filter(|server| !server.starts_with('<')).map(str::to_owned);
        } else if text.starts_with("len ") {
            self.length = number("len ").unwrap_or(0);
            self.wraps_at = number("wraps at ").unwrap_or(0);
            self.error_at = number("error at position ");
        } else if let Some(rest) = text.strip_prefix("H1 msg state ") {
            self.state = rest.split('(').next().unwrap_or_default().to_owned();
        }
        true
    }

    /// All of it has been read.
    pub(crate) fn end(self, sink: &mut Sink) {
        let name = match &self.server {
            Some(server) => format!("{}/{server}", self.backend),
            None => self.backend.clone(),
        };
        let put = |found: SignalId, sink: &mut Sink| {
            let mut signal = self.about.clone().name(name.clone());
            signal.id = found;
            sink.put(signal);
        };
        put(id("captured-bad-response"), sink);
        if let Some(banner) = self.banner() {
            put(banner, sink);
        }
        if let Some(found) = self.flaw() {
            put(found, sink);
        }
    }

    fn first(&self) -> &str {
        self.lines.first().map_or("", |(_, text)| text)
    }

    /// What the first bytes look like.
    fn banner(&self) -> Option<SignalId> {
        let first = self.first();
        let all: String = self.lines.iter().take(4).map(|(_, text)| text.as_str()).collect();
        if first.starts_with("SSH-") {
            Some(id("answer-looks-like-ssh"))
        } else if first.starts_with("\\x15\\x03") || first.starts_with("\\x16\\x03") {
            Some(id("answer-looks-like-tls"))
        } else if first.starts_with("\\x00\\x00")
            && first.get(12..).is_some_and(|rest| rest.starts_with("\\x04"))
        {
            Some(id("answer-looks-like-http2"))
        } else if self.is_mysql(&all) {
            Some(id("answer-looks-like-mysql"))
        } else if first.starts_with("HTTP/") {
            None
        } else {
            let printable = !first.is_empty() && !first.starts_with('\\');
            printable.then_some(id("answer-looks-like-other"))
        }
    }

    /// A packet of less than 64 KiB with number 0, and protocol version 10 (the line feed) or an error (255).
    fn is_mysql(&self, all: &str) -> bool {
        all.find("\\x00\\x00\\x00").is_some_and(|at| {
            let after = all.get(at + 12..).unwrap_or_default();
            (1..=4).contains(&at) && (after.starts_with("\\n") || after.starts_with("\\xFF"))
        })
    }

    /// What the parser stumbled over.
    fn flaw(&self) -> Option<SignalId> {
        let first = self.first();
        if !first.starts_with("HTTP/") {
            return (!first.is_empty()).then_some(id("status-line-invalid"));
        }
        // The copy fills the buffer and nothing in it is wrong: the head simply did not end.
        let full = self.wraps_at > 0 && self.length + 64 >= self.wraps_at;
        if full && self.error_at.is_none_or(|at| at >= self.length) && self.state.starts_with("MSG_HDR") {
            return Some(id("header-too-big"));
        }
        if self.state.starts_with("MSG_CHUNK") || self.state.starts_with("MSG_DATA") {
            return Some(id("chunk-invalid"));
        }
        if self.state.starts_with("MSG_RPCODE") {
            return Some(id("status-code-invalid"));
        }
        if self.state.starts_with("MSG_RP") {
            return Some(id("status-line-invalid"));
        }
        let at = self.error_at?;
        let line =
            self.lines.iter().rev().find(|(offset, _)| *offset <= at).map(|(_, text)| text.as_str())?;
        let name = line.split(':').next().unwrap_or_default();
        Some(if name.eq_ignore_ascii_case("content-length") {
            id("content-length-invalid")
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            id("transfer-encoding-invalid")
        } else if self.state.starts_with("MSG_HDR") || self.state.starts_with("MSG_LAST_LF") {
            id("header-invalid")
        } else {
            return None;
        })
    }
}
