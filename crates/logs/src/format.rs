//! What a log format is.

use crate::Sink;

/// What a reader makes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The line has this format (whether or not it meant anything).
    Mine,
    /// The line continues an earlier line of this format (a stack trace, a table's row).
    Continues,
    /// The line has another format.
    Foreign,
}

/// Reads one file's lines in one format; may keep state from line to line.
pub trait LineReader {
    /// Reads a line without its line end and known prefixes; what it means goes into the sink.
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict;

    /// The file has ended: what was kept back (a trace without its end, counts) goes into the sink.
    fn end(&mut self, sink: &mut Sink) {
        let _ = sink;
    }
}

/// A layout line that the user's configuration states, in the vendor's own notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The format id that knows the notation, such as `nginx-access`.
    pub format: &'static str,
    /// The layout as configured.
    pub layout: String,
    /// The file (base name) that the configuration sends it to, where stated.
    pub file: Option<String>,
}

/// A line of the format with what must come out of it: the format's own test.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// One or several lines.
    pub text: &'static str,
    /// The signals that must come out, as "id", "id @target", or "id @target =value" (see `Sink::describe`);
    /// compared in order. Empty: the line is recognised and says nothing.
    pub signals: &'static [&'static str],
}

/// A log format or the output of a command.
pub struct Format {
    /// Permanent kebab-case name, equal to the file's name.
    pub id: &'static str,
    /// For people: "nginx error log".
    pub title: &'static str,
    /// The vendor's page or source file that defines it.
    pub reference: &'static str,
    /// Whose words these are: "nginx", "php-fpm", "kernel".
    pub product: &'static str,
    /// Whether this is captured output of a command rather than a log.
    pub capture: bool,
    /// A fresh reader, with the layouts that configurations declare for this format.
    pub open: fn(&[Declared]) -> Box<dyn LineReader>,
    /// Samples; a format without samples fails the tests.
    pub samples: &'static [Sample],
}
