//! Field lines as places in a text that somebody else holds: what both halves of the gateway read, rewrite and route
//! by. Nothing is copied, and a name that matters is a number.
//!
//! Knows no version of HTTP: HTTP/1.1, HTTP/2 and FastCGI fill the same table.

use memchr::memchr;

/// A place in a text, in bytes. Heads are limited to far less than 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub begin: u32,
    /// Where it ends, exclusively.
    pub end: u32,
}

impl Span {
    /// The bytes at this place; none where the text does not reach so far.
    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.begin as usize..self.end as usize).unwrap_or_default()
    }

    /// Its length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.begin) as usize
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.end <= self.begin
    }
}

macro_rules! field_names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The name of a field, where the gateway has anything to do with it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum FieldName {
            $($(#[$doc])* $variant,)*
            /// Any other.
            Other,
        }

        impl FieldName {
            /// All known names.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// In lower case, as HTTP/2 writes it; empty for [`FieldName::Other`].
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other => "",
                }
            }
        }
    };
}

field_names! {
    /// `Accept` (RFC 9110 section 12.5.1).
    Accept = "accept",
    /// `Accept-Language` (RFC 9110 section 12.5.4).
    AcceptLanguage = "accept-language",
    /// `Authorization` (RFC 9110 section 11.6.2).
    Authorization = "authorization",
    /// `CDN-Loop` (RFC 8586).
    CdnLoop = "cdn-loop",
    /// `Connection` (RFC 9110 section 7.6.1).
    Connection = "connection",
    /// `Content-Length` (RFC 9110 section 8.6).
    ContentLength = "content-length",
    /// `Content-Type` (RFC 9110 section 8.3).
    ContentType = "content-type",
    /// `Date` (RFC 9110 section 6.6.1).
    Date = "date",
    /// `Expect` (RFC 9110 section 10.1.1).
    Expect = "expect",
    /// `Forwarded` (RFC 7239).
    Forwarded = "forwarded",
    /// `Host` (RFC 9110 section 7.2).
    Host = "host",
    /// `HTTP2-Settings` (RFC 7540 section 3.2.1, retired by RFC 9113).
    Http2Settings = "http2-settings",
    /// `If-Match` (RFC 9110 section 13.1.1).
    IfMatch = "if-match",
    /// `If-Modified-Since` (RFC 9110 section 13.1.3).
    IfModifiedSince = "if-modified-since",
    /// `If-None-Match` (RFC 9110 section 13.1.2).
    IfNoneMatch = "if-none-match",
    /// `If-Range` (RFC 9110 section 13.1.5).
    IfRange = "if-range",
    /// `If-Unmodified-Since` (RFC 9110 section 13.1.4).
    IfUnmodifiedSince = "if-unmodified-since",
    /// `Keep-Alive` (RFC 2068 section 19.7.1).
    KeepAlive = "keep-alive",
    /// `Location` (RFC 9110 section 10.2.2).
    Location = "location",
    /// `Max-Forwards` (RFC 9110 section 7.6.2).
    MaxForwards = "max-forwards",
    /// `Proxy`, which no client has a reason to send: CGI would make `HTTP_PROXY` of it.
    Proxy = "proxy",
    /// `Proxy-Authenticate` (RFC 9110 section 11.7.1).
    ProxyAuthenticate = "proxy-authenticate",
    /// `Proxy-Authorization` (RFC 9110 section 11.7.2).
    ProxyAuthorization = "proxy-authorization",
    /// `Proxy-Connection`, never standard (RFC 9112 appendix C.2.2).
    ProxyConnection = "proxy-connection",
    /// `Proxy-Status` (RFC 9209).
    ProxyStatus = "proxy-status",
    /// `Range` (RFC 9110 section 14.2).
    Range = "range",
    /// `Referer` (RFC 9110 section 10.1.3).
    Referer = "referer",
    /// `Retry-After` (RFC 9110 section 10.2.3).
    RetryAfter = "retry-after",
    /// `Server` (RFC 9110 section 10.2.4).
    Server = "server",
    /// `TE` (RFC 9110 section 10.1.4).
    Te = "te",
    /// `Trailer` (RFC 9110 section 6.6.2).
    Trailer = "trailer",
    /// `Transfer-Encoding` (RFC 9112 section 6.1).
    TransferEncoding = "transfer-encoding",
    /// `Upgrade` (RFC 9110 section 7.8).
    Upgrade = "upgrade",
    /// `User-Agent` (RFC 9110 section 10.1.5).
    UserAgent = "user-agent",
    /// `Via` (RFC 9110 section 7.6.3).
    Via = "via",
    /// `X-Forwarded-For`.
    XForwardedFor = "x-forwarded-for",
    /// `X-Forwarded-Host`.
    XForwardedHost = "x-forwarded-host",
    /// `X-Forwarded-Port`.
    XForwardedPort = "x-forwarded-port",
    /// `X-Forwarded-Proto`.
    XForwardedProto = "x-forwarded-proto",
    /// `X-Real-IP`, nginx's word for the client's address.
    XRealIp = "x-real-ip",
    /// `X-Request-ID`.
    XRequestId = "x-request-id",
}

