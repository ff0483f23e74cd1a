//! Answers in FastCGI: what is read does not depend on the pieces in which the bytes come, and all bytes are counted.

use goodgate_wire::fastcgi::ResponseReader;
use goodgate_wire::http1::Ended;
use goodgate_wire::{Failure, Fault, FieldLine, FieldLines, Limits};

#[derive(Debug, Default, PartialEq)]
struct Read {
    status: Option<u16>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    stderr: (Vec<u8>, Vec<u8>, u64),
    fault: Option<Fault>,
    phase: &'static str,
}

fn exchange(
    reader: &mut ResponseReader,
    limits: &Limits,
    pieces: std::slice::Chunks<'_, u8>,
    all: &mut Read,
) -> Result<(), Fault> {
    let (mut stdout, mut lines): (Vec<u8>, Vec<FieldLine>) = Default::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut rest = &mut piece[..];
        while !rest.is_empty() {
            let before = reader.received();
            let step = reader.read(rest)?;
            assert_eq!(reader.received() - before, step.taken as u64);
            assert!(step.data.end <= step.taken && step.taken <= rest.len());
            stdout.extend_from_slice(&rest[step.data]);
            if all.status.is_some() {
                all.body.append(&mut stdout);
            } else if let Some(found) = reader.head(&stdout, limits, &mut lines)? {
                assert!((200..600).contains(&found.head.status));
                assert!(found.head.bytes <= limits.head_bytes && lines.len() <= limits.fields);
                let fields = FieldLines::new(&stdout, &lines);
                all.fields = fields.iter().map(|(_, name, value)| (name.to_vec(), value.to_vec())).collect();
                all.status = Some(found.head.status);
                all.body.extend_from_slice(&stdout[found.body]);
                stdout.clear();
            }
            rest = &mut rest[step.taken..];
            if step.end.is_some() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read(method: &[u8], limits: &Limits, pieces: std::slice::Chunks<'_, u8>, ended: Ended) -> Read {
    let mut reader = ResponseReader::new(method);
    let mut all = Read::default();
    all.fault = exchange(&mut reader, limits, pieces, &mut all).err();
    if all.fault.is_none() {
        all.fault = reader.end(ended).err();
    }
    assert_eq!(reader.is_complete(), all.fault.is_none());
    assert!(!reader.reusable() || reader.is_complete());
    assert!(reader.began().len() <= Failure::BEGAN_BYTES);
    if all.status.is_some() {
        assert_eq!(reader.body_received(), all.body.len() as u64);
    }
    let stderr = reader.stderr();
    // Where the answer is refused, what the application says beside it is heard as far as it came.
    if all.fault.is_none() {
        all.stderr = (stderr.first().to_vec(), stderr.last().to_vec(), stderr.len());
    }
    all.phase = reader.phase().as_str();
    all
}

/// What must hold for any of them.
pub(crate) fn play(bytes: &[u8]) {
    let Some((&[how, size], stream)) = bytes.split_first_chunk::<2>() else { return };
    let method: &[u8] = if how & 1 == 0 { b"GET" } else { b"HEAD" };
    let ended = [Ended::Closed, Ended::Truncated, Ended::Reset, Ended::TimedOut][usize::from(how >> 1 & 3)];
    let limits = if how & 8 == 0 {
        Limits::default()
    } else {
        Limits { head_bytes: 100, field_bytes: 24, fields: 3, ..Limits::default() }
    };
    let mut whole = read(method, &limits, stream.chunks(stream.len().max(1)), ended);
    let mut pieces = read(method, &limits, stream.chunks(usize::from(size).max(1)), ended);
    // A body that is too short fails the whole answer where that is known in time.
    if whole.fault == Some(Fault::FastCgiBodyShort) && (whole.status.is_none() || pieces.status.is_none()) {
        for read in [&mut whole, &mut pieces] {
            (read.status, read.fields, read.body) = (None, Vec::new(), Vec::new());
        }
    }
    assert_eq!(whole, pieces);
}
