//! Real gateways and application servers, made to fail, and what the binary says of it.
//!
//! Each test starts products of its own on free ports under a folder of its own, asks them for pages until they
//! fail, gathers what an operator would hand in, and runs the binary on it. A product that is not installed is
//! skipped with a sentence; with `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod apache;
mod gunicorn;
mod haproxy;
mod nginx;
mod nginx_php;
mod origin;
mod php_fpm;
mod product;
mod room;
mod verdict;
