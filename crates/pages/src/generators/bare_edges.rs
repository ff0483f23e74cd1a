//! Networks whose own pages bear no mark: short, and told by the Server field alone.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure};
use crate::pasted;
use crate::reading::Made;

/// A network by its id, its title, and how its Server field begins.
macro_rules! network {
    ($id:literal, $title:literal, $server:literal, $named:expr) => {
        Generator {
            id: $id,
            title: $title,
            kind: Kind::Edge,
            recognise: |message| {
                let named: fn(&Message<'_>) -> bool = $named;
                named(message).then(|| bare(message)).flatten()
            },
            failures: |message| by_status(message.status),
            samples: &[Sample {
                text: concat!(
                    "HTTP/1.1 502 Bad Gateway\nServer: ", $server, "-de-1\n\n",
                    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
                ),
                version: None,
                failures: &["gateway-answered-502"],
            }],
        }
    };
}

/// bunny.net.
pub(super) const BUNNY: Generator = network!("bunny", "bunny.net", "bunnycdn", |message| {
    message.header_has("server", "bunnycdn") || message.header("cdn-pullzone").is_some()
});
/// KeyCDN.
pub(super) const KEYCDN: Generator =
    network!("keycdn", "KeyCDN", "keycdn", |message| message.header_has("server", "keycdn"));

/// A page with nothing on it but its status.
fn bare(message: &Message<'_>) -> Option<Made> {
    let bare = message.title_status() == message.status
        || message.failed_and_empty()
        || message.plain().is_some_and(|text| pasted::status(text) == message.status);
    // Its own page bears no mark; an origin's would name the origin.
    let unmarked = !message.has("<hr><center>") && !message.has("<address>");
    (bare && unmarked && message.status.is_some_and(|status| status >= 500)).then_some(())?;
    sure(35, None)
}

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_their_own() {
        for (generator, server) in [(super::BUNNY, "bunnycdn"), (super::KEYCDN, "keycdn")] {
            let page = |status: &str, body: &str| format!("HTTP/1.1 {status} X\nServer: {server}\n\n{body}");
            let (shop, good) = (page("502", "<title>Shop</title>"), page("200", ""));
            let of_nginx = page("502", "<title>502 Bad Gateway</title><hr><center>nginx</center>");
            crate::generators::assert_unlike(generator.recognise, &[&shop, &good, &of_nginx]);
        }
    }
}
