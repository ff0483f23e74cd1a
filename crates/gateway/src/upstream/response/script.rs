//! What a script answers through FastCGI: records to a head and to pieces of a body.

use std::borrow::Cow;
use std::ops::Range;

use goodgate_facts::Phase;
use goodgate_wire::http1::Ended;
use goodgate_wire::{Fault, FieldLine, Found, Framing, Limits, Version, fastcgi};

use super::Head;
use crate::core::SERVER_LIMITS;
use crate::record::recorded_stderr;

/// The answer of a script, as far as it came.
#[derive(Debug)]
pub(super) struct Script {
    records: fastcgi::ResponseReader,
    /// Standard output until the head is whole. What is left of it then is the beginning of the body.
    stdout: Vec<u8>,
    /// That beginning, as long as it was not passed on.
    first: Range<usize>,
    /// Where it begins, as long as the head is being read.
    body: Range<usize>,
}

impl Script {
    pub(super) fn new(method: &[u8]) -> Self {
        let records = fastcgi::ResponseReader::new(method);
        Self { records, stdout: Vec::new(), first: 0..0, body: 0..0 }
    }

    /// Takes what came of the head; how many bytes that were.
    pub(super) fn take(&mut self, bytes: &mut [u8]) -> Result<usize, Fault> {
        let step = self.records.read(bytes)?;
        self.stdout.extend_from_slice(bytes.get(step.data).unwrap_or_default());
        Ok(step.taken)
    }

    /// The head, once it is whole.
    pub(super) fn head(&mut self, lines: &mut Vec<FieldLine>) -> Result<Option<Head>, Fault> {
        let Some(found) = self.records.head(&self.stdout, &limits(), lines)? else { return Ok(None) };
        self.body = found.body;
        let framing = match found.length {
            fastcgi::BodyLength::None => Framing::None,
            fastcgi::BodyLength::Known(length) => Framing::Length(length),
            fastcgi::BodyLength::Open => Framing::UntilClose,
        };
        Ok(Some(Head {
            status: found.head.status,
            reason: found.head.reason,
            version: Version::Http11,
            found: Found::by(lines),
            framing,
            length: found.head.length,
            bytes: found.head.bytes,
            persistent: false,
            keep_alive: None,
            ambiguous: false,
        }))
    }

    /// The text that the head's places are in.
    pub(super) fn text(&self) -> &[u8] {
        &self.stdout
    }

    /// Goes on to the body; whether nothing comes behind what is here of it.
    pub(super) fn begin_body(&mut self) -> bool {
        self.first = std::mem::take(&mut self.body);
        self.records.is_complete()
    }

    /// The beginning of the body that came with the head.
    pub(super) fn first(&self) -> &[u8] {
        self.stdout.get(self.first.clone()).unwrap_or_default()
    }

    /// That the beginning was passed on.
    pub(super) fn consume_first(&mut self) {
        self.first = 0..0;
        self.stdout = Vec::new();
    }

    /// Reads on in the body: a place in the bytes, how many of them are done with then, and whether it has ended. A body
    /// whose length was announced ends there, whatever the script still does.
    pub(super) fn read(&mut self, bytes: &mut [u8]) -> Result<(Range<usize>, usize, bool), Fault> {
        let step = self.records.read(bytes)?;
        Ok((step.data, step.taken, step.end.is_some() || self.records.is_complete()))
    }

    /// What the end of the connection means.
    pub(super) fn end(&mut self, how: Ended) -> Result<(), Fault> {
        self.records.end(how)
    }

    pub(super) fn phase(&self) -> Phase {
        self.records.phase()
    }

    /// What was written on standard error so far: its beginning, empty for none.
    pub(super) fn stderr(&self) -> &[u8] {
        self.records.stderr().first()
    }

    /// What shows best what went wrong: what could not be understood, else what the script wrote on standard error, as
    /// far as it may be recorded.
    pub(super) fn began(&self) -> Cow<'_, [u8]> {
        match self.records.began() {
            [] => Cow::Owned(recorded_stderr(self.stderr()).into_vec()),
            began => Cow::Borrowed(began),
        }
    }
}

/// The limits of a head as the codec takes them.
fn limits() -> Limits {
    Limits {
        head_bytes: SERVER_LIMITS.bytes,
        field_bytes: SERVER_LIMITS.field_bytes,
        fields: SERVER_LIMITS.fields,
        ..Limits::default()
    }
}
