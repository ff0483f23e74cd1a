//! The matrix as a JSON document. These twins are what programs may rely on; docs/schema describes them.

use std::collections::BTreeMap;

use goodgate_lab::{Kind, Observation, Recipe, Verdict};
use goodgate_witness::{AtPlace, Cell, Gateway, Matrix, Outside, Reading, Stated};
use serde::Serialize;

use super::{counts, words};
use crate::lab::names;
use crate::redact::redact;

/// Lines of logs that a cell may hold; a gateway that says more about one recipe repeats itself.
const LINES_MAX: usize = 40;
/// Characters of a line.
const LINE_CHARS_MAX: usize = 600;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    front: &'static str,
    gateways: Vec<GatewayDocument<'a>>,
    recipes: Vec<RecipeDocument<'a>>,
    cells: Vec<CellDocument<'a>>,
    not_played: Vec<NotPlayedDocument<'a>>,
    left_out: Vec<LeftOutDocument>,
    summary: Vec<SummaryDocument<'a>>,
}

#[derive(Serialize)]
struct GatewayDocument<'a> {
    id: &'a str,
    title: String,
    version: String,
    configuration: String,
}

#[derive(Serialize)]
struct RecipeDocument<'a> {
    name: &'a str,
    title: &'a str,
    group: &'static str,
    speaks: &'static str,
    symptom: &'a [String],
    causes: &'a [String],
}

#[derive(Serialize)]
struct CellDocument<'a> {
    recipe: &'a str,
    gateway: &'a str,
    verdict: Option<&'static str>,
    says: Option<String>,
    see: Option<&'a str>,
    died: Option<String>,
    drives: Vec<DriveDocument<'a>>,
    stated: Vec<StatedDocument>,
    reading: Option<ReadingDocument<'a>>,
    outside: Option<OutsideDocument<'a>>,
}

#[derive(Serialize)]
struct DriveDocument<'a> {
    drive: &'static str,
    verdict: &'static str,
    says: String,
    see: &'a str,
    status: Option<u16>,
    interim: &'a [u16],
    end: &'static str,
    body_bytes: u64,
    first_byte_ms: Option<f64>,
    total_ms: f64,
    upstream_connections: u32,
    upstream_requests: u32,
    recovery_ms: Option<f64>,
    failed_after: u32,
    mixed_up_after: u32,
    neighbour_failed: Option<bool>,
    symptom: Option<SymptomDocument<'a>>,
}

#[derive(Serialize)]
struct SymptomDocument<'a> {
    logged: Option<&'a str>,
    told: Option<&'a str>,
    right: bool,
}

#[derive(Serialize)]
struct StatedDocument {
    file: String,
    line: String,
}

#[derive(Serialize)]
struct ReadingDocument<'a> {
    decided: Option<&'static str>,
    places: Vec<PlaceDocument<'a>>,
}

#[derive(Serialize)]
struct PlaceDocument<'a> {
    place: &'static str,
    error: Option<&'a str>,
    symptom_right: bool,
    causes: Vec<CauseDocument<'a>>,
    truth_in_set: bool,
    truth_first: bool,
    settled: bool,
}

#[derive(Serialize)]
struct OutsideDocument<'a> {
    outcome: &'static str,
    failed: bool,
    status: Option<u16>,
    passed_on: bool,
    maker: Option<&'a str>,
    product: Option<&'static str>,
    answer: PlaceDocument<'a>,
    wrong: bool,
    signals: &'a [&'static str],
    requests: u32,
    took_ms: f64,
    slowest_ms: f64,
}

#[derive(Serialize)]
struct CauseDocument<'a> {
    id: &'a str,
    probability: f64,
}

#[derive(Serialize)]
struct NotPlayedDocument<'a> {
    recipe: &'a str,
    gateway: &'a str,
    why: String,
}

#[derive(Serialize)]
struct LeftOutDocument {
    id: String,
    why: String,
}

#[derive(Serialize)]
struct SummaryDocument<'a> {
    gateway: &'a str,
    #[serde(flatten)]
    counts: BTreeMap<&'static str, usize>,
}

/// The document.
pub(super) fn document(matrix: &Matrix) -> String {
    let summary = matrix.gateways.iter().enumerate().map(|(place, gateway)| SummaryDocument {
        gateway: gateway.id,
        counts: Kind::ALL.into_iter().map(Kind::name).zip(counts(matrix, place)).collect(),
    });
    let left_out = matrix
        .left_out
        .iter()
        .map(|left| LeftOutDocument { id: redact(&left.id), why: words::in_one_line(&left.why) });
    let not_played = matrix.not_played.iter().filter_map(|pair| {
        Some(NotPlayedDocument {
            recipe: &matrix.recipes.get(pair.recipe)?.name,
            gateway: matrix.gateways.get(pair.gateway)?.id,
            why: words::in_one_line(&pair.why),
        })
    });
    let document = Document {
        schema: "goodgate.lab-matrix/1",
        tool: env!("CARGO_PKG_VERSION"),
        front: matrix.front.name(),
        gateways: matrix.gateways.iter().map(gateway).collect(),
        recipes: matrix.recipes.iter().map(|shared| recipe(shared)).collect(),
        cells: matrix.cells.iter().filter_map(|cell| self::cell(matrix, cell)).collect(),
        not_played: not_played.collect(),
        left_out: left_out.collect(),
        summary: summary.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn gateway(gateway: &Gateway) -> GatewayDocument<'_> {
    GatewayDocument {
        id: gateway.id,
        title: redact(gateway.title),
        version: redact(&gateway.version),
        configuration: crate::redact::without_secrets(&gateway.configuration),
    }
}

fn recipe(recipe: &Recipe) -> RecipeDocument<'_> {
    RecipeDocument {
        name: &recipe.name,
        title: &recipe.title,
        group: names::group(recipe.group),
        speaks: names::speaks(recipe.speaks),
        symptom: &recipe.truth.symptom,
        causes: &recipe.truth.causes,
    }
}

