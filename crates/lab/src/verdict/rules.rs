//! The rules, in the order in which they are asked.
//!
//! First what endangers others or leaves the client worse off than an error would, worst first. Then the right ways
//! out, then the tolerable ones, and what is left misleads. The last three groups exclude one another, apart from
//! the two rules about clients of HTTP/1.0 that stand before them.

use super::Kind;
use super::case::Case;
use super::framing::ambiguity;
use crate::observation::{Drive, End};
use crate::recipe::{Group, May, Retry};

/// One rule.
pub(super) struct Rule {
    pub(super) kind: Kind,
    /// What it is about, for the words that say what was seen.
    pub(super) about: About,
    /// What would be right, and who says so.
    says: &'static str,
    see: &'static str,
    /// Whether the recipe's own reason goes before that.
    whose: Whose,
    pub(super) holds: fn(&Case<'_>) -> bool,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Requests made right afterwards.
    After,
    /// Two ways to read the length.
    Framing,
    /// The number of requests that the origin read.
    Repeat,
    /// Interim answers.
    Interim,
    /// Chunks.
    Chunks,
    /// The content.
    Content,
    /// The form, which is not the origin's.
    Form,
    /// The answer as such.
    Answer,
}

/// Whose words give the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Rule,
    Recipe,
}

impl Rule {
    /// The sentence that says what is right, and its place.
    pub(super) fn reason<'a>(&'a self, case: &'a Case<'_>) -> (&'a str, &'a str) {
        match (self.whose, case.expected.why.first()) {
            (Whose::Recipe, Some(why)) => (&why.says, &why.see),
            _ => (self.says, self.see),
        }
    }
}

/// What is right when nothing else was said.
const ERROR_SAYS: &str = "A gateway that gets no valid answer says so with a status of 502, or 504 for one that does not come in time";
const ERROR_SEE: &str = "RFC 9110 §15.6.3";

