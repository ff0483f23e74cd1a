//! A cell of the page: its mark, and folded behind it what was seen, what was logged and the reason.

use std::fmt::{self, Write};

use goodgate_lab::{Kind, Observation, Verdict};
use goodgate_witness::{Cell, Gateway, Matrix, Reading};

use super::super::super::html::escape;
use super::super::{json, words};
use super::{class, pre, shown};
use crate::render::counted;

/// Of an answer's head and body so much is shown.
const ANSWER_CHARS_MAX: usize = 700;
/// So many log lines are shown of each recipe.
const LINES_MAX: usize = 12;
/// So many causes are shown, the most probable first.
const CAUSES_MAX: usize = 4;

/// What stands beside a cell's mark: where there is only one gateway, there is room for the reason.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    Reason,
}

impl Beside {
    pub(super) fn of(matrix: &Matrix) -> Self {
        if matrix.gateways.len() == 1 { Self::Reason } else { Self::Nothing }
    }
}

/// The cell.
pub(super) fn one(
    cell: &Cell,
    gateway: &Gateway,
    column: usize,
    beside: Beside,
    out: &mut String,
) -> fmt::Result {
    let Some((seen, verdict)) = cell.worst() else {
        return writeln!(out, "<p class=\"none\" style=\"--c:{column}\">nothing was seen</p>");
    };
    writeln!(
        out,
        "<details class=\"{}\" style=\"--c:{column}\"><summary><span class=\"who\">{}</span> \
         <span class=\"mark\">{}</span>{}</summary><div>",
        class(verdict.kind),
        shown(gateway.title),
        escape(&words::cell(cell)),
        if beside == Beside::Reason && verdict.kind > Kind::Right {
            format!(" <small>{}</small>", shown(&words::reason(verdict)))
        } else {
            String::new()
        }
    )?;
    if let Some(died) = words::died(cell) {
        writeln!(out, "<p class=\"worst\">{}</p>", escape(&died))?;
    }
    verdicts(cell, out)?;
    drives(cell, out)?;
    answer(seen, out)?;
    stated(cell, out)?;
    if let Some(reading) = &cell.reading {
        self::reading(reading, out)?;
    }
    writeln!(out, "</div></details>")
}

/// Each reason once, with the ways to ask that it holds for.
fn verdicts(cell: &Cell, out: &mut String) -> fmt::Result {
    let mut told: Vec<(&Verdict, Vec<&str>)> = Vec::new();
    for (seen, verdict) in &cell.drives {
        let drive = words::drive(seen.drive);
        match told.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, drives)) => drives.push(drive),
            None => told.push((verdict, vec![drive])),
        }
    }
    told.sort_by_key(|(verdict, _)| std::cmp::Reverse(verdict.kind));
    writeln!(out, "<ul class=\"reasons\">")?;
    let alone = told.len() == 1;
    for (verdict, drives) in &told {
        let for_whom = if alone { String::new() } else { format!(" <small>{}</small>", drives.join(", ")) };
        writeln!(
            out,
            "<li><b class=\"{}\">{}</b>: {}{for_whom}</li>",
            class(verdict.kind),
            verdict.kind.name(),
            shown(&words::reason(verdict))
        )?;
    }
    writeln!(out, "</ul>")
}

/// What each way to ask showed.
fn drives(cell: &Cell, out: &mut String) -> fmt::Result {
    let columns = ["Status", "End", "Body", "First byte", "Took", "At the origin", "Afterwards"];
    let heads: String = columns.iter().map(|column| format!("<th>{column}</th>")).collect();
    writeln!(out, "<div class=\"scroll\"><table class=\"drives\">\n<tr><th>Asked by</th>{heads}</tr>")?;
    for (seen, verdict) in &cell.drives {
        let reply = &seen.reply;
        let interim: String = reply.interim.iter().take(5).map(|status| format!("{status}, ")).collect();
        let status = reply.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        let values = [
            interim + &status,
            words::end(reply.end).to_owned(),
            counted(reply.body_bytes, "byte"),
            reply.first_byte.map_or_else(|| "none".to_owned(), words::time),
            words::time(reply.total),
            words::upstream(seen),
            words::afterwards(seen),
        ];
        write!(out, "<tr><th class=\"{}\">{}</th>", class(verdict.kind), words::drive(seen.drive))?;
        for (column, value) in columns.iter().zip(&values) {
            write!(out, "<td data-is=\"{column}\">{}</td>", escape(value))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table></div>")
}

/// The head and the beginning of the body that the client got.
fn answer(seen: &Observation, out: &mut String) -> fmt::Result {
    let reply = &seen.reply;
    let mut text = Vec::new();
    for line in &reply.headers {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    if !reply.body.is_empty() {
        text.push(b'\n');
        text.extend(reply.body.iter().take(ANSWER_CHARS_MAX));
    }
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h4>What the client got ({})</h4>", words::drive(seen.drive))?;
    pre(&String::from_utf8_lossy(&text), ANSWER_CHARS_MAX, out)
}

fn stated(cell: &Cell, out: &mut String) -> fmt::Result {
    let lines: Vec<(String, String)> = json::stated(cell).collect();
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h4>What was logged</h4>\n<ul class=\"log\">")?;
    for (file, line) in lines.iter().take(LINES_MAX) {
        writeln!(out, "<li><small>{}</small> <code>{}</code></li>", escape(file), escape(line))?;
    }
    let more = lines.len().saturating_sub(LINES_MAX);
    if more > 0 {
        writeln!(out, "<li><small>and {}</small></li>", counted(more as u64, "more line"))?;
    }
    writeln!(out, "</ul>")
}

/// What goodgate itself makes of it.
fn reading(reading: &Reading, out: &mut String) -> fmt::Result {
    writeln!(out, "<h4>What goodgate makes of it</h4>\n<ul>")?;
    for at in &reading.places {
        let causes: Vec<&str> = at.set.iter().take(CAUSES_MAX).map(|(id, _)| id.as_str()).collect();
        writeln!(
            out,
            "<li>with the {}: {}; {}{}</li>",
            at.place.name(),
            shown(at.error.as_deref().unwrap_or("no error type")),
            shown(&if causes.is_empty() { "no cause".to_owned() } else { causes.join(", ") }),
            if at.settled { " (settled)" } else { "" }
        )?;
    }
    writeln!(out, "</ul>")
}
