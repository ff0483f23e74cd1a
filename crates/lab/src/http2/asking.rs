//! HTTP/2 as a client speaks it (RFC 9113): a connection with one request after another; what becomes of each is
//! [`Stream`]'s.
//!
//! Pure: it is told what came and says what to send. It judges nothing; what breaks the protocol is an end of its own
//! ([`End::Unreadable`]), as for HTTP/1.

use super::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PAYLOAD_MAX, PING, PREFACE,
    PUSH_PROMISE, Parsed, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, write,
};
use super::hpack::{Decoder, encode};
use super::session::{BLOCK_BYTES_MAX, SETTINGS_INITIAL_WINDOW_SIZE, WINDOW};
use super::stream::Stream;
use crate::observation::{End, Reply, Stop};

/// SETTINGS_ENABLE_PUSH: nobody here wants to be sent what was not asked for.
const NO_PUSH: [u8; 6] = [0, 2, 0, 0, 0, 0];

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The fields, pseudo-header fields first.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    /// Bytes of the request's body.
    pub(crate) body_bytes: usize,
    /// Whether the answer has no content, whatever it says (RFC 9110 §9.3.2).
    pub(crate) head: bool,
}

/// A connection as its client sees it.
#[derive(Debug)]
pub(crate) struct Asking {
    decoder: Decoder,
    /// What has come and is no whole frame yet.
    unread: Vec<u8>,
    /// What is to be sent.
    say: Vec<u8>,
    /// A header block of which not all frames have come: its stream, whether that ends with it, and the bytes.
    block: Option<(u32, bool, Vec<u8>)>,
    /// What may be sent on the connection, and on a new stream.
    window: i64,
    stream_window: i64,
    /// No more requests can be made.
    leaves: bool,
    stream: Stream,
}

/// The rules of HTTP/2 were broken: of the connection, so that nothing on it can be read any more.
struct Broken;

impl Default for Asking {
    fn default() -> Self {
        let say = [PREFACE, &write(SETTINGS, 0, 0, &NO_PUSH, None)].concat();
        Self {
            decoder: Decoder::default(),
            unread: Vec::new(),
            say,
            block: None,
            window: WINDOW,
            stream_window: WINDOW,
            leaves: false,
            stream: Stream::default(),
        }
    }
}

impl Asking {
    /// Makes a request; the answer to the one before has been taken.
    pub(crate) fn ask(&mut self, question: &Question<'_>) {
        let id = if self.stream.id == 0 { 1 } else { self.stream.id + 2 };
        self.stream = Stream::asked(id, question, self.stream_window);
        let flags = if self.has_asked() { END_HEADERS | END_STREAM } else { END_HEADERS };
        self.say.extend(write(HEADERS, flags, id, &encode(question.fields.iter().copied()), None));
        self.send_body();
    }

