//! "Is it me?": on whose side the fault lies, from what was seen and told.

use goodgate_case::Outcome;
use goodgate_causes::{Audience, Certainty};

use super::Given;
use super::trouble::Trouble;

/// On whose side the fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// With the site; whether that is sure.
    Site {
        sure: bool,
    },
    /// With the reader's computer or network.
    Yours(Yours),
    /// The site turns this reader away.
    Blocked,
    /// The site fails only with what it left in the browser.
    Cookies,
    /// The site is well from here.
    Well,
    /// The site is well, but refuses this page or does not have it.
    Refused,
    Unclear,
}

/// What it is on the reader's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yours {
    Offline,
    /// A sign-in page of the network in between.
    Portal,
    /// The resolver does not answer, or fails alone.
    AddressBook,
    /// The resolver remembers an old address.
    OldAddress,
    /// A line in the hosts file.
    HostsFile,
    /// A proxy or extension in between.
    Between,
    /// One browser fails, another works.
    Browser,
    /// One network fails, others work.
    Network,
}

/// Signs of the reader's own side, the more telling first.
const YOURS: &[(Yours, &[&str])] = &[
    (Yours::Offline, &["own-network-down"]),
    (Yours::Portal, &["captive-portal"]),
    (Yours::HostsFile, &["hosts-file-overrides"]),
    (Yours::OldAddress, &["own-resolver-stale"]),
    (Yours::AddressBook, &["own-resolver-alone-fails"]),
    (Yours::Browser, &["told-other-browser-works"]),
    (Yours::Network, &["elsewhere-works", "told-one-network"]),
];

/// Failures that say by themselves that the fault is not on the way.
const SITE_SPEAKS: &[&str] = &[
    "elsewhere-fails-too",
    "told-everybody",
    "zone-name-missing",
    "zone-delegation-missing",
    "zone-servers-all-silent",
    "zone-lame",
    "zone-bogus",
    "site-certificate-expired",
    "redirect-loop",
    "site-refused",
    "site-not-served",
];

impl Side {
    /// On whose side it lies.
    pub(super) fn of(given: &Given<'_>) -> Self {
        let fails = matches!(given.diagnosis.outcome, Outcome::Fault | Outcome::Masked);
        let answered = given.status().is_some();
        if given.has_any(&["own-network-down", "captive-portal"]) {
            return Self::Yours(own(given));
        }
        if given.has("own-resolver-silent") && !answered {
            return Self::Yours(Yours::AddressBook);
        }
        if !fails {
            return Self::of_well(given);
        }
        let leader = given.finding.and_then(|finding| {
            (finding.judgement.certainty != Certainty::CannotTell)
                .then(|| finding.judgement.ranked.first())?
        });
        if given.has("page-says-blocked") || leader.is_some_and(|l| l.cause.id == "visitor-address-blocked") {
            return Self::Blocked;
        }
        if given.has("fails-with-cookies-only") {
            return Self::Cookies;
        }
        let visitors = leader.is_some_and(|l| l.cause.fixed_by.first() == Some(&Audience::Visitor));
        let shown_here_only = given.has_any(&["elsewhere-works", "own-resolver-alone-fails"])
            || given.has_any(&["told-one-network", "told-other-browser-works"]) && !page_fails(given);
        if visitors || shown_here_only {
            return Self::Yours(own(given));
        }
        let sure = answered || given.has_any(SITE_SPEAKS) || given.sight.is_none();
        Self::Site { sure }
    }

    /// Nothing fails, as far as was seen.
    fn of_well(given: &Given<'_>) -> Self {
        let looked = given.sight.is_some() || given.has("site-answers-well");
        match given.visit.as_ref().and_then(|visit| visit.status) {
            _ if given.has("page-says-blocked") => Self::Blocked,
            Some(status) if status >= 400 => Self::Refused,
            _ if looked && given.has("told-other-browser-works") => Self::Yours(Yours::Browser),
            Some(_) => Self::Well,
            None if looked && given.has("site-answers-well") => Self::Well,
            None => Self::Unclear,
        }
    }
}

fn own(given: &Given<'_>) -> Yours {
    let told = YOURS.iter().find(|(_, ids)| given.has_any(ids)).map(|(yours, _)| *yours);
    told.unwrap_or(Yours::Between)
}

/// Whether this computer itself was shown a failure of the site.
fn page_fails(given: &Given<'_>) -> bool {
    given.status().is_some_and(|status| status >= 500) && Trouble::of(given) != Trouble::Denied
}
