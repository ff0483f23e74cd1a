//! What has to be remembered of an HTTP/2 connection: header compression, requests on their way, windows. Pure.

use std::collections::{BTreeMap, VecDeque};

use super::frames::{
    ACK, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FRAME_SIZE_ERROR, Frame, HEADERS,
    PING, PREFACE, PROTOCOL_ERROR, PUSH_PROMISE, REFUSED_STREAM, RST_STREAM, SETTINGS, WINDOW_UPDATE, write,
};
use super::hpack::{Decoder, Field};
use crate::connection::token_in;

/// Streams that a client may have open at the same time.
pub(super) const STREAMS_MAX: u32 = 100;

/// A header block over several frames is not gathered beyond this.
pub(super) const BLOCK_BYTES_MAX: usize = 128 * 1024;

/// The window at the start (RFC 9113 §6.9.2).
pub(super) const WINDOW: i64 = 65_535;

pub(super) const SETTINGS_INITIAL_WINDOW_SIZE: u16 = 4;

/// A complete request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) stream: u32,
    pub(super) token: String,
    pub(super) head: bool,
}

/// What a frame leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The peer has left.
    Left,
    Nothing,
    Request(Request),
}

/// What is remembered of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    /// The lab's own SETTINGS were sent, or whatever a recipe sends in their place.
    pub(super) greeted: bool,
    pub(super) has_preface: bool,
    pub(super) has_settings: bool,
    /// Requests that were completed while something else was waited for.
    pub(super) complete: VecDeque<Request>,
    /// The highest stream that the peer has opened.
    pub(super) last_stream: u32,
    decoder: Decoder,
    /// A header block of which not all frames have come: its stream, whether that ends with it, and the bytes.
    block: Option<(u32, bool, Vec<u8>)>,
    streams: BTreeMap<u32, Stream>,
    /// What may be sent on the connection, and on a new stream.
    window: i64,
    stream_window: i64,
}

/// A stream that is open.
#[derive(Debug)]
struct Stream {
    request: Request,
    complete: bool,
    window: i64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            greeted: false,
            has_preface: false,
            has_settings: false,
            complete: VecDeque::new(),
            last_stream: 0,
            decoder: Decoder::default(),
            block: None,
            streams: BTreeMap::new(),
            window: WINDOW,
            stream_window: WINDOW,
        }
    }
}

/// Whether these bytes begin with the client's preface; nothing where too few have come to say so.
pub(super) fn preface(bytes: &[u8]) -> Option<bool> {
    let both = bytes.len().min(PREFACE.len());
    let same = bytes.iter().zip(PREFACE).all(|(a, b)| a == b);
    if same && both < PREFACE.len() { None } else { Some(same) }
}

