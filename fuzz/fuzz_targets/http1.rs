//! Responses of HTTP/1.x.
#![no_main]

#[path = "../parsers/http1.rs"]
mod http1;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| http1::play(bytes));
