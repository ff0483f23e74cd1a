//! Words that the catalogue uses and an owner may not know: those that occur in a report are explained at its end.

use goodgate_facts::Language;

use super::super::blocks::Block;
use crate::words::{language, say};

/// A word by its stem in English and in Russian, with the message that explains it. In English the whole word, in
/// Russian whatever begins so and is a little longer.
struct Name {
    en: &'static [&'static str],
    ru: &'static [&'static str],
    key: &'static str,
}

const NAMES: &[Name] = &[
    Name { en: &["gateway"], ru: &["шлюз"], key: "name-gateway" },
    Name { en: &["upstream"], ru: &["upstream"], key: "name-upstream" },
    Name { en: &["proxy"], ru: &["прокси"], key: "name-proxy" },
    Name { en: &["dns"], ru: &["dns"], key: "name-dns" },
    Name { en: &["cdn"], ru: &["cdn"], key: "name-cdn" },
    Name { en: &["origin"], ru: &["исходн", "origin"], key: "name-origin" },
    Name { en: &["tls", "ssl"], ru: &["tls", "ssl"], key: "name-tls" },
    Name { en: &["worker"], ru: &["рабоч"], key: "name-worker" },
    Name { en: &["port"], ru: &["порт"], key: "name-port" },
    Name { en: &["header"], ru: &["заголов"], key: "name-header" },
    Name { en: &["timeout"], ru: &["тайм"], key: "name-timeout" },
    Name { en: &["socket"], ru: &["сокет"], key: "name-socket" },
    Name { en: &["resolver"], ru: &["резолвер"], key: "name-resolver" },
    Name { en: &["ipv6"], ru: &["ipv6"], key: "name-ipv6" },
    Name { en: &["sni"], ru: &["sni"], key: "name-sni" },
    Name { en: &["ttl"], ru: &["ttl"], key: "name-ttl" },
    Name { en: &["deploy"], ru: &["выкладк"], key: "name-deploy" },
    Name { en: &["backend"], ru: &["бэкенд"], key: "name-backend" },
    Name { en: &["firewall"], ru: &["межсетев"], key: "name-firewall" },
    Name { en: &["registrar"], ru: &["регистратор"], key: "name-registrar" },
];

/// Explains what occurs in the report.
pub(super) fn explain(blocks: &mut Vec<Block>) {
    let text: Vec<String> = blocks.iter().flat_map(words).map(str::to_lowercase).collect();
    let occurs = |name: &&Name| {
        let stems = if language() == Language::Ru { name.ru } else { name.en };
        text.iter().any(|text| stems.iter().any(|stem| has(text, stem)))
    };
    let points: Vec<String> = NAMES.iter().filter(occurs).map(|name| say(name.key)).collect();
    if !points.is_empty() {
        blocks.push(Block::Heading(say("names-heading")));
        blocks.push(Block::Points(points));
    }
}

/// Whether the text has a word of this stem.
fn has(text: &str, stem: &str) -> bool {
    /// Letters that an ending may have.
    const ENDING: usize = 3;
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| match word.strip_prefix(stem) {
        Some("" | "s") => true,
        Some(ending) => !stem.is_ascii() && ending.chars().count() <= ENDING,
        None => false,
    })
}

/// The words of a block that are read.
fn words(block: &Block) -> Vec<&str> {
    match block {
        Block::Title(text)
        | Block::Heading(text)
        | Block::Subheading(text)
        | Block::Text(text)
        | Block::Verdict { text, .. }
        | Block::Code(text) => vec![text],
        Block::Points(all) | Block::Steps(all) => all.iter().map(String::as_str).collect(),
        Block::Evidence(quotes) => quotes.iter().map(|quote| quote.what.as_str()).collect(),
        Block::Path(hops) => hops.iter().map(|hop| hop.name.as_str()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_with_their_endings() {
        assert!(has("the dns record", "dns") && has("two workers", "worker") && has("о шлюзе.", "шлюз"));
        assert!(!has("a portal", "port") && !has("это портативный", "порт") && !has("original", "origin"));
    }
}