impl Session {
    /// Whether a request is complete that nobody has asked for yet.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.complete.is_empty()
    }

    /// Takes a frame: what it leads to, and what has to be said at once. The code of a connection error otherwise.
    pub(super) fn take(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        if !self.has_settings && (frame.kind != SETTINGS || frame.flags & ACK != 0) {
            return Err(PROTOCOL_ERROR);
        }
        // Nothing may come between the frames of a header block (RFC 9113 §6.10).
        if self.block.is_some() != (frame.kind == CONTINUATION) {
            return Err(PROTOCOL_ERROR);
        }
        match frame.kind {
            HEADERS => self.headers(frame),
            CONTINUATION => self.continuation(frame),
            DATA => self.data(frame),
            SETTINGS => self.settings(frame),
            PING if frame.payload.len() != 8 => Err(FRAME_SIZE_ERROR),
            PING if frame.flags & ACK == 0 => Ok((Next::Nothing, write(PING, ACK, 0, frame.payload, None))),
            RST_STREAM => {
                self.forget(frame.stream);
                Ok((Next::Nothing, Vec::new()))
            }
            WINDOW_UPDATE => self.window_update(frame),
            PUSH_PROMISE => Err(PROTOCOL_ERROR),
            // PRIORITY and GOAWAY change nothing here, and unknown kinds are ignored (RFC 9113 §4.1).
            _ => Ok((Next::Nothing, Vec::new())),
        }
    }

    /// The stream is over.
    pub(super) fn forget(&mut self, stream: u32) {
        self.streams.remove(&stream);
        self.complete.retain(|request| request.stream != stream);
    }

    /// Takes so many bytes off the windows of the stream and the connection, if both allow it; nothing where the
    /// stream is no more.
    pub(super) fn spend(&mut self, stream: u32, bytes: usize) -> Option<bool> {
        let bytes = i64::try_from(bytes).ok()?;
        let stream = self.streams.get_mut(&stream)?;
        let enough = stream.window >= bytes && self.window >= bytes;
        if enough {
            stream.window -= bytes;
            self.window -= bytes;
        }
        Some(enough)
    }

    fn headers(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        if frame.stream.is_multiple_of(2) {
            return Err(PROTOCOL_ERROR);
        }
        let content = frame.content().ok_or(PROTOCOL_ERROR)?.to_vec();
        let end = frame.flags & END_STREAM != 0;
        if frame.flags & END_HEADERS == 0 {
            self.block = Some((frame.stream, end, content));
            return Ok((Next::Nothing, Vec::new()));
        }
        self.block_complete(frame.stream, end, &content)
    }

    fn continuation(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        let (stream, end, mut block) = self.block.take().ok_or(PROTOCOL_ERROR)?;
        if stream != frame.stream || block.len() + frame.payload.len() > BLOCK_BYTES_MAX {
            return Err(PROTOCOL_ERROR);
        }
        block.extend_from_slice(frame.payload);
        if frame.flags & END_HEADERS == 0 {
            self.block = Some((stream, end, block));
            return Ok((Next::Nothing, Vec::new()));
        }
        self.block_complete(stream, end, &block)
    }

    fn block_complete(&mut self, stream: u32, end: bool, block: &[u8]) -> Result<(Next, Vec<u8>), u32> {
        let fields = self.decoder.decode(block).ok_or(COMPRESSION_ERROR)?;
        // A second block on a stream is its trailer section.
        if !self.streams.contains_key(&stream) {
            if stream <= self.last_stream {
                return Ok((Next::Nothing, Vec::new()));
            }
            self.last_stream = stream;
            if self.streams.len() >= STREAMS_MAX as usize {
                let refused = write(RST_STREAM, 0, stream, &REFUSED_STREAM.to_be_bytes(), None);
                return Ok((Next::Nothing, refused));
            }
            let request = request(stream, &fields);
            self.streams.insert(stream, Stream { request, complete: false, window: self.stream_window });
        }
        Ok((self.ended(stream, end), Vec::new()))
    }

    fn data(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        if frame.stream == 0 {
            return Err(PROTOCOL_ERROR);
        }
        frame.content().ok_or(PROTOCOL_ERROR)?;
        let end = frame.flags & END_STREAM != 0;
        let mut say = Vec::new();
        // What has come is thrown away, so there is room for as much again (padding counts, RFC 9113 §6.9.1).
        if let Some(bytes) = u32::try_from(frame.payload.len()).ok().filter(|bytes| *bytes > 0) {
            say.extend(write(WINDOW_UPDATE, 0, 0, &bytes.to_be_bytes(), None));
            if !end {
                say.extend(write(WINDOW_UPDATE, 0, frame.stream, &bytes.to_be_bytes(), None));
            }
        }
        Ok((self.ended(frame.stream, end), say))
    }

    fn ended(&mut self, stream: u32, end: bool) -> Next {
        match self.streams.get_mut(&stream) {
            Some(open) if end && !open.complete => {
                open.complete = true;
                Next::Request(open.request.clone())
            }
            _ => Next::Nothing,
        }
    }

    fn settings(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        if frame.flags & ACK != 0 {
            return Ok((Next::Nothing, Vec::new()));
        }
        for (id, value) in frame.settings().ok_or(FRAME_SIZE_ERROR)? {
            if id == SETTINGS_INITIAL_WINDOW_SIZE {
                // Streams that are open already are moved by the difference (RFC 9113 §6.9.2).
                let more = i64::from(value) - self.stream_window;
                self.stream_window = i64::from(value);
                self.streams.values_mut().for_each(|stream| stream.window += more);
            }
        }
        self.has_settings = true;
        Ok((Next::Nothing, write(SETTINGS, ACK, 0, &[], None)))
    }

    fn window_update(&mut self, frame: &Frame<'_>) -> Result<(Next, Vec<u8>), u32> {
        let more = i64::from(frame.number().ok_or(FRAME_SIZE_ERROR)? & 0x7fff_ffff);
        if frame.stream == 0 {
            self.window = self.window.saturating_add(more);
        } else if let Some(stream) = self.streams.get_mut(&frame.stream) {
            stream.window = stream.window.saturating_add(more);
        }
        Ok((Next::Nothing, Vec::new()))
    }
}

