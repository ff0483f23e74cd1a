//! Names, networks and the visitor's own ground, made to fail in network namespaces, and what `goodgate diagnose URL`
//! says of it.
//!
//! Each world is a namespace with an internet of its own: a root zone, registries, name servers, a resolver that
//! verifies signatures, a site, and filters. Nothing leaves it: there is no link to the outside. Needs root (or user
//! namespaces that everybody may make); where that is not permitted the tests are skipped with a sentence, and with
//! `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod ground;
mod internet;
mod land;
mod names;
mod visitor;
mod ways;
mod zones;
