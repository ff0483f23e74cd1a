//! Tells what each file is and reads it: configurations first, because they state how logs are laid out.

use std::sync::OnceLock;

use goodgate_configs::Configuration;
use goodgate_facts::{Evidence, Exchange};
use goodgate_logs::{Declared, Reading, Tally};
use goodgate_pages::PageReading;

use crate::Workers;

/// Something that was handed in.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name as the user gave it.
    pub name: String,
    /// Its bytes, already unpacked.
    pub bytes: Vec<u8>,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A log in this format.
    Log(&'static str),
    /// Captured output of this command.
    Capture(&'static str),
    /// A configuration of this product.
    Config(&'static str),
    /// An error page or response head.
    Page,
    /// Nothing in it.
    Empty,
    /// Not text.
    Binary,
    /// Text in no known format.
    Unknown,
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Lines in it that are not blank.
    pub lines: u32,
    /// Lines that were understood as to their format.
    pub known: u32,
}

/// Everything read.
pub(crate) struct Material {
    pub(crate) files: Vec<FileReport>,
    pub(crate) configs: Vec<Configuration>,
    pub(crate) pages: Vec<PageReading>,
    pub(crate) evidence: Evidence,
    /// Incidents before those that are judged.
    pub(crate) incidents_left_out: usize,
    /// Signals that were summarised because a file had too many of their kind.
    pub(crate) summarised: u64,
    /// Whether somebody has just looked from outside, and no log was handed in.
    pub(crate) seen_from_outside: bool,
    /// Exchanges and numbers of each access log that had any, with the file's product.
    pub(crate) traffic: Vec<Traffic>,
}

/// What one access log says.
pub(crate) struct Traffic {
    pub(crate) product: &'static str,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) tally: Tally,
}

/// Application servers whose own access logs tell of the upstream, not of what clients got.
const APPLICATION_PRODUCTS: &[&str] = &["php-fpm", "gunicorn", "uwsgi", "php", "python", "mariadb"];

impl Material {
    /// Access logs of gateways.
    pub(crate) fn gateway_traffic(&self) -> impl Iterator<Item = &Traffic> {
        self.traffic.iter().filter(|t| !APPLICATION_PRODUCTS.contains(&t.product))
    }
}

/// Share of NUL or other binary bytes from which a file is no text: one in this many.
const BINARY_ONE_IN: usize = 20;
/// Bytes looked at to tell text from binary.
const SNIFF_BYTES: usize = 8192;

/// Reads everything.
pub(crate) fn read(inputs: &[Input], workers: Workers<'_>) -> Material {
    let mut material = Material {
        files: Vec::new(),
        configs: Vec::new(),
        pages: Vec::new(),
        evidence: Evidence::new(),
        incidents_left_out: 0,
        summarised: 0,
        seen_from_outside: false,
        traffic: Vec::new(),
    };
    let mut rest = Vec::new();
    for input in inputs {
        if !read_configuration_or_page(input, &mut material) {
            rest.push(input);
        }
    }
    let declared: Vec<Declared> = material
        .configs
        .iter()
        .flat_map(|config| &config.layouts)
        .map(|layout| Declared {
            format: layout.format,
            layout: layout.layout.clone(),
            file: layout.file.clone(),
        })
        .collect();
    let readings: Vec<OnceLock<Reading>> = rest.iter().map(|_| OnceLock::new()).collect();
    workers(rest.len(), &|index| {
        if let (Some(input), Some(reading)) = (rest.get(index), readings.get(index)) {
            reading.get_or_init(|| goodgate_logs::read(&input.name, &input.bytes, &declared));
        }
    });
    for (input, reading) in rest.into_iter().zip(readings) {
        if let Some(reading) = reading.into_inner() {
            take_log(input, reading, &mut material);
        }
    }
    material
}

/// Takes over what a look has seen: its pages are read as a visitor gets them, and it is known when they came.
pub(crate) fn take_seen(seen: crate::Seen, material: &mut Material) {
    material.seen_from_outside = !material.files.iter().any(|file| matches!(file.kind, FileKind::Log(_)));
    for page in seen.pages {
        let reading = goodgate_pages::read_from_outside(&page.name, &String::from_utf8_lossy(&page.bytes));
        for signal in reading.evidence.signals() {
            material.evidence.add(signal.clone().at(seen.at));
        }
        material.pages.push(reading);
        material.files.push(report(&page, FileKind::Page));
    }
    material.evidence.extend(seen.evidence);
}

/// Whether the bytes are text of some kind. UTF-16 is told by its byte-order mark before this is asked.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    let odd =
        head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\n' | b'\r' | b'\t' | 0x1b | 0x0c)).count();
    odd * BINARY_ONE_IN > head.len()
}

fn report(input: &Input, kind: FileKind) -> FileReport {
    FileReport { name: input.name.clone(), kind, lines: 0, known: 0 }
}

/// Takes configurations, pages, empty and binary files; `false` for what must be a log or a capture.
fn read_configuration_or_page(input: &Input, material: &mut Material) -> bool {
    if input.bytes.iter().all(u8::is_ascii_whitespace) {
        material.files.push(report(input, FileKind::Empty));
        return true;
    }
    // A saved answer may hold another protocol's bytes, which is just what it shows.
    if is_binary(&input.bytes) && !input.bytes.starts_with(b"HTTP/") {
        material.files.push(report(input, FileKind::Binary));
        return true;
    }
    /// No configuration is longer; a log of hundreds of megabytes need not be offered to the readers.
    const CONFIG_BYTES_MAX: usize = 4 << 20;
    if input.bytes.len() > CONFIG_BYTES_MAX {
        return false;
    }
    let text = String::from_utf8_lossy(&input.bytes);
    if goodgate_pages::looks_like_page(&text) {
        let page = goodgate_pages::read(&input.name, &text);
        for signal in page.evidence.signals() {
            material.evidence.add(signal.clone());
        }
        material.pages.push(page);
        material.files.push(report(input, FileKind::Page));
        return true;
    }
    match goodgate_configs::read(&input.name, &text) {
        Some(config) if !is_a_log(input) => {
            material.files.push(report(input, FileKind::Config(config.product)));
            material.configs.push(config);
            true
        }
        _ => false,
    }
}

/// Whether the first lines are known to a log format: a log may quote configuration, and is a log still.
fn is_a_log(input: &Input) -> bool {
    const HEAD_BYTES: usize = 16 * 1024;
    let head = &input.bytes[..input.bytes.len().min(HEAD_BYTES)];
    let reading = goodgate_logs::read(&input.name, head, &[]);
    reading.lines > 0 && reading.known * 2 > reading.lines
}

fn take_log(input: &Input, reading: Reading, material: &mut Material) {
    material.summarised += reading.summarised;
    let kind = match reading.format {
        Some(format) if format.capture => FileKind::Capture(format.id),
        Some(format) => FileKind::Log(format.id),
        None => FileKind::Unknown,
    };
    material.files.push(FileReport {
        name: input.name.clone(),
        kind,
        lines: reading.lines,
        known: reading.known,
    });
    if !reading.tally.statuses.is_empty() {
        material.traffic.push(Traffic {
            product: reading.format.map_or("", |format| format.product),
            exchanges: reading.exchanges,
            tally: reading.tally,
        });
    }
    material.evidence.extend(reading.evidence);
}
