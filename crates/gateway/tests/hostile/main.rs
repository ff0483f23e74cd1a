//! The running gateway against clients that mean ill or are slow, and in front of servers that fail: what each may cost
//! is bounded, and the others are served meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod collecting;
mod crowds;
mod exchanges;
mod flooding;
mod frames;
mod http2;
mod http2_smuggling;
mod names;
mod nonsense;
mod servers;
mod slow;
mod smuggling;
mod texts;

#[path = "../setting/mod.rs"]
mod setting;
#[path = "../../../../fuzz/short.rs"]
mod short;
