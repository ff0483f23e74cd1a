//! What the lab reads from gateways and clients, in every protocol that it speaks, and the text of recipes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    goodgate_lab::hostile::read_by_all(bytes);
});
