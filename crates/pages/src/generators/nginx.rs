//! nginx: a frame with its name in the footer. Its relatives and some networks took the frame over.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, sure};
use crate::pasted;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "nginx", title: "nginx", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    framed(message, "nginx").or_else(|| bare_frame(message))
}

/// The frame of one of the family, by the name in its footer, or in the second line of a copied page.
pub(super) fn framed(message: &Message<'_>, family: &str) -> Option<Made> {
    if let Some(name) = footer(message) {
        name.to_ascii_lowercase().starts_with(family).then_some(())?;
        return by_body(message, version(name));
    }
    let mut lines = message.plain_lines();
    let status = lines.next().and_then(pasted::status)?;
    let name = lines.next().filter(|name| lines.next().is_none() && name.len() <= FOOTER_BYTES_MAX)?;
    let lower = name.to_ascii_lowercase();
    let rest = lower.strip_prefix(family)?;
    let own = rest.is_empty() || rest.starts_with(['/', ' ']);
    own.then(|| Made { version: version(name).map(str::to_owned), sure: 85, status: Some(status) })
}

/// A page with the footer cut off, as some hosts serve it, under nginx's own Server field.
fn bare_frame(message: &Message<'_>) -> Option<Made> {
    let framed = message.has("<center><h1>") && !message.has("<hr>") && message.title_status().is_some();
    (framed && message.header_has("server", "nginx")).then_some(())?;
    sure(60, message.title_status())
}

/// A footer is a name, a version and perhaps a build.
const FOOTER_BYTES_MAX: usize = 60;

fn version(name: &str) -> Option<&str> {
    name.split_once('/').map(|(_, version)| version.split(' ').next().unwrap_or(version))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().or_else(|| message.plain()).unwrap_or(""),
        &[
            ("500 ", id("gateway-answered-500")),
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
        text: r##"<html>
<head><title>504 Gateway Time-out</title></head>
<body bgcolor="white">
<center><h1>504 Gateway Time-out</h1></center>
<hr><center>nginx</center>
</body>
</html>
<!-- a padding to disable MSIE and Chrome friendly error page -->"##,
        version: None,
        failures: &["gateway-answered-504"],
    },
    Sample {
        text: "502 Bad Gateway\nnginx/1.18.0 (Ubuntu)",
        version: Some("1.18.0"),
        failures: &["gateway-answered-502"],
    },
];
