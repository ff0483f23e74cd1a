//! Bundles: what was seen, redacted, in one JSON document that `diagnose` reads elsewhere.

mod seen;

use std::collections::BTreeSet;

use goodgate_case::{Diagnosis, FileKind, FileReport, Input, Seen};
use serde::{Deserialize, Serialize};

use crate::redact::without_secrets;
use crate::words::{args, say_with};

/// The document's name and version.
pub(crate) const SCHEMA: &str = "goodgate.bundle/1";
/// Files up to this size are kept whole.
const WHOLE_BYTES_MAX: usize = 4 << 20;
/// Of longer ones, this many lines at the beginning and at the end are kept.
const EDGE_LINES: usize = 2_000;
/// And this many lines around each line that evidence refers to.
const NEAR_LINES: usize = 20;

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    schema: String,
    tool: String,
    files: Vec<FileDocument>,
    told: Vec<String>,
    /// What looks at a site saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<seen::SeenDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileDocument {
    name: String,
    text: String,
    /// Runs of lines that were left out, so that line numbers stay true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LeftOut {
    /// Lines kept in `text` before this gap.
    after: usize,
    /// Lines left out.
    lines: usize,
}

/// What a bundle held.
#[derive(Debug, Default)]
pub(crate) struct Bundle {
    pub(crate) inputs: Vec<Input>,
    pub(crate) told: Vec<String>,
    pub(crate) seen: Vec<Seen>,
}

/// The document, and a sentence for each file of which something was left out.
pub(crate) fn write(
    inputs: &[Input],
    told: &[String],
    seen: &[&Seen],
    diagnosis: &Diagnosis,
) -> (String, Vec<String>) {
    let mut remarks = Vec::new();
    let mut files = Vec::new();
    for input in inputs {
        let no_text = |file: &FileReport| file.name == input.name && file.kind == FileKind::Binary;
        if diagnosis.files.iter().any(no_text) {
            remarks.push(say_with("bundle-left-out", &args![name = input.name.as_str()]));
            files.push(FileDocument {
                name: without_secrets(&input.name),
                text: String::new(),
                left_out: Vec::new(),
            });
            continue;
        }
        let text = String::from_utf8_lossy(&input.bytes);
        let (text, left_out) = if input.bytes.len() <= WHOLE_BYTES_MAX {
            (text.into_owned(), Vec::new())
        } else {
            shorten(&text, &wanted_lines(&input.name, diagnosis))
        };
        if !left_out.is_empty() {
            let lines: usize = left_out.iter().map(|gap| gap.lines).sum();
            remarks.push(say_with("bundle-shortened", &args![name = input.name.as_str(), lines = lines]));
        }
        files.push(FileDocument {
            name: without_secrets(&input.name),
            text: without_secrets(&text),
            left_out,
        });
    }
    let document = Document {
        schema: SCHEMA.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        files,
        told: told.iter().map(|told| without_secrets(told)).collect(),
        seen: seen.iter().map(|seen| seen::write(seen)).collect(),
    };
    let mut out = serde_json::to_string_pretty(&document).unwrap_or_default();
    out.push('\n');
    (out, remarks)
}

/// Lines of this file, counted from 1, that evidence was read from.
fn wanted_lines(name: &str, diagnosis: &Diagnosis) -> BTreeSet<usize> {
    let signals = diagnosis.evidence.signals().iter().filter(|signal| &*signal.source.file == name);
    signals.flat_map(|signal| [signal.source.line as usize, signal.last_line as usize]).collect()
}

fn shorten(text: &str, wanted: &BTreeSet<usize>) -> (String, Vec<LeftOut>) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut out, mut gaps): (String, Vec<LeftOut>) = (String::new(), Vec::new());
    let mut kept = 0;
    for (position, line) in lines.iter().enumerate() {
        let number = position + 1;
        let edge = position < EDGE_LINES || position + EDGE_LINES >= lines.len();
        let near = wanted.range(number.saturating_sub(NEAR_LINES)..=number + NEAR_LINES).next().is_some();
        if edge || near {
            out.push_str(line);
            kept += 1;
            continue;
        }
        match gaps.last_mut() {
            Some(gap) if gap.after == kept => gap.lines += 1,
            _ => gaps.push(LeftOut { after: kept, lines: 1 }),
        }
    }
    (out, gaps)
}

/// Reads a bundle; `None` if the bytes are none.
pub(crate) fn read(bytes: &[u8]) -> Option<Result<Bundle, String>> {
    /// The schema stands at the beginning of what `write` makes; elsewhere it is a mention, not a bundle.
    const HEAD_BYTES: usize = 256;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]);
    if !head.trim_start().starts_with('{') || !head.contains("goodgate.bundle/") {
        return None;
    }
    Some(parse(bytes))
}

fn parse(bytes: &[u8]) -> Result<Bundle, String> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|e| say_with("bundle-damaged", &args![reason = e.to_string()]))?;
    if document.schema != SCHEMA {
        let schema = crate::redact::redact(&document.schema);
        return Err(say_with("bundle-unknown-form", &args![schema = schema, known = SCHEMA]));
    }
    let inputs = document
        .files
        .into_iter()
        .map(|file| Input { bytes: restored(&file.text, &file.left_out).into_bytes(), name: file.name })
        .collect();
    let seen: Result<Vec<Seen>, String> = document.seen.into_iter().map(seen::read).collect();
    let seen = seen.map_err(|signal| {
        say_with("bundle-unknown-signal", &args![signal = crate::redact::redact(&signal)])
    })?;
    Ok(Bundle { inputs, told: document.told, seen })
}

/// Puts an empty line for each one that was left out. A document from elsewhere cannot make it grow without bound.
fn restored(text: &str, left_out: &[LeftOut]) -> String {
    const BLANK_LINES_MAX: usize = 64 << 20;
    if left_out.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut gaps = left_out.iter().peekable();
    let mut blank = 0_usize;
    for (kept, line) in text.split_inclusive('\n').enumerate() {
        while let Some(gap) = gaps.next_if(|gap| gap.after <= kept) {
            let lines = gap.lines.min(BLANK_LINES_MAX - blank);
            blank += lines;
            out.extend(std::iter::repeat_n('\n', lines));
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_when_others_are_left_out() {
        let text: String = (1..=10_000).map(|n| format!("line {n}\n")).collect();
        let (short, gaps) = shorten(&text, &BTreeSet::from([5_000]));
        assert_eq!(
            gaps.iter().map(|g| (g.after, g.lines)).collect::<Vec<_>>(),
            [(2_000, 2_979), (2_041, 2_980)]
        );
        let whole = restored(&short, &gaps);
        for number in [1, 2_000, 4_980, 5_000, 8_001, 10_000] {
            assert_eq!(whole.lines().nth(number - 1), Some(format!("line {number}").as_str()));
        }
    }

    #[test]
    fn only_bundles_are_read_as_bundles() {
        assert!(read(b"{\"schema\": \"goodgate.diagnosis/1\"}").is_none());
        assert!(read(b"see goodgate.bundle/1").is_none());
        assert!(
            read(b"{\"schema\": \"goodgate.bundle/9\",\"tool\":\"\",\"files\":[],\"told\":[]}")
                .unwrap()
                .is_err()
        );
        assert!(read(b"{\"schema\": \"goodgate.bundle/1\"").unwrap().is_err());
    }
}
