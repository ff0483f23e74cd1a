//! `goodgate lab list`: the recipes by group.

use std::fmt::Write;
use std::sync::Arc;

use anstyle::Style;
use goodgate_lab::{Recipe, recipes};
use serde::Serialize;

use super::names;
use crate::arguments::{Format, List};
use crate::render::counted;
use crate::roles::{COULD_NOT_LOOK, FINE, complain, deliver};

pub(super) fn run(command: &List) -> u8 {
    let group = match command.group.as_deref().map(names::group_named).transpose() {
        Ok(group) => group,
        Err(problem) => {
            complain(&[problem]);
            return COULD_NOT_LOOK;
        }
    };
    let mut wanted: Vec<&Arc<Recipe>> = recipes()
        .iter()
        .filter(|recipe| group.is_none_or(|group| recipe.group == group))
        .filter(|recipe| command.speaks.is_none_or(|speaks| recipe.speaks == speaks))
        .collect();
    wanted.sort_by_key(|recipe| recipe.group);
    let text = match command.format {
        Format::Json => document(&wanted),
        _ => text(&wanted),
    };
    deliver(&text, command.format, None).err().unwrap_or(FINE)
}

fn text(wanted: &[&Arc<Recipe>]) -> String {
    /// A name longer than this pushes its title to the right.
    const NAME_CHARS: usize = 34;
    let bold = Style::new().bold();
    let mut out = String::new();
    let width = wanted.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0).min(NAME_CHARS);
    let mut last = None;
    for recipe in wanted {
        if last != Some(recipe.group) {
            last = Some(recipe.group);
            let (heading, name) = (names::heading(recipe.group), names::group(recipe.group));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "\n{bold}{heading}{bold:#} ({name})");
        }
        let _ = writeln!(out, "  {:width$}  {}", recipe.name, recipe.title);
    }
    let _ = writeln!(
        out,
        "\n{}. goodgate lab show NAME says what one does, and what a correct gateway makes of it.",
        counted(wanted.len() as u64, "recipe")
    );
    out
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    recipes: Vec<RecipeDocument<'a>>,
}

#[derive(Serialize)]
struct RecipeDocument<'a> {
    name: &'a str,
    title: &'a str,
    group: &'static str,
    speaks: &'static str,
}

fn document(wanted: &[&Arc<Recipe>]) -> String {
    let recipes = wanted.iter().map(|recipe| RecipeDocument {
        name: &recipe.name,
        title: &recipe.title,
        group: names::group(recipe.group),
        speaks: names::speaks(recipe.speaks),
    });
    let document = Document {
        schema: "goodgate.lab-recipes/1",
        tool: env!("CARGO_PKG_VERSION"),
        recipes: recipes.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_headings_and_the_count_is_told() {
        let all: Vec<&Arc<Recipe>> = recipes().iter().collect();
        let text = text(&all);
        assert!(text.contains("(healthy)") && text.contains("\n  healthy "), "{text}");
        assert!(text.contains(&format!("\n{} recipes.", all.len())), "{text}");
    }
}
