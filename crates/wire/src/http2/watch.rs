//! What passed on an HTTP/2 connection, seen between the library and the socket.
//!
//! The crate `h2` says what a response is, but not when its first byte came, whether the request had gone out, how the
//! socket ended or what stood at the beginning of something that is not HTTP/2. Frame heads (RFC 9113 section 4.1) are
//! enough to know all of that; no payload is interpreted here but that of GOAWAY.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use goodgate_facts::Phase;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::Failure;
use crate::connection::{Cut, Duplex};

/// The client's part of the connection preface (RFC 9113 section 3.4), which stands before the first frame.
const PREFACE_BYTES: usize = 24;
/// Bytes of a frame's head (RFC 9113 section 4.1).
const HEAD_BYTES: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;
const CONTINUATION: u8 = 0x9;
const END_HEADERS: u8 = 0x4;

/// What a GOAWAY frame says (RFC 9113 section 6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GoAway {
    /// The last stream that the peer may have processed.
    pub(super) last_stream: u32,
    /// The error code.
    pub(super) code: u32,
}

/// What is known of a connection and of the exchange that is under way on it.
#[derive(Debug)]
pub(super) struct Watch {
    inbound: Frames,
    outbound: Frames,
    stream: u32,
    goaway_bytes: Vec<u8>,
    /// The first bytes that the peer ever sent.
    pub(super) began: Vec<u8>,
    /// All bytes that came on this connection.
    pub(super) came: u64,
    /// The last GOAWAY.
    pub(super) goaway: Option<GoAway>,
    /// How the peer's bytes ended, where they did.
    pub(super) cut: Option<Cut>,
    /// How writing ended, where it did.
    pub(super) broken: Option<Cut>,
    /// Bytes of this exchange's frames that went out.
    pub(super) sent: u64,
    /// Bytes of this exchange's frames that came.
    pub(super) received: u64,
    /// Bytes of the header block that came last or is coming.
    pub(super) head_bytes: usize,
    /// Header blocks that began in this exchange: interim responses, the response, the trailers.
    pub(super) heads: u32,
    /// How many of them were interim responses that are dealt with.
    pub(super) interim: u32,
    /// When the last of them began.
    pub(super) head_at: Option<Instant>,
    /// Whether the last byte of the request was written, if not yet flushed.
    written: bool,
    /// When the last byte of the request went out.
    pub(super) sent_at: Option<Instant>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            inbound: Frames::new(0),
            outbound: Frames::new(PREFACE_BYTES),
            stream: 0,
            goaway_bytes: Vec::new(),
            began: Vec::new(),
            came: 0,
            goaway: None,
            cut: None,
            broken: None,
            sent: 0,
            received: 0,
            head_bytes: 0,
            heads: 0,
            interim: 0,
            head_at: None,
            written: false,
            sent_at: None,
        }
    }

    /// A new exchange begins, whose stream has this number; 0 while it has none.
    pub(super) fn expect(&mut self, stream: u32) {
        self.stream = stream;
        (self.sent, self.received, self.head_bytes, self.heads, self.interim) = (0, 0, 0, 0, 0);
        (self.head_at, self.written, self.sent_at) = (None, false, None);
    }

    /// Whether what came is not HTTP/2: a server's first frame is SETTINGS on stream 0 (RFC 9113 section 3.4).
    pub(super) fn is_foreign(&self) -> bool {
        self.began.iter().take(HEAD_BYTES).enumerate().any(|(at, byte)| match at {
            3 => *byte != SETTINGS,
            // The highest bit is reserved (section 4.1).
            5 => *byte & 0x7f != 0,
            6..HEAD_BYTES => *byte != 0,
            _ => false,
        })
    }

    /// Whether a whole frame's head ever came.
    pub(super) fn has_frames(&self) -> bool {
        self.inbound.seen
    }

    /// Whether a GOAWAY says that nothing of this exchange was processed (RFC 9113 section 6.8): its stream is beyond
    /// the last one, or it has none yet.
    pub(super) fn is_unprocessed(&self, goaway: &GoAway) -> bool {
        self.stream == 0 || goaway.last_stream < self.stream
    }

    /// How the connection ended: by the first error of writing while the request was being sent, unless the peer said
    /// why it went.
    pub(super) fn end(&self, phase: Phase) -> Option<Cut> {
        match (self.cut, self.broken) {
            (Some(Cut::Tls(fault)), _) => Some(Cut::Tls(fault)),
            (cut, broken) if phase == Phase::Send => broken.or(cut),
            (cut, broken) => cut.map(|cut| cut.after(broken)).or(broken),
        }
    }

    fn read(&mut self, mut bytes: &[u8], now: Instant) {
        self.came += bytes.len() as u64;
        let room = Failure::BEGAN_BYTES.saturating_sub(self.began.len());
        self.began.extend_from_slice(&bytes[..bytes.len().min(room)]);
        while let Some(part) = self.inbound.next(&mut bytes) {
            match part.kind {
                GOAWAY => self.read_goaway(&part),
                HEADERS | CONTINUATION | DATA if part.stream == self.stream => self.read_response(&part, now),
                _ => {}
            }
        }
    }

    fn read_response(&mut self, part: &Part<'_>, now: Instant) {
        self.received += part.bytes();
        if part.kind == HEADERS && part.begins {
            self.heads = self.heads.saturating_add(1);
            self.head_at = Some(now);
            self.head_bytes = 0;
        }
        if part.kind != DATA {
            self.head_bytes = self.head_bytes.saturating_add(part.payload.len());
        }
    }

    fn read_goaway(&mut self, part: &Part<'_>) {
        if part.begins {
            self.goaway_bytes.clear();
        }
        let room = 8usize.saturating_sub(self.goaway_bytes.len());
        self.goaway_bytes.extend_from_slice(&part.payload[..part.payload.len().min(room)]);
        if let [a, b, c, d, e, f, g, h] = *self.goaway_bytes {
            // The highest bit is reserved (section 6.8).
            let last_stream = u32::from_be_bytes([a & 0x7f, b, c, d]);
            self.goaway = Some(GoAway { last_stream, code: u32::from_be_bytes([e, f, g, h]) });
        }
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while let Some(part) = self.outbound.next(&mut bytes) {
            if part.stream != self.stream || !matches!(part.kind, HEADERS | CONTINUATION | DATA) {
                continue;
            }
            self.sent += part.bytes();
            self.written |= part.ends && part.flags & END_HEADERS != 0;
        }
    }

    /// What was written went out: an encryption may have kept it until then.
    fn flushed(&mut self, now: Instant) {
        if self.written {
            self.sent_at.get_or_insert(now);
        }
    }
}

