//! Clients and servers that say what chance has them say: a short run of the fuzz target `exchange`.

#[path = "../../../../fuzz/exchange/mod.rs"]
mod exchange;

use exchange::{Script, play};

/// As many as take a few seconds.
const RUNS: u64 = 400;
/// Beginnings from which chance goes on: requests and answers that are nearly good.
const BEGINNINGS: &[&[u8]] = &[
    // A request without a body, one with a length, one in chunks, and two of them.
    b"\x00\x80\xa0",
    b"\x00\x81\x91\xa0\xa8",
    b"\x00\x81\x94\xa0\xa2\xa4",
    b"\x04\x80\xa0\x81\x94\xa0\xa2\xa5\xfd\x88\x91\xa0\xa8\xfd\x88\x94\xa0\xa2\xa4",
    // Both framings, a hidden request, an answer with a length that is cut, one to the end of the connection.
    b"\x00\x81\x91\x94\xa0\xa4\xa9",
    b"\x04\x80\xa0\xfd\x88\x92\xa0\xa8",
    b"\x04\x80\xa0\xfd\x88\xa0\xa8",
    b"\x01\x80\x9a\xa0\xfd\x8d\xa8",
];

#[test]
fn whatever_is_said_means_one_thing() {
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance >> 33).unwrap()
    };
    for run in 0..RUNS {
        let mut bytes = BEGINNINGS[next() % BEGINNINGS.len()].to_vec();
        for _ in 0..next() % 6 {
            let (at, byte) = (next() % bytes.len(), u8::try_from(next() % 256).unwrap());
            match next() % 3 {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.split_off(at.max(1))),
            }
        }
        let script = Script::of(&bytes);
        let told = std::panic::catch_unwind(|| play(&script));
        assert!(told.is_ok(), "run {run}: {bytes:?} is {script:?}");
    }
}
