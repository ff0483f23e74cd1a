//! Answers in FastCGI.
#![no_main]

#[path = "../parsers/fastcgi.rs"]
mod fastcgi;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fastcgi::play(bytes));
