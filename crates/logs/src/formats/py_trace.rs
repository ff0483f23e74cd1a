//! Python's tracebacks, line by line: the last line decides, the frames help. Used by the readers of every
//! Python application server.

use goodgate_facts::{SignalId, id};

use super::app_words::{AppMeaning, Service, meaning_near, service_by_port, service_named_in};

/// What a line is to a traceback.
#[derive(Debug, PartialEq)]
pub(crate) enum TraceLine {
    /// No part of a traceback.
    Outside,
    /// A part that says nothing by itself.
    Inside,
    /// The last line, with what the traceback means.
    Last(Vec<AppMeaning>),
}

/// When the application was at work as the traceback was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// Not known; the frames have to tell.
    #[default]
    Unknown,
    /// While the application was being loaded.
    Booting,
}

/// Follows tracebacks.
#[derive(Default)]
pub(crate) struct PyTrace {
    open: bool,
    /// A traceback has just ended: its message may go on, and another may follow from it.
    ended: bool,
    stage: Stage,
    loading: bool,
    hint: Option<Service>,
    path: Option<String>,
}

/// Frames of these files are the server's and libraries', not the application's.
const LIBRARIES: &[&str] =
    &["site-packages/", "dist-packages/", "/lib/python", "<frozen", "/usr/bin/", "/bin/"];

/// Frames that load an application.
const LOADING: &[&str] =
    &["importlib", "load_wsgi", "import_app", "in <module>", "load_entry_point", "_load_unlocked"];

impl PyTrace {
    /// A traceback may follow, written at this stage.
    pub(crate) fn expect(&mut self, stage: Stage) {
        *self = Self { stage, ..Self::default() };
    }

    /// Reads the next line.
    pub(crate) fn line(&mut self, line: &[u8]) -> TraceLine {
        if line.starts_with(b"Traceback (most recent call last):") {
            *self = Self { open: true, stage: self.stage, ..Self::default() };
            return TraceLine::Inside;
        }
        let indented = matches!(line.first(), Some(b' ' | b'\t'));
        if self.open && indented {
            self.frame(line);
            return TraceLine::Inside;
        }
        if self.open {
            self.open = false;
            self.ended = true;
            return TraceLine::Last(self.meaning(line));
        }
        let chained = line.starts_with(b"During handling of the above exception")
            || line.starts_with(b"The above exception was the direct cause");
        if self.ended && (indented || chained) {
            return TraceLine::Inside;
        }
        self.ended = false;
        TraceLine::Outside
    }

    fn frame(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let trimmed = text.trim_start();
        self.loading |= LOADING.iter().any(|word| trimmed.contains(word));
        let Some(rest) = trimmed.strip_prefix("File \"") else {
            // The quoted source line often names the port.
            if let Some(service) = ports_in(trimmed).find_map(service_by_port) {
                self.hint = self.hint.or(Some(service));
            }
            return;
        };
        let Some((path, _)) = rest.split_once('"') else { return };
        if LIBRARIES.iter().any(|part| path.contains(part)) {
            // An application's own path may be called anything; a library's name tells what it talks to.
            let library =
                ["-packages/", "/lib/python"].iter().find_map(|mark| path.split_once(mark)).map(|(_, at)| at);
            let service = library.and_then(|at| service_named_in(at.as_bytes()));
            self.hint = service.or(self.hint);
        } else {
            self.path = Some(path.to_owned());
        }
    }

    fn meaning(&mut self, line: &[u8]) -> Vec<AppMeaning> {
        let text = String::from_utf8_lossy(line);
        let class_path = text.split([':', ' ', '(']).next().unwrap_or("").trim();
        let class = class_path.rsplit('.').next().unwrap_or(class_path);
        let named = |id: SignalId| AppMeaning {
            path: self.path.clone(),
            name: Some(class.to_owned()),
            ..AppMeaning::of(id)
        };
        let booting = self.stage == Stage::Booting || self.loading;
        match class {
            "SystemExit" | "KeyboardInterrupt" | "GeneratorExit" | "StopIteration" => return Vec::new(),
            "MemoryError" => return vec![named(id("memory-limit-reached"))],
            "HaltServer" if text.contains("App failed to load") => {
                return vec![named(id("app-import-failed"))];
            }
            "HaltServer" => return vec![named(id("worker-boot-failed"))],
            "AppImportError" => return vec![named(id("app-import-failed"))],
            "ModuleNotFoundError" | "ImportError" | "SyntaxError" | "IndentationError" | "TabError"
                if booting =>
            {
                return vec![named(id("app-import-failed"))];
            }
            "BrokenPipeError" | "ConnectionResetError" if self.hint.is_none() => {
                return vec![AppMeaning::of(id("app-client-went-away"))];
            }
            _ => {}
        }
        if line.ends_with(b"rror: write error") {
            return vec![AppMeaning::of(id("app-client-went-away"))];
        }
        if text.contains("Address already in use") || text.contains("address already in use") {
            return vec![AppMeaning::of(id("app-bind-failed"))];
        }
        let failed =
            if self.stage == Stage::Booting { id("worker-boot-failed") } else { id("uncaught-exception") };
        std::iter::once(named(failed)).chain(meaning_near(line, self.hint)).collect()
    }
}

/// Whole decimal numbers of four or five digits, which ports have.
fn ports_in(text: &str) -> impl Iterator<Item = u16> + '_ {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| matches!(digits.len(), 4 | 5))
        .filter_map(|d| d.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Vec<String> {
        let mut trace = PyTrace::default();
        let said = text.lines().map(|line| trace.line(line.as_bytes()));
        said.filter_map(|line| if let TraceLine::Last(found) = line { Some(found) } else { None })
            .flatten()
            .map(|m| format!("{} {}", m.id, m.name.unwrap_or_default()).trim_end().to_owned())
            .collect()
    }

    #[test]
    fn the_last_line_decides_and_frames_help() {
        let refused = "Traceback (most recent call last):\n  File \"/srv/app/app.py\", line 3, in index\n    db = connect((\"127.0.0.1\", 3306), 2)\nConnectionRefusedError: [Errno 111] Connection refused";
        assert_eq!(last(refused), ["uncaught-exception ConnectionRefusedError", "database-refused"]);
        let library = "Traceback (most recent call last):\n  File \"/usr/lib/python3/dist-packages/redis/connection.py\", line 3, in connect\n    sock.connect(a)\nConnectionRefusedError: [Errno 111] Connection refused";
        assert_eq!(last(library), ["uncaught-exception ConnectionRefusedError", "dependency-refused"]);
        let import = "Traceback (most recent call last):\n  File \"/srv/app/app.py\", line 1, in <module>\n    import lost\nModuleNotFoundError: No module named 'lost'";
        assert_eq!(last(import), ["app-import-failed ModuleNotFoundError"]);
        let remote = "Traceback (most recent call last):\n  File \"/srv/app/app.py\", line 9, in pay\n    requests.get(u)\nrequests.exceptions.ReadTimeout: HTTPSConnectionPool(host='api.example.com', port=443): Read timed out. (read timeout=5)";
        assert_eq!(last(remote), ["uncaught-exception ReadTimeout", "remote-call-timed-out"]);
    }
}
