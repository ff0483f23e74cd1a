//! `--watch`: looks again and again until the site is well, and tells when, what changed and how long it was down.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use goodgate_facts::{Moment, visible};
use goodgate_probe::Look;

use crate::gather::progress;
use crate::redact::redact;
use crate::words::{args, say, say_with};

/// Shorter pauses would be a load of their own.
pub(crate) const PAUSE_MIN_S: u64 = 5;

/// What of a look can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    well: bool,
    /// The status, or what kept an answer from coming.
    answer: String,
    maker: Option<&'static str>,
    addresses: Vec<std::net::IpAddr>,
    certificate_until: Option<Moment>,
}

impl State {
    /// What a look found; `well` is the diagnosis's word.
    pub(crate) fn of(look: &Look, well: bool) -> Self {
        let page = look.page();
        let answer = match page {
            None => say("outside-state-no-address"),
            Some(page) => match (page.status(), page.failure()) {
                (Some(status), None) => status.to_string(),
                (Some(status), Some(_)) => format!("{status}{}", say("outside-came-broken")),
                (None, failure) => failure.map_or_else(String::new, |f| f.error_type().token().to_owned()),
            },
        };
        let leaf = page.and_then(|page| page.tls.as_ref()).and_then(|tls| tls.chain.first());
        let mut addresses = look.addresses();
        addresses.sort_unstable();
        Self {
            well,
            answer,
            maker: page.and_then(|page| page.result.as_ref().ok()).and_then(|answer| answer.maker.generator),
            addresses,
            certificate_until: leaf.map(|leaf| leaf.not_after),
        }
    }

    /// In one line.
    fn shown(&self) -> String {
        match self.maker {
            Some(maker) if !self.well => format!("{} ({maker})", self.answer),
            _ => self.answer.clone(),
        }
    }

    /// What is otherwise now, in sentences.
    pub(crate) fn changes(&self, now: &Self) -> Vec<String> {
        let mut out = Vec::new();
        if self.answer != now.answer {
            out.push(say_with("outside-change-answer", &args![was = self.shown(), now = now.shown()]));
        }
        if self.addresses != now.addresses {
            let list =
                |ips: &[std::net::IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let change = args![was = list(&self.addresses), now = list(&now.addresses)];
            out.push(say_with("outside-change-addresses", &change));
        }
        if let (Some(was), Some(now)) = (self.certificate_until, now.certificate_until)
            && was != now
        {
            let day = |at: Moment| at.strftime("%Y-%m-%d").to_string();
            out.push(say_with("outside-change-certificate", &args![was = day(was), now = day(now)]));
        }
        out
    }
}

/// The view of a watch: one line that is kept up to date on a terminal, a line for each look otherwise.
pub(crate) struct View {
    live: bool,
    since: Moment,
    last: State,
}

impl View {
    /// Begins with the first look, which found a failure.
    pub(crate) fn begin(state: State, at: Moment) -> Self {
        Self { live: std::io::stdout().is_terminal(), since: at, last: state }
    }

    /// Tells of another look.
    pub(crate) fn tell(&mut self, now: State, at: Moment) {
        let line = say_with("outside-watch-line", &args![at = clock(at), state = now.shown()]);
        if now != self.last || !self.live {
            let changes = self.last.changes(&now);
            let changes =
                if changes.is_empty() { String::new() } else { format!(": {}", changes.join("; ")) };
            self.line(&format!("{line}{changes}"));
        } else {
            let down = span(at.duration_since(self.since).unsigned_abs());
            progress(&safe(&format!("{line}, {}", say_with("outside-watch-down", &args![time = down]))));
        }
        self.last = now;
    }

    /// Tells that the site is well again.
    pub(crate) fn end(&mut self, first: &State, now: &State, at: Moment) {
        let down = span(at.duration_since(self.since).unsigned_abs());
        let since = clock(self.since);
        self.line(&say_with("outside-watch-well", &args![at = clock(at), time = down, since = since]));
        for change in first.changes(now) {
            self.line(&format!("  {change}"));
        }
    }

    fn line(&self, text: &str) {
        if self.live {
            progress("");
        }
        // A reader that has gone is told nothing more.
        let _ = writeln!(std::io::stdout(), "{}", safe(text));
    }
}

fn safe(text: &str) -> String {
    visible(&redact(text)).into_owned()
}

fn clock(at: Moment) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time for people, in the two largest units.
fn span(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => say_with("outside-span-s", &args![s = s]),
        60..3600 => say_with("outside-span-m", &args![m = s / 60, s = s % 60]),
        _ => say_with("outside-span-h", &args![h = s / 3600, m = s % 3600 / 60]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_said() {
        let before = State {
            well: false,
            answer: "502".into(),
            maker: Some("nginx"),
            addresses: vec![[192, 0, 2, 1].into()],
            certificate_until: None,
        };
        let after = State { well: true, answer: "200".into(), maker: None, ..before.clone() };
        let said = before.changes(&after);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("502 (nginx)") && said[0].contains("200"), "{said:?}");
        assert!(before.changes(&before).is_empty());
        assert_eq!(span(Duration::from_secs(3725)), "1 h 2 min");
    }
}
