//! The list of recipes, in the order in which they are shown. A new recipe is its file and its line here.

/// Name and text of every recipe.
pub(crate) const RECIPES: &[(&str, &str)] = &[
    ("healthy", include_str!("../recipes/http/healthy.toml")),
    ("fin-in-status-line", include_str!("../recipes/http/fin-in-status-line.toml")),
];
