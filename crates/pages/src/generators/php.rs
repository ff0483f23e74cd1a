//! PHP and PHP-FPM: the answers of the process manager, and error messages in the page.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "php", title: "PHP", kind: Kind::AppServer, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let body = message.body.trim();
    if matches!(body, "File not found." | "Access denied." | "No input file specified.") {
        return Some(Made { version: None, sure: 80, status: None });
    }
    let html = ["<b>Fatal error</b>:", "<b>Parse error</b>:"].iter().any(|words| message.has(words));
    let text = body.lines().take(50).any(|line| {
        line.starts_with("PHP Fatal error: ")
            || line.starts_with("Fatal error: ") && line.contains(" on line ")
    });
    (html || text).then_some(Made { version: None, sure: 70, status: None })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match message.body.trim() {
        "File not found." | "No input file specified." => return told(id("script-not-found")),
        "Access denied." => return told(id("script-access-denied")),
        _ => {}
    }
    let Some((_, words)) =
        message.text().split_once("atal error").or_else(|| message.text().split_once("arse error"))
    else {
        return Vec::new();
    };
    let line = words.split("<br").next().unwrap_or(words);
    let found = first(
        line,
        &[
            ("Allowed memory size of", id("memory-limit-reached")),
            ("Maximum execution time", id("execution-time-exceeded")),
            ("Uncaught", id("uncaught-exception")),
            ("syntax error", id("parse-error")),
        ],
    );
    if found.is_empty() { told(id("fatal-error")) } else { found }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 404 Not Found
Server: nginx/1.22.1

File not found.
"##,
        version: None,
        failures: &["script-not-found"],
    },
    Sample {
        text: r##"HTTP/1.1 200 OK

page top
<br />
<b>Fatal error</b>:  Uncaught Error: Call to undefined function a() in /srv/app/a.php:1
Stack trace:
#0 {main}
  thrown in <b>/srv/app/a.php</b> on line <b>1</b><br />
"##,
        version: None,
        failures: &["uncaught-exception"],
    },
];
