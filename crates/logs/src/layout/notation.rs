//! The vendors' notations: how each writes a field, and what its names stand for.

use super::{Field, Piece};
use Field as F;

/// Whose notation a layout is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `$status`, `${status}` (nginx, OpenResty, Angie).
    Nginx,
    /// `%>s`, `%{Referer}i` (Apache, H2O, varnishncsa, lighttpd).
    Apache,
    /// `%ST`, `%{+Q}r`, `%[…]` (HAProxy).
    Haproxy,
    /// `%RESPONSE_CODE%`, `%REQ(:METHOD)%` (Envoy, Istio).
    Envoy,
    /// `%>Hs`, `%6tr` (Squid).
    Squid,
    /// `%<pssc>` (Traffic Server).
    TrafficServer,
}

/// How many milliseconds and microseconds make a second.
const MS: f64 = 1e3;
const US: f64 = 1e6;

/// A name, the field it stands for, and how many of its units make one of ours (a second).
type Name = (&'static str, Field, f64);

const NGINX: &[Name] = &[
    ("remote_addr", F::Client, 1.0),
    ("time_local", F::Time, 1.0),
    ("time_iso8601", F::Time, 1.0),
    ("msec", F::Time, 1.0),
    ("request", F::Request, 1.0),
    ("request_method", F::Method, 1.0),
    ("request_uri", F::Path, 1.0),
    ("uri", F::Path, 1.0),
    ("status", F::Status, 1.0),
    ("body_bytes_sent", F::Bytes, 1.0),
    ("bytes_sent", F::Bytes, 1.0),
    ("request_time", F::RequestTime, 1.0),
    ("session_time", F::RequestTime, 1.0),
    ("upstream_addr", F::UpstreamAddr, 1.0),
    ("upstream_status", F::UpstreamStatus, 1.0),
    ("upstream_connect_time", F::ConnectTime, 1.0),
    ("upstream_header_time", F::HeaderTime, 1.0),
    ("upstream_first_byte_time", F::HeaderTime, 1.0),
    ("upstream_response_time", F::ResponseTime, 1.0),
    ("upstream_session_time", F::ResponseTime, 1.0),
    ("upstream_response_length", F::UpstreamBytes, 1.0),
    ("upstream_bytes_received", F::UpstreamBytes, 1.0),
    ("upstream_queue_time", F::QueueTime, 1.0),
    ("proxy_upstream_name", F::UpstreamGroup, 1.0),
    ("host", F::Host, 1.0),
    ("http_host", F::Host, 1.0),
    ("server_name", F::Host, 1.0),
    ("request_id", F::RequestId, 1.0),
    ("req_id", F::RequestId, 1.0),
    ("http_user_agent", F::UserAgent, 1.0),
    ("http_referer", F::Referrer, 1.0),
];

const APACHE: &[Name] = &[
    ("h", F::Client, 1.0),
    ("a", F::Client, 1.0),
    ("r", F::Request, 1.0),
    ("m", F::Method, 1.0),
    ("U", F::Path, 1.0),
    ("s", F::Status, 1.0),
    ("b", F::Bytes, 1.0),
    ("B", F::Bytes, 1.0),
    ("O", F::Bytes, 1.0),
    ("D", F::RequestTime, US),
    ("T", F::RequestTime, 1.0),
    ("{ms}T", F::RequestTime, MS),
    ("{us}T", F::RequestTime, US),
    ("{s}T", F::RequestTime, 1.0),
    ("^FB", F::HeaderTime, US),
    ("X", F::ConnectionStatus, 1.0),
    ("v", F::Host, 1.0),
    ("V", F::Host, 1.0),
    ("L", F::RequestId, 1.0),
    ("{error-notes}n", F::ErrorNotes, 1.0),
    ("{error}x", F::ErrorNotes, 1.0),
    ("{duration}x", F::RequestTime, 1.0),
    ("{request-total-time}x", F::RequestTime, 1.0),
    ("{proxy.connect-time}x", F::ConnectTime, 1.0),
    ("{proxy.process-time}x", F::HeaderTime, 1.0),
    ("{proxy.total-time}x", F::ResponseTime, 1.0),
    ("{Varnish:time_firstbyte}x", F::HeaderTime, 1.0),
    ("{Varnish:hitmiss}x", F::ResultCode, 1.0),
    ("{Varnish:handling}x", F::Hierarchy, 1.0),
    ("{BALANCER_WORKER_NAME}e", F::UpstreamAddr, 1.0),
    ("{UNIQUE_ID}e", F::RequestId, 1.0),
    ("{User-Agent}i", F::UserAgent, 1.0),
    ("{User-agent}i", F::UserAgent, 1.0),
    ("{Referer}i", F::Referrer, 1.0),
    ("{Host}i", F::Host, 1.0),
];

const HAPROXY: &[Name] = &[
    ("ci", F::Client, 1.0),
    ("t", F::Time, 1.0),
    ("tr", F::Time, 1.0),
    ("T", F::Time, 1.0),
    ("trg", F::Time, 1.0),
    ("Ts", F::Time, 1.0),
    ("r", F::Request, 1.0),
    ("HM", F::Method, 1.0),
    ("HU", F::Path, 1.0),
    ("HP", F::Path, 1.0),
    ("HPO", F::Path, 1.0),
    ("ST", F::Status, 1.0),
    ("B", F::Bytes, 1.0),
    ("b", F::UpstreamGroup, 1.0),
    ("s", F::UpstreamServer, 1.0),
    ("si", F::UpstreamAddr, 1.0),
    ("Tw", F::QueueTime, MS),
    ("Tc", F::ConnectTime, MS),
    ("Tr", F::HeaderTime, MS),
    ("Ta", F::RequestTime, MS),
    ("Tt", F::RequestTime, MS),
    ("ts", F::TerminationState, 1.0),
    ("tsc", F::TerminationState, 1.0),
    ("rc", F::Retries, 1.0),
    ("bq", F::QueueLength, 1.0),
    ("ID", F::RequestId, 1.0),
];

const ENVOY: &[Name] = &[
    ("START_TIME", F::Time, 1.0),
    ("REQ(:METHOD)", F::Method, 1.0),
    ("REQ(X-ENVOY-ORIGINAL-PATH?:PATH)", F::Path, 1.0),
    ("REQ(:PATH)", F::Path, 1.0),
    ("PATH", F::Path, 1.0),
    ("REQUEST_HEADER(:METHOD)", F::Method, 1.0),
    ("REQUEST_HEADER(:PATH)", F::Path, 1.0),
    ("RESPONSE_CODE", F::Status, 1.0),
    ("RESPONSE_FLAGS", F::ResponseFlags, 1.0),
    ("RESPONSE_FLAGS_LONG", F::ResponseFlags, 1.0),
    ("RESPONSE_CODE_DETAILS", F::ResponseCodeDetails, 1.0),
    ("CONNECTION_TERMINATION_DETAILS", F::ConnectionTermination, 1.0),
    ("UPSTREAM_TRANSPORT_FAILURE_REASON", F::TransportFailure, 1.0),
    ("UPSTREAM_HOST", F::UpstreamAddr, 1.0),
    ("UPSTREAM_REMOTE_ADDRESS", F::UpstreamAddr, 1.0),
    ("UPSTREAM_CLUSTER", F::UpstreamGroup, 1.0),
    ("UPSTREAM_CLUSTER_RAW", F::UpstreamGroup, 1.0),
    ("UPSTREAM_REQUEST_ATTEMPT_COUNT", F::Retries, 1.0),
    ("BYTES_SENT", F::Bytes, 1.0),
    ("DURATION", F::RequestTime, MS),
    ("RESPONSE_DURATION", F::HeaderTime, MS),
    ("RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)", F::ResponseTime, MS),
    ("DOWNSTREAM_REMOTE_ADDRESS", F::Client, 1.0),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", F::Client, 1.0),
    ("REQ(:AUTHORITY)", F::Host, 1.0),
    ("REQ(X-REQUEST-ID)", F::RequestId, 1.0),
    ("REQ(USER-AGENT)", F::UserAgent, 1.0),
    ("REQ(REFERER)", F::Referrer, 1.0),
];

const SQUID: &[Name] = &[
    ("ts", F::Time, 1.0),
    ("tl", F::Time, 1.0),
    ("tg", F::Time, 1.0),
    ("tr", F::RequestTime, MS),
    (">a", F::Client, 1.0),
    ("Ss", F::ResultCode, 1.0),
    (">Hs", F::Status, 1.0),
    ("Hs", F::Status, 1.0),
    ("<Hs", F::UpstreamStatus, 1.0),
    ("<st", F::Bytes, 1.0),
    ("rm", F::Method, 1.0),
    (">rm", F::Method, 1.0),
    ("ru", F::Path, 1.0),
    (">ru", F::Path, 1.0),
    ("Sh", F::Hierarchy, 1.0),
    ("<a", F::UpstreamAddr, 1.0),
    ("<A", F::UpstreamServer, 1.0),
    ("<pt", F::HeaderTime, MS),
    ("<tt", F::ResponseTime, MS),
    ("err_code", F::ErrorNotes, 1.0),
    ("err_detail", F::ResponseCodeDetails, 1.0),
    ("request_attempts", F::Retries, 1.0),
    ("{User-Agent}>h", F::UserAgent, 1.0),
    ("{Referer}>h", F::Referrer, 1.0),
];

const TRAFFIC_SERVER: &[Name] = &[
    ("cqtq", F::Time, 1.0),
    ("cqts", F::Time, 1.0),
    ("cqtn", F::Time, 1.0),
    ("ttms", F::RequestTime, MS),
    ("ttmsf", F::RequestTime, 1.0),
    ("tts", F::RequestTime, 1.0),
    ("chi", F::Client, 1.0),
    ("crc", F::ResultCode, 1.0),
    ("pssc", F::Status, 1.0),
    ("sssc", F::UpstreamStatus, 1.0),
    ("psql", F::Bytes, 1.0),
    ("pscl", F::Bytes, 1.0),
    ("cqhm", F::Method, 1.0),
    ("cquc", F::Path, 1.0),
    ("cqu", F::Path, 1.0),
    ("cquuc", F::Path, 1.0),
    ("cqtx", F::Request, 1.0),
    ("phr", F::Hierarchy, 1.0),
    ("pqsn", F::UpstreamServer, 1.0),
    ("shn", F::UpstreamServer, 1.0),
    ("shi", F::UpstreamAddr, 1.0),
    ("nhi", F::UpstreamAddr, 1.0),
    ("sca", F::Retries, 1.0),
    ("stms", F::ResponseTime, MS),
    ("cfsc", F::ConnectionStatus, 1.0),
    ("pfsc", F::ConnectionTermination, 1.0),
];

/// What a name stands for; unknown names are fields that no question needs.
fn known(names: &[Name], name: &str) -> Piece {
    let (field, scale) =
        names.iter().find(|(n, ..)| *n == name).map_or((F::Other, 1.0), |(_, field, scale)| (*field, *scale));
    Piece::Field { field, scale, padded: false }
}

/// Cuts a layout into pieces.
pub(super) fn pieces(notation: Notation, text: &str) -> Vec<Piece> {
    let sigil = if notation == Notation::Nginx { '$' } else { '%' };
    let mut out = Out::default();
    let mut rest = text;
    while let Some(at) = rest.find(sigil) {
        out.literal(&rest[..at], notation);
        let token = &rest[at + 1..];
        if let Some(after) = token.strip_prefix(sigil) {
            out.literal(&rest[at..=at], notation);
            rest = after;
            continue;
        }
        rest = match notation {
            Notation::Nginx => nginx(token, &mut out),
            Notation::Apache => apache(token, &mut out),
            Notation::Haproxy => haproxy(token, &mut out),
            Notation::Envoy => envoy(token, &mut out),
            Notation::Squid => squid(token, &mut out),
            Notation::TrafficServer => traffic_server(token, &mut out),
        };
    }
    out.literal(rest, notation);
    out.pieces
}

/// Pieces so far; adjacent literals become one.
#[derive(Default)]
struct Out {
    pieces: Vec<Piece>,
}

impl Out {
    fn literal(&mut self, text: &str, notation: Notation) {
        // Configurations quote the layout, so a quote in it stands as \" and a tab as \t.
        let text = text.replace("\\\"", "\"").replace("\\t", "\t").replace("\\n", "");
        let text = if notation == Notation::Haproxy { text.replace("\\ ", " ") } else { text };
        let text = text.trim_end_matches('\n');
        let text = match self.pieces.last() {
            // Absent captures take their space with them.
            Some(Piece::Braces) => text.strip_prefix(' ').unwrap_or(text),
            _ => text,
        };
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Literal(last)) = self.pieces.last_mut() {
            *last = [last, text.as_bytes()].concat().into();
        } else {
            self.pieces.push(Piece::Literal(text.as_bytes().into()));
        }
    }
}