/// Bytes of a name that [`words`] tells apart from all others of its length; no known name is longer.
const NAME_MAX: usize = 24;

/// The bytes of a name of up to [`NAME_MAX`] bytes as numbers, so that it is compared in a few steps: the first byte is
/// the lowest, and behind the last are zeros.
const fn words(name: &[u8]) -> [u64; 3] {
    let length = name.len();
    if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        // Those of the last that are in no word before it.
        let behind = match length % 8 {
            0 => last,
            count => last >> (8 * (8 - count)),
        };
        return match name.split_at(8).1.first_chunk::<8>() {
            None if length == 8 => [first, 0, 0],
            None => [first, behind, 0],
            Some(_) if length == 16 => [first, last, 0],
            Some(between) => [first, u64::from_le_bytes(*between), behind],
        };
    }
    if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64);
        return [first | last << (8 * (length - 4)), 0, 0];
    }
    match *name {
        [one] => [one as u64, 0, 0],
        [one, two] => [u64::from_le_bytes([one, two, 0, 0, 0, 0, 0, 0]), 0, 0],
        [one, two, three] => [u64::from_le_bytes([one, two, three, 0, 0, 0, 0, 0]), 0, 0],
        _ => [0; 3],
    }
}

/// A known name, ready to be compared.
#[derive(Clone, Copy)]
struct Known {
    words: [u64; 3],
    /// The bit that upper and lower case differ in, where the name has a letter.
    letters: [u64; 3],
    length: u8,
    name: FieldName,
}

impl Known {
    const fn of(name: FieldName) -> Self {
        let text = name.as_str().as_bytes();
        assert!(text.len() <= NAME_MAX, "a known name is too long to be compared");
        let mut letters = [0; NAME_MAX];
        let mut at = 0;
        while at < text.len() {
            if text[at].is_ascii_alphabetic() {
                letters[at] = 0x20;
            }
            at += 1;
        }
        let letters = words(letters.split_at(text.len()).0);
        Self { words: words(text), letters, length: text.len() as u8, name }
    }

    const fn begins(&self, first: u64, second: u64) -> bool {
        first | self.letters[0] == self.words[0] && second | self.letters[1] == self.words[1]
    }

    const fn is(&self, [first, second, third]: [u64; 3]) -> bool {
        self.begins(first, second) && third | self.letters[2] == self.words[2]
    }
}

impl Known {
    /// The only known name that these words can be.
    #[inline]
    fn at(words: [u64; 3]) -> &'static Self {
        let place = NAMES.slots[slot(words, NAMES.factor) % SLOTS];
        &NAMES.known[usize::from(place) % PLACES]
    }
}

