//! The recipe: message → generator → signals.

use goodgate_facts::{Evidence, Role, Signal, SignalId, Source, SourceKind, Target, Untrusted, Value, id};

use crate::front::{as_seen_by, hops, made};
use crate::generators::{Generator, Kind, all};
use crate::message::Message;
use crate::origin::Origin;
use crate::pasted;
use crate::whole::{heading_status, is_article, is_short};
use crate::words;

/// What a generator's marks say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Version, where the page tells it.
    pub version: Option<String>,
    /// How sure, 1 to 100: a page's own markup says more than a header, which another hop may have set.
    pub sure: u8,
    /// The status that the page speaks of.
    pub status: Option<u16>,
}

/// One thing that a page says.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The signal.
    pub id: SignalId,
    /// Its detail.
    pub value: Value,
    /// The server that it is about, where the page names it.
    pub target: Option<Target>,
}

/// What a page says.
pub struct PageReading {
    /// Who made it, and how that shows.
    pub generator: Option<(&'static Generator, Made)>,
    /// The visitor's own program, if the words are its: no server wrote them.
    pub client: Option<(&'static Generator, Made)>,
    /// The gateway in front, if headers name one that did not make the page.
    pub front: Option<&'static Generator>,
    /// The status that it came with, or that it speaks of.
    pub status: Option<u16>,
    /// What it means.
    pub evidence: Evidence,
}

/// Whether text is an error page, a response head or the words of one, rather than a log.
pub fn looks_like_page(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "http/",
        ":status",
        "<!doctype",
        "<html",
        "<?xml",
        "upstream connect error or disconnect/reset before headers",
        "no healthy upstream",
        "upstream request timeout",
    ];
    let text = text.trim_start();
    STARTS.iter().any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
        || pasted::begins_like_one(text)
        || pasted::status_of_text(text).is_some()
        || is_an_answer_in_json(text)
}

/// Whether the text is one JSON object in which a gateway says that it failed.
fn is_an_answer_in_json(text: &str) -> bool {
    let text = text.trim();
    let one = text.len() <= JSON_BYTES_MAX && text.starts_with('{') && text.ends_with('}');
    one && generator_of(&Message { body: text, ..Message::default() }, Search::All)
        .is_some_and(|(generator, _)| matches!(generator.kind, Kind::Gateway | Kind::Edge))
}

/// Gateways answer in one short object.
const JSON_BYTES_MAX: usize = 1024;

/// Reads an error page or response head. `name` is the file's name as the user gave it.
pub fn read(name: &str, text: &str) -> PageReading {
    read_at(name, text, Place::Beside)
}

/// Reads an answer that somebody outside has just been given; `name` is its address.
///
/// What a saved page says of a gateway further in is that the one in front was answered with an error. Nobody outside
/// can ask the one in front for more than it passes on, so there the failure is the inner gateway's, in its own words.
pub fn read_from_outside(name: &str, text: &str) -> PageReading {
    read_at(name, text, Place::Outside)
}

/// Where the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Beside the gateway in front, whose logs and configuration can be had.
    Beside,
    /// Before it, as a visitor does.
    Outside,
}

fn read_at(name: &str, text: &str, place: Place) -> PageReading {
    let message = Message::parse(text);
    let good = message.status.is_some_and(|status| status < 400);
    let says_error = good && says_error(&message);
    // Without a head nothing tells a saved article about errors from an error page but its length.
    let article = message.status.is_none() && is_article(&message);
    let search = if article || good && !says_error { Search::Applications } else { Search::All };
    let found = generator_of(&message, search);
    let (client, generator) = match found {
        Some(found) if found.0.kind == Kind::Client => (Some(found), None),
        found => (None, found),
    };
    let told = client.as_ref().or(generator.as_ref()).and_then(|(_, made)| made.status);
    let headless = || message.headers.is_empty().then(|| heading_status(&message)).flatten();
    let status = message.status.or(told).or_else(headless);
    let made_by = generator.as_ref().map(|(generator, _)| generator.id);
    let hops = as_seen_by(made_by, hops(&message));
    // A hop other than the maker; the maker's own fields may stand in the head as well.
    let front = hops.iter().find(|hop| made_by != Some(**hop)).and_then(|hop| by_id(hop));
    let mut page = Page { name, message: &message, place, product: made_by, evidence: Evidence::new() };
    if let Some((generator, _)) = &generator {
        let value = Value::Word(generator.id.to_owned());
        page.put(page.signal(id("page-generated-by")).name(generator.id).value(value));
    }
    if let Some(status) = status {
        page.put(page.signal(id("page-status")).value(Value::Status(status)));
    }
    if says_error {
        page.says_error(generator.as_ref().map(|(generator, _)| *generator));
    }
    match &client {
        Some((client, _)) => page.client(client, status),
        None => page.origin(generator.as_ref(), front, &hops, status),
    }
    for told in words::said(&message) {
        page.tell(told);
    }
    page.head();
    PageReading { generator, client, front, status, evidence: page.evidence }
}

