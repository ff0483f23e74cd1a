//! The `Proxy-Status` field (RFC 9209): what this gateway has to say of an answer, behind what those nearer to the
//! origin have said.

use goodgate_facts::{ErrorType, parse_proxy_status};
use goodgate_wire::http1::reason;
use goodgate_wire::{Failure, Fault};

use super::account::Account;
use super::details::details;
use super::status::status;
use crate::Failed;
use crate::written::number;

/// Bytes of members of others that are kept. A real chain of proxies says less.
const KEPT_BYTES_MAX: usize = 2048;

/// What this gateway says of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// By which name it goes.
    pub name: &'a str,
    /// What failed; `None` for an answer that is passed on.
    pub failed: Option<&'a Failed>,
    /// The server that was asked, for those who may know it.
    pub next_hop: Option<&'a str>,
    /// The protocol spoken to it: `http/1.1`, `h2`.
    pub next_protocol: Option<&'a str>,
    /// The status that the server answered, where another stands in the answer or nobody could tell whose it is.
    pub received_status: Option<u16>,
    /// Whether numbers and times may be told as well.
    pub full: bool,
}

impl<'a> Said<'a> {
    /// What is said of a failure: to the public no word of anything inside, with an account everything.
    pub fn failed(name: &'a str, failed: &'a Failed, account: Option<&'a Account<'a>>) -> Self {
        Self {
            name,
            failed: Some(failed),
            next_hop: account.and_then(|account| account.server),
            next_protocol: None,
            received_status: None,
            full: account.is_some(),
        }
    }
}

