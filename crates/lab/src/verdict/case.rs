//! One observation next to what its recipe expects, with the questions that rules ask. It judges nothing.

use crate::client::head::values;
use crate::http1::decimal;
use crate::observation::{Drive, End, Observation, Reply};
use crate::recipe::{Delivery, Expected, May, Recipe};
use crate::step::HEALTHY_BODY;

/// Symptoms of an answer that stopped in the middle (RFC 9209 §2.3).
const STOPPED: [&str; 4] =
    ["http_response_incomplete", "connection_terminated", "connection_read_timeout", "http_response_timeout"];

/// A token has so many digits.
const TOKEN_DIGITS: usize = 16;

pub(super) struct Case<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) expected: &'a Expected,
    pub(super) seen: &'a Observation,
    pub(super) reply: &'a Reply,
}

impl<'a> Case<'a> {
    pub(super) fn new(recipe: &'a Recipe, seen: &'a Observation) -> Self {
        Self { recipe, expected: recipe.expected(seen.drive), seen, reply: &seen.reply }
    }

    pub(super) fn may(&self, way: May) -> bool {
        self.expected.may.contains(&way)
    }

    /// The status, where a readable head came.
    pub(super) fn status(&self) -> Option<u16> {
        self.reply.status
    }

    /// The hundreds of the status.
    pub(super) fn class(&self) -> Option<u16> {
        self.reply.status.map(|status| status / 100)
    }

    pub(super) fn is_head(&self) -> bool {
        self.seen.drive == Drive::Head
    }

    /// It ended so that a client takes it for whole.
    pub(super) fn as_if_whole(&self) -> bool {
        matches!(self.reply.end, End::Complete | End::CompleteByClose)
    }

    /// It ended in the middle, and a client can tell.
    pub(super) fn visibly_cut(&self) -> bool {
        matches!(self.reply.end, End::Cut | End::Reset)
    }

    /// The status says that this is what the origin answered, as far as the recipe lets one tell.
    pub(super) fn claims_the_answer(&self) -> bool {
        let promised = self.expected.delivers.as_ref().map(|delivery| delivery.status);
        self.class() == Some(2) || (self.status().is_some() && self.status() == promised)
    }

    /// The origin never came to the end of its answer. Where its length could be read in two ways, nobody can say.
    pub(super) fn origin_stopped(&self) -> bool {
        (self.may(May::Cut) && !self.expected.ambiguous)
            || self.recipe.truth.symptom.iter().any(|symptom| STOPPED.contains(&symptom.as_str()))
    }

    /// What the recipe delivers came, to the last byte.
    pub(super) fn is_delivered(&self) -> bool {
        self.as_if_whole()
            && match &self.expected.delivers {
                Some(delivery) => {
                    self.status() == Some(delivery.status) && (self.is_head() || self.is_the_body(delivery))
                }
                None => self.class() == Some(2),
            }
    }

    /// On a connection that goes on a recipe can be over with its first answer: what comes next is a healthy origin's.
    pub(super) fn is_healthy_in_turn(&self) -> bool {
        self.seen.drive == Drive::KeepAlive
            && self.as_if_whole()
            && self.status() == Some(200)
            && self.is_healthy_body()
    }

    /// The body that every healthy origin sends for this request.
    pub(super) fn is_healthy_body(&self) -> bool {
        self.reply.body == self.expanded(HEALTHY_BODY).as_bytes()
    }

    /// The body is the one that another request should have got.
    pub(super) fn names_another_request(&self) -> bool {
        let Some((before, after)) = HEALTHY_BODY.split_once("{token}") else { return false };
        let token = self
            .reply
            .body
            .strip_prefix(before.as_bytes())
            .and_then(|rest| rest.strip_suffix(after.as_bytes()));
        token.is_some_and(|token| {
            token.len() == TOKEN_DIGITS
                && token.iter().all(u8::is_ascii_hexdigit)
                && token != self.seen.token.as_bytes()
        })
    }

    /// The head names a transfer coding.
    pub(super) fn has_transfer_coding(&self) -> bool {
        values(&self.reply.headers, "transfer-encoding").next().is_some()
    }

    /// How long the body should have been, where the recipe says so.
    pub(super) fn promised_bytes(&self) -> Option<u64> {
        let delivery = self.expected.delivers.as_ref()?;
        let written_out = || delivery.body.as_deref().map(|body| self.expanded(body).len() as u64);
        delivery.body_bytes.or_else(written_out)
    }

    /// How long the head says that the body is.
    pub(super) fn announced_bytes(&self) -> Option<u64> {
        values(&self.reply.headers, "content-length").next().and_then(decimal)
    }

    /// It ended as if whole, with less than was promised and nothing else than that.
    pub(super) fn is_shortened(&self) -> bool {
        let Some(delivery) = &self.expected.delivers else { return false };
        let begins_right = delivery
            .body
            .as_deref()
            .is_none_or(|body| self.expanded(body).as_bytes().starts_with(&self.reply.body));
        self.promised_bytes().is_some_and(|promised| self.reply.body_bytes < promised) && begins_right
    }

    fn is_the_body(&self, delivery: &Delivery) -> bool {
        let text = delivery.body.as_deref().is_none_or(|body| {
            let body = self.expanded(body);
            self.reply.body_bytes == body.len() as u64 && body.as_bytes().starts_with(&self.reply.body)
        });
        text && delivery.body_bytes.is_none_or(|bytes| bytes == self.reply.body_bytes)
    }

    fn expanded(&self, text: &str) -> String {
        text.replace("{token}", &self.seen.token)
    }
}