/// The length of the leading run of such characters.
fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn nginx<'t>(token: &'t str, out: &mut Out) -> &'t str {
    if let Some((name, rest)) = token.strip_prefix('{').and_then(|t| t.split_once('}')) {
        out.pieces.push(known(NGINX, name));
        return rest;
    }
    let length = run(token, |c| c.is_ascii_alphanumeric() || c == '_');
    out.pieces.push(known(NGINX, &token[..length]));
    &token[length..]
}

fn apache<'t>(token: &'t str, out: &mut Out) -> &'t str {
    // Modifiers: a list of statuses that the field is limited to, and which of redirected requests is meant.
    let token = &token[run(token, |c| c.is_ascii_digit() || matches!(c, '!' | ',' | '<' | '>'))..];
    let (argument, letters) = match token.strip_prefix('{').and_then(|t| t.split_once('}')) {
        Some((argument, rest)) => (Some(argument), rest),
        None => (None, token),
    };
    let letters_len = match letters.as_bytes() {
        [b'^', _, _, ..] => 3,
        [first, ..] if first.is_ascii() => 1,
        _ => 0,
    };
    let Some((name, rest)) = letters.split_at_checked(letters_len) else { return "" };
    match (argument, name) {
        (None, "t") => {
            out.literal("[", Notation::Apache);
            out.pieces.push(Piece::Field { field: F::Time, scale: 1.0, padded: false });
            out.literal("]", Notation::Apache);
        }
        // A time in the administrator's own form; read if its shape is a known one.
        (Some(form), "t") if !form.contains("frac") => {
            out.pieces.push(Piece::Field { field: F::Time, scale: 1.0, padded: false });
        }
        (Some(argument), _) => {
            let named = known(APACHE, &format!("{{{argument}}}{name}"));
            let plain = matches!(name, "h" | "a" | "s").then(|| known(APACHE, name));
            out.pieces.push(plain.unwrap_or(named));
        }
        (None, _) => out.pieces.push(known(APACHE, name)),
    }
    rest
}

