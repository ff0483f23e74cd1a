//! How recipes are named and found: groups, protocols, those who can see something, and names that were misspelt.

use std::sync::Arc;

use goodgate_lab::{Channel, Group, Recipe, Speaks, recipes};

use crate::arguments::SPEAKS;

/// Every group, as recipes write it, with its heading.
const GROUPS: &[(Group, &str, &str)] = &[
    (Group::Healthy, "healthy", "Healthy: a gateway that fails here is too strict or too hasty"),
    (Group::Resolve, "resolve", "The origin's name"),
    (Group::Connect, "connect", "Reaching the origin's port"),
    (Group::Tls, "tls", "TLS"),
    (Group::StatusLine, "status-line", "Nothing, or something else, where the status line belongs"),
    (Group::Interim, "interim", "Interim (1xx) answers"),
    (Group::Head, "head", "The header section"),
    (Group::Framing, "framing", "What says how long the body is"),
    (Group::Body, "body", "The body"),
    (Group::Time, "time", "Silence and slowness"),
    (Group::Early, "early", "Answers that come before the request is complete"),
    (Group::Reuse, "reuse", "Connections that are used again"),
    (Group::OriginStatus, "origin-status", "The origin's own error statuses"),
    (Group::Fastcgi, "fastcgi", "FastCGI"),
    (Group::Uwsgi, "uwsgi", "The uwsgi protocol"),
    (Group::Http2, "http2", "HTTP/2"),
    (Group::Process, "process", "A real application server in trouble"),
];

/// The group's name, as recipes write it.
pub(crate) fn group(group: Group) -> &'static str {
    GROUPS.iter().find(|(known, ..)| *known == group).map_or("other", |(_, name, _)| name)
}

/// The group in words.
pub(crate) fn heading(group: Group) -> &'static str {
    GROUPS.iter().find(|(known, ..)| *known == group).map_or("Others", |(.., heading)| heading)
}

/// The group of this name.
///
/// # Errors
/// A sentence that names all groups.
pub(super) fn group_named(name: &str) -> Result<Group, String> {
    let found = GROUPS.iter().find(|(_, known, _)| *known == name);
    found.map(|(group, ..)| *group).ok_or_else(|| {
        let all: Vec<&str> = GROUPS.iter().map(|(_, name, _)| *name).collect();
        format!("there is no group {name}; the groups are {}", all.join(", "))
    })
}

/// The protocol's name, as recipes write it.
pub(crate) fn speaks(speaks: Speaks) -> &'static str {
    SPEAKS.iter().find(|(_, known)| *known == speaks).map_or("other", |(name, _)| name)
}

/// The protocol in words.
pub(super) fn speaks_in_words(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Http => "HTTP/1.1",
        Speaks::Tls => "HTTP/1.1 over TLS",
        Speaks::H2c => "HTTP/2 without TLS (by prior knowledge)",
        Speaks::Fastcgi => "FastCGI",
        Speaks::Uwsgi => "the uwsgi protocol",
    }
}

/// Who can see something, in words.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Client => "the gateway's client: status, page, broken end",
        Channel::Gateway => "the gateway, on its way to the origin, and so its log",
        Channel::Probe => "somebody who asks the origin directly",
        Channel::Host => "somebody who looks at the origin's server",
        Channel::Application => "the application, in its own log",
    }
}

/// The recipe of this name.
///
/// # Errors
/// A sentence with the names that come near.
pub(super) fn recipe(name: &str) -> Result<&'static Arc<Recipe>, String> {
    recipes().iter().find(|recipe| recipe.name == name).ok_or_else(|| {
        let near = near(name, recipes().iter().map(|recipe| recipe.name.as_str()));
        match near.as_slice() {
            [] => format!("there is no recipe {name}; see goodgate lab list"),
            near => {
                format!("there is no recipe {name}; near are {} (see goodgate lab list)", near.join(", "))
            }
        }
    })
}

/// Names that somebody may have meant, the nearest first.
pub(super) fn near<'a>(meant: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    /// More names than this help nobody.
    const NEAR_MAX: usize = 4;
    /// A name may differ from what was meant in one letter of so many, and in two (swapped) if it has more than that.
    const LETTERS_EACH: usize = 3;
    let meant: String = meant.to_lowercase().chars().take(100).collect();
    let length = meant.chars().count();
    let letters_max = (length / LETTERS_EACH).max(if length > LETTERS_EACH { 2 } else { 0 });
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let letters = distance(&meant, name);
            if letters <= letters_max {
                return Some((letters, name));
            }
            // What shares whole words comes behind what is only misspelt.
            let shared =
                meant.split('-').filter(|word| word.len() > 1 && name.split('-').any(|w| w == *word));
            let words = shared.count();
            let part = meant.len() > 2 && name.contains(&meant);
            (words > 0 || part).then(|| (1000 + letters - (words * 20).min(900), name))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().take(NEAR_MAX).map(|(_, name)| name).collect()
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut corner = line;
        let mut left = line + 1;
        for (above, other) in row.iter_mut().skip(1).zip(&to) {
            let cost = if letter == *other { corner } else { 1 + corner.min(*above).min(left) };
            corner = std::mem::replace(above, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (a, b, wanted) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }

    #[test]
    fn near_names_are_found() {
        let names = ["fin-in-status-line", "fin-in-head", "healthy", "rst-mid-body"];
        assert_eq!(near("helthy", names.into_iter()), ["healthy"]);
        assert_eq!(near("fin-in-staus-lin", names.into_iter()), ["fin-in-status-line", "fin-in-head"]);
        assert_eq!(near("body", names.into_iter()), ["rst-mid-body"]);
        assert_eq!(near("ngnix", ["nginx", "haproxy"].into_iter()), ["nginx"]);
        assert!(near("zzz", names.into_iter()).is_empty());
        assert!(recipe("helthy").unwrap_err().contains("healthy"));
    }

    #[test]
    fn every_group_has_its_name() {
        for recipe in recipes() {
            let name = group(recipe.group);
            assert_eq!(group_named(name), Ok(recipe.group), "{}", recipe.name);
        }
    }
}
