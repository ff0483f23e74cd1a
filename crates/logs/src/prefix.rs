//! Prefixes of real life, looked through: syslog, journald, docker, kubectl, JSON wrapping, ANSI colour.
//!
//! Only what surely is a wrapper is taken off: a line that looks like a wrapper but belongs to a program that
//! logs JSON itself (Caddy, Envoy, Traefik) stays whole.

use std::borrow::Cow;

use goodgate_facts::Moment;
use memchr::{memchr, memmem};

use crate::clock;

/// Wrappers inside wrappers (docker's JSON around compose's column around syslog) are peeled so many times.
const LAYERS_MAX: usize = 4;

/// JSON longer than this is not unwrapped: no log driver writes such records.
const JSON_BYTES_MAX: usize = 256 * 1024;

/// A line without its prefixes.
pub(crate) struct Peeled<'a> {
    /// What the program itself wrote.
    pub(crate) text: Cow<'a, [u8]>,
    /// The time that the outermost prefix told.
    pub(crate) time: Option<Moment>,
    /// The program that the innermost prefix named (`kernel`, `haproxy`, `php-fpm8.2`).
    pub(crate) program: Option<Cow<'a, str>>,
}

/// One prefix taken off.
struct Layer<'a> {
    text: Cow<'a, [u8]>,
    time: Option<Moment>,
    program: Option<Cow<'a, str>>,
}

/// Takes known prefixes off a line. `year` is the year that earlier lines told, for times that have none.
pub(crate) fn peel(line: &[u8], year: Option<i16>) -> Peeled<'_> {
    let mut out = Peeled { text: without_colour(line), time: None, program: None };
    for _ in 0..LAYERS_MAX {
        let layer = match &out.text {
            Cow::Borrowed(text) => layer(text, year),
            Cow::Owned(text) => layer(text, year).map(owned),
        };
        let Some(layer) = layer else { break };
        out = Peeled {
            text: layer.text,
            time: out.time.or(layer.time),
            program: layer.program.or(out.program),
        };
    }
    out
}

fn owned(layer: Layer<'_>) -> Layer<'static> {
    Layer {
        text: Cow::Owned(layer.text.into_owned()),
        time: layer.time,
        program: layer.program.map(|program| Cow::Owned(program.into_owned())),
    }
}

/// The outermost prefix of a line, by its first byte.
fn layer(line: &[u8], year: Option<i16>) -> Option<Layer<'_>> {
    match line.first()? {
        b'{' => json(line),
        b'<' => priority(line, year),
        b'[' => kubectl(line),
        b'0'..=b'9' => stamped(line).or_else(|| compose(line)),
        b'A'..=b'Z' => bsd_syslog(line, year).or_else(|| compose(line)),
        b'a'..=b'z' => compose(line),
        _ => None,
    }
}

/// The line without terminal colours and other escape sequences.
fn without_colour(line: &[u8]) -> Cow<'_, [u8]> {
    const ESCAPE: u8 = 0x1b;
    let Some(first) = memchr(ESCAPE, line) else { return Cow::Borrowed(line) };
    let mut out = line[..first].to_vec();
    let mut rest = &line[first..];
    while let Some((&byte, after)) = rest.split_first() {
        if byte != ESCAPE {
            out.push(byte);
            rest = after;
            continue;
        }
        // A control sequence ends at its first byte from @ to ~ behind the bracket.
        rest = match after.strip_prefix(b"[") {
            Some(parameters) => {
                let end = parameters.iter().position(|b| (0x40..=0x7e).contains(b));
                end.map_or(&[], |end| &parameters[end + 1..])
            }
            None => after.get(1..).unwrap_or_default(),
        };
    }
    Cow::Owned(out)
}

fn borrowed<'a>(text: &'a [u8], time: Option<Moment>, program: Option<&'a str>) -> Option<Layer<'a>> {
    Some(Layer { text: Cow::Borrowed(text), time, program: program.map(Cow::Borrowed) })
}

/// `Nov 22 00:37:21 host prog[pid]: `, the host optional (RFC 3164; journalctl's default).
fn bsd_syslog(line: &[u8], year: Option<i16>) -> Option<Layer<'_>> {
    // Any leap year lets 29 February through when the year is not known.
    const SOME_LEAP_YEAR: i16 = 2024;
    let (when, rest) = clock::yearless(line, year.unwrap_or(SOME_LEAP_YEAR))?;
    let (program, text) = tag(rest.strip_prefix(b" ")?)?;
    borrowed(text, year.map(|_| when), Some(program))
}

