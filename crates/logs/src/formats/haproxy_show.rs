//! HAProxy's answers on its admin socket: `show stat` (whole or cut down to some columns) and `show errors`.

use goodgate_facts::{Errno, Value, id};

use super::haproxy_capture::Captured;
use super::haproxy_line::{bracketed, instant};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// HAProxy's answers on its admin socket.
pub(crate) const FORMAT: Format = Format {
    id: "haproxy-show",
    title: "HAProxy admin socket: show stat, show errors",
    reference: "HAProxy management guide, sections 9.1 and 9.3",
    product: "haproxy",
    capture: true,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader::default())
}

#[derive(Default)]
struct Reader {
    /// Column names of the table being read.
    columns: Vec<String>,
    captured: Option<Captured>,
    in_errors: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        if let Some(names) = text.strip_prefix("# pxname,svname,") {
            self.columns = ["pxname", "svname"]
                .into_iter()
                .chain(names.split(','))
                .map(|name| name.trim().to_owned())
                .collect();
            return Verdict::Mine;
        }
        if let Some(rest) = text.strip_prefix("Total events captured on [") {
            self.in_errors = true;
            if rest.trim_end().ends_with("] : 0") {
                sink.put(sink.signal(id("capture-empty")));
            }
            return Verdict::Mine;
        }
        if self.in_errors && self.error_line(line, &text, sink) {
            return Verdict::Continues;
        }
        if !self.columns.is_empty() && self.row(&text, sink) {
            return Verdict::Continues;
        }
        Verdict::Foreign
    }

    fn end(&mut self, sink: &mut Sink) {
        if let Some(captured) = self.captured.take() {
            captured.end(sink);
        }
    }
}

impl Reader {
    fn error_line(&mut self, line: &[u8], text: &str, sink: &mut Sink) -> bool {
        if let Some((date, rest)) = bracketed(line) {
            if let Some(captured) = self.captured.take() {
                captured.end(sink);
            }
            let rest = String::from_utf8_lossy(rest);
            sink.set_time(instant(date));
            let Some((place, what)) = rest.split_once(": ") else { return false };
            let Some(name) = place.split_ascii_whitespace().nth(1) else { return false };
            match what.trim_end() {
                "invalid response" => self.captured = Some(Captured::new(name, sink)),
                "invalid request" => sink.put(sink.signal(id("client-request-bad"))),
                _ => return false,
            }
            return true;
        }
        let Some(captured) = &mut self.captured else { return line.starts_with(b" ") };
        line.starts_with(b" ") && captured.line(text)
    }

    fn row(&self, text: &str, sink: &mut Sink) -> bool {
        let fields: Vec<&str> = text.split(',').collect();
        if fields.len() < 4 || fields.len() + 2 < self.columns.len().min(8) {
            return false;
        }
        let get = |name: &str| {
            let at = self.columns.iter().position(|column| column == name)?;
            fields.get(at).copied().map(str::trim).filter(|value| !value.is_empty())
        };
        let number = |name: &str| get(name).and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
        let (Some(proxy), Some(server)) = (get("pxname"), get("svname")) else { return false };
        if server == "FRONTEND" {
            return true;
        }
        let whole = server == "BACKEND";
        let name = if whole { proxy.to_owned() } else { format!("{proxy}/{server}") };
        let status = get("status").unwrap_or_default();
        if status.starts_with("DOWN") || status.starts_with("MAINT") || status.starts_with("NOLB") {
            let word = Value::Word(status.to_owned());
            sink.put(sink.signal(id("server-status-down")).name(name.clone()).value(word));
        } else if status.starts_with("UP") && !whole {
            sink.put(sink.signal(id("server-status-up")).name(name.clone()));
        }
        if status.contains("(resolution)") {
            sink.put(sink.signal(id("name-lookup-failed")).name(name.clone()));
        }
        for (column, found) in [("econ", "server-connect-errors"), ("eresp", "server-response-errors")] {
            if let Some(found) =
                goodgate_facts::SignalId::find(found).filter(|_| number(column) > 0 && !whole)
            {
                sink.put(sink.signal(found).name(name.clone()).value(Value::Number(number(column))));
            }
        }
        if number("qcur") > 0 {
            sink.put(
                sink.signal(id("limit-counter")).name(name.clone()).value(Value::Number(number("qcur"))),
            );
        }
        check(get("check_status").unwrap_or_default(), get("last_chk").unwrap_or_default(), &name, sink);
        true
    }
}

