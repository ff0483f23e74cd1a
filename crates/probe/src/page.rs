//! What an answer is, and who made it.

use goodgate_wire::Response;

/// Who made an answer, as far as its marks tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maker {
    /// Generator id of the crate `pages`, such as `nginx`.
    pub generator: Option<&'static str>,
    /// Its version, where the page tells it.
    pub version: Option<String>,
    /// What sort of software it is.
    pub kind: Option<goodgate_pages::Kind>,
    /// The gateway in front that only passed the answer on, where the head names one.
    pub front: Option<&'static str>,
    /// Whether the answer came from behind the gateway: from an application or its server.
    pub behind: bool,
}

impl Maker {
    /// Whether a gateway or a network's front made the answer.
    pub fn is_gateway(&self) -> bool {
        matches!(self.kind, Some(goodgate_pages::Kind::Gateway | goodgate_pages::Kind::Edge))
    }
}

/// What an answer means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is well.
    Well,
    /// It sends on to somewhere else.
    Redirect,
    /// It refuses or does not find (4xx).
    Refused,
    /// It is an error (5xx, a status that does not exist, or a page that says so under a good status).
    Failed,
}

/// Reads an answer's maker and meaning.
pub(crate) fn read(response: &Response, text: &str) -> (Maker, Verdict) {
    let reading = goodgate_pages::read("answer", text);
    let says_error = reading.evidence.has(goodgate_facts::id("site-page-says-error"));
    let front = reading.front.map(|front| front.id);
    let behind = ["page-from-application", "page-not-from-gateway"];
    let behind = reading.evidence.signals().iter().any(|signal| behind.contains(&signal.id.as_str()));
    let maker = match reading.generator {
        Some((generator, made)) => Maker {
            generator: Some(generator.id),
            version: made.version,
            kind: Some(generator.kind),
            front,
            behind,
        },
        None => Maker { front, behind, ..Maker::default() },
    };
    let verdict = match response.status {
        300..400 if response.status != 304 && response.field("location").is_some() => Verdict::Redirect,
        200..300 if says_error => Verdict::Failed,
        200..400 => Verdict::Well,
        400..500 => Verdict::Refused,
        _ => Verdict::Failed,
    };
    (maker, verdict)
}

/// Addresses of plain files that a page of the same site names, the first of each kind: they tell whether the gateway
/// serves anything at all.
pub(crate) fn static_file(page: &url::Url, html: &str) -> Option<url::Url> {
    /// A page's head is at its beginning.
    const LOOKED_AT: usize = 64 * 1024;
    const ENDS: &[&str] =
        &[".css", ".js", ".png", ".svg", ".ico", ".jpg", ".jpeg", ".webp", ".gif", ".woff2"];
    let mut end = html.len().min(LOOKED_AT);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = html.get(..end)?;
    let named = ["href=", "src="].iter().flat_map(|attribute| html.split(attribute).skip(1));
    let found = named.filter_map(|rest| {
        let (quote, rest) = match rest.chars().next()? {
            quote @ ('"' | '\'') => (quote, rest.get(1..)?),
            _ => return None,
        };
        let address = page.join(rest.split(quote).next()?.trim()).ok()?;
        let same = address.origin() == page.origin() && address.path().len() < 300;
        let plain = ENDS.iter().any(|end| address.path().to_ascii_lowercase().ends_with(end));
        (same && plain).then_some(address)
    });
    // Style sheets and scripts are seldom made by a program, pictures now and then.
    found
        .min_by_key(|address| ENDS.iter().position(|end| address.path().ends_with(end)).unwrap_or(ENDS.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_plain_file_of_the_same_site() {
        let page = url::Url::parse("https://shop.example/a/b").unwrap();
        let html = r#"<img src="/logo.png"><link rel=stylesheet href='../style.css?v=3'>
            <script src="https://cdn.example/x.js"></script><a href="/about">"#;
        assert_eq!(static_file(&page, html).unwrap().as_str(), "https://shop.example/style.css?v=3");
        assert_eq!(static_file(&page, "<a href=/x.css>"), None);
        assert_eq!(static_file(&page, ""), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(html in "(href=|src=|['\"/]|\\PC|.css){0,60}") {
            let page = url::Url::parse("http://shop.example/").unwrap();
            let _ = static_file(&page, &html);
        }
    }
}