/// Slots of the table of names: so many that a factor which gives each name its own is soon found.
const SLOTS: usize = 256;

/// The slot of a name, whatever the case of its letters.
const fn slot(words: [u64; 3], factor: u64) -> usize {
    const LETTERS: u64 = u64::from_le_bytes([0x20; 8]);
    let mixed = (words[0] ^ words[1].rotate_left(8)) | LETTERS;
    (mixed.wrapping_mul(factor) >> (u64::BITS - SLOTS.ilog2())) as usize
}

/// More than there are names; a power of two, so that a number is easily kept within it.
const PLACES: usize = 64;

/// All known names, each in its own slot, and behind them some that no name is.
struct Names {
    known: [Known; PLACES],
    slots: [u8; SLOTS],
    factor: u64,
}

impl Names {
    /// The names by this factor; `None` where two come into one slot.
    const fn by(factor: u64) -> Option<Self> {
        const NONE: u8 = FieldName::ALL.len() as u8;
        let mut names = Self { known: [Known::of(FieldName::Other); _], slots: [NONE; SLOTS], factor };
        let mut at = 0;
        while at < FieldName::ALL.len() {
            let known = Known::of(FieldName::ALL[at]);
            let slot = slot(known.words, factor);
            if names.slots[slot] != NONE {
                return None;
            }
            names.slots[slot] = at as u8;
            names.known[at] = known;
            at += 1;
        }
        Some(names)
    }
}

static NAMES: Names = {
    assert!(FieldName::ALL.len() < PLACES);
    // Any odd number with bits all over it; the next ones are as good.
    let mut factor = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        if let Some(names) = Names::by(factor) {
            break names;
        }
        factor = factor.wrapping_mul(5).wrapping_add(2);
    }
};

impl FieldName {
    /// The known name that these bytes are, whatever their case.
    #[inline]
    pub fn of(name: &[u8]) -> Self {
        if name.len() > NAME_MAX {
            return Self::Other;
        }
        let words = words(name);
        let known = Known::at(words);
        let same = usize::from(known.length) == name.len() && known.is(words);
        if same { known.name } else { Self::Other }
    }

    /// The known name that a name of up to 15 bytes is, none of them zero; given as words, the first byte the lowest, with
    /// zeros behind the last.
    #[inline]
    pub(crate) fn of_words([first, second]: [u64; 2]) -> Self {
        let known = Known::at([first, second, 0]);
        // Longer names have a byte at the end of the second word.
        if known.begins(first, second) { known.name } else { Self::Other }
    }
}

/// One field line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLine {
    /// What the name is, if it is known.
    pub id: FieldName,
    /// The name, as written.
    pub name: Span,
    /// The value, without the whitespace around it.
    pub value: Span,
}

/// Names of fields, one bit for each that is known and one for all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldNames(u64);

const _: () = assert!((FieldName::Other as u32) < u64::BITS, "every name has its bit");

impl FieldNames {
    /// These names.
    pub const fn of(names: &[FieldName]) -> Self {
        let (mut all, mut rest) = (Self(0), names);
        while let [name, others @ ..] = rest {
            all = all.and(Self::one(*name));
            rest = others;
        }
        all
    }

    /// This name alone.
    pub(crate) const fn one(name: FieldName) -> Self {
        Self(1 << name as u8)
    }

    /// Those of both.
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether this name is one of them.
    pub const fn has(self, name: FieldName) -> bool {
        self.0 >> name as u8 & 1 == 1
    }
}

/// What was found of all lines of a head as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// That each line stands there as it would be written, one behind the other, with a single space before its value,
    /// none behind it, and CRLF.
    pub(crate) plain: bool,
    pub(crate) names: FieldNames,
}

impl Found {
    /// What the lines alone tell.
    pub fn by(lines: &[FieldLine]) -> Self {
        let names =
            lines.iter().fold(FieldNames::default(), |names, line| names.and(FieldNames::one(line.id)));
        Self { plain: false, names }
    }
}

