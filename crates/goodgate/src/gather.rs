//! Paths → named bytes: folders walked, compressed files unpacked, bundles opened, everything bounded.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use goodgate_case::Input;

use crate::bundle;
use crate::words::{args, say, say_with};

/// Bytes read of one file (unpacked); memory has to hold them.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Files read of a folder.
const FILES_MAX: usize = 10_000;
/// Folders nest no deeper.
const DEPTH_MAX: usize = 16;
/// From this many bytes on, reading takes long enough to say how far it is.
const PROGRESS_BYTES_MIN: u64 = 50 << 20;

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) inputs: Vec<Input>,
    /// What bundles were told, `KEY=VALUE` each.
    pub(crate) told: Vec<String>,
    /// Looks at a site that bundles hold.
    pub(crate) seen: Vec<goodgate_case::Seen>,
    /// A sentence each: what, where, how to mend it.
    pub(crate) problems: Vec<String>,
}

/// A file to be read.
struct Found {
    path: PathBuf,
    name: String,
    bytes: u64,
}

/// Reads every path; `-` is standard input.
pub(crate) fn gather(paths: &[String]) -> Gathered {
    let mut gathered = Gathered::default();
    let mut found = Vec::new();
    for path in paths {
        if path == "-" {
            standard_input(&mut gathered);
        } else {
            walk(Path::new(path), path, 0, &mut found, &mut gathered.problems);
        }
    }
    let whole: u64 = found.iter().map(|file| file.bytes).sum();
    let tell = whole >= PROGRESS_BYTES_MIN && io::stderr().is_terminal();
    for (position, one) in found.iter().enumerate() {
        if tell {
            progress(&say_with("progress-reading", &args![n = position + 1, all = found.len()]));
        }
        file(one, &mut gathered);
    }
    if tell {
        progress("");
    }
    gathered
}

/// Replaces the line that says how far reading is.
#[expect(clippy::print_stderr, reason = "progress, on a terminal only")]
pub(crate) fn progress(text: &str) {
    eprint!("\r\x1b[K{text}");
}

fn standard_input(gathered: &mut Gathered) {
    let mut bytes = Vec::new();
    match io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes) {
        Ok(_) => push(gathered, "(standard input)".to_owned(), bytes),
        Err(e) => gathered.problems.push(say_with("stdin-not-read", &args![reason = e.to_string()])),
    }
}

fn walk(path: &Path, name: &str, depth: usize, found: &mut Vec<Found>, problems: &mut Vec<String>) {
    let entry = match fs::metadata(path) {
        Ok(entry) => entry,
        Err(e) => {
            problems.push(unread(name, &e));
            return;
        }
    };
    if entry.is_dir() {
        if depth >= DEPTH_MAX {
            problems.push(say_with("folders-too-deep", &args![name = name, max = DEPTH_MAX]));
            return;
        }
        folder(path, name, depth, found, problems);
    } else if !entry.is_file() {
        problems.push(say_with("not-a-regular-file", &args![name = name]));
    } else if found.len() >= FILES_MAX {
        problems.push(say_with("too-many-files", &args![name = name, max = FILES_MAX]));
    } else {
        found.push(Found { path: path.to_owned(), name: name.to_owned(), bytes: entry.len() });
    }
}

fn folder(path: &Path, name: &str, depth: usize, found: &mut Vec<Found>, problems: &mut Vec<String>) {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) => {
            problems.push(unread(name, &e));
            return;
        }
    };
    let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    // The order of a folder's entries is the file system's whim; the answer must not depend on it.
    names.sort();
    for entry in names {
        let shown = format!("{}/{}", name.trim_end_matches('/'), entry.to_string_lossy());
        walk(&path.join(&entry), &shown, depth + 1, found, problems);
    }
}

fn file(found: &Found, gathered: &mut Gathered) {
    let name = &found.name;
    let opened = fs::File::open(&found.path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes)
    });
    match opened {
        Ok(bytes) => {
            if bytes.len() as u64 == FILE_BYTES_MAX {
                gathered.problems.push(say_with("file-too-long", &args![name = name.as_str()]));
            }
            push(gathered, name.clone(), bytes);
        }
        Err(e) => gathered.problems.push(unread(name, &e)),
    }
}

fn unread(name: &str, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => say("reason-not-found"),
        io::ErrorKind::PermissionDenied => say("reason-permission"),
        _ => error.to_string(),
    };
    // A name that is no file's may be a mistyped URL.
    say_with("could-not-be-read", &args![name = crate::redact::word(name), reason = reason])
}

/// Unpacks and decodes, then takes the input, or what the bundle holds, over.
fn push(gathered: &mut Gathered, name: String, bytes: Vec<u8>) {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { unpack(&name, &bytes, gathered) } else { bytes };
    let bytes = decode(bytes);
    match bundle::read(&bytes) {
        Some(Ok(bundle)) => {
            gathered.inputs.extend(bundle.inputs);
            gathered.told.extend(bundle.told);
            gathered.seen.extend(bundle.seen);
        }
        Some(Err(problem)) => {
            gathered.problems.push(say_with("bundle-problem", &args![name = name, problem = problem]));
        }
        None => gathered.inputs.push(Input { name, bytes }),
    }
}

/// Unpacks gzip as far as it goes; a cut file still says what its first part said.
fn unpack(name: &str, packed: &[u8], gathered: &mut Gathered) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(packed).take(FILE_BYTES_MAX).read_to_end(&mut bytes);
    if read.is_err() {
        gathered.problems.push(say_with("gzip-cut", &args![name = name, bytes = bytes.len()]));
    }
    bytes
}

/// UTF-16 with a byte-order mark (as Windows tools write it) → UTF-8; everything else stays.
fn decode(bytes: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}
