//! `goodgate lab show`: one recipe in plain words.

use goodgate_facts::ErrorType;
use goodgate_lab::{Channel, Drive, Expected, May, Recipe, Retry, Speaks};
use serde::Serialize;

use super::{names, steps};
use crate::arguments::{Format, Show};
use crate::render::blocks::{Block, Tone};
use crate::render::in_words;
use crate::roles::{COULD_NOT_LOOK, FINE, complain, deliver};

pub(super) fn run(command: &Show) -> u8 {
    let recipe = match names::recipe(&command.name) {
        Ok(recipe) => recipe,
        Err(problem) => {
            complain(&[problem]);
            return COULD_NOT_LOOK;
        }
    };
    let text = match command.format {
        Format::Json => document(recipe),
        format => in_words(&blocks(recipe), format),
    };
    deliver(&text, command.format, None).err().unwrap_or(FINE)
}

fn blocks(recipe: &Recipe) -> Vec<Block> {
    let mut blocks = vec![
        Block::Title(recipe.name.clone()),
        Block::Verdict { tone: Tone::Plain, text: format!("{}.", recipe.title.trim_end_matches('.')) },
        Block::Text(recipe.about.clone()),
        Block::Heading("What the origin does".into()),
        Block::Points(steps::sentences(recipe)),
    ];
    if format!("{:?}", recipe.steps).contains("{token}") {
        blocks.push(Block::Text("`{token}` stands for the last part of the path that was asked for.".into()));
    }
    meaning(recipe, &mut blocks);
    blocks.push(Block::Heading("What a correct gateway does".into()));
    blocks.push(Block::Points(correct(&recipe.gateway)));
    blocks.push(Block::Heading("Because".into()));
    blocks.push(Block::Points(reasons(&recipe.gateway)));
    for (drive, special) in special(recipe) {
        blocks.push(Block::Subheading(format!("Asked by {}", in_short(drive))));
        let mut points = correct(special);
        points.extend(reasons(special));
        blocks.push(Block::Points(points));
    }
    if !recipe.truth.channels.is_empty() {
        blocks.push(Block::Heading("Who can see it".into()));
        let seen = recipe.truth.channels.iter().map(|seen| names::channel(*seen).to_owned());
        blocks.push(Block::Points(seen.collect()));
    }
    blocks.push(Block::Heading("Try it".into()));
    blocks.push(Block::Code(try_it(recipe).join("\n")));
    blocks
}

/// The symptom and the causes, each with its title.
fn meaning(recipe: &Recipe, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("What it means".into()));
    let symptoms = recipe.truth.symptom.iter().map(|token| match ErrorType::from_token(token) {
        Some(error) => format!("{} (`{token}`)", error.title()),
        None => format!("`{token}`"),
    });
    let symptoms: Vec<String> = symptoms.collect();
    blocks.push(Block::Text(if symptoms.is_empty() {
        "There is no failure to be seen.".to_owned()
    } else {
        format!("In the words of RFC 9209: {}.", symptoms.join(", or "))
    }));
    let line = |id: &String| match goodgate_causes::get(id) {
        Some(cause) => format!("{} ({id})", cause.title),
        None => id.clone(),
    };
    let mut causes = recipe.truth.causes.iter().map(line);
    if recipe.truth.made {
        blocks.push(Block::Heading("The cause, which the recipe itself makes".into()));
        blocks.push(Block::Points(causes.by_ref().take(1).collect()));
    }
    let causes: Vec<String> = causes.collect();
    if !causes.is_empty() {
        blocks.push(Block::Heading("Causes that fit what can be seen, the best first".into()));
        blocks.push(Block::Points(causes));
    }
}