fn haproxy<'t>(token: &'t str, out: &mut Out) -> &'t str {
    let mut token = token;
    let mut quoted = false;
    if let Some((flags, rest)) = token.strip_prefix('{').and_then(|t| t.split_once('}')) {
        quoted = flags.contains("+Q");
        token = rest;
    }
    let (piece, rest) = if token.starts_with('[') {
        let end = closing(token, '[', ']');
        (Piece::Field { field: F::Other, scale: 1.0, padded: false }, &token[end..])
    } else {
        let length = run(token, |c| c.is_ascii_alphabetic());
        let piece = match &token[..length] {
            "o" => return &token[length..],
            "hr" | "hs" | "hrl" | "hsl" => Piece::Braces,
            name => known(HAPROXY, name),
        };
        (piece, &token[length..])
    };
    if quoted {
        out.literal("\"", Notation::Haproxy);
    }
    out.pieces.push(piece);
    if quoted {
        out.literal("\"", Notation::Haproxy);
    }
    rest
}

/// The length of the bracketed text at the beginning, brackets included.
fn closing(text: &str, open: char, close: char) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}

fn envoy<'t>(token: &'t str, out: &mut Out) -> &'t str {
    let name_len = run(token, |c| c.is_ascii_alphanumeric() || c == '_');
    let (name, mut rest) = token.split_at(name_len);
    let mut argument = "";
    if rest.starts_with('(') {
        let end = closing(rest, '(', ')');
        (argument, rest) = rest.split_at(end);
    }
    if let Some(limit) = rest.strip_prefix(':') {
        rest = &limit[run(limit, |c| c.is_ascii_digit())..];
    }
    let rest = rest.strip_prefix('%').unwrap_or(rest);
    let plain = matches!(name, "START_TIME");
    let full = if plain { name.to_owned() } else { format!("{name}{}", argument.to_ascii_uppercase()) };
    out.pieces.push(known(ENVOY, &full));
    rest
}

