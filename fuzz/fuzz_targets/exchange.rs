//! Whole exchanges: any client, any server, and the gateway between them.
#![no_main]

#[path = "../exchange/mod.rs"]
mod exchange;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exchange::play(&exchange::Script::of(bytes)));