/// Whether a page that came with a good status is an error page all the same: its title or heading says so and little
/// else stands on it, or it is short and a gateway's own markup.
fn says_error(message: &Message<'_>) -> bool {
    // A redirect's page is a gateway's own as well, and says no error.
    if !message.status.is_some_and(|status| (200..300).contains(&status)) {
        return false;
    }
    if heading_status(message).is_some_and(|status| status >= 500) {
        return true;
    }
    let headed = message.title().is_some() && is_short(message);
    headed
        && generator_of(message, Search::Gateways).is_some_and(|(_, made)| {
            made.sure >= OWN_MARKUP && made.status.is_none_or(|status| status >= 500)
        })
}

/// Marks this sure are markup that nobody else writes.
const OWN_MARKUP: u8 = 85;

/// Whose marks are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    All,
    /// A good answer may quote a gateway's error page; applications print their errors into good answers.
    Applications,
    Gateways,
}

/// The generator whose marks are surest.
fn generator_of(message: &Message<'_>, search: Search) -> Option<(&'static Generator, Made)> {
    let wanted = |kind: Kind| {
        let inside = matches!(kind, Kind::AppServer | Kind::Application);
        match search {
            Search::All => true,
            Search::Applications => inside,
            Search::Gateways => !inside && kind != Kind::Client,
        }
    };
    let said = made(message).filter(|_| search != Search::Applications);
    all()
        .iter()
        .filter(|generator| wanted(generator.kind))
        .filter_map(|generator| (generator.recognise)(message).map(|made| (generator, made)))
        // Who says that it made the answer is believed over a likeness; of equals the first in the list wins.
        .rev()
        .max_by_key(|(generator, made)| (said == Some(generator.id), made.sure))
}

fn by_id(id: &str) -> Option<&'static Generator> {
    all().iter().find(|generator| generator.id == id)
}

/// A page being read.
pub(crate) struct Page<'a> {
    name: &'a str,
    pub(crate) message: &'a Message<'a>,
    pub(crate) place: Place,
    product: Option<&'static str>,
    evidence: Evidence,
}

