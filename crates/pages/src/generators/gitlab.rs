//! GitLab: the static page that its own proxy shows while the application does not answer.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::told;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "gitlab", title: "GitLab", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let whoops = message.has("Whoops, GitLab is taking too much time to respond.");
    let title = message.title().is_some_and(|title| {
        title == "GitLab is not responding (502)" || title.contains("GitLab is not responding")
    });
    let status = if whoops || title { Some(502) } else { None };
    (whoops || title).then_some(Made { version: None, sure: 94, status })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    // A refused socket and a slow answer look alike here; its own log tells which.
    if recognise(message).is_some() { told(id("gateway-answered-502")) } else { Vec::new() }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Server: nginx

<!DOCTYPE html><html><head><title>GitLab is not responding (502)</title></head><body><h1>502</h1><h3>Whoops, GitLab is taking too much time to respond.</h3><p>Try refreshing the page, or going back and attempting the action again.</p></body></html>"##,
    version: None,
    failures: &["gateway-answered-502"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<h3>Whoops</h3>"##]);
    }
}
