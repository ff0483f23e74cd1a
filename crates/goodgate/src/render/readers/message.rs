//! A short message to copy and send to the site's owner.

use super::super::blocks::Block;
use super::side::Side;
use super::{Given, moment};
use crate::words::{args, say, say_with};

/// The message, under its heading.
pub(super) fn for_owner(given: &Given<'_>, side: Side, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(say("message-heading")));
    blocks.push(Block::Code(text(given, side)));
}

fn text(given: &Given<'_>, side: Side) -> String {
    let visit = given.visit.as_ref();
    let mut lines = vec![say("message-hello"), String::new()];
    lines.push(match side {
        Side::Blocked => say("message-blocked"),
        Side::Cookies => say("message-cookies"),
        _ => say("message-fails"),
    });
    lines.push(String::new());
    let url = visit.map_or_else(|| say("message-put-address"), |visit| visit.url.clone());
    lines.push(say_with("message-address", &args![url = url]));
    let at = visit.and_then(|visit| visit.at).or_else(|| Some(given.finding?.window?.last));
    let at = at.map_or_else(|| say("message-put-time"), moment::both);
    lines.push(say_with("message-when", &args![at = at]));
    lines.push(say_with("message-shown", &args![what = shown(given)]));
    if let Some(visit) = visit.filter(|visit| visit.asked > 1) {
        let counts = args![failed = visit.failed, asked = visit.asked];
        lines.push(say_with("message-often", &counts));
    }
    if let Some(numbers) = visit.map(|visit| visit.numbers.join(", ")).filter(|n| !n.is_empty()) {
        lines.push(say_with("message-number", &args![number = numbers]));
    }
    let others = if given.has_any(&["elsewhere-fails-too", "told-everybody"]) {
        say("message-others-too")
    } else if given.has_any(&["elsewhere-works", "told-one-network"]) {
        say("message-others-not")
    } else {
        say("message-others-unknown")
    };
    lines.push(others);
    if given.has("own-network-up") && !matches!(side, Side::Yours(_)) {
        lines.push(say("message-own-works"));
    }
    lines.extend([String::new(), say("message-end")]);
    lines.join("\n")
}

/// What was shown, in the page's own words.
fn shown(given: &Given<'_>) -> String {
    let title = given.visit.as_ref().and_then(|visit| visit.title.clone());
    match (given.status(), title) {
        (Some(status), Some(title)) => {
            say_with("message-error-titled", &args![status = status.to_string(), title = title])
        }
        (Some(status), None) => say_with("message-error", &args![status = status.to_string()]),
        (None, _) => super::trouble::Trouble::of(given).sentence(),
    }
}
