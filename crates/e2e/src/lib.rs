//! End to end: what must hold of the house as a whole. The tests are under `tests/`; here is only what they share.
//!
//! - `tests/floors.rs`: which crate may import which, and what pure crates must not touch.
//! - `tests/recipes.rs`: the lab's recipes against the catalogue.
//! - `tests/products/`: real gateways and application servers, made to fail, and the binary's answer to that.
//! - `tests/gateway/`: goodgate itself before real servers, asked by real clients.
//! - `tests/namespaces/`: names and networks that fail, with servers of their own, and what a look from outside says.
//! - `tests/outside/`: real gateways, alone and behind each other, looked at from outside.
//! - `tests/lab.rs`: real gateways in the lab, and what is known of them.
//! - `tests/lab_goodgate.rs`: goodgate in the lab, right about every fault.
//! - `tests/healthy_sites.rs`: sites with habits of their own, which are well all the same.
//! - `tests/hostile_sites.rs`: sites that mean harm, and the look that stays whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "for tests")]

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

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
        // What cargo says to the tests that it runs would have crates with build scripts (ring) built anew, and all above.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                build.env_remove(&*name);
            }
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

/// What a site was asked: the heads of the requests.
pub type Heads = Arc<Mutex<Vec<String>>>;

/// A site on loopback that answers every connection with this, on a thread each; it lives as long as the test's process.
///
/// # Panics
/// If there is no port.
pub fn site(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> (SocketAddr, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, answer) = (Heads::default(), Arc::new(answer));
    let seen = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming().take(200) {
            let (Ok(mut stream), answer, seen) = (stream, answer.clone(), seen.clone()) else { return };
            thread::spawn(move || {
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                let mut head = Vec::new();
                let mut byte = [0; 1];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                if !head.is_empty() {
                    seen.lock().unwrap().push(head.clone());
                    answer(&head, &mut stream);
                }
            });
        }
    });
    (address, heads)
}
