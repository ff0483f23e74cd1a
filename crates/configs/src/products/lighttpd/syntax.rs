//! lighttpd's language: `key = value` with strings, numbers and lists in parentheses; blocks under conditions.

/// Lists and blocks deeper than this are read as empty: real ones nest about five deep.
const DEPTH_MAX: usize = 24;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string, number or word.
    Text(String),
    /// Items, each with its key where one is written.
    List(Vec<(Option<String>, Value)>),
}

impl Value {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }

    /// The item under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let found = self.items().iter().rev().find(|(name, _)| name.as_deref() == Some(key));
        found.map(|(_, value)| value)
    }

    /// The text under a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Its items; none if it is a text.
    pub(super) fn items(&self) -> &[(Option<String>, Self)] {
        match self {
            Self::List(items) => items,
            Self::Text(_) => &[],
        }
    }

    /// As one line.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => {
                let shown = items.iter().map(|(key, value)| match key {
                    Some(key) => format!("{key} => {}", value.shown()),
                    None => value.shown(),
                });
                format!("({})", shown.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its key.
    pub(super) key: String,
    /// Its value.
    pub(super) value: Value,
    /// Line of the key.
    pub(super) line: u32,
    /// The innermost condition that it stands under, as `SERVER["socket"]` and the text compared with.
    pub(super) condition: Option<(String, String)>,
}

/// The assignments of a text, and what is broken in it with its line.
pub(super) fn parse(text: &str) -> (Vec<Statement>, Vec<(u32, String)>) {
    let mut reader = Reader { tokens: tokens(text), at: 0, problems: Vec::new() };
    let mut statements = Vec::new();
    let mut conditions: Vec<Option<(String, String)>> = Vec::new();
    while let Some((line, token)) = reader.next() {
        match token {
            Token::Word(key) => match reader.peek() {
                Some(Token::Mark("=" | "+=" | ":=")) => {
                    reader.at += 1;
                    let value = reader.value(0);
                    let condition = conditions.iter().rev().find_map(Clone::clone);
                    statements.push(Statement { key, value, line, condition });
                }
                _ => reader.other(key, line, &mut statements, &mut conditions),
            },
            Token::Mark("}") => {
                conditions.pop();
            }
            Token::Mark("{") => conditions.push(None),
            Token::Text(_) | Token::Mark(_) => {
                reader.problems.push((line, "text outside of an assignment".to_owned()));
            }
        }
    }
    (statements, reader.problems)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Mark(&'static str),
}

struct Reader {
    tokens: Vec<(u32, Token)>,
    at: usize,
    problems: Vec<(u32, String)>,
}

impl Reader {
    fn next(&mut self) -> Option<(u32, Token)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(line, _)| *line)
    }

    /// A word that is no key: `include "file"`, `else`, a condition before its block.
    fn other(
        &mut self,
        word: String,
        line: u32,
        statements: &mut Vec<Statement>,
        conditions: &mut Vec<Option<(String, String)>>,
    ) {
        if word.starts_with("include") {
            let value = self.value(0);
            statements.push(Statement { key: word, value, line, condition: None });
        } else if let Some(field) = word.strip_prefix('$') {
            // $FIELD["name"] operator "text" {
            let mut texts = Vec::new();
            while let Some(token) = self.peek().cloned() {
                match token {
                    Token::Text(text) => texts.push(text),
                    Token::Mark("[" | "]" | "==" | "!=" | "=~" | "!~" | "=^" | "=$") => {}
                    _ => break,
                }
                self.at += 1;
            }
            if self.peek() == Some(&Token::Mark("{")) {
                self.at += 1;
                let compared = texts.pop().unwrap_or_default();
                let name = texts.pop().unwrap_or_default();
                conditions.push(Some((format!("{field}[{name}]"), compared)));
            }
        } else if !word.starts_with("else") && !matches!(word.as_str(), "elsif" | "elseif" | "global") {
            self.problems.push((line, format!("`{word}` is not assigned")));
        }
    }

    /// A value with what is added to it by `+`.
    fn value(&mut self, depth: usize) -> Value {
        let mut value = self.one_value(depth);
        while self.peek() == Some(&Token::Mark("+")) {
            self.at += 1;
            value = match (value, self.one_value(depth)) {
                (Value::Text(one), Value::Text(other)) => Value::Text(one + &other),
                (Value::List(mut one), Value::List(other)) => {
                    one.extend(other);
                    Value::List(one)
                }
                (one, _) => one,
            };
        }
        value
    }

    fn one_value(&mut self, depth: usize) -> Value {
        match self.next() {
            Some((_, Token::Word(text) | Token::Text(text))) => Value::Text(text),
            Some((_, Token::Mark("("))) => self.list(depth + 1),
            _ => {
                // What stands there belongs to the next statement.
                self.at -= 1;
                let line = self.line();
                self.problems.push((line, "a value is missing".to_owned()));
                Value::Text(String::new())
            }
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                Some(Token::Mark(")")) => {
                    self.at += 1;
                    break;
                }
                Some(Token::Mark(",")) => self.at += 1,
                Some(Token::Mark("(")) if depth >= DEPTH_MAX => self.at += 1,
                Some(Token::Word(_) | Token::Text(_) | Token::Mark("(")) => {
                    let value = self.value(depth);
                    if self.peek() == Some(&Token::Mark("=>")) {
                        self.at += 1;
                        let item = self.value(depth);
                        items.push((value.text().map(str::to_owned), item));
                    } else {
                        items.push((None, value));
                    }
                }
                _ => {
                    let line = self.line();
                    self.problems.push((line, "a list is not closed".to_owned()));
                    break;
                }
            }
        }
        Value::List(items)
    }
}

const MARKS: &[&str] =
    &["=>", "==", "=~", "=^", "=$", "!=", "!~", "+=", ":=", "=", "+", "(", ")", "{", "}", "[", "]", ","];

fn tokens(text: &str) -> Vec<(u32, Token)> {
    let mut tokens = Vec::new();
    let mut line = 1_u32;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or("");
            continue;
        }
        if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = quoted(after);
            let lines = text.matches('\n').count();
            tokens.push((line, Token::Text(text)));
            line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            rest = after;
            continue;
        }
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            tokens.push((line, Token::Mark(mark)));
            rest = rest.get(mark.len()..).unwrap_or("");
            continue;
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '$' | ':' | '/' | '@');
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            line = line.saturating_add(u32::from(first == '\n'));
            rest = rest.get(first.len_utf8()..).unwrap_or("");
        } else {
            tokens.push((line, Token::Word(word.to_owned())));
            rest = after;
        }
    }
    tokens
}

/// The string up to its closing quote, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut string = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (string, text.get(at + 1..).unwrap_or("")),
            '\\' => match chars.next() {
                Some((_, next @ ('"' | '\\'))) => string.push(next),
                Some((_, next)) => string.extend(['\\', next]),
                None => {}
            },
            c => string.push(c),
        }
    }
    (string, "")
}
