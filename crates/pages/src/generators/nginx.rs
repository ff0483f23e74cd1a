//! nginx, OpenResty, Tengine, Angie and freenginx: one frame with the name in its footer.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "nginx",
    title: "nginx and its relatives",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let name = footer(message)?;
    let lower = name.to_ascii_lowercase();
    let family = ["nginx", "openresty", "tengine", "angie", "freenginx"];
    family.iter().any(|known| lower.starts_with(known)).then_some(())?;
    by_body(message, name.split_once('/').map(|(_, version)| version.split(' ').next().unwrap_or(version)))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().unwrap_or(""),
        &[
            ("502 ", id("gateway-answered-502")),
            ("503 ", id("gateway-answered-503")),
            ("504 ", id("gateway-answered-504")),
        ],
    )
}

/// What the frame's footer names: also used by those who took over nginx's frame.
pub(super) fn footer<'a>(message: &Message<'a>) -> Option<&'a str> {
    let framed = message.has("<center><h1>");
    framed.then(|| message.between("<hr><center>", "</center>")).flatten()
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: nginx/1.22.1

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx/1.22.1</center>
</body>
</html>"##,
        version: Some("1.22.1"),
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"HTTP/1.1 504 Gateway Time-out
Server: openresty

<html>
<head><title>504 Gateway Time-out</title></head>
<body>
<center><h1>504 Gateway Time-out</h1></center>
<hr><center>openresty</center>
</body>
</html>"##,
        version: None,
        failures: &["gateway-answered-504"],
    },
];
