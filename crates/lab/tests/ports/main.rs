//! The lab's ports as a client on the other end sees them.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod fuzz;
mod listening;
mod on_demand;
mod peer;
mod playing;
mod secure;
