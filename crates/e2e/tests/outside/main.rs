//! `goodgate diagnose URL` at real gateways: who made the page, what came, and whether a healthy site is called so.
//!
//! Each test starts products of its own on free ports under a folder of its own. A product that is not installed is
//! skipped with a sentence; with `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure. Nothing here measures
//! time: how long a gateway waits is its own setting, and short.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod answer;
mod certificates;
mod gateways;
mod one_gateway;
#[path = "../products/product.rs"]
#[allow(dead_code, reason = "the tests of products use more of it")]
mod product;
mod redirects;
#[path = "../products/room.rs"]
#[allow(dead_code, reason = "the tests of products use more of it")]
mod room;
mod site;
mod two_tiers;
