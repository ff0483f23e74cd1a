//! The answer as a page, for people with a browser: one file that needs nothing else, readable on a telephone, in the
//! dark and by screen readers.

use super::Telling;
use super::account::first;
use super::plain::advice;
use crate::written::{html, number};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d232b;--soft:#56606c;--paper:#f6f7f9;--card:#fff;--line:#dfe3e8;--mark:#a8481e}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#a5afba;--paper:#14181d;--card:#1d232a;--line:#343c46;\
--mark:#f0976b}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;\
gap:1rem;padding:1.25rem;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}\
main,section{width:100%;max-width:38rem;padding:1.75rem;background:var(--card);border:1px solid var(--line);\
border-radius:.75rem;overflow-wrap:anywhere}\
main{border-top:4px solid var(--mark)}\
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}\
h2{margin:0 0 .5rem;font-size:1.0625rem}\
p{margin:.75rem 0 0}\
.id{display:block;margin-top:.35rem;font:600 1.25rem/1.4 ui-monospace,monospace;letter-spacing:.04em;\
user-select:all}\
.small{color:var(--soft);font-size:.875rem}\
dl{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.35rem 1rem;margin:.75rem 0 0;font-size:.9375rem}\
dt{color:var(--soft)}dd{margin:0}\
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:.1rem}dt{margin-top:.5rem}}\
ol{margin:.5rem 0 0;padding-left:1.4rem}\
h2:not(:first-child){margin-top:1.25rem}";

/// Appends the page.
pub(super) fn write(telling: &Telling<'_>, out: &mut Vec<u8>) {
    let words = telling.words;
    let tale = words.tell(telling.story);
    push(
        out,
        &["<!doctype html>\n<html lang=\"", words.tag, "\">\n<head>\n<meta charset=\"utf-8\">\n<title>"],
    );
    html(tale.title, out);
    push(out, &["</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"]);
    push(
        out,
        &[
            "<meta name=\"robots\" content=\"noindex\">\n<style>",
            STYLE,
            "</style>\n</head>\n<body>\n<main>\n",
        ],
    );
    element("h1", tale.title, out);
    element("p", tale.what, out);
    for sentence in advice(telling) {
        element("p", sentence, out);
    }
    push(out, &["<p>"]);
    html(words.whom_to_tell, out);
    push(out, &[" <span class=\"id\">"]);
    html(telling.to.request_id.as_str(), out);
    push(out, &["</span></p>\n<p class=\"small\">"]);
    html(words.error, out);
    push(out, &[" "]);
    number(u64::from(telling.status), out);
    if !telling.token.is_empty() {
        push(out, &[" · ", telling.token]);
    }
    push(out, &[" · "]);
    telling.when(out);
    push(out, &["</p>\n</main>\n"]);
    account(telling, out);
    push(out, &["</body>\n</html>\n"]);
}

fn account(telling: &Telling<'_>, out: &mut Vec<u8>) {
    let Some(account) = telling.to.account else { return };
    let words = &telling.words.account;
    push(out, &["<section>\n"]);
    element("h2", words.heading, out);
    push(out, &["<dl>\n"]);
    for (label, value) in account.lines(words) {
        element("dt", label, out);
        element("dd", &value, out);
    }
    push(out, &["</dl>\n"]);
    if !telling.causes.is_empty() {
        element("h2", words.causes, out);
        push(out, &["<ol>\n"]);
        for cause in first(&telling.causes) {
            element("li", cause, out);
        }
        push(out, &["</ol>\n"]);
    }
    push(out, &["<p class=\"small\">"]);
    html(words.why_shown, out);
    push(out, &["</p>\n</section>\n"]);
}

/// An element with this text.
fn element(name: &str, text: &str, out: &mut Vec<u8>) {
    push(out, &["<", name, ">"]);
    html(text, out);
    push(out, &["</", name, ">\n"]);
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}
