//! Runs a decoder over pieces of a stream to its end.

use goodgate_facts::Phase;
use goodgate_wire::http1::{Decoder, Ended, Fields, ResponseHead, Step};
use goodgate_wire::{Fault, Limits};

/// All that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) interim: Vec<ResponseHead>,
    pub(crate) head: Option<ResponseHead>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Fields,
    pub(crate) surplus: usize,
    pub(crate) fault: Option<Fault>,
    pub(crate) phase: Option<Phase>,
    pub(crate) reusable: bool,
}

/// What depends on the pieces where there is a fault, and on nothing but the bytes where there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) received: u64,
    pub(crate) began: Vec<u8>,
    pub(crate) missing: Option<u64>,
}

pub(crate) fn read<'a>(
    method: &str,
    limits: &Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    ended: Ended,
) -> (Read, Count) {
    let mut decoder = Decoder::new(method, limits);
    let mut read = Read::default();
    'pieces: for piece in pieces {
        let mut input = piece;
        loop {
            let before = input.len();
            match decoder.feed(&mut input) {
                Ok(Step::NeedMore) => {
                    assert!(input.is_empty(), "more was asked for before all was taken");
                    break;
                }
                Ok(Step::Interim(head)) => read.interim.push(head),
                Ok(Step::Head(head)) => assert_eq!(read.head.replace(head), None, "one head"),
                Ok(Step::Body(data)) => {
                    assert!(!data.is_empty() && input.len() < before);
                    read.body.extend_from_slice(data);
                }
                Ok(Step::End { surplus }) => {
                    assert_eq!(surplus, input.len());
                    assert!(decoder.is_complete());
                    read.surplus += surplus;
                    break;
                }
                Err(fault) => {
                    read.fault = Some(fault);
                    assert_eq!(decoder.feed(&mut input), Err(fault), "the same fault again");
                    break 'pieces;
                }
            }
        }
    }
    assert_eq!(decoder.body_received(), read.body.len() as u64);
    // An end behind a complete response changes nothing; a fault stays.
    let end = decoder.end(ended);
    assert!(read.fault.is_none() || end.err() == read.fault);
    read.fault = end.err();
    assert_eq!(decoder.is_complete(), read.fault.is_none());
    read.trailers = decoder.trailers().clone();
    read.phase = Some(decoder.phase());
    read.reusable = decoder.reusable();
    let count =
        Count { received: decoder.received(), began: decoder.began().to_vec(), missing: decoder.missing() };
    (read, count)
}

/// In one piece, with the usual limits.
pub(crate) fn read_whole(method: &str, bytes: &[u8], ended: Ended) -> (Read, Count) {
    read(method, &Limits::default(), [bytes, &[]], ended)
}