/// The field lines of a head, over the text that they stand in.
#[derive(Clone, Copy, Debug)]
pub struct FieldLines<'a> {
    text: &'a [u8],
    lines: &'a [FieldLine],
    /// No other names than these are among them.
    found: Found,
}

impl<'a> FieldLines<'a> {
    /// These lines of this text.
    pub fn new(text: &'a [u8], lines: &'a [FieldLine]) -> Self {
        Self::of_head(text, lines, Found::by(lines))
    }

    /// The lines of a head of HTTP/1.1 over its text, with what was found as it was read.
    pub fn of_head(text: &'a [u8], lines: &'a [FieldLine], found: Found) -> Self {
        Self { text, lines, found }
    }

    /// What was found of all lines of the head.
    pub(crate) fn found(&self) -> Found {
        self.found
    }

    /// What the names are. Of a part they are those of the whole.
    pub fn names(&self) -> FieldNames {
        self.found.names
    }

    /// Lines among which are all with this known name.
    fn with(&self, id: FieldName) -> &'a [FieldLine] {
        if self.found.names.has(id) { self.lines } else { &[] }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What the names are, in order.
    pub fn ids(&self) -> impl Iterator<Item = FieldName> + use<'a> {
        self.lines.iter().map(|line| line.id)
    }

    /// The name of one of them, as written.
    pub fn name(&self, at: usize) -> Option<&'a [u8]> {
        self.lines.get(at).map(|line| line.name.of(self.text))
    }

    /// Some of them that follow each other; none where there are not so many.
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        Self { lines: self.lines.get(range).unwrap_or_default(), ..*self }
    }

    /// All as they stand in the text, where that is one line of HTTP/1.1 behind the other without whitespace that is not
    /// needed: `Name: value`, CRLF.
    pub fn as_written(&self) -> Option<&'a [u8]> {
        let begin = self.lines.first().map_or(0, |line| line.name.begin as usize);
        if self.found.plain {
            return self.text.get(begin..self.lines.last().map_or(0, |line| line.value.end as usize + 2));
        }
        let mut end = begin;
        for line in self.lines {
            let (name, value) = (line.name.end as usize, line.value.end as usize);
            let colon = self.text.get(name..line.value.begin as usize);
            let behind = self.text.get(value..value + 2);
            if line.name.begin as usize != end || colon != Some(b": ") || behind != Some(b"\r\n") {
                return None;
            }
            end = value + 2;
        }
        self.text.get(begin..end)
    }

    /// All, in order: what the name is, the name as written, the value.
    pub fn iter(&self) -> impl Iterator<Item = (FieldName, &'a [u8], &'a [u8])> + use<'a> {
        let text = self.text;
        self.lines.iter().map(move |line| (line.id, line.name.of(text), line.value.of(text)))
    }

    /// The values of all lines with this known name.
    pub fn all(&self, id: FieldName) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let text = self.text;
        self.places_of_values(id).map(move |value| value.of(text))
    }

    /// The places of the values of all lines with this known name.
    pub(crate) fn places_of_values(&self, id: FieldName) -> impl Iterator<Item = Span> + use<'a> {
        self.with(id).iter().filter(move |line| line.id == id).map(|line| line.value)
    }

    /// The lines with this known name: where each begins, and its value.
    pub(crate) fn places_of(&self, id: FieldName) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
        let text = self.text;
        let lines = self.with(id).iter().filter(move |line| line.id == id);
        lines.map(move |line| (line.name.begin as usize, line.value.of(text)))
    }

    /// The value of the first line with this known name.
    pub fn first(&self, id: FieldName) -> Option<&'a [u8]> {
        self.all(id).next()
    }

    /// The value of the first line with this name, whatever its case.
    pub fn named(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(.., value)| value)
    }

    /// Whether a list in the lines with this name has this element, whatever its case (RFC 9110 section 5.6.1).
    pub fn lists(&self, id: FieldName, element: &[u8]) -> bool {
        self.all(id).any(|value| elements(value).any(|one| one.eq_ignore_ascii_case(element)))
    }
}

