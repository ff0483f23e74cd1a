//! Google's front ends: the page with the broken robot, and Gmail's own words.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, status_in};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "google-front-end",
    title: "Google front end",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let straight = message.has("That's an error.") && message.has("That's all we know.");
    let curly = message.has("That\u{2019}s an error.") && message.has("That\u{2019}s all we know.");
    let mail = message.plain().is_some_and(|text| text.starts_with("Temporary Error (5"));
    let begun = message.plain().is_some_and(|text| {
        let words = text.replace('\u{2019}', "'");
        text.len() < 400 && words.get(3..).is_some_and(|rest| rest.starts_with(". That's an error"))
    });
    let status =
        message.title().and_then(|title| title.split("Error ").nth(1)).and_then(|code| code.get(..3));
    let shown = message.between("<b>", ".</b>").or(status);
    let copied = message.plain().and_then(|text| text.trim_start_matches("Temporary Error (").get(..3));
    (straight || curly || mail || begun).then_some(Made {
        version: None,
        sure: 92,
        status: status_in(shown).or(status_in(copied)),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(message.status.or_else(|| recognise(message).and_then(|made| made.status)))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: GFE/2.0

<!DOCTYPE html>
<html lang=en>
  <title>Error 502 (Server Error)!!1</title>
  <p><b>502.</b> <ins>That’s an error.</ins>
  <p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.  <ins>That’s all we know.</ins>"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample { text: r##"502. That's an error."##, version: None, failures: &["gateway-answered-502"] },
    Sample {
        text: r##"Temporary Error (502)
We’re sorry, but your Gmail account is temporarily unavailable."##,
        version: None,
        failures: &["gateway-answered-502"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"That's an error."##]);
    }
}
