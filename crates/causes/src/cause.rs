//! What the catalogue knows of one cause.

use goodgate_facts::{ErrorType, Language, SignalId};
use serde::Deserialize;

/// How a cause takes part in a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Somebody can go and mend it.
    Root,
    /// How it came to pass; explained by a root where one is known.
    Mechanism,
    /// A circumstance.
    Context,
}

impl Kind {
    /// The lower-case name used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Mechanism => "mechanism",
            Self::Context => "context",
        }
    }
}

/// How much a remedy can break; remedies are shown in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Only looks.
    Look,
    /// Reloads a configuration; connections survive.
    Reload,
    /// Restarts a service; requests in flight may fail.
    Restart,
    /// Changes data or files that are not easily restored.
    Data,
}

impl Risk {
    /// The lower-case name used in the catalogue and in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Data => "data",
        }
    }
}

/// Whom words are meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Has a browser.
    Visitor,
    /// Has the content-management system, a hosting panel and FTP, no shell.
    SiteOwner,
    /// Can change the application.
    Developer,
    /// Has the shell.
    Operator,
    /// Runs the platform.
    HostingProvider,
    /// Runs the CDN.
    CdnProvider,
    /// Runs the zone's name servers.
    DnsProvider,
    /// Runs an outside service.
    ThirdParty,
}

impl Audience {
    /// The kebab-case name used in the catalogue and in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::SiteOwner => "site-owner",
            Self::Developer => "developer",
            Self::Operator => "operator",
            Self::HostingProvider => "hosting-provider",
            Self::CdnProvider => "cdn-provider",
            Self::DnsProvider => "dns-provider",
            Self::ThirdParty => "third-party",
        }
    }
}

/// Something to do about a cause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The product it concerns, or "any".
    pub product: String,
    /// Who can do it.
    pub audience: Audience,
    /// What it does, in the imperative.
    pub title: String,
    /// What it can break.
    pub risk: Risk,
    /// Steps, in order.
    pub steps: Vec<String>,
    /// What to keep before; empty where nothing is changed.
    #[serde(default)]
    pub save: String,
    /// How to go back.
    #[serde(default)]
    pub undo: String,
    /// How to see that it helped.
    #[serde(default)]
    pub confirm: String,
    /// "ran here: …", "documented: <reference>" or "unverified".
    pub verified: String,
}

/// Something to look at that tells causes apart.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The question. `{target}`, `{port}`, `{host}` and `{socket}` are filled in.
    pub ask: String,
    /// A command that answers it; may be empty.
    #[serde(default)]
    pub command: String,
    /// The signals that the answer can be, one of which will be seen.
    pub answers: Vec<String>,
}

/// Several signals that mean more (or less) together than each alone.
#[derive(Clone, Debug)]
pub struct Clue {
    /// All of these are there.
    pub all: Vec<SignalId>,
    /// None of these is there.
    pub none: Vec<SignalId>,
    /// Weight in natural log-odds; negative speaks against.
    pub weight: f64,
}

/// A test of the entry: these signals, and whether this cause must win or must not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What happened.
    pub name: String,
    /// "hit" or "near-miss".
    pub expect: String,
    /// The signals seen.
    pub signals: Vec<String>,
}

/// The prose of one language.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    /// One plain sentence.
    pub sentence: String,
    /// What is going on.
    pub going_on: String,
    /// The sentence where the failure is between a visitor and the site's own first server, so that no gateway saw it;
    /// empty where the other one fits.
    pub outside_sentence: String,
    /// What is going on, for the same.
    pub outside_going_on: String,
    /// How to recognise it.
    pub recognise: String,
    /// How to mend it: for the site owner.
    pub mend_owner: String,
    /// How to mend it: for the operator.
    pub mend_operator: String,
}

impl Prose {
    /// The sentence, for a failure on the way to the site (`outer`) or behind its first server.
    pub fn sentence_for(&self, outer: bool) -> &str {
        if outer && !self.outside_sentence.is_empty() { &self.outside_sentence } else { &self.sentence }
    }

    /// What is going on, for a failure on the way to the site (`outer`) or behind its first server.
    pub fn going_on_for(&self, outer: bool) -> &str {
        if outer && !self.outside_going_on.is_empty() { &self.outside_going_on } else { &self.going_on }
    }
}

/// The words of a remedy in another language than English.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemedyWords {
    /// What it does, in the imperative.
    pub title: String,
    /// Steps, in order, as many as in English.
    pub steps: Vec<String>,
    /// What to keep before.
    #[serde(default)]
    pub save: String,
    /// How to go back.
    #[serde(default)]
    pub undo: String,
    /// How to see that it helped.
    #[serde(default)]
    pub confirm: String,
}

