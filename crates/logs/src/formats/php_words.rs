//! What PHP's messages mean: the level, the message, the place in the code. Used by the readers of PHP's own log,
//! of php-fpm's relays and of gateways that relay the FastCGI error stream.

use goodgate_facts::{SignalId, id};

use super::app_words::{AppMeaning, meaning_of_app_message};
use super::extension_path::{CmsPart, cms_part};

/// Messages in one relay that are looked at; a flood says no more than its beginning.
const MESSAGES_MAX: usize = 32;

/// How grave PHP says a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhpLevel {
    /// The request ended here.
    Fatal,
    /// The code does not parse.
    Parse,
    /// The request goes on.
    Warning,
}

const LEVELS: &[(&[u8], PhpLevel)] = &[
    (b"Fatal error: ", PhpLevel::Fatal),
    (b"Recoverable fatal error: ", PhpLevel::Fatal),
    (b"Catchable fatal error: ", PhpLevel::Fatal),
    (b"Parse error: ", PhpLevel::Parse),
    (b"Warning: ", PhpLevel::Warning),
    (b"Notice: ", PhpLevel::Warning),
    (b"Deprecated: ", PhpLevel::Warning),
    (b"Strict Standards: ", PhpLevel::Warning),
    (b"Unknown error: ", PhpLevel::Warning),
];

/// In: what PHP wrote to its log or error stream, as a gateway or php-fpm relays it — one message or several, with
/// or without `PHP message: ` before each and a stack trace (real line ends or `\n` escapes) behind. Out: what it
/// means, in the order of the text, each at most once: the kind of failure (`fatal-error`, `uncaught-exception` with
/// the class as name, `memory-limit-reached` …, with the file as path), the dependency that failed (`database-…`,
/// `remote-call-…`) and the extension at fault (`error-in-plugin`, its folder as name). Also knows php-fpm's own
/// `Primary script unknown` and `Access to the script …`. Empty when nothing is recognised.
pub(crate) fn meaning_of_php_message(text: &[u8]) -> Vec<AppMeaning> {
    let mut trace = PhpTrace::default();
    let mut found: Vec<AppMeaning> = Vec::new();
    for meaning in messages(text).take(MESSAGES_MAX).flat_map(|line| trace.line(line)) {
        if !found.iter().any(|old| old.id == meaning.id && old.name == meaning.name) {
            found.push(meaning);
        }
    }
    found
}

/// Follows messages and the traces behind them, line by line.
#[derive(Default)]
pub(crate) struct PhpTrace {
    /// The last message was grave and nobody has been blamed for it yet: the first frame that lies in an
    /// extension points to it.
    unblamed: bool,
}

impl PhpTrace {
    /// What the next line (a message, or a frame of the trace of the last one) means.
    pub(crate) fn line(&mut self, line: &[u8]) -> Vec<AppMeaning> {
        if let Some(path) = trace_path(line) {
            let meaning = if self.unblamed { extension_at(&path) } else { None };
            self.unblamed &= meaning.is_none();
            return meaning.into_iter().collect();
        }
        let (meanings, grave) = one_message(line);
        if !meanings.is_empty() {
            self.unblamed = grave && !meanings.iter().any(|m| rules_out_extension(m.id));
        }
        meanings
    }
}

/// The level and the text behind it, where a text begins like a PHP message.
pub(crate) fn level_of(text: &[u8]) -> Option<(PhpLevel, &[u8])> {
    let text = text.strip_prefix(b"PHP message: ").unwrap_or(text);
    let text = text.strip_prefix(b"PHP ").unwrap_or(text);
    LEVELS.iter().find_map(|(word, level)| Some((*level, text.strip_prefix(*word)?.trim_ascii_start())))
}

/// The meanings of a message of a known level.
fn meaning_at_level(level: PhpLevel, message: &[u8]) -> Vec<AppMeaning> {
    let (said, path) = place(message);
    let mut found = Vec::new();
    let dependency = meaning_of_app_message(said);
    match level {
        PhpLevel::Warning if said.starts_with(b"Unknown: ") && denied(said) => {
            found.push(AppMeaning::of(id("script-access-denied")));
        }
        PhpLevel::Warning if dependency.is_none() => found.push(AppMeaning::of(id("app-warning"))),
        PhpLevel::Warning => {}
        PhpLevel::Parse => found.push(AppMeaning::of(id("parse-error"))),
        PhpLevel::Fatal => found.push(fatal(said)),
    }
    for meaning in &mut found {
        meaning.path.clone_from(&path);
    }
    let depends = dependency.is_some();
    found.extend(dependency);
    if level != PhpLevel::Warning && !depends {
        found.extend(path.as_deref().and_then(part_at));
    }
    found
}

