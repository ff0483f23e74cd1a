//! The `Proxy-Status` response field (RFC 9209 section 2), on the `sfv` crate for structured fields.

use std::fmt;

use sfv::{BareItem, Item, ListEntry, ListSerializer, Parser};

use crate::ErrorType;

/// One member of a `Proxy-Status` list: what one intermediary said. The first is closest to the origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// The intermediary's identifier.
    pub proxy: String,
    /// The `error` parameter as written; see [`Member::error_type`].
    pub error: Option<String>,
    /// `next-hop`: the server selected.
    pub next_hop: Option<String>,
    /// `next-protocol`: ALPN id used towards it.
    pub next_protocol: Option<String>,
    /// `received-status`: what the next hop answered.
    pub received_status: Option<u16>,
    /// `details`: free text.
    pub details: Option<String>,
    /// Other parameters with a string, token, integer or boolean value, such as `rcode` or `alert-id`.
    pub extra: Vec<(String, String)>,
}

impl Member {
    /// The registered type. Takes the short form `read_timeout` of the RFC's own example for
    /// `connection_read_timeout`.
    pub fn error_type(&self) -> Option<ErrorType> {
        match self.error.as_deref()? {
            "read_timeout" => Some(ErrorType::ConnectionReadTimeout),
            token => ErrorType::from_token(token),
        }
    }
}

/// The field is not a structured-fields list of strings or tokens.
#[derive(Debug)]
pub struct ProxyStatusError(String);

impl fmt::Display for ProxyStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is not a Proxy-Status field (RFC 9209 section 2): {}", self.0)
    }
}

impl std::error::Error for ProxyStatusError {}

/// Reads a `Proxy-Status` field value.
///
/// # Errors
/// If the value is not a structured-fields list (RFC 9651 section 3.1), or a member is neither String nor Token.
pub fn parse_proxy_status(value: &str) -> Result<Vec<Member>, ProxyStatusError> {
    let list: sfv::List = Parser::new(value).parse().map_err(|e| ProxyStatusError(e.to_string()))?;
    list.into_iter()
        .map(|entry| match entry {
            ListEntry::Item(item) => member(&item),
            ListEntry::InnerList(_) => Err(ProxyStatusError("a member may not be an inner list".into())),
        })
        .collect()
}

fn text(item: &BareItem) -> Option<String> {
    match item {
        BareItem::String(s) => Some(s.as_str().to_owned()),
        BareItem::Token(t) => Some(t.as_str().to_owned()),
        BareItem::Integer(i) => Some(i.to_string()),
        BareItem::Boolean(b) => Some(b.to_string()),
        BareItem::ByteSequence(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn member(item: &Item) -> Result<Member, ProxyStatusError> {
    let proxy = match &item.bare_item {
        BareItem::String(_) | BareItem::Token(_) => text(&item.bare_item).unwrap_or_default(),
        other => return Err(ProxyStatusError(format!("a member must be a string or token, not {other:?}"))),
    };
    let mut member = Member { proxy, ..Member::default() };
    for (key, value) in &item.params {
        let Some(words) = text(value) else { continue };
        match key.as_str() {
            "error" => member.error = Some(words),
            "next-hop" => member.next_hop = Some(words),
            "next-protocol" => member.next_protocol = Some(words),
            "received-status" => member.received_status = words.parse().ok(),
            "details" => member.details = Some(words),
            other => member.extra.push((other.to_owned(), words)),
        }
    }
    Ok(member)
}

/// Writes a `Proxy-Status` field value. Characters that a structured-fields string cannot hold
/// (anything but visible ASCII and space) are replaced by `?`; extra parameters are written as strings.
pub fn serialize_proxy_status(members: &[Member]) -> Option<String> {
    let mut list = ListSerializer::new();
    for member in members {
        let proxy = string(&member.proxy);
        let mut out = match sfv::TokenRef::from_str(&member.proxy) {
            Ok(token) => list.bare_item(token),
            Err(_) => list.bare_item(&*proxy),
        };
        if let Some(error) = &member.error {
            out = match sfv::TokenRef::from_str(error) {
                Ok(token) => out.parameter(sfv::key_ref("error"), token),
                Err(_) => out.parameter(sfv::key_ref("error"), &*string(error)),
            };
        }
        let named = [("next-hop", &member.next_hop), ("details", &member.details)];
        if let Some(protocol) = &member.next_protocol {
            out = match sfv::TokenRef::from_str(protocol) {
                Ok(token) => out.parameter(sfv::key_ref("next-protocol"), token),
                Err(_) => out.parameter(sfv::key_ref("next-protocol"), protocol.as_bytes()),
            };
        }
        if let Some(status) = member.received_status {
            out = out.parameter(sfv::key_ref("received-status"), status);
        }
        for (key, value) in named {
            if let Some(value) = value {
                out = out.parameter(sfv::key_ref(key), &*string(value));
            }
        }
        for (key, value) in &member.extra {
            if let Ok(key) = sfv::KeyRef::from_str(key) {
                out = out.parameter(key, &*string(value));
            }
        }
    }
    list.finish()
}

fn string(text: &str) -> sfv::String {
    let plain: String = text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect();
    sfv::String::from_string(plain).unwrap_or_else(|_| sfv::StringRef::constant("?").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_examples_of_the_rfc() {
        let field = r#"r34.example.net; error=http_request_error, "cdn 1"; received-status=200; next-hop="10.0.0.1"; details="a \"b\"""#;
        let members = parse_proxy_status(field).unwrap();
        assert_eq!(members[0].error_type(), Some(ErrorType::HttpRequestError));
        assert_eq!(members[1].proxy, "cdn 1");
        assert_eq!(members[1].received_status, Some(200));
        assert_eq!(members[1].details.as_deref(), Some("a \"b\""));
    }

    #[test]
    fn reads_the_defective_examples_too() {
        let members = parse_proxy_status(r#"a; error=read_timeout, b; error="http_protocol_error""#).unwrap();
        assert_eq!(members[0].error_type(), Some(ErrorType::ConnectionReadTimeout));
        assert_eq!(members[1].error_type(), Some(ErrorType::HttpProtocolError));
    }

    #[test]
    fn refuses_what_is_no_list_of_names() {
        for bad in ["(a b)", "1", "a; error=", "\u{e9}"] {
            assert!(parse_proxy_status(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            proxy in "[ -~]{0,20}", details in proptest::option::of("[ -~]{0,30}"),
            hop in proptest::option::of("[ -~]{1,20}"), status in proptest::option::of(100u16..600), error in 0usize..32,
        ) {
            let error = ErrorType::all().nth(error).map(|e| e.token().to_owned());
            let member = Member { proxy, error, next_hop: hop, received_status: status, details, ..Member::default() };
            let written = serialize_proxy_status(std::slice::from_ref(&member)).unwrap();
            prop_assert_eq!(parse_proxy_status(&written).unwrap(), vec![member]);
        }

        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            let _ = parse_proxy_status(&text);
        }
    }
}
