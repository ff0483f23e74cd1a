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
    fact("told-other-sites-fail", "told-sites", "Somebody says that other sites on the same server fail as well."),
    fact("told-other-browser-fails", "told-browser", "Somebody says that another browser fails as well."),
    fact("told-nothing-changed", "told-changed", "Somebody says that nothing was changed before it began."),
    fact("told-restart-useless", "told-restart", "Somebody says that a restart changed nothing."),
    fact("told-at-busy-times", "told-load", "Somebody says that it fails mostly while much is going on at the site."),
    fact("told-at-any-time", "told-load", "Somebody says that it fails at any time, busy or not."),
    fact("told-bill-paid", "told-bill", "Somebody says that hosting and domain are paid."),
    fact("told-bill-open", "told-bill", "Somebody says that a bill of the hosting or the domain is open."),
    fact("told-moved", "told-move", "Somebody says that the site or its domain moved within the last days."),
    fact("told-not-moved", "told-move", "Somebody says that neither the site nor its domain moved lately."),
    fact("told-panel-opens", "told-panel", "Somebody says that the hosting company's panel opens."),
    fact("told-panel-fails", "told-panel", "Somebody says that the hosting company's panel fails as well."),
];
