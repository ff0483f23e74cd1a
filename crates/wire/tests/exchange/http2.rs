//! HTTP/2: whole exchanges, and the ways in which a peer breaks them.

use bytes::Bytes;
use goodgate_facts::{Errno, ErrorType, Phase};
use goodgate_wire::{BodyEnd, Fault, Framing, Limits, Request, Retry, Version};
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

use crate::frames::*;
use crate::server::*;

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
        let failure = played(&patient(), &said, then).await.unwrap_err();
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
        let failure = played(&Limits { head, ..patient() }, &cut, then).await.unwrap_err();
        let expected = (fault, Phase::Head, Retry::IfIdempotent);
        assert_eq!((failure.fault, failure.phase, failure.retry), expected);
        assert_eq!((failure.errno, failure.received), (errno, cut.len() as u64));
    }
}

#[tokio::test]
async fn a_status_code_that_is_none() {
    let failure = played(&patient(), frame(HEADERS, END_HEADERS, 1, &status(600)), Then::Stay).await;
    let failure = failure.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::StatusCodeInvalid, Phase::Head));
    for wrong in ["99", "2000", "ok"] {
        let head = frame(HEADERS, END_HEADERS, 1, &field(":status", wrong));
        let failure = played(&patient(), head, Then::Stay).await.unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::Http2Protocol(1), Phase::Head), "{wrong}");
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
        let failure = played(&patient(), &said, Then::Stay).await.unwrap_err();
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
        let (failure, body) = failed(played(&patient(), &said, then).await.unwrap());
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
    let response = played(&patient(), good, Then::Stay).await.unwrap();
    assert_eq!((response.end, &*response.body), (BodyEnd::Complete, &b"body"[..]));

    let begun = [head.clone(), frame(HEADERS, END_STREAM, 1, &[])].concat();
    let again = frame(CONTINUATION, 0, 1, &field("x", &"y".repeat(900)));
    let (endless, _) = failed(endlessly(&patient(), begun, again).await.unwrap());
    // Trailers that do not end the stream (RFC 9113 section 8.1).
    let more = [head.clone(), frame(HEADERS, END_HEADERS, 1, &field("x", "y"))].concat();
    let (unended, _) = failed(played(&patient(), more, Then::Stay).await.unwrap());
    for (failure, fault) in [(endless, Fault::TrailersTooBig), (unended, Fault::Http2Protocol(1))] {
        assert_eq!((failure.fault, failure.phase, failure.retry), (fault, Phase::Body, Retry::No));
    }
}
