//! The languages that visitors are answered in. Adding one is a file and a line in [`LANGUAGES`].
//!
//! The words are for somebody who has never heard of proxies and gateways: what happened, whether waiting helps, what
//! to do and whom to tell. They never put the blame on the reader.

mod en;
mod ru;

use super::accept;
use super::story::{Sent, Story, Waiting};

/// All languages. The first is for whoever names none of them.
const LANGUAGES: &[&Words] = &[&en::WORDS, &ru::WORDS];

/// A story in the words of a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tale {
    /// What happened, as a heading.
    pub(super) title: &'static str,
    /// What happened, in a sentence or two.
    pub(super) what: &'static str,
}

/// A language.
pub(super) struct Words {
    /// Its tag (BCP 47), a first subtag only.
    pub(super) tag: &'static str,
    pub(super) tell: fn(Story) -> Tale,
    pub(super) waiting: fn(Waiting) -> &'static str,
    pub(super) sent: fn(Sent) -> &'static str,
    /// That nothing is wrong on the reader's side.
    pub(super) not_you: &'static str,
    /// Whom to tell, before the request's id.
    pub(super) whom_to_tell: &'static str,
    /// Labels of the lines that say which error, id and time.
    pub(super) error: &'static str,
    pub(super) id: &'static str,
    pub(super) time: &'static str,
    /// The labels of the full account.
    pub(super) account: AccountWords,
}

/// The labels of the full account, which only those see who look after the site.
pub(super) struct AccountWords {
    pub(super) heading: &'static str,
    pub(super) what: &'static str,
    pub(super) route: &'static str,
    pub(super) upstream: &'static str,
    pub(super) server: &'static str,
    pub(super) phase: &'static str,
    pub(super) system: &'static str,
    pub(super) after: &'static str,
    pub(super) bytes: &'static str,
    pub(super) began: &'static str,
    pub(super) attempt: &'static str,
    pub(super) answered: &'static str,
    pub(super) causes: &'static str,
    /// Why this is shown at all.
    pub(super) why_shown: &'static str,
}

impl Words {
    /// A story's words.
    pub(super) fn tell(&self, story: Story) -> Tale {
        (self.tell)(story)
    }
}

/// The language that is liked best of those that there are.
pub(super) fn choose(accept_language: Option<&[u8]>) -> &'static Words {
    let tags = LANGUAGES.iter().map(|words| words.tag);
    let tag = accept::language(accept_language, &tags);
    let found = LANGUAGES.iter().find(|words| Some(words.tag) == tag);
    found.copied().unwrap_or(&en::WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_tells_each_story_in_whole_sentences_of_its_own() {
        /// Nobody should need to know what these are.
        const JARGON: &[&str] =
            &["proxy", "gateway", "upstream", "backend", "HTTP", "TLS", "DNS", "timeout", "прокси", "шлюз"];
        for words in LANGUAGES {
            let mut told = std::collections::HashSet::new();
            for story in Story::ALL {
                let tale = words.tell(*story);
                assert!(!tale.title.ends_with('.'), "{story:?}");
                for text in [tale.title, tale.what, (words.waiting)(story.waiting())] {
                    assert!(!JARGON.iter().any(|word| text.contains(word)), "{text}");
                }
                assert!(tale.what.ends_with('.'), "{story:?}");
                assert!(told.insert(tale.title), "{story:?} has another story's title");
                assert!(told.insert(tale.what), "{story:?} has another story's words");
            }
        }
        let titles = |words: &Words| Story::ALL.iter().map(|s| (words.tell)(*s).title).collect::<Vec<_>>();
        assert!(titles(&en::WORDS).iter().zip(titles(&ru::WORDS)).all(|(en, ru)| **en != *ru));
    }

    #[test]
    fn whoever_names_no_language_of_ours_reads_english() {
        assert_eq!(choose(None).tag, "en");
        assert_eq!(choose(Some(b"de, fr;q=0.5")).tag, "en");
        assert_eq!(choose(Some(b"ru-RU,ru;q=0.9,en;q=0.8")).tag, "ru");
    }
}
