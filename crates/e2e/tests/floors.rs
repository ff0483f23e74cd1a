//! The floors of the house: which crate may import which, and what the pure ones must not touch.
//!
//! The table is that of ARCHITECTURE.md. Knows manifests and source text only; compiles nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate, the crates of this workspace that it may import, and those that only its tests may import besides.
struct Floor {
    name: &'static str,
    imports: &'static [&'static str],
    /// Each with the reason.
    tests_too: &'static [(&'static str, &'static str)],
}

const fn floor(name: &'static str, imports: &'static [&'static str]) -> Floor {
    Floor { name, imports, tests_too: &[] }
}

const FLOORS: &[Floor] = &[
    floor("facts", &[]),
    floor("causes", &["facts"]),
    floor("logs", &["facts"]),
    floor("configs", &["facts"]),
    floor("pages", &["facts"]),
    floor("wire", &["facts"]),
    floor("case", &["facts", "causes", "logs", "configs", "pages"]),
    floor("probe", &["facts", "wire", "pages"]),
    floor("gateway", &["facts", "wire"]),
    // The liar shares no parser with the honest side.
    floor("lab", &[]),
    // It looks at what it has set up from outside, too, which is what `probe` does and `wire` carries.
    floor("witness", &["facts", "lab", "case", "probe", "wire"]),
    floor(
        "goodgate",
        &[
            "facts", "causes", "logs", "configs", "pages", "case", "probe", "wire", "gateway", "lab",
            "witness",
        ],
    ),
    // Never shipped: both work on the sources as text and on the binary as a user would.
    floor("xtask", &[]),
    floor("e2e", &[]),
];

/// Crates without hands: no socket, clock, randomness, environment or file.
const PURE: &[&str] = &["facts", "causes", "logs", "configs", "pages", "case"];

/// What a pure crate's text must not say outside its tests. Addresses (`std::net::IpAddr`) are nouns, and fine.
const HANDS: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::thread",
    "std::os::",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
    "File::open",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "env::var",
];

/// Libraries that would give a pure crate hands, or (`regex`) hide in data what a reader must be able to follow.
const NEVER_IN_PURE: &[&str] = &[
    "regex",
    "regex-lite",
    "fancy-regex",
    "tokio",
    "async-std",
    "smol",
    "mio",
    "reqwest",
    "ureq",
    "rand",
    "chrono",
];

/// Libraries that read or write what the lab reads and writes itself: the liar shares no parser with the honest side.
const NEVER_IN_LAB: &[&str] =
    &["httparse", "http", "h2", "hyper", "hickory-resolver", "hickory-proto", "reqwest", "axum"];

/// Names that say nothing about what is inside; such files never stop growing.
const NAMELESS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "type", "types", "error", "errors", "shared",
    "stuff",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn folders() -> BTreeSet<String> {
    let entries = fs::read_dir(crates()).unwrap().map(Result::unwrap);
    entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().into_string().unwrap()).collect()
}

fn manifest(folder: &str) -> toml::Table {
    let path = crates().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The packages named in the sections of this kind, those that hold for one platform included.
fn packages(manifest: &toml::Table, kind: &str) -> BTreeSet<String> {
    let mut sections: Vec<&toml::Table> =
        manifest.get(kind).and_then(toml::Value::as_table).into_iter().collect();
    for platform in
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values)
    {
        sections.extend(platform.get(kind).and_then(toml::Value::as_table));
    }
    let named = sections
        .into_iter()
        .flatten()
        .map(|(name, value)| value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned());
    named.collect()
}

/// Folder of a package of this workspace: `goodgate-facts` lives in `facts`.
fn folder_of(package: &str) -> &str {
    package.strip_prefix("goodgate-").unwrap_or(package)
}

#[test]
fn every_crate_has_its_line_in_the_table() {
    let listed: BTreeSet<String> = FLOORS.iter().map(|floor| floor.name.to_owned()).collect();
    assert_eq!(folders(), listed, "crates/ (left) and the table of floors (right) must name the same crates");
    for folder in folders() {
        let name = manifest(&folder)["package"]["name"].as_str().unwrap().to_owned();
        assert_eq!(folder_of(&name), folder, "the package {name} lives in crates/{folder}");
    }
}

