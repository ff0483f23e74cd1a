//! Secrets never reach output: query strings, cookies, tokens, passwords and user information in URLs.
//!
//! Finders look at one text each and name the ranges that hold secrets; here they are joined and replaced. It is
//! better to hide too much than too little, but words of error messages must stay readable.

mod commands;
mod pairs;
mod tokens;
mod urls;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

/// What stands in a secret's place.
pub(crate) const REDACTED: &str = "[redacted]";

/// Whether secrets are shown after all. One choice for the whole run: handing it through every helper would let one of
/// them forget it.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows secrets from now on, because the user asked for it.
pub(crate) fn show_secrets() {
    SHOWN.store(true, Ordering::Relaxed);
}

/// The text with secrets replaced by `[redacted]`, and control characters made visible.
pub(crate) fn redact(text: &str) -> String {
    if SHOWN.load(Ordering::Relaxed) {
        return goodgate_facts::visible(text).into_owned();
    }
    goodgate_facts::visible(&without_secrets(text)).into_owned()
}

/// A URL as it may be shown. Never print one otherwise: what is a query is known of a [`Url`], and can only be guessed
/// in running text.
pub(crate) fn url(url: &Url) -> String {
    if SHOWN.load(Ordering::Relaxed) {
        return goodgate_facts::visible(url.as_str()).into_owned();
    }
    redact(&goodgate_probe::shown(url))
}

/// A word that was meant to be a path or a URL, and is neither as it stands: what may be a password or a query goes.
pub(crate) fn word(word: &str) -> String {
    if SHOWN.load(Ordering::Relaxed) {
        return goodgate_facts::visible(word).into_owned();
    }
    let after_scheme = word.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = word.split_at(after_scheme);
    let rest = match rest.rsplit_once('@') {
        Some((user, rest)) if after_scheme > 0 || user.contains(':') => format!("{REDACTED}@{rest}"),
        _ => rest.to_owned(),
    };
    let rest = match rest.split_once(['?', '#']) {
        Some((path, _)) => format!("{path}?{REDACTED}"),
        None => rest,
    };
    redact(&format!("{scheme}{rest}"))
}

/// The text with secrets replaced; everything else stays byte for byte, so that it can be read again.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_private_key = false;
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if line.contains("PRIVATE KEY-----") {
            in_private_key = line.contains("-----BEGIN ");
            out.push_str(line.split("PRIVATE KEY-----").next().unwrap_or_default());
            out.push_str("PRIVATE KEY-----");
        } else if in_private_key {
            out.push_str(REDACTED);
        } else {
            out.push_str(&one_line(line));
        }
    }
    out
}

