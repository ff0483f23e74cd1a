//! Tables of message patterns → signal, all searched in one pass.

use aho_corasick::{AhoCorasick, MatchKind};
use goodgate_facts::SignalId;

/// A message and what it means. The first pattern of the table that matches wins, so the special stands before
/// the general.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Literal parts of the message, all of which must occur in this order (case-sensitive).
    pub parts: &'static [&'static str],
    /// What it means; `None` for a message that is known to mean nothing.
    pub signal: Option<SignalId>,
}

/// A compiled table: every literal part of every pattern is found in one pass over the message.
pub struct Table {
    patterns: &'static [Pattern],
    searcher: Option<AhoCorasick>,
    first: Words,
}

/// Words of which a text must hold one to be worth a closer look: most lines of most files hold none.
pub(crate) struct Words(Option<AhoCorasick>);

impl Words {
    /// Compiles the words.
    pub(crate) fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        // Only the leftmost kinds of match are searched with vector instructions.
        Self(AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok())
    }

    /// Whether one of the words occurs; also where they could not be compiled.
    pub(crate) fn any_in(&self, text: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|words| words.is_match(text))
    }
}

/// Beginnings of messages, to turn away at once what has none of them.
pub(crate) struct Beginnings {
    first_bytes: [bool; 256],
    heads: Vec<[u8; Self::HEAD_BYTES]>,
}

impl Beginnings {
    /// So many bytes are compared; shorter beginnings are filled up with NUL and then compared up to there.
    const HEAD_BYTES: usize = 4;

    /// Compiles the beginnings.
    pub(crate) fn new<'a>(beginnings: impl Iterator<Item = &'a str>) -> Self {
        let (mut first_bytes, mut heads) = ([false; 256], Vec::new());
        for beginning in beginnings {
            let mut head = [0; Self::HEAD_BYTES];
            for (slot, byte) in head.iter_mut().zip(beginning.bytes()) {
                *slot = byte;
            }
            first_bytes[usize::from(head[0])] = true;
            heads.push(head);
        }
        Self { first_bytes, heads }
    }

    /// Whether the text may have one of the beginnings; now and then it has none all the same.
    pub(crate) fn may_begin(&self, text: &[u8]) -> bool {
        let Some(first) = text.first() else { return false };
        let same = |head: &[u8; Self::HEAD_BYTES]| head.iter().zip(text).all(|(a, b)| *a == 0 || a == b);
        self.first_bytes[usize::from(*first)] && self.heads.iter().any(same)
    }
}

impl Table {
    /// Compiles a table. The first part of each pattern is what is searched; the others are checked behind it.
    pub fn new(patterns: &'static [Pattern]) -> Self {
        let firsts = || patterns.iter().map(|p| p.parts.first().copied().unwrap_or(""));
        let searcher = AhoCorasick::builder().match_kind(MatchKind::Standard).build(firsts()).ok();
        Self { patterns, searcher, first: Words::new(firsts()) }
    }

    /// Whether the first part of any pattern occurs: the cheap question before the dear one.
    pub(crate) fn may_match(&self, message: &[u8]) -> bool {
        self.first.any_in(message)
    }

    /// The first pattern of the table, in table order, that the message matches.
    pub fn find(&self, message: &[u8]) -> Option<&'static Pattern> {
        let searcher = self.searcher.as_ref().filter(|_| self.first.any_in(message))?;
        let mut best: Option<usize> = None;
        for hit in searcher.find_overlapping_iter(message) {
            let index = hit.pattern().as_usize();
            if best.is_none_or(|b| index < b)
                && rest_follows(self.patterns[index].parts, &message[hit.end()..])
            {
                best = Some(index);
            }
        }
        best.map(|index| &self.patterns[index])
    }
}

fn rest_follows(parts: &[&str], mut after: &[u8]) -> bool {
    for part in parts.iter().skip(1) {
        match memchr::memmem::find(after, part.as_bytes()) {
            Some(at) => after = &after[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodgate_facts::id;

    const TABLE: &[Pattern] = &[
        Pattern { parts: &["timed out", "while connecting"], signal: Some(id("connect-timed-out")) },
        Pattern { parts: &["timed out"], signal: Some(id("read-timed-out")) },
        Pattern { parts: &["out"], signal: None },
    ];

    #[test]
    fn the_special_stands_before_the_general() {
        let table = Table::new(TABLE);
        let found = |text: &str| table.find(text.as_bytes()).and_then(|p| p.signal).map(SignalId::as_str);
        assert_eq!(found("upstream timed out (110) while connecting to upstream"), Some("connect-timed-out"));
        assert_eq!(found("upstream timed out (110) while reading"), Some("read-timed-out"));
        assert_eq!(found("out of luck"), None);
    }
}
