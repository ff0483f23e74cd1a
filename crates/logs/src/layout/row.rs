//! One line, cut into fields.

use goodgate_facts::{Attempt, Exchange, Moment, Target, Untrusted};

use super::{FIELDS, Field};
use crate::clock;

/// The fields of one line as slices of it.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    fields: [Option<(&'a [u8], f64)>; FIELDS],
}

impl<'a> Row<'a> {
    /// A row without fields.
    pub(crate) fn new() -> Self {
        Self { fields: [None; FIELDS] }
    }

    /// Sets a field; the first one of its kind in the layout stands.
    pub(crate) fn set(&mut self, field: Field, value: &'a [u8], scale: f64) {
        if field != Field::Other
            && let Some(slot) = self.fields.get_mut(field as usize)
            && slot.is_none()
        {
            *slot = Some((value, scale));
        }
    }

    /// The field as logged; `None` if the layout does not have it.
    pub(crate) fn raw(&self, field: Field) -> Option<&'a [u8]> {
        self.fields.get(field as usize).copied().flatten().map(|(value, _)| value)
    }

    /// The field; `None` also for `-` and nothing.
    pub(crate) fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.raw(field).filter(|value| !matches!(*value, b"" | b"-"))
    }

    /// The field as text, if it is plain UTF-8.
    pub(crate) fn text(&self, field: Field) -> Option<&'a str> {
        std::str::from_utf8(self.get(field)?).ok()
    }

    /// The field as a whole number (a leading `+` as HAProxy writes it is skipped).
    pub(crate) fn number(&self, field: Field) -> Option<i64> {
        number(self.get(field)?)
    }

    /// A time field in seconds, whatever unit the layout gives it in; of a list, the last element. Negative
    /// times stand for phases that were not reached.
    pub(crate) fn seconds(&self, field: Field) -> Option<f64> {
        let (value, scale) = self.fields.get(field as usize).copied().flatten()?;
        seconds(elements(value).last()?, scale)
    }

    /// The status sent to the client; `None` for `-`, `0`, `000` and `-1`.
    pub(crate) fn status(&self) -> Option<u16> {
        let status = self.number(Field::Status)?;
        u16::try_from(status).ok().filter(|status| *status > 0)
    }

    /// When.
    pub(crate) fn time(&self) -> Option<Moment> {
        clock::any(self.get(Field::Time)?).map(|(when, _)| when)
    }

    /// Method and target, from the request line or their own fields.
    pub(crate) fn request(&self) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
        if let Some(line) = self.get(Field::Request) {
            let mut words = line.split(|b| *b == b' ');
            return (words.next(), words.next());
        }
        (self.get(Field::Method), self.get(Field::Path))
    }

    /// The attempts at upstream servers, in order: one for each element of nginx's lists.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let Some(addresses) = self.get(Field::UpstreamAddr).or_else(|| self.get(Field::UpstreamStatus))
        else {
            return Vec::new();
        };
        let named = self.get(Field::UpstreamAddr).is_some();
        let nth = |field, n: usize| {
            let (value, scale) = self.fields.get(field as usize).copied().flatten()?;
            elements(value).nth(n).map(|element| (element, scale))
        };
        let time = |field, n| nth(field, n).and_then(|(element, scale)| seconds(element, scale));
        elements(addresses)
            .take(ATTEMPTS_MAX)
            .enumerate()
            .map(|(n, element)| Attempt {
                target: named.then(|| std::str::from_utf8(element).ok().and_then(target)).flatten(),
                status: nth(Field::UpstreamStatus, n)
                    .and_then(|(e, _)| number(e))
                    .and_then(|s| u16::try_from(s).ok()),
                connect_s: time(Field::ConnectTime, n),
                head_s: time(Field::HeaderTime, n),
                total_s: time(Field::ResponseTime, n),
            })
            .collect()
    }

    /// The row as an exchange.
    pub(crate) fn exchange(&self, line: u32) -> Exchange {
        let (method, path) = self.request();
        Exchange {
            when: self.time(),
            method: method.map(|m| String::from_utf8_lossy(&m[..m.len().min(METHOD_BYTES_MAX)]).into_owned()),
            path: Untrusted::new(path.unwrap_or_default()),
            status: self.status(),
            bytes: self.number(Field::Bytes).and_then(|n| u64::try_from(n).ok()),
            total_s: self.seconds(Field::RequestTime),
            attempts: self.attempts(),
            line,
        }
    }
}

/// More attempts than this in one request tell nothing new.
const ATTEMPTS_MAX: usize = 64;

/// Longer methods are no methods.
const METHOD_BYTES_MAX: usize = 24;

/// The elements of one of nginx's lists of attempts: `a, b : c`.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let comma = memchr::memmem::find(text, b", ").map(|at| (at, 2));
        let colon = memchr::memmem::find(text, b" : ").map(|at| (at, 3));
        let cut = match (comma, colon) {
            (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
            (one, other) => one.or(other),
        };
        let (element, after) = match cut {
            Some((at, width)) => (&text[..at], text.get(at + width..)),
            None => (text, None),
        };
        rest = after;
        Some(element)
    })
}

/// An upstream as access logs write it; a bare word is the name of a group (nginx when no server is left).
fn target(text: &str) -> Option<Target> {
    if text == "-" || text.is_empty() {
        return None;
    }
    let mut target = Target::parse(text)?;
    let bare_word = match &target.address {
        goodgate_facts::Address::Tcp { host, port: 0 } => (!host.contains(['.', ':'])).then(|| host.clone()),
        _ => None,
    };
    if let Some(name) = bare_word {
        target.address = goodgate_facts::Address::Group(name);
    }
    Some(target)
}

fn number(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        value = value * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    Some(if negative { -value } else { value })
}

/// A decimal number in units of which `scale` make a second; negative ones (HAProxy's -1) are `None`.
fn seconds(text: &[u8], scale: f64) -> Option<f64> {
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let text = text.strip_suffix(b"s").unwrap_or(text);
    let text = std::str::from_utf8(text).ok()?;
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value / scale)
}
