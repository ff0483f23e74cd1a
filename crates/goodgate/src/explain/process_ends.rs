//! How processes end: signals (`SIGKILL`, `status=9/KILL`) and exit codes (`exit code 137`).

use super::{Explanation, Kind, key, told};
use crate::words::{args, say, say_with};

struct End {
    signal: u8,
    name: &'static str,
    means: &'static str,
    /// Ids of causes, the most common first.
    causes: &'static [&'static str],
}

const ENDS: &[End] = &[
    End {
        signal: 9,
        name: "SIGKILL",
        means: "The process was ended at once, from outside, without a chance to tidy up: by the kernel when memory \
                ran out, by a container's memory limit, by a supervisor whose patience was at its end, or by \
                somebody's kill -9.",
        causes: &["worker-killed-out-of-memory", "worker-killed-by-timeout", "worker-killed-by-signal"],
    },
    End {
        signal: 11,
        name: "SIGSEGV",
        means: "The program touched memory that is not its own (segmentation fault): a fault in the program, or in \
                an extension or library that it loads.",
        causes: &["worker-crashed"],
    },
    End {
        signal: 6,
        name: "SIGABRT",
        means: "The program ended itself because it noticed that something must not be (abort): a failed check, \
                damaged memory, or memory that it did not get.",
        causes: &["worker-crashed"],
    },
    End {
        signal: 7,
        name: "SIGBUS",
        means: "The program read memory behind which nothing stands, often a file that was cut while in use, or a \
                full disk or shared memory.",
        causes: &["worker-crashed", "disk-full"],
    },
    End {
        signal: 15,
        name: "SIGTERM",
        means: "The process was asked to end, as a service manager does when it stops or restarts a service.",
        causes: &["restart-window", "worker-killed-by-timeout", "worker-killed-by-signal"],
    },
];

/// Explains a signal's name, a number behind "signal" or "exit code", and an exit code above 128.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    /// Shells and containers add this to the number of the signal.
    const SIGNALLED: u8 = 128;
    let plain = asked.trim().to_ascii_lowercase();
    let exit = ["exit code ", "exit status ", "exited with code ", "code ", "exitcode "];
    let signal = ["killed by signal ", "exited on signal ", "signal ", "status=", "kill -"];
    let behind =
        |starts: &[&str]| starts.iter().find_map(|start| plain.strip_prefix(start)).map(leading_number);
    let number = match (behind(&signal), behind(&exit)) {
        (Some(number), _) => number,
        (None, Some(number)) => number?.checked_sub(SIGNALLED),
        (None, None) => plain.parse::<u8>().ok().and_then(|number| number.checked_sub(SIGNALLED)),
    };
    let named = |end: &&End| plain == end.name.to_ascii_lowercase() || Some(end.signal) == number;
    let end = ENDS.iter().find(named)?;
    let code = SIGNALLED + end.signal;
    let title = say_with("process-ended", &args![name = end.name, signal = end.signal, code = code]);
    let mut out = Explanation::new(asked, Kind::ProcessEnd, title);
    out.text.push(told(&key(Kind::ProcessEnd, end.name), end.means));
    out.text.push(say("no-exit-code-of-its-own"));
    out.causes = end.causes.iter().filter_map(|id| goodgate_causes::get(id)).collect();
    Some(out)
}

fn leading_number(text: &str) -> Option<u8> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// What stands here in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    ENDS.iter().map(|end| (key(Kind::ProcessEnd, end.name), end.means))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_and_exit_codes_are_known_by_all_their_names() {
        for asked in ["SIGKILL", "137", "exit code 137", "signal 9", "status=9/KILL", "kill -9", "sigkill"] {
            let found = explain(asked).unwrap_or_else(|| panic!("{asked}"));
            assert!(found.title.starts_with("SIGKILL"), "{asked}: {}", found.title);
            assert_eq!(found.causes.len(), 3, "{asked}");
        }
        for asked in ["9", "128", "exit code 1", "exit code", "signal x", "255", ""] {
            assert!(explain(asked).is_none(), "{asked}");
        }
        assert!(ENDS.iter().all(|end| end.causes.iter().all(|id| goodgate_causes::get(id).is_some())));
    }
}
