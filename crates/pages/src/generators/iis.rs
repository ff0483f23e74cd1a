//! IIS, and the Azure gateways built on it: the custom error pages that remote visitors see.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, status_in, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "iis", title: "IIS", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let gateway =
        message.has("Web server received an invalid response while acting as a gateway or proxy server.");
    if gateway {
        return sure(92, status_in(message.title().and_then(|title| title.split(' ').next())).or(Some(502)));
    }
    let custom = message.has("<legend>Server Error")
        || message.has("<div id=\"header\"><h1>Server Error</h1></div>")
        || message.has("<h1>Server Error in Application");
    let detailed =
        message.title().is_some_and(|title| title.starts_with("IIS ") && title.contains("Detailed Error"));
    let code = message.title().and_then(|title| title.rsplit("Detailed Error - ").next());
    (custom || detailed).then(|| Made {
        version: None,
        sure: 80,
        status: message.title_status().or_else(|| status_in(code.and_then(|code| code.split('.').next()))),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("acting as a gateway or proxy server") {
        return told(id("gateway-answered-502"));
    }
    let title = message.title().unwrap_or("");
    first(
        title,
        &[
            ("502.1", id("response-timed-out")),
            ("502.2", id("ended-before-response")),
            ("503.2", id("upstream-limit-reached")),
            ("503.3", id("upstream-limit-reached")),
            ("503.4", id("upstream-limit-reached")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: Microsoft-IIS/10.0

<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>502 - Web server received an invalid response while acting as a gateway or proxy server.</title>
</head>
<body>
<div id="header"><h1>Server Error</h1></div>
</body>
</html>"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"502 - Web server received an invalid response while acting as a gateway or proxy server.
There is a problem with the page you are looking for, and it cannot be displayed."##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"<!DOCTYPE html><html><head><title>IIS 10.0 Detailed Error - 503.2 - Service Unavailable</title></head><body></body></html>"##,
        version: None,
        failures: &["upstream-limit-reached"],
    },
];
