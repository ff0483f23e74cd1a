//! The lab's recipes against the catalogue and the registry of RFC 9209: the lab imports nothing of ours, so that only
//! here, where all sources are text, can their names be held against each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

struct Recipe {
    /// Folder and file, such as `http/healthy.toml`.
    place: String,
    name: String,
    text: toml::Table,
}

impl Recipe {
    /// The strings of an array under `[truth]`.
    fn truth(&self, key: &str) -> Vec<String> {
        let truth = self.text["truth"].as_table().unwrap();
        let entries = truth.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        entries.map(|entry| entry.as_str().unwrap().to_owned()).collect()
    }
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn recipes() -> Vec<Recipe> {
    let mut recipes = Vec::new();
    let root = crates().join("lab/recipes");
    for folder in fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let place = format!("{}/{name}.toml", folder.file_name().to_str().unwrap());
            let text = fs::read_to_string(&file).unwrap().parse();
            let text = text.unwrap_or_else(|problem| panic!("{place}: {problem}"));
            recipes.push(Recipe { place, name, text });
        }
    }
    assert!(recipes.len() > 100, "only {} recipes were found", recipes.len());
    recipes
}

/// The tokens of RFC 9209 section 2.3, as the table of the crate `facts` has them.
fn symptoms() -> BTreeSet<String> {
    let source = fs::read_to_string(crates().join("facts/src/error_type.rs")).unwrap();
    let rows = source.lines().filter_map(|line| line.trim().strip_prefix("row(ErrorType::"));
    let tokens: BTreeSet<_> = rows.map(|row| row.split('"').nth(1).unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), 32, "RFC 9209 registers 32 error types: {tokens:?}");
    tokens
}

#[test]
fn every_cause_has_its_page_in_the_catalogue() {
    let catalogue = crates().parent().unwrap().join("catalogue");
    for recipe in recipes() {
        for cause in recipe.truth("causes") {
            let page = catalogue.join(format!("{cause}.md"));
            assert!(page.is_file(), "{}: no cause is called {cause}", recipe.place);
        }
    }
}

#[test]
fn every_symptom_is_an_error_type_of_rfc_9209() {
    let known = symptoms();
    for recipe in recipes() {
        for symptom in recipe.truth("symptom") {
            assert!(known.contains(&symptom), "{}: no error type is called {symptom}", recipe.place);
        }
    }
}

#[test]
fn no_truth_is_told_twice() {
    for recipe in recipes() {
        for key in ["causes", "symptom", "channels"] {
            let told = recipe.truth(key);
            let distinct: BTreeSet<_> = told.iter().collect();
            assert_eq!(distinct.len(), told.len(), "{}: {key} = {told:?}", recipe.place);
        }
    }
}

#[test]
fn every_file_is_listed_once_under_its_own_name() {
    let list = fs::read_to_string(crates().join("lab/src/list.rs")).unwrap();
    let words: Vec<_> = list.split('"').skip(1).step_by(2).collect();
    let listed: Vec<_> = words.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
    let recipes = recipes();
    for recipe in &recipes {
        let line = (recipe.name.clone(), format!("../recipes/{}", recipe.place));
        let times = listed.iter().filter(|listed| **listed == line).count();
        assert_eq!(times, 1, "{} stands {times} times in list.rs", recipe.place);
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(recipe.name.bytes().all(kebab), "{} is not in kebab-case", recipe.place);
    }
    assert_eq!(listed.len(), recipes.len(), "list.rs names files that do not exist");
}
