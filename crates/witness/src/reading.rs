//! What goodgate makes of what was said: the same files that a person would hand in, with more and more of them.

use std::sync::Arc;

use goodgate_case::{Diagnosis, Input, Outcome};
use goodgate_lab::Recipe;

use crate::matrix::{AtPlace, Cell, Gateway, Matrix, Place, Reading, Said};
use crate::outside;

/// Causes below this probability are not in the set: a person would not go and look for them.
const IN_SET_MIN: f64 = 0.10;

/// Reads what was said about every cell, on as many threads as the machine has processors.
pub fn read_all(matrix: &mut Matrix) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (recipes, gateways) = (&matrix.recipes, &matrix.gateways);
    let share = matrix.cells.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for cells in matrix.cells.chunks_mut(share) {
            scope.spawn(move || {
                for cell in cells {
                    read_cell(recipes, gateways, cell);
                }
            });
        }
    });
}

fn read_cell(recipes: &[Arc<Recipe>], gateways: &[Gateway], cell: &mut Cell) {
    let Some(recipe) = recipes.get(cell.recipe) else { return };
    let mut reading = read(recipe, &cell.said);
    if let (Some(look), Some(gateway)) = (&cell.said.look, gateways.get(cell.gateway)) {
        reading.outside = Some(outside::read(recipe, gateway.id, look));
    }
    cell.reading = Some(reading);
}

/// Reads what was said about a recipe, place after place.
#[must_use]
pub fn read(recipe: &Recipe, said: &Said) -> Reading {
    let mut inputs = Vec::new();
    let mut places = Vec::new();
    for place in Place::ALL {
        let more = inputs_of(said, place);
        if more.is_empty() {
            continue;
        }
        inputs.extend(more);
        places.push(at(place, recipe, &goodgate_case::diagnose(&inputs, Vec::new())));
    }
    let decided = places.iter().find(|at| at.settled && at.truth_first).map(|at| at.place);
    Reading { places, decided, outside: None }
}

fn inputs_of(said: &Said, place: Place) -> Vec<Input> {
    let text =
        |(name, text): &(String, String)| Input { name: name.clone(), bytes: text.clone().into_bytes() };
    let files = match place {
        Place::Page => {
            let page =
                said.page.iter().map(|page| Input { name: "response.txt".to_owned(), bytes: page.clone() });
            return page.collect();
        }
        Place::GatewayLog => said.logs.iter(),
        Place::Configuration => std::slice::from_ref(&said.configuration).iter(),
        Place::UpstreamLog => said.upstream_logs.iter(),
        Place::Host => said.host.iter(),
        // Not a file, and not one of those that come after each other.
        Place::Outside => [].iter(),
    };
    files.filter(|(_, text)| !text.trim().is_empty()).map(text).collect()
}

pub(crate) fn at(place: Place, recipe: &Recipe, diagnosis: &Diagnosis) -> AtPlace {
    let finding = diagnosis.findings.first();
    let error =
        finding.and_then(|finding| finding.symptom.as_ref()?.error).map(|error| error.token().to_owned());
    let mut set: Vec<(String, f64)> = finding.map_or_else(Vec::new, |finding| {
        let likely = finding.judgement.ranked.iter().filter(|ranked| ranked.probability >= IN_SET_MIN);
        likely.map(|ranked| (ranked.cause.id.to_owned(), ranked.probability)).collect()
    });
    if diagnosis.outcome == Outcome::NoFault {
        set.clear();
    }
    let truth = &recipe.truth;
    // Of a recipe that makes its cause, only that one is true; the others that fit its traces are not.
    let true_causes = if truth.made { truth.causes.get(..1).unwrap_or(&[]) } else { &truth.causes };
    let is_true = |id: &String| true_causes.contains(id);
    let (truth_in_set, truth_first) = if true_causes.is_empty() {
        (set.is_empty(), set.is_empty())
    } else {
        (set.iter().any(|(id, _)| is_true(id)), set.first().is_some_and(|(id, _)| is_true(id)))
    };
    let symptom_right = match &error {
        Some(error) => truth.symptom.contains(error),
        None => truth.symptom.is_empty(),
    };
    AtPlace { place, error, symptom_right, set, truth_in_set, truth_first, settled: settled(diagnosis) }
}

/// Whether the answer is more than one possibility among others.
fn settled(diagnosis: &Diagnosis) -> bool {
    match diagnosis.findings.first() {
        Some(finding) => finding.judgement.certainty.is_settled(),
        None => diagnosis.outcome == Outcome::NoFault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Said {
        let line = "2026/11/22 08:00:00 [error] 11#11: *1 connect() failed (111: Connection refused) while connecting to \
                    upstream, client: 127.0.0.1, server: , request: \"GET /r/not-listening/00 HTTP/1.1\", upstream: \
                    \"http://127.0.0.1:40001/r/not-listening/00\", host: \"lab.example\"\n";
        Said { logs: vec![("error.log".to_owned(), line.to_owned())], ..Said::default() }
    }

    fn recipe(truth: &str) -> Recipe {
        let text = format!(
            "title = 't'\nabout = 'a'\ngroup = 'connect'\nlisten = 'refuse'\n[truth]\n{truth}\n[gateway]\nmay = ['error']\n\
             status = [502]\nwhy = [{{ says = 's', see = 'RFC 9110 §15.6.3' }}]\n"
        );
        goodgate_lab::read("sample", &text).unwrap()
    }

    #[test]
    fn a_refusal_is_read_off_the_gateways_log() {
        let recipe = recipe("symptom = ['connection_refused']\ncauses = ['upstream-not-running']");
        let reading = read(&recipe, &refused());
        let at = reading.places.last().unwrap();
        assert_eq!(at.place, Place::GatewayLog);
        assert_eq!(at.error.as_deref(), Some("connection_refused"));
        assert!(at.symptom_right && at.truth_in_set, "{at:?}");
    }

    #[test]
    fn another_truth_is_not_found_there() {
        let recipe = recipe("symptom = ['dns_error']\ncauses = ['disk-full']");
        let reading = read(&recipe, &refused());
        let at = reading.places.last().unwrap();
        assert!(!at.symptom_right && !at.truth_in_set && reading.decided.is_none(), "{at:?}");
    }

    #[test]
    fn what_was_not_given_is_no_place() {
        assert!(read(&recipe(""), &Said::default()).places.is_empty());
    }
}
