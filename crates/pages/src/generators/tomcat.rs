//! Tomcat: its status report pages.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::version_after;
use crate::reading::Made;

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "tomcat",
    title: "Apache Tomcat",
    kind: Kind::AppServer,
    recognise,
    failures: |_| Vec::new(),
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("<h1>HTTP Status ")
        && (message.has("Apache Tomcat")
            || message.has("Status Report")
            || message.has("Exception Report")
            || message.has("class=\"line\""));
    own.then_some(())?;
    let status = message.between("<h1>HTTP Status ", " ").and_then(|code| code.parse().ok());
    Some(Made {
        version: version_after(message.text(), "Apache Tomcat/").map(str::to_owned),
        sure: 90,
        status,
    })
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 

<!doctype html><html lang="en"><head><title>HTTP Status 500 – Internal Server Error</title></head><body><h1>HTTP Status 500 – Internal Server Error</h1><hr class="line" /><p><b>Type</b> Exception Report</p><h3>Apache Tomcat/9.0.80</h3></body></html>"##,
    version: Some("9.0.80"),
    failures: &[],
}];
