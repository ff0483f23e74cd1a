//! Memory counters of control groups: `memory.events`, `memory.oom_control`, `memory.failcnt`.

use goodgate_facts::{Value, id};

use super::columns::{is_number, text};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "cgroup",
    title: "memory counters of a control group",
    reference: "linux Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst",
    product: "kernel",
    capture: true,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

/// Lines that are known and count no event of the sort.
const QUIET: &[&str] = &[
    "low",
    "high",
    "oom_group_kill",
    "oom_kill_disable",
    "under_oom",
    "sock_throttled",
    "memory.usage_in_bytes",
];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        const LINE_BYTES_MAX: usize = 160;
        if line.len() > LINE_BYTES_MAX || !line.last().is_some_and(|b| b.is_ascii_digit() || *b == b' ') {
            return Verdict::Foreign;
        }
        let text = text(line);
        // `grep . memory.*` puts the file's name and a colon in front.
        let (file, rest) = match text.trim().rsplit_once(':') {
            Some((file, rest)) if file.contains("memory.") && !file.contains(' ') => (file, rest),
            _ => ("", text.trim()),
        };
        let (name, number) = match rest.split_once([' ', '\t']) {
            Some((name, number)) => (name, number.trim()),
            None if !file.is_empty() => (file.rsplit('/').next().unwrap_or(file), rest),
            None => return Verdict::Foreign,
        };
        let Some(count) = number.parse::<i64>().ok().filter(|_| is_number(number)) else {
            return Verdict::Foreign;
        };
        let signal = match name {
            "oom_kill" => id("oom-kill-cgroup"),
            "oom" | "max" | "memory.failcnt" => id("memory-limit-hit"),
            _ if QUIET.contains(&name) || name.starts_with("memory.") => return Verdict::Mine,
            _ => return Verdict::Foreign,
        };
        if count > 0 {
            let mut signal = sink.signal(signal).value(Value::Number(count));
            signal.about.path = (!file.is_empty()).then(|| file.to_owned());
            sink.put(signal);
        }
        Verdict::Mine
    }
}

const SAMPLES: &[Sample] = &[
    Sample { text: "oom_kill_disable 0\nunder_oom 0\noom_kill 3", signals: &["oom-kill-cgroup =3"] },
    Sample {
        text: "low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0",
        signals: &["memory-limit-hit =12", "oom-kill-cgroup =2"],
    },
    Sample {
        text: "/sys/fs/cgroup/memory/app/memory.failcnt:195\n/sys/fs/cgroup/memory/app/memory.limit_in_bytes:100663296",
        signals: &["memory-limit-hit =195"],
    },
];
