//! `catalogue/<id>.md` → [`Cause`]: TOML between `+++` lines, then prose in Markdown sections.

use std::collections::BTreeMap;
use std::fmt;

use goodgate_facts::{ErrorType, SignalId};
use serde::Deserialize;

use crate::cause::{Audience, Case, Cause, Check, Clue, Kind, Prose, Remedy, RemedyWords, Translation};

/// An entry of the catalogue that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct CatalogueError {
    /// The entry.
    pub id: String,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "catalogue/{}.md: {}", self.id, self.what)
    }
}

impl std::error::Error for CatalogueError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matter {
    id: String,
    kind: Kind,
    title: String,
    symptoms: Vec<String>,
    fixed_by: Vec<Audience>,
    #[serde(default)]
    roots: Vec<String>,
    #[serde(default)]
    prior: f64,
    #[serde(default)]
    proof: Vec<Vec<String>>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    weigh: BTreeMap<String, f64>,
    #[serde(default)]
    clue: Vec<MatterClue>,
    #[serde(default)]
    next: Vec<Check>,
    #[serde(default)]
    case: Vec<Case>,
    #[serde(default)]
    remedy: Vec<Remedy>,
    #[serde(default)]
    ru: Option<MatterWords>,
}

/// The words of the front matter in another language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterWords {
    title: String,
    #[serde(default)]
    ask: Vec<String>,
    #[serde(default)]
    remedy: Vec<RemedyWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterClue {
    all: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    weight: f64,
}

/// Reads one entry.
pub(crate) fn read(id: &'static str, text: &str) -> Result<Cause, CatalogueError> {
    let wrong = |what: String| CatalogueError { id: id.to_owned(), what };
    let rest = text.strip_prefix("+++\n").ok_or_else(|| wrong("must begin with a line of +++".into()))?;
    let (front, body) =
        rest.split_once("\n+++\n").ok_or_else(|| wrong("the front matter must end with +++".into()))?;
    let matter: Matter = toml::from_str(front).map_err(|e| wrong(e.to_string()))?;
    if matter.id != id {
        return Err(wrong(format!("its id is {:?}, but it must equal the file's name", matter.id)));
    }
    let signal = |name: &String| {
        SignalId::find(name)
            .ok_or_else(|| wrong(format!("{name:?} is not a registered signal (crates/facts/src/registry)")))
    };
    let signals = |names: &Vec<String>| names.iter().map(&signal).collect::<Result<Vec<_>, _>>();
    let symptoms = matter
        .symptoms
        .iter()
        .map(|token| {
            ErrorType::from_token(token).ok_or_else(|| wrong(format!("{token:?} is no RFC 9209 error type")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut clues = Vec::new();
    for (name, weight) in &matter.weigh {
        clues.push(Clue { all: vec![signal(name)?], none: Vec::new(), weight: *weight });
    }
    for clue in &matter.clue {
        clues.push(Clue { all: signals(&clue.all)?, none: signals(&clue.none)?, weight: clue.weight });
    }
    for name in matter.case.iter().flat_map(|case| &case.signals) {
        signal(name)?;
    }
    for name in matter.next.iter().flat_map(|check| &check.answers) {
        signal(name)?;
    }
    let ru = matter
        .ru
        .map(|words| translation(words, &matter.next, &matter.remedy, prose(body, "ru")))
        .transpose()
        .map_err(&wrong)?;
    let mut remedies = matter.remedy;
    remedies.sort_by_key(|remedy| remedy.risk);
    Ok(Cause {
        id,
        kind: matter.kind,
        title: matter.title,
        symptoms,
        fixed_by: matter.fixed_by,
        roots: matter.roots,
        prior: matter.prior,
        clues,
        proof: matter.proof.iter().map(&signals).collect::<Result<_, _>>()?,
        exclude: signals(&matter.exclude)?,
        checks: matter.next,
        remedies,
        cases: matter.case,
        en: prose(body, "en"),
        ru,
    })
}

/// Holds a translation against the English words that it stands beside, and puts its remedies into the order in which
/// they are shown.
fn translation(
    words: MatterWords,
    checks: &[Check],
    remedies: &[Remedy],
    prose: Prose,
) -> Result<Translation, String> {
    if words.ask.len() != checks.len() {
        return Err(format!("[ru] ask has {} questions, but there are {}", words.ask.len(), checks.len()));
    }
    if words.remedy.len() != remedies.len() {
        return Err(format!(
            "[[ru.remedy]] stands {} times, but [[remedy]] {}",
            words.remedy.len(),
            remedies.len()
        ));
    }
    let mut pairs: Vec<(&Remedy, RemedyWords)> = remedies.iter().zip(words.remedy).collect();
    if let Some((remedy, _)) = pairs.iter().find(|(remedy, words)| remedy.steps.len() != words.steps.len()) {
        return Err(format!("the Russian remedy for {:?} has another number of steps", remedy.title));
    }
    pairs.sort_by_key(|(remedy, _)| remedy.risk);
    let remedies = pairs.into_iter().map(|(_, words)| words).collect();
    Ok(Translation { title: words.title, asks: words.ask, remedies, prose })
}

/// The sections of one language: `# en`, then `## sentence` and so on.
fn prose(body: &str, language: &str) -> Prose {
    let mut out = Prose::default();
    let (mut inside, mut section, mut reader) = (false, String::new(), String::new());
    for line in body.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            inside = name.trim() == language;
        } else if let Some(name) = line.strip_prefix("## ") {
            section = name.trim().to_ascii_lowercase();
            reader.clear();
        } else if let Some(name) = line.strip_prefix("### ") {
            reader = name.trim().to_ascii_lowercase();
        } else if inside {
            let place = match section.as_str() {
                "sentence" => &mut out.sentence,
                "what is going on" => &mut out.going_on,
                "sentence from outside" => &mut out.outside_sentence,
                "what is going on from outside" => &mut out.outside_going_on,
                "how to recognise it" => &mut out.recognise,
                "how to mend it" if reader.contains("owner") => &mut out.mend_owner,
                "how to mend it" => &mut out.mend_operator,
                _ => continue,
            };
            place.push_str(line);
            place.push('\n');
        }
    }
    for text in [
        &mut out.sentence,
        &mut out.going_on,
        &mut out.outside_sentence,
        &mut out.outside_going_on,
        &mut out.recognise,
        &mut out.mend_owner,
        &mut out.mend_operator,
    ] {
        *text = text.trim().to_owned();
    }
    out
}