/// `host prog[pid]: text` or `prog[pid]: text` → program and text.
fn tag(text: &[u8]) -> Option<(&str, &[u8])> {
    let (first, rest) = word(text)?;
    if let Some(program) = program_of(first) {
        return Some((program, rest));
    }
    let (second, rest) = word(rest)?;
    let level =
        [&b"error"[..], b"warn", b"warning", b"info", b"debug", b"notice", b"fatal", b"critical", b"trace"];
    if level.iter().any(|level| first.eq_ignore_ascii_case(level)) || first.starts_with(b"[") {
        return None;
    }
    Some((program_of(second)?, rest))
}

fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match memchr(b' ', text) {
        Some(0) => None,
        Some(at) => Some((&text[..at], &text[at + 1..])),
        None => Some((text, b"")),
    }
}

/// The program of a syslog tag such as `php-fpm8.2[812]:`.
fn program_of(tag: &[u8]) -> Option<&str> {
    let name = tag.strip_suffix(b":")?;
    let name = match name.strip_suffix(b"]") {
        Some(inner) => {
            let open = memchr(b'[', inner)?;
            inner[open + 1..].iter().all(u8::is_ascii_digit).then_some(&inner[..open])?
        }
        None => name,
    };
    let plausible =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'(' | b')' | b'@');
    let named = (1..=64).contains(&name.len()) && name.iter().all(plausible) && !name[0].is_ascii_digit();
    if named { std::str::from_utf8(name).ok() } else { None }
}

/// `<134>` in front of either kind of syslog.
fn priority(line: &[u8], year: Option<i16>) -> Option<Layer<'_>> {
    let end = memchr(b'>', line.get(..6).unwrap_or(line))?;
    if end < 2 || !line[1..end].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let rest = &line[end + 1..];
    match rest.strip_prefix(b"1 ") {
        Some(rest) => rfc5424(rest),
        None => bsd_syslog(rest, year).or_else(|| stamped(rest)),
    }
}

/// `TIME host app procid msgid [data]|- text` behind the priority and version.
fn rfc5424(text: &[u8]) -> Option<Layer<'_>> {
    let (stamp, rest) = word(text)?;
    let time = clock::iso(stamp).map(|(when, _)| when);
    let (_host, rest) = word(rest)?;
    let (app, rest) = word(rest)?;
    let (_process, rest) = word(rest)?;
    let (_message, rest) = word(rest)?;
    let rest = if rest.starts_with(b"[") { &rest[end_of_data(rest)?..] } else { rest.strip_prefix(b"-")? };
    let text = rest.strip_prefix(b" ").unwrap_or(rest);
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    borrowed(text, time, std::str::from_utf8(app).ok().filter(|app| *app != "-"))
}

/// Where the structured data (`[id key="value"][…]`) ends.
fn end_of_data(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut at) = (false, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted && text.get(at + 1) != Some(&b'[') => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Lines that begin with an RFC 3339 time: CRI (`TIME stdout F text`), `docker logs -t` (nine digits of
/// fraction), syslog in its newer form (`TIME host prog[pid]: text`).
fn stamped(line: &[u8]) -> Option<Layer<'_>> {
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let (when, rest) = clock::iso(line)?;
    let stamp = &line[..line.len() - rest.len()];
    let rest = rest.strip_prefix(b" ")?;
    for stream in [&b"stdout "[..], b"stderr "] {
        if let Some(rest) = rest.strip_prefix(stream)
            && let Some((b"F" | b"P", text)) = word(rest)
        {
            return borrowed(text, Some(when), None);
        }
    }
    if stamp.len() == "2026-11-22T00:37:21.123456789Z".len() && stamp.ends_with(b"Z") {
        return borrowed(rest, Some(when), None);
    }
    let (program, text) = tag(rest)?;
    borrowed(text, Some(when), Some(program))
}

/// `service-1  | text`, as `docker compose logs` prints it.
fn compose(line: &[u8]) -> Option<Layer<'_>> {
    let name_len =
        line.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')).count();
    let (name, rest) = line.split_at_checked(name_len)?;
    let text = rest.strip_prefix(b" ")?.trim_ascii_start().strip_prefix(b"|")?;
    let text = text.strip_prefix(b" ").unwrap_or(text);
    // A table's row has more columns.
    if name.is_empty() || name.iter().all(u8::is_ascii_digit) || memmem::find(text, b" | ").is_some() {
        return None;
    }
    borrowed(text, None, std::str::from_utf8(name).ok())
}

/// `[pod/web-1/nginx] text`, as `kubectl logs --prefix` prints it.
fn kubectl(line: &[u8]) -> Option<Layer<'_>> {
    let inner = line.strip_prefix(b"[pod/")?;
    let end = memchr(b']', inner)?;
    let text = inner.get(end + 1..)?.strip_prefix(b" ")?;
    let container = inner[..end].rsplit(|b| *b == b'/').next()?;
    borrowed(text, None, std::str::from_utf8(container).ok())
}

