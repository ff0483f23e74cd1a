//! End to end: what must hold of the house as a whole. Everything is under `tests/`.
//!
//! - `tests/floors.rs`: which crate may import which, and what pure crates must not touch.
//! - `tests/products/`: real gateways and application servers, made to fail, and the binary's answer to that.
