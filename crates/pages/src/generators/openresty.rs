//! OpenResty: nginx's frame with its own name in the footer.

use super::nginx::framed;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::by_status;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "openresty",
    title: "OpenResty",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    framed(message, "openresty")
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(recognise(message).and_then(|made| made.status))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: openresty/1.27.1.1

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>openresty/1.27.1.1</center>
</body>
</html>"##,
        version: Some("1.27.1.1"),
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"<html>
<head><title>504 Gateway Time-out</title></head>
<body bgcolor="white">
<center><h1>504 Gateway Time-out</h1></center>
<hr><center>openresty</center>
</body>
</html>"##,
        version: None,
        failures: &["gateway-answered-504"],
    },
];
