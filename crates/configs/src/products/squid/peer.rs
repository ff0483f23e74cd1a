//! A `cache_peer` line.

use goodgate_facts::{Address, Protocol};

use super::super::draft::{Draft, is_name};
use super::{Line, Whole};
use crate::text::duration_s;
use crate::{Leg, TlsLeg};

/// An option with its value.
type Choice<'a> = (&'a str, Option<&'a str>);

/// `cache_peer HOST TYPE HTTP-PORT ICP-PORT [OPTION…]`
pub(super) fn read(line: &Line, whole: &Whole, draft: &mut Draft) {
    let host = line.word(1).trim_matches(['[', ']']);
    let address = Address::parse(host, 0);
    let (Some(Address::Tcp { host, .. }), Ok(port)) = (address, line.word(3).parse::<u16>()) else {
        draft.problem("this peer's host or port cannot be read", line.number);
        return;
    };
    if !matches!(line.word(2), "parent") {
        draft.setting("cache_peer", line.rest(), line.number);
        return;
    }
    let options: Vec<Choice<'_>> = line.words.iter().skip(5).map(|word| option(word)).collect();
    let has = |key: &str| options.iter().any(|(found, _)| *found == key);
    let value = |keys: &[&str]| value(&options, keys);
    let tls = has("ssl") || has("tls");
    let protocol = if tls { Protocol::Https } else { Protocol::Http };
    let mut leg: Leg = draft.leg(Some(protocol), Address::Tcp { host, port }, line.number);
    leg.server = value(&["name"]).map(str::to_owned);
    leg.group = (whole.peers > 1).then(|| "cache_peer".to_owned());
    leg.connect_timeout_s = value(&["connect-timeout"]).and_then(|t| duration_s(t, 1.0)).or(whole.connect_s);
    leg.read_timeout_s = whole.read_s;
    leg.send_timeout_s = whole.write_s;
    leg.keepalive = whole.keepalive;
    leg.keepalive_idle_s = whole.keepalive_idle_s;
    leg.header_buffer = whole.header_buffer;
    leg.connections_max = value(&["max-conn"]).and_then(|n| n.parse().ok()).filter(|n| *n > 0);
    leg.health_check = value(&["monitorurl"]).is_some();
    leg.backup = has("default");
    // Squid keeps an answer for the time to live and then asks again.
    leg.resolved_at_runtime = is_name(&leg.target.address).then_some(true);
    leg.tls = tls.then(|| tls_leg(&options));
    for (key, value) in &options {
        if matches!(
            *key,
            "login"
                | "round-robin"
                | "sourcehash"
                | "carp"
                | "userhash"
                | "weight"
                | "connect-fail-limit"
                | "standby"
                | "no-tproxy"
                | "allow-miss"
        ) {
            // The login's words are a password.
            let value = if *key == "login" { None } else { *value };
            draft.setting(format!("cache_peer {key}"), value.unwrap_or_default(), line.number);
        }
    }
    draft.found.legs.push(leg);
}

fn option(word: &str) -> Choice<'_> {
    word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)))
}

/// The value of the first option that bears one of these names.
fn value<'a>(options: &[Choice<'a>], keys: &[&str]) -> Option<&'a str> {
    options.iter().find(|(found, _)| keys.contains(found)).and_then(|(_, value)| *value)
}

fn tls_leg(options: &[Choice<'_>]) -> TlsLeg {
    let flags = value(options, &["sslflags", "tls-flags"]).unwrap_or_default().to_ascii_uppercase();
    let name = value(options, &["ssldomain"]).map(str::to_owned);
    let restricting =
        ["sslversion", "tls-min-version", "sslcipher", "tls-cipher", "ssloptions", "tls-options"];
    let restrictions: Vec<String> = options
        .iter()
        .filter(|(key, _)| restricting.contains(key))
        .map(|(key, value)| format!("{key}={}", value.unwrap_or_default()))
        .collect();
    TlsLeg {
        // Squid verifies, and sends the peer's name, unless told otherwise.
        verify: Some(!flags.contains("DONT_VERIFY_PEER")),
        sni: Some(true),
        name,
        versions: (!restrictions.is_empty()).then(|| restrictions.join(" ")),
        client_certificate: value(options, &["sslcert", "tls-cert"]).is_some(),
    }
}
