//! English.

use super::{AccountWords, Tale, Words};
use crate::answer::story::{Sent, Story, Waiting};

/// English.
pub(super) const WORDS: Words = Words {
    tag: "en",
    tell,
    waiting,
    sent,
    not_you: "Your device and your internet connection are fine: what you asked for has arrived here.",
    whom_to_tell: "If it stays like this, please tell whoever looks after this site, and give them this number:",
    error: "Error",
    id: "Request number",
    time: "Time",
    account: AccountWords {
        heading: "For those who look after this site",
        what: "What happened",
        route: "Route",
        upstream: "Upstream",
        server: "Server",
        phase: "Phase",
        system: "The system says",
        after: "After",
        bytes: "Bytes sent / received",
        began: "The answer began with",
        attempt: "Attempt",
        answered: "answered",
        causes: "Probable causes",
        why_shown: "Only addresses that the configuration names in full_account_for see this part.",
    },
};

const fn tale(title: &'static str, what: &'static str) -> Tale {
    Tale { title, what }
}

#[expect(clippy::too_many_lines, reason = "a table, which is read row by row")]
fn tell(story: Story) -> Tale {
    match story {
        Story::NotReached => tale(
            "The site's server cannot be reached",
            "The part of this site that makes its pages cannot be reached at the moment.",
        ),
        Story::Silent => tale(
            "The site's server did not answer",
            "The part of this site that makes its pages was asked, but did not answer in time.",
        ),
        Story::BrokeOff => tale(
            "The site's server broke off",
            "The part of this site that makes its pages was asked, but hung up before its answer was complete.",
        ),
        Story::Unreadable => tale(
            "The site's server gave an answer that makes no sense",
            "The part of this site that makes its pages has answered, but the answer cannot be understood.",
        ),
        Story::NotSecure => tale(
            "The site's server cannot be reached securely",
            "No protected connection could be made to the part of this site that makes its pages.",
        ),
        Story::AllDown => tale(
            "The site is down at the moment",
            "All servers that make the pages of this site are out of order at the moment. They are looked at every \
             few seconds, and the site comes back by itself as soon as one of them works.",
        ),
        Story::Busy => tale(
            "Too many people want this site at once",
            "The site is asked for more pages than it can make at the moment.",
        ),
        Story::Short => tale(
            "The site has run short of something",
            "The machine in front of this site has run out of something that it needs to answer you.",
        ),
        Story::Misconfigured => tale(
            "The site is not set up rightly",
            "A setting of this site keeps it from reaching the part that makes its pages.",
        ),
        Story::Internal => tale(
            "Something went wrong inside this site",
            "A fault in the machine in front of this site kept it from answering you.",
        ),
        Story::Circle => tale(
            "The site goes round in a circle",
            "This site sends what you asked for back to itself, again and again, so it was stopped.",
        ),
        Story::Nothing => tale(
            "There is nothing at this address",
            "No site or page is known here under this address. The link that led here may be old; the site's home \
             page is a good place to look from.",
        ),
        Story::OtherSite => tale(
            "This connection belongs to another site",
            "The browser asked for this site over a connection that was opened for another one. Loading the page \
             again mends that as a rule.",
        ),
        Story::NotPossible => tale(
            "This cannot be done here",
            "The page exists, but what was asked of it cannot be done with it.",
        ),
        Story::NotUnderstood => tale(
            "What arrived here cannot be understood",
            "What was sent to this site was not in order when it arrived. That can happen on the way; loading the \
             page again, or using another browser, often helps.",
        ),
        Story::TooMuchAttached => tale(
            "Too much came along with what was asked",
            "Browsers keep small notes for a site (cookies) and send them along each time. For this site they have \
             grown too large. Deleting the cookies of this site in the browser's settings helps as a rule.",
        ),
        Story::AddressTooLong => tale(
            "The address is too long",
            "The address of this page is longer than this site can take. A shorter link to it will work.",
        ),
        Story::TooLarge => tale(
            "What was sent is too large",
            "What was sent is larger than this site takes. A smaller file will work; whoever looks after the site can \
             raise the limit.",
        ),
        Story::Slow => tale(
            "The request did not arrive in time",
            "Only a part of what was sent arrived here before the time was up. Sending it again helps as a rule, \
             best over a faster connection.",
        ),
    }
}

fn waiting(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Helps => "This passes by itself as a rule: wait a moment, then load the page again.",
        Waiting::MayHelp => "It may pass by itself: try again in a few minutes.",
        Waiting::DoesNotHelp => {
            "Waiting will hardly help: somebody who looks after the site has to mend this."
        }
        Waiting::IsNotThePoint => "",
    }
}

fn sent(sent: Sent) -> &'static str {
    match sent {
        Sent::NotProcessed => "Nothing of what you sent was carried out. You can safely send it again later.",
        Sent::Unknown => {
            "What you sent may have been carried out all the same. Before you send it again (an order, say, or a \
             payment), check whether it has gone through."
        }
    }
}
