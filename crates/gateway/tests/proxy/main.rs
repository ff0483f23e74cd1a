//! The gateway between a client and servers that are scripted byte by byte, on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod answers;
mod bodies;
mod failures;
mod keeping;
mod leftovers;
mod own;
mod reloading;
mod room;
#[path = "../setting/mod.rs"]
mod setting;
mod standing;
mod stopping;
mod tunnels;
mod waiting;