/// Appends `Proxy-Status`, with its name and line end, so that it can also be used as a trailer (RFC 9209 section 2).
///
/// `existing` are the values of the field that came from the server. They are kept as they are where they can be read;
/// others would make the whole field unreadable (RFC 9651 section 4.2) and are left out, as is what is endlessly long.
pub fn proxy_status<'v>(existing: impl Iterator<Item = &'v [u8]>, said: &Said<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Proxy-Status: ");
    let begin = out.len();
    for value in existing {
        let value = value.trim_ascii();
        let text = std::str::from_utf8(value).ok().filter(|text| !text.is_empty());
        let readable = text.is_some_and(|text| parse_proxy_status(text).is_ok_and(|list| !list.is_empty()));
        if readable && out.len() - begin + value.len() <= KEPT_BYTES_MAX {
            out.extend_from_slice(value);
            out.extend_from_slice(b", ");
        }
    }
    name(said.name, out);
    if let Some(failed) = said.failed
        && let Some(error) = failed.error_type()
    {
        out.extend_from_slice(b"; error=");
        out.extend_from_slice(error.token().as_bytes());
        parameters(failed, error, out);
    }
    if let Some(hop) = said.next_hop {
        out.extend_from_slice(b"; next-hop=");
        string(hop.split_once("://").map_or(hop, |(_, place)| place), out);
    }
    if let Some(protocol) = said.next_protocol {
        out.extend_from_slice(b"; next-protocol=");
        name(protocol, out);
    }
    if let Some(status) = said.received_status {
        integer("received-status", u64::from(status), out);
    }
    if let Some(failed) = said.failed {
        explain(failed, said.full, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// The parameters that section 2.3 has for an error type, where we know them.
fn parameters(failed: &Failed, error: ErrorType, out: &mut Vec<u8>) {
    match (failed, error) {
        (_, ErrorType::HttpRequestError) => {
            let status = status(failed);
            integer("status-code", u64::from(status), out);
            out.extend_from_slice(b"; status-phrase=");
            string(reason(status), out);
        }
        (Failed::Upstream(failure), ErrorType::DnsError) => {
            if let Some(rcode) = rcode(failure) {
                out.extend_from_slice(b"; rcode=");
                string(rcode, out);
            }
        }
        (Failed::Upstream(failure), ErrorType::TlsAlertReceived) => {
            if let Some(alert) = failure.alert() {
                integer("alert-id", u64::from(alert), out);
            }
        }
        (Failed::Upstream(failure), ErrorType::HttpResponseHeaderSectionSize) if failure.received > 0 => {
            integer("header-section-size", failure.received, out);
        }
        _ => {}
    }
}

/// The response code of DNS by name (RFC 6895 section 2.3).
fn rcode(failure: &Failure) -> Option<&'static str> {
    match failure.fault {
        Fault::NameNotFound => Some("NXDOMAIN"),
        Fault::NameEmpty => Some("NOERROR"),
        Fault::DnssecBogus => Some("SERVFAIL"),
        Fault::NameServerFailed(code) => match code {
            1 => Some("FORMERR"),
            2 => Some("SERVFAIL"),
            4 => Some("NOTIMP"),
            5 => Some("REFUSED"),
            9 => Some("NOTAUTH"),
            _ => None,
        },
        _ => None,
    }
}

/// `details`: fixed words, and for those who may know the phase, the time, bytes and the system's error.
fn explain(failed: &Failed, full: bool, out: &mut Vec<u8>) {
    let words = match failed {
        Failed::Internal(what) if full => Some(*what),
        _ => details(failed),
    };
    let Some(words) = words else { return };
    out.extend_from_slice(b"; details=\"");
    quoted(words, out);
    if let Failed::Upstream(failure) = failed
        && full
    {
        out.extend_from_slice(b" (");
        quoted(failure.phase.as_str(), out);
        out.extend_from_slice(b" phase, ");
        number(u64::try_from(failure.after.as_millis()).unwrap_or(u64::MAX), out);
        out.extend_from_slice(b" ms, ");
        number(failure.sent, out);
        out.extend_from_slice(b" bytes sent, ");
        number(failure.received, out);
        out.extend_from_slice(b" received");
        if let Some(name) = failure.errno.and_then(goodgate_facts::Errno::name) {
            out.extend_from_slice(b", ");
            quoted(name, out);
        }
        out.push(b')');
    }
    out.push(b'"');
}

/// A name as a token where it is one (RFC 9651 section 3.3.4), else as a string.
fn name(text: &str, out: &mut Vec<u8>) {
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'*');
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte);
    if begins && bytes.all(goes_on) {
        out.extend_from_slice(text.as_bytes());
    } else {
        string(text, out);
    }
}

/// A string (RFC 9651 section 3.3.3).
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    quoted(text, out);
    out.push(b'"');
}

/// The inside of a string, which is printable ASCII; anything else becomes `?`.
fn quoted(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            ' '..='~' => out.push(c as u8),
            _ => out.push(b'?'),
        }
    }
}

