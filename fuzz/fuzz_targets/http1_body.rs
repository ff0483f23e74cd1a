//! Bodies read in place.
#![no_main]

#[path = "../parsers/http1_body.rs"]
mod http1_body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| http1_body::play(bytes));
