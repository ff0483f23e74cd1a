//! Bodies read in place: the bytes do not depend on the pieces in which they come, and a server's are those that the
//! decoder reads.

use goodgate_wire::http1::{BodyFault, BodyReader, Decoder, Ended, HeadLimits, Step, response_head};
use goodgate_wire::{Fault, Framing, Limits};

#[derive(Debug, Default, PartialEq)]
struct Read {
    body: Vec<u8>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    surplus: usize,
    missing: Option<u64>,
    fault: Option<BodyFault>,
}

fn read(mut reader: BodyReader, pieces: std::slice::Chunks<'_, u8>) -> Read {
    let mut read = Read::default();
    let mut buffer = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let Ok(step) = reader.read(&mut buffer) else { break };
        assert!(step.data.end <= step.taken && (step.end || step.taken == buffer.len()));
        read.body.extend_from_slice(&buffer[step.data]);
        buffer.drain(..step.taken);
    }
    read.missing = reader.missing();
    read.fault = reader.end(Ended::Closed).err();
    read.surplus = buffer.len();
    read.trailers =
        reader.trailers().iter().map(|(_, name, value)| (name.to_vec(), value.to_vec())).collect();
    read
}

/// What the decoder makes of the same body.
fn decoded(head: &[u8], body: &[u8], limits: &Limits) -> (Vec<u8>, Option<Fault>) {
    let stream = [head, body].concat();
    let mut decoder = Decoder::new("GET", limits);
    let mut input = stream.as_slice();
    let mut body = Vec::new();
    loop {
        match decoder.feed(&mut input) {
            Ok(Step::Body(data)) => body.extend_from_slice(data),
            Ok(Step::Head(_) | Step::Interim(_)) => {}
            Ok(Step::NeedMore | Step::End { .. }) | Err(_) => break,
        }
    }
    (body, decoder.end(Ended::Closed).err())
}

/// What must hold for any of them.
pub(crate) fn play(bytes: &[u8]) {
    let Some((&[how, size], stream)) = bytes.split_first_chunk::<2>() else { return };
    let limits = if how & 1 == 0 {
        Limits::default()
    } else {
        Limits { head_bytes: 80, field_bytes: 30, fields: 2, ..Limits::default() }
    };
    let (head, framing) = match how >> 1 & 3 {
        0 => (&b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"[..], Framing::Length(9)),
        1 => (&b"HTTP/1.1 200 OK\r\n\r\n"[..], Framing::UntilClose),
        _ => (&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..], Framing::Chunked),
    };
    let small = HeadLimits::from(&limits);
    let (all, pieces) = (stream.len().max(1), usize::from(size).max(1));
    for new in [BodyReader::of_request, BodyReader::of_response] {
        let whole = read(new(framing, &small), stream.chunks(all));
        let pieced = read(new(framing, &small), stream.chunks(pieces));
        assert_eq!(pieced.fault, whole.fault);
        if whole.fault.is_none() || whole.fault == Some(BodyFault::Closed) {
            assert_eq!(pieced, whole);
        }
    }
    let read_head = response_head(head, b"GET", &small, &mut Vec::new());
    assert_eq!(read_head.map(|head| head.map(|head| head.framing)), Ok(Some(framing)));
    let (body, fault) = decoded(head, stream, &limits);
    let server = read(BodyReader::of_response(framing, &small), stream.chunks(all));
    assert_eq!(server.fault.map(Fault::from), fault);
    assert!(body.starts_with(&server.body));
    assert!(fault.is_some_and(|fault| fault != Fault::BodyClosed) || body == server.body);

    // And any bytes at all for a head: taken or refused as the decoder does.
    let lean = response_head(stream, b"GET", &small, &mut Vec::new());
    let mut decoder = Decoder::new("GET", &limits);
    match decoder.feed(&mut &stream[..]) {
        Ok(Step::Head(head) | Step::Interim(head)) => {
            let lean = lean.expect("taken").expect("whole");
            assert_eq!(
                (lean.status, lean.framing, lean.bytes),
                (head.status(), head.framing(), head.bytes())
            );
        }
        Ok(_) => assert_eq!(lean, Ok(None)),
        Err(Fault::UpgradeUnasked) => assert_eq!(lean.expect("taken").expect("whole").status, 101),
        Err(Fault::InterimEndless) => {}
        Err(fault) => assert_eq!(lean, Err(fault)),
    }
}
