//! HTTP/2 frames written by hand, and exchanges with a peer that writes them.

use goodgate_wire::{BodyEnd, Failure, Limits, Response};

use crate::server::*;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// `:status: 200` (RFC 7541 appendix A).
pub(crate) const STATUS_200: &[u8] = &[0x88];

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A field without indexing, its name and value as they are (RFC 7541 section 6.2.2).
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        bytes.extend(integer(text.len()));
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// A length with a prefix of seven bits (RFC 7541 section 5.1).
fn integer(mut value: usize) -> Vec<u8> {
    if value < 127 {
        return vec![value as u8];
    }
    let mut bytes = vec![127];
    value -= 127;
    while value >= 128 {
        bytes.push((value % 128) as u8 | 128);
        value /= 128;
    }
    bytes.push(value as u8);
    bytes
}

pub(crate) fn status(code: u16) -> Vec<u8> {
    field(":status", &code.to_string())
}

pub(crate) fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

pub(crate) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(crate) fn ok(stream: u32) -> Vec<u8> {
    let mut bytes = frame(HEADERS, END_HEADERS, stream, STATUS_200);
    bytes.extend(frame(DATA, END_STREAM, stream, b"body"));
    bytes
}

/// The server's preface, and everything up to the request; its stream is returned.
pub(crate) async fn begin(io: &mut Io, settings: &[u8]) -> u32 {
    io.say(frame(SETTINGS, 0, 0, settings)).await;
    assert_eq!(io.read(24).await, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    request(io).await
}

/// Reads frames up to the next request; its stream is returned.
pub(crate) async fn request(io: &mut Io) -> u32 {
    loop {
        let head = io.read(9).await;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        io.read(length).await;
        if head[3] == HEADERS {
            assert_eq!(head[4], END_STREAM | END_HEADERS);
            return u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        }
    }
}

/// How a hand-written answer ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    Stay,
    Close,
    Reset,
}

/// One exchange, answered with these bytes.
pub(crate) async fn played(
    limits: &Limits,
    bytes: impl AsRef<[u8]>,
    then: Then,
) -> Result<Response, Failure> {
    once(Way::H2, &get(), limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        assert_eq!(begin(&mut io, &[]).await, 1);
        io.say(bytes.as_ref()).await;
        match then {
            Then::Stay => io.stay().await,
            Then::Close => io.close().await,
            Then::Reset => io.reset(),
        }
    })
    .await
}

/// One exchange, answered with `first` and then with `again` for ever.
pub(crate) async fn endlessly(limits: &Limits, first: Vec<u8>, again: Vec<u8>) -> Result<Response, Failure> {
    once(Way::H2, &get(), limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        begin(&mut io, &[]).await;
        io.say(first).await;
        while io.say(&again).await {}
    })
    .await
}

pub(crate) fn failed(response: Response) -> (Failure, Vec<u8>) {
    match response.end {
        BodyEnd::Failed(failure) => (failure, response.body),
        end => panic!("{end:?}"),
    }
}