/// The file of a stack frame such as `#0 /srv/app/a.php(12): run()`.
fn trace_path(line: &[u8]) -> Option<String> {
    let rest = line.trim_ascii_start().strip_prefix(b"#")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = rest.get(digits..)?.strip_prefix(b" ")?;
    (digits > 0).then_some(())?;
    let end = memchr::memchr(b'(', rest)?;
    let path = rest.get(..end)?;
    memchr::memchr2(b'/', b'\\', path).map(|_| String::from_utf8_lossy(path).into_owned())
}

/// `error-in-plugin`, where the path lies in an extension.
fn extension_at(path: &str) -> Option<AppMeaning> {
    match cms_part(path)? {
        CmsPart::Extension(_) => part_at(path),
        CmsPart::Core => None,
    }
}

/// Once one of these is said, the frames of the trace tell nothing more about who is to blame.
fn rules_out_extension(signal: SignalId) -> bool {
    signal == id("error-in-plugin")
        || matches!(signal.kind().group, "dependency" | "dependency-slow" | "remote")
}

fn part_at(path: &str) -> Option<AppMeaning> {
    let path_owned = Some(path.to_owned());
    Some(match cms_part(path)? {
        CmsPart::Extension(name) => {
            AppMeaning { name: Some(name), path: path_owned, ..AppMeaning::of(id("error-in-plugin")) }
        }
        CmsPart::Core => AppMeaning { path: path_owned, ..AppMeaning::of(id("error-in-cms-core")) },
    })
}

fn one_message(line: &[u8]) -> (Vec<AppMeaning>, bool) {
    if let Some((level, message)) = level_of(line) {
        return (meaning_at_level(level, message), level != PhpLevel::Warning);
    }
    let of = |name, path| AppMeaning { path, ..AppMeaning::of(name) };
    let unquoted = line.strip_prefix(b"PHP message: ").unwrap_or(line);
    if unquoted.starts_with(b"Primary script unknown") {
        return (vec![of(id("script-not-found"), None)], false);
    }
    if let Some(rest) = unquoted.strip_prefix(b"Unable to open primary script: ") {
        let end = memchr::memmem::find(rest, b" (").unwrap_or(rest.len());
        let path = rest.get(..end).map(|path| String::from_utf8_lossy(path).into_owned());
        let signal = if memchr::memmem::find(rest, b"Permission denied").is_some() {
            id("script-access-denied")
        } else {
            id("script-not-found")
        };
        return (vec![of(signal, path)], false);
    }
    if let Some(rest) = unquoted.strip_prefix(b"Access to the script '") {
        let end = memchr::memchr(b'\'', rest).unwrap_or(rest.len());
        let path = rest.get(..end).map(|path| String::from_utf8_lossy(path).into_owned());
        return (vec![of(id("script-extension-refused"), path)], false);
    }
    (meaning_of_app_message(unquoted).into_iter().collect(), false)
}

fn fatal(said: &[u8]) -> AppMeaning {
    if said.starts_with(b"Allowed memory size of ") {
        return AppMeaning::of(id("memory-limit-reached"));
    }
    if said.starts_with(b"Maximum execution time of ") {
        return AppMeaning::of(id("execution-time-exceeded"));
    }
    if let Some(rest) = said.strip_prefix(b"Uncaught ") {
        let rest = rest.strip_prefix(b"exception '").unwrap_or(rest);
        let end = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\\')))
            .unwrap_or(rest.len());
        let class = rest.get(..end).filter(|class| !class.is_empty());
        let name = class.map(|class| String::from_utf8_lossy(class).into_owned());
        return AppMeaning { name, ..AppMeaning::of(id("uncaught-exception")) };
    }
    AppMeaning::of(id("fatal-error"))
}

fn denied(said: &[u8]) -> bool {
    [&b"Permission denied"[..], b"open_basedir restriction in effect"]
        .iter()
        .any(|words| memchr::memmem::find(said, words).is_some())
}

