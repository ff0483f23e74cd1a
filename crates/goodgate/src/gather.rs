//! Paths → named bytes: folders walked, compressed files unpacked, everything bounded.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use goodgate_case::Input;

/// Bytes read of one file (unpacked); the end of a longer log matters more, but 4 GiB is more than memory allows.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Files read of a folder.
const FILES_MAX: usize = 10_000;
/// Folders nest no deeper.
const DEPTH_MAX: usize = 16;

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) inputs: Vec<Input>,
    /// A sentence each: what, where, how to mend it.
    pub(crate) problems: Vec<String>,
}

/// Reads every path; `-` is standard input.
pub(crate) fn gather(paths: &[String]) -> Gathered {
    let mut gathered = Gathered::default();
    for path in paths {
        if path == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes);
            match read {
                Ok(_) => push(&mut gathered, "(standard input)".to_owned(), bytes),
                Err(e) => gathered.problems.push(format!("standard input could not be read: {e}")),
            }
        } else {
            walk(Path::new(path), path, 0, &mut gathered);
        }
    }
    gathered
}

fn walk(path: &Path, name: &str, depth: usize, gathered: &mut Gathered) {
    let entry = match fs::metadata(path) {
        Ok(entry) => entry,
        Err(e) => {
            gathered.problems.push(format!("{name} could not be read: {}", reason(&e)));
            return;
        }
    };
    if entry.is_dir() {
        if depth >= DEPTH_MAX {
            gathered.problems.push(format!("{name} was left out: folders nest deeper than {DEPTH_MAX}"));
            return;
        }
        folder(path, name, depth, gathered);
    } else if !entry.is_file() {
        gathered.problems.push(format!("{name} is no regular file and was left out; hand in a copy of its content"));
    } else if gathered.inputs.len() >= FILES_MAX {
        gathered.problems.push(format!("{name} was left out: more than {FILES_MAX} files; name fewer folders"));
    } else {
        file(path, name, gathered);
    }
}

fn folder(path: &Path, name: &str, depth: usize, gathered: &mut Gathered) {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) => {
            gathered.problems.push(format!("{name} could not be read: {}", reason(&e)));
            return;
        }
    };
    let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    // The order of a folder's entries is the file system's whim; the answer must not depend on it.
    names.sort();
    for entry in names {
        let shown = format!("{}/{}", name.trim_end_matches('/'), entry.to_string_lossy());
        walk(&path.join(&entry), &shown, depth + 1, gathered);
    }
}

fn file(path: &Path, name: &str, gathered: &mut Gathered) {
    let opened = fs::File::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes)
    });
    match opened {
        Ok(bytes) => {
            if bytes.len() as u64 == FILE_BYTES_MAX {
                gathered.problems.push(format!("{name} is longer than 1 GiB; only its first part was read"));
            }
            push(gathered, name.to_owned(), bytes);
        }
        Err(e) => gathered.problems.push(format!("{name} could not be read: {}", reason(&e))),
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder; check the spelling".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied; run with sudo, or hand in a copy".to_owned(),
        _ => error.to_string(),
    }
}

/// Unpacks and decodes, then takes the input over.
fn push(gathered: &mut Gathered, name: String, bytes: Vec<u8>) {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { unpack(&name, &bytes, gathered) } else { bytes };
    let bytes = decode(bytes);
    gathered.inputs.push(Input { name, bytes });
}

/// Unpacks gzip as far as it goes; a cut file still says what its first part said.
fn unpack(name: &str, packed: &[u8], gathered: &mut Gathered) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(packed).take(FILE_BYTES_MAX).read_to_end(&mut bytes);
    if read.is_err() {
        gathered
            .problems
            .push(format!("{name} is cut or damaged gzip; {} bytes could be unpacked and were read", bytes.len()));
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
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes()
}
