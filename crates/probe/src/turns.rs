//! Which request may begin when, so that a look is no burst: the page goes first, alone; what tells its pattern follows
//! when that was answered, or a moment later, few at once.
//!
//! Pure: knows no socket and no clock.

use std::time::Duration;

use crate::ask::{Asked, Purpose};
use crate::page::Verdict;

/// The page is alone for so long, unless it is answered before.
const ALONE: Duration = Duration::from_millis(60);
/// A copy of the page goes a moment after the other pages: where few workers serve the site and the page keeps one of
/// them, the copy keeps another, and they would wait behind it. Not later than this, or the copy of a page that takes
/// long enough for a copy to be asked for beside it could not end in time.
const COPIES: Duration = Duration::from_millis(80);
/// What has not begun is not begun where the page took longer than this: it would double the time.
pub(crate) const QUICK: Duration = Duration::from_millis(600);
/// Requests under way beside the pages while the page has not been answered, and then.
const BESIDE_WAITING: usize = 3;
const BESIDE_ANSWERED: usize = 5;

/// What may be done with a request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It begins.
    Now,
    /// Its time comes so long after the beginning.
    At(Duration),
    /// Something has to end first.
    Later,
    /// Its time is over.
    Never,
}

/// How the page was answered at the first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct First {
    /// How long it took.
    pub(crate) took: Duration,
    /// How much of that opened the connection, TLS included.
    opened: Duration,
    /// Whether a request was sent at all.
    sent: bool,
    /// Whether the way goes on elsewhere.
    onward: bool,
}

impl First {
    /// Reads it from the exchange.
    pub(crate) fn of(asked: &Asked) -> Self {
        use goodgate_facts::Phase as P;
        let before = |phase| matches!(phase, P::Resolve | P::Connect | P::Tls);
        Self {
            took: asked.took,
            opened: asked.timings.connect.unwrap_or_default() + asked.timings.tls.unwrap_or_default(),
            sent: asked.result.as_ref().err().is_none_or(|failure| !before(failure.phase)),
            onward: asked.result.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Redirect),
        }
    }

    /// Whether more may be asked at this place.
    pub(crate) fn is_quick(&self) -> bool {
        self.took < QUICK && !self.onward
    }

    /// Whether the way goes on elsewhere.
    pub(crate) fn leads_on(&self) -> bool {
        self.onward
    }

    /// How long an exchange will take, as far as this one tells.
    pub(crate) fn expected(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Reused => self.took.saturating_sub(self.opened),
            // Plain files are at hand; a request and its answer go the way that opening took.
            Purpose::Static => (self.opened * 2).min(self.took),
            _ => self.took,
        }
    }
}

/// What has happened so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Since the beginning.
    pub(crate) elapsed: Duration,
    /// The page at the first address, once answered.
    pub(crate) first: Option<First>,
    /// Requests under way beside the pages.
    pub(crate) beside: usize,
    /// Repetitions that have begun.
    pub(crate) repeats: usize,
    /// Until the look has to end, once the page was answered.
    pub(crate) left: Duration,
}

/// Whether a request for this purpose may begin. Those most wanted are to be asked about first.
pub(crate) fn turn(purpose: Purpose, seen: &Seen) -> Turn {
    match &seen.first {
        _ if purpose == Purpose::Page => Turn::Now,
        Some(first) => once_answered(purpose, first, seen),
        None => before(purpose, seen),
    }
}

fn before(purpose: Purpose, seen: &Seen) -> Turn {
    let from = match purpose {
        Purpose::Home | Purpose::MadeUp => ALONE,
        Purpose::Repeat if seen.repeats > 0 => return Turn::Later,
        // Nothing is left that it could keep waiting.
        Purpose::Repeat | Purpose::Http1 if seen.beside == 0 => ALONE,
        Purpose::Repeat | Purpose::Http1 => COPIES,
        _ => return Turn::Later,
    };
    if seen.elapsed >= QUICK {
        Turn::Never
    } else if seen.elapsed < from {
        Turn::At(from)
    } else if seen.beside >= BESIDE_WAITING {
        Turn::Later
    } else {
        Turn::Now
    }
}

