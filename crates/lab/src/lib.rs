//! The liar: an origin that fails on purpose, from recipes that are data, and a client that sees what a gateway
//! makes of it.
//!
//! It imports nothing of ours and shares no parser with the honest side: what it writes and reads on the wire is its
//! own, so that a mistake there cannot hide the same mistake here.

mod client;
mod connection;
mod drive;
mod fastcgi;
#[doc(hidden)]
pub mod hostile;
mod http1;
mod http2;
pub mod identities;
mod lab_error;
mod list;
mod name_server;
mod observation;
mod origin;
mod process;
mod recipe;
mod serve;
mod step;
mod tls_steps;
mod uwsgi;
mod verdict;

pub use identities::Identities;
pub use lab_error::LabError;
pub use name_server::NameServer;
pub use observation::{After, BODY_KEPT_BYTES_MAX, Drive, End, Front, Observation, Reply, Upstream};
pub use origin::Origin;
pub use process::{Application, Reach};
pub use recipe::{
    Act, App, Channel, Delivery, Dns, DnsAnswer, Expected, Group, Listen, May, Occupy, Process, Recipe,
    Retry, Speaks, Truth, Why,
};
pub use serve::{ServeSettings, Served, serve};
pub use verdict::{Kind, Verdict, verdict};

pub use client::{Gateway, Limits, ask, fresh_token};
pub use drive::{Fault, examine, examine_fault};

pub use step::{
    Answer, FcgiEnd, Fill, Framing, H2Data, H2Frame, H2Goaway, H2Headers, HEALTHY_BODY, Identity, Millis,
    Random, Step, Trickle,
};

use std::sync::{Arc, LazyLock};

/// All recipes, in the order of the list.
///
/// A recipe that cannot be read is left out here; a test of this crate holds that there is none.
pub fn recipes() -> &'static [Arc<Recipe>] {
    static READ: LazyLock<Vec<Arc<Recipe>>> = LazyLock::new(|| {
        list::RECIPES.iter().filter_map(|(name, text)| read(name, text).ok().map(Arc::new)).collect()
    });
    &READ
}

/// Reads the text of a recipe.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(name: &str, text: &str) -> Result<Recipe, String> {
    let mut recipe: Recipe = toml::from_str(text).map_err(|problem| format!("{name}.toml: {problem}"))?;
    name.clone_into(&mut recipe.name);
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_can_be_read() {
        for (name, text) in list::RECIPES {
            read(name, text).unwrap_or_else(|problem| panic!("{problem}"));
        }
    }
}
