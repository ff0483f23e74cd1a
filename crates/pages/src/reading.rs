//! The recipe: message → generator → signals.

use goodgate_facts::{
    ErrorType, Evidence, Signal, SignalId, Source, SourceKind, Target, Untrusted, Value, id,
    parse_proxy_status,
};

use crate::front::{hops, origin_named};
use crate::generators::{Generator, Kind, all};
use crate::message::Message;
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
    /// The gateway in front, if headers name one that did not make the page.
    pub front: Option<&'static Generator>,
    /// The status that it came with, or that it speaks of.
    pub status: Option<u16>,
    /// What it means.
    pub evidence: Evidence,
}

/// Whether text is an error page or a response head rather than a log.
pub fn looks_like_page(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "http/",
        "<!doctype",
        "<html",
        "<?xml",
        "upstream connect error or disconnect/reset before headers",
        "no healthy upstream",
        "upstream request timeout",
        "error code: 1",
        "error code: 5",
    ];
    let text = text.trim_start();
    STARTS.iter().any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Reads an error page or response head. `name` is the file's name as the user gave it.
pub fn read(name: &str, text: &str) -> PageReading {
    let message = Message::parse(text);
    let generator = generator_of(&message);
    let status = message.status.or_else(|| generator.as_ref().and_then(|(_, made)| made.status));
    let hops = hops(&message);
    let made_by = generator.as_ref().map(|(generator, _)| generator.id);
    // A hop other than the maker; the maker's own fields may stand in the head as well.
    let front = hops.iter().find(|hop| made_by != Some(**hop)).and_then(|hop| by_id(hop));
    let mut page = Page { name, message: &message, product: made_by, evidence: Evidence::new() };
    if let Some((generator, _)) = &generator {
        let value = Value::Word(generator.id.to_owned());
        page.put(page.signal(id("page-generated-by")).name(generator.id).value(value));
    }
    if let Some(status) = status {
        page.put(page.signal(id("page-status")).value(Value::Status(status)));
    }
    page.origin(generator.as_ref().map(|(generator, _)| *generator), front, &hops, status);
    for told in words::said(&message) {
        page.tell(told);
    }
    page.head();
    PageReading { generator, front, status, evidence: page.evidence }
}

/// The generator whose marks are surest.
fn generator_of(message: &Message<'_>) -> Option<(&'static Generator, Made)> {
    let passed = message.status.is_some_and(|status| status < 400);
    all()
        .iter()
        // A good answer may quote a gateway's error page; applications print their errors into good answers.
        .filter(|generator| !(passed && matches!(generator.kind, Kind::Gateway | Kind::Edge)))
        .filter_map(|generator| (generator.recognise)(message).map(|made| (generator, made)))
        .max_by_key(|(_, made)| made.sure)
}

fn by_id(id: &str) -> Option<&'static Generator> {
    all().iter().find(|generator| generator.id == id)
}

/// Who made the page, seen from the gateway in front.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Gateway,
    Nested,
    Application,
    Behind,
    Unknown,
}

/// A page being read.
struct Page<'a> {
    name: &'a str,
    message: &'a Message<'a>,
    product: Option<&'static str>,
    evidence: Evidence,
}