/// Finds the frames in a stream of bytes, however these are cut.
#[derive(Debug)]
struct Frames {
    skip: usize,
    head: [u8; HEAD_BYTES],
    have: usize,
    left: usize,
    /// Whether a frame's head was ever complete.
    seen: bool,
}

/// A frame's head (without payload) or a piece of its payload.
struct Part<'a> {
    kind: u8,
    flags: u8,
    stream: u32,
    begins: bool,
    ends: bool,
    payload: &'a [u8],
}

impl Part<'_> {
    fn bytes(&self) -> u64 {
        let head = if self.begins { HEAD_BYTES } else { 0 };
        (head + self.payload.len()) as u64
    }
}

impl Frames {
    fn new(skip: usize) -> Self {
        Self { skip, head: [0; HEAD_BYTES], have: 0, left: 0, seen: false }
    }

    fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Part<'a>> {
        let (_, rest) = bytes.split_at(self.skip.min(bytes.len()));
        self.skip -= bytes.len() - rest.len();
        *bytes = rest;
        if bytes.is_empty() {
            return None;
        }
        let begins = self.have < HEAD_BYTES;
        let wanted = if begins { HEAD_BYTES - self.have } else { self.left };
        let (piece, rest) = bytes.split_at(wanted.min(bytes.len()));
        *bytes = rest;
        let payload = if begins {
            self.head[self.have..self.have + piece.len()].copy_from_slice(piece);
            self.have += piece.len();
            if self.have < HEAD_BYTES {
                return None;
            }
            self.seen = true;
            let [a, b, c, ..] = self.head;
            self.left = u32::from_be_bytes([0, a, b, c]) as usize;
            &[]
        } else {
            self.left -= piece.len();
            piece
        };
        let ends = self.left == 0;
        if ends {
            self.have = 0;
        }
        let [_, _, _, kind, flags, w, x, y, z] = self.head;
        let stream = u32::from_be_bytes([w & 0x7f, x, y, z]);
        Some(Part { kind, flags, stream, begins, ends, payload })
    }
}

/// A stream that tells its watch what passes.
pub(super) struct Watched<S> {
    inner: S,
    watch: Arc<Mutex<Watch>>,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, watch: Arc<Mutex<Watch>>) -> Self {
        Self { inner, watch }
    }
}

/// The watch, whoever else held it: it is only written in steps that cannot fail half-way.
pub(super) fn look(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let result = std::task::ready!(Pin::new(&mut this.inner).poll_read(cx, buf));
        let mut watch = look(&this.watch);
        match &result {
            Ok(()) if buf.filled().len() == before && buf.remaining() > 0 => watch.cut = Some(Cut::Closed),
            Ok(()) => watch.read(&buf.filled()[before..], Instant::now()),
            Err(error) => watch.cut = Some(Cut::of(error)),
        }
        Poll::Ready(result)
    }
}

impl<S: Duplex> Watched<S> {
    /// After writing broke the rest is thrown away and reading goes on: what the peer said before it went (a GOAWAY, a
    /// whole response) is still to be read, and the library would not look at it.
    fn after_write<T>(&mut self, result: io::Result<T>, pretend: T) -> io::Result<T> {
        result.or_else(|error| {
            look(&self.watch).broken.get_or_insert(Cut::of(&error));
            Ok(pretend)
        })
    }

    fn is_broken(&self) -> bool {
        look(&self.watch).broken.is_some()
    }
}

