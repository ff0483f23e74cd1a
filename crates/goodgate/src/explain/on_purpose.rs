//! How to return a status on purpose, and how to test for it.

use super::Example;
use crate::words::{args, say, say_with};

/// Whether somebody would want to return this code on purpose.
pub(super) fn sensible(code: u16) -> bool {
    matches!(code, 400 | 403 | 404 | 408 | 413 | 421 | 425 | 429 | 431 | 500..=505)
}

/// Snippets with `CODE`, `PHRASE` and, where waiting is asked for, `RETRY`.
const SNIPPETS: &[(&str, &str)] = &[
    (
        "Express (Node)",
        "app.get('/fail', (req, res) => {\n  res.status(CODE).RETRY_EXPRESStype('text').send('PHRASE\\n');\n});",
    ),
    (
        "Flask (Python)",
        "@app.get(\"/fail\")\ndef fail():\n    return \"PHRASE\\n\", CODE, {\"Content-Type\": \"text/plain\"RETRY_FLASK}",
    ),
    (
        "PHP",
        "<?php\nhttp_response_code(CODE);\nRETRY_PHPheader('Content-Type: text/plain');\necho \"PHRASE\\n\";\nexit;",
    ),
    (
        "axum (Rust)",
        "use axum::http::StatusCode;\nuse axum::response::IntoResponse;\n\nasync fn fail() -> impl IntoResponse {\n    \
         (StatusCode::AXUM_NAME, RETRY_AXUM\"PHRASE\\n\")\n}",
    ),
    (
        "Go (net/http)",
        "http.HandleFunc(\"/fail\", func(w http.ResponseWriter, r *http.Request) {\n\t\
         RETRY_GOhttp.Error(w, \"PHRASE\", http.GO_NAME)\n})",
    ),
    (
        "nginx",
        "location = /fail {\n    default_type text/plain;\nRETRY_NGINX    return CODE \"PHRASE\\n\";\n}",
    ),
];

/// The snippets for this code and the test for it.
pub(super) fn examples(code: u16, phrase: &str) -> Vec<Example> {
    // Only these two say when to come again.
    let wait = matches!(code, 429 | 503);
    let number = || code.to_string();
    let retry = |text: &'static str| if wait { text } else { "" };
    let mut out: Vec<Example> = SNIPPETS
        .iter()
        .map(|(title, code_text)| {
            let text = code_text
                .replace("RETRY_EXPRESS", retry("set('Retry-After', '120')."))
                .replace("RETRY_FLASK", retry(", \"Retry-After\": \"120\""))
                .replace("RETRY_PHP", retry("header('Retry-After: 120');\n"))
                .replace("RETRY_AXUM", retry("[(\"retry-after\", \"120\")], "))
                .replace("RETRY_GO", retry("w.Header().Set(\"Retry-After\", \"120\")\n\t"))
                .replace("RETRY_NGINX", retry("    add_header Retry-After 120 always;\n"))
                .replace("AXUM_NAME", axum_name(code))
                .replace("GO_NAME", go_name(code))
                .replace("CODE", &code.to_string())
                .replace("PHRASE", phrase);
            Example {
                title: say_with("return-on-purpose", &args![code = number(), with = *title]),
                code: text,
            }
        })
        .collect();
    out.push(Example { title: say_with("test-for-status", &args![code = number()]), code: test(code) });
    out
}

/// Commands that show that the code arrives.
fn test(code: u16) -> String {
    let prints = say_with("test-prints", &args![code = code.to_string()]);
    let head = say("test-whole-head");
    format!(
        "curl -s -o /dev/null -w '%{{http_code}}\\n' https://example.com/fail    # {prints}\n\
         curl -si https://example.com/fail | head -n 20                       # {head}"
    )
}

fn axum_name(code: u16) -> &'static str {
    match code {
        400 => "BAD_REQUEST",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        408 => "REQUEST_TIMEOUT",
        413 => "PAYLOAD_TOO_LARGE",
        421 => "MISDIRECTED_REQUEST",
        425 => "TOO_EARLY",
        429 => "TOO_MANY_REQUESTS",
        431 => "REQUEST_HEADER_FIELDS_TOO_LARGE",
        500 => "INTERNAL_SERVER_ERROR",
        501 => "NOT_IMPLEMENTED",
        502 => "BAD_GATEWAY",
        503 => "SERVICE_UNAVAILABLE",
        504 => "GATEWAY_TIMEOUT",
        _ => "HTTP_VERSION_NOT_SUPPORTED",
    }
}

fn go_name(code: u16) -> &'static str {
    match code {
        400 => "StatusBadRequest",
        403 => "StatusForbidden",
        404 => "StatusNotFound",
        408 => "StatusRequestTimeout",
        413 => "StatusRequestEntityTooLarge",
        421 => "StatusMisdirectedRequest",
        425 => "StatusTooEarly",
        429 => "StatusTooManyRequests",
        431 => "StatusRequestHeaderFieldsTooLarge",
        500 => "StatusInternalServerError",
        501 => "StatusNotImplemented",
        502 => "StatusBadGateway",
        503 => "StatusServiceUnavailable",
        504 => "StatusGatewayTimeout",
        _ => "StatusHTTPVersionNotSupported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_is_filled() {
        for code in (400..=511).filter(|code| sensible(*code)) {
            for example in examples(code, "Phrase") {
                let names = ["RETRY_", "AXUM_NAME", "GO_NAME", "CODE", "PHRASE"];
                assert!(names.iter().all(|name| !example.code.contains(name)), "{}", example.code);
            }
        }
    }
}
