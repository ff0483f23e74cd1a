//! Answers of the gateway's own: pages of failures, files, redirects, fixed answers, numbers. What all of them have is put
//! in here and nowhere else: the length, the request's id, the date, and what the route does with fields.

use goodgate_wire::http1::reason;

use crate::answer::field_lines;
use crate::core::Core;
use crate::forward::{Edits, Own, Sink};
use crate::front::{Client, Length};
use crate::request_id::{self, RequestId};

/// An answer of our own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnAnswer<'a> {
    pub(crate) status: u16,
    /// Its fields as lines, but for those that all answers have.
    pub(crate) fields: &'a [u8],
    /// Bytes of its body, as GET has it; `None` where there is none to speak of (304).
    pub(crate) length: Option<u64>,
    pub(crate) id: &'a RequestId,
    pub(crate) edits: Edits<'a>,
}

impl OwnAnswer<'_> {
    /// Begins the answer to a request with this method. Nothing is sent yet.
    pub(crate) fn begin<C: Client>(&self, core: &Core, client: &mut C, method: &[u8]) {
        let told = self.length.filter(|_| !has_no_body(self.status));
        // HEAD is told the length that GET would have (RFC 9110 section 9.3.2).
        let length = told.filter(|_| method != b"HEAD").map_or(Length::None, Length::Known);
        client.begin(self.status, reason(self.status).as_bytes(), length, &mut |sink| {
            if let Some(length) = told {
                sink.put_number(b"Content-Length", length);
            }
            let mut own = Own { sink, edits: self.edits };
            for (name, value) in field_lines(self.fields) {
                own.put(name, &[value]);
            }
            own.put(request_id::FIELD, &[self.id.as_bytes()]);
            core.date(core.now(), |date| own.put(b"Date", &[date]));
            for (name, value) in self.edits.set() {
                own.sink.put(name, &[value]);
            }
        });
    }
}

/// Whether an answer with this status never has a body (RFC 9110 section 6.4.1).
pub(crate) fn has_no_body(status: u16) -> bool {
    matches!(status, 100..200 | 204 | 304)
}

/// What of a route's changes holds for a page that tells of a failure: all but what speaks of the content that the route
/// would have answered with, or says how long it may be kept. A failure that is kept for a year would last a year.
pub(crate) fn on_failures(edits: &[(String, Option<String>)]) -> Vec<(String, Option<String>)> {
    const OF_THE_CONTENT: [&str; 9] = [
        "Accept-Ranges",
        "Allow",
        "Cache-Control",
        "CDN-Cache-Control",
        "ETag",
        "Expires",
        "Last-Modified",
        "Location",
        "Retry-After",
    ];
    let of_the_content = |name: &str| {
        let content = name.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("content-"));
        content || OF_THE_CONTENT.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    edits.iter().filter(|(name, _)| !of_the_content(name)).cloned().collect()
}
