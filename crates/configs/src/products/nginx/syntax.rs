//! The nginx language: directives that end in `;` or open a block, quotes, comments, `${…}`.
//!
//! Does not know what any directive means; includes stay directives.

/// Blocks deeper than this are skipped: real configurations nest about six deep.
const DEPTH_MAX: usize = 32;

/// One directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directive {
    /// Its name.
    pub(super) name: String,
    /// Its arguments, unquoted.
    pub(super) args: Vec<String>,
    /// Line of its name.
    pub(super) line: u32,
    /// What stands between its braces; `None` if it ends in `;`.
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    /// The argument at a position, or nothing.
    pub(super) fn arg(&self, at: usize) -> &str {
        self.args.get(at).map_or("", String::as_str)
    }

    /// What stands between its braces.
    pub(super) fn inner(&self) -> &[Self] {
        self.block.as_deref().unwrap_or_default()
    }

    /// The arguments as one text.
    pub(super) fn value(&self) -> String {
        self.args.join(" ")
    }

    /// The value of an argument `key=value`.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        self.args.iter().find_map(|arg| arg.strip_prefix(key)?.strip_prefix('='))
    }
}

/// The directives of a text, and what is broken in it with its line.
pub(super) fn parse(text: &str) -> (Vec<Directive>, Vec<(u32, String)>) {
    let mut tree = Tree::default();
    let mut lexer = Lexer { chars: text.chars().peekable(), line: 1 };
    while let Some((line, token)) = lexer.next_token() {
        match token {
            Token::Word(word) => tree.word(line, word),
            Token::End => tree.end(line),
            Token::Open if tree.opens_code() => {
                lexer.skip_code();
                tree.end(line);
            }
            Token::Open => tree.open(line),
            Token::Close => tree.close(line),
        }
    }
    tree.finish(lexer.line)
}

/// The tree while it grows: finished directives of each open level, and the words since the last end.
#[derive(Default)]
struct Tree {
    levels: Vec<(Directive, Vec<Directive>)>,
    top: Vec<Directive>,
    words: Vec<String>,
    line: u32,
    problems: Vec<(u32, String)>,
    /// Blocks open beyond the deepest level that is kept.
    too_deep: usize,
}

impl Tree {
    fn word(&mut self, line: u32, word: String) {
        if self.words.is_empty() {
            self.line = line;
        }
        self.words.push(word);
    }

    fn take(&mut self) -> Option<Directive> {
        let mut words = std::mem::take(&mut self.words).into_iter();
        let name = words.next()?;
        Some(Directive { name, args: words.collect(), line: self.line, block: None })
    }

    fn add(&mut self, directive: Directive) {
        if self.too_deep == 0 {
            self.levels.last_mut().map_or(&mut self.top, |(_, inner)| inner).push(directive);
        }
    }

    fn end(&mut self, line: u32) {
        match self.take() {
            Some(directive) => self.add(directive),
            None => self.problems.push((line, "a semicolon without a directive before it".to_owned())),
        }
    }

    fn open(&mut self, line: u32) {
        let directive = self.take().unwrap_or_else(|| {
            self.problems.push((line, "a block without a name".to_owned()));
            Directive { line, ..Directive::default() }
        });
        if self.levels.len() >= DEPTH_MAX {
            self.too_deep += 1;
        } else {
            self.levels.push((directive, Vec::new()));
        }
    }

    fn close(&mut self, line: u32) {
        if let Some(unfinished) = self.take() {
            let what = format!("`{}` does not end in a semicolon", unfinished.name);
            self.problems.push((unfinished.line, what));
            self.add(unfinished);
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        match self.levels.pop() {
            Some((mut directive, inner)) => {
                directive.block = Some(inner);
                self.add(directive);
            }
            None => self.problems.push((line, "a closing brace that nothing opened".to_owned())),
        }
    }

    /// Whether the words so far introduce a block of program code (Lua, njs) instead of directives.
    fn opens_code(&self) -> bool {
        self.words.first().is_some_and(|name| name.ends_with("_by_lua_block"))
    }

    fn finish(mut self, line: u32) -> (Vec<Directive>, Vec<(u32, String)>) {
        if let Some(unfinished) = self.take() {
            let what = format!("`{}` does not end in a semicolon", unfinished.name);
            self.problems.push((unfinished.line, what));
            self.add(unfinished);
        }
        while let Some((name, at)) = self.levels.last().map(|(open, _)| (open.name.clone(), open.line)) {
            self.problems.push((at, format!("the block `{name}` is not closed")));
            self.too_deep = 0;
            self.close(line);
        }
        (self.top, self.problems)
    }
}

enum Token {
    Word(String),
    End,
    Open,
    Close,
}

struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}

