//! The collection of signals, in which the same thing seen again is counted, not stored again.

use std::collections::HashMap;

use crate::{About, Looked, Signal, SignalId, SourceKind, Value, Via};

/// Seconds of silence after which the same signal counts as a new incident.
const GAP_S: i64 = 15 * 60;

/// Signals with the same fold key are one signal with a count.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    id: SignalId,
    about: About,
    word: Option<String>,
    number: Option<i64>,
    kind: SourceKind,
    file: std::sync::Arc<str>,
}

impl Key {
    fn of(signal: &Signal) -> Self {
        let about = About { request: None, ..signal.about.clone() };
        let (word, number) = match &signal.value {
            Value::Word(word) => (Some(word.clone()), None),
            Value::Phrase(phrase) => (Some(phrase.to_string()), None),
            Value::Status(n) => (None, Some(i64::from(*n))),
            Value::OsSignal(n) => (None, Some(i64::from(*n))),
            Value::Alert(n) => (None, Some(i64::from(*n))),
            Value::Errno(e) => (None, Some(i64::from(e.0))),
            _ => (None, None),
        };
        Self {
            id: signal.id,
            about,
            word,
            number,
            kind: signal.source.kind,
            file: signal.source.file.clone(),
        }
    }
}

/// Everything that was seen, and where we looked.
#[derive(Clone, Default)]
pub struct Evidence {
    signals: Vec<Signal>,
    looked: Vec<Looked>,
    latest: HashMap<Key, usize>,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.signals).finish()
    }
}

impl Evidence {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a signal; returns its position. A signal with the same id, coordinates (the request excepted),
    /// value and file, not more than 15 minutes after the last one, raises that one's count instead.
    pub fn add(&mut self, signal: Signal) -> usize {
        let key = Key::of(&signal);
        if signal.via == Via::Seen
            && let Some(&position) = self.latest.get(&key)
            && fold(&mut self.signals[position], &signal)
        {
            return position;
        }
        self.signals.push(signal);
        self.latest.insert(key, self.signals.len() - 1);
        self.signals.len() - 1
    }

    /// Notes that somebody looked for a signal.
    pub fn add_looked(&mut self, looked: Looked) {
        self.looked.push(looked);
    }

    /// Summarises signals of one id, of which there are too many: the `newest` stay as they are; of the older ones
    /// those that differ only in process, path or value become one with a count, then those that differ in anything
    /// but time. What is too many even so (one for each of thousands of incidents) is left out, the oldest first.
    /// Returns how many signals lost their coordinates.
    ///
    /// Positions change; this is for evidence from which nothing was derived so far.
    pub fn thin(&mut self, id: SignalId, newest: usize) -> usize {
        let all = std::mem::take(&mut self.signals);
        self.latest.clear();
        let of_id = all.iter().filter(|signal| signal.id == id).count();
        let (mut to_thin, mut kept, mut older) = (of_id.saturating_sub(newest), Vec::new(), Vec::new());
        let thinned = to_thin;
        for signal in all {
            if signal.id == id && to_thin > 0 {
                to_thin -= 1;
                older.push(signal);
            } else {
                kept.push(signal);
            }
        }
        let coarser: [fn(&mut Signal); 2] = [
            |signal| {
                (signal.about.worker, signal.about.path, signal.value) = (None, None, Value::None);
            },
            |signal| signal.about = About::default(),
        ];
        for coarsen in coarser {
            let mut coarse = Self::new();
            for mut signal in older {
                coarsen(&mut signal);
                coarse.add(signal);
            }
            older = coarse.signals;
            if older.len() <= newest {
                break;
            }
        }
        let left_out = older.len().saturating_sub(newest);
        for signal in older.into_iter().skip(left_out).chain(kept) {
            self.latest.insert(Key::of(&signal), self.signals.len());
            self.signals.push(signal);
        }
        thinned
    }

    /// Takes over everything of another collection.
    pub fn extend(&mut self, other: Self) {
        for signal in other.signals {
            self.add(signal);
        }
        self.looked.extend(other.looked);
    }

    /// All signals, in the order in which they came.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// Where we looked.
    pub fn looked(&self) -> &[Looked] {
        &self.looked
    }

    /// Signals with this id, with their positions.
    pub fn of(&self, id: SignalId) -> impl Iterator<Item = (usize, &Signal)> {
        self.signals.iter().enumerate().filter(move |(_, signal)| signal.id == id)
    }

    /// Whether a signal with this id is there.
    pub fn has(&self, id: SignalId) -> bool {
        self.of(id).next().is_some()
    }
}

/// Joins `new` into `old` if it is near enough in time; says whether it did.
fn fold(old: &mut Signal, new: &Signal) -> bool {
    match (&mut old.when, new.when) {
        (Some(span), Some(next)) => {
            let silence_s = next.first.as_second() - span.last.as_second();
            if silence_s > GAP_S {
                return false;
            }
            *span = span.join(next);
        }
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => return false,
    }
    old.count += new.count;
    old.last_line = old.last_line.max(new.last_line);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Moment, Source, id};

    fn seen(second: i64, line: u32) -> Signal {
        Signal::new(id("connect-refused"), Source::new(SourceKind::Log, "error.log", line, None))
            .at(Moment::from_second(second).unwrap())
    }

    #[test]
    fn the_same_again_is_counted_and_a_new_incident_kept_apart() {
        let mut evidence = Evidence::new();
        evidence.add(seen(0, 1));
        evidence.add(seen(60, 2));
        evidence.add(seen(60 + GAP_S + 1, 3));
        let counts: Vec<_> =
            evidence.signals().iter().map(|s| (s.count, s.source.line, s.last_line)).collect();
        assert_eq!(counts, [(2, 1, 2), (1, 3, 3)]);
    }

    #[test]
    fn too_many_of_one_kind_are_summarised_and_the_newest_kept() {
        let mut evidence = Evidence::new();
        let other = Signal::new(id("oom-kill"), Source::new(SourceKind::Log, "error.log", 1, None));
        evidence.add(other);
        for n in 0..100u32 {
            evidence.add(seen(i64::from(n), n + 2).worker(n));
        }
        assert_eq!(evidence.thin(id("connect-refused"), 10), 90);
        assert_eq!(evidence.signals().len(), 12);
        let (first, last) = (&evidence.signals()[0], &evidence.signals()[11]);
        assert_eq!((first.count, first.about.worker, first.last_line), (90, None, 91));
        assert_eq!((last.count, last.about.worker), (1, Some(99)));
        assert!(evidence.has(id("oom-kill")));
        // What comes later still folds into what was kept.
        evidence.add(seen(100, 200).worker(99));
        assert_eq!(evidence.signals().last().map(|s| s.count), Some(2));
    }

    #[test]
    fn incidents_without_number_are_left_out_oldest_first() {
        let mut evidence = Evidence::new();
        for n in 0..100u32 {
            evidence.add(seen(i64::from(n) * (GAP_S + 1), n + 1));
        }
        evidence.thin(id("connect-refused"), 10);
        let lines: Vec<u32> = evidence.signals().iter().map(|s| s.source.line).collect();
        assert_eq!(lines, (81..=100).collect::<Vec<u32>>());
    }
}
