//! Clients and servers that say what chance has them say: a short run of the fuzz target `exchange`.

#[path = "../../../../fuzz/exchange/mod.rs"]
mod exchange;

use crate::short;
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
    short::run(RUNS, BEGINNINGS, |bytes| play(&Script::of(bytes)));
}
