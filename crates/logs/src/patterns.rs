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
}

impl Table {
    /// Compiles a table. The first part of each pattern is what is searched; the others are checked behind it.
    pub fn new(patterns: &'static [Pattern]) -> Self {
        let firsts = patterns.iter().map(|p| p.parts.first().copied().unwrap_or(""));
        let searcher = AhoCorasick::builder().match_kind(MatchKind::Standard).build(firsts).ok();
        Self { patterns, searcher }
    }

    /// The first pattern of the table, in table order, that the message matches.
    pub fn find(&self, message: &[u8]) -> Option<&'static Pattern> {
        let searcher = self.searcher.as_ref()?;
        let mut best: Option<usize> = None;
        for hit in searcher.find_overlapping_iter(message) {
            let index = hit.pattern().as_usize();
            if best.is_none_or(|b| index < b) && rest_follows(self.patterns[index].parts, &message[hit.end()..]) {
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
        let found = |text: &str| table.find(text.as_bytes()).and_then(|p| p.signal).map(|id| id.as_str());
        assert_eq!(found("upstream timed out (110) while connecting to upstream"), Some("connect-timed-out"));
        assert_eq!(found("upstream timed out (110) while reading"), Some("read-timed-out"));
        assert_eq!(found("out of luck"), None);
    }
}