const fn of_rule(
    kind: Kind,
    about: About,
    says: &'static str,
    see: &'static str,
    holds: fn(&Case<'_>) -> bool,
) -> Rule {
    Rule { kind, about, says, see, whose: Whose::Rule, holds }
}

const fn of_recipe(kind: Kind, about: About, holds: fn(&Case<'_>) -> bool) -> Rule {
    Rule { kind, about, says: ERROR_SAYS, see: ERROR_SEE, whose: Whose::Recipe, holds }
}

/// All rules but the last one.
pub(super) const RULES: &[Rule] = &[
    of_rule(
        Kind::SmugglingRisk,
        About::After,
        "What comes on a connection after an answer, or out of turn, belongs to no request and is thrown away with the connection",
        "RFC 9112 §9.2",
        |case| case.seen.after.mixed_up > 0,
    ),
    of_rule(
        Kind::SmugglingRisk,
        About::Content,
        "An answer goes to the request that it was made for",
        "RFC 9112 §9.2",
        belongs_to_another,
    ),
    of_rule(
        Kind::SmugglingRisk,
        About::Framing,
        "A message that can be read in two ways is not passed on as it is",
        "RFC 9112 §6.3",
        passes_on_an_ambiguity,
    ),
    of_rule(
        Kind::UnsafeRetry,
        About::Repeat,
        "A gateway does not repeat by itself what may have been acted upon already",
        "RFC 9110 §9.2.2",
        is_unsafely_repeated,
    ),
    of_rule(
        Kind::Hangs,
        About::Answer,
        "A gateway that waits for its origin has a limit of its own, and tells the client when that is reached",
        "RFC 9110 §15.6.5",
        |case| matches!(case.reply.end, End::HangBeforeHead | End::HangInside),
    ),
    of_rule(
        Kind::HidesTruncation,
        About::Answer,
        "An answer that was cut short is never passed off as whole",
        "RFC 9112 §8",
        hides_truncation,
    ),
    of_rule(
        Kind::Misleading,
        About::Interim,
        "A client that speaks HTTP/1.0 knows no interim answers, and takes one for the final answer",
        "RFC 9110 §15.2",
        |case| case.seen.drive == Drive::Http10 && !case.reply.interim.is_empty(),
    ),
    of_rule(
        Kind::Misleading,
        About::Chunks,
        "A client that speaks HTTP/1.0 knows no chunks, and takes what frames them for content",
        "RFC 9112 §6.1",
        |case| case.seen.drive == Drive::Http10 && case.has_transfer_coding(),
    ),
    // Right.
    of_recipe(Kind::Right, About::Answer, |case| {
        case.may(May::Pass) && (case.is_delivered() || case.is_healthy_in_turn())
    }),
    of_recipe(Kind::Right, About::Answer, |case| {
        case.as_if_whole() && is_one_of(case, &case.expected.status)
    }),
    of_recipe(Kind::Right, About::Answer, |case| {
        case.may(May::Cut) && case.visibly_cut() && case.claims_the_answer()
    }),
    of_recipe(Kind::Right, About::Answer, is_head_of_a_cut_answer),
    // Tolerable.
    of_recipe(Kind::Tolerable, About::Answer, |case| {
        case.as_if_whole() && is_one_of(case, &case.expected.tolerable)
    }),
    of_rule(
        Kind::Tolerable,
        About::Answer,
        "The status was there to be read, but an error page should reach the client whole",
        "RFC 9112 §8",
        |case| {
            let expected = case.expected;
            case.visibly_cut() && (is_one_of(case, &expected.status) || is_one_of(case, &expected.tolerable))
        },
    ),
    of_recipe(Kind::Tolerable, About::Answer, |case| {
        case.visibly_cut() && case.claims_the_answer() && !case.recipe.is_healthy()
    }),
    of_rule(
        Kind::Tolerable,
        About::Content,
        "The status is the origin's, but its content was replaced",
        "RFC 9110 §7.7",
        is_replaced_page,
    ),
    of_recipe(Kind::Tolerable, About::Form, is_repaired),
    // Misleading: what is left.
    of_rule(Kind::Misleading, About::Answer, ERROR_SAYS, ERROR_SEE, |case| {
        case.status().is_none() && case.reply.end != End::Unreadable
    }),
    of_rule(
        Kind::Misleading,
        About::Answer,
        "What a gateway sends is a well-formed message whatever its origin did",
        "RFC 9112 §2.1",
        |case| case.reply.end == End::Unreadable,
    ),
    of_recipe(Kind::Misleading, About::Content, |case| case.class() == Some(2)),
    of_rule(
        Kind::Misleading,
        About::Answer,
        "Statuses of 400 to 499 say that the client made a mistake, and it made none",
        "RFC 9110 §15.5",
        |case| case.class() == Some(4),
    ),
];

/// What holds where nothing else does: a status that says something else than what happened.
pub(super) const OTHERWISE: Rule = of_recipe(Kind::Misleading, About::Answer, |_| true);

fn is_one_of(case: &Case<'_>, statuses: &[u16]) -> bool {
    case.status().is_some_and(|status| statuses.contains(&status))
}

fn belongs_to_another(case: &Case<'_>) -> bool {
    case.names_another_request()
}

/// A request was made again that may have been acted upon.
fn is_unsafely_repeated(case: &Case<'_>) -> bool {
    let unsafe_here = match case.expected.retry {
        Retry::Safe => false,
        Retry::IfIdempotent => case.seen.drive == Drive::Post,
        Retry::Unsafe => true,
    };
    unsafe_here && case.seen.upstream.requests > 1
}

/// It is claimed to be the origin's answer and whole, and it is less than that.
fn hides_truncation(case: &Case<'_>) -> bool {
    if !case.as_if_whole() || !case.claims_the_answer() || is_one_of(case, &case.expected.status) {
        return false;
    }
    // The head is all that there is of an answer to HEAD: only one that was cut itself hides anything.
    if case.is_head() {
        return !case.may(May::Pass) && !case.may(May::Cut) && case.origin_stopped();
    }
    if case.may(May::Pass) {
        case.is_shortened() && !case.is_healthy_in_turn()
    } else {
        case.origin_stopped() || case.is_shortened()
    }
}

/// The client, or a cache in front of it, can read the length in two ways.
fn passes_on_an_ambiguity(case: &Case<'_>) -> bool {
    // The answer to HEAD ends with its head, whatever that says of a body (RFC 9112 §6.3).
    !case.is_head()
        && case.status().is_some()
        && ambiguity(&case.reply.headers, case.expected.ambiguous).is_some()
}

/// The body of an answer was cut, and the question was HEAD.
fn is_head_of_a_cut_answer(case: &Case<'_>) -> bool {
    case.is_head() && case.may(May::Cut) && case.as_if_whole() && case.claims_the_answer()
}

/// The origin's own error status, with a page of the gateway's.
fn is_replaced_page(case: &Case<'_>) -> bool {
    let promised = case.expected.delivers.as_ref().map(|delivery| delivery.status);
    case.may(May::Pass) && case.as_if_whole() && case.class() != Some(2) && case.status() == promised
}

/// An answer that should have been refused reached the client with its content whole and its form mended.
fn is_repaired(case: &Case<'_>) -> bool {
    // An origin that could not prove who it is cannot be mended by passing on what it said.
    if case.recipe.group == Group::Tls {
        return false;
    }
    let content = if case.expected.delivers.is_some() { case.is_delivered() } else { case.is_healthy_body() };
    !case.may(May::Pass) && case.class() == Some(2) && case.as_if_whole() && (content || case.is_head())
}
