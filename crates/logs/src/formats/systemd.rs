//! What the supervisor systemd says of its units, in the journal or syslog.

use std::sync::LazyLock;

use goodgate_facts::{Signal, SignalId, Value, id};

use super::columns::{between, leading_number, text};
use crate::patterns::Words;
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "systemd",
    title: "systemd's journal lines",
    reference: "systemd src/core/service.c, unit.c, job.c",
    product: "systemd",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if !matches!(line.first(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'<' | b'[' | b'-' | b'_'))
        {
            return Verdict::Foreign;
        }
        let head = &line[..line.len().min(300)];
        let told = sink.program().is_some_and(|program| program == "systemd");
        if !told && !WORDS.any_in(head) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let (sure, message) = message_of(&text);
        let sure = sure || told;
        let known = unit_line(message, sink) || (sure && job_line(message, sink));
        if known || sure { Verdict::Mine } else { Verdict::Foreign }
    }
}

/// One of these stands in each line that is not said to be systemd's.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let units = [".service: ", ".socket: ", ".scope: ", ".slice: ", ".mount: ", ".target: ", ".timer: "];
    Words::new(units.into_iter().chain(["systemd["]))
});

/// The message, and whether the line itself says that it is systemd's.
fn message_of(text: &str) -> (bool, &str) {
    if let Some((before, rest)) = text.split_once("systemd[")
        && before.len() <= 80
        && !before.contains(['"', '{', '('])
        && (before.is_empty() || before.ends_with(' '))
        && let Some((pid, message)) = rest.split_once("]: ")
        && super::columns::is_number(pid)
    {
        return (true, message);
    }
    (false, text)
}

/// `NAME.service: MESSAGE`
fn unit_line(message: &str, sink: &mut Sink) -> bool {
    let Some((unit, said)) = message.split_once(": ") else { return false };
    let suffixes = [".service", ".socket", ".scope", ".slice", ".mount", ".target", ".timer"];
    if unit.contains(' ') || !suffixes.iter().any(|suffix| unit.ends_with(suffix)) {
        return false;
    }
    let Some(meanings) = meaning(said) else { return false };
    for (id, value, worker) in meanings {
        let signal: Signal = sink.signal(id).name(unit).worker(worker).value(value);
        sink.put(signal);
    }
    true
}

type Meaning = (SignalId, Value, Option<u32>);

fn word(id: SignalId, word: &str) -> Meaning {
    (id, Value::Word(word.to_owned()), None)
}

/// What a unit's message means; `None` where these are not systemd's words.
fn meaning(said: &str) -> Option<Vec<Meaning>> {
    if let Some(how) = process_exit(said) {
        return Some(how);
    }
    if let Some(result) = between(said, "Failed with result '", "'") {
        let mut out = vec![word(id("unit-failed"), result)];
        match result {
            "oom-kill" => out.push((id("unit-oom-killed"), Value::None, None)),
            "start-limit-hit" => out.push((id("unit-start-limit"), Value::None, None)),
            _ => {}
        }
        return Some(out);
    }
    if said.starts_with("Killing process ") && said.contains(" with signal SIG") {
        let pid = said
            .strip_prefix("Killing process ")
            .and_then(leading_number)
            .and_then(|n| u32::try_from(n).ok());
        let number = said.split(" with signal ").nth(1).map(signal_number).unwrap_or_default();
        return Some(vec![(id("unit-killed-by-signal"), Value::OsSignal(number), pid)]);
    }
    let one = |meaning: Meaning| Some(vec![meaning]);
    let starts = |start: &str| said.starts_with(start);
    if starts("A process of this unit has been killed by the OOM killer") || starts("systemd-oomd killed ") {
        one((id("unit-oom-killed"), Value::None, None))
    } else if starts("Start request repeated too quickly") {
        one((id("unit-start-limit"), Value::None, None))
    } else if let Some((_, count)) = said.split_once("restart counter is at ") {
        one((id("unit-restarting"), Value::Number(number(count)), None))
    } else if starts("Service RestartSec=") || starts("Service hold-off time over") {
        one((id("unit-restarting"), Value::None, None))
    } else if starts("Watchdog timeout") {
        one(word(id("unit-failed"), "watchdog"))
    } else if said.contains("start operation timed out") {
        one(word(id("unit-failed"), "start-timeout"))
    } else if said.contains("timed out. Killing") || said.contains("timed out. Terminating") {
        one(word(id("unit-stopped"), "stop-timeout"))
    } else if starts("Deactivated successfully") {
        one((id("unit-stopped"), Value::None, None))
    } else if starts("Failed at step ") {
        one(word(id("unit-failed"), said.split(' ').nth(3).unwrap_or("start")))
    } else if starts("Failed to ") {
        one(word(id("unit-failed"), "start"))
    } else {
        const QUIET: &[&str] = &[
            "Succeeded.",
            "Consumed ",
            "Unit process ",
            "Found left-over process ",
            "This usually indicates ",
            "Changed ",
            "Trying to enqueue",
            "Installed new job",
            "Enqueued job",
            "About to execute",
            "Forked ",
            "Child ",
            "Got notification",
            "Supervising process ",
            "Can't open PID file",
            "Unit cannot be reloaded",
            "Stopping timed out",
            "Unit entered failed state",
            "Triggering OnFailure=",
            "Service has no ExecStart",
            "Current command vanished",
            "Invalid argument",
            "Unit configuration has fatal error",
        ];
        QUIET.iter().any(|quiet| said.starts_with(quiet)).then(Vec::new)
    }
}