/// The words of an entry in another language than English.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// The headline.
    pub title: String,
    /// The questions of the checks, in their order.
    pub asks: Vec<String>,
    /// The remedies, in the order of [`Cause::remedies`].
    pub remedies: Vec<RemedyWords>,
    /// The prose.
    pub prose: Prose,
}

/// One entry of the catalogue.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Permanent kebab-case id.
    pub id: &'static str,
    /// Its part in a verdict.
    pub kind: Kind,
    /// A short headline.
    pub title: String,
    /// The symptoms it can stand behind.
    pub symptoms: Vec<ErrorType>,
    /// Who can mend it.
    pub fixed_by: Vec<Audience>,
    /// For a mechanism: what most often stands behind it.
    pub roots: Vec<String>,
    /// How common it is where its symptom is seen, in natural log-odds against the average cause.
    pub prior: f64,
    /// Signals and sets of signals that speak for or against it.
    pub clues: Vec<Clue>,
    /// Sets of signals, each of which proves it.
    pub proof: Vec<Vec<SignalId>>,
    /// Signals that rule it out.
    pub exclude: Vec<SignalId>,
    /// What to look at next.
    pub checks: Vec<Check>,
    /// What to do.
    pub remedies: Vec<Remedy>,
    /// Tests of the entry.
    pub cases: Vec<Case>,
    /// English prose.
    pub en: Prose,
    /// Russian words, where they have been written.
    pub ru: Option<Translation>,
}

impl Cause {
    /// Whether the entry can win a verdict; the others are explained only.
    pub fn is_full(&self) -> bool {
        !self.cases.is_empty() && !self.clues.is_empty()
    }

    fn translation(&self, language: Language) -> Option<&Translation> {
        match language {
            Language::En => None,
            Language::Ru => self.ru.as_ref(),
        }
    }

    /// The headline.
    pub fn title(&self, language: Language) -> &str {
        self.translation(language).map_or(&self.title, |words| or(&words.title, &self.title))
    }

    /// The prose. A section that is missing in that language is missing: languages are not mixed in one text.
    pub fn prose(&self, language: Language) -> &Prose {
        self.translation(language).map_or(&self.en, |words| &words.prose)
    }

    /// The question of a check of this entry.
    pub fn ask<'a>(&'a self, check: &'a Check, language: Language) -> &'a str {
        let place = self.checks.iter().position(|own| own == check);
        let words = self.translation(language).zip(place).and_then(|(words, place)| words.asks.get(place));
        words.map_or(&check.ask, |ask| or(ask, &check.ask))
    }

    /// The remedies, each in the words of that language.
    pub fn remedies(&self, language: Language) -> impl Iterator<Item = RemedyIn<'_>> {
        let words = self.translation(language).map_or(&[][..], |words| &words.remedies);
        let each = self.remedies.iter().enumerate();
        each.map(move |(place, remedy)| RemedyIn { remedy, words: words.get(place) })
    }
}

/// A remedy in the words of one language.
#[derive(Clone, Copy, Debug)]
pub struct RemedyIn<'a> {
    /// What does not depend on the language; and the English words.
    pub remedy: &'a Remedy,
    words: Option<&'a RemedyWords>,
}

impl<'a> RemedyIn<'a> {
    /// What it does, in the imperative.
    pub fn title(&self) -> &'a str {
        self.words.map_or(&self.remedy.title, |words| or(&words.title, &self.remedy.title))
    }

    /// Steps in order: the English one, which says what a step is about, and the one to show.
    pub fn steps(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let words = self.words.map_or(&[][..], |words| &words.steps);
        let each = self.remedy.steps.iter().enumerate();
        each.map(|(place, step)| {
            (step.as_str(), words.get(place).map_or(step.as_str(), |words| or(words, step)))
        })
    }

    /// What to keep before; empty where nothing is changed.
    pub fn save(&self) -> &'a str {
        self.words.map_or(&self.remedy.save, |words| or(&words.save, &self.remedy.save))
    }

    /// How to go back.
    pub fn undo(&self) -> &'a str {
        self.words.map_or(&self.remedy.undo, |words| or(&words.undo, &self.remedy.undo))
    }

    /// How to see that it helped.
    pub fn confirm(&self) -> &'a str {
        self.words.map_or(&self.remedy.confirm, |words| or(&words.confirm, &self.remedy.confirm))
    }
}

fn or<'a>(words: &'a str, english: &'a str) -> &'a str {
    if words.is_empty() { english } else { words }
}
