//! Configurations: the recognised reader, and every other reader on the same text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = goodgate_configs::read("fuzz.conf", text);
    for product in goodgate_configs::products() {
        let _ = (product.read)("fuzz.conf", text);
    }
});
