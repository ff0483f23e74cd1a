//! The grammar of a line of Apache httpd's error log: time, module and level, process, error, client, code, message.
//!
//! Knows no message. The default `ErrorLogFormat` of 2.4 and the form of 2.2 are read, and what httpd prints on the
//! terminal while it starts.

use goodgate_facts::{Errno, Moment, Target};

use crate::clock;

/// An error in front of the message: `(111)Connection refused: `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// None said.
    None,
    /// The operating system's.
    System(Errno),
    /// A timer of httpd ran out (APR_TIMEUP).
    TimeUp,
    /// The connection ended in the middle of what was read (APR_EOF).
    EndOfFile,
    /// The data ended before its announced length (APR_INCOMPLETE).
    Incomplete,
    /// Something else failed inside (APR_EGENERAL); what, is told by the message it stands before.
    General,
    /// The resolver's error, by its number (EAI codes without the sign).
    Resolver(u32),
    /// Another number.
    Other,
}

/// One line.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// When; `None` on the terminal.
    pub(super) time: Option<Moment>,
    /// The module (`proxy_http`); empty in 2.2.
    pub(super) module: &'a str,
    /// The level (`error`).
    pub(super) level: &'a str,
    /// Process and thread, to tell whose lines belong together.
    pub(super) thread: &'a str,
    /// The error in front of the message.
    pub(super) cause: Cause,
    /// The upstream that mod_ssl names in the client's place.
    pub(super) remote: Option<Target>,
    /// The number of the code `AHnnnnn`; 0 where there is none.
    pub(super) code: u32,
    /// The message behind the code.
    pub(super) message: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads a line; `None` if it does not begin like one.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut entry = Self {
            time: None,
            module: "",
            level: "",
            thread: "",
            cause: Cause::None,
            remote: None,
            code: 0,
            message: "",
        };
        let mut rest = line;
        if line.starts_with('[') {
            let (when, after) = clock::asctime(line.as_bytes().get(1..)?)?;
            entry.time = Some(when);
            rest = std::str::from_utf8(after).ok()?.strip_prefix("] ")?;
            rest = entry.groups(rest)?;
        }
        rest = entry.cause(after_source(rest));
        rest = entry.groups(rest).unwrap_or(rest);
        // The referrer is the client's and stands last.
        let rest = rest.rfind(", referer: ").map_or(rest, |at| &rest[..at]);
        entry.message = entry.code(rest);
        // Without a time only the code tells that the line is httpd's.
        (entry.time.is_some() || entry.code > 0).then_some(entry)
    }

    /// Takes groups in brackets off: `[module:level]`, `[pid 1:tid 2]`, `[client …]`, `[remote …]`.
    fn groups(&mut self, text: &'a str) -> Option<&'a str> {
        let mut rest = text;
        while let Some(inner) = rest.strip_prefix('[') {
            let Some((group, after)) = inner.split_once("] ") else { break };
            if let Some(thread) = group.strip_prefix("pid ") {
                self.thread = thread;
            } else if let Some(remote) = group.strip_prefix("remote ") {
                self.remote = Target::parse(remote);
            } else if !group.starts_with("client ") && self.level.is_empty() {
                (self.module, self.level) = group.rsplit_once(':').unwrap_or(("", group));
            } else if !group.starts_with("client ") {
                // Brackets of the message itself.
                break;
            }
            rest = after;
        }
        (!self.level.is_empty()).then_some(rest)
    }

    /// Takes `(111)Connection refused: ` or `(EAI 2)Name or service not known: ` off. The text counts more than the
    /// number, which differs between systems.
    fn cause(&mut self, text: &'a str) -> &'a str {
        let Some((number, after)) = text.strip_prefix('(').and_then(|t| t.split_once(')')) else {
            return text;
        };
        let resolver = number.strip_prefix("EAI ");
        let numeric = resolver.unwrap_or(number).trim_start_matches('-');
        let Ok(code) = numeric.parse::<u32>() else { return text };
        let Some((words, rest)) = after.split_once(": ") else { return text };
        let system = || Errno::from_text(words).or_else(|| i32::try_from(code).ok().map(Errno));
        self.cause = match code {
            _ if resolver.is_some() => Cause::Resolver(code),
            70007 | 730_060 => Cause::TimeUp,
            70014 => Cause::EndOfFile,
            70008 => Cause::Incomplete,
            20014 => Cause::General,
            730_061 => Cause::System(Errno(111)),
            730_054 => Cause::System(Errno(104)),
            730_065 => Cause::System(Errno(113)),
            1..=200 => system().map_or(Cause::Other, Cause::System),
            _ => Cause::Other,
        };
        rest
    }

    fn code(&mut self, text: &'a str) -> &'a str {
        let Some(rest) = text.strip_prefix("AH") else { return text };
        match rest.split_once(": ") {
            Some((digits, message)) if digits.len() == 5 => match digits.parse() {
                Ok(code) => {
                    self.code = code;
                    message
                }
                Err(_) => text,
            },
            _ => text,
        }
    }
}

/// Takes `mod_x.c(123): ` off, which stands there at high log levels.
fn after_source(text: &str) -> &str {
    match text.split_once("): ") {
        Some((place, rest)) => match place.split_once(".c(") {
            Some((file, line)) if !file.contains(' ') && line.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => text,
        },
        None => text,
    }
}
