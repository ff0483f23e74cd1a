//! What an application wrote on standard error, as far as it may stand in a log: its beginning, without what such
//! messages give away. Knows no protocol and no product but the shapes of their messages.
//!
//! It is a first pass, cheap enough for every message: whoever shows the log later hides secrets by rules of their own.

/// Bytes that are recorded. The first message is as a rule the cause; more fills the log.
const BYTES_MAX: usize = 512;

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// Words before a value that is nobody's business, as they end. `using password: YES` says none.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "secret_key",
    "private_key",
    "app_key",
    "auth_key",
    "credentials",
    "sessid",
    "session_id",
    "authorization",
    "cookie",
];

/// Of these the rest of the line is the value.
const WHOLE_LINES: &[&str] = &["authorization", "cookie"];

/// What is recorded of a message: nothing for nothing.
pub(crate) fn recorded(stderr: &[u8]) -> Box<[u8]> {
    if stderr.is_empty() {
        return Box::default();
    }
    let begin = stderr.get(..BYTES_MAX).unwrap_or(stderr);
    let text = String::from_utf8_lossy(begin);
    // Of a character that was cut nothing is left.
    let text = if begin.len() < stderr.len() { text.trim_end_matches('\u{fffd}') } else { &text };
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.trim_end().split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        put_line(line, &mut out);
    }
    let end = (0..=BYTES_MAX.min(out.len())).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
    out.truncate(end);
    out.into_bytes().into_boxed_slice()
}

fn put_line(line: &str, out: &mut String) {
    // The arguments of a call are whatever was handed to it: the name and the password for a database, say.
    let line = match frame(line) {
        Some(call) => {
            out.push_str(call);
            out.push_str("(...)");
            return;
        }
        None => line,
    };
    let mut rest = line;
    while let Some(at) = rest.find(['=', ':', '?', '@']) {
        let (before, behind) = rest.split_at(at);
        let (mark, value) = behind.split_at(1);
        out.push_str(before);
        out.push_str(mark);
        rest = match mark {
            "?" => skip_query(value, out),
            "@" => value,
            ":" if value.starts_with("//") => skip_user(value, out),
            _ => skip_value(before, value, out),
        };
    }
    out.push_str(rest);
}

/// A line of a stack trace as PHP writes it (`#0 /srv/app/db.php(3): connect('db', 'shop', …`), up to its arguments.
fn frame(line: &str) -> Option<&str> {
    let number = line.trim_start().strip_prefix('#')?;
    number.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    let call = line.find("): ").map_or(0, |at| at + 3);
    let open = line.get(call..)?.find('(')?;
    line.get(..call + open)
}

/// Hides a query behind its `?`.
fn skip_query<'a>(value: &'a str, out: &mut String) -> &'a str {
    let name = value.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.%[]".contains(c))).unwrap_or(0);
    if name == 0 || !value.get(name..).is_some_and(|behind| behind.starts_with(['=', '&'])) {
        return value;
    }
    out.push_str(HIDDEN);
    let end = value.find(|c: char| c.is_whitespace() || "\"'<>)".contains(c)).unwrap_or(value.len());
    value.get(end..).unwrap_or_default()
}

/// Hides name and password before a host.
fn skip_user<'a>(value: &'a str, out: &mut String) -> &'a str {
    out.push_str("//");
    let rest = value.get(2..).unwrap_or_default();
    let end = rest.find(|c: char| c.is_whitespace() || "/\"'<>".contains(c)).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => {
            out.push_str(HIDDEN);
            rest.get(at..).unwrap_or_default()
        }
        None => rest,
    }
}

/// Hides a value if the name before it says that it is a secret.
fn skip_value<'a>(before: &str, value: &'a str, out: &mut String) -> &'a str {
    let name = before.trim_end_matches([' ', '"', '\'', ']']).to_ascii_lowercase();
    if !NAMES.iter().any(|secret| name.ends_with(secret)) {
        return value;
    }
    let begin = value.trim_start_matches(['>', '=', ' ', '"', '\'']);
    if begin.is_empty() || ["YES", "NO"].iter().any(|said| begin.starts_with(said)) {
        return value;
    }
    let (space, _) = value.split_at(value.len() - begin.len());
    out.push_str(space);
    out.push_str(HIDDEN);
    if WHOLE_LINES.iter().any(|name_of| name.ends_with(name_of)) {
        return "";
    }
    // Within quotes a value may hold anything but them.
    let quote = space.chars().rev().find(|c| matches!(c, '"' | '\''));
    let ends = |c: char| match quote {
        Some(quote) => c == quote,
        None => c.is_whitespace() || ",;&)\"'".contains(c),
    };
    begin.get(begin.find(ends).unwrap_or(begin.len())..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(stderr: &str) -> String {
        String::from_utf8(recorded(stderr.as_bytes()).into_vec()).unwrap()
    }

    #[test]
    fn messages_stay_readable() {
        for message in [
            "PHP message: PHP Fatal error:  Allowed memory size of 8388608 bytes exhausted (tried to allocate 20480 bytes) in /srv/app/index.php on line 3",
            "PHP message: PHP Parse error:  syntax error, unexpected token \"?\", expecting \";\" in /srv/app/a.php on line 2",
            "SQLSTATE[HY000] [1045] Access denied for user 'shop'@'localhost' (using password: YES)",
            "Primary script unknown",
            "Is it down? Ask 192.0.2.7:3306 via https://app.example/x",
        ] {
            assert_eq!(text(message), message);
        }
    }

    #[test]
    fn what_messages_give_away_is_hidden() {
        for (said, expected) in [
            (
                "#0 /srv/app/db.php(3): mysqli_connect('db', 'shop', 'CANARY')",
                "#0 /srv/app/db.php(3): mysqli_connect(...)",
            ),
            ("#1 [internal function]: App->run('CANARY", "#1 [internal function]: App->run(...)"),
            ("#2 {main}", "#2 {main}"),
            ("GET /reset?token=CANARY&x=CANARY failed", "GET /reset?[redacted] failed"),
            ("redis://:CANARY@127.0.0.1:6379 is gone", "redis://[redacted]@127.0.0.1:6379 is gone"),
            ("https://user:CANARY@app.example/a: 403", "https://[redacted]@app.example/a: 403"),
            ("DB_PASSWORD=CANARY host=db", "DB_PASSWORD=[redacted] host=db"),
            (
                "['password' => 'CANARY, CANARY', 'host' => 'db']",
                "['password' => '[redacted]', 'host' => 'db']",
            ),
            ("{\"api_key\":\"CANARY\",\"n\":1}", "{\"api_key\":\"[redacted]\",\"n\":1}"),
            ("Cookie: a=CANARY; b=CANARY\nnext", "Cookie: [redacted]\nnext"),
            ("Authorization: Bearer CANARY", "Authorization: [redacted]"),
        ] {
            assert_eq!(text(said), expected);
        }
    }

    #[test]
    fn it_is_bounded_and_cut_between_characters() {
        assert!(recorded(b"").is_empty());
        assert_eq!(text("one\n\n"), "one");
        let long = format!("x{}", "é".repeat(400));
        assert_eq!(text(&long), format!("x{}", "é".repeat(255)));
        assert!(text(&"?a=b ".repeat(200)).len() <= BYTES_MAX);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..700), words in "([#0-9(): ?=@/'\"a-z]|password|é){0,80}") {
            prop_assert!(recorded(&bytes).len() <= BYTES_MAX);
            prop_assert!(std::str::from_utf8(&recorded(words.as_bytes())).is_ok());
        }
    }
}