fn request(stream: u32, fields: &[Field]) -> Request {
    let value = |name: &[u8]| fields.iter().find(|field| field.0 == name).map(|field| field.1.as_slice());
    Request {
        stream,
        token: token_in(value(b":path").unwrap_or_default()),
        head: value(b":method") == Some(b"HEAD"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hpack::encode;
    use super::*;

    fn started() -> Session {
        let mut session = Session::default();
        let (_, say) = session.take(&Frame { kind: SETTINGS, flags: 0, stream: 0, payload: &[] }).unwrap();
        assert_eq!(say, [0, 0, 0, 4, 1, 0, 0, 0, 0]);
        session
    }

    fn block(method: &str) -> Vec<u8> {
        encode([(":method", method), (":path", "/r/healthy/0c?x")])
    }

    #[test]
    fn the_preface_is_known_as_soon_as_it_can_be() {
        assert_eq!(preface(b""), None);
        assert_eq!(preface(b"PRI * HTTP"), None);
        assert_eq!(preface(PREFACE), Some(true));
        assert_eq!(preface(b"GET"), Some(false));
        assert_eq!(preface(b"PRI * HTTP/1.1\r\n"), Some(false));
    }

    #[test]
    fn a_request_without_a_body_is_complete_with_its_head() {
        let mut session = started();
        let payload = block("HEAD");
        let frame = Frame { kind: HEADERS, flags: END_HEADERS | END_STREAM, stream: 1, payload: &payload };
        let request = Request { stream: 1, token: "0c".to_owned(), head: true };
        assert_eq!(session.take(&frame), Ok((Next::Request(request), Vec::new())));
    }

    #[test]
    fn a_request_with_a_body_is_complete_with_its_last_frame_and_opens_the_window() {
        let mut session = started();
        let payload = block("POST");
        let (start, rest) = payload.split_at(5);
        let headers = Frame { kind: HEADERS, flags: 0, stream: 3, payload: start };
        assert_eq!(session.take(&headers), Ok((Next::Nothing, Vec::new())));
        let more = Frame { kind: CONTINUATION, flags: END_HEADERS, stream: 3, payload: rest };
        assert_eq!(session.take(&more), Ok((Next::Nothing, Vec::new())));
        let data = Frame { kind: DATA, flags: 0, stream: 3, payload: b"abc" };
        let (next, say) = session.take(&data).unwrap();
        assert_eq!((next, say.len()), (Next::Nothing, 26));
        let last = Frame { kind: DATA, flags: END_STREAM, stream: 3, payload: b"" };
        let request = Request { stream: 3, token: "0c".to_owned(), head: false };
        assert_eq!(session.take(&last), Ok((Next::Request(request), Vec::new())));
    }

    #[test]
    fn an_answer_waits_for_the_window() {
        let mut session = started();
        let none = Frame { kind: SETTINGS, flags: 0, stream: 0, payload: &[0, 4, 0, 0, 0, 0] };
        session.take(&none).unwrap();
        let payload = block("GET");
        session
            .take(&Frame { kind: HEADERS, flags: END_HEADERS | END_STREAM, stream: 1, payload: &payload })
            .unwrap();
        assert_eq!(session.spend(1, 10), Some(false));
        let more = Frame { kind: WINDOW_UPDATE, flags: 0, stream: 1, payload: &[0, 0, 0, 10] };
        session.take(&more).unwrap();
        assert_eq!(session.spend(1, 10), Some(true));
        assert_eq!(session.spend(1, 1), Some(false));
        session.forget(1);
        assert_eq!(session.spend(1, 1), None);
    }

    #[test]
    fn broken_clients_are_told_which_rule_they_broke() {
        let first = Frame { kind: PING, flags: 0, stream: 0, payload: &[0; 8] };
        assert_eq!(Session::default().take(&first), Err(PROTOCOL_ERROR));
        let wrong = |kind, flags, stream, payload: &'static [u8]| {
            started().take(&Frame { kind, flags, stream, payload }).err()
        };
        assert_eq!(wrong(DATA, 0, 0, b""), Some(PROTOCOL_ERROR));
        assert_eq!(wrong(SETTINGS, 0, 0, &[1]), Some(FRAME_SIZE_ERROR));
        assert_eq!(wrong(HEADERS, END_HEADERS, 2, b""), Some(PROTOCOL_ERROR));
        assert_eq!(wrong(HEADERS, END_HEADERS, 1, &[0x80]), Some(COMPRESSION_ERROR));
        assert_eq!(wrong(CONTINUATION, END_HEADERS, 1, b""), Some(PROTOCOL_ERROR));
        assert_eq!(wrong(PUSH_PROMISE, 0, 1, b""), Some(PROTOCOL_ERROR));
    }

    proptest! {
        #[test]
        fn any_frames_are_taken(frames in proptest::collection::vec(
            (0u8..12, any::<u8>(), 0u32..8, proptest::collection::vec(any::<u8>(), 0..60)), 0..40,
        )) {
            let mut session = started();
            for (kind, flags, stream, payload) in &frames {
                if session.take(&Frame { kind: *kind, flags: *flags, stream: *stream, payload }).is_err() {
                    break;
                }
                let _ = session.spend(*stream, payload.len());
                prop_assert!(session.streams.len() <= STREAMS_MAX as usize);
            }
        }
    }
}
