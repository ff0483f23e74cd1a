//! Python web frameworks: debuggers, tracebacks and their plain error pages.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_head, version_after};
use crate::reading::Made;

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "python",
    title: "Python (Werkzeug, Django, Flask)",
    kind: Kind::Application,
    recognise,
    failures: |_| Vec::new(),
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let trace = message.has("Traceback (most recent call last)")
        || message.has("Werkzeug Debugger")
        || message.has("// Werkzeug Debugger");
    let plain = message.has("<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded")
        || message.has("<title>Server Error (500)</title>") || message.has("<h1>Server Error (500)</h1>");
    let by_server = message.header_has("server", "werkzeug");
    match (trace || plain, by_server) {
        (true, _) => Some(Made { version: None, sure: 75, status: message.title_status() }),
        (false, true) => by_head(message.header("server").and_then(|s| version_after(s, "Werkzeug/"))),
        _ => None,
    }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 INTERNAL SERVER ERROR
Server: gunicorn

<!doctype html>
<html lang=en>
<title>500 Internal Server Error</title>
<h1>Internal Server Error</h1>
<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>
"##,
    version: None,
    failures: &[],
}];
