//! Explanations of words, for people and as a JSON document.

use serde::Serialize;

use super::blocks::{Block, Tone};
use crate::arguments::{Format, Reader};
use crate::explain::{Explanation, Kind};
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

/// Causes listed for people; the document has all.
const CAUSES_MAX: usize = 12;

/// Explanations in the form asked for.
pub(crate) fn explanations(explained: &[Explanation], format: Format, reader: Reader) -> String {
    if format == Format::Json {
        return document(explained);
    }
    let mut blocks = Vec::new();
    for one in explained {
        block(one, explained.len() > 1, reader, &mut blocks);
    }
    super::in_words(&blocks, format)
}

fn block(explained: &Explanation, several: bool, reader: Reader, blocks: &mut Vec<Block>) {
    blocks.push(Block::Title(explained.title.clone()));
    let mut text = explained.text.iter();
    let says = text.next().cloned().unwrap_or_default();
    blocks.push(Block::Verdict { tone: Tone::Plain, text: says });
    if several {
        blocks.push(Block::Text(say_with(
            "word-is",
            &args![asked = redact(&explained.asked), kind = explained.kind.title()],
        )));
    }
    blocks.extend(text.map(|paragraph| Block::Text(paragraph.clone())));
    if !explained.corrections.is_empty() {
        blocks.push(Block::Heading(say("often-got-wrong")));
        blocks.push(Block::Points(explained.corrections.clone()));
    }
    for points in &explained.points {
        blocks.push(Block::Heading(points.heading.clone().into_owned()));
        blocks.push(Block::Points(points.items.clone()));
    }
    causes(explained, blocks);
    if let Some(cause) = explained.cause {
        let prose = cause.prose(words::language());
        if reader == Reader::Owner && !prose.mend_owner.is_empty() {
            blocks.push(Block::Heading(say("for-the-owner")));
            blocks.push(Block::Text(prose.mend_owner.clone()));
        }
        super::remedies(cause, reader, blocks);
    }
    // Visitors and owners do not return codes on purpose.
    if matches!(reader, Reader::Operator | Reader::Support) {
        for example in &explained.examples {
            blocks.push(Block::Heading(example.title.clone()));
            blocks.push(Block::Code(example.code.clone()));
        }
    }
}

fn causes(explained: &Explanation, blocks: &mut Vec<Block>) {
    if explained.causes.is_empty() {
        return;
    }
    let heading = match explained.kind {
        Kind::Cause => say("stands-behind-cause"),
        Kind::Signal => say("stands-behind-signal"),
        _ => say("stands-behind-word"),
    };
    let mut items: Vec<String> =
        explained.causes.iter().take(CAUSES_MAX).map(|cause| super::report::named(cause)).collect();
    let more = explained.causes.len().saturating_sub(CAUSES_MAX);
    if more > 0 {
        items.push(say_with("more-causes", &args![n = more]));
    }
    blocks.push(Block::Heading(heading));
    blocks.push(Block::Points(items));
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    explanations: Vec<ExplanationDocument<'a>>,
}

#[derive(Serialize)]
struct ExplanationDocument<'a> {
    asked: String,
    kind: &'static str,
    title: String,
    text: Vec<String>,
    corrections: &'a [String],
    points: Vec<PointsDocument<'a>>,
    examples: Vec<ExampleDocument<'a>>,
    errors: Vec<&'static str>,
    status: Option<u16>,
    causes: Vec<CauseDocument<'a>>,
}

#[derive(Serialize)]
struct PointsDocument<'a> {
    heading: &'a str,
    items: &'a [String],
}

#[derive(Serialize)]
struct ExampleDocument<'a> {
    title: &'a str,
    code: &'a str,
}

#[derive(Serialize)]
struct CauseDocument<'a> {
    id: &'a str,
    title: &'a str,
}

fn document(explained: &[Explanation]) -> String {
    let document = Document {
        schema: "goodgate.explanation/1",
        tool: env!("CARGO_PKG_VERSION"),
        explanations: explained.iter().map(twin).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn twin(explained: &Explanation) -> ExplanationDocument<'_> {
    let points = explained.points.iter().map(|p| PointsDocument { heading: &p.heading, items: &p.items });
    let examples = explained.examples.iter().map(|e| ExampleDocument { title: &e.title, code: &e.code });
    ExplanationDocument {
        asked: redact(&explained.asked),
        kind: explained.kind.as_str(),
        title: explained.title.clone(),
        text: explained.text.clone(),
        corrections: &explained.corrections,
        points: points.collect(),
        examples: examples.collect(),
        errors: explained.errors.iter().map(|error| error.token()).collect(),
        status: explained.status,
        causes: explained
            .causes
            .iter()
            .map(|cause| CauseDocument { id: cause.id, title: cause.title(words::language()) })
            .collect(),
    }
}
