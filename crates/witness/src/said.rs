//! Which lines of a gateway's log are about a recipe. Pure over text.
//!
//! A line is about a recipe where it names the path of one of its requests, or its upstream and no request at all, or
//! where it belongs with such a line. Requests that were made to see whether the origin had recovered are not.

use crate::products::Lines;

/// What the lines are picked by.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The recipe's name.
    pub(crate) name: String,
    /// `HOST:PORT` of its upstream.
    pub(crate) upstream: Option<String>,
    /// The tokens of the requests that were measured.
    pub(crate) tokens: Vec<String>,
}

/// What a line says of where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belongs {
    Here,
    Elsewhere,
    /// It names neither a path nor an upstream.
    Unsaid,
}

impl About {
    fn place(&self, text: &str) -> Belongs {
        if let Some((_, rest)) = text.split_once("/r/") {
            let mut parts = rest.split('/');
            let name = parts.next().unwrap_or("");
            let token = parts.next().unwrap_or("");
            let token: String = token.chars().take_while(char::is_ascii_alphanumeric).collect();
            if name == self.name && (token.is_empty() || self.tokens.contains(&token)) {
                return Belongs::Here;
            }
            return Belongs::Elsewhere;
        }
        match &self.upstream {
            Some(upstream) if names(text, upstream) => Belongs::Here,
            _ => Belongs::Unsaid,
        }
    }
}

/// Whether the text has `HOST:PORT` in it, and not as the beginning of a longer number.
fn names(text: &str, upstream: &str) -> bool {
    text.match_indices(upstream).any(|(at, _)| {
        let before = text.as_bytes().get(at.wrapping_sub(1)).copied();
        let after = text.as_bytes().get(at + upstream.len()).copied();
        !before.is_some_and(|b| b.is_ascii_digit()) && !after.is_some_and(|b| b.is_ascii_digit())
    })
}

/// The part of a log that is about a recipe; empty where there is none.
pub(crate) fn pick(log: &str, lines: Lines, about: &About) -> String {
    match lines {
        Lines::Alone => pick_lines(log, about),
        Lines::Marked(mark) => pick_marked(log, mark, about),
        Lines::Blocks => pick_blocks(log, about),
    }
}

fn pick_lines(log: &str, about: &About) -> String {
    let mut picked = String::new();
    for line in log.lines().filter(|line| about.place(line) == Belongs::Here) {
        picked.push_str(line);
        picked.push('\n');
    }
    picked
}

/// A line that names nothing goes with the nearest line of the same mark that does: with the one before it, as the
/// reason mostly comes after, or else with the one after it.
fn pick_marked(log: &str, mark: fn(&str) -> Option<&str>, about: &About) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let mut places: Vec<Belongs> = lines.iter().map(|line| about.place(line)).collect();
    let mut last: Vec<(&str, Belongs)> = Vec::new();
    let order = (0..lines.len()).chain((0..lines.len()).rev());
    for (step, at) in order.enumerate() {
        if step == lines.len() {
            last.clear();
        }
        let (Some(line), Some(place)) = (lines.get(at), places.get_mut(at)) else { continue };
        let Some(mark) = mark(line) else { continue };
        let known = last.iter_mut().find(|(known, _)| *known == mark);
        match (known, *place) {
            (Some((_, before)), Belongs::Unsaid) => *place = *before,
            (None, Belongs::Unsaid) => {}
            (Some((_, before)), said) => *before = said,
            (None, said) => last.push((mark, said)),
        }
    }
    let mut picked = String::new();
    for (line, _) in lines.iter().zip(&places).filter(|(_, place)| **place == Belongs::Here) {
        picked.push_str(line);
        picked.push('\n');
    }
    picked
}

fn pick_blocks(log: &str, about: &About) -> String {
    let mut picked = String::new();
    for block in log.split("\n\n").filter(|block| about.place(block) == Belongs::Here) {
        picked.push_str(block.trim_matches('\n'));
        picked.push_str("\n\n");
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            name: "cut".to_owned(),
            upstream: Some("127.0.0.1:3000".to_owned()),
            tokens: vec!["aa11".to_owned(), "bb22".to_owned()],
        }
    }

    #[test]
    fn requests_that_were_measured_count_and_others_do_not() {
        let log = "GET /r/cut/aa11 HTTP/1.1 502\nGET /r/cut/cc33 HTTP/1.1 200\nGET /r/cut-short/aa11 HTTP/1.1 502\n\
                   reset by 127.0.0.1:30001\nreset by 127.0.0.1:3000\n";
        assert_eq!(
            pick(log, Lines::Alone, &about()),
            "GET /r/cut/aa11 HTTP/1.1 502\nreset by 127.0.0.1:3000\n"
        );
    }

    #[test]
    fn a_line_that_names_nothing_goes_with_its_neighbour_of_the_same_mark() {
        let log = "T1 reason\nT2 connect to 127.0.0.1:3000\nT1 GET /r/other/ee55\nT2 handshake failed\nT3 hello\n\
                   T1 GET /r/cut/bb22\nT1 more\n";
        let picked = pick(log, Lines::Marked(|line| line.get(..2)), &about());
        assert_eq!(
            picked,
            "T2 connect to 127.0.0.1:3000\nT2 handshake failed\nT1 GET /r/cut/bb22\nT1 more\n"
        );
    }

    #[test]
    fn a_block_goes_as_a_whole() {
        let log = "* << Request\n- ReqURL /r/cut/aa11\n- x\n\n* << Request\n- ReqURL /r/cut/ff00\n\n";
        assert_eq!(pick(log, Lines::Blocks, &about()), "* << Request\n- ReqURL /r/cut/aa11\n- x\n\n");
    }
}