/// The elements of a comma-separated list, trimmed, without empty ones (RFC 9110 section 5.6.1.2). Not for values with
/// quoted strings.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let (element, after) = match memchr(b',', text) {
            Some(comma) => (text.get(..comma)?, text.get(comma + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(element.trim_ascii())
    })
    .filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_and_near_misses_are_not() {
        for name in FieldName::ALL {
            assert_eq!(FieldName::of(name.as_str().as_bytes()), *name);
            assert_eq!(FieldName::of(name.as_str().to_ascii_uppercase().as_bytes()), *name);
            assert_eq!(FieldName::of(format!("{}x", name.as_str()).as_bytes()), FieldName::Other);
        }
        assert_eq!(FieldName::of(b""), FieldName::Other);
        assert_eq!(FieldName::of(&[b'x'; 100]), FieldName::Other);
        // Every name with any one byte changed in any way: only the case of a letter may differ.
        for name in FieldName::ALL {
            for at in 0..name.as_str().len() {
                for byte in 0..=u8::MAX {
                    let mut text = name.as_str().as_bytes().to_vec();
                    text[at] = byte;
                    let known = FieldName::ALL
                        .iter()
                        .find(|known| known.as_str().as_bytes().eq_ignore_ascii_case(&text));
                    assert_eq!(FieldName::of(&text), *known.unwrap_or(&FieldName::Other), "{text:?}");
                }
            }
        }
        assert_eq!(FieldName::of(b"content_length"), FieldName::Other);
    }

    #[test]
    fn lines_are_taken_as_written_where_nothing_else_stands_between_them() {
        let text = b"A: b\r\nC: d\r\nE:  f\r\nG: h \r\nI:j\r\nK: l\n";
        let line = |at: u32, begin: u32, end: u32| FieldLine {
            id: FieldName::Other,
            name: Span { begin: at, end: at + 1 },
            value: Span { begin, end },
        };
        let lines = [
            line(0, 3, 4),
            line(6, 9, 10),
            line(12, 16, 17),
            line(19, 22, 23),
            line(26, 28, 29),
            line(31, 34, 35),
        ];
        let fields = FieldLines::new(text, &lines);
        assert_eq!(fields.part(0..2).as_written(), Some(&b"A: b\r\nC: d\r\n"[..]));
        assert_eq!(fields.part(1..2).as_written(), Some(&b"C: d\r\n"[..]));
        assert_eq!(fields.part(2..2).as_written(), Some(&b""[..]));
        assert_eq!((fields.part(1..1).len(), fields.part(4..9).len()), (0, 0));
        for alone in 2..lines.len() {
            assert_eq!(fields.part(alone..alone + 1).as_written(), None, "{alone}");
        }
        let apart = [lines[1], lines[0]];
        assert_eq!(FieldLines::new(text, &apart).as_written(), None);
    }

    #[test]
    fn lists_are_read_by_element() {
        let all: Vec<&[u8]> = elements(b" close , ,Keep-Alive,").collect();
        assert_eq!(all, [&b"close"[..], b"Keep-Alive"]);
        assert_eq!(elements(b"").count(), 0);
        let text = b"Connection: a, Close";
        let line = FieldLine {
            id: FieldName::Connection,
            name: Span { begin: 0, end: 10 },
            value: Span { begin: 12, end: 20 },
        };
        let lines = [line];
        let fields = FieldLines::new(text, &lines);
        assert!(fields.lists(FieldName::Connection, b"close"));
        assert!(!fields.lists(FieldName::Connection, b"clos"));
        assert_eq!(fields.named(b"connection"), Some(&b"a, Close"[..]));
    }
}
