//! VCL's tokens: words, punctuation, strings; comments are dropped.

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    text: String,
    line: u32,
    /// Whether it was a string; its text never counts as punctuation.
    string: bool,
}

/// Cuts VCL into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1_u32;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, token) = match first {
            c if c.is_whitespace() => (c.len_utf8(), None),
            '#' => (to_line_end(rest), None),
            '/' if rest.starts_with("//") => (to_line_end(rest), None),
            '/' if rest.starts_with("/*") => (through(rest, 2, "*/"), None),
            '"' if rest.starts_with("\"\"\"") => string(rest, 3, "\"\"\""),
            '"' => string(rest, 1, "\""),
            '{' if rest.starts_with("{\"") => string(rest, 2, "\"}"),
            '{' | '}' | '(' | ')' | ';' | ',' | '=' => (1, Some((first.to_string(), false))),
            _ => {
                let ends = |c: char| c.is_whitespace() || "{}();,=\"#".contains(c);
                let length = rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8());
                (length, rest.get(..length).map(|word| (word.to_owned(), false)))
            }
        };
        if let Some((text, string)) = token {
            tokens.push(Token { text, line, string });
        }
        let (done, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        line = line.saturating_add(u32::try_from(done.matches('\n').count()).unwrap_or(u32::MAX));
        rest = after;
    }
    tokens
}

fn to_line_end(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Bytes up to and with the closing mark, which is looked for behind the opening one.
fn through(rest: &str, open: usize, close: &str) -> usize {
    rest.get(open..).and_then(|inner| inner.find(close)).map_or(rest.len(), |at| open + at + close.len())
}

fn string(rest: &str, open: usize, close: &str) -> (usize, Option<(String, bool)>) {
    let length = through(rest, open, close);
    let inner = rest.get(open..length).map_or("", |inner| inner.strip_suffix(close).unwrap_or(inner));
    (length, Some((inner.to_owned(), true)))
}

/// A walk over the tokens.
pub(super) struct Cursor {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Cursor {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens: tokens.into_iter().peekable() }
    }

    /// The next token with its line; strings come empty, as their words mean nothing.
    pub(super) fn next(&mut self) -> Option<(String, u32)> {
        self.tokens.next().map(|token| (if token.string { String::new() } else { token.text }, token.line))
    }

    /// The next token's text, whatever it is; empty at the end.
    pub(super) fn take(&mut self) -> String {
        self.tokens.next().map(|token| token.text).unwrap_or_default()
    }

    /// The next token's text, left in place.
    pub(super) fn peek(&mut self) -> Option<&str> {
        self.tokens.peek().map(|token| token.text.as_str())
    }

    fn next_is(&mut self, mark: &str) -> bool {
        self.tokens.peek().is_some_and(|token| !token.string && token.text == mark)
    }

    /// The word behind an opening parenthesis; both are taken, except a word that is read by its own rule.
    pub(super) fn inner_word(&mut self) -> Option<String> {
        if !self.next_is("(") {
            return None;
        }
        self.tokens.next();
        self.peek().map(str::to_owned)
    }

    /// Everything up to the semicolon or a brace, as one text.
    pub(super) fn rest_of_statement(&mut self) -> String {
        let mut text = String::new();
        while let Some(token) =
            self.tokens.next_if(|token| token.string || !matches!(token.text.as_str(), ";" | "{" | "}"))
        {
            let word = if token.string { format!("\"{}\"", token.text) } else { token.text };
            let tight = matches!(word.as_str(), "," | ")" | "(") || text.ends_with('(') || text.is_empty();
            if !tight {
                text.push(' ');
            }
            text.push_str(&word);
        }
        text
    }

    /// Skips to the end of the block that comes next.
    pub(super) fn skip_block(&mut self) {
        let _ = self.fields();
    }

    /// The fields `.key = value;` of the block that comes next, inner blocks with them: key, value, line. A field
    /// whose value is a block has an empty value, and the fields of the block follow with a prefix.
    pub(super) fn fields(&mut self) -> Vec<(String, String, u32)> {
        let mut fields = Vec::new();
        let mut depth = 0_usize;
        let mut inside: Option<String> = None;
        while let Some(token) = self.tokens.next() {
            if token.string {
                continue;
            }
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    inside = None;
                    if depth == 0 {
                        break;
                    }
                }
                // A statement without a block ends here.
                ";" if depth == 0 => break,
                key if key.starts_with('.') && depth > 0 => {
                    let key = key.trim_start_matches('.').to_owned();
                    if self.next_is("=") {
                        self.tokens.next();
                    }
                    if self.next_is("{") {
                        fields.push((key.clone(), String::new(), token.line));
                        inside = Some(key);
                        continue;
                    }
                    let value = self.value();
                    let key = inside.as_ref().map_or(key.clone(), |outer| format!("{outer}.{key}"));
                    fields.push((key, value, token.line));
                }
                _ => {}
            }
        }
        fields
    }

    /// The value of a field; strings that follow each other are one.
    fn value(&mut self) -> String {
        let mut value = String::new();
        while let Some(token) =
            self.tokens.next_if(|t| t.string || !matches!(t.text.as_str(), ";" | "{" | "}"))
        {
            value.push_str(&token.text);
        }
        value
    }
}