fn cell<'a>(matrix: &'a Matrix, cell: &'a Cell) -> Option<CellDocument<'a>> {
    let worst = cell.worst().map(|(_, verdict)| verdict);
    Some(CellDocument {
        recipe: &matrix.recipes.get(cell.recipe)?.name,
        gateway: matrix.gateways.get(cell.gateway)?.id,
        verdict: worst.map(|verdict| verdict.kind.name()),
        says: worst.map(|verdict| redact(&verdict.says)),
        see: worst.map(|verdict| verdict.see.as_str()),
        died: cell.died.as_deref().map(redact),
        drives: cell.drives.iter().map(|shown| drive(shown, &cell.stated)).collect(),
        stated: stated(cell).map(|(file, line)| StatedDocument { file, line }).collect(),
        reading: cell.reading.as_ref().map(reading),
        outside: cell.reading.as_ref().and_then(|reading| reading.outside.as_ref()).map(outside),
    })
}

fn drive<'a>((seen, verdict): &'a (Observation, Verdict), stated: &'a [Stated]) -> DriveDocument<'a> {
    let stated = stated.iter().find(|stated| stated.drive == seen.drive);
    DriveDocument {
        drive: seen.drive.name(),
        verdict: verdict.kind.name(),
        says: redact(&verdict.says),
        see: &verdict.see,
        status: seen.reply.status,
        interim: &seen.reply.interim,
        end: words::end_name(seen.reply.end),
        body_bytes: seen.reply.body_bytes,
        first_byte_ms: seen.reply.first_byte.map(words::ms),
        total_ms: words::ms(seen.reply.total),
        upstream_connections: seen.upstream.connections,
        upstream_requests: seen.upstream.requests,
        recovery_ms: seen.after.recovery.map(words::ms),
        failed_after: seen.after.failed,
        mixed_up_after: seen.after.mixed_up,
        neighbour_failed: seen.after.neighbour_failed,
        symptom: stated.map(|stated| SymptomDocument {
            logged: stated.logged.as_deref(),
            told: stated.told.as_deref(),
            right: stated.right,
        }),
    }
}

/// The gateway's and the upstream's log lines as they can be shown: file and line.
pub(super) fn stated(cell: &Cell) -> impl Iterator<Item = (String, String)> {
    let logs = cell.said.logs.iter().chain(&cell.said.upstream_logs);
    logs.flat_map(|(file, text)| text.lines().map(move |line| (file, line)))
        .filter(|(_, line)| !line.trim().is_empty())
        .take(LINES_MAX)
        .map(|(file, line)| (redact(file), redact(&line.chars().take(LINE_CHARS_MAX).collect::<String>())))
}

fn reading(reading: &Reading) -> ReadingDocument<'_> {
    ReadingDocument {
        decided: reading.decided.map(goodgate_witness::Place::name),
        places: reading.places.iter().map(place).collect(),
    }
}

fn place(at: &AtPlace) -> PlaceDocument<'_> {
    let causes = at.set.iter().map(|(id, probability)| CauseDocument {
        id,
        probability: (probability * 10_000.0).round() / 10_000.0,
    });
    PlaceDocument {
        place: at.place.name(),
        error: at.error.as_deref(),
        symptom_right: at.symptom_right,
        causes: causes.collect(),
        truth_in_set: at.truth_in_set,
        truth_first: at.truth_first,
        settled: at.settled,
    }
}

fn outside(outside: &Outside) -> OutsideDocument<'_> {
    OutsideDocument {
        outcome: outside.outcome,
        failed: outside.failed,
        status: outside.status,
        passed_on: outside.passed_on,
        maker: outside.maker.as_deref(),
        product: outside.product.map(goodgate_witness::ProductNamed::name),
        answer: place(&outside.answer),
        wrong: outside.wrong,
        signals: &outside.signals,
        requests: outside.requests,
        took_ms: words::ms(outside.took),
        slowest_ms: words::ms(outside.slowest),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{sample, schema_check};
    use super::*;

    #[test]
    fn the_document_names_what_was_measured() {
        let text = document(&sample::matrix());
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        schema_check::fits("lab-matrix", &text);
        assert_eq!(document["not_played"][0]["gateway"], "haproxy");
        assert_eq!(document["cells"][0]["verdict"], "hides truncation");
        assert_eq!(document["cells"][0]["drives"][1]["end"], "complete-by-close");
        assert_eq!(document["cells"][0]["drives"][1]["first_byte_ms"], 2.3);
        assert_eq!(document["cells"][3]["reading"]["decided"], "gateway log");
        assert_eq!(document["cells"][3]["drives"][0]["symptom"]["logged"], "connection_terminated");
        assert_eq!(document["cells"][3]["died"], "signal: 11 (SIGSEGV)");
        assert_eq!(document["cells"][3]["outside"]["product"], "wrong");
        assert_eq!(document["summary"][0]["misleading"], 1);
        assert_eq!(document["summary"][0]["right"], 0);
        assert!(!text.contains("hunter2") && !text.contains('\u{1b}'), "{text}");
    }
}
