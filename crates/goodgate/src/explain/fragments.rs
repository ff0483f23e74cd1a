//! Parts of log lines: people paste the message without the time and level before it. A fragment that no format knows
//! is completed to a line of each product that might have written it, until one makes sense.

use goodgate_case::{Diagnosis, Input};
use goodgate_facts::{Evidence, Role, Untrusted, Via};

/// More text than this is no fragment that somebody pasted.
const BYTES_MAX: usize = 16 * 1024;

/// Completes one line; `None` where the product would not write such a line.
type Completion = fn(&str) -> Option<String>;

const COMPLETIONS: &[Completion] = &[
    |line| {
        // The moment is made up and taken out again below.
        let (level, number) = (line.starts_with('['), line.contains("#"));
        let head =
            if level && number { "1970/01/01 00:00:00 " } else { "1970/01/01 00:00:00 [error] 1#1: *1 " };
        Some(format!("{head}{line}"))
    },
    |line| {
        let level = if line.starts_with('[') { "" } else { "[proxy:error] [pid 1:tid 1] " };
        Some(format!("[Thu Jan 01 00:00:00.000000 1970] {level}{line}"))
    },
    |line| {
        let level = ["WARNING:", "NOTICE:", "ERROR:", "ALERT:"].iter().any(|level| line.starts_with(level));
        let head = if level { "" } else { "WARNING: [pool www] " };
        Some(format!("[01-Jan-1970 00:00:00] {head}{line}"))
    },
    |line| {
        let message = serde_json::to_string(line).ok()?;
        Some(format!(r#"{{"level":"error","ts":0,"logger":"http.log.error","msg":{message}}}"#))
    },
    |line| {
        let head = if line.starts_with('[') { "" } else { "[CRITICAL] " };
        Some(format!("[1970-01-01 00:00:00 +0000] [1] {head}{line}"))
    },
    |line| Some(format!("[01-Jan-1970 00:00:00 UTC] PHP {}", line.strip_prefix("PHP ").unwrap_or(line))),
    |line| Some(format!("[    1.000000] {line}")),
    |line| Some(format!("Jan  1 00:00:00 host haproxy[1]: {line}")),
];

/// What the input says if it is taken for fragments; `None` if nothing makes sense of it.
pub(crate) fn diagnose(input: &Input) -> Option<Diagnosis> {
    if input.bytes.len() > BYTES_MAX {
        return None;
    }
    let text = String::from_utf8_lossy(&input.bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    COMPLETIONS.iter().find_map(|completion| {
        let completed: Vec<String> = lines.iter().filter_map(|line| completion(line)).collect();
        let bytes = format!("{}\n", completed.join("\n")).into_bytes();
        let diagnosis = goodgate_case::diagnose(&[Input { name: input.name.clone(), bytes }], Vec::new());
        tells(&diagnosis).then(|| undone(diagnosis, &lines))
    })
}

/// Whether anything but noise was read.
pub(crate) fn tells(diagnosis: &Diagnosis) -> bool {
    let read = |signal: &goodgate_facts::Signal| {
        signal.via == Via::Seen && !matches!(signal.id.kind().role, Role::Noise)
    };
    diagnosis.evidence.signals().iter().any(read)
}

/// Takes out what was made up for the completion: the moment, and words that nobody wrote.
fn undone(mut diagnosis: Diagnosis, lines: &[&str]) -> Diagnosis {
    let mut evidence = Evidence::new();
    for signal in diagnosis.evidence.signals() {
        let mut signal = signal.clone();
        signal.when = None;
        let line = (signal.source.line as usize).checked_sub(1).and_then(|at| lines.get(at));
        signal.excerpt = line.map(|line| Untrusted::new(line.as_bytes()));
        evidence.add(signal);
    }
    // Findings name evidence by position; it would shift if signals were folded that were apart before.
    if evidence.signals().len() == diagnosis.evidence.signals().len() {
        diagnosis.evidence = evidence;
    }
    for finding in &mut diagnosis.findings {
        finding.window = None;
    }
    diagnosis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_lines_are_understood() {
        for (line, signal) in [
            ("connect() failed (111: Connection refused) while connecting to upstream", "connect-refused"),
            (
                "[error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
                "connect-refused",
            ),
            ("server reached pm.max_children setting (5), consider raising it", "worker-pool-exhausted"),
            ("dial tcp 127.0.0.1:8080: connect: connection refused", "connect-refused"),
        ] {
            let input = Input { name: "x".into(), bytes: line.as_bytes().to_vec() };
            let diagnosis = diagnose(&input).unwrap_or_else(|| panic!("{line}"));
            let found = diagnosis.evidence.signals().iter().find(|s| s.id.as_str() == signal);
            let found = found.unwrap_or_else(|| panic!("{line}: {:?}", diagnosis.evidence));
            assert_eq!((found.when, found.excerpt.as_ref().map(Untrusted::for_display)), (None, Some(line)));
        }
        let hello = Input { name: "x".into(), bytes: b"hello world".to_vec() };
        assert!(diagnose(&hello).is_none());
    }
}
