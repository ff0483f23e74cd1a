//! The servers behind the gateway: which are well, which addresses they have, which connections to them are open.
//!
//! What all cores must agree on (health, addresses, how many connections there are) is shared and changes seldom; what a
//! request needs (idle connections, requests in hand) belongs to its core alone.

mod idle_time;
mod leg;
mod levels;
mod line;
mod local;
mod open;
mod places;
mod pool;
mod preference;
mod ranking;
mod response;
mod server;

pub(crate) use leg::Leg;
pub(crate) use line::{Room, room};
pub(crate) use local::{Local, LocalServer};
pub(crate) use open::{connect, open};
pub(crate) use places::{Place, Places};
pub(crate) use pool::Care;
pub(crate) use response::{Head, Response};
pub(crate) use server::{Addresses, Seen, ServerState, UpstreamState};
