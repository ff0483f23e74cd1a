//! What an owner can try, the least risky first; only what fits what was found.

use goodgate_causes::{Audience, Certainty, Ranked};
use goodgate_facts::{ErrorType, Value};
use goodgate_pages::providers::Kind;

use super::super::blocks::Block;
use super::Given;
use super::trouble::Trouble;
use crate::redact::redact;
use crate::words::{args, say, say_with};

/// What the fault can have to do with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Topics {
    /// The program that makes the pages.
    program: bool,
    /// Its extensions.
    extensions: bool,
    database: bool,
    /// File permissions.
    rights: bool,
    /// The domain's name.
    name: bool,
    certificate: bool,
    cdn: bool,
    /// Whether the catalogue has steps for the owner.
    has_remedies: bool,
}

/// Share of causes in the application from which on its extensions are worth a try.
const EXTENSIONS_MIN: f64 = 0.15;

impl Topics {
    pub(super) fn of(given: &Given<'_>, trouble: Trouble, leader: Option<&Ranked>) -> Self {
        let ranked = given.finding.map_or(&[][..], |finding| &finding.judgement.ranked);
        let share = |wanted: &dyn Fn(&Ranked) -> bool| -> f64 {
            ranked.iter().filter(|ranked| wanted(ranked)).map(|ranked| ranked.probability).sum()
        };
        let symptom = |error| leader.is_some_and(|leader| leader.cause.symptoms.first() == Some(&error));
        let name = matches!(trouble, Trouble::NameMissing | Trouble::NameBroken)
            || leader.is_some_and(|leader| leader.cause.fixed_by.contains(&Audience::DnsProvider));
        let certificate = trouble.of_certificate()
            || trouble == Trouble::Secure
            || symptom(ErrorType::TlsCertificateError) && !name;
        let program = matches!(
            trouble,
            Trouble::Program | Trouble::Late | Trouble::Busy | Trouble::Cut | Trouble::Unknown
        ) && !name
            && !certificate;
        let settled = given.finding.is_some_and(|finding| finding.judgement.certainty != Certainty::Possible);
        let by_developer = share(&|ranked| ranked.cause.fixed_by.contains(&Audience::Developer));
        let leader_is_of_server =
            settled && leader.is_some_and(|leader| !leader.cause.fixed_by.contains(&Audience::Developer));
        let status = given.status();
        let edge = given.providers().iter().any(|provider| provider.kind == Kind::Cdn);
        Self {
            program,
            extensions: program
                && !leader_is_of_server
                && (leader.is_none() || by_developer >= EXTENSIONS_MIN),
            database: program && (status == Some(500) || given.has("page-says-database-down")),
            rights: program && status == Some(500)
                || trouble == Trouble::Denied && status == Some(403)
                || leader.is_some_and(|leader| leader.cause.id == "script-access-denied"),
            name,
            certificate,
            cdn: edge || given.has("edge-in-front") || trouble == Trouble::Front,
            has_remedies: leader
                .is_some_and(|l| l.cause.remedies.iter().any(|r| r.audience == Audience::SiteOwner)),
        }
    }

    /// Whether anything follows that changes files or the database.
    fn changes_files(self) -> bool {
        self.extensions || self.database || self.rights || self.program
    }
}

/// A part: its title, its steps, and marks by which it is seen that the catalogue says the same already.
struct Part {
    title: &'static str,
    steps: &'static [&'static str],
    marks: &'static [&'static str],
}

impl Part {
    fn tell(&self, said: &str, blocks: &mut Vec<Block>) {
        if !self.marks.iter().any(|mark| said.contains(mark)) {
            blocks.push(Block::Subheading(say(self.title)));
            blocks.push(Block::Steps(self.steps.iter().map(|key| say(key)).collect()));
        }
    }
}

const BACKUP: Part = Part {
    title: "owner-backup",
    steps: &["owner-backup-panel", "owner-backup-ftp", "owner-backup-database"],
    marks: &[],
};
const EXTENSIONS: Part = Part {
    title: "owner-extensions",
    steps: &[
        "owner-extensions-dashboard",
        "owner-extensions-folder",
        "owner-extensions-all",
        "owner-extensions-halves",
        "owner-extensions-found",
        "owner-extensions-theme",
        "owner-extensions-back",
    ],
    marks: &["wp-content/plugins"],
};
const PHP: Part = Part {
    title: "owner-php",
    steps: &["owner-php-note", "owner-php-back", "owner-php-return"],
    marks: &["PHP version by the panel", "версию PHP в панели"],
};
const LOG: Part = Part {
    title: "owner-log",
    steps: &["owner-log-panel", "owner-log-wordpress", "owner-log-others", "owner-log-off"],
    marks: &["WP_DEBUG"],
};
const SPACE: Part = Part {
    title: "owner-space",
    steps: &["owner-space-disk", "owner-space-limits", "owner-space-clean"],
    marks: &["error_log"],
};
const DATABASE: Part = Part {
    title: "owner-database",
    steps: &["owner-database-name", "owner-database-repair", "owner-database-leftovers"],
    marks: &[],
};
const RIGHTS: Part =
    Part { title: "owner-rights", steps: &["owner-rights-usual", "owner-rights-htaccess"], marks: &["644"] };
