//! The grammar of a line of nginx's error log: time, level, process, message, error number, phase, context.
//!
//! Knows no message. Text that clients control is kept out of the message: the context is cut off where it begins,
//! and the phase counts only as the last words in front of it.

use goodgate_facts::{Address, Errno, Moment, Target, Untrusted};

use crate::clock;

/// How grave nginx says a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// debug, info, notice
    Quiet,
    /// warn
    Warn,
    /// error
    Error,
    /// crit, alert
    Grave,
    /// emerg
    Emergency,
}

/// What nginx was doing, as the words behind `while` tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum During {
    /// Nothing said.
    Unsaid,
    /// Asking the resolver.
    Resolve,
    /// Connecting to the upstream.
    Connect,
    /// TLS handshake with the upstream.
    Tls,
    /// Sending the request to the upstream.
    Send,
    /// Waiting for and reading the response head.
    Head,
    /// Reading the response body.
    Body,
    /// Passing bytes both ways (WebSocket, stream).
    Tunnel,
    /// Something on the client's side.
    Client,
    /// TLS handshake with the client.
    ClientTls,
}

const ACTIONS: &[(&str, During)] = &[
    ("resolving", During::Resolve),
    ("connecting to upstream", During::Connect),
    ("SSL handshaking to upstream", During::Tls),
    ("sending request to upstream", During::Send),
    ("reading response header from upstream", During::Head),
    ("reading upstream", During::Body),
    ("proxying upgraded connection", During::Tunnel),
    ("proxying connection", During::Tunnel),
    ("proxying and reading from upstream", During::Tunnel),
    ("proxying and sending to upstream", During::Tunnel),
    ("SSL handshaking", During::ClientTls),
    ("sending to client", During::Client),
    ("sending early hints to client", During::Client),
    ("waiting for request", During::Client),
    ("reading PROXY protocol", During::Client),
    ("reading client", During::Client),
    ("keepalive", During::Client),
    ("closing request", During::Client),
    ("logging request", During::Client),
    ("processing HTTP/2 connection", During::Client),
    ("handling http2 connection", During::Client),
    ("handling frames", During::Client),
    ("prereading client data", During::Client),
    ("initializing session", During::Client),
    ("proxying and reading from client", During::Client),
    ("proxying and sending to client", During::Client),
];

/// One line.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// When; `None` for what nginx prints on the terminal.
    pub(super) time: Option<Moment>,
    /// How grave.
    pub(super) level: Level,
    /// The message with error number and phase, without the context.
    pub(super) message: &'a str,
    /// What nginx was doing.
    pub(super) during: During,
    /// The operating system's error.
    pub(super) errno: Option<Errno>,
    /// The context: `, client: …`.
    context: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads a line; `None` if it does not begin like one.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let (time, rest) = match line.strip_prefix("nginx: ") {
            Some(rest) => (None, rest),
            None => {
                let (when, rest) = clock::slashed(line.as_bytes())?;
                let rest = std::str::from_utf8(rest).ok()?.strip_prefix(' ')?;
                (Some(when), rest)
            }
        };
        let (level, rest) = rest.strip_prefix('[')?.split_once("] ")?;
        let level = match level {
            "debug" | "info" | "notice" => Level::Quiet,
            "warn" => Level::Warn,
            "error" => Level::Error,
            "crit" | "alert" => Level::Grave,
            "emerg" => Level::Emergency,
            _ => return None,
        };
        let rest = after_process(rest);
        let (message, context) = split_context(rest);
        let during = during(message);
        Some(Self { time, level, message, during, errno: errno(message), context })
    }

    /// A field of the context: what stands behind `, name: `, without quotes.
    pub(super) fn field(&self, name: &str) -> Option<&'a str> {
        let context = self.context;
        let start = context
            .match_indices(name)
            .map(|(at, _)| at)
            .find(|at| context[..*at].ends_with(", ") && context[at + name.len()..].starts_with(": "))?;
        let value = &context[start + name.len() + 2..];
        match value.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find("\", ").or_else(|| quoted.rfind('"')).unwrap_or(quoted.len());
                Some(&quoted[..end])
            }
            None => Some(value.split(", ").next().unwrap_or(value)),
        }
    }

    /// The upstream that the context or the message names.
    pub(super) fn target(&self) -> Option<Target> {
        let Some(upstream) = self.field("upstream") else {
            let address = between(self.message, "connect() to ", " failed")?;
            return Target::parse(address);
        };
        if self.message.starts_with("no live upstreams") {
            // Here nginx writes the name of the group in the server's place.
            let authority = upstream.split_once("://").map_or(upstream, |(_, rest)| rest);
            let name = authority.split('/').next().unwrap_or(authority);
            return Some(Target { protocol: None, address: Address::Group(name.to_owned()) });
        }
        Target::parse(upstream)
    }

    /// The request, for joining lines.
    pub(super) fn request(&self) -> Option<Untrusted> {
        let request = self.field("request")?;
        let request = request.rsplit_once(" HTTP/").map_or(request, |(request, _)| request);
        Some(Untrusted::new(request.as_bytes()))
    }
}

/// The text between two marks, the first found.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// Takes `PID#TID: ` and `*CONNECTION ` off; nginx on the terminal and some libraries leave them out.
fn after_process(text: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = match text.split_once(": ") {
        Some((process, rest)) if process.split_once('#').is_some_and(|(p, t)| digits(p) && digits(t)) => rest,
        _ => text,
    };
    match text.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        Some((connection, rest)) if digits(connection) => rest,
        _ => text,
    }
}

/// Message and context. A client may put `, client: ` into a decoded path (in the message) or a referrer (in the
/// context), so the context begins at the last such mark before the first referrer.
fn split_context(text: &str) -> (&str, &str) {
    let head = text.find(", referrer: \"").map_or(text, |at| &text[..at]);
    let mark = head
        .rfind(", client: ")
        .or_else(|| head.find(" while resolving, resolver: ").map(|at| at + " while resolving".len()));
    match mark {
        Some(at) => (&text[..at], &head[at..]),
        None => (text, ""),
    }
}

fn during(message: &str) -> During {
    let Some((_, action)) = message.rsplit_once(" while ") else { return During::Unsaid };
    let known = ACTIONS.iter().find(|(words, during)| match during {
        During::Client => action.starts_with(words),
        _ => action == *words,
    });
    known.map_or(During::Unsaid, |(_, during)| *during)
}

/// The number and text in `(111: Connection refused)`, the text first: numbers differ between systems.
fn errno(message: &str) -> Option<Errno> {
    let mut rest = message;
    let mut found = None;
    while let Some((_, after)) = rest.split_once(" (") {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(text) = after[digits..].strip_prefix(": ")
            && let Ok(number) = after[..digits].parse()
        {
            found = Some(Errno::from_text(text).unwrap_or(Errno(number)));
        }
        rest = after;
    }
    found
}
