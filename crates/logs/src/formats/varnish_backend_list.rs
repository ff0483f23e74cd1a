//! `varnishadm backend.list`: which backends Varnish would use.

use goodgate_facts::{Value, id};

use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// `varnishadm backend.list`.
pub(crate) const FORMAT: Format = Format {
    id: "varnish-backend-list",
    title: "varnishadm backend.list",
    reference: "Varnish documentation: varnish-cli(7)",
    product: "varnish",
    capture: true,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader { columns: 0 })
}

struct Reader {
    /// Columns of the heading; 0 before it.
    columns: usize,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        if text.starts_with("Backend name ") && text.contains("Admin") && text.contains("Probe") {
            self.columns = text.split("  ").filter(|word| !word.trim().is_empty()).count();
            return Verdict::Mine;
        }
        if self.columns == 0 {
            return Verdict::Foreign;
        }
        let mut words = text.split_ascii_whitespace();
        let (Some(name), Some(admin)) = (words.next(), words.next()) else { return Verdict::Foreign };
        if !matches!(admin, "healthy" | "sick" | "probe" | "auto" | "deleted" | "cooling") {
            return Verdict::Foreign;
        }
        let name = name.split_once('.').map_or(name, |(_, backend)| backend);
        let rest: Vec<&str> = words.collect();
        // An administrator's word goes before what the probe found.
        let sick = admin == "sick" || (admin != "healthy" && rest.iter().take(4).any(|word| *word == "sick"));
        if sick {
            let word = if admin == "sick" { "set sick by hand" } else { "sick" };
            sink.put(sink.signal(id("server-status-down")).name(name).value(Value::Word(word.to_owned())));
        } else if rest.iter().all(|word| *word != "0/0") {
            // Without a probe "healthy" only means that nobody has looked.
            sink.put(sink.signal(id("server-status-up")).name(name));
        }
        Verdict::Continues
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Backend name   Admin      Probe    Health     Last change\nboot.default   healthy    0/0      healthy    Sun, 22 Nov 2026 00:33:25 GMT",
        signals: &[],
    },
    Sample {
        text: "Backend name   Admin      Probe    Health     Last change\nboot.default   probe      0/5      sick       Sun, 22 Nov 2026 00:33:25 GMT\nboot.other     probe      5/5      healthy    Sun, 22 Nov 2026 00:33:25 GMT",
        signals: &["server-status-down =sick", "server-status-up"],
    },
    Sample {
        text: "Backend name                   Admin      Probe                Last updated\nboot.default                   probe      Healthy              5/5",
        signals: &["server-status-up"],
    },
];
