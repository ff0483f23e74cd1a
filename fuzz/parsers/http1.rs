//! Responses of HTTP/1.x: what is read does not depend on the pieces in which the bytes come, and all bytes are counted.

use goodgate_wire::Limits;
use goodgate_wire::http1::{Decoder, Ended, ResponseHead, Step};

#[derive(Debug, Default, PartialEq)]
struct Read {
    heads: Vec<ResponseHead>,
    body: Vec<u8>,
    surplus: usize,
    end: Option<goodgate_wire::Fault>,
    phase: &'static str,
    trailers: Vec<(String, Vec<u8>)>,
}

fn read(method: &str, limits: &Limits, pieces: std::slice::Chunks<'_, u8>, ended: Ended) -> Read {
    let mut decoder = Decoder::new(method, limits);
    let mut read = Read::default();
    let mut came = 0;
    'pieces: for piece in pieces {
        let mut input = piece;
        came += piece.len();
        loop {
            match decoder.feed(&mut input) {
                Ok(Step::NeedMore) => break,
                Ok(Step::Interim(head) | Step::Head(head)) => read.heads.push(head),
                Ok(Step::Body(data)) => read.body.extend_from_slice(data),
                Ok(Step::End { surplus }) => {
                    read.surplus += surplus;
                    break;
                }
                Err(_) => break 'pieces,
            }
        }
    }
    read.end = decoder.end(ended).err();
    assert_eq!(decoder.received() + read.surplus as u64, came as u64);
    assert_eq!(decoder.body_received(), read.body.len() as u64);
    assert_eq!(decoder.is_complete(), read.end.is_none());
    assert!(decoder.began().len() <= goodgate_wire::Failure::BEGAN_BYTES);
    assert!(read.heads.len() <= limits.interim + 1);
    assert!(
        read.heads
            .iter()
            .all(|head| head.bytes() <= limits.head_bytes && head.fields().len() <= limits.fields)
    );
    read.phase = decoder.phase().as_str();
    read.trailers = decoder.trailers().to_owned_pairs();
    read
}

/// What must hold for any of them.
pub(crate) fn play(bytes: &[u8]) {
    let Some((&[how, size], stream)) = bytes.split_first_chunk::<2>() else { return };
    let method = if how & 1 == 0 { "GET" } else { "HEAD" };
    let ended = [Ended::Closed, Ended::Truncated, Ended::Reset, Ended::TimedOut][usize::from(how >> 1 & 3)];
    let limits = if how & 8 == 0 {
        Limits::default()
    } else {
        Limits { head_bytes: 100, field_bytes: 24, fields: 3, interim: 1, ..Limits::default() }
    };
    let whole = read(method, &limits, stream.chunks(stream.len().max(1)), ended);
    assert_eq!(whole, read(method, &limits, stream.chunks(usize::from(size).max(1)), ended));
}