impl Page<'_> {
    /// Words of the visitor's own program.
    fn client(&mut self, client: &'static Generator, status: Option<u16>) {
        let value = Value::Word(client.id.to_owned());
        self.put(self.signal(id("page-from-client")).name(client.id).value(value));
        let failures = (client.failures)(self.message);
        if failures.is_empty()
            && let Some(meaning) = status.and_then(unexplained)
        {
            let value = status.map_or(Value::None, Value::Status);
            self.tell(Told { id: meaning, value, target: None });
        }
        for told in failures {
            self.tell(told);
        }
    }

    fn says_error(&mut self, generator: Option<&'static Generator>) {
        let signal = self.signal(id("site-page-says-error"));
        let signal = match heading_status(self.message) {
            Some(status) => signal.value(Value::Status(status)),
            None => signal,
        };
        self.put(match generator {
            Some(generator) => signal.name(generator.id),
            None => signal,
        });
    }

    pub(crate) fn signal(&self, meaning: SignalId) -> Signal {
        let excerpt = match self.message.status {
            Some(status) => format!("{status} {} {}", self.message.reason, first_words(self.message.body)),
            None => first_words(self.message.body),
        };
        Signal::new(meaning, Source::new(SourceKind::Page, self.name, 0, self.product))
            .excerpt(Untrusted::new(excerpt.as_bytes()))
    }

    pub(crate) fn put(&mut self, signal: Signal) {
        self.evidence.add(signal);
    }

    /// Whether the page has said this of this server already, or another failure of just this type.
    pub(crate) fn has_told(&self, meaning: SignalId, target: Option<&Target>) -> bool {
        let same = |id: SignalId| match (id.kind().role, meaning.kind().role) {
            (Role::Failure(Some(told), _), Role::Failure(Some(error), _)) => told == error,
            _ => id == meaning,
        };
        self.evidence.signals().iter().any(|told| same(told.id) && told.about.target.as_ref() == target)
    }

    pub(crate) fn tell(&mut self, told: Told) {
        let signal = self.signal(told.id).value(told.value).target(told.target);
        self.put(signal);
    }

    /// Who made the page, and what that says of the failure.
    fn origin(
        &mut self,
        made: Option<&(&'static Generator, Made)>,
        front: Option<&'static Generator>,
        hops: &[&str],
        status: Option<u16>,
    ) {
        let generator = made.map(|(generator, _)| *generator);
        let origin = self.origin_of(made, front, hops, status);
        let meaning = match origin {
            Origin::Gateway => Some(id("page-made-by-gateway")),
            Origin::Nested => Some(id("page-nested-gateway")),
            Origin::Application => Some(id("page-from-application")),
            Origin::Behind => Some(id("page-not-from-gateway")),
            Origin::Unknown => None,
        };
        if let Some(meaning) = meaning {
            let signal = self.signal(meaning);
            self.put(match generator {
                Some(generator) => signal.name(generator.id),
                None => signal,
            });
        }
        if origin == Origin::Behind && self.is_status_in_doubt(hops, status) {
            self.put(
                self.signal(id("page-status-in-doubt")).value(status.map_or(Value::None, Value::Status)),
            );
        }
        let failures = generator.map(|generator| (generator.failures)(self.message)).unwrap_or_default();
        let inner = matches!(origin, Origin::Nested | Origin::Application | Origin::Behind);
        if inner && let Some(meaning) = answered(status) {
            let value = status.map_or(Value::None, Value::Status);
            self.tell(Told { id: meaning, value, target: None });
        }
        if origin == Origin::Nested && status.is_some_and(|status| status >= 500) {
            self.tell(Told { id: id("upstream-answered-nested-gateway"), value: Value::None, target: None });
            // What the inner gateway says of its own upstream is not this gateway's symptom. Seen through a network's
            // edge, the inner gateway is the one in question.
            if front.is_none_or(|front| front.kind != Kind::Edge) {
                return;
            }
            for told in failures.into_iter().filter(|told| !unspecific(told.id)) {
                self.tell(told);
            }
            return;
        }
        // Words about the application alone leave the failure itself to be told by its status.
        if !failures.iter().any(|told| matches!(told.id.kind().role, Role::Failure(..)))
            && !inner
            && let Some(meaning) = status.and_then(unexplained)
        {
            let value = status.map_or(Value::None, Value::Status);
            self.tell(Told { id: meaning, value, target: None });
        }
        let good = status.is_some_and(|status| status < 400);
        for told in failures.into_iter().filter(|told| !(good && unspecific(told.id))) {
            let value = match told.value {
                Value::None => status.filter(|_| unspecific(told.id)).map_or(Value::None, Value::Status),
                value => value,
            };
            self.tell(Told { value, ..told });
        }
    }
}

/// The begin of a body in one line.
fn first_words(body: &str) -> String {
    body.split_whitespace().take(40).collect::<Vec<_>>().join(" ")
}

fn answered(status: Option<u16>) -> Option<SignalId> {
    match status? {
        400..=499 => Some(id("upstream-answered-4xx")),
        500..=599 => Some(id("upstream-answered-5xx")),
        600.. => Some(id("answer-invalid-status")),
        _ => None,
    }
}

fn unexplained(status: u16) -> Option<SignalId> {
    Some(match status {
        500 => id("gateway-answered-500"),
        502 => id("gateway-answered-502"),
        503 => id("gateway-answered-503"),
        504 => id("gateway-answered-504"),
        501 | 505..=599 => id("gateway-answered-other"),
        _ => return None,
    })
}

/// Whether the signal says only that there was an error status.
fn unspecific(meaning: SignalId) -> bool {
    meaning.as_str().starts_with("gateway-answered-") || meaning.as_str().starts_with("upstream-answered-")
}