fn one_line(line: &str) -> String {
    let mut secrets: Vec<Range<usize>> = Vec::new();
    urls::find(line, &mut secrets);
    pairs::find(line, &mut secrets);
    tokens::find(line, &mut secrets);
    commands::find(line, &mut secrets);
    secrets.retain(|range| range.start < range.end);
    secrets.sort_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for secret in secrets {
        if secret.start >= done {
            out.push_str(line.get(done..secret.start).unwrap_or_default());
            out.push_str(REDACTED);
        }
        done = done.max(secret.end);
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts with what they become.
    const TEXTS: &[(&str, &str)] = &[
        ("GET /reset?token=canary&x=1 HTTP/1.1", "GET /reset?[redacted] HTTP/1.1"),
        ("\"GET /a?canary HTTP/2.0\" 502", "\"GET /a?[redacted] HTTP/2.0\" 502"),
        (r#"{"uri":"/a?x=1\u0026t=canary","n":1}"#, r#"{"uri":"/a?[redacted]","n":1}"#),
        ("in request:/a?b=canary:I/O timeout", "in request:/a?[redacted]:I/O timeout"),
        ("http://user:canary@app.example.com/x", "http://[redacted]@app.example.com/x"),
        ("redis://:canary@127.0.0.1:6379", "redis://[redacted]@127.0.0.1:6379"),
        ("app:canary@tcp(127.0.0.1:3306)/shop", "[redacted]@tcp(127.0.0.1:3306)/shop"),
        ("Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==", "Authorization: [redacted]"),
        ("> Cookie: a=\"canary\"; b=canary", "> Cookie: [redacted]"),
        ("Set-Cookie: sid=canary; Path=/", "Set-Cookie: [redacted]"),
        (
            "curl -H 'X-Api-Key: canary' https://a.example",
            "curl -H 'X-Api-Key: [redacted]' https://a.example",
        ),
        (
            r#""headers":{"Cookie":["a=canary"],"Accept":["*/*"]}"#,
            r#""headers":{"Cookie":["[redacted]"],"Accept":["*/*"]}"#,
        ),
        ("define('DB_PASSWORD', 'canary');", "define('DB_PASSWORD', '[redacted]');"),
        ("define( \"AUTH_KEY\",  \"can;a)ry\" );", "define( \"AUTH_KEY\",  \"[redacted]\" );"),
        ("'password' => 'canary',", "'password' => '[redacted]',"),
        ("password: canary", "password: [redacted]"),
        ("pgsql:host=db;password=canary;dbname=x", "pgsql:host=db;password=[redacted];dbname=x"),
        ("fastcgi_param DB_PASSWORD canary;", "fastcgi_param DB_PASSWORD [redacted];"),
        (
            "proxy_set_header Authorization \"Bearer canary\";",
            "proxy_set_header Authorization \"[redacted]\";",
        ),
        ("env[APP_SECRET] = canary", "env[APP_SECRET] = [redacted]"),
        ("user admin insecure-password canary", "user admin insecure-password [redacted]"),
        ("SetEnv PASSWORD canary", "SetEnv PASSWORD [redacted]"),
        ("    set $api_key canary;", "    set $api_key [redacted];"),
        ("http-request set-header x-api-key canary", "http-request set-header x-api-key [redacted]"),
        ("RequestHeader set X-Api-Key \"canary\"", "RequestHeader set X-Api-Key \"[redacted]\""),
        ("stats auth admin:canary", "stats auth [redacted]"),
        ("cachemgr_passwd canary all", "cachemgr_passwd [redacted] all"),
        ("API_SECRET=can ary with blanks", "API_SECRET=[redacted]"),
        ("AWS_SECRET_ACCESS_KEY=canary", "AWS_SECRET_ACCESS_KEY=[redacted]"),
        ("app --password canary --port 3", "app --password [redacted] --port 3"),
        ("{\"pass\":\"canary\",\"n\":1}", "{\"pass\":\"[redacted]\",\"n\":1}"),
        (r#"{"m":"{\"password\":\"canary\"}"}"#, r#"{"m":"{\"password\":\"[redacted]"}"#),
        ("php_admin_value[mysqli.default_pw] = canary", "php_admin_value[mysqli.default_pw] = [redacted]"),
        ("admin:$2y$10$abcdefghijklmnopqrstuv", "admin:[redacted]"),
        ("use key AKIAIOSFODNN7EXAMPLE1 now", "use key [redacted] now"),
        ("200 12 SESSID=canary - ----", "200 12 SESSID=[redacted] - ----"),
        ("sent Bearer abcDEF123canary now", "sent Bearer [redacted] now"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.canary_x end", "jwt [redacted] end"),
        ("id 0123456789abcdef0123456789abcdef!", "id [redacted]!"),
        ("mysqldump -uroot -pcanary shop", "mysqldump -uroot -p[redacted] shop"),
        ("curl -u admin:canary http://127.0.0.1/", "curl -u [redacted] http://127.0.0.1/"),
        (
            "#0 /srv/a.php(3): mysqli_connect('db', 'root', 'canary')",
            "#0 /srv/a.php(3): mysqli_connect([redacted])",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\nx",
            "-----BEGIN PRIVATE KEY-----\n[redacted]\n-----END PRIVATE KEY-----\nx",
        ),
    ];

    /// Words that look like secrets but tell what is wrong.
    const KEPT: &[&str] = &[
        "Access denied for user 'app'@'localhost' (using password: YES)",
        "PHP Parse error: syntax error, unexpected token \";\" in /srv/app/a.php on line 3",
        "password authentication failed for user \"app\"",
        "proxy_set_header Cookie $http_cookie;",
        "        fastcgi_pass 127.0.0.1:9000;",
        "proxy_pass http://app.example.com:8080;",
        "proxy_cache_key \"$scheme$proxy_host$request_uri\";",
        "ssl_certificate_key /etc/ssl/private/example.key;",
        "https_port 443 tls-cert=/etc/a.pem tls-key=/etc/a.key",
        "rewrite ^/a(.*)?$ /b?$1 last;",
        "try_files $uri /index.php$is_args$args;",
        "location ~ ^/(?:index|core)(/.*)?$ {",
        "auth_basic \"Basic authentication\";",
        "oom_memcg=/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
        "connect() to unix:/run/php/php8.2-fpm.sock failed (13: Permission denied)",
        "2026/01/01 00:00:00 [error] 12#12: *3 upstream timed out (110: Connection timed out)",
        "Is it really so? Yes.",
        "Debug: Version: varnish-7.1.1 revision 7cee1c581bead20e88d101ab3d72afb29f14d87a",
        "rewrite ^/(.*)/(.*)$ /x/$1$2/$1$2/$1$2/$1$2 last;",
        "Unexpected token < in JSON at position 0",
        "set $upstream http://127.0.0.1:9000;",
    ];

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, wanted) in TEXTS {
            assert_eq!(without_secrets(text), *wanted);
            assert_eq!(without_secrets(wanted), *wanted, "redacting twice changes nothing");
        }
        for text in KEPT {
            assert_eq!(without_secrets(text), *text);
        }
    }

    #[test]
    fn words_that_are_no_urls_keep_their_secrets() {
        for (given, wanted) in [
            ("user:can/ary@shop.example", "[redacted]@shop.example"),
            ("user:can?ary@shop", "[redacted]@shop"),
            ("http://canary@shop.example:x/?/canary", "http://[redacted]@shop.example:x/?[redacted]"),
            ("shop.example:x/?/canary", "shop.example:x/?[redacted]"),
            ("/var/log/app@1.log", "/var/log/app@1.log"),
        ] {
            assert_eq!(word(given), wanted);
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in [
            "",
            "=",
            "?",
            "é?é=é",
            "password=",
            "password='",
            "Cookie:",
            "://@",
            "-p",
            "mysql -p",
            "Bearer ",
            "eyJ",
        ] {
            let _ = redact(text);
            let _ = redact(&format!("/{text}\u{202e}\u{1b}[31m"));
        }
    }
}
