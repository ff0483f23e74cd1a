//! Azure Application Gateway: nginx's frame with its own footer.

use super::nginx::framed;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::by_status;
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
    framed(message, "microsoft-azure-application-gateway")
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    // In version 1 a timeout was a 502, so that only version 2's 504 says that it waited in vain.
    by_status(recognise(message).and_then(|made| made.status))
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
