//! `goodgate lab compare`: gateways that are installed here, each in front of the lab.

use std::fmt::Write;

use goodgate_lab::{Drive, Front};
use goodgate_witness::products::{Product, find, products};
use goodgate_witness::{Matrix, Progress};

use super::{chosen, names, progress, runtime, told_to_end};
use crate::arguments::{Compare, Format};
use crate::render::matrix;
use crate::roles::{COULD_NOT_LOOK, FINE, PROBLEM, complain, deliver};

pub(super) fn run(command: &Compare) -> u8 {
    if command.list {
        return deliver(&list(), Format::Text, command.measure.output.as_deref()).err().unwrap_or(FINE);
    }
    let measured = settings(command).and_then(|settings| {
        let runtime = runtime().map_err(|problem| vec![problem])?;
        runtime.block_on(async {
            tokio::select! {
                matrix = goodgate_witness::compare(&settings, &tell) => Ok(matrix),
                // What was started is stopped on the way out.
                _ = told_to_end() => Err(vec!["interrupted; nothing was written".to_owned()]),
            }
        })
    });
    progress("");
    let mut matrix = match measured {
        Ok(matrix) => matrix,
        Err(problems) => {
            complain(&problems);
            return COULD_NOT_LOOK;
        }
    };
    if matrix.cells.is_empty() {
        complain(&why_nothing(&matrix));
        return COULD_NOT_LOOK;
    }
    if command.outside || command.measure.format != Format::Text {
        // What goodgate itself makes of what each gateway said.
        goodgate_witness::read_all(&mut matrix);
    }
    let text = matrix::matrix(&matrix, command.measure.format);
    if let Err(code) = deliver(&text, command.measure.format, command.measure.output.as_deref()) {
        return code;
    }
    if matrix::anything_wrong(&matrix) {
        return PROBLEM;
    }
    if missed(command, &matrix) { COULD_NOT_LOOK } else { FINE }
}

/// Whether something that was asked for by its name was not looked at.
fn missed(command: &Compare, matrix: &Matrix) -> bool {
    let product = matrix.left_out.iter().any(|left| command.products.contains(&left.id));
    let played = |name: &str| {
        let at = matrix.recipes.iter().position(|recipe| recipe.name == name);
        matrix.cells.iter().any(|cell| Some(cell.recipe) == at)
    };
    product || command.measure.recipe.iter().any(|name| !played(name))
}

/// What can be wrong before anything is started.
fn settings(command: &Compare) -> Result<goodgate_witness::Compare, Vec<String>> {
    let known = || products().into_iter().map(Product::id);
    let unknown: Vec<String> = command
        .products
        .iter()
        .filter(|asked| known().all(|id| id != asked.as_str()))
        .map(|asked| match names::near(asked, known()).as_slice() {
            [] => format!("there is no gateway {asked}; see goodgate lab compare --list"),
            near => format!("there is no gateway {asked}; near is {}", near.join(", ")),
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let front = command.front;
    if command.outside && front != Front::Http1 {
        let name = front.name();
        return Err(vec![format!(
            "--outside looks at sites without TLS; leave out --front {name}, or --outside"
        )]);
    }
    if let Some(unknown) = command.drive.iter().find(|drive| !front.knows(**drive)) {
        let (drive, front) = (unknown.name(), front.name());
        return Err(vec![format!(
            "--drive {drive} does not go with --front {front}: HTTP/2 knows no HTTP/1.0"
        )]);
    }
    let drives = if command.drive.is_empty() { Drive::ALL.to_vec() } else { command.drive.clone() };
    let recipes = chosen(&command.measure)?;
    Ok(goodgate_witness::Compare {
        products: command.products.clone(),
        recipes,
        front,
        drives,
        outside: command.outside,
        ..goodgate_witness::Compare::default()
    })
}

/// Says on a terminal how far it is.
fn tell(step: &Progress) {
    match step {
        Progress::Started { title, version, recipes } => {
            progress(&format!("{title} {version}: {recipes} recipes"));
        }
        Progress::Played { title, recipe, done, of } => {
            progress(&format!("{title}: {done} of {of}: {recipe}"));
        }
        Progress::LeftOut(left) => progress(&format!("{} is left out\n", left.id)),
    }
}

fn why_nothing(matrix: &Matrix) -> Vec<String> {
    let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let left_out = matrix
        .left_out
        .iter()
        .map(|left| format!("{} was not measured: {}", left.id, in_one_line(&left.why)));
    let not_played = matrix.not_played.iter().filter_map(|pair| {
        let recipe = matrix.recipes.get(pair.recipe)?;
        Some(format!("{} was not played: {}", recipe.name, in_one_line(&pair.why)))
    });
    /// More sentences than this repeat themselves.
    const PROBLEMS_MAX: usize = 20;
    let mut problems: Vec<String> = left_out.chain(not_played).take(PROBLEMS_MAX).collect();
    problems.push("nothing was measured".to_owned());
    problems
}

/// Which gateways are known, and which of them are here.
fn list() -> String {
    let mut out = String::new();
    for product in products() {
        let state = match find(product) {
            Some(found) if found.version.is_empty() => format!("installed: {}", found.program.display()),
            Some(found) => format!("{}  ({})", found.version, found.program.display()),
            None => format!("not installed; see {}", product.package()),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:10} {:22} {state}", product.id(), product.title());
    }
    out
}
