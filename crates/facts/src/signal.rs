//! Signals: what evidence says, whichever channel it came through.

use std::fmt;
use std::sync::Arc;

use crate::{Errno, Moment, Phrase, SignalId, Span, Target, Untrusted};

/// What a signal is about: every coordinate that the evidence gave, for joining.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct About {
    /// The upstream (or listening) address.
    pub target: Option<Target>,
    /// Process id of a worker or program.
    pub worker: Option<u32>,
    /// A path on disk: script, socket, folder.
    pub path: Option<String>,
    /// A name: program, pool, unit, backend, directive.
    pub name: Option<String>,
    /// The request (method and target as logged), to join lines of one request.
    pub request: Option<Untrusted>,
}

/// The magnitude or detail of a signal.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing beyond the signal itself.
    #[default]
    None,
    /// A count or other bare number.
    Number(i64),
    /// A size in bytes.
    Bytes(u64),
    /// A duration in seconds.
    Seconds(f64),
    /// An HTTP status code.
    Status(u16),
    /// A signal number of the operating system (9 is SIGKILL).
    OsSignal(i32),
    /// A TLS alert number (RFC 8446 section 6).
    Alert(u8),
    /// An operating-system error.
    Errno(Errno),
    /// A word from a fixed vocabulary or configuration.
    Word(String),
    /// Several parts, which each language puts together in its own way.
    Phrase(Phrase),
    /// Text that somebody outside controls.
    Text(Untrusted),
}

impl Value {
    /// The number, whatever its unit.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n as f64),
            Self::Bytes(n) => Some(*n as f64),
            Self::Seconds(s) => Some(*s),
            Self::Status(s) => Some(f64::from(*s)),
            Self::OsSignal(n) => Some(f64::from(*n)),
            Self::Alert(n) => Some(f64::from(*n)),
            Self::Errno(e) => Some(f64::from(e.0)),
            Self::None | Self::Word(_) | Self::Phrase(_) | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(n) => write!(f, "{n}"),
            Self::Bytes(n) => write!(f, "{n} bytes"),
            Self::Seconds(s) => write!(f, "{s} s"),
            Self::Status(s) => write!(f, "{s}"),
            Self::OsSignal(n) => write!(f, "signal {n}"),
            Self::Alert(n) => write!(f, "alert {n}"),
            Self::Errno(e) => match e.text() {
                Some(text) => write!(f, "{}: {text}", e.0),
                None => write!(f, "{}", e.0),
            },
            Self::Word(word) => f.write_str(word),
            Self::Phrase(phrase) => phrase.fmt(f),
            Self::Text(text) => f.write_str(text.for_display()),
        }
    }
}

/// How we know.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Via {
    /// Read or observed.
    #[default]
    Seen,
    /// Concluded from other signals (positions in the evidence).
    Derived(Vec<usize>),
    /// Somebody told us.
    Told,
}

/// What sort of thing a signal was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A log line.
    Log,
    /// A line of configuration.
    Config,
    /// Captured output of a command.
    Capture,
    /// An error page or response head.
    Page,
    /// A probe made by goodgate.
    Probe,
    /// An answer by a person.
    Told,
    /// A conclusion from other signals.
    Derived,
}

impl SourceKind {
    /// The lower-case name used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Config => "config",
            Self::Capture => "capture",
            Self::Page => "page",
            Self::Probe => "probe",
            Self::Told => "told",
            Self::Derived => "derived",
        }
    }
}

/// Where a signal was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The sort of thing.
    pub kind: SourceKind,
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// The line, counted from 1; 0 where lines make no sense.
    pub line: u32,
    /// The software whose words these are ("nginx", "php-fpm"), where known.
    pub product: Option<&'static str>,
}

impl Source {
    /// A place in a file.
    pub fn new(
        kind: SourceKind,
        file: impl Into<Arc<str>>,
        line: u32,
        product: Option<&'static str>,
    ) -> Self {
        Self { kind, file: file.into(), line, product }
    }
}

/// One piece of evidence: something that was seen, concluded or told, once or `count` times.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Which fact, of the registered list.
    pub id: SignalId,
    /// What it is about.
    pub about: About,
    /// When: the first and last time it was seen.
    pub when: Option<Span>,
    /// Detail.
    pub value: Value,
    /// Where it was first read.
    pub source: Source,
    /// The last line on which it was read again; equal to `source.line` when once.
    pub last_line: u32,
    /// How we know.
    pub via: Via,
    /// How often it was seen with the same coordinates.
    pub count: u64,
    /// The words of the first line, for showing; never matched.
    pub excerpt: Option<Untrusted>,
}

impl Signal {
    /// A signal seen once, without coordinates.
    pub fn new(id: SignalId, source: Source) -> Self {
        Self {
            id,
            about: About::default(),
            when: None,
            value: Value::None,
            last_line: source.line,
            source,
            via: Via::Seen,
            count: 1,
            excerpt: None,
        }
    }

    /// With an upstream or listening address.
    #[must_use]
    pub fn target(mut self, target: impl Into<Option<Target>>) -> Self {
        self.about.target = target.into();
        self
    }

    /// With a process id.
    #[must_use]
    pub fn worker(mut self, pid: impl Into<Option<u32>>) -> Self {
        self.about.worker = pid.into();
        self
    }

    /// With a path on disk.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.about.path = Some(path.into());
        self
    }

    /// With a name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.about.name = Some(name.into());
        self
    }

    /// With the request it belongs to.
    #[must_use]
    pub fn request(mut self, request: Untrusted) -> Self {
        self.about.request = Some(request);
        self
    }

    /// With an instant.
    #[must_use]
    pub fn at(mut self, moment: impl Into<Option<Moment>>) -> Self {
        self.when = moment.into().map(Span::at);
        self
    }

    /// With a detail.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.value = value;
        self
    }

    /// With the words it was read from.
    #[must_use]
    pub fn excerpt(mut self, text: Untrusted) -> Self {
        self.excerpt = Some(text);
        self
    }

    /// Concluded from the signals at these positions.
    #[must_use]
    pub fn derived(mut self, from: Vec<usize>) -> Self {
        self.via = Via::Derived(from);
        self
    }
}

/// Where somebody looked for a signal: only there does its absence speak.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// The signal that would have been seen.
    pub id: SignalId,
    /// What it would have been about; empty for "at all".
    pub about: About,
    /// The time that was looked at; `None` for the moment of the capture.
    pub window: Option<Span>,
    /// Whether everything relevant was looked at; an incomplete look proves nothing.
    pub complete: bool,
    /// Where we looked.
    pub source: Source,
}