/// What is right, what is tolerable, and whether to ask again.
pub(crate) fn correct(expected: &Expected) -> Vec<String> {
    let mut points: Vec<String> = expected
        .may
        .iter()
        .map(|may| match may {
            May::Pass => match &expected.delivers {
                Some(delivery) => format!("Passes the answer on whole, with the status {}.", delivery.status),
                None => "Passes the answer on whole.".to_owned(),
            },
            May::Error => format!("Answers with an error: {}.", either(&expected.status)),
            May::Cut => {
                "Passes on what came, in such a way that the client can tell that it is not the whole: it \
                         breaks the connection or leaves the framing incomplete."
                    .to_owned()
            }
        })
        .collect();
    if points.len() > 1 {
        for point in points.iter_mut().skip(1) {
            *point =
                format!("Or: {}{}", point.chars().next().unwrap_or_default().to_lowercase(), tail(point));
        }
    }
    if !expected.tolerable.is_empty() {
        points.push(format!(
            "Tolerable, because the client can at least tell that it was not at fault: {}.",
            either(&expected.tolerable)
        ));
    }
    points.push(
        match expected.retry {
            Retry::IfIdempotent => {
                "May ask again where the method is idempotent (GET, HEAD); never for a POST that the origin has read."
            }
            Retry::Safe => "May ask again with every method: the origin cannot have acted upon the request.",
            Retry::Unsafe => "Must not ask again, whatever the method.",
        }
        .to_owned(),
    );
    if expected.ambiguous {
        points
            .push("Never passes the ambiguity on: that is how requests and answers are smuggled.".to_owned());
    }
    points
}

fn tail(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

/// "502", "500, 503 or 504".
fn either(statuses: &[u16]) -> String {
    let words: Vec<String> = statuses.iter().map(ToString::to_string).collect();
    match words.split_last() {
        None => "a status of the server's side".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Why, each with the place that says so.
pub(crate) fn reasons(expected: &Expected) -> Vec<String> {
    expected.why.iter().map(|why| format!("{} ({})", why.says, why.see)).collect()
}

/// Ways to ask for which something else is right.
pub(crate) fn special(recipe: &Recipe) -> impl Iterator<Item = (Drive, &Expected)> {
    [(Drive::Post, &recipe.post), (Drive::Head, &recipe.head), (Drive::Http10, &recipe.http10)]
        .into_iter()
        .filter_map(|(drive, special)| Some((drive, special.as_ref()?)))
}

fn in_short(drive: Drive) -> &'static str {
    match drive {
        Drive::Get | Drive::KeepAlive => "GET",
        Drive::Http10 => "a client of HTTP/1.0",
        Drive::Post => "POST",
        Drive::Head => "HEAD",
    }
}

/// Commands to try it with.
fn try_it(recipe: &Recipe) -> Vec<String> {
    let name = &recipe.name;
    if recipe.process.is_some() || recipe.dns.is_some() {
        return vec![format!("goodgate lab compare --recipe {name}")];
    }
    match recipe.speaks {
        Speaks::Http if recipe.plays_after_request() => vec![
            "goodgate lab serve".to_owned(),
            format!("curl -i http://127.0.0.1:8502/r/{name}    # in another terminal"),
        ],
        Speaks::Http => vec![
            format!("goodgate lab serve --recipe {name}"),
            "curl -i http://127.0.0.1:8502/    # in another terminal".to_owned(),
        ],
        Speaks::Tls => vec![
            format!("goodgate lab serve --recipe {name}"),
            format!("curl -ik https://127.0.0.1:8502/r/{name}    # in another terminal"),
        ],
        Speaks::H2c => vec![
            format!("goodgate lab serve --recipe {name}"),
            format!(
                "curl -i --http2-prior-knowledge http://127.0.0.1:8502/r/{name}    # in another terminal"
            ),
        ],
        speaks @ (Speaks::Fastcgi | Speaks::Uwsgi) => vec![format!(
            "goodgate lab test --gateway http://127.0.0.1:8080 --speaks {} --recipe {name}",
            names::speaks(speaks)
        )],
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    name: &'a str,
    title: &'a str,
    about: &'a str,
    group: &'static str,
    speaks: &'static str,
    steps: Vec<String>,
    symptom: &'a [String],
    causes: Vec<CauseDocument<'a>>,
    made: bool,
    channels: Vec<&'static str>,
    correct: Vec<CorrectDocument<'a>>,
    commands: Vec<String>,
}

#[derive(Serialize)]
struct CauseDocument<'a> {
    id: &'a str,
    title: Option<&'a str>,
}

#[derive(Serialize)]
struct CorrectDocument<'a> {
    /// The way to ask for which it holds; `null` where for all others.
    drive: Option<&'static str>,
    may: Vec<&'static str>,
    status: &'a [u16],
    tolerable: &'a [u16],
    retry: &'static str,
    ambiguous: bool,
    why: Vec<WhyDocument<'a>>,
}

#[derive(Serialize)]
struct WhyDocument<'a> {
    says: &'a str,
    see: &'a str,
}

