//! The HTTP/1.1 codec on bytes alone: what it takes, what it refuses and why, its bounds, and that neither the pieces
//! in which bytes come nor any bytes at all can upset it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bodies;
mod bounds;
mod faults;
mod in_place;
mod properties;
mod reading;
mod request_heads;
mod requests;
mod responses;
mod smuggling;
