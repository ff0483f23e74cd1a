//! One recipe against one gateway: play, ask, heal, ask again; one observation for each way to ask.
//!
//! It starts nothing and configures nothing: origin and gateway are there and know each other.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::{Gateway, Limits, ask, ask_twice, fresh_token};
use crate::lab_error::LabError;
use crate::observation::{After, Drive, End, Observation, Reply, Upstream};
use crate::origin::Origin;
use crate::recipe::Recipe;
use crate::step::HEALTHY_BODY;
use crate::verdict::{Kind, Verdict, verdict};

/// So many requests at least are made after a recipe, so that a connection to the origin that was left in a bad state
/// and is used again shows.
const AFTER_MIN: u32 = 3;

/// Between two requests after a recipe, and between a measured request and the one to its neighbour.
const PAUSE: Duration = Duration::from_millis(20);

/// What a request afterwards showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aftermath {
    Right,
    Failed,
    MixedUp,
}

/// Asks a gateway in each of these ways while its origin plays the recipe, and judges what was seen.
///
/// `origin` is what the gateway passes requests below its prefix on to; nobody else uses it meanwhile.
/// `neighbour` is the prefix of another route of the same gateway, whose origin is healthy all the time. Recipes that
/// have origins of their own can be examined at the same time, also on one gateway. For a recipe of the name server
/// the caller sets its answer before and after.
///
/// # Errors
/// Where the origin cannot play the recipe (one of a real application server cannot), or cannot become healthy
/// again. Whatever the gateway does is no error.
pub async fn examine(
    gateway: &Gateway,
    origin: &Origin,
    neighbour: Option<&str>,
    recipe: &Arc<Recipe>,
    drives: &[Drive],
    limits: &Limits,
) -> Result<Vec<(Observation, Verdict)>, LabError> {
    let mut fault = OnOrigin { origin, recipe };
    examine_fault(gateway, &mut fault, neighbour, recipe, drives, limits).await
}

/// Something that can be made to go wrong around a request, and set right again.
pub trait Fault {
    /// From now on it is wrong.
    ///
    /// # Errors
    /// Where it could not be made so.
    fn begin(&mut self) -> impl Future<Output = Result<(), LabError>> + Send;

    /// From now on it is right.
    ///
    /// # Errors
    /// Where it could not be made so.
    fn end(&mut self) -> impl Future<Output = Result<(), LabError>> + Send;

    /// What the origin has seen of the request with this token since the fault began.
    fn upstream(&self, token: &str) -> Upstream;

    /// What follows the token in the path of a request that is to meet the fault, such as `?do=crash`.
    fn query(&self) -> &str {
        ""
    }
}

struct OnOrigin<'a> {
    origin: &'a Origin,
    recipe: &'a Arc<Recipe>,
}

impl Fault for OnOrigin<'_> {
    async fn begin(&mut self) -> Result<(), LabError> {
        self.origin.forget();
        self.origin.play(self.recipe).await
    }

    async fn end(&mut self) -> Result<(), LabError> {
        self.origin.heal().await
    }

    fn upstream(&self, token: &str) -> Upstream {
        self.origin.upstream(token)
    }
}

/// The same as [`examine`] with any fault: that of a name server, of a real application server.
///
/// # Errors
/// Where the fault could not be begun or ended.
pub async fn examine_fault(
    gateway: &Gateway,
    fault: &mut impl Fault,
    neighbour: Option<&str>,
    recipe: &Arc<Recipe>,
    drives: &[Drive],
    limits: &Limits,
) -> Result<Vec<(Observation, Verdict)>, LabError> {
    let mut all = Vec::with_capacity(drives.len());
    for drive in drives {
        fault.begin().await?;
        let measured = measure(gateway, recipe, fault.query(), *drive, limits);
        let ((token, reply), neighbour_failed) = tokio::join!(measured, fails(gateway, neighbour, limits));
        let upstream = fault.upstream(&token);
        fault.end().await?;
        let after = After { neighbour_failed, ..recover(gateway, recipe, &token, limits).await };
        let seen = Observation { drive: *drive, token, reply, upstream, after };
        let verdict = verdict(recipe, &seen);
        all.push((seen, verdict));
    }
    Ok(all)
}

/// The measured request, and the token that it bore.
async fn measure(
    gateway: &Gateway,
    recipe: &Recipe,
    query: &str,
    drive: Drive,
    limits: &Limits,
) -> (String, Reply) {
    let token = fresh_token();
    let first = path(gateway, recipe, &token) + query;
    if drive != Drive::KeepAlive {
        return (token, ask(gateway, &first, drive, limits.patience).await);
    }
    let next_token = fresh_token();
    let second = path(gateway, recipe, &next_token) + query;
    let right = |reply: &Reply| is_answered_rightly(recipe, &token, reply);
    let (reply, is_second) = ask_twice(gateway, [&first, &second], limits.patience, right).await;
    (if is_second { next_token } else { token }, reply)
}

