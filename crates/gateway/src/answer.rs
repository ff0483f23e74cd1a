//! What a client is told when its request was not answered by whom it was for: the one place where failures become
//! status codes, fields and pages.
//!
//! The public is told what happened in plain words and never a name of anything inside: no server, address, path or
//! setting. Addresses that the plan trusts are told everything. Judges nothing: first causes are handed in as text.

use crate::Failed;
use crate::plan::ErrorPage;
use crate::request_id::RequestId;
use crate::written::{Stamp, number};

mod accept;
mod account;
mod details;
mod page;
mod plain;
mod problem;
mod proxy_status;
mod status;
mod story;
mod template;
mod words;

pub use accept::Form;
pub use account::{Account, FirstCauses};
pub use proxy_status::{Said, proxy_status};
pub use status::status;

use story::Story;
use template::Template;
use words::Words;

/// Who is told.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'a> {
    /// The method of the request; empty where none could be read.
    pub method: &'a [u8],
    /// Its `Accept`, the first line of it.
    pub accept: Option<&'a [u8]>,
    /// Its `Accept-Language`, the first line of it.
    pub accept_language: Option<&'a [u8]>,
    /// The request's id.
    pub request_id: &'a RequestId,
    /// When, in microseconds since 1970 (UTC).
    pub when_us: u64,
    /// Everything that is known, for whoever may know it.
    pub account: Option<&'a Account<'a>>,
}

/// What answers of our own are made from: prepared when a plan is loaded.
pub struct Pages {
    /// The gateway's name in `Proxy-Status`.
    name: String,
    /// Pages that replace ours, with the statuses that they are for.
    own: Vec<((u16, u16), Template)>,
    /// Says what may be behind a failure.
    first_causes: Option<Box<FirstCauses>>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("name", &self.name)
            .field("own", &self.own.len())
            .finish_non_exhaustive()
    }
}

impl Pages {
    /// Answers in this name, with these pages in place of ours.
    pub fn new(name: &str, own: &[ErrorPage]) -> Self {
        let own = own.iter().map(|page| (page.statuses, Template::new(&page.html))).collect();
        Self { name: name.to_owned(), own, first_causes: None }
    }

    /// With first causes for whoever gets the full account.
    #[must_use]
    pub fn first_causes(mut self, first_causes: Box<FirstCauses>) -> Self {
        self.first_causes = Some(first_causes);
        self
    }

    /// The page that replaces ours under this status.
    fn own(&self, status: u16) -> Option<&Template> {
        self.own.iter().find(|((from, to), _)| (*from..=*to).contains(&status)).map(|(_, page)| page)
    }
}

/// A failure and everything that its answer is made of, so that each form of it says the same.
struct Telling<'a> {
    status: u16,
    story: Story,
    /// The token of RFC 9209; empty for none.
    token: &'static str,
    words: &'static Words,
    failed: &'a Failed,
    to: &'a Audience<'a>,
    /// Seconds after which trying again makes sense.
    retry_after_s: Option<u32>,
    causes: Vec<String>,
}

impl Telling<'_> {
    /// The instant for people.
    fn when(&self, out: &mut Vec<u8>) {
        Stamp::default().for_people(self.to.when_us, out);
    }
}

/// Answers for a failure. The answer's fields are appended to `fields`, each with its line end and without an empty
/// line at the end; the body to `body`, for HEAD as well, which is told its length. Returns the status.
///
/// What all answers have is the engine's: status line, `Content-Length`, `Date`, `X-Request-ID`, `Connection`. Nothing may
/// have been sent of another answer.
pub fn own(
    failed: &Failed,
    to: &Audience<'_>,
    pages: &Pages,
    fields: &mut Vec<u8>,
    body: &mut Vec<u8>,
) -> u16 {
    let status = status(failed);
    let words = words::choose(to.accept_language);
    let telling = Telling {
        status,
        story: Story::of(failed),
        token: failed.error_type().map_or("", |error| error.token()),
        words,
        failed,
        to,
        retry_after_s: status::retry_after_s(failed),
        causes: first_causes(to, words.tag, pages),
    };
    let form = Form::choose(to.accept);
    let replaced = pages.own(status).filter(|_| form == Form::Html && to.account.is_none());
    match (form, replaced) {
        (Form::Html, Some(template)) => template.fill(&telling, body),
        (Form::Html, None) => page::write(&telling, body),
        (Form::Problem, _) => problem::write(&telling, body),
        (Form::Text, _) => plain::write(&telling, body),
    }
    content_fields(form, &telling, replaced.is_some(), fields);
    if failed.error_type().is_some() {
        let said = Said::failed(&pages.name, failed, to.account);
        proxy_status(std::iter::empty(), &said, fields);
    }
    if let Some(seconds) = telling.retry_after_s {
        fields.extend_from_slice(b"Retry-After: ");
        number(u64::from(seconds), fields);
        fields.extend_from_slice(b"\r\n");
    }
    if let Some(methods) = status::allow(failed) {
        line(fields, b"Allow", methods.as_bytes());
    }
    status
}

/// Causes cost thought and are for few: nobody else's answer waits for them.
fn first_causes(to: &Audience<'_>, tag: &str, pages: &Pages) -> Vec<String> {
    match (to.account, &pages.first_causes) {
        (Some(account), Some(causes)) => causes(account, tag),
        _ => Vec::new(),
    }
}

fn content_fields(form: Form, telling: &Telling<'_>, replaced: bool, fields: &mut Vec<u8>) {
    line(fields, b"Content-Type", form.content_type().as_bytes());
    // A failure passes, and must not be kept by anybody as if it were the page.
    fields.extend_from_slice(b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if !replaced {
        line(fields, b"Content-Language", telling.words.tag.as_bytes());
    }
    if form == Form::Html && !replaced {
        // The page has its style in it and needs nothing else. A page of the owner's may need anything.
        line(fields, b"Content-Security-Policy", b"default-src 'none'; style-src 'unsafe-inline'");
    }
}

/// A field line.
fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// The field lines that [`own`] has written, as names and values, for versions of HTTP that do not write them as text.
pub fn field_lines(fields: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    fields.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((line.get(..colon)?, line.get(colon + 1..)?.trim_ascii()))
    })
}

#[cfg(test)]
mod tests;
