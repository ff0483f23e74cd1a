//! HAProxy's termination states: who ended the session (first letter), in which phase (second), and cookies.

use super::{Explanation, Kind, key, told};
use crate::words::{args, say, say_with};

#[rustfmt::skip]
const WHO: &[(char, &str)] = &[
    ('-', "the session ended normally"),
    ('C', "the client broke off the connection"),
    ('S', "the server refused or broke off the connection"),
    ('P', "HAProxy itself ended it: a rule, a limit, or an answer it holds for invalid"),
    ('L', "HAProxy answered itself and the server was not asked (redirect, cache, statistics)"),
    ('R', "a resource of HAProxy was used up (memory, files, ports)"),
    ('I', "an internal error of HAProxy, which should never happen"),
    ('D', "HAProxy ended it because the server went down (on-marked-down shutdown-sessions)"),
    ('U', "HAProxy ended it on a backup server because the main one came back"),
    ('K', "an administrator ended it"),
    ('c', "a timeout while HAProxy waited for the client"),
    ('s', "a timeout while HAProxy waited for the server"),
];

#[rustfmt::skip]
const WHERE: &[(char, &str)] = &[
    ('-', "after everything was done"),
    ('R', "while the request was awaited (timeout http-request)"),
    ('Q', "while the request stood in the queue for a server (timeout queue; timer Tw)"),
    ('C', "while the connection to the server was being opened (timeout connect; timer Tc, -1 if it never stood)"),
    ('H', "while the server's header fields were awaited (timeout server; timer Tr, -1 if they never came)"),
    ('D', "while data passed (the answer had begun; timers are complete, bytes may be missing)"),
    ('L', "while the last data went to the client, the server having finished"),
    ('T', "in a tarpit"),
];

#[rustfmt::skip]
const CLIENT_COOKIE: &[(char, &str)] = &[
    ('-', "no cookie persistence"), ('N', "the client sent no cookie"), ('I', "the client's cookie named no known server"),
    ('D', "the client's cookie named a server that is down"), ('V', "the client's cookie was valid"),
    ('E', "the client's cookie had expired"), ('O', "the client's cookie was too old"), ('U', "a cookie was there and not used"),
];

#[rustfmt::skip]
const SERVER_COOKIE: &[(char, &str)] = &[
    ('-', "no cookie was handled"), ('N', "the server sent no cookie and none was inserted"), ('P', "the server's cookie was passed on"),
    ('I', "HAProxy inserted a cookie"), ('U', "HAProxy updated the cookie's date"), ('D', "the server's cookie was deleted"),
    ('R', "the server's cookie was rewritten"),
];

/// Pairs that mean more than the sum of their letters: what, the usual status, and the error types.
struct Pair(&'static str, &'static str, Option<u16>, &'static [&'static str]);

#[rustfmt::skip]
const PAIRS: &[Pair] = &[
    Pair("--", "A normal end. A status from 500 on is then the server's own.", None, &[]),
    Pair("SC", "The server refused the connection or could not be reached, after all retries. With <NOSRV> and timers of -1 no server was available at all: every one is held for down.", Some(503), &["connection_refused", "destination_unavailable"]),
    Pair("sC", "The connection to the server could not be opened within timeout connect: a firewall that drops, or a full queue.", Some(503), &["connection_timeout"]),
    Pair("sQ", "The request waited in the queue for longer than timeout queue: all servers were at maxconn.", Some(503), &["connection_limit_reached"]),
    Pair("SQ", "The server went away while the request stood in the queue.", Some(503), &["destination_unavailable"]),
    Pair("SH", "The server closed the connection before its header fields were complete: a crash, a kill, a restart.", Some(502), &["connection_terminated"]),
    Pair("sH", "The server took the request and did not answer within timeout server.", Some(504), &["connection_read_timeout"]),
    Pair("PH", "HAProxy refused the server's answer: invalid, too big for its buffer (tune.bufsize), or denied by a rule. `show errors` prints what was invalid.", Some(502), &["http_protocol_error", "http_response_header_section_size"]),
    Pair("SD", "The server broke off in the middle of the answer; the client has a part of it.", None, &["http_response_incomplete"]),
    Pair("sD", "The server stopped sending in the middle of the answer for longer than timeout server.", None, &["connection_read_timeout"]),
    Pair("PD", "A chunk of the server's answer was malformed.", None, &["http_response_transfer_coding"]),
    Pair("RC", "HAProxy could not open a connection for want of ports, files or memory.", Some(503), &["proxy_internal_error"]),
    Pair("PC", "HAProxy could not open a connection because a limit of the process was reached.", Some(503), &["proxy_internal_error"]),
    Pair("PR", "HAProxy refused the request: malformed (400), denied (403), or a rewrite failed (500).", Some(403), &["http_request_error", "http_request_denied"]),
    Pair("PT", "The request was held back on purpose and refused (tarpit).", Some(500), &["http_request_denied"]),
    Pair("LR", "HAProxy answered itself: a redirect, a fixed answer, statistics.", None, &["proxy_internal_response"]),
    Pair("cR", "The client did not finish its request within timeout http-request.", Some(408), &["http_request_error"]),
    Pair("CR", "The client left before its request was complete.", Some(400), &[]),
    Pair("CQ", "The client left while its request stood in the queue; many of these mean that servers are too slow or too few.", None, &[]),
    Pair("CC", "The client left while the connection to the server was being opened.", None, &[]),
    Pair("CH", "The client left while the server worked on the answer; many of these at one duration mean that somebody's patience ends there.", None, &[]),
    Pair("CD", "The client left in the middle of the answer; everyday noise in small numbers.", None, &[]),
    Pair("cD", "The client stopped reading for longer than timeout client.", None, &[]),
    Pair("DH", "The server was marked down while it worked on the answer, and HAProxy ended the session.", Some(503), &["connection_terminated"]),
    Pair("IC", "An internal error of HAProxy while connecting.", Some(500), &["proxy_internal_error"]),
];