fn squid<'t>(token: &'t str, out: &mut Out) -> &'t str {
    let quoted = token.starts_with('"');
    let token = token.trim_start_matches(['"', '[', '#', '/', '\'']);
    let width = run(token, |c| c.is_ascii_digit() || matches!(c, '-' | '.'));
    let padded = width > 0;
    let token = &token[width..];
    let (argument, token) = match token.strip_prefix('{').and_then(|t| t.split_once('}')) {
        Some((argument, rest)) => (format!("{{{argument}}}"), rest),
        None => (String::new(), token),
    };
    let side = usize::from(token.starts_with(['<', '>']));
    let length = side + run(&token[side..], |c| c.is_ascii_alphabetic() || c == '_');
    let (name, mut rest) = token.split_at(length);
    // Milliseconds behind the seconds belong to the same instant.
    if name == "ts" {
        rest = rest.strip_prefix(".%03tu").unwrap_or(rest);
    }
    let mut piece = known(SQUID, &format!("{argument}{name}"));
    if let Piece::Field { padded: pad, .. } = &mut piece {
        *pad = padded;
    }
    if quoted {
        out.literal("\"", Notation::Squid);
    }
    out.pieces.push(piece);
    if quoted {
        out.literal("\"", Notation::Squid);
    }
    rest
}

fn traffic_server<'t>(token: &'t str, out: &mut Out) -> &'t str {
    let Some((name, rest)) = token.strip_prefix('<').and_then(|t| t.split_once('>')) else {
        out.literal("%", Notation::TrafficServer);
        return token;
    };
    out.pieces.push(known(TRAFFIC_SERVER, name));
    rest
}
