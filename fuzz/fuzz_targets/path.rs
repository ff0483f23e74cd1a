//! Paths of requests and values of `Range`.
#![no_main]

#[path = "../parsers/path.rs"]
mod path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| path::play(bytes));
