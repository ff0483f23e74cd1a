//! Memory of the machine, as `free` prints it.

use goodgate_facts::{Value, id};

use super::columns::{text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "free",
    title: "memory of the machine (free)",
    reference: "procps free(1)",
    product: "free",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Below this part of the memory, in percent, the next larger request for it is likely to fail.
const AVAILABLE_PERCENT_MIN: f64 = 3.0;

#[derive(Default)]
struct Reader {
    began: bool,
    available: Option<usize>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = if self.began || line.starts_with(b"   ") { text(line) } else { return Verdict::Foreign };
        let words = words(&text);
        match words.as_slice() {
            ["total", "used", "free", ..] => {
                self.began = true;
                self.available = words.iter().position(|w| *w == "available").map(|at| at + 1);
                Verdict::Mine
            }
            ["Mem:", ..] if self.began => {
                let at = |n: usize| words.get(n).and_then(|w| size(w));
                if let (Some(total), Some(left)) = (at(1), self.available.and_then(at)) {
                    let percent = left * 100.0 / total.max(1.0);
                    if percent < AVAILABLE_PERCENT_MIN {
                        let signal = sink.signal(id("memory-scarce")).value(Value::Number(percent as i64));
                        sink.put(signal);
                    }
                }
                Verdict::Mine
            }
            ["Swap:" | "Total:" | "-/+" | "Low:" | "High:", ..] if self.began => Verdict::Mine,
            _ => Verdict::Foreign,
        }
    }
}

/// `1024`, `1.5Gi`, `900Mi`
fn size(word: &str) -> Option<f64> {
    let end = word.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(word.len());
    let number: f64 = word[..end].parse().ok()?;
    let power = match word[end..].chars().next() {
        None | Some('B') => 0,
        Some('K' | 'k') => 1,
        Some('M') => 2,
        Some('G') => 3,
        Some('T') => 4,
        Some(_) => return None,
    };
    Some(number * 1024f64.powi(power))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "               total        used        free      shared  buff/cache   available\nMem:           3.8Gi       3.7Gi        60Mi       1.0Mi        90Mi        40Mi\nSwap:             0B          0B          0B",
        signals: &["memory-scarce =1"],
    },
    Sample {
        text: "               total        used        free      shared  buff/cache   available\nMem:         4000000     1000000     2000000        1000     1000000     2900000",
        signals: &[],
    },
];
