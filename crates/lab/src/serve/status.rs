//! A status on demand: `/status/502?retry-after=30`. Pure.

use std::time::Duration;

use super::accept::Form;
use super::page::{self, Page};
use crate::step::Answer;

/// The longest delay: longer than the usual limits of gateways and clients.
const DELAY_MAX: Duration = Duration::from_secs(120);

/// The most header lines that can be asked for.
const HEADERS_MAX: usize = 50;

/// Header fields that are ours: they say where the message ends, and a wrong one is what recipes are for.
const OURS: [&str; 6] = ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding"];

/// Header fields that do something to a browser that goes beyond one answer, for every site of the same host; or that
/// undo what we say about our answers. Whoever can make somebody follow a link chooses what is in it.
const HARMFUL: [&str; 12] = [
    "alt-svc",
    "clear-site-data",
    "content-security-policy",
    "nel",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "x-content-type-options",
];

/// Parts of the names of media types that browsers run, style pages with, or hand to something that does.
const ACTIVE: [&str; 8] = ["css", "html", "multipart", "pdf", "script", "svg", "xml", "xsl"];

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) status: u16,
    pub(super) delay: Duration,
    retry_after: Option<String>,
    body: Option<String>,
    headers: Vec<String>,
}

impl Demand {
    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what would be right.
    pub(super) fn read(status: &str, query: &[(String, String)]) -> Result<Self, String> {
        let known = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        let status = status.parse().ok().filter(|code| known && (100..=599).contains(code));
        let status = status.ok_or("A status is a number from 100 to 599, as in /status/502.")?;
        if status == 101 {
            return Err(
                "A 101 would be the end of HTTP on this connection; play a recipe instead.".to_owned()
            );
        }
        let mut demand =
            Self { status, delay: Duration::ZERO, retry_after: None, body: None, headers: Vec::new() };
        for (name, value) in query {
            match name.as_str() {
                "retry-after" => demand.retry_after = Some(field_value(value)?),
                "delay" => demand.delay = delay(value)?,
                "body" => demand.body = Some(value.clone()),
                "header" if demand.headers.len() < HEADERS_MAX => demand.headers.push(header(value)?),
                "header" => return Err(format!("More than {HEADERS_MAX} header lines cannot be asked for.")),
                _ => {
                    return Err(format!(
                        "There is no parameter {name}; there are retry-after, delay, body and header."
                    ));
                }
            }
        }
        match demand.headers.iter().find(|line| demand.body.is_some() && is_active(line)) {
            Some(line) => {
                Err(format!("A body of your own cannot come with {line}; it can be plain text or JSON."))
            }
            None => Ok(demand),
        }
    }

    /// Whether only something else can be the final answer.
    pub(super) const fn is_interim(&self) -> bool {
        self.status < 200
    }

    /// The interim answer (RFC 9110 §15.2) that was asked for: a head and nothing more.
    pub(super) fn interim(&self) -> Answer {
        let headers = self.headers.clone();
        Answer { headers, ..page::answer(self.status, "", String::new(), &[]) }
    }

    /// The final answer.
    pub(super) fn answer(&self, form: Form) -> Answer {
        let mut headers = self.headers.clone();
        headers.extend(self.retry_after.iter().map(|value| format!("Retry-After: {value}")));
        if self.is_interim() {
            let says = format!("A {} came before this, as asked for.", self.status);
            return Page::new(200, [says]).answer(form);
        }
        if let Some(body) = &self.body {
            return page::answer(self.status, "text/plain; charset=utf-8", body.clone(), &headers);
        }
        let says = "This answer was asked for; nothing is wrong with the server.".to_owned();
        Page { headers, ..Page::new(self.status, [says]) }.answer(form)
    }
}

/// A time such as `2s`, `500ms` or, in seconds, `2`.
fn delay(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.strip_suffix("ms") {
        Some(digits) => (digits, Duration::from_millis(1)),
        None => (text.strip_suffix('s').unwrap_or(text), Duration::from_secs(1)),
    };
    let number = digits.parse::<u32>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let delay = number.and_then(|number| unit.checked_mul(number)).filter(|delay| *delay <= DELAY_MAX);
    delay.ok_or_else(|| format!("A delay is a time such as 2s or 500ms, at most {} s.", DELAY_MAX.as_secs()))
}

