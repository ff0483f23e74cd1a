//! Values of the Proxy-Status field (RFC 9209).
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = goodgate_facts::parse_proxy_status(text);
});
