//! One entry of Caddy's log, and what its keys tell of the request. Knows nothing of causes.

use goodgate_facts::Untrusted;
use serde_json::{Map, Value as Json};

/// One entry, whatever the layout.
pub(crate) struct Entry<'a> {
    pub(crate) level: &'a str,
    pub(crate) logger: &'a str,
    pub(crate) message: &'a str,
    pub(crate) keys: &'a Map<String, Json>,
}

impl Entry<'_> {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key)?.as_str()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.keys.get("status")?.as_u64().and_then(|status| status.try_into().ok())
    }

    /// Seconds; the console layout may write `12.5ms` instead of a number.
    pub(crate) fn duration_s(&self) -> Option<f64> {
        match self.keys.get("duration")? {
            Json::Number(seconds) => seconds.as_f64(),
            Json::String(text) => go_duration_s(text),
            _ => None,
        }
    }

    pub(crate) fn is_access(&self) -> bool {
        self.message == "handled request" && self.keys.contains_key("request")
    }

    pub(crate) fn request_text(&self, key: &str) -> Option<&str> {
        self.keys.get("request")?.get(key)?.as_str()
    }

    pub(crate) fn uri(&self) -> Untrusted {
        Untrusted::new(self.request_text("uri").unwrap_or_default().as_bytes())
    }
}

/// Who made an answer, by its head as logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    Upstream,
    OwnRule,
    Unknown,
}

/// Newer versions note a passed-on answer in `Via`, older ones keep the upstream's own `Server` beside theirs; a
/// CGI `Status`, and a `Date` before Go's server adds its own, come from behind only. Caddy's static responses
/// blank out the content type.
pub(crate) fn maker_of(entry: &Entry<'_>) -> Maker {
    let Some(Json::Object(headers)) = entry.keys.get("resp_headers") else { return Maker::Unknown };
    let values = |name: &str| {
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_array())
    };
    let any = |name: &str, wanted: fn(&str) -> bool| {
        values(name).is_some_and(|values| values.iter().any(|value| value.as_str().is_some_and(wanted)))
    };
    let passed_on = any("via", |via| via.contains("Caddy"))
        || any("server", |server| server != "Caddy")
        || ["status", "date", "x-powered-by"].iter().any(|name| any(name, |_| true));
    if passed_on {
        Maker::Upstream
    } else if values("content-type").is_some_and(Vec::is_empty) {
        Maker::OwnRule
    } else {
        Maker::Unknown
    }
}

/// `1.5s`, `12.5ms`, `830µs`.
fn go_duration_s(text: &str) -> Option<f64> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(at)?;
    let scale = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" | "us" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * scale)
}