/// Tables of letters, by the names in their keys.
const WHO_TABLE: Letters = Letters("who", WHO);
const WHERE_TABLE: Letters = Letters("when", WHERE);
const CLIENT_TABLE: Letters = Letters("client", CLIENT_COOKIE);
const SERVER_TABLE: Letters = Letters("server", SERVER_COOKIE);

struct Letters(&'static str, &'static [(char, &'static str)]);

impl Letters {
    fn says(&self, letter: char) -> Option<String> {
        let (_, words) = self.1.iter().find(|(known, _)| *known == letter)?;
        Some(told(&key_of(self.0, &letter.to_string()), words))
    }
}

/// Identifiers of Fluent may not end in what HAProxy writes for "nothing".
fn key_of(table: &str, letters: &str) -> String {
    let letters = if letters.starts_with('-') { "none" } else { letters };
    key(Kind::HaproxyState, &format!("{table}-{letters}"))
}

/// Explains `SC--` and `SC`.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let letters: Vec<char> = asked.chars().collect();
    if !matches!(letters.len(), 2 | 4) || letters.starts_with(&['-', '-']) && letters.len() == 2 {
        return None;
    }
    let (who, place) = (WHO_TABLE.says(letters[0])?, WHERE_TABLE.says(letters[1])?);
    let pair: String = letters.iter().take(2).collect();
    let known = PAIRS.iter().find(|known| known.0 == pair);
    // Two letters alone are HAProxy's only where the pair is known: others are too much like anything else.
    if known.is_none() && letters.len() == 2 {
        return None;
    }
    let point = |key: &str, letter: char, means: &str| {
        say_with(key, &args![letter = letter.to_string(), means = means])
    };
    let mut points =
        vec![point("haproxy-letter-who", letters[0], &who), point("haproxy-letter-when", letters[1], &place)];
    if let (Some(client), Some(server)) = (letters.get(2), letters.get(3)) {
        points.push(point("haproxy-letter-client-cookie", *client, &CLIENT_TABLE.says(*client)?));
        points.push(point("haproxy-letter-server-cookie", *server, &SERVER_TABLE.says(*server)?));
    }
    let title = say_with("in-haproxy-log", &args![asked = asked]);
    let mut out = Explanation::new(asked, Kind::HaproxyState, title);
    match known {
        Some(Pair(pair, means, status, errors)) => {
            out.text.push(told(&key_of("pair", pair), means));
            let usual = |status: u16| say_with("clients-get", &args![status = status.to_string()]);
            out.text.extend(status.map(usual));
            out.status = *status;
            out.stands_for(errors);
        }
        None => {
            let (who, place) = (who.as_str(), place.as_str());
            out.text.push(say_with("haproxy-in-short", &args![who = who, when = place]));
        }
    }
    out.points(say("letter-by-letter"), points);
    let timers = [
        say("haproxy-timer-request"),
        say("haproxy-timer-queue"),
        say("haproxy-timer-connect"),
        say("haproxy-timer-response"),
        say("haproxy-timer-all"),
    ];
    out.points(say("haproxy-timers"), timers.to_vec());
    Some(out)
}

/// What stands here in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    let tables = [WHO_TABLE, WHERE_TABLE, CLIENT_TABLE, SERVER_TABLE];
    let letters = tables.into_iter().flat_map(|table| {
        table.1.iter().map(move |(letter, words)| (key_of(table.0, &letter.to_string()), *words))
    });
    letters.chain(PAIRS.iter().map(|pair| (key_of("pair", pair.0), pair.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_is_decoded() {
        let one = explain("sHVN").unwrap();
        assert_eq!((one.status, one.points[0].items.len()), (Some(504), 4));
        assert!(explain("----").is_some() && explain("KD--").is_some());
        for asked in ["--", "OK", "SCxx", "SC-", "é-", "ABCD", "UH"] {
            assert!(explain(asked).is_none(), "{asked}");
        }
        assert!(PAIRS.iter().all(|pair| explain(&format!("{}--", pair.0)).is_some()));
    }
}