/// Whether the first of two requests on a connection was answered as it should be, so that the second one counts.
fn is_answered_rightly(recipe: &Recipe, token: &str, reply: &Reply) -> bool {
    if is_healthy(reply, token) {
        return true;
    }
    let seen = Observation {
        drive: Drive::KeepAlive,
        token: token.to_owned(),
        reply: reply.clone(),
        upstream: Upstream::default(),
        after: After::default(),
    };
    reply.end == End::Complete && is_success(reply) && verdict(recipe, &seen).kind == Kind::Right
}

/// Whether a route whose origin is healthy gives no right answer while another one's is not.
async fn fails(gateway: &Gateway, neighbour: Option<&str>, limits: &Limits) -> Option<bool> {
    let prefix = neighbour?;
    // The measured request is to be under way.
    sleep(PAUSE).await;
    let token = fresh_token();
    let reply = ask(gateway, &format!("{prefix}/r/healthy/{token}"), Drive::Get, limits.patience).await;
    Some(!is_healthy(&reply, &token))
}

/// Asks until the first right answer came and a few requests were made, or until time is up.
async fn recover(gateway: &Gateway, recipe: &Recipe, measured: &str, limits: &Limits) -> After {
    let healed = Instant::now();
    let mut after = After::default();
    for made in 1_u32.. {
        let token = fresh_token();
        let patience = limits.patience.min(limits.recovery);
        let reply = ask(gateway, &path(gateway, recipe, &token), Drive::Get, patience).await;
        match aftermath(&reply, &token, measured) {
            Aftermath::Right => {
                after.recovery.get_or_insert_with(|| healed.elapsed());
            }
            Aftermath::Failed => after.failed += 1,
            Aftermath::MixedUp => after.mixed_up += 1,
        }
        let enough =
            if after.recovery.is_some() { made >= AFTER_MIN } else { healed.elapsed() >= limits.recovery };
        if enough {
            break;
        }
        sleep(PAUSE).await;
    }
    after
}

fn aftermath(reply: &Reply, token: &str, measured: &str) -> Aftermath {
    let names_the_measured =
        !measured.is_empty() && reply.body.windows(measured.len()).any(|part| part == measured.as_bytes());
    if is_healthy(reply, token) {
        Aftermath::Right
    } else if names_the_measured {
        Aftermath::MixedUp
    } else if is_success(reply) && !healthy_body(token).as_bytes().starts_with(&reply.body) {
        // Neither the answer nor the beginning of it: a success that somebody else should have had.
        Aftermath::MixedUp
    } else {
        Aftermath::Failed
    }
}

fn is_healthy(reply: &Reply, token: &str) -> bool {
    let whole = matches!(reply.end, End::Complete | End::CompleteByClose);
    whole && is_success(reply) && reply.body == healthy_body(token).as_bytes()
}

fn is_success(reply: &Reply) -> bool {
    reply.status.is_some_and(|status| status / 100 == 2)
}

fn healthy_body(token: &str) -> String {
    HEALTHY_BODY.replace("{token}", token)
}

fn path(gateway: &Gateway, recipe: &Recipe, token: &str) -> String {
    format!("{}/r/{}/{token}", gateway.prefix, recipe.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str, end: End) -> Reply {
        Reply {
            status: Some(status),
            body: body.into(),
            body_bytes: body.len() as u64,
            end,
            ..Reply::default()
        }
    }

    #[test]
    fn an_answer_afterwards_is_right_or_failed_or_somebody_elses() {
        let cases = [
            (reply(200, "lab aa\n", End::Complete), Aftermath::Right),
            (reply(200, "lab aa\n", End::CompleteByClose), Aftermath::Right),
            (reply(200, "lab aa\n", End::HangInside), Aftermath::Failed),
            (reply(200, "lab", End::Cut), Aftermath::Failed),
            (reply(200, "", End::Complete), Aftermath::Failed),
            (reply(502, "bad gateway", End::Complete), Aftermath::Failed),
            (reply(200, "lab bb\n", End::Complete), Aftermath::MixedUp),
            (reply(404, "no bb", End::Complete), Aftermath::MixedUp),
            (reply(200, "smuggled", End::Cut), Aftermath::MixedUp),
        ];
        for (reply, right) in cases {
            assert_eq!(aftermath(&reply, "aa", "bb"), right, "{reply:?}");
        }
    }
}
