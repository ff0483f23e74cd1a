//! Where readers put what lines mean.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use goodgate_facts::{
    Evidence, Exchange, Moment, Signal, SignalId, Source, SourceKind, Span, Target, Untrusted,
};

use crate::prefix::Peeled;

/// Failing exchanges kept in full; beyond that they are only counted.
const EXCHANGES_MAX: usize = 20_000;

/// Seconds from which a good answer counts as slow.
const SLOW_S: f64 = 2.0;

/// Signals of one id kept apart in one file. More than so many workers, servers or stretches of time nobody reads,
/// and joining them costs time; the older ones are then summarised, so that their count is not lost.
const SIGNALS_OF_AN_ID_MAX: u32 = 2_000;
/// The newest so many of them stay as they are.
const SIGNALS_OF_AN_ID_KEPT: usize = 500;

/// Upstream servers that are counted each on its own; no pool is larger, and a log may name what it likes.
const TARGETS_MAX: usize = 5_000;

/// What an access log says in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How often each status was answered; 0 stands for "none".
    pub statuses: BTreeMap<u16, u64>,
    /// How often the upstream itself refused a request (400 to 499), by status.
    pub refused: BTreeMap<u16, u64>,
    /// The time that the log covers.
    pub window: Option<Span>,
    /// The last good answer (below 500): line and time.
    pub last_good: Option<(u32, Option<Moment>)>,
    /// The last bad answer (500 and above): line and time.
    pub last_bad: Option<(u32, Option<Moment>)>,
    /// The first bad answer.
    pub first_bad: Option<(u32, Option<Moment>)>,
    /// Good answers before the first bad one.
    pub good_before: u64,
    /// Good answers between the first and the last bad one.
    pub good_between: u64,
    /// Good answers after the last bad one.
    pub good_after: u64,
    /// The longest good answer to a GET: bytes as the log counts them.
    pub bytes_longest: Option<u64>,
    /// Good answers that took two seconds and more.
    pub good_slow: u64,
    /// Good answers, and bad ones, to requests that carry a body (POST, PUT, PATCH).
    pub with_body: (u64, u64),
    /// Good and bad answers per upstream server, where the log names it.
    pub per_target: HashMap<Target, (u64, u64)>,
}

/// Collects what the lines of one file mean.
pub struct Sink {
    file: Arc<str>,
    product: Option<&'static str>,
    kind: SourceKind,
    line: u32,
    raw: Vec<u8>,
    time: Option<Moment>,
    /// The time of the line's prefix.
    prefix_time: Option<Moment>,
    program: Option<String>,
    /// The signals so far.
    pub evidence: Evidence,
    of_id: HashMap<SignalId, u32>,
    /// Signals that were summarised because there were too many of their kind.
    pub summarised: u64,
    /// Exchanges that failed or are otherwise worth a look, in full.
    pub exchanges: Vec<Exchange>,
    /// Exchanges that were not kept because there were too many.
    pub exchanges_dropped: u64,
    /// Numbers over all exchanges.
    pub tally: Tally,
}

