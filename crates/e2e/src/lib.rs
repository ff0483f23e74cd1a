//! End to end: what must hold of the house as a whole. The tests are under `tests/`; here is only what they share.
//!
//! - `tests/floors.rs`: which crate may import which, and what pure crates must not touch.
//! - `tests/recipes.rs`: the lab's recipes against the catalogue.
//! - `tests/products/`: real gateways and application servers, made to fail, and the binary's answer to that.
//! - `tests/namespaces/`: names and networks that fail, with servers of their own, and what a look from outside says.
//! - `tests/outside/`: real gateways, alone and behind each other, looked at from outside.
//! - `tests/lab.rs`: real gateways in the lab, and what is known of them.
//! - `tests/hostile_sites.rs`: sites that mean harm, and the look that stays whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "for tests")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The binary of this build, brought up to date once.
///
/// # Panics
/// If it does not build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().unwrap().parent().unwrap();
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--package", "goodgate", "--target-dir"])
            .arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        build.status().unwrap().success().then(|| profile.join("goodgate"))
    });
    built.as_ref().expect("the binary does not build")
}

/// Says that a product is not there; with `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure.
///
/// # Panics
/// If the product is required.
pub fn skip(product: &str) {
    let required = std::env::var_os("GOODGATE_REQUIRE_PRODUCTS").is_some_and(|v| v == "1");
    assert!(!required, "{product} is not installed, and GOODGATE_REQUIRE_PRODUCTS=1 requires it");
    eprintln!("skipped: {product} is not installed");
}
