//! Configurations: text → what was typed (everything optional, unknown keys refused) → a [`Plan`], complete. All that
//! is wrong is told at once, each with its place and what to do.
//!
//! Reading touches no file but those that a configuration names (pages, tokens, certificates), and those only through
//! a function that is handed in.

mod amounts;
mod arguments;
mod json;
mod keys;
mod kind;
mod matches;
mod meant;
mod nearest;
mod places;
mod problem;
mod reference;
mod schema;
mod syntax;
mod typed;
mod values;

#[cfg(test)]
mod complaints;
#[cfg(test)]
mod tests;

use std::io::{self, Read as _};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use arguments::{Arguments, from_arguments};
pub use problem::{Problem, Severity};
pub use reference::reference;
pub use schema::schema;

use self::keys::File;
use self::meant::Around;
use self::typed::{Reading, Spot, Typed};
use crate::plan::Plan;

/// Reads a file that a configuration names, given its path.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// The plan that a configuration describes, and everything that is wrong with it. There is a plan where nothing but
/// warnings came up. `file_name` is the path of the configuration: paths in it are relative to its folder.
pub fn read(text: &str, file_name: &str) -> (Option<Plan>, Vec<Problem>) {
    read_with(text, file_name, &read_file)
}

/// As [`read`], with the files that the configuration names read by `files`.
pub fn read_with(text: &str, file_name: &str, files: ReadFile<'_>) -> (Option<Plan>, Vec<Problem>) {
    let mut reading = Reading::of(text);
    let plan = match DeTable::parse_recoverable(text) {
        (table, wrong) if wrong.is_empty() => {
            let span = table.span();
            let value = Spanned::new(span, DeValue::Table(table.into_inner()));
            let folder = Path::new(file_name).parent().unwrap_or(Path::new("")).to_owned();
            File::typed(&value, &Spot::default(), &mut reading)
                .and_then(|file| meant::plan(&file, &Around { folder, files }, &mut reading))
        }
        // What follows a mistake of syntax is read by guessing: it would be called wrong where it is not.
        (_, wrong) => {
            syntax::tell(&wrong, &mut reading);
            None
        }
    };
    let plan = plan.filter(|_| !reading.failed());
    (plan, reading.into_problems())
}

/// Whether a text is most probably a configuration of goodgate's own.
pub fn recognise(file_name: &str, text: &str) -> bool {
    /// Whatever it is shows early.
    const LOOKED_AT_BYTES: usize = 64 * 1024;
    let name = Path::new(file_name).file_name().and_then(|name| name.to_str()).unwrap_or("");
    if name == "goodgate.toml" {
        return true;
    }
    let toml = Path::new(name).extension().is_none_or(|end| end == "toml");
    let text = text.get(..text.floor_char_boundary(LOOKED_AT_BYTES)).unwrap_or(text);
    let heading = |line: &str| {
        let line = line.trim();
        line == "[[site]]"
            || line == "[[site.route]]"
            || line.starts_with("[upstream.") && line.ends_with(']')
    };
    toml && text.lines().any(heading)
}

/// Reads a configuration, or a file that one names, as it stands on disk.
///
/// # Errors
/// It cannot be read, is no file (a device would never end), or is larger than 4 MiB.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    read_stream(std::fs::File::open(path)?)
}

/// Reads a configuration to its end, such as from standard input.
///
/// # Errors
/// It cannot be read, or is larger than 4 MiB.
pub fn read_stream(from: impl io::Read) -> io::Result<Vec<u8>> {
    /// Configurations, pages, tokens and certificates are small.
    const BYTES_MAX: u64 = 4 << 20;
    let mut bytes = Vec::new();
    // One byte more tells what is too long from what is just not.
    let count = from.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if count as u64 > BYTES_MAX {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(bytes)
}