fn once_answered(purpose: Purpose, first: &First, seen: &Seen) -> Turn {
    // Where no request could be sent, another path fares no better.
    let pointless = !first.sent && matches!(purpose, Purpose::Home | Purpose::MadeUp);
    // On a busy computer the moment to begin beside the page can be missed; the pattern is not lost for that.
    let overdue = match purpose {
        Purpose::Home | Purpose::MadeUp => true,
        Purpose::Repeat => seen.repeats == 0,
        _ => false,
    };
    let late = first.expected(purpose) > seen.left && !overdue;
    if pointless || !first.is_quick() || late {
        Turn::Never
    } else if seen.beside >= BESIDE_ANSWERED {
        Turn::Later
    } else {
        Turn::Now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Purpose::{Cookies, Home, Http1, MadeUp, Page, Repeat, Reused, Static};

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn waiting(elapsed: u64, beside: usize, repeats: usize) -> Seen {
        Seen { elapsed: ms(elapsed), first: None, beside, repeats, left: ms(0) }
    }

    fn answered(took: u64, opened: u64, beside: usize) -> Seen {
        let first = First { took: ms(took), opened: ms(opened), sent: true, onward: false };
        let left = crate::pace::spare(first.took);
        Seen { elapsed: ms(took), first: Some(first), beside, repeats: 0, left }
    }

    #[test]
    fn pages_go_first_and_alone() {
        assert_eq!(turn(Page, &waiting(0, 0, 0)), Turn::Now);
        for purpose in [Home, MadeUp, Repeat, Http1] {
            assert_eq!(turn(purpose, &waiting(59, 0, 0)), Turn::At(ms(60)), "{purpose:?}");
            assert_eq!(turn(purpose, &waiting(60, 0, 0)), Turn::Now, "{purpose:?}");
        }
    }

    #[test]
    fn copies_of_the_page_let_other_pages_go_before() {
        for purpose in [Repeat, Http1] {
            assert_eq!(turn(purpose, &waiting(60, 2, 0)), Turn::At(ms(80)), "{purpose:?}");
            assert_eq!(turn(purpose, &waiting(80, 2, 0)), Turn::Now, "{purpose:?}");
        }
        assert_eq!(turn(Repeat, &waiting(80, 1, 1)), Turn::Later, "one repetition beside the page is enough");
    }

    #[test]
    fn few_are_under_way_while_the_page_is_not_answered() {
        for purpose in [Home, MadeUp, Repeat, Http1] {
            assert_eq!(turn(purpose, &waiting(90, 2, 0)), Turn::Now, "{purpose:?}");
            assert_eq!(turn(purpose, &waiting(90, 3, 0)), Turn::Later, "{purpose:?}");
        }
        for purpose in [Static, Cookies, Reused] {
            assert_eq!(turn(purpose, &waiting(90, 0, 0)), Turn::Later, "{purpose:?}");
        }
    }

    #[test]
    fn nothing_more_begins_at_a_slow_page() {
        for purpose in [Home, MadeUp, Repeat, Http1] {
            assert_eq!(turn(purpose, &waiting(600, 0, 0)), Turn::Never, "{purpose:?}");
            assert_eq!(turn(purpose, &answered(600, 2, 0)), Turn::Never, "{purpose:?}");
        }
    }

    #[test]
    fn the_rest_follows_a_quick_page_five_at_once() {
        for purpose in [Home, MadeUp, Repeat, Http1, Static, Cookies, Reused] {
            assert_eq!(turn(purpose, &answered(5, 1, 4)), Turn::Now, "{purpose:?}");
            assert_eq!(turn(purpose, &answered(5, 1, 5)), Turn::Later, "{purpose:?}");
        }
    }

    #[test]
    fn only_what_can_end_in_time_begins() {
        let again = |took| Seen { repeats: 1, ..answered(took, 2, 0) };
        assert_eq!((turn(Repeat, &again(80)), turn(Http1, &again(80))), (Turn::Now, Turn::Now));
        assert_eq!((turn(Repeat, &again(81)), turn(Http1, &again(81))), (Turn::Never, Turn::Never));
        // What had to begin before the page was answered is made up for.
        for purpose in [Home, MadeUp, Repeat] {
            assert_eq!(turn(purpose, &answered(200, 2, 0)), Turn::Now, "{purpose:?}");
        }
        // Far away, the connection is most of it; one that is open already and a plain file are quicker.
        assert_eq!(turn(Reused, &answered(200, 100, 0)), Turn::Now);
        assert_eq!(turn(Reused, &answered(200, 50, 0)), Turn::Never);
        assert_eq!(turn(Static, &answered(200, 50, 0)), Turn::Now);
        assert_eq!(turn(Static, &answered(200, 60, 0)), Turn::Never);
    }

    #[test]
    fn where_the_way_leads_on_or_nothing_could_be_sent_little_is_asked() {
        let seen = answered(5, 1, 0);
        let onward = Seen { first: seen.first.map(|first| First { onward: true, ..first }), ..seen };
        assert_eq!(turn(Repeat, &onward), Turn::Never);
        let refused = Seen { first: seen.first.map(|first| First { sent: false, ..first }), ..seen };
        assert_eq!(turn(MadeUp, &refused), Turn::Never);
        assert_eq!((turn(Repeat, &refused), turn(Http1, &refused)), (Turn::Now, Turn::Now));
    }
}
