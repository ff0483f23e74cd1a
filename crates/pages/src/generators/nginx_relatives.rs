//! Relatives of nginx: its frame, with their own names in the footer.

use super::nginx::framed;
use super::{Generator, Kind, Sample};
use crate::marks::by_status;

/// A relative by its id, its name as the footer writes it, and a version of it.
macro_rules! relative {
    ($id:literal, $title:literal, $footer:literal, $version:literal) => {
        Generator {
            id: $id,
            title: $title,
            kind: Kind::Gateway,
            recognise: |message| framed(message, $id),
            failures: |message| by_status(framed(message, $id).and_then(|made| made.status)),
            samples: &[
                Sample {
                    text: concat!(
                        "HTTP/1.1 502 Bad Gateway\nServer: ", $footer, "/", $version, "\n\n<html>\n",
                        "<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n",
                        "<hr><center>", $footer, "/", $version, "</center>\n</body>\n</html>"
                    ),
                    version: Some($version),
                    failures: &["gateway-answered-502"],
                },
                Sample {
                    text: concat!(
                        "<html>\n<head><title>504 Gateway Time-out</title></head>\n<body bgcolor=\"white\">\n",
                        "<center><h1>504 Gateway Time-out</h1></center>\n<hr><center>", $footer,
                        "</center>\n</body>\n</html>"
                    ),
                    version: None,
                    failures: &["gateway-answered-504"],
                },
            ],
        }
    };
}

/// Angie.
pub(super) const ANGIE: Generator = relative!("angie", "Angie", "Angie", "1.8.1");
/// freenginx.
pub(super) const FREENGINX: Generator = relative!("freenginx", "freenginx", "freenginx", "1.29.1");
/// OpenResty, and what is built on it.
pub(super) const OPENRESTY: Generator = relative!("openresty", "OpenResty", "openresty", "1.27.1.1");
/// Tengine.
pub(super) const TENGINE: Generator = relative!("tengine", "Tengine", "tengine", "3.1.0");
