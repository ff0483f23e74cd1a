//! A look in the few facts that letters and plain words need.

use goodgate_case::{Diagnosis, FileKind};
use goodgate_facts::{Moment, SourceKind, visible};
use goodgate_pages::generators;
use goodgate_pages::providers::Provider;
use goodgate_probe::{Asked, Purpose};
use url::Url;

use crate::outside::Sight;
use crate::redact::{self, redact};

/// Longer titles are no titles.
const TITLE_CHARS: usize = 120;
/// Fields in which gateways and networks number a request, for whoever looks it up in a log.
const NUMBERS: &[&str] = &[
    "cf-ray",
    "x-request-id",
    "x-amz-cf-id",
    "x-amzn-requestid",
    "x-azure-ref",
    "x-vercel-id",
    "fly-request-id",
    "x-nf-request-id",
    "x-correlation-id",
];

/// What was opened, and what was shown.
pub(super) struct Visit {
    pub(super) host: String,
    /// As it may be shown.
    pub(super) url: String,
    pub(super) home: Option<String>,
    pub(super) at: Option<Moment>,
    pub(super) status: Option<u16>,
    /// The page's title, else its first heading.
    pub(super) title: Option<String>,
    /// Product and version of whoever made the answer.
    pub(super) maker: Option<String>,
    pub(super) peer: Option<String>,
    /// Numbers of the request, each with the field that bears it.
    pub(super) numbers: Vec<String>,
    /// How often the page was asked for, and how often that failed.
    pub(super) asked: usize,
    pub(super) failed: usize,
    /// Seconds after which the site asks visitors to come back.
    pub(super) retry_after_s: Option<u64>,
    /// Who stands in front or houses the site, as far as it is recognised.
    pub(super) providers: Vec<&'static Provider>,
}

impl Visit {
    /// The facts of a look.
    pub(super) fn of(sight: &Sight) -> Self {
        let look = &sight.look;
        let page = look.page();
        let answer = page.and_then(|page| page.result.as_ref().ok());
        let pages = || look.asked.iter().filter(|a| matches!(a.purpose, Purpose::Page | Purpose::Repeat));
        let pages = || pages().filter(|asked| page.is_none_or(|page| asked.url == page.url));
        let field = |name: &str| answer.and_then(|answer| answer.response.field(name));
        let numbered = |name: &&str| Some(format!("{name}: {}", plain(field(name)?)?));
        let url = page.map_or(&look.url, |page| &page.url);
        let shown = |text: String| redact(&visible(&text));
        Self {
            host: shown(look.url.host_str().unwrap_or_default().to_owned()),
            url: redact::url(url),
            home: url.join("/").ok().map(|home| redact::url(&home)).filter(|_| url.path() != "/"),
            at: Some(page.map_or(look.began, |page| page.began)),
            status: page.and_then(Asked::status),
            title: answer.and_then(|answer| title(&answer.text)).map(|title| redact(&title)),
            maker: answer.and_then(|answer| {
                let name = product(answer.maker.generator?);
                let version = answer.maker.version.as_ref().map_or(String::new(), |v| format!(" {v}"));
                Some(shown(format!("{name}{version}")))
            }),
            peer: page.map(|page| page.peer.to_string()),
            numbers: NUMBERS.iter().filter_map(numbered).take(2).collect(),
            asked: pages().count(),
            failed: pages().filter(|asked| asked.failed()).count(),
            retry_after_s: field("retry-after").and_then(|text| text.trim().parse().ok()),
            providers: sight.providers.iter().map(|(provider, _)| *provider).collect(),
        }
    }

    /// The facts of a look or a page that somebody kept.
    pub(super) fn kept(diagnosis: &Diagnosis) -> Option<Self> {
        let pages = || diagnosis.files.iter().filter(|file| file.kind == FileKind::Page);
        let url = pages().find_map(|file| Url::parse(&file.name).ok().filter(Url::has_host))?;
        let signals = || diagnosis.evidence.signals().iter();
        let of_page = || signals().filter(|s| s.source.kind == SourceKind::Page);
        Some(Self {
            host: redact(&visible(url.host_str().unwrap_or_default())),
            url: redact::url(&url),
            home: None,
            at: of_page().find_map(|signal| signal.when).map(|when| when.first),
            status: None,
            title: None,
            maker: None,
            peer: None,
            numbers: Vec::new(),
            asked: 0,
            failed: 0,
            retry_after_s: None,
            providers: Vec::new(),
        })
    }
}

pub(super) fn product(generator: &str) -> &str {
    generators().iter().find(|known| known.id == generator).map_or(generator, |known| known.title)
}

/// A number that can be nothing but a number: short, and of letters that numbers are made of.
fn plain(value: &str) -> Option<&str> {
    const BYTES: usize = 80;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.:=/+".contains(&b);
    let value = value.trim();
    (!value.is_empty() && value.len() <= BYTES && value.bytes().all(fits)).then_some(value)
}

/// What a page calls itself: its title, else its first heading.
fn title(answer: &str) -> Option<String> {
    let of = |tag: &str| {
        let lower = answer.to_ascii_lowercase();
        let (open, close) = (format!("<{tag}"), format!("</{tag}"));
        let from = lower.find(&open)?;
        let begin = from + lower.get(from..)?.find('>')? + 1;
        let end = begin + lower.get(begin..)?.find(&close)?;
        let text = spelled_out(&super::super::evidence::without_markup(answer.get(begin..end)?));
        let text: String = visible(&text).chars().take(TITLE_CHARS).collect();
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    };
    of("title").or_else(|| of("h1"))
}

/// The characters that HTML's most usual references stand for.
fn spelled_out(text: &str) -> String {
    const REFERENCES: &[(&str, &str)] =
        &[("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    REFERENCES
        .iter()
        .fold(text.to_owned(), |text, (reference, stands_for)| text.replace(reference, stands_for))
}
