//! `new`: scaffolds the one file of a cause, a log format or a page generator, and its lines in the list.
//!
//! Knows where such files live and how a list is written; what goes into them is the author's.

use std::fs;
use std::path::{Path, PathBuf};

/// An id is part of file names, documents and other people's scripts; longer ones are sentences.
const ID_BYTES_MAX: usize = 48;

/// Words that Rust keeps for itself and that could pass for an id of one word.
const RESERVED: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where",
    "while", "abstract", "become", "box", "do", "final", "macro", "override", "priv", "try", "typeof",
    "unsized", "virtual", "yield",
];

/// Where a list line goes.
enum Place {
    /// Among the lines that begin like this, by the alphabet.
    Among(&'static str),
    /// Right behind the line that says this.
    Behind(&'static str),
}

/// A file to write and the lines that make it known.
struct Scaffold {
    file: String,
    content: String,
    list: &'static str,
    lines: Vec<(Place, String)>,
    then: &'static str,
}

/// Scaffolds under the workspace's folder.
#[expect(clippy::print_stdout, reason = "a command-line tool")]
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let [what, id] = words else {
        return Err("say what and which: cargo xtask new cause|format|page ID".to_owned());
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    println!("{}", write(&root, what, id)?);
    Ok(())
}

/// Writes the file and its list lines under `root`; returns what to tell the author.
fn write(root: &Path, what: &str, id: &str) -> Result<String, String> {
    check(id)?;
    let scaffold = match what {
        "cause" => cause(id),
        "format" => format(id),
        "page" => page(id),
        other => return Err(format!("{other:?} cannot be scaffolded; only cause, format or page")),
    };
    let file = root.join(&scaffold.file);
    if file.exists() {
        return Err(format!("{} exists already; ids are permanent", scaffold.file));
    }
    let list = root.join(scaffold.list);
    let mut text = fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    for (place, line) in &scaffold.lines {
        text = insert(&text, place, line).map_err(|problem| format!("{}: {problem}", scaffold.list))?;
    }
    put(&file, &scaffold.content)?;
    put(&list, &text)?;
    Ok(format!("wrote {}\nand its line in {}\n\nNow:\n{}", scaffold.file, scaffold.list, scaffold.then))
}

fn put(path: &PathBuf, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Kebab-case: words of small letters and digits with one hyphen between them, the first beginning with a letter.
fn check(id: &str) -> Result<(), String> {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let formed = id.len() <= ID_BYTES_MAX
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.split('-').all(word);
    if !formed {
        return Err(format!(
            "{id:?} is no id: small letters and digits, one hyphen between words, at most {ID_BYTES_MAX} in all"
        ));
    }
    if RESERVED.contains(&id) {
        return Err(format!("{id:?} is a word of the Rust language and cannot name a file of it"));
    }
    Ok(())
}

/// The text with the line in its place.
fn insert(text: &str, place: &Place, line: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.contains(&line) {
        return Err(format!("{:?} is listed already", line.trim()));
    }
    let at = match place {
        Place::Behind(mark) => lines.iter().position(|l| l.contains(mark)).map(|i| i + 1),
        Place::Among(start) => {
            let like = |l: &&str| l.starts_with(start);
            let later = lines.iter().position(|l| like(l) && *l > line);
            later.or_else(|| lines.iter().rposition(like).map(|i| i + 1))
        }
    };
    lines.insert(at.ok_or("the list is not written as expected; add the line by hand")?, line);
    Ok(lines.join("\n") + "\n")
}

fn cause(id: &str) -> Scaffold {
    Scaffold {
        file: format!("catalogue/{id}.md"),
        content: include_str!("new/cause.md").replace("NEW-ID", id),
        list: "crates/causes/src/list.rs",
        lines: vec![(Place::Among("    entry!(\""), format!("    entry!(\"{id}\"),"))],
        then: "  1. fill in title, kind, symptoms and fixed_by, and the sentence: with these the cause is named\n  \
               2. between the marks: prior, weigh, proof, next, and a hit and a near miss: with these it is ranked\n  \
               3. the prose and the remedies, in order of risk\n  \
               4. cargo test -p goodgate-causes",
    }
}

fn format(id: &str) -> Scaffold {
    let module = id.replace('-', "_");
    Scaffold {
        file: format!("crates/logs/src/formats/{module}.rs"),
        content: include_str!("new/format.rs.txt").replace("NEW-ID", id),
        list: "crates/logs/src/formats.rs",
        lines: vec![
            (Place::Among("mod "), format!("mod {module};")),
            (Place::Behind("(keep one per line)"), format!("    {module}::FORMAT,")),
        ],
        then: "  1. write the samples: lines and the signals that must come out, one with a request that imitates an error\n  \
               2. fill in title, reference and product, and read the line\n  \
               3. move its list line above formats that are more general, below those that are more particular\n  \
               4. cargo test -p goodgate-logs",
    }
}

fn page(id: &str) -> Scaffold {
    let module = id.replace('-', "_");
    Scaffold {
        file: format!("crates/pages/src/generators/{module}.rs"),
        content: include_str!("new/page.rs.txt").replace("NEW-ID", id),
        list: "crates/pages/src/generators.rs",
        lines: vec![
            (Place::Among("mod "), format!("mod {module};")),
            (Place::Behind("(keep one per line)"), format!("    {module}::GENERATOR,")),
        ],
        then: "  1. write the samples: head and body as a client gets them, and the signals that they tell\n  \
               2. fill in title and kind, and what marks the page\n  \
               3. move its list line below generators that are more particular\n  \
               4. cargo test -p goodgate-pages",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of the three lists, in a folder of its own.
    fn room(name: &str) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let room = std::env::temp_dir().join(format!("goodgate-new-{name}-{}", std::process::id()));
        for folder in
            ["catalogue", "crates/causes/src", "crates/logs/src/formats", "crates/pages/src/generators"]
        {
            fs::create_dir_all(room.join(folder)).unwrap();
        }
        for list in
            ["crates/causes/src/list.rs", "crates/logs/src/formats.rs", "crates/pages/src/generators.rs"]
        {
            fs::copy(source.join(list), room.join(list)).unwrap();
        }
        room
    }

    fn added(room: &Path, list: &str) -> Vec<String> {
        let before =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(list)).unwrap();
        let after = fs::read_to_string(room.join(list)).unwrap();
        let old: Vec<&str> = before.lines().collect();
        after.lines().filter(|line| !old.contains(line)).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn each_kind_gets_its_file_and_lines() {
        let room = room("each");
        write(&room, "cause", "lights-left-on").unwrap();
        write(&room, "format", "lamp-error").unwrap();
        write(&room, "page", "lamp-gate").unwrap();
        assert_eq!(added(&room, "crates/causes/src/list.rs"), ["entry!(\"lights-left-on\"),"]);
        assert_eq!(added(&room, "crates/logs/src/formats.rs"), ["mod lamp_error;", "lamp_error::FORMAT,"]);
        assert_eq!(
            added(&room, "crates/pages/src/generators.rs"),
            ["mod lamp_gate;", "lamp_gate::GENERATOR,"]
        );
        let cause = fs::read_to_string(room.join("catalogue/lights-left-on.md")).unwrap();
        assert!(cause.contains("id = \"lights-left-on\""));
        assert!(cause.contains("#: signals") && cause.contains("#: end signals"));
        let format = fs::read_to_string(room.join("crates/logs/src/formats/lamp_error.rs")).unwrap();
        assert!(format.contains("id: \"lamp-error\"") && format.contains("const FORMAT: Format"));
        let page = fs::read_to_string(room.join("crates/pages/src/generators/lamp_gate.rs")).unwrap();
        assert!(page.contains("id: \"lamp-gate\"") && page.contains("const GENERATOR: Generator"));
        fs::remove_dir_all(room).unwrap();
    }

    #[test]
    fn list_lines_stand_by_the_alphabet() {
        let room = room("order");
        write(&room, "cause", "app-errand").unwrap();
        let list = fs::read_to_string(room.join("crates/causes/src/list.rs")).unwrap();
        let at = |id: &str| list.find(&format!("entry!(\"{id}\")")).unwrap();
        assert!(at("app-closes-without-response") < at("app-errand") && at("app-errand") < at("app-error"));
        write(&room, "cause", "zz-last").unwrap();
        let list = fs::read_to_string(room.join("crates/causes/src/list.rs")).unwrap();
        assert!(list.contains("entry!(\"zz-last\"),\n];"));
        fs::remove_dir_all(room).unwrap();
    }

    #[test]
    fn nothing_is_written_twice_or_under_an_ill_formed_id() {
        let room = room("refused");
        write(&room, "page", "lamp-gate").unwrap();
        assert!(write(&room, "page", "lamp-gate").unwrap_err().contains("exists already"));
        // A list line without its file: somebody retired the id.
        assert!(write(&room, "cause", "app-error").unwrap_err().contains("listed already"));
        assert!(!room.join("catalogue/app-error.md").exists());
        for id in [
            "",
            "Lamp",
            "lamp_gate",
            "-lamp",
            "lamp-",
            "lamp--gate",
            "9lamps",
            "../lamp",
            "lamp gate",
            "läm",
            "type",
        ] {
            assert!(write(&room, "format", id).is_err(), "{id:?}");
        }
        assert!(write(&room, "house", "lamp").unwrap_err().contains("only cause, format or page"));
        fs::remove_dir_all(room).unwrap();
    }
}
