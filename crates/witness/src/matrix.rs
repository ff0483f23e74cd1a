//! What was measured: every gateway against every recipe. Values only; the binary writes them out.

use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{Drive, Front, Observation, Recipe, Verdict};
use goodgate_probe::Look;

use crate::stated::Stated;

/// Every gateway against every recipe.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// What clients spoke to the gateways.
    pub front: Front,
    /// The gateways, in the order in which they were asked for.
    pub gateways: Vec<Gateway>,
    /// The recipes, in the order of the list.
    pub recipes: Vec<Arc<Recipe>>,
    /// One for each pair that could be played, by recipe and then by gateway.
    pub cells: Vec<Cell>,
    /// Pairs that could not be played, with the reason, by recipe and then by gateway.
    pub not_played: Vec<NotPlayed>,
    /// Gateways that were asked for and not measured, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A recipe that could not be played to a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPlayed {
    /// Index into [`Matrix::recipes`].
    pub recipe: usize,
    /// Index into [`Matrix::gateways`].
    pub gateway: usize,
    /// Why: a protocol that the gateway does not speak, or something that this machine lacks.
    pub why: String,
}

/// A gateway that was measured.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its id, such as `nginx`.
    pub id: &'static str,
    /// Its name as its makers write it.
    pub title: &'static str,
    /// Its version as it says itself, such as `1.22.1`.
    pub version: String,
    /// The configuration that it was given, cut down to the healthy route.
    pub configuration: String,
}

/// A gateway that was asked for and not measured.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Its id.
    pub id: String,
    /// Why, and what to do about it.
    pub why: String,
}

/// One gateway against one recipe.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Index into [`Matrix::recipes`].
    pub recipe: usize,
    /// Index into [`Matrix::gateways`].
    pub gateway: usize,
    /// What every drive showed, and what to think of it.
    pub drives: Vec<(Observation, Verdict)>,
    /// What the gateway and the server said meanwhile.
    pub said: Said,
    /// The symptom that the gateway itself stated, drive by drive; empty for gateways that state none.
    pub stated: Vec<Stated>,
    /// How the gateway's process ended of it, such as `signal: 11 (SIGSEGV)`; `None` where it went on.
    pub died: Option<String>,
    /// What goodgate makes of what was said; `None` where it was not asked.
    pub reading: Option<Reading>,
}

impl Cell {
    /// The worst of its drives.
    #[must_use]
    pub fn worst(&self) -> Option<&(Observation, Verdict)> {
        // The first of equals, so that the plain GET speaks for the cell where it can.
        self.drives.iter().rev().max_by_key(|(_, verdict)| verdict.kind)
    }

    /// What this drive showed.
    #[must_use]
    pub fn drive(&self, drive: Drive) -> Option<&(Observation, Verdict)> {
        self.drives.iter().find(|(seen, _)| seen.drive == drive)
    }
}

/// What was said about one recipe: what a person would hand to `goodgate diagnose`.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The client's view: head and body of the error answer to the plain GET, as `curl -si` prints it.
    pub page: Option<Vec<u8>>,
    /// Log lines of the gateway that are about this recipe: file name and text.
    pub logs: Vec<(String, String)>,
    /// The gateway's configuration, cut down to this recipe's route: file name and text.
    pub configuration: (String, String),
    /// What the upstream wrote into its own logs: file name and text.
    pub upstream_logs: Vec<(String, String)>,
    /// What commands on the server printed while it failed (`ss -ltnpx` and the like): file name and text.
    pub host: Vec<(String, String)>,
    /// What a look from outside saw, as `goodgate diagnose URL` takes one; `None` where none was taken.
    pub look: Option<Arc<Look>>,
}

/// What goodgate makes of what was said, with more and more of it in hand.
#[derive(Clone, Debug)]
pub struct Reading {
    /// One for each of [`Place::ALL`] that had anything to read.
    pub places: Vec<AtPlace>,
    /// The first place where the answer is right and no longer only possible.
    pub decided: Option<Place>,
    /// What it makes of the look from outside alone, where one was taken.
    pub outside: Option<Outside>,
}

/// What goodgate makes of a look from outside, with nothing else in hand.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The answer.
    pub answer: AtPlace,
    /// Whether its leading cause is not true: none of the recipe's, or of a recipe that makes its cause neither that
    /// one nor a mechanism of it.
    pub wrong: bool,
    /// `fault`, `no-fault` and so on, as documents write it.
    pub outcome: &'static str,
    /// Whether the page that was to be explained failed, as the look saw it.
    pub failed: bool,
    /// The page's status; `None` where no answer came.
    pub status: Option<u16>,
    /// Whether the gateway passed on what the upstream had answered.
    pub passed_on: bool,
    /// Who made the answer, as goodgate says.
    pub maker: Option<String>,
    /// How right that is; `None` where no whole answer came that is an error.
    pub product: Option<ProductNamed>,
    /// The signals that spoke.
    pub signals: Vec<&'static str>,
    /// Requests that were sent.
    pub requests: u32,
    /// How long the look took.
    pub took: Duration,
    /// How long the longest exchange took without which there is no answer.
    pub slowest: Duration,
}

/// How right the maker of an error page is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductNamed {
    /// The gateway where it made the page; anybody else or nobody where it only passed it on.
    Right,
    /// Another product; or the gateway where it only passed the page on.
    Wrong,
    /// Nobody, although the gateway made the page.
    Unnamed,
}

impl ProductNamed {
    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Unnamed => "unnamed",
        }
    }
}

/// How much was in hand. Each of [`Place::ALL`] has everything of the ones before it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The page that the client got.
    Page,
    /// The gateway's log.
    GatewayLog,
    /// The gateway's configuration.
    Configuration,
    /// The upstream's own log.
    UpstreamLog,
    /// A look at the server.
    Host,
    /// A look from outside, and nothing else: none of [`Place::ALL`].
    Outside,
}

impl Place {
    /// All of them, in the order in which a person gets at them.
    pub const ALL: [Self; 5] =
        [Self::Page, Self::GatewayLog, Self::Configuration, Self::UpstreamLog, Self::Host];

    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::GatewayLog => "gateway log",
            Self::Configuration => "configuration",
            Self::UpstreamLog => "upstream log",
            Self::Host => "host",
            Self::Outside => "outside",
        }
    }
}

/// The answer with so much in hand.
#[derive(Clone, Debug)]
pub struct AtPlace {
    /// How much was in hand.
    pub place: Place,
    /// The error type that goodgate names (RFC 9209), if it names one.
    pub error: Option<String>,
    /// Whether that is one of the recipe's.
    pub symptom_right: bool,
    /// Causes with a probability of at least 10 %, best first, with it.
    pub set: Vec<(String, f64)>,
    /// Whether one of the recipe's causes is in the set.
    pub truth_in_set: bool,
    /// Whether one of the recipe's causes is first in the set.
    pub truth_first: bool,
    /// Whether goodgate calls its answer proven or likely, and no longer only possible.
    pub settled: bool,
}