impl Sink {
    /// A sink for one file.
    pub fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            product: None,
            kind: SourceKind::Log,
            line: 0,
            raw: Vec::new(),
            time: None,
            prefix_time: None,
            program: None,
            evidence: Evidence::new(),
            of_id: HashMap::new(),
            summarised: 0,
            exchanges: Vec::new(),
            exchanges_dropped: 0,
            tally: Tally::default(),
        }
    }

    /// The engine goes to the next line. Its prefix (syslog, journald, docker) may have told time and program.
    pub(crate) fn start_line(&mut self, line: u32, peeled: &Peeled<'_>) {
        const EXCERPT_BYTES_MAX: usize = 400;
        self.line = line;
        self.time = peeled.time;
        self.prefix_time = peeled.time;
        if self.program.as_deref() != peeled.program.as_deref() {
            self.program = peeled.program.as_deref().map(str::to_owned);
        }
        self.raw.clear();
        self.raw.extend_from_slice(&peeled.text[..peeled.text.len().min(EXCERPT_BYTES_MAX)]);
    }

    /// A reader that then found the line not its own may have set a time, which is not the line's.
    pub(crate) fn forget_time(&mut self) {
        self.time = self.prefix_time;
    }

    /// The engine tells whose words the current line is.
    pub(crate) fn of_format(&mut self, product: &'static str, kind: SourceKind) {
        self.product = Some(product);
        self.kind = kind;
    }

    /// The number of the current line, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The program that the line's prefix named (`kernel`, `haproxy`, `php-fpm8.2`), if it had such a prefix.
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// The time of the current line: what the line's own format set, else its prefix.
    pub fn time(&self) -> Option<Moment> {
        self.time
    }

    /// The reader knows the line's own time.
    pub fn set_time(&mut self, time: impl Into<Option<Moment>>) {
        if let Some(time) = time.into() {
            self.time = Some(time);
        }
    }

    /// Where the current line stands.
    pub fn source(&self) -> Source {
        Source::new(self.kind, self.file.clone(), self.line, self.product)
    }

    /// A signal at the current line and time, with the line as excerpt; pass it on with [`Sink::put`].
    pub fn signal(&self, id: SignalId) -> Signal {
        Signal::new(id, self.source()).at(self.time).excerpt(Untrusted::new(&self.raw))
    }

    /// Adds a signal.
    pub fn put(&mut self, signal: Signal) {
        let (id, before) = (signal.id, self.evidence.signals().len());
        self.evidence.add(signal);
        if self.evidence.signals().len() == before {
            return;
        }
        let count = self.of_id.entry(id).or_default();
        *count += 1;
        if *count > SIGNALS_OF_AN_ID_MAX {
            self.summarised += self.evidence.thin(id, SIGNALS_OF_AN_ID_KEPT) as u64;
            *count = u32::try_from(self.evidence.of(id).count()).unwrap_or(u32::MAX);
        }
    }

    /// Counts an exchange in the tally, and keeps it in full if `keep`.
    pub fn exchange(&mut self, exchange: Exchange, keep: bool) {
        let status = exchange.status.unwrap_or(0);
        *self.tally.statuses.entry(status).or_default() += 1;
        let when = exchange.when;
        if let Some(at) = when {
            self.tally.window = Some(self.tally.window.map_or(Span::at(at), |span| span.join(Span::at(at))));
        }
        let last = exchange.attempts.last();
        if (400..500).contains(&status) && last.is_some_and(|attempt| attempt.status == Some(status)) {
            *self.tally.refused.entry(status).or_default() += 1;
        }
        let bad = status >= 500;
        for target in exchange.attempts.iter().filter_map(|attempt| attempt.target.as_ref()) {
            let per_target = &mut self.tally.per_target;
            if per_target.len() >= TARGETS_MAX && !per_target.contains_key(target) {
                continue;
            }
            let counts = per_target.entry(target.clone()).or_default();
            if bad { counts.1 += 1 } else { counts.0 += 1 }
        }
        if matches!(exchange.method.as_deref(), Some("POST" | "PUT" | "PATCH")) {
            let counts = &mut self.tally.with_body;
            if bad { counts.1 += 1 } else { counts.0 += 1 }
        }
        // Without an answer there is neither a good nor a bad one; as a rule the client had left.
        let answered = status != 0;
        if answered && bad {
            self.tally.first_bad.get_or_insert((exchange.line, when));
            self.tally.last_bad = Some((exchange.line, when));
            self.tally.good_between += std::mem::take(&mut self.tally.good_after);
        } else if answered {
            self.tally.last_good = Some((exchange.line, when));
            if status == 200 && exchange.method.as_deref().is_none_or(|method| method == "GET") {
                self.tally.bytes_longest = self.tally.bytes_longest.max(exchange.bytes);
            }
            self.tally.good_slow += u64::from(exchange.total_s.is_some_and(|seconds| seconds >= SLOW_S));
            let ever_bad = self.tally.first_bad.is_some();
            if ever_bad { self.tally.good_after += 1 } else { self.tally.good_before += 1 }
        }
        if keep && self.exchanges.len() < EXCHANGES_MAX {
            self.exchanges.push(exchange);
        } else if keep {
            self.exchanges_dropped += 1;
        }
    }
}

/// The signals as samples write them: `id`, then ` @target`, then ` =value` where there is one.
pub fn describe(evidence: &Evidence) -> Vec<String> {
    let describe = |signal: &Signal| {
        let target = signal.about.target.as_ref().map(|t| format!(" @{t}")).unwrap_or_default();
        let value = signal.value.to_string();
        let value = if value.is_empty() { value } else { format!(" ={value}") };
        format!("{}{target}{value}", signal.id)
    };
    evidence.signals().iter().map(describe).collect()
}
