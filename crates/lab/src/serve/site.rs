//! What the lab says about itself: the list of recipes with examples, and why something cannot be played here.

use std::fmt::Write as _;

use super::accept::Form;
use super::near::near;
use super::page::{self, Page, escaped};
use crate::recipe::Recipe;
use crate::step::Answer;

/// The list of everything that can be asked for; `at` is how the client reached us.
pub(super) fn list(form: Form, at: &str) -> Answer {
    match form {
        Form::Text => page::answer(200, "text/plain; charset=utf-8", list_text(at), &[]),
        Form::Html => page::answer(200, "text/html; charset=utf-8", list_html(at), &[]),
        Form::Json => page::answer(200, "application/json", list_json(), &[]),
    }
}

/// There is no recipe of this name.
pub(super) fn no_recipe(name: &str) -> Page {
    let mut says = vec![format!("There is no recipe {name}.")];
    let found = near(name, crate::recipes().iter().map(|recipe| recipe.name.as_str()));
    if !found.is_empty() {
        says.push(format!("Did you mean {}?", found.join(" or ")));
    }
    says.push("All of them are listed at /".to_owned());
    Page::new(404, says)
}

/// There is nothing at this path.
pub(super) fn no_page(path: &str) -> Page {
    let says = format!("There is nothing at {path}.");
    Page::new(404, [says, "What there is, is listed at / and begins with /r/, /status/ or /ok.".to_owned()])
}

/// This recipe cannot be played here, because it begins before a request is read, or is not played by a port.
pub(super) fn not_here(recipe: &Recipe) -> Page {
    let name = &recipe.name;
    let says = if recipe.process.is_some() {
        [
            format!("The recipe {name} is played by a real application server, and not by this one."),
            "`goodgate lab compare` starts one.".to_owned(),
        ]
    } else if recipe.dns.is_some() {
        [
            format!(
                "What goes wrong in the recipe {name} is the name of the origin, which no origin can play."
            ),
            "`goodgate lab compare` brings a name server of its own.".to_owned(),
        ]
    } else {
        [
            format!("The recipe {name} begins before a request is read, so that it needs a port of its own."),
            format!("Start it with `goodgate lab serve --recipe {name}`."),
        ]
    };
    // 409: the request is right, and what it meets is in the wrong state for it.
    Page::new(409, says)
}

fn examples(at: &str) -> [(String, &'static str); 5] {
    [
        (format!("curl -i http://{at}/r/NAME"), "plays the recipe NAME"),
        (format!("curl -i -H 'Lab-Recipe: NAME' http://{at}/any/path"), "plays it at any path"),
        (format!("curl -i 'http://{at}/status/503?retry-after=30'"), "answers 503 with Retry-After"),
        (
            format!("curl -i 'http://{at}/status/502?delay=2s&header=X-Cause:%20none&body=text'"),
            "answers late, with a header line and a text of your own",
        ),
        (format!("curl -i http://{at}/ok"), "answers as it should"),
    ]
}

const FORMS: &str = "Statuses and this list come as HTML, JSON or text, as the header Accept asks for.";

const OWN_PORT: &str =
    "Recipes with a star cannot be asked for by path; asked for all the same, each says how to play it.";

fn star(recipe: &Recipe) -> &'static str {
    if recipe.plays_after_request() { "" } else { "*" }
}

fn list_text(at: &str) -> String {
    let mut out = "The lab: an origin that fails on purpose\n\n".to_owned();
    for (command, says) in examples(at) {
        let _ = writeln!(out, "{command}\n    {says}");
    }
    let _ = writeln!(out, "\n{FORMS}\n{OWN_PORT}\n");
    for recipe in crate::recipes() {
        let name = format!("{}{}", recipe.name, star(recipe));
        let _ = writeln!(out, "{name:32} {}", recipe.title);
    }
    out
}

fn list_html(at: &str) -> String {
    let mut out = String::from("<pre>\n");
    for (command, says) in examples(at) {
        let _ = writeln!(out, "{}\n    {says}", escaped(&command));
    }
    let _ = write!(out, "</pre>\n<p>{FORMS}</p>\n<p>{OWN_PORT}</p>\n<dl>\n");
    for recipe in crate::recipes() {
        let name = escaped(&recipe.name);
        let link = match star(recipe) {
            "" => format!("<a href=\"/r/{name}\">{name}</a>"),
            star => format!("{name}{star}"),
        };
        let _ = writeln!(out, "<dt>{link}</dt><dd>{}</dd>", escaped(&recipe.title));
    }
    out.push_str("</dl>\n");
    page::html("The lab: an origin that fails on purpose", &out)
}

fn list_json() -> String {
    let mut out = String::from("{\"recipes\": [");
    for (number, recipe) in crate::recipes().iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}\n  {{\"name\": \"{}\", \"title\": \"{}\", \"by_path\": {}}}",
            page::json_text(&recipe.name),
            page::json_text(&recipe.title),
            star(recipe).is_empty(),
        );
    }
    out.push_str("\n]}\n");
    out
}
