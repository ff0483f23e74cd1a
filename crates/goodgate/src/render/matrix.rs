//! What gateways made of the lab's recipes → text, JSON and HTML. One file a form, and one for the words that they
//! share.

mod html;
mod json;
mod text;
mod words;

use std::sync::Arc;

use goodgate_lab::{Group, Kind, Observation, Recipe, Verdict};
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
        if let Some(count) = Kind::ALL.iter().position(|kind| *kind == verdict.kind).and_then(|at| counts.get_mut(at))
        {
            *count += 1;
        }
    }
    counts
}

fn of_gateway(matrix: &Matrix, gateway: usize) -> impl Iterator<Item = &Cell> {
    matrix.cells.iter().filter(move |cell| cell.gateway == gateway)
}

/// What is worse than tolerable for a gateway, the worst first, otherwise in the order of an exchange.
fn worst(matrix: &Matrix, gateway: usize) -> Vec<(&Cell, &Arc<Recipe>, &(Observation, Verdict))> {
    let mut found: Vec<_> = of_gateway(matrix, gateway)
        .filter_map(|cell| Some((cell, matrix.recipes.get(cell.recipe)?, cell.worst()?)))
        .filter(|(_, _, (_, verdict))| verdict.kind > Kind::Tolerable)
        .collect();
    found.sort_by_key(|(cell, recipe, (_, verdict))| (std::cmp::Reverse(verdict.kind), recipe.group, cell.recipe));
    found
}

/// Whether anything is worse than tolerable.
pub(crate) fn anything_wrong(matrix: &Matrix) -> bool {
    matrix.cells.iter().filter_map(Cell::worst).any(|(_, verdict)| verdict.kind > Kind::Tolerable)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
#[path = "../../tests/binary/schema_check.rs"]
mod schema_check;