const CDN: Part = Part {
    title: "owner-cdn",
    steps: &["owner-cdn-address", "owner-cdn-fresh", "owner-cdn-pause"],
    marks: &["pause", "Pause", "приостанов"],
};
const NAME: Part = Part {
    title: "owner-name",
    steps: &["owner-name-paid", "owner-name-servers", "owner-name-records", "owner-name-wait"],
    marks: &[],
};
const CERTIFICATE: Part = Part {
    title: "owner-certificate",
    steps: &[
        "owner-certificate-renew",
        "owner-certificate-fails",
        "owner-certificate-cdn",
        "owner-certificate-look",
    ],
    marks: &[],
};

/// What comes before anything is changed: status pages, what was changed, a backup.
pub(super) fn first(given: &Given<'_>, topics: Topics, said: &str, blocks: &mut Vec<Block>) {
    status_pages(given, said, blocks);
    blocks.push(Block::Subheading(say("owner-changed")));
    let mut steps = Vec::new();
    let signals = given.diagnosis.evidence.signals().iter();
    let told = signals.filter(|signal| signal.id.as_str() == "told-changed").find_map(|s| match &s.value {
        Value::Text(text) => Some(text.for_display().to_owned()),
        Value::Word(word) => Some(word.clone()),
        _ => None,
    });
    match told {
        Some(what) => steps.push(redact(&say_with("owner-changed-told", &args![what = what]))),
        None => steps.push(say("owner-changed-think")),
    }
    if topics.program {
        steps.push(say("owner-changed-program"));
    }
    if topics.name {
        steps.push(say("owner-changed-name"));
    }
    if topics.certificate {
        steps.push(say("owner-changed-certificate"));
    }
    if topics.cdn {
        steps.push(say("owner-changed-cdn"));
    }
    steps.push(say("owner-changed-undo"));
    blocks.push(Block::Steps(steps));
    if topics.changes_files() {
        BACKUP.tell("", blocks);
    }
}

fn status_pages(given: &Given<'_>, said: &str, blocks: &mut Vec<Block>) {
    let mut steps = Vec::new();
    for provider in given.providers() {
        if let Some(page) = provider.status_page {
            let name = args![name = provider.title, page = format!("`{page}`")];
            steps.push(say_with("owner-status-known", &name));
        }
    }
    // The catalogue's own words about the host's page are enough.
    if !["status page", "состояния хостинга"].iter().any(|mark| said.contains(mark)) {
        steps.push(say("owner-status-host"));
    }
    if !steps.is_empty() {
        blocks.push(Block::Subheading(say("owner-status")));
        blocks.push(Block::Steps(steps));
    }
}

/// What changes something, the least risky first.
pub(super) fn then(topics: Topics, said: &str, blocks: &mut Vec<Block>) {
    let name = topics.name && !topics.has_remedies;
    let certificate = topics.certificate;
    for (wanted, part) in [
        (name, &NAME),
        (certificate, &CERTIFICATE),
        (topics.cdn && !topics.name && !topics.certificate, &CDN),
        (topics.program, &LOG),
        (topics.program, &SPACE),
        (topics.extensions, &EXTENSIONS),
        (topics.program, &PHP),
        (topics.database, &DATABASE),
        (topics.rights, &RIGHTS),
    ] {
        if wanted {
            part.tell(said, blocks);
        }
    }
}

/// Stands for the address of a site that is not known.
const SOME_SITE: &str = "https://your-site.example/";

/// What to write to the host.
pub(super) fn write(given: &Given<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Subheading(say("owner-write")));
    let url = given.visit.as_ref().map_or_else(|| SOME_SITE.to_owned(), |visit| visit.url.clone());
    blocks.push(Block::Text(say("owner-write-how")));
    blocks.push(Block::Code(format!("goodgate diagnose {url} --for support")));
}
