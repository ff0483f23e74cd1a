//! Azure Application Gateway: nginx's frame with its own footer.

use goodgate_facts::id;

use super::nginx::footer;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "azure-app-gateway",
    title: "Azure Application Gateway",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let name = footer(message)?;
    let version = name.strip_prefix("Microsoft-Azure-Application-Gateway/")?;
    by_body(message, Some(version))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().unwrap_or(""),
        &[("502 ", id("gateway-answered-502")), ("504 ", id("gateway-answered-504"))],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Server: Microsoft-Azure-Application-Gateway/v2

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>Microsoft-Azure-Application-Gateway/v2</center>
</body>
</html>"##,
    version: Some("v2"),
    failures: &["gateway-answered-502"],
}];
