//! Names of fields as numbers, and sets of them: a name that matters is found in a few steps, whatever its case.

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
}