impl<S: Duplex> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_broken() {
            return Poll::Ready(Ok(buf.len()));
        }
        let before = this.inner.taken();
        let result = std::task::ready!(Pin::new(&mut this.inner).poll_write(cx, buf));
        // Of a write that failed below an encryption a part may have gone out all the same.
        let went = match (&result, before, this.inner.taken()) {
            (Ok(count), ..) => *count,
            (Err(_), Some(before), Some(now)) => {
                usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
            }
            (Err(_), ..) => 0,
        };
        look(&this.watch).write(&buf[..went.min(buf.len())]);
        Poll::Ready(this.after_write(result, buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_broken() {
            return Poll::Ready(Ok(()));
        }
        let result = std::task::ready!(Pin::new(&mut this.inner).poll_flush(cx));
        if result.is_ok() {
            look(&this.watch).flushed(Instant::now());
        }
        Poll::Ready(this.after_write(result, ()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = std::task::ready!(Pin::new(&mut this.inner).poll_shutdown(cx));
        Poll::Ready(this.after_write(result, ()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn talk() -> Vec<u8> {
        let mut bytes = frame(SETTINGS, 0, 0, &[]);
        bytes.extend(frame(HEADERS, 0, 3, b"abc"));
        bytes.extend(frame(CONTINUATION, END_HEADERS, 3, b"de"));
        bytes.extend(frame(DATA, 0, 3, b"body"));
        bytes.extend(frame(GOAWAY, 0, 0, &[0x80, 0, 0, 3, 0, 0, 0, 11, b'x']));
        bytes
    }

    proptest! {
        #[test]
        fn any_cut_of_the_bytes_tells_the_same(cuts in proptest::collection::vec(0usize..80, 0..8)) {
            let bytes = talk();
            let mut watch = Watch::new();
            watch.expect(3);
            let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            ends.push(bytes.len());
            ends.sort_unstable();
            let mut at = 0;
            for end in ends {
                watch.read(&bytes[at..end], Instant::now());
                at = end;
            }
            prop_assert!(!watch.is_foreign());
            prop_assert_eq!((watch.received, watch.head_bytes, watch.heads), (27 + 9, 5, 1));
            prop_assert_eq!(watch.goaway, Some(GoAway { last_stream: 3, code: 11 }));
        }

        #[test]
        fn no_bytes_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let mut watch = Watch::new();
            for piece in pieces {
                watch.read(&piece, Instant::now());
                watch.write(&piece);
                watch.flushed(Instant::now());
            }
        }
    }

    #[test]
    fn a_request_is_sent_when_it_is_flushed() {
        let mut watch = Watch::new();
        watch.expect(1);
        watch.write(&[0; PREFACE_BYTES]);
        watch.write(&frame(HEADERS, 0, 1, b"abc"));
        watch.flushed(Instant::now());
        assert_eq!((watch.sent, watch.sent_at), (12, None), "the head goes on");
        watch.write(&frame(CONTINUATION, END_HEADERS, 1, b"de"));
        assert_eq!((watch.sent, watch.sent_at), (23, None), "an encryption may still hold it");
        watch.flushed(Instant::now());
        assert!(watch.sent_at.is_some());
    }

    /// An encryption whose socket took this much of what it then failed to write.
    struct Torn {
        takes: u64,
        taken: u64,
    }

    impl Duplex for Torn {
        fn taken(&self) -> Option<u64> {
            Some(self.taken)
        }
    }

    impl AsyncRead for Torn {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Torn {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            self.taken += self.takes;
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn what_went_out_before_a_write_failed_is_sent() {
        let bytes = [vec![0; PREFACE_BYTES], frame(HEADERS, END_HEADERS, 1, b"abcdef")].concat();
        // All of it beside what the encryption adds, a part of the frame, not even its head, nothing.
        for (takes, sent) in [(200, 15), (36, 12), (30, 0), (0, 0)] {
            let watch = Arc::new(Mutex::new(Watch::new()));
            look(&watch).expect(1);
            let mut stream = Watched::new(Torn { takes, taken: 500 }, watch.clone());
            let mut cx = Context::from_waker(std::task::Waker::noop());
            let written = Pin::new(&mut stream).poll_write(&mut cx, &bytes);
            assert!(matches!(written, Poll::Ready(Ok(count)) if count == bytes.len()));
            let watch = look(&watch);
            assert_eq!((watch.broken, watch.sent_at), (Some(Cut::Failed(None)), None));
            assert_eq!(watch.sent, sent, "{takes}");
        }
    }

    #[test]
    fn what_does_not_begin_with_settings_is_foreign() {
        for (bytes, foreign) in
            [(&b"HTTP/1.1 400"[..], true), (b"HTTP", true), (b"HTT", false), (&talk(), false)]
        {
            let mut watch = Watch::new();
            watch.read(bytes, Instant::now());
            assert_eq!(watch.is_foreign(), foreign);
            assert_eq!(watch.began, bytes[..bytes.len().min(64)]);
        }
    }
}