fn number(text: &str) -> i64 {
    leading_number(text).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
}

/// `Main process exited, code=killed, status=9/KILL`
fn process_exit(said: &str) -> Option<Vec<Meaning>> {
    let (_, how) =
        said.split_once(" process exited, code=").or_else(|| said.split_once(": process exited, code="))?;
    let (code, status) = how.split_once(", status=")?;
    let status_number = number(status);
    let value = i32::try_from(status_number).unwrap_or(0);
    Some(match code {
        "killed" | "dumped" => vec![(id("unit-killed-by-signal"), Value::OsSignal(value), None)],
        // An end with 0 is how a service that was told to stop leaves.
        _ if status_number == 0 => Vec::new(),
        _ => vec![(id("unit-exited"), Value::Number(status_number), None)],
    })
}

/// The number of a signal by its name.
pub(super) fn signal_number(name: &str) -> i32 {
    const NAMES: &[(&str, i32)] = &[
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ILL", 4),
        ("TRAP", 5),
        ("ABRT", 6),
        ("BUS", 7),
        ("FPE", 8),
        ("KILL", 9),
        ("USR1", 10),
        ("SEGV", 11),
        ("USR2", 12),
        ("PIPE", 13),
        ("ALRM", 14),
        ("TERM", 15),
        ("XCPU", 24),
        ("SYS", 31),
    ];
    let name = name.trim_start_matches("SIG");
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(name);
    NAMES.iter().find(|(known, _)| *known == name).map_or(0, |(_, number)| *number)
}

/// `Started nginx.service - A web server.`, `Stopped The PHP FastCGI Process Manager.`
fn job_line(message: &str, sink: &mut Sink) -> bool {
    const JOBS: &[(&str, Option<&str>)] = &[
        ("Started ", Some("unit-started")),
        ("Stopped ", Some("unit-stopped")),
        ("Reloaded ", Some("unit-reloaded")),
        ("Failed to start ", Some("unit-failed")),
        ("Starting ", None),
        ("Stopping ", None),
        ("Reloading ", None),
        ("Closed ", None),
        ("Listening on ", None),
        ("Finished ", None),
    ];
    let Some((start, signal)) = JOBS.iter().find(|(start, _)| message.starts_with(start)) else {
        return false;
    };
    // Sessions, timers and scopes come and go all day.
    if let Some(id) = signal.and_then(SignalId::find) {
        let what = message.strip_prefix(start).unwrap_or(message);
        let unit = what.split(" - ").next().unwrap_or(what).trim_end_matches('.');
        let everyday = [".scope", ".timer", ".slice", ".mount"].iter().any(|end| unit.ends_with(end));
        if !everyday && !unit.starts_with("Session ") {
            let mut signal = sink.signal(id).name(unit);
            if id == goodgate_facts::id("unit-failed") {
                signal.value = Value::Word("start".to_owned());
            }
            sink.put(signal);
        }
    }
    true
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Nov 22 05:00:01 web1 systemd[1]: php8.1-fpm.service: Main process exited, code=killed, status=9/KILL\n\
               Nov 22 05:00:01 web1 systemd[1]: php8.1-fpm.service: A process of this unit has been killed by the OOM killer.\n\
               Nov 22 05:00:01 web1 systemd[1]: php8.1-fpm.service: Failed with result 'oom-kill'.",
        signals: &["unit-killed-by-signal =signal 9", "unit-oom-killed", "unit-failed =oom-kill"],
    },
    Sample {
        text: "app.service: Main process exited, code=exited, status=203/EXEC\n\
               app.service: Failed with result 'exit-code'.\n\
               app.service: Scheduled restart job, restart counter is at 5.\n\
               app.service: Start request repeated too quickly.",
        signals: &["unit-exited =203", "unit-failed =exit-code", "unit-restarting =5", "unit-start-limit"],
    },
    Sample {
        text: "Nov 22 05:00:01 web1 systemd[1]: Stopping app.service - The application...\n\
               Nov 22 05:00:31 web1 systemd[1]: app.service: State 'stop-sigterm' timed out. Killing.\n\
               Nov 22 05:00:31 web1 systemd[1]: app.service: Killing process 991 (gunicorn) with signal SIGKILL.\n\
               Nov 22 05:00:32 web1 systemd[1]: Stopped app.service - The application.\n\
               Nov 22 05:00:33 web1 systemd[1]: Started app.service - The application.",
        signals: &[
            "unit-stopped =stop-timeout",
            "unit-killed-by-signal =signal 9",
            "unit-stopped",
            "unit-started",
        ],
    },
];
