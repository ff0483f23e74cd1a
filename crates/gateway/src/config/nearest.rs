//! Which known word somebody may have meant.

/// The known word that is nearest to what was typed, if one is near enough to be worth a guess.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer words are nobody's slip, and comparing costs their product.
    const TYPED_BYTES_MAX: usize = 64;
    if typed.is_empty() || typed.len() > TYPED_BYTES_MAX {
        return None;
    }
    let plain = |word: &str| word.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(typed);
    let far = |word: &str| {
        let word = plain(word);
        // A plural, a unit or a prefix is a slip as well, however many letters it has.
        let part =
            wanted.len() >= 4 && (word.starts_with(&wanted) || wanted.starts_with(&word) && word.len() >= 4);
        if part { 1 } else { distance(&wanted, &word) }
    };
    let (distance, word) = known.into_iter().map(|word| (far(word), word)).min_by_key(|(far, _)| *far)?;
    (distance <= (typed.len() / 3).max(1)).then_some(word)
}

/// Changes of one letter, and swaps of two that stand beside each other, that make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for i in 1..=one.len() {
        let mut row = vec![i; other.len() + 1];
        for j in 1..=other.len() {
            let changed = last[j - 1] + usize::from(one[i - 1] != other[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_guessed_and_other_words_are_not() {
        let known = ["servers", "balance", "timeout", "retry", "tls", "try_files"];
        for (typed, meant) in [
            ("server", Some("servers")),
            ("sevrers", Some("servers")),
            ("timeouts", Some("timeout")),
            ("Balance", Some("balance")),
            ("try-files", Some("try_files")),
            ("tsl", Some("tls")),
            ("compression", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }
}
