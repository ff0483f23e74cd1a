//! HAProxy: sections of keyword lines, of which proxies inherit from `defaults`.
//!
//! Families of keywords (`timeout`, `option`, `http-request`) are noted under two words: `timeout client`,
//! `http-request deny`.

mod server;

use std::collections::HashMap;

use goodgate_facts::Address;

use super::Product;
use super::draft::Draft;
use crate::Configuration;
use crate::text::{duration_s, numbered, size_bytes, without_comment, words};
use server::{Backend, address};

pub(super) const PRODUCT: Product =
    Product { id: "haproxy", reference: "https://docs.haproxy.org/3.0/configuration.html", recognise, read };

const SECTIONS: &[&str] = &[
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "resolvers",
    "fcgi-app",
    "peers",
    "userlist",
    "mailers",
    "cache",
    "http-errors",
    "ring",
    "program",
    "log-forward",
    "log-profile",
    "traces",
    "crt-store",
    "acme",
];

/// How long a chain of `defaults … from …` is followed, so that a circle ends.
const INHERITANCE_MAX: usize = 16;

/// One line: its number and words.
pub(super) struct Line {
    number: u32,
    words: Vec<String>,
}

impl Line {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The words from a position on, as one text.
    fn rest(&self, from: usize) -> String {
        self.words.get(from..).unwrap_or_default().join(" ")
    }
}

struct Section {
    head: Line,
    /// Position of the `defaults` section it inherits from.
    parent: Option<usize>,
    lines: Vec<Line>,
}

impl Section {
    fn kind(&self) -> &str {
        self.head.word(0)
    }

    fn name(&self) -> &str {
        self.head.word(1)
    }
}

/// What a whole-process setting says for all backends.
#[derive(Default)]
struct Global {
    header_buffer: Option<u64>,
    verify_none: bool,
}