#[test]
fn crates_import_only_what_the_table_allows() {
    let ours = folders();
    let mut wrong = Vec::new();
    for floor in FLOORS {
        let manifest = manifest(floor.name);
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for package in packages(&manifest, kind) {
                let imported = folder_of(&package);
                if !ours.contains(imported) {
                    continue;
                }
                let in_tests =
                    kind == "dev-dependencies" && floor.tests_too.iter().any(|(name, _)| *name == imported);
                if !floor.imports.contains(&imported) && !in_tests {
                    wrong.push(format!(
                        "{} imports {imported} ({kind}), which the table does not allow",
                        floor.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_crates_import_no_hands() {
    let mut wrong = Vec::new();
    for name in PURE {
        let manifest = manifest(name);
        for package in packages(&manifest, "dependencies") {
            if NEVER_IN_PURE.contains(&package.as_str()) {
                wrong.push(format!("{name} is pure and must not import {package}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lab_speaks_for_itself() {
    let imported = packages(&manifest("lab"), "dependencies");
    let wrong: Vec<_> = NEVER_IN_LAB.iter().filter(|name| imported.contains(**name)).collect();
    assert!(wrong.is_empty(), "the lab must read and write by itself, not with {wrong:?}");
}

#[test]
fn pure_crates_have_no_hands() {
    let mut wrong = Vec::new();
    for name in PURE {
        for file in sources(&crates().join(name).join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in shipped_lines(&text) {
                if let Some(hand) = hand_in(line) {
                    wrong.push(format!("{}:{number}: {name} is pure, but says {hand}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inner_types_do_not_write_themselves_out() {
    let mut wrong = Vec::new();
    for name in PURE {
        for file in sources(&crates().join(name).join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            let said = shipped_lines(&text).filter(|(_, line)| said_to_serialize(line));
            wrong.extend(said.map(|(number, _)| format!("{}:{number}: Serialize", file.display())));
        }
    }
    assert!(wrong.is_empty(), "documents are made in the binary's render/json.rs\n{}", wrong.join("\n"));
}

#[test]
fn file_names_say_what_is_inside() {
    let mut wrong = Vec::new();
    for folder in folders() {
        for file in sources(&crates().join(&folder)) {
            let names = file.strip_prefix(crates()).unwrap().with_extension("");
            for part in names.iter().map(|part| part.to_string_lossy().into_owned()) {
                if NAMELESS.contains(&part.as_str()) {
                    wrong.push(format!("{}: {part:?} does not say what is inside", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_scan_sees_hands_and_leaves_tests_and_comments_alone() {
    let text = "use std::net::IpAddr;\n// std::fs is for others\nlet x = std::fs::read(p);\nuse std::{env, fmt};\n\
                #[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    let seen: Vec<(usize, &str)> =
        shipped_lines(text).filter_map(|(number, line)| Some((number, hand_in(line)?))).collect();
    assert_eq!(seen, [(3, "std::fs"), (4, "std::{env")]);
}

/// All Rust files under a folder, test modules in files of their own left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs")
            && path.file_name().is_some_and(|n| n != "tests.rs")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Numbered lines that are neither comments nor part of a test module; such a module ends at its closing brace in
/// the first column, as rustfmt puts it.
fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut announced = false;
    let mut in_tests = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if in_tests {
            in_tests = line != "}";
            return None;
        }
        if line.starts_with("#[cfg(test)]") {
            announced = true;
            return None;
        }
        if announced && !line.starts_with("#[") {
            announced = false;
            in_tests = line.ends_with('{');
            return None;
        }
        let code = line.trim_start();
        (!announced && !code.starts_with("//")).then_some((index + 1, line))
    })
}

/// Whether the line names serde's trait (and not that of structured fields, which `Proxy-Status` is written with).
fn said_to_serialize(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| word == "Serialize") && !line.contains("sfv")
}

/// The first forbidden word of a line; `use std::{env, …}` is seen through.
fn hand_in(line: &str) -> Option<&'static str> {
    let grouped = line.split_once("std::{").map_or("", |(_, rest)| rest);
    let words: BTreeSet<&str> = grouped.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let in_group =
        [("fs", "std::{fs"), ("env", "std::{env"), ("process", "std::{process"), ("thread", "std::{thread")];
    let grouped_hand = in_group.iter().find(|(word, _)| words.contains(word)).map(|(_, hand)| *hand);
    HANDS.iter().copied().find(|hand| line.contains(hand)).or(grouped_hand)
}
