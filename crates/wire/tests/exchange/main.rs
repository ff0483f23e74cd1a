//! Connections and exchanges end to end, against servers on loopback that misbehave in one way each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod frames;
mod http1;
mod http2;
mod http2_floods;
mod reuse;
mod server;