    /// What is to be sent now.
    pub(crate) fn take_unsent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.say)
    }

    /// Whether all of the request has been handed out to be sent.
    pub(crate) fn has_asked(&self) -> bool {
        self.stream.unsent.is_none()
    }

    /// Takes bytes in.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        let unread = std::mem::take(&mut self.unread);
        let mut rest = unread.as_slice();
        loop {
            let taken = match frame(rest) {
                Parsed::Whole(frame, length) => {
                    rest = rest.get(length..).unwrap_or_default();
                    self.take(&frame)
                }
                Parsed::Short => break,
                Parsed::TooLong => Err(Broken),
            };
            if taken.is_err() {
                self.leaves = true;
                self.stream.over(End::Unreadable);
                return;
            }
        }
        self.unread = rest.to_vec();
    }

    /// Whether nothing more is to be read of this answer.
    pub(crate) fn is_over(&self) -> bool {
        self.stream.end.is_some()
    }

    /// Whether any part of an answer has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.stream.any
    }

    /// Whether another request can be made on the connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.is_over() && !self.leaves
    }

    /// The answer, given how the connection stopped if it was not over.
    pub(crate) fn finish(&mut self, stop: Stop) -> Reply {
        self.stream.finish(stop)
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        // Nothing may come between the frames of a header block (RFC 9113 §6.10).
        if self.block.is_some() != (frame.kind == CONTINUATION) {
            return Err(Broken);
        }
        match frame.kind {
            HEADERS => {
                let content = frame.content().ok_or(Broken)?.to_vec();
                self.gather(frame, frame.flags & END_STREAM != 0, content)
            }
            CONTINUATION => {
                let (stream, end, mut block) = self.block.take().ok_or(Broken)?;
                if stream != frame.stream || block.len() + frame.payload.len() > BLOCK_BYTES_MAX {
                    return Err(Broken);
                }
                block.extend_from_slice(frame.payload);
                self.gather(frame, end, block)
            }
            DATA => self.data(frame),
            RST_STREAM => {
                frame.number().ok_or(Broken)?;
                if frame.stream == self.stream.id {
                    self.stream.over(Stop::Reset.end(self.stream.any));
                }
                Ok(())
            }
            SETTINGS => self.settings(frame),
            PING if frame.payload.len() != 8 => Err(Broken),
            PING if frame.flags & ACK == 0 => {
                self.say.extend(write(PING, ACK, 0, frame.payload, None));
                Ok(())
            }
            GOAWAY => self.goaway(frame),
            WINDOW_UPDATE => self.window_update(frame),
            PUSH_PROMISE => Err(Broken),
            // PRIORITY changes nothing here, and unknown kinds are ignored (RFC 9113 §4.1).
            _ => Ok(()),
        }
    }

    /// A header block as far as it came.
    fn gather(&mut self, frame: &Frame<'_>, end: bool, block: Vec<u8>) -> Result<(), Broken> {
        if frame.flags & END_HEADERS == 0 {
            self.block = Some((frame.stream, end, block));
            return Ok(());
        }
        // Blocks of streams that nobody waits for are part of the compression all the same.
        let fields = self.decoder.decode(&block).ok_or(Broken)?;
        if frame.stream == self.stream.id && !self.is_over() {
            self.stream.headers(&fields, end);
        }
        Ok(())
    }

    fn data(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let content = frame.content().ok_or(Broken)?;
        let is_last = frame.flags & END_STREAM != 0;
        // What has come is taken at once, so that there is room for as much again (padding counts, RFC 9113 §6.9.1).
        if let Some(bytes) = u32::try_from(frame.payload.len()).ok().filter(|bytes| *bytes > 0) {
            self.say.extend(write(WINDOW_UPDATE, 0, 0, &bytes.to_be_bytes(), None));
            if !is_last && frame.stream == self.stream.id {
                self.say.extend(write(WINDOW_UPDATE, 0, frame.stream, &bytes.to_be_bytes(), None));
            }
        }
        if frame.stream == self.stream.id && !self.is_over() {
            self.stream.content(content, is_last);
        }
        Ok(())
    }

    fn settings(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        if frame.flags & ACK != 0 {
            return Ok(());
        }
        for (id, value) in frame.settings().ok_or(Broken)? {
            if id == SETTINGS_INITIAL_WINDOW_SIZE {
                // A stream that is open already is moved by the difference (RFC 9113 §6.9.2).
                self.stream.window += i64::from(value) - self.stream_window;
                self.stream_window = i64::from(value);
            }
        }
        self.say.extend(write(SETTINGS, ACK, 0, &[], None));
        self.send_body();
        Ok(())
    }

    fn window_update(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let more = i64::from(frame.number().ok_or(Broken)? & 0x7fff_ffff);
        if frame.stream == 0 {
            self.window = self.window.saturating_add(more);
        } else if frame.stream == self.stream.id {
            self.stream.window = self.stream.window.saturating_add(more);
        }
        self.send_body();
        Ok(())
    }

    /// The other side makes no more streams, and has seen none above the one that it names (RFC 9113 §6.8).
    fn goaway(&mut self, frame: &Frame<'_>) -> Result<(), Broken> {
        let last = frame.payload.first_chunk::<4>().ok_or(Broken)?;
        self.leaves = true;
        if u32::from_be_bytes(*last) & 0x7fff_ffff < self.stream.id {
            self.stream.over(End::Nothing);
        }
        Ok(())
    }

    /// As much of the body as the windows allow.
    fn send_body(&mut self) {
        while let Some(left) = self.stream.unsent {
            let room = usize::try_from(self.window.min(self.stream.window)).unwrap_or(0);
            let bytes = left.min(room).min(PAYLOAD_MAX);
            if bytes == 0 || self.is_over() {
                return;
            }
            let is_last = bytes == left;
            let flags = if is_last { END_STREAM } else { 0 };
            self.say.extend(write(DATA, flags, self.stream.id, &vec![b'x'; bytes], None));
            // A frame's payload fits into any number.
            let spent = i64::try_from(bytes).unwrap_or(i64::MAX);
            self.window -= spent;
            self.stream.window -= spent;
            self.stream.unsent = (!is_last).then_some(left - bytes);
        }
    }
}

