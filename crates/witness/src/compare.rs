//! The measuring: product after product is set up for all recipes at once, started, and asked, many recipes at a time.
//!
//! Nearly all of the time is waiting for timeouts, which is why recipes are played at the same time; each has an
//! origin and a route of its own, so that they do not meet.

mod faults;
mod measuring;
mod playing;
mod stands;

use std::sync::Arc;

use goodgate_lab::{Drive, Front, Identities, Limits, Recipe};

use crate::matrix::{LeftOut, Matrix};
use crate::products::{Found, Product, find, products};
use measuring::measure;

/// So many recipes are played at the same time unless somebody says otherwise: enough to fill the waiting of two
/// cores, few enough that no answer is late because of the others.
const AT_ONCE: usize = 40;

/// What to compare.
#[derive(Clone, Debug)]
pub struct Compare {
    /// Ids of products, in the order in which they are to be shown; empty for all that are installed.
    pub products: Vec<String>,
    /// The recipes.
    pub recipes: Vec<Arc<Recipe>>,
    /// What clients speak to the gateways.
    pub front: Front,
    /// The ways to ask; those that nobody who speaks so knows are left out.
    pub drives: Vec<Drive>,
    /// How long to wait for an answer.
    pub limits: Limits,
    /// How many recipes are played at the same time.
    pub at_once: usize,
    /// Whether each recipe is looked at from outside as well, as `goodgate diagnose URL` looks: without TLS, so that
    /// `front` has to be [`Front::Http1`].
    pub outside: bool,
}

impl Default for Compare {
    /// All recipes, all ways to ask, all products that are installed.
    fn default() -> Self {
        Self {
            products: Vec::new(),
            recipes: goodgate_lab::recipes().to_vec(),
            front: Front::default(),
            drives: Drive::ALL.to_vec(),
            limits: Limits::default(),
            at_once: AT_ONCE,
            outside: false,
        }
    }
}

/// How far it has got.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A gateway runs and is going to be asked.
    Started {
        /// Its name as its makers write it.
        title: &'static str,
        /// Its version.
        version: String,
        /// Recipes that it is going to be asked with.
        recipes: usize,
    },
    /// A recipe has been played to it in all ways.
    Played {
        /// The gateway's name.
        title: &'static str,
        /// The recipe's name.
        recipe: String,
        /// Recipes that have been played to it.
        done: usize,
        /// Recipes that it is asked with.
        of: usize,
    },
    /// A gateway is not measured.
    LeftOut(LeftOut),
}

/// Starts each of the products in turn, plays all recipes to it, and gathers what was seen and what was said.
///
/// What cannot be measured is left out with the reason; this never fails as a whole.
pub async fn compare(settings: &Compare, progress: &dyn Fn(&Progress)) -> Matrix {
    let mut matrix = Matrix { front: settings.front, recipes: settings.recipes.clone(), ..Matrix::default() };
    let identities = match Identities::new() {
        Ok(identities) => Arc::new(identities),
        Err(problem) => {
            let all = chosen(settings).into_iter().map(|(id, _)| id);
            let why = problem.to_string();
            matrix.left_out = all.map(|id| LeftOut { id, why: why.clone() }).collect();
            return matrix;
        }
    };
    for (id, found) in chosen(settings) {
        let measured = match found {
            Ok(found) => measure(&found, matrix.gateways.len(), settings, &identities, progress).await,
            Err(why) => Err(why),
        };
        match measured {
            Ok(measured) => {
                matrix.gateways.push(measured.gateway);
                matrix.cells.extend(measured.cells);
                matrix.not_played.extend(measured.not_played);
            }
            Err(why) => {
                let left_out = LeftOut { id, why };
                progress(&Progress::LeftOut(left_out.clone()));
                matrix.left_out.push(left_out);
            }
        }
    }
    matrix.cells.sort_by_key(|cell| (cell.recipe, cell.gateway));
    matrix.not_played.sort_by_key(|pair| (pair.recipe, pair.gateway));
    matrix
}

/// The products that were asked for, or all that there are: id, and where it is or why it is not there.
fn chosen(settings: &Compare) -> Vec<(String, Result<Found, String>)> {
    let known: Vec<&'static dyn Product> = products().to_vec();
    let asked = if settings.products.is_empty() {
        known.iter().map(|product| product.id().to_owned()).collect()
    } else {
        settings.products.clone()
    };
    let look = |id: String| {
        let found = match known.iter().find(|product| product.id() == id) {
            Some(product) => find(*product).ok_or_else(|| product.missing()),
            None => {
                let ids: Vec<_> = known.iter().map(|product| product.id()).collect();
                Err(format!("there is no gateway of this name; known are {}", ids.join(", ")))
            }
        };
        (id, found)
    };
    asked.into_iter().map(look).collect()
}