/// `* L4CON` with the operating system's words in the last column.
fn check(status: &str, last: &str, name: &str, sink: &mut Sink) {
    let refused = Errno::from_text(last.trim_matches('"')) == Some(Errno(111));
    let found = match status.trim_start_matches("* ") {
        "L4CON" if refused => id("server-check-refused"),
        "L4TOUT" | "L6TOUT" | "L7TOUT" => id("server-check-timeout"),
        "L4CON" | "L6RSP" | "L7RSP" => id("health-check-failed"),
        "L7STS" => id("health-check-bad-status"),
        _ => return,
    };
    sink.put(sink.signal(found).name(name));
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "# pxname,svname,scur,econ,status,downtime,check_status,last_chk\nweb,FRONTEND,0,,OPEN,,,\napp,app1,0,0,DOWN,12,L4CON,Connection refused\napp,app2,0,7,UP,0,L4OK,\napp,BACKEND,0,0,UP,0,,",
        signals: &[
            "server-status-down =DOWN",
            "server-check-refused",
            "server-status-up",
            "server-connect-errors =7",
        ],
    },
    Sample {
        text: "# pxname,svname,scur,econ,status,downtime,check_status,last_chk\napp,app1,0,0,MAINT (resolution),,,\napp,BACKEND,0,3,DOWN,0,,",
        signals: &[
            "server-status-down =MAINT (resolution)",
            "name-lookup-failed",
            "server-status-down =DOWN",
        ],
    },
    Sample { text: "Total events captured on [22/Nov/2026:00:36:02.302] : 0", signals: &["capture-empty"] },
    Sample {
        text: "Total events captured on [22/Nov/2026:00:29:18.077] : 3\n \n[22/Nov/2026:00:29:17.724] backend app (#3): invalid response\n  frontend web (#2), server app1 (#1), event #2, src 192.0.2.7:41562\n  buffer starts at 0 (including 0 out), 14365 free,\n  len 101, wraps at 16336, error at position 18\n  H1 msg state MSG_HDR_NAME(17), H1 msg flags 0x00001415\n  \n  00000  HTTP/1.1 200 OK\\r\\n\n  00017  X Bad Name: v\\r\\n",
        signals: &["captured-bad-response", "header-invalid"],
    },
    Sample {
        text: "Total events captured on [22/Nov/2026:00:29:18.077] : 1\n[22/Nov/2026:00:29:17.724] backend app (#3): invalid response\n  frontend web (#2), server app1 (#1), event #0, src 192.0.2.7:41562\n  len 40, wraps at 16336, error at position 3\n  H1 msg state MSG_RPVER(10), H1 msg flags 0x00001404\n  00000  SSH-2.0-OpenSSH_9.2p1\\r\\n",
        signals: &["captured-bad-response", "answer-looks-like-ssh", "status-line-invalid"],
    },
    Sample {
        text: "Total events captured on [22/Nov/2026:00:29:18.077] : 1\n[22/Nov/2026:00:29:17.724] backend app (#3): invalid response\n  frontend web (#2), server app1 (#1), event #0, src 192.0.2.7:41562\n  len 140, wraps at 16336, error at position 36\n  H1 msg state MSG_HDR_L2_LWS(24), H1 msg flags 0x00001404\n  00000  HTTP/1.1 200 OK\\r\\n\n  00017  Content-Length: banana\\r\\n\n  00041  \\r\\n",
        signals: &["captured-bad-response", "content-length-invalid"],
    },
];
