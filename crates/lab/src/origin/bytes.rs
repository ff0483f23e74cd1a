//! The steps that send bytes of no protocol: as they stand, over and over, piece by piece, looking random.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

use crate::connection::Connection;
use crate::step::{Fill, Random, Step, Trickle};

/// Long sends are made in pieces of about this size.
const PIECE_BYTES: usize = 256 * 1024;

/// Plays a step that sends bytes. Other steps do nothing.
///
/// # Errors
/// Where the peer leaves.
pub(crate) async fn step(connection: &mut Connection, step: &Step) -> io::Result<()> {
    match step {
        Step::Send(text) => {
            let text = connection.expand(text);
            connection.send(text.as_bytes()).await
        }
        Step::SendHex(digits) => {
            let bytes = hex(digits).ok_or(io::ErrorKind::InvalidData)?;
            connection.send(&bytes).await
        }
        Step::Fill(told) => fill(connection, told).await,
        Step::Random(told) => random(connection, *told).await,
        Step::Trickle(told) => trickle(connection, told).await,
        _ => Ok(()),
    }
}

/// Bytes written in hexadecimal, with white space anywhere; `None` where it is something else.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect()
}

async fn fill(connection: &mut Connection, told: &Fill) -> io::Result<()> {
    let text = connection.expand(&told.text);
    let counts = text.contains("{n}");
    let mut piece = String::new();
    for n in 0..told.times {
        if counts {
            piece.push_str(&text.replace("{n}", &n.to_string()));
        } else {
            piece.push_str(&text);
        }
        if piece.len() >= PIECE_BYTES {
            connection.send(piece.as_bytes()).await?;
            piece.clear();
        }
    }
    connection.send(piece.as_bytes()).await
}

async fn random(connection: &mut Connection, told: Random) -> io::Result<()> {
    let mut left = usize::try_from(told.bytes).unwrap_or(usize::MAX);
    let mut state = told.seed;
    while left > 0 {
        let mut piece = Vec::with_capacity(left.min(PIECE_BYTES) + 8);
        while piece.len() < left.min(PIECE_BYTES) {
            piece.extend_from_slice(&next(&mut state).to_le_bytes());
        }
        piece.truncate(left.min(PIECE_BYTES));
        connection.send(&piece).await?;
        left -= piece.len();
    }
    Ok(())
}

/// The generator SplitMix64: it needs no library, and the same seed gives the same numbers for ever.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

async fn trickle(connection: &mut Connection, told: &Trickle) -> io::Result<()> {
    let text = connection.expand(&told.text);
    let size = usize::try_from(told.piece).unwrap_or(usize::MAX).max(1);
    for (number, piece) in text.as_bytes().chunks(size).enumerate() {
        if number > 0 {
            sleep(Duration::from(told.every)).await;
        }
        connection.send(piece).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hexadecimal_is_read() {
        assert_eq!(hex("00 ff\n1A"), Some(vec![0x00, 0xff, 0x1a]));
        assert_eq!(hex(""), Some(Vec::new()));
        assert_eq!(hex("0"), None);
        assert_eq!(hex("0g"), None);
    }

    #[test]
    fn every_hexadecimal_text_of_a_recipe_can_be_read() {
        for recipe in crate::recipes() {
            for step in &recipe.steps {
                let text = match step {
                    Step::SendHex(text) => text,
                    Step::H2Frame(frame) => &frame.hex,
                    _ => continue,
                };
                assert!(hex(text).is_some(), "{}: {text}", recipe.name);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        // The first numbers that the published generator gives for this seed.
        let mut state = 1_234_567;
        assert_eq!(next(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(next(&mut state), 3_203_168_211_198_807_973);
    }

    proptest! {
        #[test]
        fn hexadecimal_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(hex(&text.join(" ")), Some(bytes));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = hex(&text);
        }
    }
}
