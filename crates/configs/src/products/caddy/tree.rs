//! The Caddyfile's syntax: words, blocks in braces at the end of a line, snippets and imports.

use std::collections::HashMap;

/// How deep blocks may stand in each other; deeper ones are read as if they stood there.
const DEPTH_MAX: usize = 64;
/// How deep imports may lead to imports, so that a circle ends.
const IMPORT_DEPTH_MAX: usize = 8;
/// How many directives imports may make, so that snippets that import each other twice do not fill the memory.
const NODES_MAX: usize = 50_000;

/// A directive with its block.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) words: Vec<String>,
    pub(super) children: Vec<Self>,
    /// Whether a block stands behind it, though it may be empty.
    pub(super) block: bool,
    pub(super) line: u32,
}

impl Node {
    /// The directive's name; empty for the block of global options.
    pub(super) fn name(&self) -> &str {
        self.word(0)
    }

    /// A word by its position, or nothing.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The words behind the name.
    pub(super) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The directives in the block that bear a name.
    pub(super) fn children_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name() == name)
    }
}

/// Reads a Caddyfile; imports of its own snippets are followed.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let mut nodes = blocks(tokens(text));
    let mut snippets = HashMap::new();
    nodes.retain(|node| {
        let name = node.name().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        if let Some(name) = name.filter(|_| node.block) {
            snippets.insert(name.to_owned(), node.children.clone());
            return false;
        }
        true
    });
    let mut budget = NODES_MAX;
    expand(nodes, &snippets, &[], 0, &mut budget)
}

/// Puts snippets in the place of the imports that name them.
fn expand(
    nodes: Vec<Node>,
    snippets: &HashMap<String, Vec<Node>>,
    arguments: &[String],
    depth: usize,
    budget: &mut usize,
) -> Vec<Node> {
    let mut expanded = Vec::new();
    for mut node in nodes {
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        for word in &mut node.words {
            *word = with_arguments(word, arguments);
        }
        if node.name() == "import"
            && depth < IMPORT_DEPTH_MAX
            && let Some(snippet) = snippets.get(node.word(1))
        {
            let given = node.words.get(2..).unwrap_or_default();
            expanded.extend(expand(snippet.clone(), snippets, given, depth + 1, budget));
            continue;
        }
        let children = std::mem::take(&mut node.children);
        node.children = expand(children, snippets, arguments, depth, budget);
        expanded.push(node);
    }
    expanded
}

/// The word with `{args[0]}` (formerly `{args.0}`) replaced.
fn with_arguments(word: &str, arguments: &[String]) -> String {
    let mut word = word.to_owned();
    for (at, argument) in arguments.iter().enumerate().take(16) {
        if !word.contains("{args") {
            break;
        }
        word =
            word.replace(&format!("{{args[{at}]}}"), argument).replace(&format!("{{args.{at}}}"), argument);
    }
    word
}

struct Token {
    text: String,
    line: u32,
    quoted: bool,
    /// Whether it is the first of its line.
    opens_line: bool,
}

/// Cuts the text into words.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    let mut fresh = true;
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            if c == '\n' {
                line += 1;
                fresh = true;
            }
            continue;
        }
        if c == '#' {
            while chars.next_if(|c| *c != '\n').is_some() {}
            continue;
        }
        let mut token = Token { text: String::new(), line, quoted: false, opens_line: fresh };
        if matches!(c, '"' | '`') {
            chars.next();
            token.quoted = true;
            while let Some(next) = chars.next() {
                match next {
                    next if next == c => break,
                    '\\' if c == '"' && chars.peek() == Some(&'"') => {
                        chars.next();
                        token.text.push('"');
                    }
                    next => {
                        line += u32::from(next == '\n');
                        token.text.push(next);
                    }
                }
            }
        } else {
            while let Some(next) = chars.next_if(|c| !c.is_whitespace()) {
                token.text.push(next);
            }
            if token.text == "\\" {
                // The line goes on in the next.
                while let Some(next) = chars.next_if(|c| c.is_whitespace()) {
                    line += u32::from(next == '\n');
                }
                continue;
            }
        }
        fresh = false;
        tokens.push(token);
    }
    tokens
}

/// Puts words together to directives and blocks.
fn blocks(tokens: Vec<Token>) -> Vec<Node> {
    let mut open: Vec<Node> = vec![Node::default()];
    let mut current = Node::default();
    let close = |open: &mut Vec<Node>, current: &mut Node| {
        let node = std::mem::take(current);
        if let Some(parent) = open.last_mut()
            && (!node.words.is_empty() || node.block)
        {
            parent.children.push(node);
        }
    };
    let mut too_deep = 0;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        // An address list ends its line with a comma and goes on in the next.
        let goes_on = current.words.last().is_some_and(|word| word.ends_with(','));
        if token.opens_line && !goes_on {
            close(&mut open, &mut current);
        }
        let ends_line = tokens.peek().is_none_or(|next| next.opens_line);
        match token.text.as_str() {
            "{" if !token.quoted && ends_line => {
                if current.words.is_empty() {
                    current.line = token.line;
                }
                current.block = true;
                if open.len() < DEPTH_MAX {
                    open.push(std::mem::take(&mut current));
                } else {
                    too_deep += 1;
                    close(&mut open, &mut current);
                }
            }
            "}" if !token.quoted => {
                close(&mut open, &mut current);
                if too_deep > 0 {
                    too_deep -= 1;
                } else if open.len() > 1
                    && let Some(mut done) = open.pop()
                {
                    close(&mut open, &mut done);
                }
            }
            _ => {
                if current.words.is_empty() {
                    current.line = token.line;
                }
                current.words.push(token.text);
            }
        }
    }
    close(&mut open, &mut current);
    while open.len() > 1 {
        // Blocks that nobody closed end with the file.
        if let Some(mut done) = open.pop() {
            close(&mut open, &mut done);
        }
    }
    open.pop().map(|root| root.children).unwrap_or_default()
}
