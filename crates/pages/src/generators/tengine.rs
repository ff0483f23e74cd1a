//! Tengine: nginx's frame with its own name in the footer.

use super::nginx::framed;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::by_status;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "tengine", title: "Tengine", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    framed(message, "tengine")
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(recognise(message).and_then(|made| made.status))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: tengine/3.1.0

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>tengine/3.1.0</center>
</body>
</html>"##,
        version: Some("3.1.0"),
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"<html>
<head><title>504 Gateway Time-out</title></head>
<body bgcolor="white">
<center><h1>504 Gateway Time-out</h1></center>
<hr><center>tengine</center>
</body>
</html>"##,
        version: None,
        failures: &["gateway-answered-504"],
    },
];
