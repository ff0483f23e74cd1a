//! `goodgate run` in front of real servers, asked by real clients: curl, Python, Node, a browser; WordPress, PHP-FPM,
//! nginx, Gunicorn and Node behind it.
//!
//! Each test starts products of its own on ports that the system gives, under a folder of its own. A product that is
//! not installed is skipped with a sentence; with `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure, but for
//! the browser, which is too large to be asked for. Nothing here measures time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod account;
mod bodies;
mod browser;
mod certificate;
mod curl;
mod files;
mod flask;
mod goodgate;
mod gunicorn;
mod health;
mod mariadb;
mod memory;
mod node;
#[path = "../products/php_fpm.rs"]
#[allow(dead_code, reason = "the tests of products use more of it")]
mod php_fpm;
mod php_site;
#[path = "../products/product.rs"]
#[allow(dead_code, reason = "the tests of products use more of it")]
mod product;
mod python;
mod reload;
#[path = "../products/room.rs"]
#[allow(dead_code, reason = "the tests of products use more of it")]
mod room;
mod script;
mod stop;
mod versions;
mod wordpress;