/// A header line that can be sent as it is.
fn header(text: &str) -> Result<String, String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("A header is a name, a colon and a value, as in header=X-Cause:%20none.")?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("A header name has only letters, digits and hyphens.".to_owned());
    }
    if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
        return Err(format!(
            "The header {name} says where a message ends; recipes play what is wrong with it."
        ));
    }
    if HARMFUL.iter().any(|harmful| name.eq_ignore_ascii_case(harmful)) {
        return Err(format!(
            "The header {name} would act on browsers beyond this answer, and cannot be asked for by a link."
        ));
    }
    Ok(format!("{name}: {}", field_value(value.trim())?))
}

/// Whether a header line makes a browser take the content for more than something to show.
fn is_active(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        let value = value.to_ascii_lowercase();
        name.eq_ignore_ascii_case("content-type") && ACTIVE.iter().any(|active| value.contains(active))
    })
}

/// Text that can stand in a header line.
fn field_value(text: &str) -> Result<String, String> {
    if text.chars().all(|character| matches!(character, '\t' | ' '..='~')) {
        Ok(text.trim().to_owned())
    } else {
        Err("A header value has only visible ASCII characters and spaces.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(status: &str, query: &[(&str, &str)]) -> Result<Demand, String> {
        let query: Vec<_> = query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Demand::read(status, &query)
    }

    #[test]
    fn a_demand_is_met() {
        let demand = read("503", &[("retry-after", "30"), ("delay", "1500ms"), ("header", "X-A: b")]);
        let demand = demand.expect("it is right");
        assert_eq!(demand.delay, Duration::from_millis(1500));
        let answer = demand.answer(Form::Text);
        assert_eq!(answer.status, 503);
        for line in ["X-A: b", "Retry-After: 30"] {
            assert!(answer.headers.iter().any(|one| one == line), "{:?}", answer.headers);
        }
        let answer = read("200", &[("body", "<b>")]).expect("it is right").answer(Form::Html);
        assert_eq!(answer.body, "<b>");
        assert!(answer.headers.iter().any(|line| line == "Content-Type: text/plain; charset=utf-8"));
    }

    #[test]
    fn what_cannot_be_met_is_explained() {
        for status in ["", "99", "600", "abc", "+50", "0502", "101", "5\u{662}2"] {
            assert!(read(status, &[]).is_err(), "{status}");
        }
        for (name, value) in [
            ("delay", "121s"),
            ("delay", "-1"),
            ("delay", "1h"),
            ("header", "X: a\r\nY: b"),
            ("header", "X"),
            ("header", "X Y: a"),
            ("header", "Content-Length: 1"),
            ("retry-after", "1\r\n"),
            ("wait", "1"),
        ] {
            assert!(read("502", &[(name, value)]).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn no_link_makes_our_answers_act_on_browsers() {
        for name in OURS.iter().chain(&HARMFUL) {
            for name in [(*name).to_owned(), name.to_ascii_uppercase()] {
                let why = read("200", &[("header", &format!("{name}: x"))]).expect_err(&name);
                assert!(why.contains(&name), "{why}");
            }
        }
        for kind in ["text/html", "Image/SVG+xml", "application/xhtml+xml", "text/javascript", "text/css"] {
            let header = format!("content-TYPE: {kind}");
            let body = ("body", "<script>alert(1)</script>");
            for query in [[("header", header.as_str()), body], [body, ("header", header.as_str())]] {
                assert!(read("200", &query).is_err_and(|why| why.contains(kind)), "{kind}");
            }
            assert!(read("200", &[("header", &header)]).is_ok(), "without a body nothing is the client's");
        }
        let kept = [("header", "Content-Type: application/json"), ("body", "{}")];
        let answer = read("502", &kept).expect("it is right").answer(Form::Html);
        for guard in ["X-Content-Type-Options: nosniff", "Content-Security-Policy: sandbox; "] {
            assert!(answer.headers.iter().any(|line| line.starts_with(guard)), "{:?}", answer.headers);
        }
    }

    proptest! {
        #[test]
        fn no_header_line_breaks_out(value in ".*", name in "retry-after|header|delay|body|[a-z]*") {
            if let Ok(demand) = read("502", &[(&name, &value)]) {
                for line in demand.answer(Form::Html).headers {
                    prop_assert!(!line.contains(['\r', '\n', '\0']));
                }
            }
        }
    }
}
