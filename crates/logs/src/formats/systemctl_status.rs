//! `systemctl status`: the unit's head. The journal lines below it are left to other readers.

use goodgate_facts::{SignalId, Value, id};

use super::columns::{between, leading_number, text, words};
use super::systemd::signal_number;
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "systemctl-status",
    title: "state of a service (systemctl status)",
    reference: "systemd src/systemctl/systemctl-show.c",
    product: "systemd",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    unit: Option<String>,
}

const BULLETS: &[char] = &['●', '○', '×', '↻', '*'];
const SUFFIXES: &[&str] = &[".service", ".socket", ".target", ".timer", ".mount", ".slice", ".path"];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let bullet = line.starts_with(b"\xe2") || line.starts_with(b"\xc3\x97") || line.starts_with(b"* ");
        let inside = self.unit.is_some() && line.starts_with(b" ");
        if !bullet && !inside && !line.starts_with(b"Unit ") {
            return Verdict::Foreign;
        }
        let text = text(line);
        let mine = if inside { self.field(text.trim(), sink) } else { self.head(&text, sink) };
        if mine { Verdict::Mine } else { Verdict::Foreign }
    }
}

impl Reader {
    /// `● nginx.service - A web server`, a row of `systemctl list-units`, or that there is no such unit.
    fn head(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(unit) = between(text, "Unit ", " could not be found.") {
            let signal =
                sink.signal(id("unit-inactive")).name(unit).value(Value::Word("not-found".to_owned()));
            sink.put(signal);
            return true;
        }
        let rest = text.trim_start_matches(BULLETS).trim_start();
        let words = words(rest);
        let Some(unit) = words.first().filter(|unit| SUFFIXES.iter().any(|suffix| unit.ends_with(suffix)))
        else {
            return false;
        };
        match words.as_slice() {
            [_, "-", ..] | [_] => self.unit = Some((*unit).to_owned()),
            [_, _, "failed", ..] => {
                let signal = sink.signal(id("unit-failed")).name(*unit);
                sink.put(signal);
            }
            [_, "loaded" | "not-found" | "masked", ..] => {}
            _ => return false,
        }
        true
    }

    fn field(&mut self, text: &str, sink: &mut Sink) -> bool {
        if text.starts_with(['├', '└', '│', '|', '`', '/']) {
            return true;
        }
        let Some((name, value)) = text.split_once(':') else { return true };
        let value = value.trim();
        match name {
            "Active" => self.active(value, sink),
            "Main PID" | "Process" => self.process(value, sink),
            _ => {}
        }
        // Fields begin with a capital; what is indented below them belongs to them as well.
        true
    }

    /// `failed (Result: oom-kill) since …`, `active (running) since …`
    fn active(&self, value: &str, sink: &mut Sink) {
        let state = value.split_whitespace().next().unwrap_or("");
        let result = between(value, "(Result: ", ")");
        if let Some(result) = result.filter(|_| state == "failed" || value.contains("auto-restart")) {
            self.put(sink, id("unit-failed"), Value::Word(result.to_owned()));
            if result == "oom-kill" {
                self.put(sink, id("unit-oom-killed"), Value::None);
            }
        }
        match state {
            "active" | "reloading" => self.put(sink, id("unit-active"), Value::None),
            "activating" if value.contains("auto-restart") => {
                self.put(sink, id("unit-restarting"), Value::None);
            }
            "inactive" | "failed" | "deactivating" => {
                self.put(sink, id("unit-inactive"), Value::Word(state.to_owned()));
            }
            _ => {}
        }
    }

    /// `1234 (code=killed, signal=KILL)`, `1234 ExecStart=… (code=exited, status=1/FAILURE)`
    fn process(&self, value: &str, sink: &mut Sink) {
        let pid = leading_number(value).and_then(|n| u32::try_from(n).ok());
        let Some((_, ended)) = value.rsplit_once("(code=") else { return };
        let signal = if let Some(name) = ended.split("signal=").nth(1) {
            sink.signal(id("unit-killed-by-signal")).value(Value::OsSignal(signal_number(name)))
        } else {
            let status = ended.split("status=").nth(1).and_then(leading_number).unwrap_or(0);
            if status == 0 {
                return;
            }
            sink.signal(id("unit-exited")).value(Value::Number(i64::try_from(status).unwrap_or(0)))
        };
        let mut signal = signal.worker(pid);
        signal.about.name.clone_from(&self.unit);
        sink.put(signal);
    }

    fn put(&self, sink: &mut Sink, id: SignalId, value: Value) {
        let mut signal = sink.signal(id).value(value);
        signal.about.name.clone_from(&self.unit);
        sink.put(signal);
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "× php8.1-fpm.service - The PHP 8.1 FastCGI Process Manager\n\
               \x20    Loaded: loaded (/lib/systemd/system/php8.1-fpm.service; enabled; preset: enabled)\n\
               \x20   Drop-In: /etc/systemd/system/php8.1-fpm.service.d\n\
               \x20            └─override.conf\n\
               \x20    Active: failed (Result: oom-kill) since Sun 2026-11-22 05:00:01 UTC; 5min ago\n\
               \x20  Main PID: 991 (code=killed, signal=KILL)",
        signals: &[
            "unit-failed =oom-kill",
            "unit-oom-killed",
            "unit-inactive =failed",
            "unit-killed-by-signal =signal 9",
        ],
    },
    Sample {
        text: "● nginx.service - A web server\n\
               \x20    Active: active (running) since Sun 2026-11-22 05:00:01 UTC; 5min ago\n\
               \x20   Process: 12 ExecStartPre=/usr/sbin/nginx -t (code=exited, status=0/SUCCESS)\n\
               \x20     Tasks: 3 (limit: 2324)\n\
               \x20    CGroup: /system.slice/nginx.service\n\
               \x20            ├─991 \"nginx: master process /usr/sbin/nginx\"\n\
               \x20            └─992 \"nginx: worker process\"",
        signals: &["unit-active"],
    },
    Sample {
        text: "○ app.service - The application\n     Active: inactive (dead)",
        signals: &["unit-inactive =inactive"],
    },
    Sample { text: "Unit php9-fpm.service could not be found.", signals: &["unit-inactive =not-found"] },
    Sample {
        text: "  UNIT        LOAD   ACTIVE SUB    DESCRIPTION\n● app.service loaded failed failed The application",
        signals: &["unit-failed"],
    },
];
