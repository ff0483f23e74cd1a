//! Azure App Service: its page for an application that does not start, and its cookie.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "azure-app-service",
    title: "Azure App Service",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let face = message.has(":( Application Error");
    let stopped =
        message.has("Error 403 - This web app is stopped.") || message.has("This web app is stopped");
    let named = message.all("set-cookie").any(|value| value.starts_with("ARRAffinity"));
    let timed_out = message.plain().is_some_and(|text| text.starts_with("500 - The request timed out."));
    let azure = named || message.has("azurewebsites") || message.has("azure.com") || message.has("Azure");
    match (face || stopped, timed_out) {
        (true, _) if azure => sure(92, None),
        (true, _) => sure(80, None),
        (_, true) => sure(80, Some(500)),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            (":( Application Error", id("no-live-upstream")),
            ("web app is stopped", id("no-live-upstream")),
            ("The request timed out.", id("response-timed-out")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Set-Cookie: ARRAffinity=a;Path=/

<!DOCTYPE html><html><head><title>Application Error</title></head><body><h1>:( Application Error</h1><p>If you are the application administrator, you can access the diagnostic resources.</p></body></html>"##,
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: r##"HTTP/1.1 500 Internal Server Error
Set-Cookie: ARRAffinity=a;Path=/

500 - The request timed out.
The web server failed to respond within the specified time."##,
        version: None,
        failures: &["response-timed-out"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<h1>Application Error</h1>"##]);
    }
}
