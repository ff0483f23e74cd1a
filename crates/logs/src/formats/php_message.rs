//! What PHP wrote to its error stream, as gateways pass it on: `PHP message: …; PHP message: …`.
//!
//! The text is the application's own log, so it is read; paths in it are coordinates only.

use goodgate_facts::{SignalId, Value, id};

use crate::Sink;

/// Reads everything that one line of a gateway's log carries of PHP's error stream.
pub(super) fn read(text: &str, sink: &mut Sink) {
    for message in text.split("PHP message: ") {
        let message = message.trim().trim_end_matches(';');
        if !message.is_empty() {
            one(message, sink);
        }
    }
}

fn one(message: &str, sink: &mut Sink) {
    if let Some((_, meaning)) = SCRIPT.iter().find(|(words, _)| message.contains(words)) {
        let denied = *meaning == id("script-not-found") && message.contains("Permission denied");
        let meaning = if denied { id("script-access-denied") } else { *meaning };
        sink.put(sink.signal(meaning));
        return;
    }
    let Some(meaning) = severity(message) else { return };
    sink.put(sink.signal(meaning));
    if meaning == id("app-warning") {
        return;
    }
    if let Some(dependency) = dependency(message) {
        sink.put(sink.signal(dependency));
    }
    if let Some((kind, name)) = extension_in(message) {
        sink.put(sink.signal(id("error-in-plugin")).name(name).value(Value::Word(kind.to_owned())));
    }
}

/// What PHP-FPM says of the script it was asked for.
const SCRIPT: &[(&str, SignalId)] = &[
    ("Primary script unknown", id("script-not-found")),
    ("Unable to open primary script", id("script-not-found")),
    ("Access to the script", id("script-extension-refused")),
];

fn severity(message: &str) -> Option<SignalId> {
    let rest = message.strip_prefix("PHP ").unwrap_or(message);
    if rest.starts_with("Parse error:") {
        return Some(id("parse-error"));
    }
    if let Some(rest) =
        rest.strip_prefix("Fatal error:").or_else(|| rest.strip_prefix("Recoverable fatal error:"))
    {
        let rest = rest.trim_start();
        return Some(if rest.starts_with("Uncaught") {
            id("uncaught-exception")
        } else if rest.starts_with("Allowed memory size") || rest.starts_with("Out of memory") {
            id("memory-limit-reached")
        } else if rest.starts_with("Maximum execution time") {
            id("execution-time-exceeded")
        } else {
            id("fatal-error")
        });
    }
    let mild = ["Warning:", "Notice:", "Deprecated:", "Strict Standards:", "User Warning:", "User Notice:"];
    mild.iter().any(|word| rest.starts_with(word)).then_some(id("app-warning"))
}

/// The service that an error's words name as failing. Only errors of database classes count as the database's.
fn dependency(message: &str) -> Option<SignalId> {
    let database =
        message.contains("mysqli") || message.contains("PDOException") || message.contains("SQLSTATE");
    if !database {
        return None;
    }
    DATABASE.iter().find(|(words, _)| message.contains(words)).map(|(_, meaning)| *meaning)
}

const DATABASE: &[(&str, SignalId)] = &[
    ("getaddrinfo", id("database-unknown-host")),
    ("Name or service not known", id("database-unknown-host")),
    ("Too many connections", id("database-too-many-connections")),
    ("max_user_connections", id("database-too-many-connections")),
    ("Access denied for user", id("database-access-denied")),
    ("Unknown database", id("database-unknown")),
    ("has gone away", id("database-gone")),
    ("Lost connection", id("database-gone")),
    ("Lock wait timeout", id("database-locked")),
    ("Deadlock found", id("database-locked")),
    ("Connection timed out", id("database-timed-out")),
    ("Connection refused", id("database-refused")),
    ("No such file or directory", id("database-refused")),
];

/// The kind and folder name of the extension in whose path the error happened.
fn extension_in(message: &str) -> Option<(&'static str, String)> {
    const PLACES: &[(&str, &str)] = &[
        ("/wp-content/plugins/", "plugin"),
        ("/wp-content/mu-plugins/", "plugin"),
        ("/wp-content/themes/", "theme"),
        ("/modules/contrib/", "module"),
        ("/sites/all/modules/", "module"),
        ("/components/com_", "component"),
    ];
    PLACES.iter().find_map(|(place, kind)| {
        let (_, rest) = message.split_once(place)?;
        let name = rest.split(['/', ' ', ':', '.', '"', '\'']).next().unwrap_or(rest);
        (!name.is_empty()).then(|| (*kind, name.to_owned()))
    })
}
