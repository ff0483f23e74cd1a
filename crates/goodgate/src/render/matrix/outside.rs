//! What was seen from outside of each recipe → a few lines for a terminal.

use std::fmt::{self, Write};

use goodgate_witness::{Cell, Gateway, Matrix, Outside, ProductNamed};

use super::super::text::{BOLD, wrap};
use super::of_gateway;
use crate::render::counted;

/// From here on an answer reads as a statement.
const SURE: f64 = 0.55;
/// Told for each gateway; JSON has all.
const WRONG_MAX: usize = 12;

/// What goodgate made of its looks from outside, where they were taken.
pub(super) fn sums(matrix: &Matrix, place: usize, gateway: &Gateway, out: &mut String) -> fmt::Result {
    let looks: Vec<(&Cell, &Outside)> = of_gateway(matrix, place)
        .filter_map(|cell| Some((cell, cell.reading.as_ref()?.outside.as_ref()?)))
        .collect();
    if looks.is_empty() {
        return Ok(());
    }
    let named = |right| looks.iter().filter(|(_, outside)| outside.product == Some(right)).count();
    let sure = looks.iter().filter(|(_, outside)| probability(outside) >= SURE);
    let wrong: Vec<&(&Cell, &Outside)> = sure.clone().filter(|(_, outside)| outside.wrong).collect();
    writeln!(out, "{BOLD}{} seen from outside{BOLD:#}", gateway.title)?;
    let text = format!(
        "{}; its pages named rightly {}, wrongly {}, not at all {}; {} with 55 % and more, {} of them wrong.",
        counted(looks.len() as u64, "recipe"),
        named(ProductNamed::Right),
        named(ProductNamed::Wrong),
        named(ProductNamed::Unnamed),
        counted(sure.count() as u64, "answer"),
        wrong.len(),
    );
    writeln!(out, "  {}", wrap(&text, 2, 2))?;
    for (cell, outside) in wrong.iter().take(WRONG_MAX) {
        let name = matrix.recipes.get(cell.recipe).map_or("", |recipe| recipe.name.as_str());
        let leader = outside.answer.set.first().map_or("", |(id, _)| id.as_str());
        writeln!(out, "  {name}: {leader} {:.0} %", probability(outside) * 100.0)?;
    }
    writeln!(out)
}

fn probability(outside: &Outside) -> f64 {
    outside.answer.set.first().map_or(0.0, |(_, probability)| *probability)
}
