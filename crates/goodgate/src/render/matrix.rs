//! What gateways made of the lab's recipes → text, JSON and HTML. One file a form, and one for the words that they
//! share.

mod html;
mod json;
mod outside;
mod text;
mod words;

use std::sync::Arc;

use goodgate_lab::{Group, Kind, Recipe, Verdict};
use goodgate_witness::{Cell, Matrix};

use crate::arguments::Format;

pub(crate) use text::{line, sums};

/// A matrix in the form asked for; text has ANSI styles, which whoever writes it strips where they are not wanted.
pub(crate) fn matrix(matrix: &Matrix, format: Format) -> String {
    match format {
        Format::Json => json::document(matrix),
        Format::Html => html::render(matrix),
        Format::Text | Format::Md => text::render(matrix),
    }
}

/// The recipes in the order of an exchange, with their places in the matrix.
fn in_order(matrix: &Matrix) -> Vec<(usize, &Arc<Recipe>)> {
    let mut recipes: Vec<(usize, &Arc<Recipe>)> = matrix.recipes.iter().enumerate().collect();
    recipes.sort_by_key(|(_, recipe)| recipe.group);
    recipes
}

/// The same, and whether a new group begins.
fn with_groups(matrix: &Matrix) -> impl Iterator<Item = (Option<Group>, usize, &Arc<Recipe>)> {
    let mut last = None;
    in_order(matrix).into_iter().map(move |(place, recipe)| {
        let new = (last != Some(recipe.group)).then_some(recipe.group);
        last = Some(recipe.group);
        (new, place, recipe)
    })
}

fn cell(matrix: &Matrix, recipe: usize, gateway: usize) -> Option<&Cell> {
    matrix.cells.iter().find(|cell| cell.recipe == recipe && cell.gateway == gateway)
}

/// Why this recipe was not played to this gateway, where that is known.
fn why_not(matrix: &Matrix, recipe: usize, gateway: usize) -> Option<&str> {
    let pair = matrix.not_played.iter().find(|pair| pair.recipe == recipe && pair.gateway == gateway);
    pair.map(|pair| pair.why.as_str())
}

/// How many recipes ended in each verdict, in the order of [`Kind::ALL`]. A cell counts as its worst drive.
fn counts(matrix: &Matrix, gateway: usize) -> [usize; Kind::ALL.len()] {
    let mut counts = [0; Kind::ALL.len()];
    for (_, verdict) in of_gateway(matrix, gateway).filter_map(Cell::worst) {
        if let Some(count) =
            Kind::ALL.iter().position(|kind| *kind == verdict.kind).and_then(|at| counts.get_mut(at))
        {
            *count += 1;
        }
    }
    counts
}

fn of_gateway(matrix: &Matrix, gateway: usize) -> impl Iterator<Item = &Cell> {
    matrix.cells.iter().filter(move |cell| cell.gateway == gateway)
}

/// Something that a gateway does wrong, and the recipes that show it.
struct Fault<'a> {
    kind: Kind,
    /// The reason, fit to be shown, with the ways to ask that show it where not all do.
    says: String,
    recipes: Vec<&'a str>,
}

/// What is worse than tolerable for a gateway, the worst first, otherwise in the order of an exchange. What is wrong
/// for the same reason stands together.
fn faults(matrix: &Matrix, gateway: usize) -> Vec<Fault<'_>> {
    let mut found: Vec<(&Cell, &Arc<Recipe>, &Verdict)> = of_gateway(matrix, gateway)
        .filter_map(|cell| Some((cell, matrix.recipes.get(cell.recipe)?, &cell.worst()?.1)))
        .filter(|(cell, _, verdict)| verdict.kind > Kind::Tolerable || cell.died.is_some())
        .collect();
    found.sort_by_key(|(cell, recipe, verdict)| (std::cmp::Reverse(verdict.kind), recipe.group, cell.recipe));
    let mut faults: Vec<Fault<'_>> = Vec::new();
    for (cell, recipe, verdict) in found {
        let says = words::sentence(cell, verdict);
        match faults.iter_mut().find(|fault| fault.kind == verdict.kind && fault.says == says) {
            Some(fault) => fault.recipes.push(&recipe.name),
            None => faults.push(Fault { kind: verdict.kind, says, recipes: vec![&recipe.name] }),
        }
    }
    faults
}

/// Whether anything is worse than tolerable, a gateway that died included.
pub(crate) fn anything_wrong(matrix: &Matrix) -> bool {
    matrix.cells.iter().any(is_wrong)
}

/// Whether a cell is worse than tolerable.
fn is_wrong(cell: &Cell) -> bool {
    cell.died.is_some() || cell.worst().is_some_and(|(_, verdict)| verdict.kind > Kind::Tolerable)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
#[path = "../../tests/binary/schema_check.rs"]
mod schema_check;