fn recognise(name: &str, text: &str) -> u8 {
    let mut heads = 0;
    let mut inner = 0;
    for (_, line) in numbered(text) {
        let line = without_comment(line, '#').trim();
        if line.ends_with(['{', '}', ';']) {
            continue;
        }
        let found = words(line);
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        match word(0) {
            "global" | "defaults" if found.len() == 1 => heads += 1,
            "frontend" | "backend" | "listen" | "resolvers" | "fcgi-app" if found.len() == 2 => heads += 1,
            "timeout"
                if matches!(word(1), "connect" | "client" | "server" | "queue" | "check" | "tunnel") =>
            {
                inner += 1;
            }
            "server" | "bind" | "default_backend" | "use_backend" | "option" | "http-request" | "balance"
            | "errorfile" | "http-reuse" | "nameserver" => inner += 1,
            "mode" if matches!(word(1), "http" | "tcp") => inner += 1,
            _ => {}
        }
    }
    let hint = if name.to_ascii_lowercase().contains("haproxy") { 5 } else { 0 };
    match (heads, inner) {
        (0, 0) => 0,
        (0, _) if hint > 0 => 60,
        (0, _) => 0,
        (_, 0) => 25 + hint,
        (1, 1) => 75 + hint,
        _ => 93 + hint,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("haproxy", name);
    let sections = sections(text, &mut draft);
    let mut global = Global::default();
    for section in sections.iter().filter(|section| section.kind() == "global") {
        global = read_global(section, &mut draft);
    }
    for section in &sections {
        match section.kind() {
            "frontend" | "backend" | "listen" | "defaults" => read_proxy(section, &mut draft),
            "resolvers" => read_resolvers(section, &mut draft),
            "fcgi-app" => read_fcgi_app(section, &mut draft),
            _ => {}
        }
        if matches!(section.kind(), "backend" | "listen") {
            let lines = inherited(section, &sections);
            Backend::new(section.name(), &lines, &global).read_servers(&section.lines, &mut draft);
        }
    }
    draft.found
}

/// Cuts the text into sections and finds out who inherits from whom.
fn sections(text: &str, draft: &mut Draft) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut named: HashMap<String, usize> = HashMap::new();
    let mut latest = None;
    for (number, line) in numbered(text) {
        let line = Line { number, words: words(without_comment(line, '#')) };
        if line.words.is_empty() || line.word(0).starts_with('.') {
            // `.if`, `.notice` and the like steer the reading; both branches are read.
            continue;
        }
        if SECTIONS.contains(&line.word(0)) {
            let from = line.words.iter().position(|word| word == "from");
            let from = from.and_then(|at| named.get(line.word(at + 1)).copied());
            let is_defaults = line.word(0) == "defaults";
            let inherits = matches!(line.word(0), "frontend" | "backend" | "listen");
            let parent = from.or(if inherits { latest } else { None });
            if is_defaults {
                latest = Some(sections.len());
                named.insert(line.word(1).to_owned(), sections.len());
            }
            sections.push(Section { head: line, parent, lines: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        } else {
            draft.problem("this line stands before the first section", number);
        }
    }
    sections
}

/// The lines that hold for a proxy: those of its `defaults`, oldest first, then its own.
fn inherited<'a>(section: &'a Section, sections: &'a [Section]) -> Vec<&'a Line> {
    let mut chain = vec![section];
    let mut parent = section.parent;
    while let Some(found) = parent.and_then(|at| sections.get(at))
        && chain.len() < INHERITANCE_MAX
    {
        chain.push(found);
        parent = found.parent;
    }
    chain.into_iter().rev().flat_map(|section| &section.lines).collect()
}

fn read_global(section: &Section, draft: &mut Draft) -> Global {
    let mut global = Global::default();
    let (mut bufsize, mut maxrewrite) = (None, None);
    for line in &section.lines {
        match line.word(0) {
            "user" => draft.found.user = Some(line.word(1).to_owned()),
            "tune.bufsize" => bufsize = size_bytes(line.word(1)),
            "tune.maxrewrite" => maxrewrite = size_bytes(line.word(1)),
            "ssl-server-verify" => global.verify_none = line.word(1) == "none",
            _ => {}
        }
        match line.word(0) {
            "maxconn" | "ulimit-n" | "maxconnrate" | "maxsessrate" | "maxsslconn" | "maxpipes"
            | "tune.bufsize" | "tune.maxrewrite" | "tune.http.maxhdr" | "nbthread" | "nbproc"
            | "fd-hard-limit" => {
                number(line, line.word(0), 1, draft);
            }
            "group"
            | "chroot"
            | "ssl-server-verify"
            | "ssl-default-server-options"
            | "ssl-default-server-ciphers"
            | "ca-base"
            | "insecure-fork-wanted"
            | "hard-stop-after"
            | "spread-checks" => {
                draft.setting(line.word(0), line.rest(1), line.number);
            }
            _ => {}
        }
    }
    // Space for added headers is held back from each buffer; 1024 bytes unless told otherwise.
    global.header_buffer =
        bufsize.map(|size: u64| size.saturating_sub(maxrewrite.unwrap_or(1024).min(size / 2)));
    global
}

fn read_proxy(section: &Section, draft: &mut Draft) {
    // Before version 1.5 a listening address could follow the name of a `listen` section.
    if section.kind() == "listen" && section.head.words.len() > 2 && section.head.word(2) != "from" {
        read_bind(section.head.word(2), &section.head, draft);
    }
    for line in &section.lines {
        match line.word(0) {
            "bind" => read_bind(line.word(1), line, draft),
            "maxconn" | "fullconn" | "backlog" => number(line, line.word(0), 1, draft),
            "rate-limit" => number(line, "rate-limit sessions", 2, draft),
            "log-format" => draft.layout("haproxy-access", line.rest(1), None),
            "timeout" | "option" => {
                draft.setting(format!("{} {}", line.word(0), line.word(1)), line.rest(2), line.number);
            }
            "http-request" | "tcp-request" | "http-response"
                if matches!(
                    line.word(1),
                    "deny" | "return" | "tarpit" | "reject" | "silent-drop" | "auth"
                ) || line.word(1).starts_with("track-sc")
                    || matches!(line.word(1), "connection" | "content" if line.words.len() > 2) =>
            {
                draft.setting(format!("{} {}", line.word(0), line.word(1)), line.rest(2), line.number);
            }
            "errorfile" | "errorloc" | "errorloc302" | "errorloc303" | "errorfiles" | "http-error"
            | "retries" | "retry-on" | "http-reuse" | "balance" | "stick-table" | "monitor"
            | "monitor-uri" | "http-check" | "use-fcgi-app" | "log-format-sd" | "error-log-format"
            | "mode" | "disabled" | "force-persist" => {
                draft.setting(line.word(0), line.rest(1), line.number);
            }
            "block" | "reqdeny" | "reqtarpit" => draft.setting(line.word(0), line.rest(1), line.number),
            _ => {}
        }
    }
}

fn read_bind(addresses: &str, line: &Line, draft: &mut Draft) {
    let tls = line.words.iter().any(|word| word == "ssl");
    for written in addresses.split(',') {
        // A range of ports is known by its first.
        let first = written.rsplit_once('-').filter(|(head, _)| head.ends_with(|c: char| c.is_ascii_digit()));
        let written = first.map_or(written, |(head, _)| head);
        match address(written) {
            Some(Address::Tcp { host, port }) if host.is_empty() => {
                draft.listen(Address::Tcp { host: "*".to_owned(), port }, tls, line.number);
            }
            Some(address) => draft.listen(address, tls, line.number),
            None => draft.problem(format!("the address {written} cannot be read"), line.number),
        }
    }
}

fn read_resolvers(section: &Section, draft: &mut Draft) {
    draft.setting("resolvers", section.name(), section.head.number);
    for line in &section.lines {
        match line.word(0) {
            "hold" | "timeout" => {
                draft.setting(format!("{} {}", line.word(0), line.word(1)), line.rest(2), line.number);
            }
            "nameserver" | "resolve_retries" | "accepted_payload_size" | "parse-resolv-conf" => {
                draft.setting(line.word(0), line.rest(1), line.number);
            }
            _ => {}
        }
    }
}

fn read_fcgi_app(section: &Section, draft: &mut Draft) {
    draft.setting("fcgi-app", section.name(), section.head.number);
    for line in &section.lines {
        if matches!(line.word(0), "docroot" | "index" | "path-info" | "option" | "set-param") {
            draft.setting(line.word(0), line.rest(1), line.number);
        }
    }
}

/// Notes a limit if its number can be read.
fn number(line: &Line, directive: &str, at: usize, draft: &mut Draft) {
    match size_bytes(line.word(at)) {
        Some(value) => draft.limit(directive, value as f64, line.number),
        None => draft.problem(format!("the number of {directive} cannot be read"), line.number),
    }
}

/// Seconds of a time as HAProxy writes it; a bare number counts milliseconds.
fn seconds(text: &str) -> Option<f64> {
    duration_s(text, 0.001)
}

#[cfg(test)]
mod tests;
