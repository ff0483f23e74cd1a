//! Everything that is known of a failure, for whoever looks after the site: lines of label and value that each form of
//! the answer shows in its own way.

use goodgate_facts::{SignalId, visible};

use super::details::details;
use super::words::AccountWords;
use crate::Failed;
use crate::record::{Attempt, signal_of};

/// Says what may be behind a failure, most probable first, as sentences of plain text in the language of a tag (BCP 47:
/// `en`, `ru`). The gateway judges nothing: whoever starts it hands this in. It is called on a core that serves, and
/// must not wait for anything.
pub type FirstCauses = dyn Fn(&Account<'_>, &str) -> Vec<String> + Send + Sync;

/// First causes beyond so many are not shown: whoever wants more asks `goodgate diagnose`.
const CAUSES_MAX: usize = 5;

/// Everything that is known.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// What failed.
    pub failed: &'a Failed,
    /// The route, as the configuration writes it; empty for none.
    pub route: &'a str,
    /// The upstream's name.
    pub upstream: Option<&'a str>,
    /// The server that was asked last, as the configuration writes it.
    pub server: Option<&'a str>,
    /// What was tried, in order, the last one included.
    pub attempts: &'a [Attempt<'a>],
}

impl Account<'_> {
    /// The signal that stands for the failure.
    pub fn signal(&self) -> Option<SignalId> {
        signal_of(self.failed)
    }

    /// The lines: label, value.
    pub(super) fn lines(&self, words: &AccountWords) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let what = match self.failed {
            Failed::Internal(what) => Some(*what),
            failed => details(failed),
        };
        let known = [
            (words.what, what),
            (words.route, Some(self.route).filter(|route| !route.is_empty())),
            (words.upstream, self.upstream),
            (words.server, self.server),
        ];
        lines.extend(known.into_iter().filter_map(|(label, value)| Some((label, value?.to_owned()))));
        if let Failed::Upstream(failure) = self.failed {
            lines.push((words.phase, failure.phase.as_str().to_owned()));
            if let Some(errno) = failure.errno {
                let (name, text) = (errno.name().unwrap_or("?"), errno.text().unwrap_or("?"));
                lines.push((words.system, format!("{text} ({name}, {})", errno.0)));
            }
            lines.push((words.after, format!("{} ms", failure.after.as_millis())));
            lines.push((words.bytes, format!("{} / {}", failure.sent, failure.received)));
            if !failure.began.is_empty() {
                lines.push((words.began, shown(&failure.began)));
            }
        }
        // One attempt alone is what the lines above have told.
        if self.attempts.len() > 1 {
            lines.extend(self.attempts.iter().map(|attempt| (words.attempt, attempted(attempt, words))));
        }
        lines
    }
}

fn attempted(attempt: &Attempt<'_>, words: &AccountWords) -> String {
    let server = attempt.server.as_str();
    match (attempt.failed, attempt.status) {
        (Some(failed), _) => {
            let errno = failed.errno.and_then(goodgate_facts::Errno::name);
            let errno = errno.map(|name| format!(", {name}")).unwrap_or_default();
            format!("{server}: {} ({}{errno})", failed.error.token(), attempt.reached.as_str())
        }
        (None, Some(status)) => format!("{server}: {} {status}", words.answered),
        (None, None) => format!("{server}: {}", attempt.reached.as_str()),
    }
}

/// The beginning of what could not be understood: text as text, with what is not visible made so.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => visible(text).into_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

/// The first causes, as many as are shown.
pub(super) fn first(causes: &[String]) -> &[String] {
    causes.get(..CAUSES_MAX).unwrap_or(causes)
}