/// A parameter with a number. Structured fields hold 15 digits (RFC 9651 section 3.3.1).
fn integer(key: &str, value: u64, out: &mut Vec<u8>) {
    const MOST: u64 = 999_999_999_999_999;
    out.extend_from_slice(b"; ");
    out.extend_from_slice(key.as_bytes());
    out.push(b'=');
    number(value.min(MOST), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodgate_facts::{Errno, Member, Phase};
    use goodgate_wire::{Part, RequestFault};
    use proptest::prelude::*;

    fn value(existing: &[&[u8]], said: &Said<'_>) -> String {
        let mut out = Vec::new();
        proxy_status(existing.iter().copied(), said, &mut out);
        let text = String::from_utf8(out).unwrap();
        text.strip_prefix("Proxy-Status: ").unwrap().strip_suffix("\r\n").unwrap().to_owned()
    }

    fn public(failed: &Failed) -> String {
        value(&[], &Said::failed("edge", failed, None))
    }

    #[test]
    fn each_type_has_its_parameters() {
        let of = |fault, phase| public(&Failed::from(Failure::new(fault, phase).bytes(120, 0)));
        assert_eq!(
            of(Fault::Refused, Phase::Connect),
            "edge; error=connection_refused; details=\"the connection was refused\""
        );
        assert_eq!(
            of(Fault::NameServerFailed(2), Phase::Resolve),
            "edge; error=dns_error; rcode=\"SERVFAIL\"; details=\"a name server failed or refuses\""
        );
        assert_eq!(
            of(Fault::TlsAlert(40), Phase::Tls),
            "edge; error=tls_alert_received; alert-id=40; details=\"the server ended the TLS handshake with an alert\""
        );
        assert_eq!(
            public(&Failed::Request(RequestFault::Malformed(Part::Host))),
            "edge; error=http_request_error; status-code=400; status-phrase=\"Bad Request\"; \
             details=\"the host is missing, doubled or not valid\""
        );
        assert_eq!(public(&Failed::Loop), "edge; error=proxy_loop_detected");
    }

    #[test]
    fn who_may_know_is_told_the_next_hop_and_the_numbers() {
        let mut failure = Failure::new(Fault::ResetBeforeResponse, Phase::Wait).bytes(512, 0);
        (failure.errno, failure.after) = (Some(Errno(104)), std::time::Duration::from_millis(1203));
        let failed = Failed::from(failure);
        let said = Said {
            next_hop: Some("http://192.0.2.5:3000"),
            full: true,
            ..Said::failed("edge", &failed, None)
        };
        let field = value(&[], &said);
        assert_eq!(
            field,
            "edge; error=connection_terminated; next-hop=\"192.0.2.5:3000\"; details=\"the server reset the connection \
             before it answered (wait phase, 1203 ms, 512 bytes sent, 0 received, ECONNRESET)\""
        );
        assert_eq!(parse_proxy_status(&field).unwrap()[0].next_hop.as_deref(), Some("192.0.2.5:3000"));
    }

    #[test]
    fn what_others_said_stays_before_ours_if_it_can_be_read() {
        let said = Said::failed("my edge", &Failed::Loop, None);
        let inner = br#" r34.example.net; error=http_protocol_error; details="a, \"b\"" "#;
        let long = vec![b'a'; KEPT_BYTES_MAX + 1];
        let field = value(&[inner, b"not a; valid=", b"", b"\xff", &long, b"cache"], &said);
        assert_eq!(
            field,
            r#"r34.example.net; error=http_protocol_error; details="a, \"b\"", cache, "my edge"; error=proxy_loop_detected"#
        );
        assert_eq!(parse_proxy_status(&field).unwrap().len(), 3);
    }

    #[test]
    fn an_answer_that_is_passed_on_has_no_error() {
        let said = Said {
            name: "edge",
            failed: None,
            next_hop: None,
            next_protocol: Some("http/1.1"),
            received_status: Some(502),
            full: false,
        };
        assert_eq!(value(&[], &said), "edge; next-protocol=http/1.1; received-status=502");
    }

    proptest! {
        #[test]
        fn the_field_can_always_be_read(
            existing in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..4),
            words in proptest::collection::vec("[ -~]{0,20}", 0..3),
            name in "\\PC{0,20}", hop in "\\PC{0,20}",
        ) {
            let failed = Failed::Internal("worker \"7\" \u{e9}");
            let said = Said { next_hop: Some(&hop), full: true, ..Said::failed(&name, &failed, None) };
            let all: Vec<&[u8]> =
                existing.iter().map(Vec::as_slice).chain(words.iter().map(String::as_bytes)).collect();
            let field = value(&all, &said);
            prop_assert!(!field.contains(['\r', '\n']));
            let members: Vec<Member> = parse_proxy_status(&field).unwrap();
            let ours = members.last().unwrap();
            prop_assert_eq!(ours.error.as_deref(), Some("proxy_internal_error"));
            prop_assert_eq!(ours.details.as_deref(), Some("worker \"7\" ?"));
        }
    }
}
