//! Names that were perhaps meant. Pure.

/// So many are named at most.
const NAMED_MAX: usize = 5;

/// Names are not longer than this; longer ones are near to nothing.
const NAME_BYTES_MAX: usize = 64;

/// The names that are nearest to this one, nearest first.
pub(super) fn near<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if asked.is_empty() || asked.len() > NAME_BYTES_MAX {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            // A name that holds what was asked for is as near as one that differs by a slip.
            let steps = if name.contains(asked) { 1 } else { distance(asked, name) };
            (steps <= asked.len().div_ceil(3)).then_some((steps, name))
        })
        .collect();
    found.sort_by_key(|(steps, _)| *steps);
    // What is much farther than the nearest was hardly meant.
    let farthest = found.first().map_or(0, |(steps, _)| steps + 1);
    found.retain(|(steps, _)| *steps <= farthest);
    found.into_iter().map(|(_, name)| name).take(NAMED_MAX).collect()
}

/// How many characters have to be put in, left out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (number, wanted) in one.chars().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, found) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(wanted != *found);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_found() {
        let names = ["fin-in-head", "fin-in-status-line", "healthy", "reset-in-head"];
        assert_eq!(near("fin-in-haed", names.into_iter()), ["fin-in-head"]);
        assert_eq!(near("status-line", names.into_iter()), ["fin-in-status-line"]);
        assert!(near("", names.into_iter()).is_empty());
        assert!(near("xyz", names.into_iter()).is_empty());
    }

    #[test]
    fn a_distance_counts_the_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
