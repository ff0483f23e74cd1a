//! Says in plain words what was seen.

use std::borrow::Cow;

use super::Kind;
use super::case::Case;
use super::framing::ambiguity;
use super::rules::{About, Rule};
use crate::observation::{End, Front};

/// What was seen, as the first half of a sentence, with what this rule looks at in it.
pub(super) fn clause(rule: &Rule, case: &Case<'_>) -> String {
    let answer = answer(rule, case);
    match rule.about {
        About::Answer => answer,
        About::After => {
            let count = case.seen.after.mixed_up;
            format!("{answer}, and then gave {} an answer that belonged to another", requests(count))
        }
        About::Framing => {
            let what = ambiguity(&case.reply.headers, case.expected.ambiguous).unwrap_or("an unclear length");
            format!("{answer}, with {what} in the head")
        }
        About::Repeat => {
            format!("Made the request {} times, and {}", case.seen.upstream.requests, decapitalized(&answer))
        }
        About::Interim if case.status().is_none() => format!("{answer}, and the client speaks HTTP/1.0"),
        About::Interim => format!("{answer}, after an interim answer, and the client speaks HTTP/1.0"),
        About::Chunks => format!("{answer}, in chunks, and the client speaks HTTP/1.0"),
        About::Content => format!("{answer}, {}", content(case)),
        About::Form => format!("{answer}, in a form that was mended on the way"),
    }
}

/// A sentence of its own as the second half of another: without its capital, where that is only the sentence's, and
/// without its full stop.
pub(super) fn continued(sentence: &str) -> Cow<'_, str> {
    decapitalized(sentence.trim_end().trim_end_matches('.'))
}

fn decapitalized(sentence: &str) -> Cow<'_, str> {
    let word = sentence.split(' ').next().unwrap_or_default();
    let mut letters = word.chars();
    match letters.next() {
        Some(first) if first.is_ascii_uppercase() && letters.all(|letter| letter.is_ascii_lowercase()) => {
            let rest = sentence.get(1..).unwrap_or_default();
            Cow::Owned(format!("{}{rest}", first.to_ascii_lowercase()))
        }
        _ => Cow::Borrowed(sentence),
    }
}

fn requests(count: u32) -> String {
    if count == 1 { "the next request".to_owned() } else { format!("{count} of the next requests") }
}

fn answer(rule: &Rule, case: &Case<'_>) -> String {
    let reply = case.reply;
    let seconds = reply.total.as_secs_f64();
    // A connection of HTTP/2 goes on when one of its streams is reset.
    let what = if reply.front == Front::Http2 { "stream" } else { "connection" };
    let Some(status) = reply.status else {
        let interim =
            reply.interim.last().map(|status| format!("Sent an interim answer ({status}) and then "));
        return match (reply.end, interim) {
            (End::Refused, _) => "Did not accept the connection".to_owned(),
            (End::NothingReset, _) => format!("Reset the {what} without an answer"),
            (End::HangBeforeHead, _) => format!("Sent nothing for {seconds:.1} s"),
            (End::Unreadable, _) => "Sent something that is no HTTP answer".to_owned(),
            (End::HangInside, Some(interim)) => format!("{interim}nothing more for {seconds:.1} s"),
            (End::HangInside, None) => format!("Sent a part of a head and no more of it for {seconds:.1} s"),
            (End::Cut, Some(interim)) => format!("{interim}closed the connection"),
            (End::Reset, Some(interim)) => format!("{interim}reset the {what}"),
            (End::Cut, None) => "Closed the connection in the middle of the head".to_owned(),
            (End::Reset, None) => format!("Reset the {what} in the middle of the head"),
            (End::Nothing | End::Complete | End::CompleteByClose, _) => {
                "Closed the connection without an answer".to_owned()
            }
        };
    };
    let amount = amount(case, status);
    match reply.end {
        End::Complete | End::CompleteByClose => {
            let hidden = rule.kind == Kind::HidesTruncation && !case.is_head();
            let ended = if hidden { ", and ended as if that were all" } else { "" };
            format!("Answered {status}{amount}{ended}")
        }
        End::Cut => format!("Answered {status}{amount}, and closed the connection before the end"),
        End::Reset => format!("Answered {status}{amount}, and reset the {what} before the end"),
        End::HangInside => {
            format!("Answered {status}{amount}, and nothing more until {seconds:.1} s were over")
        }
        End::Unreadable => format!("Answered {status}{amount}, and broke its own framing there"),
        End::Nothing | End::NothingReset | End::HangBeforeHead | End::Refused => format!("Answered {status}"),
    }
}

/// How much of a body came, where that says something.
fn amount(case: &Case<'_>, status: u16) -> String {
    let came = case.reply.body_bytes;
    let whole = matches!(case.reply.end, End::Complete | End::CompleteByClose);
    if case.is_head() || (whole && !case.claims_the_answer()) || matches!(status, 101 | 204 | 304) {
        return String::new();
    }
    let announced = case.announced_bytes().filter(|announced| *announced > came);
    match case.promised_bytes().filter(|promised| *promised > came).or(announced) {
        Some(promised) => format!(" with {came} of {promised} bytes"),
        None => format!(" with {came} {}", if came == 1 { "byte" } else { "bytes" }),
    }
}

fn content(case: &Case<'_>) -> &'static str {
    if case.names_another_request() {
        "and they belong to another request"
    } else if case.is_head() {
        "as if nothing were wrong"
    } else if case.class() == Some(2) && case.expected.delivers.is_none() {
        "as if the origin's answer were a good one"
    } else if case.class() == Some(2) {
        "and they are not what the origin answered"
    } else {
        "and not the page that came with it"
    }
}
