//! Which fields go no further, by their names: those of one connection, those that we write ourselves, those that only
//! a proxy may send.

use goodgate_wire::{FieldLines, FieldName, FieldNames, elements};

/// Fields that concern one connection only (RFC 9110 section 7.6.1), or are taken out for safety.
pub(super) const OF_THE_CONNECTION: FieldNames = FieldNames::of(&[
    FieldName::Connection,
    FieldName::KeepAlive,
    FieldName::ProxyConnection,
    FieldName::TransferEncoding,
    FieldName::Te,
    FieldName::Upgrade,
    FieldName::Http2Settings,
]);

/// What of a request does not go on as it came: we write it ourselves, or nobody does.
pub(super) const NOT_ON: FieldNames = OF_THE_CONNECTION.and(FieldNames::of(&[
    FieldName::Host,
    FieldName::ContentLength,
    FieldName::Via,
    FieldName::XForwardedFor,
    FieldName::Forwarded,
    FieldName::XRequestId,
    FieldName::Proxy,
]));

/// What only a proxy may say and is not taken from anybody else.
pub(super) const CLAIMS: FieldNames = FieldNames::of(&[
    FieldName::XForwardedHost,
    FieldName::XForwardedProto,
    FieldName::XForwardedPort,
    FieldName::XRealIp,
]);

/// How many more intermediaries a request may pass.
pub(super) const MAX_FORWARDS: FieldNames = FieldNames::of(&[FieldName::MaxForwards]);

/// Names that `Connection` may list. Each is compared with each field, so that a list as long as a head may be would cost
/// far more than it cost to send.
const NOMINATED_MAX: usize = 64;

/// Whether `Connection` lists more names than anybody has a use for.
pub(crate) fn nominates_too_many(fields: FieldLines<'_>) -> bool {
    let mut left = NOMINATED_MAX;
    fields.all(FieldName::Connection).any(|value| {
        let count = match value {
            b"keep-alive" | b"close" => 1,
            _ => elements(value).take(left + 1).count(),
        };
        let over = count > left;
        left = left.saturating_sub(count);
        over
    })
}

/// The names that `Connection` lists, of which the fields go out as well. Those that every message needs are not
/// believed: `Connection: host` would make another request of it.
pub(super) struct Nominated<'a> {
    lists: FieldLines<'a>,
    /// Whether there are any but the usual ones.
    pub(super) any: bool,
}

impl<'a> Nominated<'a> {
    pub(super) fn by(fields: FieldLines<'a>) -> Self {
        let usual = |element: &[u8]| match element {
            b"keep-alive" | b"close" => true,
            _ => [&b"close"[..], b"keep-alive", b"upgrade", b"te"]
                .iter()
                .any(|word| element.eq_ignore_ascii_case(word)),
        };
        let any = fields.names().has(FieldName::Connection)
            && fields.all(FieldName::Connection).any(|value| elements(value).any(|element| !usual(element)));
        Self { lists: fields, any }
    }

    pub(super) fn has(&self, id: FieldName, name: &[u8]) -> bool {
        self.any && !NOT_NOMINATED.has(id) && self.lists.lists(FieldName::Connection, name)
    }
}

/// What nobody may have taken out by naming it in `Connection`: what every message needs, and what proxies say of the
/// client.
const NOT_NOMINATED: FieldNames = CLAIMS.and(FieldNames::of(&[
    FieldName::Host,
    FieldName::ContentLength,
    FieldName::Forwarded,
    FieldName::XForwardedFor,
]));

/// Whether applications may take one name for the other: CGI and its descendants (WSGI, Rack, PHP) make the same variable
/// of `X_Real_IP` and `X-Real-IP`.
pub(super) fn is_same_variable(one: &[u8], other: &[u8]) -> bool {
    let letter = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    one.len() == other.len() && one.iter().map(letter).eq(other.iter().map(letter))
}

/// Whether a field passes for one of those that we write ourselves, by a name that [is the same](is_same_variable) to
/// applications.
pub(super) fn is_disguised(id: FieldName, name: &[u8]) -> bool {
    const LONGEST: usize = 32;
    if id != FieldName::Other || !name.contains(&b'_') {
        return false;
    }
    let mut plain = [0; LONGEST];
    let Some(plain) = plain.get_mut(..name.len()) else { return false };
    plain.copy_from_slice(name);
    plain.iter_mut().filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
    let meant = FieldName::of(plain);
    meant != FieldName::Other && (NOT_ON.has(meant) || CLAIMS.has(meant))
}

/// What has no place behind a message: what frames, routes, asks under conditions, proves who asks or says how the rest is
/// to be read (RFC 9110 section 6.5.1), and what only a proxy may say.
const NOT_BEHIND: FieldNames = NOT_ON.and(CLAIMS).and(FieldNames::of(&[
    FieldName::Trailer,
    FieldName::Authorization,
    FieldName::ProxyAuthorization,
    FieldName::ProxyAuthenticate,
    FieldName::Expect,
    FieldName::Range,
    FieldName::IfMatch,
    FieldName::IfNoneMatch,
    FieldName::IfModifiedSince,
    FieldName::IfUnmodifiedSince,
    FieldName::IfRange,
    FieldName::ContentType,
    FieldName::Location,
    FieldName::MaxForwards,
    FieldName::Date,
    FieldName::RetryAfter,
]));

/// Whether a trailer field may be passed on.
pub(crate) fn may_trail(id: FieldName, name: &[u8]) -> bool {
    !NOT_BEHIND.has(id) && !is_disguised(id, name)
}
