//! uWSGI: the sentences it answers with when no application is there.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::first;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "uwsgi", title: "uWSGI", kind: Kind::AppServer, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("--- no python application found, check your startup logs for errors ---")
        || message.has("uWSGI Error");
    own.then_some(Made { version: None, sure: 90, status: None })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("no python application found", id("app-no-application")),
            ("Python application not found", id("app-no-application")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 Internal Server Error

Internal Server Error
--- no python application found, check your startup logs for errors ---"##,
    version: None,
    failures: &["app-no-application"],
}];
