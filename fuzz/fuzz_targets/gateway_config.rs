//! The gateway's own configuration.
#![no_main]

#[path = "../parsers/gateway_config.rs"]
mod gateway_config;

libfuzzer_sys::fuzz_target!(|text: &str| gateway_config::play(text));