/// `{"log":"…"}` (docker), `{"message":"…"}` (log shippers), `{"MESSAGE":"…"}` (journald).
fn json(line: &[u8]) -> Option<Layer<'_>> {
    let keys = [&b"\"log\":"[..], b"\"message\":", b"\"MESSAGE\":", b"\"textPayload\":"];
    if line.len() > JSON_BYTES_MAX || !keys.iter().any(|key| memmem::find(line, key).is_some()) {
        return None;
    }
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).ok()?;
    let text_of = |key: &str| object.get(key).and_then(serde_json::Value::as_str);
    // A program that logs JSON itself names its logger, level or error beside the message.
    let structured = ["msg", "logger"].iter().any(|key| object.contains_key(*key));
    let leveled = ["level", "lvl", "error", "stack"].iter().any(|key| object.contains_key(*key));
    let text = match (text_of("MESSAGE"), text_of("log"), text_of("message"), text_of("textPayload")) {
        (Some(text), ..) => text,
        (_, Some(text), ..) if !structured => text,
        (_, _, Some(text), _) if !structured && !leveled => text,
        (.., Some(text)) => text,
        _ => return None,
    };
    let time =
        ["time", "@timestamp", "timestamp", "__REALTIME_TIMESTAMP"].iter().find_map(|key| text_of(key));
    let program = ["SYSLOG_IDENTIFIER", "_COMM", "container_name"].iter().find_map(|key| text_of(key));
    Some(Layer {
        text: Cow::Owned(text.trim_end_matches(['\n', '\r']).as_bytes().to_vec()),
        time: time.and_then(|time| clock::any(time.as_bytes())).map(|(when, _)| when),
        program: program.map(|program| Cow::Owned(program.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let peeled = peel(line.as_bytes(), Some(2026));
        let time = peeled.time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        format!(
            "{time} {} {}",
            peeled.program.as_deref().unwrap_or("-"),
            String::from_utf8_lossy(&peeled.text)
        )
    }

    #[test]
    fn wrappers_are_peeled() {
        let cases = [
            ("Nov 22 00:37:21 vm haproxy[14685]: x y", "2026-11-22T00:37:21Z haproxy x y"),
            ("Nov  2 00:37:21 vm kernel: [ 1.0] oom", "2026-11-02T00:37:21Z kernel [ 1.0] oom"),
            ("<134>Nov 22 00:37:21 haproxy[1]: x", "2026-11-22T00:37:21Z haproxy x"),
            ("<3>1 2026-11-22T00:37:21Z h app 1 - [a b=\"]\"][c] x", "2026-11-22T00:37:21Z app x"),
            ("2026-11-22T00:37:21.1+01:00 h php-fpm8.2[9]: x", "2026-11-21T23:37:21.1Z php-fpm8.2 x"),
            ("2026-11-22T00:37:21.123456789Z stdout F x y", "2026-11-22T00:37:21.123456789Z - x y"),
            ("2026-11-22T00:37:21.123456789Z x y", "2026-11-22T00:37:21.123456789Z - x y"),
            ("web-1  | x y", "- web-1 x y"),
            ("[pod/web-5d/nginx] x", "- nginx x"),
            ("\u{1b}[31mweb_1 |\u{1b}[0m x", "- web_1 x"),
            (
                r#"{"log":"x \"y\"\n","stream":"stderr","time":"2026-11-22T00:37:21.5Z"}"#,
                "2026-11-22T00:37:21.5Z - x \"y\"",
            ),
            (
                r#"{"MESSAGE":"x","SYSLOG_IDENTIFIER":"nginx","__REALTIME_TIMESTAMP":"1795307948030000"}"#,
                "2026-11-22T00:39:08.03Z nginx x",
            ),
            (
                r#"{"log":"Nov 22 00:37:21 vm haproxy[1]: x\n","time":"2026-11-22T00:37:22Z"}"#,
                "2026-11-22T00:37:22Z haproxy x",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_wrapper_stays() {
        for line in [
            r#"{"level":"error","ts":1795307948.03,"logger":"http.log.error","msg":"dial tcp"}"#,
            r#"{"level":"error","error":"dial tcp","message":"502 Bad Gateway"}"#,
            "2026-11-22T00:35:21.938Z GET 503 flags=UF",
            "2026-11-22T00:37:21Z ERROR main: failed",
            "2026/11/22 00:34:07 [error] 1#1: *1 connect() failed",
            "2026/11/22 00:37:06| temporary disabling digest",
            "[22-Nov-2026 00:45:50] NOTICE: ready",
            "Nov 22 is a day",
            "1 | 2 | 3",
        ] {
            assert_eq!(shown(line), format!("- - {line}"));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(line in "[<{\\[A-Za-z0-9:|\" \\\\T.,Z\x1b-]{0,80}") {
            let _ = peel(line.as_bytes(), None);
        }
    }
}