fn document(recipe: &Recipe) -> String {
    let causes = recipe
        .truth
        .causes
        .iter()
        .map(|id| CauseDocument { id, title: goodgate_causes::get(id).map(|cause| cause.title.as_str()) });
    let all = std::iter::once((None, &recipe.gateway));
    let all = all.chain(special(recipe).map(|(drive, special)| (Some(drive.name()), special)));
    let document = Document {
        schema: "goodgate.lab-recipe/1",
        tool: env!("CARGO_PKG_VERSION"),
        name: &recipe.name,
        title: &recipe.title,
        about: &recipe.about,
        group: names::group(recipe.group),
        speaks: names::speaks(recipe.speaks),
        steps: steps::sentences(recipe),
        symptom: &recipe.truth.symptom,
        causes: causes.collect(),
        made: recipe.truth.made,
        channels: recipe.truth.channels.iter().map(|channel| channel_name(*channel)).collect(),
        correct: all.map(|(drive, expected)| correct_document(drive, expected)).collect(),
        commands: try_it(recipe),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn correct_document<'a>(drive: Option<&'static str>, expected: &'a Expected) -> CorrectDocument<'a> {
    let may = expected.may.iter().map(|may| match may {
        May::Pass => "pass",
        May::Error => "error",
        May::Cut => "cut",
    });
    CorrectDocument {
        drive,
        may: may.collect(),
        status: &expected.status,
        tolerable: &expected.tolerable,
        retry: match expected.retry {
            Retry::IfIdempotent => "if-idempotent",
            Retry::Safe => "safe",
            Retry::Unsafe => "unsafe",
        },
        ambiguous: expected.ambiguous,
        why: expected.why.iter().map(|why| WhyDocument { says: &why.says, see: &why.see }).collect(),
    }
}

const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Client => "client",
        Channel::Gateway => "gateway",
        Channel::Probe => "probe",
        Channel::Host => "host",
        Channel::Application => "application",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_shown_in_plain_words() {
        let recipe = names::recipe("fin-in-status-line").unwrap();
        let text = anstream::adapter::strip_str(&in_words(&blocks(recipe), Format::Text)).to_string();
        for wanted in [
            "Reads the request, with its body.",
            "Sends `HTTP/1.1 20`.",
            "connection_terminated",
            "worker-crashed",
            "Answers with an error: 502.",
            "500, 503 or 504",
            "RFC 9110 §15.6.3",
            "curl -i http://127.0.0.1:8502/r/fin-in-status-line",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn every_cause_and_symptom_of_a_recipe_has_its_title() {
        for recipe in goodgate_lab::recipes() {
            for id in &recipe.truth.causes {
                assert!(goodgate_causes::get(id).is_some(), "{}: {id} is not in the catalogue", recipe.name);
            }
            for token in &recipe.truth.symptom {
                assert!(
                    ErrorType::from_token(token).is_some(),
                    "{}: {token} is not in RFC 9209",
                    recipe.name
                );
            }
        }
    }
}