impl Page<'_> {
    fn signal(&self, meaning: SignalId) -> Signal {
        let excerpt = match self.message.status {
            Some(status) => format!("{status} {} {}", self.message.reason, first_words(self.message.body)),
            None => first_words(self.message.body),
        };
        Signal::new(meaning, Source::new(SourceKind::Page, self.name, 0, self.product))
            .excerpt(Untrusted::new(excerpt.as_bytes()))
    }

    fn put(&mut self, signal: Signal) {
        self.evidence.add(signal);
    }

    fn tell(&mut self, told: Told) {
        let signal = self.signal(told.id).value(told.value).target(told.target);
        self.put(signal);
    }

    /// Who made the page, and what that says of the failure.
    fn origin(
        &mut self,
        generator: Option<&'static Generator>,
        front: Option<&'static Generator>,
        hops: &[&str],
        status: Option<u16>,
    ) {
        let origin = self.origin_of(generator, front, hops, status);
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
        let failures = generator.map(|generator| (generator.failures)(self.message)).unwrap_or_default();
        let inner = matches!(origin, Origin::Nested | Origin::Application | Origin::Behind);
        if inner && let Some(meaning) = passed_on(status) {
            let value = status.map_or(Value::None, Value::Status);
            self.tell(Told { id: meaning, value, target: None });
        }
        if origin == Origin::Nested && status.is_some_and(|status| status >= 500) {
            self.tell(Told { id: id("upstream-answered-nested-gateway"), value: Value::None, target: None });
            // What the inner gateway says of its own upstream is not this gateway's symptom.
            return;
        }
        if failures.is_empty()
            && !inner
            && let Some(meaning) = status.and_then(unexplained)
        {
            let value = status.map_or(Value::None, Value::Status);
            self.tell(Told { id: meaning, value, target: None });
        }
        for told in failures {
            let value = match told.value {
                Value::None => status.filter(|_| unspecific(told.id)).map_or(Value::None, Value::Status),
                value => value,
            };
            self.tell(Told { value, ..told });
        }
    }

    fn origin_of(
        &self,
        generator: Option<&'static Generator>,
        front: Option<&'static Generator>,
        hops: &[&str],
        status: Option<u16>,
    ) -> Origin {
        let failed = status.is_some_and(|status| status >= 400);
        match generator.map(|generator| (generator.id, generator.kind)) {
            Some((id, Kind::Gateway | Kind::Edge)) if hops.first() == Some(&id) || hops.is_empty() => {
                Origin::Gateway
            }
            // The maker is not the hop nearest the client: another one passed its page on.
            Some((_, Kind::Gateway | Kind::Edge)) if front.is_some() => Origin::Nested,
            Some((_, Kind::Gateway | Kind::Edge)) => Origin::Gateway,
            Some((_, Kind::AppServer | Kind::Application)) => Origin::Application,
            // A static file of the gateway carries validators; anything else unknown came from behind it.
            None if failed && (origin_named(self.message) || self.unlike_a_gateway(hops)) => Origin::Behind,
            None => Origin::Unknown,
        }
    }

    /// Whether an unknown body under a gateway's name is none that the gateway could have made from its own files.
    fn unlike_a_gateway(&self, hops: &[&str]) -> bool {
        let validators =
            self.message.header("etag").is_some() || self.message.header("last-modified").is_some();
        // Caddy's own errors are empty, and so are some of Envoy's; the others have a page for every error of theirs.
        let empty = self.message.body.trim().is_empty();
        let answered = self.message.header("x-envoy-upstream-service-time").is_some();
        let speechless = empty && (hops.contains(&"caddy") || (hops.contains(&"envoy") && !answered));
        !hops.is_empty() && !validators && !speechless
    }

    /// What the head says.
    fn head(&mut self) {
        let message = self.message;
        let failed = message.status.is_some_and(|status| status >= 400);
        if failed && message.body.trim().is_empty() {
            self.put(self.signal(id("page-empty")));
        }
        if let Some(after) = message.header("retry-after") {
            let value =
                after.parse().map_or_else(|_| Value::Word(after.chars().take(64).collect()), Value::Seconds);
            self.put(self.signal(id("page-retry-after")).value(value));
        }
        if failed && own_reason(message.reason) {
            let words = message.reason.chars().take(120).collect();
            self.put(self.signal(id("page-reason-phrase")).value(Value::Word(words)));
        }
        let announced: Option<usize> =
            message.header("content-length").and_then(|length| length.parse().ok());
        // Saving a page changes its line ends and little else.
        let kept = message.body.len() + message.body.lines().count().max(SAVED_BYTES);
        if announced.is_some_and(|announced| announced > kept) && self.body_is_whole() {
            self.put(self.signal(id("page-body-short")));
        }
        for field in message.all("proxy-status") {
            self.proxy_status(field);
        }
        self.framing();
    }

    /// What the head that a gateway passed on shows of the upstream's own head (RFC 9112 sections 2.3 and 6.3).
    fn framing(&mut self) {
        let message = self.message;
        let lengths: Vec<&str> = message.all("content-length").collect();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if lengths.iter().any(|length| !digits(length)) || lengths.windows(2).any(|pair| pair[0] != pair[1]) {
            self.put(self.signal(id("content-length-invalid")));
        } else if let Some(bytes) = lengths.first().and_then(|length| length.parse().ok()) {
            self.put(self.signal(id("page-had-length")).value(Value::Bytes(bytes)));
        }
        if let Some(protocol) = foreign_protocol(message.body) {
            self.put(self.signal(protocol));
        }
        if message.all("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked")) {
            self.put(self.signal(id("page-was-chunked")));
        }
        let announces = message.all("transfer-encoding").next().is_some()
            || lengths.first().is_some_and(|length| length.trim() != "0");
        if message.status == Some(200) && announces && message.body.trim().is_empty() {
            self.put(self.signal(id("page-good-but-empty")));
        }
        let bodiless = matches!(message.status, Some(204 | 304));
        if bodiless && (!message.body.trim().is_empty() || message.status == Some(204) && !lengths.is_empty())
        {
            self.put(self.signal(id("body-not-allowed")));
        }
        match message.status {
            // Whoever saved a page did not ask for another protocol.
            Some(101) => self.put(self.signal(id("upgrade-unasked")).value(Value::Status(101))),
            Some(status) if !(100..600).contains(&status) => {
                self.put(self.signal(id("answer-invalid-status")).value(Value::Status(status)));
            }
            _ => {}
        }
    }

    /// Whether the file seems to hold all of the body: saved pages are often cut at a round size, and an answer to
    /// HEAD or a bodiless status has none.
    fn body_is_whole(&self) -> bool {
        let length = self.message.body.len();
        let bodiless = self.message.status.is_some_and(|s| s < 200 || s == 204 || s == 304);
        length > 0 && !bodiless && !length.is_multiple_of(256) && !length.is_multiple_of(1000)
    }

    /// RFC 9209: each member is one hop's word on the failure.
    fn proxy_status(&mut self, field: &str) {
        let Ok(members) = parse_proxy_status(field) else { return };
        for member in members {
            let target = member.next_hop.as_deref().and_then(Target::parse);
            let word =
                member.error.clone().or_else(|| member.received_status.map(|status| status.to_string()));
            let mut signal =
                self.signal(id("page-proxy-status")).name(member.proxy.clone()).target(target.clone());
            if let Some(word) = word {
                signal = signal.value(Value::Word(word));
            }
            self.put(signal);
            if let Some(meaning) = member.error_type().and_then(of_error_type) {
                self.tell(Told { id: meaning, value: Value::None, target: target.clone() });
            }
            if let Some(status) = member.received_status.filter(|status| *status >= 500) {
                self.tell(Told { id: id("upstream-answered-5xx"), value: Value::Status(status), target });
            }
        }
    }
}