/// Reads bytes as what a server sends, for [`crate::hostile`].
pub(super) fn read_any(bytes: &[u8]) {
    let mut asking = Asking::default();
    let fields = [(":method", "POST"), (":path", "/")];
    asking.ask(&Question { fields: &fields, body_bytes: 100_000, head: false });
    // In pieces, as the network delivers them.
    for piece in bytes.chunks(7) {
        asking.feed(piece);
    }
    let _ = asking.finish(Stop::InOrder);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observation::Front;

    const OK: [(&str, &str); 2] = [(":status", "200"), ("content-length", "3")];

    fn asked(body_bytes: usize, head: bool) -> Asking {
        let mut asking = Asking::default();
        let fields = [(":method", "GET"), (":path", "/")];
        asking.ask(&Question { fields: &fields, body_bytes, head });
        asking
    }

    fn headers(flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
        write(HEADERS, END_HEADERS | flags, 1, &encode(fields.iter().copied()), None)
    }

    fn answered(frames: &[Vec<u8>]) -> Reply {
        let mut asking = asked(0, false);
        asking.feed(&frames.concat());
        asking.finish(Stop::InOrder)
    }

    #[test]
    fn every_way_to_end_is_told_apart() {
        let data = |flags, text: &[u8]| write(DATA, flags, 1, text, None);
        let reset = || write(RST_STREAM, 0, 1, &[0, 0, 0, 2], None);
        let malformed = [(":status", "200"), ("transfer-encoding", "chunked")];
        for (frames, end) in [
            (vec![headers(0, &OK), data(END_STREAM, b"abc")], End::Complete),
            (vec![headers(0, &OK), data(0, b"abc"), headers(END_STREAM, &[("x-sum", "1")])], End::Complete),
            (vec![headers(0, &[(":status", "103")]), headers(END_STREAM, &OK[..1])], End::Complete),
            (vec![headers(0, &OK), data(END_STREAM, b"ab")], End::Unreadable),
            (vec![headers(END_STREAM, &malformed)], End::Unreadable),
            (vec![headers(END_STREAM, &[(":status", "103")])], End::Unreadable),
            (vec![headers(0, &OK), data(0, b"ab"), reset()], End::Reset),
            (vec![reset()], End::NothingReset),
            (vec![headers(0, &OK), data(0, b"ab")], End::Cut),
            (vec![], End::Nothing),
            (vec![super::super::frames::goaway(0, 0)], End::Nothing),
            (vec![super::super::frames::goaway(1, 0), headers(END_STREAM, &OK[..1])], End::Complete),
            (vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()], End::Unreadable),
        ] {
            assert_eq!(answered(&frames).end, end, "{frames:?}");
        }
    }

    #[test]
    fn an_answer_is_read_as_it_came() {
        let reply = answered(&[headers(0, &OK), write(DATA, END_STREAM, 1, b"abc", None)]);
        assert_eq!(
            (reply.status, reply.body.as_slice(), reply.front),
            (Some(200), &b"abc"[..], Front::Http2)
        );
        assert_eq!(reply.headers, [b"content-length: 3".to_vec()]);
        let mut asking = asked(0, true);
        asking.feed(&headers(END_STREAM, &OK));
        assert!(asking.keeps_alive());
        assert_eq!(
            asking.finish(Stop::InOrder).end,
            End::Complete,
            "the length is that of the answer to GET"
        );
    }

    #[test]
    fn a_body_waits_for_its_windows() {
        let mut asking = asked(70_000, false);
        asking.take_unsent();
        assert!(!asking.has_asked());
        asking.feed(&write(WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0], None));
        assert!(asking.take_unsent().is_empty(), "the stream's own window is spent");
        asking.feed(&write(SETTINGS, 0, 0, &[0, 4, 0, 2, 0, 0], None));
        assert!(asking.has_asked() && !asking.take_unsent().is_empty());
    }

    #[test]
    fn a_request_that_is_reset_half_sent_was_not_asked_whole() {
        let mut asking = asked(70_000, false);
        asking.take_unsent();
        asking.feed(&write(RST_STREAM, 0, 1, &[0, 0, 0, 8], None));
        assert!(asking.is_over() && !asking.has_asked());
        // Room that comes later is for no more of it.
        asking.feed(&write(WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0], None));
        asking.feed(&write(WINDOW_UPDATE, 0, 1, &[0, 1, 0, 0], None));
        assert!(!asking.has_asked() && asking.take_unsent().is_empty());
    }

    #[test]
    fn requests_follow_each_other_on_streams_of_their_own() {
        let mut asking = asked(0, false);
        asking.feed(&headers(END_STREAM, &OK[..1]));
        assert_eq!(asking.finish(Stop::InOrder).end, End::Complete);
        asking.take_unsent();
        asking.ask(&Question { fields: &[(":method", "GET")], body_bytes: 0, head: false });
        let said = asking.take_unsent();
        assert!(matches!(frame(&said), Parsed::Whole(Frame { kind: HEADERS, stream: 3, .. }, _)));
        // What still comes for the first is nobody's.
        asking.feed(&write(DATA, 0, 1, b"late", None));
        assert!(!asking.has_begun() && !asking.is_over());
    }

    proptest! {
        #[test]
        fn any_frames_are_taken(frames in proptest::collection::vec(
            (0u8..12, any::<u8>(), 0u32..4, proptest::collection::vec(any::<u8>(), 0..60)), 0..40,
        )) {
            let bytes: Vec<u8> = frames
                .iter()
                .flat_map(|(kind, flags, stream, payload)| write(*kind, *flags, *stream, payload, None))
                .collect();
            read_any(&bytes);
        }
    }
}
