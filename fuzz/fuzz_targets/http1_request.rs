//! Heads of requests.
#![no_main]

#[path = "../parsers/http1_request.rs"]
mod http1_request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| http1_request::play(bytes));
