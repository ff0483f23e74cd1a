//! Secrets that are known by their looks: bearer tokens, JSON Web Tokens, long random strings.

use std::ops::Range;

/// Random hexadecimal strings from this length on are taken for tokens.
const HEX_MIN: usize = 32;
/// Random strings of mixed characters from this length on are.
const MIXED_MIN: usize = 32;
/// Letters after "Basic" or "Bearer" that are no word of a sentence.
const SCHEME_MIN: usize = 8;

/// Finds tokens.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    hashes(text, secrets);
    let mut at = 0;
    while at < bytes.len() {
        if !in_token(bytes[at]) {
            at += 1;
            continue;
        }
        let end = (at..bytes.len()).find(|i| !in_token(bytes[*i])).unwrap_or(bytes.len());
        let run = &bytes[at..end];
        if web_token(run) {
            // The three parts of a JSON Web Token are joined by dots.
            let whole =
                (end..bytes.len()).find(|i| !in_token(bytes[*i]) && bytes[*i] != b'.').unwrap_or(bytes.len());
            secrets.push(at..whole);
            at = whole;
            continue;
        }
        let random = secret_run(run) && !harmless(&bytes[..at]);
        if random || prefixed(run) || after_scheme(&bytes[..at], run) {
            let padded = (end..bytes.len()).find(|i| bytes[*i] != b'=').unwrap_or(bytes.len());
            secrets.push(at..padded);
        }
        at = end;
    }
}

/// Hashes of passwords as in htpasswd and shadow files: `$2y$10$…`.
fn hashes(text: &str, secrets: &mut Vec<Range<usize>>) {
    for scheme in ["$1$", "$5$", "$6$", "$2a$", "$2b$", "$2y$", "$y$", "$apr1$", "$argon2"] {
        for (at, _) in text.match_indices(scheme) {
            let rest = text.get(at..).unwrap_or_default();
            let length = rest
                .find(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | '\'' | ';'))
                .unwrap_or(rest.len());
            // `$1$2` in a rewrite rule is no hash.
            if length >= 20 {
                secrets.push(at..at + length);
            }
        }
    }
}

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+')
}

fn web_token(run: &[u8]) -> bool {
    run.starts_with(b"eyJ") && run.len() >= 12
}

/// Beginnings by which services mark their own tokens.
const PREFIXES: &[&[u8]] = &[
    b"AKIA",
    b"ASIA",
    b"ghp_",
    b"gho_",
    b"ghs_",
    b"github_pat_",
    b"glpat-",
    b"sk-",
    b"sk_live_",
    b"sk_test_",
    b"rk_live_",
    b"xoxb-",
    b"xoxp-",
    b"hf_",
    b"AIza",
    b"npm_",
    b"dop_v1_",
    b"SG-",
];

fn prefixed(run: &[u8]) -> bool {
    /// Shorter ones are words that happen to begin so.
    const LENGTH_MIN: usize = 20;
    run.len() >= LENGTH_MIN
        && run.iter().any(u8::is_ascii_digit)
        && PREFIXES.iter().any(|p| run.starts_with(p))
}

fn secret_run(run: &[u8]) -> bool {
    if run.len() >= HEX_MIN && run.iter().all(u8::is_ascii_hexdigit) {
        return run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic);
    }
    if run.len() < MIXED_MIN {
        return false;
    }
    // Names change between upper case, lower case and digits at word borders only; random strings all the time.
    let class = |b: &u8| match b {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let changes = run.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    let has = |wanted: u8| run.iter().any(|b| class(b) == wanted);
    has(0) && has(1) && has(2) && changes * 3 >= run.len()
}

/// Names of containers and digests of images are long and random, too, but no secrets.
fn harmless(before: &[u8]) -> bool {
    [
        &b"docker/"[..],
        b"docker-",
        b"containerd-",
        b"crio-",
        b"libpod-",
        b"sha256:",
        b"containers/",
        b"kubepods/",
        b"revision ",
        b"version: ",
        b"commit ",
    ]
    .iter()
    .any(|prefix| before.ends_with(prefix))
}

/// "Bearer TOKEN" and "Basic TOKEN"; "Basic authentication" is a word and stays.
fn after_scheme(before: &[u8], run: &[u8]) -> bool {
    let head = before.strip_suffix(b" ").unwrap_or_default().to_ascii_lowercase();
    let scheme = head.ends_with(b"bearer") || head.ends_with(b"basic");
    let word = run.iter().skip(1).all(u8::is_ascii_lowercase);
    scheme && run.len() >= SCHEME_MIN && !word
}
