//! `bench gateway`: what a request costs the gateway, beside nginx and HAProxy on the same machine in the same minute;
//! with `--gates` the counts that must not grow, which continuous integration holds.

pub(crate) mod client;
pub(crate) mod contender;
mod gates;
mod loads;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod process;
mod rounds;
mod said;
pub(crate) mod statistics;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use contender::{PRODUCTS, Product};

const BEGIN: &str = "<!-- gateway: begin -->";
const END: &str = "<!-- gateway: end -->";

struct Options {
    gates: bool,
    write: bool,
    binary: Option<PathBuf>,
    rounds: usize,
    seconds: u32,
    products: Vec<Product>,
    /// Only loads whose names hold this.
    load: String,
}

/// Measures; with `--gates`, says whether they are kept.
pub(crate) fn run(words: &[&str]) -> Result<bool, String> {
    let options = options(words)?;
    let binary = built(options.binary.clone())?;
    let room = room("target/bench")?;
    if options.gates {
        return gates::run(&binary, &room);
    }
    let measured = rounds::measure(&binary, &room, &options)?;
    let table = table::written(&measured);
    page::print(&table);
    if options.write {
        page::put(&table, (BEGIN, END))?;
    }
    Ok(true)
}

/// The binary that was named, or a fresh one.
pub(crate) fn built(named: Option<PathBuf>) -> Result<PathBuf, String> {
    let binary = named.map_or_else(crate::score::build, Ok)?;
    fs::canonicalize(&binary).map_err(|e| format!("{}: {e}", binary.display()))
}

/// An empty folder for a measurement's files; absolute, since products change theirs.
pub(crate) fn room(name: &str) -> Result<PathBuf, String> {
    let room = Path::new(name);
    let _ = fs::remove_dir_all(room);
    fs::create_dir_all(room).map_err(|e| format!("{name}: {e}"))?;
    fs::canonicalize(room).map_err(|e| format!("{name}: {e}"))
}

/// Products by their names, with commas in between.
pub(crate) fn products(names: &str) -> Result<Vec<Product>, String> {
    let one = |name: &str| {
        let found = PRODUCTS.iter().find(|product| product.title().eq_ignore_ascii_case(name));
        found.copied().ok_or_else(|| format!("{name:?} is not measured here"))
    };
    names.split(',').map(one).collect()
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        gates: false,
        write: false,
        binary: None,
        rounds: 5,
        seconds: 2,
        products: PRODUCTS.to_vec(),
        load: String::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().copied().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is no number"));
        match *word {
            "--gates" => options.gates = true,
            "--write" => options.write = true,
            "--binary" => options.binary = Some(PathBuf::from(value()?)),
            "--rounds" => options.rounds = number(value()?)?.clamp(1, 100) as usize,
            "--seconds" => options.seconds = number(value()?)?.clamp(1, 60),
            "--only" => options.products = products(value()?)?,
            "--load" => options.load = value()?.to_owned(),
            other => return Err(format!("there is no option {other}; see `cargo xtask help`")),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let read = options(&["--rounds", "3", "--only", "nginx,haproxy", "--write"]).unwrap();
        assert_eq!((read.rounds, read.write, read.gates), (3, true, false));
        assert_eq!(read.products, [Product::Nginx, Product::Haproxy]);
        assert!(options(&["--rounds"]).is_err());
        assert!(options(&["--only", "apache"]).is_err());
        assert!(options(&["--loud"]).is_err());
    }
}
