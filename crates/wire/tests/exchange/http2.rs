//! HTTP/2: peers that write frames by hand, and one that does not.

use std::time::Duration;

use bytes::Bytes;
use goodgate_facts::{Errno, ErrorType, Phase};
use goodgate_wire::{BodyEnd, Failure, Fault, Framing, Limits, Request, Response, Retry, Version};
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

use crate::server::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status: 200` (RFC 7541 appendix A).
const STATUS_200: &[u8] = &[0x88];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A field without indexing, its name and value as they are (RFC 7541 section 6.2.2).
fn field(name: &str, value: &str) -> Vec<u8> {
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

fn status(code: u16) -> Vec<u8> {
    field(":status", &code.to_string())
}

fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

fn ok(stream: u32) -> Vec<u8> {
    let mut bytes = frame(HEADERS, END_HEADERS, stream, STATUS_200);
    bytes.extend(frame(DATA, END_STREAM, stream, b"body"));
    bytes
}

/// The server's preface, and everything up to the request; its stream is returned.
async fn begin(io: &mut Io, settings: &[u8]) -> u32 {
    io.say(frame(SETTINGS, 0, 0, settings)).await;
    assert_eq!(io.read(24).await, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    request(io).await
}

/// Reads frames up to the next request; its stream is returned.
async fn request(io: &mut Io) -> u32 {
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
enum Then {
    Stay,
    Close,
    Reset,
}

/// One exchange, answered with these bytes.
async fn answered(limits: &Limits, bytes: impl AsRef<[u8]>, then: Then) -> Result<Response, Failure> {
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

fn failed(response: Response) -> (Failure, Vec<u8>) {
    match response.end {
        BodyEnd::Failed(failure) => (failure, response.body),
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn a_response_and_another_on_the_same_connection() {
    play(
        Way::H2,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            let first = begin(&mut io, &[]).await;
            io.say(frame(HEADERS, END_HEADERS, first, &status(103))).await;
            io.say(frame(HEADERS, END_HEADERS, first, &[status(404), field("content-length", "4")].concat()))
                .await;
            io.say(frame(DATA, END_STREAM, first, b"body")).await;
            let second = request(&mut io).await;
            io.say(ok(second)).await;
            // We said that nothing may be pushed; the goodbye is a GOAWAY.
            let mut kinds = Vec::new();
            while kinds.last() != Some(&GOAWAY) {
                let head = io.read(9).await;
                io.read(usize::from(head[2])).await;
                kinds.push(head[3]);
            }
            io.stay().await;
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            assert_eq!((connection.version(), connection.reusable()), (Version::Http2, true));
            let response = connection.exchange(&get(), &patient()).await.unwrap();
            assert_eq!(
                (response.status, response.version, response.end),
                (404, Version::Http2, BodyEnd::Complete)
            );
            assert_eq!((&*response.interim, &*response.body), (&[103][..], &b"body"[..]));
            assert_eq!(response.framing, Framing::Frames(Some(4)));
            assert_eq!(response.fields, [("content-length".to_owned(), b"4".to_vec())]);
            assert!(response.reusable && connection.reusable());
            let timings = response.timings;
            assert!([timings.send, timings.wait, timings.head, timings.body].iter().all(Option::is_some));
            let response = connection.exchange(&get(), &patient()).await.unwrap();
            assert_eq!((response.status, &*response.body), (200, &b"body"[..]));
            assert_eq!(response.received, ok(3).len() as u64);
            let limits = Limits { send: SHORT, ..patient() };
            connection.close(&limits).await;
            assert_eq!(
                tokio::runtime::Handle::current().metrics().num_alive_tasks(),
                0,
                "nothing is spawned"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_real_server_and_a_body_larger_than_the_window() {
    const SIZE: usize = 900_000;
    play(
        Way::H2,
        async |listener: Listener| {
            let io = listener.accept().await.into_stream();
            let mut server = h2::server::handshake(io).await.unwrap();
            let mut bodies = Vec::new();
            while let Some(request) = server.accept().await {
                let (request, mut respond) = request.unwrap();
                assert_eq!((request.uri().path(), request.uri().query()), ("/a", Some("b")));
                assert_eq!(request.uri().authority().unwrap().as_str(), "localhost");
                let mut body = respond.send_response(http::Response::new(()), false).unwrap();
                body.send_data(Bytes::from(vec![b'y'; SIZE]), true).unwrap();
                bodies.push(body);
            }
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            for _ in 0..2 {
                let response = connection.exchange(&get(), &patient()).await.unwrap();
                assert_eq!((response.status, response.body.len()), (200, SIZE));
                assert_eq!((response.end, response.reusable), (BodyEnd::Complete, true));
            }
            // Half of it is enough for us, and the connection lives on.
            for limit in [SIZE / 2, SIZE] {
                let limits = Limits { body_bytes: limit, ..patient() };
                let response = connection.exchange(&get(), &limits).await.unwrap();
                let end = if limit < SIZE { BodyEnd::Limit } else { BodyEnd::Complete };
                assert_eq!((response.end, response.body.len(), response.reusable), (end, limit, true));
            }
        },
    )
    .await;
}

#[tokio::test]
async fn streams_and_connections_that_the_peer_ends() {
    let (safe, perhaps) = (Retry::Safe, Retry::IfIdempotent);
    for (said, then, fault, retry) in [
        // REFUSED_STREAM: not processed (RFC 9113 section 8.7).
        (reset(1, 7), Then::Stay, Fault::Http2StreamReset(7), safe),
        (reset(1, 2), Then::Stay, Fault::Http2StreamReset(2), perhaps),
        (reset(1, 8), Then::Stay, Fault::Http2StreamReset(8), perhaps),
        (reset(1, 13), Then::Close, Fault::Http2StreamReset(13), perhaps),
        // Streams beyond the last one were not processed (section 6.8).
        (goaway(0, 0), Then::Stay, Fault::Http2GoAway(0), safe),
        (goaway(0, 0), Then::Close, Fault::Http2GoAway(0), safe),
        (goaway(0, 11), Then::Close, Fault::Http2GoAway(11), safe),
        (goaway(1, 11), Then::Close, Fault::Http2GoAway(11), perhaps),
        (goaway(1, 2), Then::Close, Fault::Http2GoAway(2), perhaps),
        // The peer says that we broke the protocol.
        (goaway(1, 1), Then::Close, Fault::Http2Protocol(1), perhaps),
        // It promised to answer, and went.
        (goaway(1, 0), Then::Close, Fault::ClosedBeforeResponse, perhaps),
        (vec![], Then::Close, Fault::ClosedBeforeResponse, perhaps),
        (vec![], Then::Reset, Fault::ResetBeforeResponse, perhaps),
    ] {
        let failure = answered(&patient(), &said, then).await.unwrap_err();
        assert_eq!((failure.fault, failure.retry), (fault, retry), "{said:?} {then:?}");
        assert_eq!((failure.phase, failure.received), (Phase::Wait, 0));
        assert!(failure.sent > 9 && failure.began.is_empty());
        let errno = matches!(then, Then::Reset).then_some(Errno(104));
        assert_eq!(failure.errno, errno);
    }
}

#[tokio::test]
async fn heads_that_do_not_come_to_an_end() {
    let cut = frame(HEADERS, 0, 1, STATUS_200);
    for (then, fault, errno) in [
        (Then::Close, Fault::ClosedInHead, None),
        (Then::Reset, Fault::ResetInHead, Some(Errno(104))),
        (Then::Stay, Fault::HeadTimedOut, None),
    ] {
        let head = if matches!(then, Then::Stay) { SHORT } else { patient().head };
        let failure = answered(&Limits { head, ..patient() }, &cut, then).await.unwrap_err();
        let expected = (fault, Phase::Head, Retry::IfIdempotent);
        assert_eq!((failure.fault, failure.phase, failure.retry), expected);
        assert_eq!((failure.errno, failure.received), (errno, cut.len() as u64));
    }
}

/// One exchange, answered with `first` and then with `again` for ever.
async fn endlessly(limits: &Limits, first: Vec<u8>, again: Vec<u8>) -> Result<Response, Failure> {
    once(Way::H2, &get(), limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        begin(&mut io, &[]).await;
        io.say(first).await;
        while io.say(&again).await {}
    })
    .await
}

#[tokio::test]
async fn heads_that_are_too_big() {
    let begun = frame(HEADERS, 0, 1, STATUS_200);
    let limits = Limits { head_bytes: 20_000, ..patient() };
    // CONTINUATION without end: with content, with nothing, and one field that never ends.
    for again in [
        frame(CONTINUATION, 0, 1, &field("x", &"y".repeat(900))),
        frame(CONTINUATION, 0, 1, &[]),
        frame(CONTINUATION, 0, 1, &[b'y'; 900]),
    ] {
        let mut first = begun.clone();
        if again.last() == Some(&b'y') && again.len() == 909 && again[9] == b'y' {
            first = frame(HEADERS, 0, 1, &[STATUS_200, &field("x", &"y".repeat(9_000_000))[..20]].concat());
        }
        let failure = endlessly(&limits, first, again).await.unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::HeadTooBig, Phase::Head));
        assert_eq!(failure.error_type(), ErrorType::HttpResponseHeaderSectionSize);
    }
    // Complete, but beyond a limit: of one field, of all together, of their number.
    let one = field("x", &"y".repeat(2000));
    for (limits, fault) in [
        (Limits { field_bytes: 1000, ..patient() }, Fault::FieldTooBig),
        (Limits { head_bytes: 1500, ..patient() }, Fault::HeadTooBig),
        (Limits { head_bytes: 500, ..patient() }, Fault::HeadTooBig),
        (Limits { fields: 0, ..patient() }, Fault::HeadTooBig),
    ] {
        let head = frame(HEADERS, END_HEADERS, 1, &[STATUS_200, &one].concat());
        let failure = answered(&limits, &head, Then::Stay).await.unwrap_err();
        let expected = (fault, Phase::Head, Retry::IfIdempotent);
        assert_eq!((failure.fault, failure.phase, failure.retry), expected);
    }
}

#[tokio::test]
async fn a_status_code_that_is_none() {
    let failure = answered(&patient(), frame(HEADERS, END_HEADERS, 1, &status(600)), Then::Stay).await;
    let failure = failure.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::StatusCodeInvalid, Phase::Head));
    for wrong in ["99", "2000", "ok"] {
        let head = frame(HEADERS, END_HEADERS, 1, &field(":status", wrong));
        let failure = answered(&patient(), head, Then::Stay).await.unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::Http2Protocol(1), Phase::Head), "{wrong}");
    }
}

#[tokio::test]
async fn interim_responses_have_an_end() {
    let early = frame(HEADERS, END_HEADERS, 1, &status(103));
    let failure = endlessly(&patient(), vec![], early.clone()).await.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::InterimEndless, Phase::Head));

    let failure = answered(&patient(), frame(HEADERS, END_HEADERS, 1, &status(101)), Then::Stay).await;
    assert_eq!(failure.unwrap_err().fault, Fault::UpgradeUnasked);

    let limits = Limits { wait: SHORT, ..patient() };
    let failure = answered(&limits, early, Then::Stay).await.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::WaitTimedOut, Phase::Wait));
}

#[tokio::test]
async fn silence_is_bounded_however_much_is_said() {
    let limits = Limits { wait: SHORT, ..patient() };
    for again in [frame(PING, 0, 0, &[0; 8]), frame(SETTINGS, 0, 0, &[]), frame(0xee, 0, 0, b"unknown")] {
        let failure = once(Way::H2, &get(), &limits, async |listener: Listener| {
            let mut io = listener.accept().await;
            begin(&mut io, &[]).await;
            while io.say(&again).await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::WaitTimedOut, Phase::Wait));
        assert_eq!((failure.received, failure.retry), (0, Retry::IfIdempotent));
        assert!(failure.after >= SHORT);
    }
}

#[tokio::test]
async fn a_flood_of_frames_does_not_outlast_the_timers() {
    let limits = Limits { wait: SHORT, ..patient() };
    for again in [frame(PING, 0, 0, &[0; 8]), frame(0xee, 0, 0, b"unknown")] {
        let failure = endlessly(&limits, vec![], again.repeat(100)).await.unwrap_err();
        assert!(
            matches!(failure.fault, Fault::WaitTimedOut | Fault::Http2Protocol(_)),
            "{:?} after {:?}",
            failure.fault,
            failure.after
        );
    }
}

#[tokio::test]
async fn peers_that_do_not_speak_http2_after_all() {
    for said in [
        &b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..],
        b"HTTP/1.1 4",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"garbage",
        // A HEADERS frame before SETTINGS (RFC 9113 section 3.4).
        b"\0\0\x01\x01\x05\0\0\0\x01\x88",
    ] {
        let failure = once(Way::H2, &get(), &patient(), async |listener: Listener| {
            let mut io = listener.accept().await;
            io.read(24).await;
            request(&mut io).await;
            io.say(said).await;
            io.close().await;
        })
        .await
        .unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::Http2Protocol(1), Phase::Wait), "{said:?}");
        assert_eq!((&*failure.began, failure.received), (said, said.len() as u64));
        assert_eq!(failure.error_type(), ErrorType::HttpProtocolError);
    }
}

#[tokio::test]
async fn broken_frames_are_typed() {
    for (said, code) in [
        // DATA on stream 0, an unasked CONTINUATION, HPACK that is none, a length that a PING cannot have (which
        // ought to be FRAME_SIZE_ERROR, 6; the library's word).
        (frame(DATA, 0, 0, b"x"), 1),
        (frame(CONTINUATION, END_HEADERS, 1, b"x"), 1),
        (frame(HEADERS, END_HEADERS, 1, &[0xff; 12]), 1),
        (frame(PING, 0, 0, b"x"), 1),
        // A response without a status, and a connection field (section 8.2.2).
        (frame(HEADERS, END_HEADERS, 1, &field("x", "y")), 1),
        (frame(HEADERS, END_HEADERS, 1, &[STATUS_200, &field("connection", "close")].concat()), 1),
    ] {
        let failure = answered(&patient(), &said, Then::Stay).await.unwrap_err();
        let Fault::Http2Protocol(found) = failure.fault else { panic!("{:?} {said:?}", failure.fault) };
        assert_eq!(found, code, "{said:?}");
        assert!(failure.phase >= Phase::Wait);
    }
}

#[tokio::test]
async fn bodies_that_end_early() {
    let head = frame(HEADERS, END_HEADERS, 1, &[STATUS_200, &field("content-length", "9")].concat());
    let part = [head.clone(), frame(DATA, 0, 1, b"body")].concat();
    for (more, then, fault, errno) in [
        (vec![], Then::Close, Fault::BodyClosed, None),
        (vec![], Then::Reset, Fault::BodyReset, Some(Errno(104))),
        (reset(1, 2), Then::Stay, Fault::Http2StreamReset(2), None),
        (goaway(1, 2), Then::Close, Fault::Http2GoAway(2), None),
        // Fewer bytes than were announced (RFC 9113 section 8.1.1).
        (frame(DATA, END_STREAM, 1, b""), Then::Stay, Fault::Http2Protocol(1), None),
    ] {
        let said = [part.clone(), more].concat();
        let (failure, body) = failed(answered(&patient(), &said, then).await.unwrap());
        assert_eq!(
            (failure.fault, failure.phase, failure.retry),
            (fault, Phase::Body, Retry::No),
            "{then:?}"
        );
        assert_eq!((failure.errno, &*body), (errno, &b"body"[..]));
        let broken = matches!(fault, Fault::Http2Protocol(_));
        let error = if broken { ErrorType::HttpProtocolError } else { ErrorType::HttpResponseIncomplete };
        assert_eq!(failure.error_type(), error);
        assert!(failure.received >= part.len() as u64);
    }
}

#[tokio::test]
async fn bodies_that_take_too_long_or_never_end() {
    let limits = Limits { body_gap: SHORT, ..patient() };
    let said = [frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, 0, 1, b"body")].concat();
    let (failure, body) = failed(answered(&limits, &said, Then::Stay).await.unwrap());
    assert_eq!((failure.fault, failure.phase, &*body), (Fault::BodyTimedOut, Phase::Body, &b"body"[..]));

    let limits = Limits { body: SHORT, ..patient() };
    let response = once(Way::H2, &get(), &limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        begin(&mut io, &[]).await;
        io.say(frame(HEADERS, END_HEADERS, 1, STATUS_200)).await;
        while io.say(frame(DATA, 0, 1, b"y")).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let (failure, body) = failed(response);
    assert_eq!((failure.fault, failure.phase), (Fault::ResponseTimedOut, Phase::Body));
    assert!(!body.is_empty());

    let limits = Limits { body_bytes: 30_000, ..patient() };
    let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
    let response = endlessly(&limits, head, frame(DATA, 0, 1, &[b'y'; 4000])).await.unwrap();
    assert_eq!((response.end, response.body.len()), (BodyEnd::Limit, 30_000));

    // A body of empty frames is no body.
    let limits = Limits { body_gap: SHORT, ..patient() };
    let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
    let (failure, _) = failed(endlessly(&limits, head, frame(DATA, 0, 1, &[])).await.unwrap());
    assert!(matches!(failure.fault, Fault::BodyTimedOut | Fault::Http2Protocol(_)), "{:?}", failure.fault);
}

/// SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 section 6.5.2).
fn streams(most: u8) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, most])
}

#[tokio::test]
async fn a_stream_that_may_not_be_opened_is_not_sent_later_either() {
    let (given_up, told) = oneshot::channel();
    let (raised, again) = oneshot::channel();
    let (came, kinds) = oneshot::channel();
    play(
        Way::H2,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            let stream = begin(&mut io, &[]).await;
            io.say([streams(0), ok(stream)].concat()).await;
            told.await.unwrap();
            io.say(streams(100)).await;
            raised.send(()).unwrap();
            let mut kinds = Vec::new();
            let mut stream = io.into_stream();
            let mut head = [0; 9];
            while stream.read_exact(&mut head).await.is_ok() {
                kinds.push(head[3]);
                let mut payload = vec![0; usize::from(head[2])];
                stream.read_exact(&mut payload).await.unwrap();
            }
            came.send(kinds).unwrap();
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            connection.exchange(&get(), &patient()).await.unwrap();
            let limits = Limits { send: SHORT, ..patient() };
            let failure = connection.exchange(&get(), &limits).await.unwrap_err();
            assert_eq!((failure.fault, failure.phase), (Fault::SendTimedOut, Phase::Send));
            assert_eq!((failure.retry, failure.sent), (Retry::Safe, 0));
            assert!(!connection.reusable());
            given_up.send(()).unwrap();
            again.await.unwrap();
            let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
            assert_eq!((failure.fault, failure.retry), (Fault::ClosedBeforeResponse, Retry::Safe));
            connection.close(&patient()).await;
            assert!(!kinds.await.unwrap().contains(&HEADERS));
        },
    )
    .await;
}

#[tokio::test]
async fn a_connection_on_which_nobody_answered_is_not_used_again() {
    let part = [frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, 0, 1, b"body")].concat();
    let limits = Limits { wait: SHORT, head: SHORT, body_gap: SHORT, ..patient() };
    for said in [vec![], frame(HEADERS, 0, 1, STATUS_200), part] {
        play(
            Way::H2,
            async |listener: Listener| {
                let mut io = listener.accept().await;
                begin(&mut io, &[]).await;
                io.say(&said).await;
                io.stay().await;
            },
            async |place: Place| {
                let mut connection = place.open(&patient()).await.connection.unwrap();
                let result = connection.exchange(&get(), &limits).await;
                let failure = result.map_or_else(|failure| failure, |response| failed(response).0);
                assert_eq!(failure.error_type(), ErrorType::ConnectionReadTimeout);
                assert!(!connection.reusable());
                let failure = connection.exchange(&get(), &limits).await.unwrap_err();
                assert_eq!((failure.retry, failure.sent), (Retry::Safe, 0));
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_idle_connection_that_is_gone_was_asked_nothing() {
    for (said, close, fault) in [
        (vec![], true, Fault::ClosedBeforeResponse),
        (goaway(1, 0), false, Fault::Http2GoAway(0)),
        (goaway(1, 0), true, Fault::Http2GoAway(0)),
        (goaway(1, 11), true, Fault::Http2GoAway(11)),
    ] {
        let (done, gone) = oneshot::channel();
        play(
            Way::H2,
            async |listener: Listener| {
                let mut io = listener.accept().await;
                let stream = begin(&mut io, &[]).await;
                io.say(ok(stream)).await;
                io.say(&said).await;
                if close {
                    io.close().await;
                    done.send(()).unwrap();
                } else {
                    done.send(()).unwrap();
                    io.stay().await;
                }
            },
            async |place: Place| {
                let mut connection = place.open(&patient()).await.connection.unwrap();
                connection.exchange(&get(), &patient()).await.unwrap();
                gone.await.unwrap();
                let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                assert_eq!((failure.fault, failure.phase), (fault, Phase::Send));
                assert_eq!((failure.retry, failure.sent, failure.errno), (Retry::Safe, 0, None));
                assert!(!connection.reusable());
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_exchange_given_up_half_way_leaves_the_connection_usable() {
    play(
        Way::H2,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            begin(&mut io, &[]).await;
            let second = request(&mut io).await;
            io.say(ok(second)).await;
            io.stay().await;
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            let given_up = tokio::time::timeout(SHORT, connection.exchange(&get(), &patient())).await;
            assert!(given_up.is_err() && connection.reusable());
            let response = connection.exchange(&get(), &patient()).await.unwrap();
            assert_eq!((response.status, response.end), (200, BodyEnd::Complete));
        },
    )
    .await;
}

#[tokio::test]
async fn head_requests_have_no_body() {
    let request = Request { method: "HEAD", ..get() };
    let response = once(Way::H2, &request, &patient(), async |listener: Listener| {
        let mut io = listener.accept().await;
        let stream = begin(&mut io, &[]).await;
        let head = [STATUS_200, &field("content-length", "4")].concat();
        io.say(frame(HEADERS, END_HEADERS | END_STREAM, stream, &head)).await;
        io.stay().await;
    })
    .await
    .unwrap();
    assert_eq!((response.end, response.body.len()), (BodyEnd::Complete, 0));
}

#[tokio::test]
async fn trailers_end_the_body_or_break_it() {
    let head = [frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, 0, 1, b"body")].concat();
    let last = END_HEADERS | END_STREAM;
    let good = [head.clone(), frame(HEADERS, last, 1, &field("x", "y"))].concat();
    let response = answered(&patient(), good, Then::Stay).await.unwrap();
    assert_eq!((response.end, &*response.body), (BodyEnd::Complete, &b"body"[..]));

    let begun = [head.clone(), frame(HEADERS, END_STREAM, 1, &[])].concat();
    let again = frame(CONTINUATION, 0, 1, &field("x", &"y".repeat(900)));
    let (endless, _) = failed(endlessly(&patient(), begun, again).await.unwrap());
    // Trailers that do not end the stream (RFC 9113 section 8.1).
    let more = [head.clone(), frame(HEADERS, END_HEADERS, 1, &field("x", "y"))].concat();
    let (unended, _) = failed(answered(&patient(), more, Then::Stay).await.unwrap());
    for (failure, fault) in [(endless, Fault::TrailersTooBig), (unended, Fault::Http2Protocol(1))] {
        assert_eq!((failure.fault, failure.phase, failure.retry), (fault, Phase::Body, Retry::No));
    }
}

#[tokio::test]
async fn limits_without_end_are_none() {
    let never = Duration::MAX;
    let limits = Limits { connect: never, tls: never, send: never, wait: never, head: never, ..patient() };
    let limits = Limits { body: never, body_gap: never, ..limits };
    assert_eq!(answered(&limits, ok(1), Then::Stay).await.unwrap().end, BodyEnd::Complete);
}
