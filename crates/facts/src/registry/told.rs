//! What only a person knows.

use super::{SignalKind, fact};

#[rustfmt::skip]
pub(super) const LIST: &[SignalKind] = &[
    fact("told-since", "told-since", "Somebody says since when it fails."),
    fact("told-changed", "told-changed", "Somebody says what was changed before it began."),
    fact("told-every-page", "told-scope", "Somebody says that every page fails."),
    fact("told-some-pages", "told-scope", "Somebody says that only some pages fail."),
    fact("told-everybody", "told-who", "Somebody says that everybody is affected."),
    fact("told-one-network", "told-who", "Somebody says that only one network or computer is affected."),
    fact("told-other-browser-works", "told-browser", "Somebody says that another browser works."),
    fact("told-running", "told-running", "Somebody says that the upstream runs."),
    fact("told-not-running", "told-running", "Somebody says that the upstream does not run."),
    fact("told-restarted", "told-restart", "Somebody says that a restart helped for a while."),
    fact("told-other-sites-work", "told-sites", "Somebody says that other sites on the same server work."),
];
