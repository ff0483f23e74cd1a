//! Which lines of a gateway's log are about which recipe. Pure over text, and one pass over it for all recipes.
//!
//! A line is about a recipe where it names the path of one of its measured requests, or its upstream and no request at
//! all, or where it belongs with such a line. Requests that were made to see whether the origin had recovered are not.

use std::collections::HashMap;

use crate::products::Lines;

/// What the lines about a recipe are known by.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The recipe's name.
    pub(crate) name: String,
    /// `HOST:PORT` of its upstream, or the path of its unix socket.
    pub(crate) upstream: Option<String>,
    /// The tokens of the requests that were measured.
    pub(crate) tokens: Vec<String>,
}

/// Where a line belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// To the recipe with this index.
    At(usize),
    /// To a request that was not measured.
    Elsewhere,
    /// It names neither a path nor an upstream.
    Unsaid,
}

/// Sorts the lines of a log: the text that is about each of the recipes, in their order; empty where there is none.
/// What a line's mark stands for may be said in another log of the same gateway.
pub(crate) fn sort(log: &str, lines: Lines, others: &[&str], about: &[About]) -> Vec<String> {
    let names = Names::new(about);
    match lines {
        Lines::Alone => gather(about.len(), records(log).map(|line| (line, names.place(line))), "\n"),
        Lines::Named(name) => {
            let place = |line| match names.place(line) {
                Place::Unsaid => name(line).map_or(Place::Unsaid, |name| names.named(name)),
                said => said,
            };
            gather(about.len(), records(log).map(|line| (line, place(line))), "\n")
        }
        Lines::Marked(mark) => gather(about.len(), marked(log, mark, others, &names).into_iter(), "\n"),
        Lines::Blocks => {
            let blocks = log.split("\n\n").map(|block| (block.trim_matches('\n'), names.place(block)));
            gather(about.len(), blocks, "\n\n")
        }
    }
}

/// How lines begin that continue an error of PHP.
const CONTINUED: [&str; 5] = ["Stack trace:", "#", " ", "\t", "PHP message:"];

/// The entries of a log, each with the lines that continue it: what an application said over several lines stands in
/// the gateway's entry as it came, and of the applications here only PHP does that.
fn records(log: &str) -> impl Iterator<Item = &str> {
    let goes_on = |line: &str| CONTINUED.iter().any(|begin| line.starts_with(begin));
    let mut rest = log;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        loop {
            let from = rest.get(end..)?;
            end += from.find('\n').map_or(from.len(), |at| at + 1);
            if rest.get(end..).is_none_or(|next| next.is_empty() || !goes_on(next)) {
                break;
            }
        }
        let (record, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(record.trim_end_matches(['\n', '\r']))
    })
}

fn gather<'a>(count: usize, parts: impl Iterator<Item = (&'a str, Place)>, end: &str) -> Vec<String> {
    let mut sorted = vec![String::new(); count];
    for (part, place) in parts {
        if let Place::At(index) = place
            && let Some(text) = sorted.get_mut(index)
        {
            text.push_str(part);
            text.push_str(end);
        }
    }
    sorted
}

/// A line that names nothing goes with the nearest line of the same mark that does: with the one before it, as the
/// reason mostly comes after, or else with the one after it, or else with one in another log.
fn marked<'a>(
    log: &'a str,
    mark: fn(&str) -> Option<&str>,
    others: &[&str],
    names: &Names<'_>,
) -> Vec<(&'a str, Place)> {
    let mut placed: Vec<(&str, Place)> = records(log).map(|line| (line, names.place(line))).collect();
    follow(placed.iter_mut(), mark);
    follow(placed.iter_mut().rev(), mark);
    let elsewhere = others.iter().flat_map(|other| other.lines());
    let known: HashMap<&str, Place> =
        elsewhere.filter_map(|line| Some((mark(line)?, names.place(line)))).collect();
    for (line, place) in placed.iter_mut().filter(|(_, place)| *place == Place::Unsaid) {
        *place = mark(line).and_then(|mark| known.get(mark)).copied().unwrap_or(Place::Unsaid);
    }
    placed
}

fn follow<'a, 'b: 'a>(lines: impl Iterator<Item = &'a mut (&'b str, Place)>, mark: fn(&str) -> Option<&str>) {
    let mut last: HashMap<&str, Place> = HashMap::new();
    for (line, place) in lines {
        let Some(mark) = mark(line) else { continue };
        if *place == Place::Unsaid {
            *place = last.get(mark).copied().unwrap_or(Place::Unsaid);
        } else {
            last.insert(mark, *place);
        }
    }
}

/// The recipes by their names and by the ports and sockets of their upstreams.
struct Names<'a> {
    about: &'a [About],
    by_name: HashMap<&'a str, usize>,
    by_port: HashMap<&'a str, usize>,
    sockets: Vec<(&'a str, usize)>,
}

impl<'a> Names<'a> {
    fn new(about: &'a [About]) -> Self {
        let by_name = about.iter().enumerate().map(|(index, about)| (about.name.as_str(), index)).collect();
        let upstreams =
            about.iter().enumerate().filter_map(|(index, about)| Some((about.upstream.as_deref()?, index)));
        let (sockets, addresses): (Vec<_>, Vec<_>) =
            upstreams.partition(|(upstream, _)| upstream.starts_with('/'));
        let ports = addresses.into_iter().filter_map(|(at, index)| Some((at.rsplit_once(':')?.1, index)));
        Self { about, by_name, by_port: ports.collect(), sockets }
    }

