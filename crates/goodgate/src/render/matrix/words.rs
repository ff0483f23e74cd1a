//! The words for what was seen and for what to think of it.

use std::time::Duration;

use goodgate_lab::{Drive, End, Kind, Observation, Reply, Verdict};
use goodgate_witness::Cell;

use crate::redact::redact;
use crate::render::counted;

/// A verdict in a word or two that can be told apart without colour.
pub(super) const fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Right => "ok",
        Kind::Tolerable => "~",
        Kind::Misleading => "MISLEADS",
        Kind::HidesTruncation => "HIDES CUT",
        Kind::Hangs => "HANGS",
        Kind::UnsafeRetry => "RETRIES",
        Kind::SmugglingRisk => "SMUGGLES",
    }
}

/// What a mark means, in a sentence for the legend.
pub(super) const fn means(kind: Kind) -> &'static str {
    match kind {
        Kind::Right => "as a correct gateway does",
        Kind::Tolerable => "the client can tell that it was not at fault, but less than could be told",
        Kind::Misleading => "the client is told something that is not so, or nothing",
        Kind::HidesTruncation => "a cut answer reaches the client as if it were whole",
        Kind::Hangs => "the client waits longer than any limit of the gateway",
        Kind::UnsafeRetry => "a request that may have been acted upon is made again",
        Kind::SmugglingRisk => "answers can get mixed up, or be read in two ways",
    }
}

/// The whole cell: mark, status, `*` where only some ways to ask show it, and whether the gateway died of it.
pub(super) fn cell(cell: &Cell) -> String {
    let Some((seen, verdict)) = cell.worst() else { return "-".to_owned() };
    let result = match verdict.kind {
        Kind::UnsafeRetry => method(seen.drive).to_owned(),
        Kind::Hangs => seen.reply.status.map(|status| status.to_string()).unwrap_or_default(),
        _ => result(&seen.reply),
    };
    let star = if only_some(cell, verdict.kind) { "*" } else { "" };
    let died = if cell.died.is_some() { " DIES" } else { "" };
    format!("{} {result}", mark(verdict.kind)).trim_end().to_owned() + star + died
}

/// Whether some ways to ask are judged better than others.
pub(super) fn only_some(cell: &Cell, worst: Kind) -> bool {
    worst > Kind::Tolerable && cell.drives.iter().any(|(_, verdict)| verdict.kind <= Kind::Tolerable)
}

/// The drives that were judged as badly as this.
pub(super) fn drives_of(cell: &Cell, kind: Kind) -> Vec<&'static str> {
    cell.drives
        .iter()
        .filter(|(_, verdict)| verdict.kind == kind)
        .map(|(seen, _)| drive(seen.drive))
        .collect()
}

/// What came back, in a word or two: the status, or what came instead.
pub(super) fn result(reply: &Reply) -> String {
    match (reply.status, reply.end) {
        (Some(status), End::Cut | End::Reset) => format!("{status} cut"),
        (Some(status), End::HangInside) => format!("{status} hang"),
        (Some(status), _) => status.to_string(),
        (None, End::Nothing | End::Cut | End::Complete | End::CompleteByClose) => "closed".to_owned(),
        (None, End::NothingReset | End::Reset) => "reset".to_owned(),
        (None, End::Unreadable) => "garbage".to_owned(),
        (None, End::HangBeforeHead | End::HangInside) => "silence".to_owned(),
        (None, End::Refused) => "refused".to_owned(),
    }
}

/// A way to ask, in words.
pub(super) const fn drive(drive: Drive) -> &'static str {
    match drive {
        Drive::Get => "GET",
        Drive::KeepAlive => "GET on a used connection",
        Drive::Http10 => "GET in HTTP/1.0",
        Drive::Post => "POST",
        Drive::Head => "HEAD",
    }
}

const fn method(drive: Drive) -> &'static str {
    match drive {
        Drive::Get | Drive::KeepAlive | Drive::Http10 => "GET",
        Drive::Post => "POST",
        Drive::Head => "HEAD",
    }
}

/// Its name in documents.
pub(super) const fn end_name(end: End) -> &'static str {
    match end {
        End::Complete => "complete",
        End::CompleteByClose => "complete-by-close",
        End::Cut => "cut",
        End::Reset => "reset",
        End::Nothing => "nothing",
        End::NothingReset => "nothing-reset",
        End::Unreadable => "unreadable",
        End::HangBeforeHead => "hang-before-head",
        End::HangInside => "hang-inside",
        End::Refused => "refused",
    }
}

/// How the message ended, in words.
pub(super) const fn end(end: End) -> &'static str {
    match end {
        End::Complete => "whole",
        End::CompleteByClose => "ended by closing, whole or not",
        End::Cut => "visibly cut",
        End::Reset => "visibly cut (reset)",
        End::Nothing => "closed without an answer",
        End::NothingReset => "reset without an answer",
        End::Unreadable => "not HTTP, or breaks its own framing",
        End::HangBeforeHead => "silence until the client gave up",
        End::HangInside => "silence in the middle until the client gave up",
        End::Refused => "the gateway refused the connection",
    }
}

/// Milliseconds with one digit behind the point.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// A length of time for people.
pub(super) fn time(time: Duration) -> String {
    match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        ms @ 1..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// What the origin saw, in words.
pub(super) fn upstream(seen: &Observation) -> String {
    format!(
        "{}, {}",
        counted(u64::from(seen.upstream.connections), "connection"),
        counted(u64::from(seen.upstream.requests), "request")
    )
}

/// What became of later requests, in words.
pub(super) fn afterwards(seen: &Observation) -> String {
    let after = &seen.after;
    let mut said = vec![match after.recovery {
        Some(time) => format!("right again after {}", self::time(time)),
        None => "not right again while it was watched".to_owned(),
    }];
    if after.failed > 0 {
        said.push(format!("{} failed", counted(u64::from(after.failed), "later request")));
    }
    if after.mixed_up > 0 {
        said.push(format!(
            "{} got another request's answer",
            counted(u64::from(after.mixed_up), "later request")
        ));
    }
    if after.neighbour_failed == Some(true) {
        said.push("a request to another, healthy origin failed meanwhile".to_owned());
    }
    said.join("; ")
}

/// The reason with its place.
pub(super) fn reason(verdict: &Verdict) -> String {
    let says = verdict.says.trim();
    match verdict.see.trim() {
        "" => says.to_owned(),
        see => format!("{says} ({see})"),
    }
}

/// The reason as it can be shown, and the ways to ask that show it where not all do.
pub(super) fn sentence(cell: &Cell, verdict: &Verdict) -> String {
    let mut said = redact(&reason(verdict));
    if only_some(cell, verdict.kind) {
        said.push_str(&format!(" [{}]", drives_of(cell, verdict.kind).join(", ")));
    }
    if let Some(died) = died(cell) {
        said.push_str(&format!(" {died}"));
    }
    said
}

/// How the gateway's process ended of this recipe.
pub(super) fn died(cell: &Cell) -> Option<String> {
    cell.died.as_deref().map(|how| redact(&format!("The gateway's process died of it ({how}).")))
}

/// Several lines from outside as one that can be shown.
pub(super) fn in_one_line(text: &str) -> String {
    redact(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
