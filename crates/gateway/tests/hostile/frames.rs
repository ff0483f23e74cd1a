//! HTTP/2 written by hand (RFC 9113 section 4): frames as bytes, heads as literals without a table (RFC 7541 section
//! 6.2.2), so that a client can do what no library lets it.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::setting::{PATIENCE, Setting};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) const PROTOCOL_ERROR: u32 = 1;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The code of a RST_STREAM, or of a GOAWAY.
    pub(crate) fn code(&self) -> Option<u32> {
        let at = match self.kind {
            RST_STREAM => 0,
            GOAWAY => 4,
            _ => return None,
        };
        Some(u32::from_be_bytes(self.payload.get(at..at + 4)?.try_into().ok()?))
    }

    /// The status of the answer that it begins, which comes first: from the static table (RFC 7541 appendix A), or as a
    /// literal in Huffman's code. Later answers on a connection may have it in its own table, which is not followed here.
    pub(crate) fn status(&self) -> Option<u16> {
        const STATIC: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
        match self.payload.as_slice() {
            _ if self.kind != HEADERS => None,
            [place @ 0x88..=0x8e, ..] => STATIC.get(usize::from(place - 0x88)).copied(),
            [0x48 | 0x08, length @ 0x82..=0x83, digits @ ..] => {
                digits.get(..usize::from(length & 0x7f)).map(huffman_digits)
            }
            _ => None,
        }
    }

    /// Whether it begins an answer with status 200.
    pub(crate) fn is_ok(&self) -> bool {
        self.status() == Some(200)
    }
}

/// Three digits (RFC 7541 appendix B): five bits for each of 0 to 2, six for the others.
fn huffman_digits(bytes: &[u8]) -> u16 {
    let mut bits =
        bytes.iter().zip([24, 16, 8]).fold(0_u32, |bits, (byte, place)| bits | u32::from(*byte) << place);
    (0..3).fold(0, |number, _| {
        let (digit, length) = match bits >> 27 {
            short @ 0..=2 => (short, 5),
            _ => ((bits >> 26) - 0x19 + 3, 6),
        };
        bits <<= length;
        number * 10 + digit as u16
    })
}

/// The bytes of a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A block of fields, each as a literal.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            assert!(text.len() < 127, "a longer text needs more bytes for its length");
            bytes.push(u8::try_from(text.len()).unwrap());
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

/// The fields of a request, and these.
pub(crate) fn asking(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let usual = [(":method", method), (":scheme", "http"), (":authority", "shop.example"), (":path", path)];
    block(&[&usual, more].concat())
}

/// A GET as one frame.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &asking("GET", path, &[]))
}

pub(crate) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())
}

/// The frames that these bytes begin with.
pub(crate) fn frames(mut bytes: &[u8]) -> impl Iterator<Item = Frame> {
    std::iter::from_fn(move || next_of(&mut bytes))
}

fn next_of(from: &mut impl Read) -> Option<Frame> {
    let mut head = [0; 9];
    from.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    from.read_exact(&mut payload).ok()?;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Some(Frame { kind: head[3], flags: head[4], stream, payload })
}

/// A connection.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    /// Connects and says what begins a connection, with these settings.
    pub(crate) fn open(setting: &Setting, settings: &[(u16, u32)]) -> Self {
        let stream = setting.connect();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut wire = Self(stream);
        let mut payload = Vec::new();
        for (id, value) in settings {
            payload.extend(id.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        assert!(wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        assert!(wire.send(&frame(SETTINGS, 0, 0, &payload)));
        wire
    }

    /// Sends; false where the other end is gone.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// The next frame; `None` at the end of the connection.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        next_of(&mut self.0)
    }

    /// The next frame that is so.
    pub(crate) fn find(&mut self, is: impl FnMut(&Frame) -> bool) -> Option<Frame> {
        std::iter::from_fn(|| self.next()).find(is)
    }

    /// With which code the connection is ended; `None` where it ends without a word.
    pub(crate) fn farewell(&mut self) -> Option<u32> {
        let mut last = None;
        while let Some(frame) = self.next() {
            if frame.kind == GOAWAY {
                last = frame.code();
            }
        }
        last
    }
}
