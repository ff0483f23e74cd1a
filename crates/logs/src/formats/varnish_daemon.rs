//! What `varnishd` says of itself: its child's life, its compiler's messages.

use goodgate_facts::{Value, id};

use crate::{Sink, Verdict};

/// Follows the messages; the compiler's span several lines.
#[derive(Default)]
pub(crate) struct Daemon {
    compiler: bool,
    /// The error text of a socket that the compiler could not look at.
    socket: Option<&'static str>,
}

impl Daemon {
    /// Reads a line that is no log record.
    pub(crate) fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let text = text.trim_end();
        if self.compiler && self.compiler_line(text, sink) {
            return Verdict::Continues;
        }
        if text == "Warnings:" || text == "Message from VCC-compiler:" || text == "Message from C-compiler:" {
            self.compiler = true;
            return Verdict::Mine;
        }
        if text == "Child launched OK" || text.starts_with("Child not responding") {
            return Verdict::Mine;
        }
        let Some(message) =
            ["Debug: ", "Info: ", "Error: ", "Warning: "].iter().find_map(|l| text.strip_prefix(l))
        else {
            return Verdict::Foreign;
        };
        if child(message, sink) || MANAGER.iter().any(|begin| message.starts_with(begin)) {
            return Verdict::Mine;
        }
        if message.starts_with("Manager got SIG") || message.starts_with("manager dies") {
            sink.put(sink.signal(id("gateway-stopped")));
            return Verdict::Mine;
        }
        if message.starts_with("Could not get socket ") {
            sink.put(sink.signal(id("gateway-listen-failed")));
            return Verdict::Mine;
        }
        Verdict::Foreign
    }

    /// Lines between the compiler's heading and its last word.
    fn compiler_line(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(error) = text.strip_prefix("Backend path: Cannot stat: ") {
            self.socket = match error {
                "No such file or directory" => Some("socket-file-absent"),
                "Permission denied" => Some("folder-mode-forbids"),
                _ => None,
            };
            return true;
        }
        if let Some(rest) = text.trim_start().strip_prefix(".path = \"") {
            let path = rest.split('"').next().unwrap_or_default();
            if let Some(found) = self.socket.take().and_then(goodgate_facts::SignalId::find) {
                sink.put(sink.signal(found).path(path));
            }
            return true;
        }
        if text == "Running VCC-compiler failed, exited with 2" || text == "VCL compilation failed" {
            self.compiler = false;
            sink.put(sink.signal(id("gateway-config-refused")));
            return true;
        }
        if text == "(That was just a warning)" {
            self.compiler = false;
            return true;
        }
        let ends = ["Debug: ", "Info: ", "Error: "].iter().any(|level| text.starts_with(level));
        self.compiler = !ends;
        !ends
    }
}

/// Known messages of the manager without bearing on requests.
const MANAGER: &[&str] = &[
    "Version: ",
    "Platform: ",
    "Stopping Child",
    "Child cleanup complete",
    "manager stopping child",
    "Child launched OK",
    "Manager ",
];

/// `Child (123) Started`, `Child (123) died signal=9`, `Child (123) Panic at: …`
fn child(message: &str, sink: &mut Sink) -> bool {
    let Some(rest) = message.strip_prefix("Child (") else { return false };
    let Some((pid, state)) = rest.split_once(") ") else { return false };
    let pid = pid.parse::<u32>().ok();
    let signal_number =
        state.split("signal=").nth(1).and_then(|n| n.split_ascii_whitespace().next()?.parse().ok());
    if state == "Started" {
        sink.put(sink.signal(id("gateway-started")));
    } else if state.starts_with("died") {
        let value = signal_number.map_or(Value::None, Value::OsSignal);
        sink.put(sink.signal(id("gateway-worker-died")).worker(pid).value(value));
    } else if state.starts_with("Panic") || state.starts_with("not responding to CLI") {
        sink.put(sink.signal(id("gateway-worker-died")).worker(pid));
    }
    true
}
