//! The ASP.NET Core Module in IIS: the pages that say why the application's process did not start.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::told;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "aspnet-core-module",
    title: "ASP.NET Core Module",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let (_, behind) = message.text().split_once("HTTP Error 50")?;
    let code = CODES.iter().find(|(code, _)| behind.starts_with(code))?.0;
    let named = message.has("ANCM") || message.has("ASP.NET Core") || message.has("Process Failure");
    let own = named || code.starts_with("0.3");
    own.then_some(Made {
        version: None,
        sure: 95,
        status: Some(if code.starts_with('2') { 502 } else { 500 }),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let behind = message.text().split_once("HTTP Error 50").map_or("", |(_, behind)| behind);
    let found = CODES.iter().find(|(code, _)| behind.starts_with(code));
    found.map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

/// What stands behind "HTTP Error 50".
const CODES: &[(&str, SignalId)] = &[
    ("2.5", id("app-start-failed")),
    ("0.30", id("app-start-failed")),
    ("0.31", id("app-import-failed")),
    ("0.32", id("app-import-failed")),
    ("0.33", id("app-import-failed")),
    ("0.34", id("app-config-invalid")),
    ("0.35", id("app-config-invalid")),
    ("0.36", id("app-import-failed")),
    ("0.37", id("app-start-failed")),
    ("0.38", id("app-no-application")),
    ("0.0", id("app-import-failed")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: Microsoft-IIS/10.0
X-Powered-By: ASP.NET

<!DOCTYPE html><html><head><title>IIS 502.5 Error</title></head><body><h2>HTTP Error 502.5 - Process Failure</h2></body></html>"##,
        version: None,
        failures: &["app-start-failed"],
    },
    Sample {
        text: r##"HTTP/1.1 500 Internal Server Error
Server: Microsoft-IIS/10.0

<h2>HTTP Error 500.30 - ASP.NET Core app failed to start</h2><h3>Common solutions to this issue:</h3>"##,
        version: None,
        failures: &["app-start-failed"],
    },
    Sample {
        text: r##"<html><body><h1>HTTP Error 500.31 - ANCM Failed to Find Native Dependencies</h1></body></html>"##,
        version: None,
        failures: &["app-import-failed"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"<html><body><h2>HTTP Error 502.3 - Bad Gateway</h2></body></html>"##,
                r##"<p>HTTP Error 500.19 - Internal Server Error</p>"##,
            ],
        );
    }
}