impl Lexer<'_> {
    fn next_char(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.line = self.line.saturating_add(u32::from(c == '\n'));
        Some(c)
    }

    fn next_token(&mut self) -> Option<(u32, Token)> {
        loop {
            let line = self.line;
            return Some(match self.next_char()? {
                c if c.is_whitespace() => continue,
                // `nginx -T` says on lines of its own that the syntax is fine, which a capture mixes in.
                'n' if self.chars.clone().take(6).eq("ginx: ".chars()) => {
                    while self.next_char()? != '\n' {}
                    continue;
                }
                '#' => {
                    while self.next_char()? != '\n' {}
                    continue;
                }
                ';' => (line, Token::End),
                '{' => (line, Token::Open),
                '}' => (line, Token::Close),
                quote @ ('"' | '\'') => (line, Token::Word(self.quoted(quote))),
                first => (line, Token::Word(self.bare(first))),
            });
        }
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut word = String::new();
        while let Some(c) = self.next_char() {
            match c {
                c if c == quote => break,
                '\\' => match self.next_char() {
                    Some(c @ ('"' | '\'' | '\\')) => word.push(c),
                    Some('t') => word.push('\t'),
                    Some('n') => word.push('\n'),
                    Some('r') => word.push('\r'),
                    Some(other) => word.extend(['\\', other]),
                    None => {}
                },
                c => word.push(c),
            }
        }
        word
    }

    fn bare(&mut self, first: char) -> String {
        let mut word = String::from(first);
        let mut variable = false;
        let mut escaped = first == '\\';
        while let Some(&c) = self.chars.peek() {
            let ends = match c {
                _ if escaped => false,
                // `${name}` is part of the word.
                '{' if word.ends_with('$') => {
                    variable = true;
                    false
                }
                '}' if variable => {
                    variable = false;
                    false
                }
                c => c.is_whitespace() || matches!(c, ';' | '{' | '}'),
            };
            if ends {
                break;
            }
            escaped = c == '\\' && !escaped;
            word.push(c);
            self.next_char();
        }
        word
    }

    /// Passes over program code up to the brace that closes the block.
    fn skip_code(&mut self) {
        let mut depth = 1_usize;
        while let Some(c) = self.next_char() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return,
                '}' => depth -= 1,
                quote @ ('"' | '\'') => {
                    self.quoted(quote);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_quotes_comments_and_variables() {
        let text = "# note\nhttp { log_format x 'a \"$b\"'\n  \"c;\"; # more\n location ~ \\.php$ { set $a ${b}c; } }";
        let (tree, problems) = parse(text);
        assert_eq!(problems, []);
        let http = tree.first().unwrap();
        assert_eq!((http.name.as_str(), http.line), ("http", 2));
        assert_eq!(http.inner()[0].args, ["x", "a \"$b\"", "c;"]);
        assert_eq!(http.inner()[1].args, ["~", "\\.php$"]);
        assert_eq!(http.inner()[1].inner()[0].args, ["$a", "${b}c"]);
    }

    #[test]
    fn broken_text_is_told_and_kept() {
        let (tree, problems) = parse("server {\n listen 80\n}\n}\nupstream a {\n server b;");
        assert_eq!(tree.len(), 2);
        assert_eq!(problems.len(), 3);
        let (tree, _) = parse("access_by_lua_block { if x then y = \"}\" end { } }\nreturn 503;");
        assert_eq!(tree.len(), 2);
        let (tree, _) = parse(&"a { ".repeat(10_000));
        assert_eq!(tree.len(), 1);
    }
}