/// The message without its place, and the file: `… in /a.php on line 3` or `… in /a.php:3`.
fn place(message: &[u8]) -> (&[u8], Option<String>) {
    let bare =
        memchr::memmem::rfind(message, b" on line ").and_then(|end| message.get(..end)).or_else(|| {
            let colon = memchr::memrchr(b':', message)?;
            let digits = message.get(colon + 1..)?;
            (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
                .then(|| message.get(..colon))
                .flatten()
        });
    let Some(bare) = bare else { return (message, None) };
    let Some(at) = memchr::memmem::rfind(bare, b" in ") else { return (message, None) };
    let (Some(said), Some(path)) = (bare.get(..at), bare.get(at + 4..)) else { return (message, None) };
    let path = (path != b"Unknown").then(|| String::from_utf8_lossy(path).into_owned());
    (said, path)
}

/// The lines of a relay: at line ends, `\n` escapes, and each `PHP message: `.
fn messages(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const MARK: &[u8] = b"PHP message: ";
    let mut starts = vec![0];
    starts.extend(memchr::memmem::find_iter(text, MARK).filter(|at| *at > 0));
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .filter_map(move |(start, end)| text.get(start..end))
        .flat_map(lines)
        .map(|line| line.trim_ascii().trim_suffix_quote())
        .filter(|line| !line.is_empty())
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        let mut start = 0;
        for at in memchr::memmem::find_iter(line, b"\\n") {
            // Windows paths hold the same two bytes; an escape stands before a frame or a trace's words.
            let follows = line.get(at + 2..).unwrap_or_default();
            if follows.starts_with(b"#")
                || follows.starts_with(b"Stack")
                || follows.starts_with(b"  ")
                || follows.starts_with(b"PHP ")
            {
                found.extend(line.get(start..at));
                start = at + 2;
            }
        }
        found.extend(line.get(start..));
    }
    found
}

trait TrimQuote {
    fn trim_suffix_quote(&self) -> &Self;
}

impl TrimQuote for [u8] {
    /// Relays put semicolons between messages and leave a quotation mark at the end.
    fn trim_suffix_quote(&self) -> &Self {
        let text = self.strip_suffix(b"\"").unwrap_or(self);
        text.strip_suffix(b";").unwrap_or(text).trim_ascii_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        meaning_of_php_message(text.as_bytes())
            .into_iter()
            .map(|m| {
                format!("{} {} {}", m.id, m.name.unwrap_or_default(), m.path.unwrap_or_default())
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn a_fatal_error_in_a_plugin() {
        let text = "PHP message: PHP Fatal error:  Uncaught Error: Class \"Pay\" not found in /srv/app/wp-content/plugins/shop/shop.php:6\nStack trace:\n#0 /srv/app/index.php(12): init()\n#1 {main}\n  thrown in /srv/app/wp-content/plugins/shop/shop.php on line 6";
        let path = "/srv/app/wp-content/plugins/shop/shop.php";
        assert_eq!(
            said(text),
            [format!("uncaught-exception Error {path}"), format!("error-in-plugin shop {path}")]
        );
        assert_eq!(said(&text.replace('\n', "\\n")), said(text));
    }

    #[test]
    fn a_frame_in_a_plugin_blames_it_unless_a_service_failed() {
        let of = |words: &str| {
            said(&format!(
                "PHP Fatal error:  Uncaught PDOException: {words} in /srv/app/lib/db.php:9\nStack trace:\n#0 /srv/app/wp-content/themes/blue/a.php(3): q()"
            ))
        };
        assert_eq!(of("syntax").len(), 2);
        assert_eq!(
            of("SQLSTATE[HY000] [2002] Connection refused"),
            ["uncaught-exception PDOException /srv/app/lib/db.php", "database-refused"]
        );
    }

    #[test]
    fn several_messages_in_one_relay() {
        let text = "PHP message: PHP Warning:  Undefined variable $a in /srv/app/a.php on line 1; PHP message: PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /srv/app/a.php on line 2\"";
        assert_eq!(said(text), ["app-warning  /srv/app/a.php", "memory-limit-reached  /srv/app/a.php"]);
        assert_eq!(said("Primary script unknown"), ["script-not-found"]);
        assert_eq!(
            said("Access to the script '/srv/app/a.txt' has been denied (see security.limit_extensions)"),
            ["script-extension-refused  /srv/app/a.txt"]
        );
        assert_eq!(
            said("PHP Parse error:  syntax error, unexpected end of file in /srv/app/a.php on line 3"),
            ["parse-error  /srv/app/a.php"]
        );
    }
}
