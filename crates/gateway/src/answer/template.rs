//! A page of the owner's own, cut at its placeholders when it is loaded.

use super::Telling;
use crate::written::{html, number};

/// What is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Status,
    Title,
    RequestId,
    Error,
}

const SLOTS: &[(&str, Slot)] = &[
    ("{status}", Slot::Status),
    ("{title}", Slot::Title),
    ("{request_id}", Slot::RequestId),
    ("{error}", Slot::Error),
];

/// The pieces of a page, in order.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Slot(Slot),
}

impl Template {
    /// Cuts a page. Braces around anything else, as in styles and scripts, stay as they are.
    pub(super) fn new(page: &str) -> Self {
        let (mut pieces, mut rest) = (Vec::new(), page);
        let next = |rest: &str| {
            let found = SLOTS.iter().filter_map(|(mark, slot)| Some((rest.find(mark)?, *mark, *slot)));
            found.min_by_key(|(at, ..)| *at)
        };
        while let Some((at, mark, slot)) = next(rest) {
            let (before, from) = rest.split_at(at);
            pieces.extend([Piece::Text(before.to_owned()), Piece::Slot(slot)]);
            rest = from.get(mark.len()..).unwrap_or_default();
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self { pieces }
    }

    /// Appends the page with its slots filled in, escaped.
    pub(super) fn fill(&self, telling: &Telling<'_>, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Slot(Slot::Status) => number(u64::from(telling.status), out),
                Piece::Slot(Slot::Title) => html(telling.words.tell(telling.story).title, out),
                Piece::Slot(Slot::RequestId) => html(telling.to.request_id.as_str(), out),
                Piece::Slot(Slot::Error) => html(telling.token, out),
            }
        }
    }
}