/// So many bytes may be lost when somebody saves a page.
const SAVED_BYTES: usize = 64;

/// The begin of a body in one line.
fn first_words(body: &str) -> String {
    body.split_whitespace().take(40).collect::<Vec<_>>().join(" ")
}

fn passed_on(status: Option<u16>) -> Option<SignalId> {
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

/// Whether a reason phrase is more than the status code's usual words.
fn own_reason(reason: &str) -> bool {
    const USUAL: &[&str] = &[
        "",
        "bad request",
        "unauthorized",
        "forbidden",
        "not found",
        "method not allowed",
        "request timeout",
        "request time-out",
        "payload too large",
        "request entity too large",
        "content too large",
        "misdirected request",
        "too many requests",
        "request header fields too large",
        "internal server error",
        "not implemented",
        "bad gateway",
        "service unavailable",
        "service temporarily unavailable",
        "gateway timeout",
        "gateway time-out",
        "http version not supported",
        "insufficient storage",
        "loop detected",
        "unknown",
        "unassigned",
        "<none>",
    ];
    !USUAL.contains(&reason.to_ascii_lowercase().as_str())
}

/// The signal of an RFC 9209 type, where one says just that.
fn of_error_type(error: ErrorType) -> Option<SignalId> {
    Some(match error {
        ErrorType::DnsTimeout => id("name-lookup-timed-out"),
        ErrorType::DnsError => id("name-lookup-failed"),
        ErrorType::DestinationNotFound => id("no-upstream-configured"),
        ErrorType::DestinationUnavailable => id("no-live-upstream"),
        ErrorType::DestinationIpProhibited => id("address-prohibited"),
        ErrorType::DestinationIpUnroutable => id("connect-unreachable"),
        ErrorType::ConnectionRefused => id("connect-refused"),
        ErrorType::ConnectionTerminated => id("ended-before-response"),
        ErrorType::ConnectionTimeout => id("connect-timed-out"),
        ErrorType::ConnectionReadTimeout => id("read-timed-out"),
        ErrorType::ConnectionWriteTimeout => id("send-timed-out"),
        ErrorType::ConnectionLimitReached => id("upstream-limit-reached"),
        ErrorType::TlsProtocolError => id("tls-handshake-failed"),
        ErrorType::TlsCertificateError => id("certificate-rejected"),
        ErrorType::TlsAlertReceived => id("tls-alert-received"),
        ErrorType::HttpResponseIncomplete => id("body-cut"),
        ErrorType::HttpResponseHeaderSectionSize => id("header-too-big"),
        ErrorType::HttpResponseBodySize => id("body-too-big"),
        ErrorType::HttpResponseTransferCoding => id("transfer-encoding-invalid"),
        ErrorType::HttpResponseContentCoding => id("content-coding-invalid"),
        ErrorType::HttpResponseTimeout => id("response-timed-out"),
        ErrorType::HttpUpgradeFailed => id("upgrade-failed"),
        ErrorType::HttpProtocolError => id("response-unreadable"),
        ErrorType::ProxyInternalError => id("gateway-internal-error"),
        ErrorType::ProxyConfigurationError => id("gateway-config-error"),
        ErrorType::ProxyLoopDetected => id("loop-detected"),
        _ => return None,
    })
}
/// Another protocol's greeting where a body should be: a gateway took it for HTTP/0.9.
fn foreign_protocol(body: &str) -> Option<SignalId> {
    if body.starts_with("SSH-") {
        return Some(id("answer-looks-like-ssh"));
    }
    let head: String = body.chars().take(200).collect();
    if head.contains("mysql_native_password") || head.contains("caching_sha2_password") {
        return Some(id("answer-looks-like-mysql"));
    }
    // The first frame of an HTTP/2 connection is SETTINGS (type 4) on stream 0 (RFC 9113 section 3.4); its length
    // byte may have been lost when the page was saved as text.
    let begin: Vec<char> = head.chars().take(12).collect();
    let settings =
        begin.windows(6).any(|w| w[0] == '\u{4}' && w[1..].iter().filter(|c| **c == '\0').count() >= 4);
    (head.starts_with('\0') && settings).then(|| id("answer-looks-like-http2"))
}
