//! The commented reference configuration, written from the table of keys. It can be run as it stands: everything but a
//! small example is commented out, and what is commented out shows the default, or an example where there is none.

use super::keys::File;
use super::kind::{Absent, Key, Kind, Table};
use super::schema::prose;
use super::typed::Typed;

/// The commented reference configuration.
pub fn reference() -> String {
    written(Live::Example)
}

/// What is not commented out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Live {
    /// The small example alone.
    Example,
    /// All tables, with the keys that they need.
    Needed,
    /// What has a default as well, set to it.
    Defaults,
    /// Everything that can stand together.
    All,
}

/// The small example.
const EXAMPLE: &[&str] = &[
    "site",
    "site.host",
    "site.route",
    "site.route.path",
    "site.route.upstream",
    "upstream",
    "upstream.servers",
];

/// Keys that would stand beside others that they exclude or repeat; they are never more than a comment.
const APART: &[&str] =
    &["site.hosts", "site.upstream", "site.php", "site.files", "site.redirect", "site.respond"];

/// Tables that are written on one line, with what may stand in them as a comment.
const ON_ONE_LINE: &[&str] = &[
    "listen",
    "upstream.servers",
    "site.route.rewrite",
    "site.php",
    "site.files",
    "site.redirect",
    "site.respond",
];

/// Routes that answer otherwise than the example's, each with a path of its own, since the example's takes all.
const OTHER_ROUTES: &[(&str, &str)] =
    &[("php", "/blog/*"), ("files", "/static/*"), ("redirect", "/old/*"), ("respond", "/closed")];

const WIDTH: usize = 100;

const BEGINNING: &str = "\
# goodgate.toml: every key there is, with what it is for and what holds where it is absent.
#
# Lines that begin with # and a key show the default, or an example where there is none. Times are written like
# \"500ms\", \"30s\", \"1m30s\" or \"1h\", sizes like \"64KiB\" or \"10MB\". Paths of files are relative to the folder of this
# file. Environment variables are not filled in, and other files are not included.
#
# goodgate check goodgate.toml says what is wrong; goodgate run -c goodgate.toml runs it.
";

/// An upstream that the example of a PHP site leads to.
const PHP: &[&str] = &["[upstream.php]", r#"servers = ["fastcgi+unix:/run/php/php-fpm.sock"]"#];

pub(super) fn written(live: Live) -> String {
    let mut out = Writer { live, text: BEGINNING.to_owned() };
    if let Kind::Table(root) = File::KIND {
        out.body(root, "", "");
    }
    out.text
}

struct Writer {
    live: Live,
    text: String,
}

impl Writer {
    /// A table's keys: those on one line first, as TOML wants it, then the tables below. `path` says where in the
    /// table of keys, `heading` under which heading.
    fn body(&mut self, table: &'static Table, path: &str, heading: &str) {
        let on_line =
            |key: &Key| ON_ONE_LINE.contains(&below(path, key.name).as_str()) || inner(key.kind).is_none();
        for key in table.keys.iter().filter(|key| on_line(key)) {
            self.line(key, path);
        }
        for key in table.keys.iter().filter(|key| !on_line(key)) {
            if path == "site.route" && table.either.contains(&key.name) {
                continue;
            }
            self.table(key, path, heading);
        }
    }

    fn comment(&mut self, text: &str, indent: usize) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && indent + line.chars().count() + word.chars().count() + 3 > WIDTH {
                self.push(&format!("# {:indent$}{line}", ""));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.push(&format!("# {:indent$}{line}", ""));
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn setting(&mut self, line: &str, live: bool) {
        self.push(&format!("{}{line}", if live { "" } else { "#" }));
    }

    /// What is said of a key, and an example.
    fn line(&mut self, key: &'static Key, path: &str) {
        let path = below(path, key.name);
        self.text.push('\n');
        self.comment(&described(key), 0);
        if let Kind::Word(words) = key.kind {
            for (word, means) in *words {
                self.comment(&format!("\"{word}\": {means}."), 2);
            }
        }
        if let (Some(table), false) = (inner(key.kind), APART.contains(&path.as_str())) {
            self.comment("As a table in braces:", 0);
            for key in table.keys {
                self.comment(&format!("{}: {}", key.name, described(key)), 2);
            }
        }
        let live = EXAMPLE.contains(&path.as_str())
            || !APART.contains(&path.as_str())
                && match key.absent {
                    Absent::Needed => self.live >= Live::Needed,
                    Absent::Is(_) => self.live >= Live::Defaults,
                    Absent::Means(_) => self.live >= Live::All,
                };
        let value = match key.absent {
            Absent::Is(default) if self.live < Live::All => default,
            _ if self.live == Live::All && path == "site.route.path" => "\"/*\"",
            _ => key.example,
        };
        self.setting(&format!("{} = {value}", key.name), live);
    }

    fn table(&mut self, key: &'static Key, path: &str, heading: &str) {
        let Some(table) = inner(key.kind) else { return };
        let (path, named) = (below(path, key.name), matches!(key.kind, Kind::ByName(..)));
        let heading =
            if named { format!("{}.shop", below(heading, key.name)) } else { below(heading, key.name) };
        self.text.push('\n');
        self.comment(&format!("{} {}", prose(key.doc), absent(key)), 0);
        if path == "site.route" {
            self.other_routes(table, &heading);
            self.text.push('\n');
            self.comment(&prose(table.doc), 0);
        }
        let live = self.live >= Live::Needed || EXAMPLE.contains(&path.as_str());
        let heading_line =
            if matches!(key.kind, Kind::Many(_)) { format!("[[{heading}]]") } else { format!("[{heading}]") };
        if let Some(short) = table.short {
            self.comment(&format!("On one line, for {short} alone: {} = …", key.name), 0);
        }
        self.setting(&heading_line, live);
        self.body(table, &path, &heading);
        if named {
            self.text.push('\n');
            for line in PHP {
                self.setting(line, self.live >= Live::Needed);
            }
        }
    }

    /// A route for each other way to answer.
    fn other_routes(&mut self, routes: &'static Table, heading: &str) {
        for (name, example) in OTHER_ROUTES {
            let Some(key) = routes.key(name) else { continue };
            let live = self.live >= Live::Needed;
            self.text.push('\n');
            self.setting(&format!("[[{heading}]]"), live);
            self.setting(&format!("path = \"{example}\""), live);
            self.table(key, "site.route", heading);
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The table that a value is, or has for its parts.
fn inner(kind: &Kind) -> Option<&'static Table> {
    match kind {
        Kind::Table(table) => Some(table),
        Kind::Many(one) | Kind::ByName(_, one) => inner(one),
        _ => None,
    }
}

fn described(key: &Key) -> String {
    let range = match key.kind {
        Kind::Number { min, max } if *max < super::kind::UNBOUNDED => format!(" From {min} to {max}."),
        _ => String::new(),
    };
    format!("{}{range} {}", prose(key.doc), absent(key)).trim_end().to_owned()
}

fn absent(key: &Key) -> String {
    match key.absent {
        Absent::Needed => "Needed.".to_owned(),
        Absent::Is(default) => format!("Default: {default}."),
        Absent::Means(means) => format!("Without it: {means}."),
    }
}