    fn named(&self, name: &str) -> Place {
        self.by_name.get(name).map_or(Place::Unsaid, |index| Place::At(*index))
    }

    fn place(&self, text: &str) -> Place {
        if let Some((_, rest)) = text.split_once("/r/") {
            return self.path(rest);
        }
        let socket = || self.sockets.iter().find(|(path, _)| text.contains(path)).map(|(_, index)| *index);
        let found = text.match_indices(':').find_map(|(at, _)| self.upstream(text, at)).or_else(socket);
        found.map_or(Place::Unsaid, Place::At)
    }

    /// By the path of a request, of which this is the rest behind `/r/`.
    fn path(&self, rest: &str) -> Place {
        let mut parts = rest.split('/');
        let name = parts.next().unwrap_or("");
        let after = parts.next().unwrap_or("");
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let token = after.get(..end).unwrap_or("");
        match self.by_name.get(name).and_then(|index| Some((*index, self.about.get(*index)?))) {
            Some((index, about)) if token.is_empty() || about.tokens.iter().any(|own| own == token) => {
                Place::At(index)
            }
            _ => Place::Elsewhere,
        }
    }

    /// By an upstream whose port follows this colon.
    fn upstream(&self, text: &str, colon: usize) -> Option<usize> {
        let after = text.get(colon + 1..)?;
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let index = *self.by_port.get(after.get(..end)?)?;
        let upstream = self.about.get(index)?.upstream.as_deref()?;
        let before = text.get(..colon + 1 + end)?.strip_suffix(upstream)?;
        (!before.ends_with(|c: char| c.is_ascii_digit())).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_goes_on_until_the_next_one_begins() {
        let log = "2026/01/01 a\nStack trace:\n#0 {main}\n  thrown\n2026/01/01 b\n[x] c";
        let entries: Vec<_> = records(log).collect();
        assert_eq!(entries, ["2026/01/01 a\nStack trace:\n#0 {main}\n  thrown", "2026/01/01 b", "[x] c"]);
        assert_eq!(records("").count(), 0);
    }

    fn about() -> Vec<About> {
        [("other", "127.0.0.1:4000"), ("cut", "127.0.0.1:3000")]
            .map(|(name, upstream)| About {
                name: name.to_owned(),
                upstream: Some(upstream.to_owned()),
                tokens: vec!["aa11".to_owned(), "bb22".to_owned()],
            })
            .to_vec()
    }

    fn cut(log: &str, lines: Lines) -> String {
        sort(log, lines, &[], &about()).swap_remove(1)
    }

    #[test]
    fn requests_that_were_measured_count_and_others_do_not() {
        let log = "GET /r/cut/aa11 HTTP/1.1 502\nGET /r/cut/cc33 HTTP/1.1 200\nGET /r/cut-short/aa11 HTTP/1.1 502\n\
                   reset by 127.0.0.1:30001\nreset by 127.0.0.1:3000\nreset by 1127.0.0.1:3000 at 10:30:00\n";
        assert_eq!(cut(log, Lines::Alone), "GET /r/cut/aa11 HTTP/1.1 502\nreset by 127.0.0.1:3000\n");
    }

    #[test]
    fn a_line_that_names_nothing_goes_with_its_neighbour_of_the_same_mark() {
        let log = "T1 reason\nT2 connect to 127.0.0.1:3000\nT1 GET /r/other/ee55\nT2 handshake failed\nT3 hello\n\
                   T1 GET /r/cut/bb22\nT1 more\n";
        assert_eq!(
            cut(log, Lines::Marked(|line| line.get(..2))),
            "T2 connect to 127.0.0.1:3000\nT2 handshake failed\nT1 GET /r/cut/bb22\nT1 more\n"
        );
    }

    #[test]
    fn a_mark_may_stand_in_another_log_and_a_socket_is_a_name() {
        let mut about = about();
        about[0].upstream = Some("/run/other.sock".to_owned());
        let log = "c7 error dispatching\nc8 error dispatching\nno connection to /run/other.sock (*)\n";
        let access = "c7 GET /r/cut/aa11\nc8 GET /r/cut/ee99\n";
        let sorted = sort(log, Lines::Marked(|line| line.get(..2)), &[access], &about);
        assert_eq!(sorted, ["no connection to /run/other.sock (*)\n", "c7 error dispatching\n"]);
    }

    #[test]
    fn a_block_goes_as_a_whole() {
        let log = "* << Request\n- ReqURL /r/cut/aa11\n- x\n\n* << Request\n- ReqURL /r/cut/ff00\n\n";
        assert_eq!(cut(log, Lines::Blocks), "* << Request\n- ReqURL /r/cut/aa11\n- x\n\n");
    }

    #[test]
    fn a_backend_is_a_name_too() {
        let log = "Server cut/origin is DOWN\nServer other/origin is DOWN\n";
        let named = Lines::Named(|line| line.strip_prefix("Server ")?.split('/').next());
        assert_eq!(cut(log, named), "Server cut/origin is DOWN\n");
    }
}
