//! Space and inodes of file systems, as `df` prints them.

use goodgate_facts::{About, Looked, Source, Value, id};

use super::columns::{after_words, text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "df",
    title: "space of file systems (df)",
    reference: "coreutils df(1)",
    product: "df",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    /// The column of the percentage, once the heading was seen.
    percent: Option<usize>,
    source: Option<Source>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let heading = line.starts_with(b"Filesystem");
        if !heading && self.percent.is_none() {
            return Verdict::Foreign;
        }
        let text = text(line);
        let words = words(&text);
        if heading {
            let percent = words.iter().position(|w| matches!(*w, "Use%" | "IUse%" | "Capacity"));
            self.percent = percent.filter(|_| text.contains("Mounted on"));
            if self.percent.is_none() {
                return Verdict::Foreign;
            }
            self.source.get_or_insert_with(|| sink.source());
            return Verdict::Mine;
        }
        let Some(column) = self.percent else { return Verdict::Foreign };
        let Some(used) =
            words.get(column).and_then(|w| w.strip_suffix('%').or_else(|| (*w == "-").then_some("0")))
        else {
            return Verdict::Foreign;
        };
        let mount = after_words(&text, column + 1);
        let (Ok(used), true) = (used.parse::<i64>(), mount.starts_with('/')) else { return Verdict::Foreign };
        // Images that are mounted read-only are always full.
        let image = words[0].starts_with("/dev/loop")
            || words[0].starts_with("/dev/sr")
            || mount.starts_with("/snap/");
        if used >= 100 && !image {
            let signal = sink.signal(id("disk-space-exhausted")).path(mount).value(Value::Number(used));
            sink.put(signal);
        }
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        let Some(source) = self.source.take() else { return };
        let id = id("disk-space-exhausted");
        sink.evidence.add_looked(Looked {
            id,
            about: About::default(),
            window: None,
            complete: true,
            source,
        });
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        20G   20G     0 100% /\n/dev/loop1       64M   64M     0 100% /snap/core/1\ntmpfs           1.0G  1.0M  1.0G   1% /run",
        signals: &["disk-space-exhausted =100"],
    },
    Sample {
        text: "Filesystem      Inodes  IUsed   IFree IUse% Mounted on\n/dev/sda1      1310720 200000 1110720   16% /\ntmpfs                0      0       0     - /sys/x",
        signals: &[],
    },
];
