//! YAML (and thereby JSON) as a tree whose nodes know their lines.
//!
//! Knows no product. A text that breaks off is read up to there.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// How deep nodes may stand in each other; what is deeper is left out.
const DEPTH_MAX: usize = 100;
/// How many nodes aliases may copy in all, so that aliases of aliases do not fill the memory.
const COPIES_MAX: usize = 100_000;

/// A node and the line that it begins on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// Line, counted from 1.
    pub(super) line: u32,
    /// What stands there.
    pub(super) value: Branch,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Branch {
    /// A scalar, as written but without quotes.
    Leaf(String),
    /// A sequence.
    List(Vec<Tree>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Tree)>),
}

/// The documents of a text, and the line and reason where it breaks off.
pub(super) fn parse(text: &str) -> (Vec<Tree>, Option<(u32, String)>) {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    let mut broken = None;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.take(event, line_of(span.start.line())),
            Err(error) => {
                broken = Some((line_of(error.marker().line()), error.info().to_owned()));
                break;
            }
        }
    }
    (builder.finish(), broken)
}

fn line_of(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

impl Tree {
    /// The node under a key. Keys are compared as protocol buffers do: `maxConnections` is `max_connections`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(found, _)| same_key(found, key)).map(|(_, node)| node)
    }

    /// The node under keys that lead into each other.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Branch::Map(entries) => entries,
            Branch::Leaf(_) | Branch::List(_) => &[],
        }
    }

    /// The items of a sequence; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Branch::List(items) => items,
            Branch::Leaf(_) | Branch::Map(_) => &[],
        }
    }

    /// The items of the sequence under a key.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Branch::Leaf(text) => Some(text),
            Branch::List(_) | Branch::Map(_) => None,
        }
    }

    /// The text of the scalar under a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// All nodes directly below.
    pub(super) fn below(&self) -> impl Iterator<Item = &Self> {
        self.items().iter().chain(self.entries().iter().map(|(_, node)| node))
    }

    /// Calls `visit` with this node and all below it, in the order of the file.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for node in self.below() {
            node.walk(visit);
        }
    }

    /// The tree as one line of JSON; scalars that look like numbers or switches stay what they are.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.value {
            Branch::Leaf(text) => serde_json::from_str(text)
                .ok()
                .filter(|value: &serde_json::Value| value.is_number() || value.is_boolean())
                .unwrap_or_else(|| text.clone().into()),
            Branch::List(items) => items.iter().map(Self::json).collect(),
            Branch::Map(entries) => entries.iter().map(|(key, node)| (key.clone(), node.json())).collect(),
        }
    }

    fn height(&self) -> usize {
        1 + self.below().map(Self::height).max().unwrap_or(0)
    }

    fn size(&self) -> usize {
        1 + self.below().map(Self::size).sum::<usize>()
    }
}

/// Whether a written key means `key`, which is given in lower case with underscores.
fn same_key(written: &str, key: &str) -> bool {
    if written == key {
        return true;
    }
    let mut wanted = key.bytes();
    for byte in written.bytes() {
        if byte.is_ascii_uppercase() && wanted.next() != Some(b'_') {
            return false;
        }
        if wanted.next() != Some(byte.to_ascii_lowercase()) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// A collection that is not yet closed.
struct Open {
    tree: Tree,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<String>,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Tree>,
    open: Vec<Open>,
    /// Collections that were opened beyond the depth allowed.
    too_deep: usize,
    anchors: HashMap<usize, Tree>,
    copied: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u32) {
        match event {
            Event::MappingStart(anchor, _) => self.start(Branch::Map(Vec::new()), anchor, line),
            Event::SequenceStart(anchor, _) => self.start(Branch::List(Vec::new()), anchor, line),
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            Event::Scalar(text, _, anchor, _) => {
                let tree = Tree { line, value: Branch::Leaf(text.into_owned()) };
                self.remember(anchor, &tree);
                self.put(tree);
            }
            Event::Alias(anchor) => {
                let room = DEPTH_MAX.saturating_sub(self.open.len());
                let copy = self.anchors.get(&anchor).filter(|tree| {
                    self.copied += tree.size();
                    self.copied <= COPIES_MAX && tree.height() <= room
                });
                let empty = Tree { line, value: Branch::Leaf(String::new()) };
                let tree = copy.cloned().unwrap_or(empty);
                self.put(tree);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn start(&mut self, value: Branch, anchor: usize, line: u32) {
        if self.open.len() >= DEPTH_MAX || self.too_deep > 0 {
            self.too_deep += 1;
            return;
        }
        self.open.push(Open { tree: Tree { line, value }, anchor, key: None });
    }

    fn end(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            if self.too_deep == 0 {
                self.put(Tree { line: 0, value: Branch::Leaf(String::new()) });
            }
            return;
        }
        if let Some(done) = self.open.pop() {
            self.remember(done.anchor, &done.tree);
            self.put(done.tree);
        }
    }

    fn remember(&mut self, anchor: usize, tree: &Tree) {
        // Number 0 means that there is no anchor. Anchors are copies, too.
        if anchor > 0 && self.copied <= COPIES_MAX {
            self.copied += tree.size();
            self.anchors.insert(anchor, tree.clone());
        }
    }

    fn put(&mut self, tree: Tree) {
        if self.too_deep > 0 {
            return;
        }
        let Some(parent) = self.open.last_mut() else {
            self.documents.push(tree);
            return;
        };
        match &mut parent.tree.value {
            Branch::List(items) => items.push(tree),
            Branch::Map(entries) => match parent.key.take() {
                Some(key) => entries.push((key, tree)),
                None => parent.key = Some(tree.text().unwrap_or_default().to_owned()),
            },
            Branch::Leaf(_) => {}
        }
    }

    fn finish(mut self) -> Vec<Tree> {
        self.too_deep = 0;
        while !self.open.is_empty() {
            self.end();
        }
        self.documents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_styles_and_keeps_lines() {
        let (documents, broken) = parse("a:\n  - {b: 'x', maxConnections: 3}\n  - &k [1, 2]\nc: *k\n");
        assert_eq!(broken, None);
        let root = &documents[0];
        assert_eq!(root.list("a")[0].text_of("max_connections"), Some("3"));
        assert_eq!(root.list("a")[0].line, 2);
        assert_eq!(root.list("c").len(), 2);
        assert_eq!(root.json().to_string(), r#"{"a":[{"b":"x","maxConnections":3},[1,2]],"c":[1,2]}"#);
    }

    #[test]
    fn reads_json_with_tabs() {
        let (documents, broken) = parse("{\n\t\"a\": {\n\t\t\"b\": [1,\n\t\t\"x\"]\n\t}\n}\n");
        assert_eq!(broken, None);
        assert_eq!(documents[0].at(&["a", "b"]).unwrap().items().len(), 2);
    }

    #[test]
    fn keeps_what_stands_before_a_break() {
        let (documents, broken) = parse("a:\n  b: 1\n  c: [1, 2\nd: }\n");
        assert!(broken.is_some());
        assert_eq!(documents[0].at(&["a", "b"]).unwrap().text(), Some("1"));
    }

    #[test]
    fn bombs_stay_small() {
        let mut text = String::from("a0: &a0 [x, x]\n");
        for n in 1..40 {
            text.push_str(&format!("a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1));
        }
        let _ = parse(&text);
        let deep = "[".repeat(10_000);
        let _ = parse(&deep);
        let deep: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        let _ = parse(&deep);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[a-z0-9:&*!|>'\"{}\\[\\], \t\n#%@-]{0,120}") {
            let _ = parse(&text);
        }
    }
}
