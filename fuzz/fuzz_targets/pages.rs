//! Error pages and response heads.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = goodgate_pages::looks_like_page(text);
    let _ = goodgate_pages::read("fuzz.html", text);
});
