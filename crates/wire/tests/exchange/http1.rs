//! HTTP/1.1, one exchange on a fresh connection.

use std::time::Duration;

use goodgate_facts::{Errno, ErrorType, Phase, Side};
use goodgate_wire::{
    BodyEnd, Failure, Fault, Framing, Limits, Peer, Request, Response, Retry, Version, open,
};

use crate::server::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 4\r\n\r\nbody";
const RESET: Option<Errno> = Some(Errno(104));

/// Bytes of the request that [`get`] becomes.
const SENT: u64 = "GET /a?b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: goodgate\r\n\r\n".len() as u64;

fn failed(response: Response) -> (Failure, Vec<u8>) {
    assert!(!response.reusable);
    match response.end {
        BodyEnd::Failed(failure) => (failure, response.body),
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn a_response_over_every_carrier() {
    for way in ALL {
        let response = answered(way, &patient(), OK).await.unwrap();
        assert_eq!(
            (response.status, response.version, &*response.reason),
            (200, Version::Http11, &b"OK"[..])
        );
        assert_eq!((response.framing, &*response.body), (Framing::Length(4), &b"body"[..]));
        assert_eq!((response.end, response.received), (BodyEnd::Complete, OK.len() as u64));
        assert_eq!((response.surplus, response.reusable), (0, true));
        let timings = response.timings;
        assert!([timings.send, timings.wait, timings.head, timings.body].iter().all(Option::is_some));
        assert_eq!((timings.connect, timings.tls), (None, None));
    }
}

#[tokio::test]
async fn the_request_as_it_was_asked_for() {
    play(
        Way::Plain,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            let request = io.request().await;
            io.say(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{request}", request.len())).await;
            io.stay().await;
        },
        async |place: Place| {
            let opened = place.open(&patient()).await;
            assert!(opened.timings.connect.is_some() && opened.timings.tls.is_none() && opened.tls.is_none());
            let mut connection = opened.connection.unwrap();
            let request = Request { keep_alive: false, ..get() };
            let response = connection.exchange(&request, &patient()).await.unwrap();
            let text = String::from_utf8(response.body).unwrap();
            assert_eq!(
                text,
                "GET /a?b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: goodgate\r\nConnection: close\r\n\r\n"
            );
            assert!(!response.reusable && !connection.reusable(), "we asked to close");
        },
    )
    .await;
}

#[tokio::test]
async fn closed_and_reset_before_a_response() {
    for way in ALL {
        let failure = answered(way, &patient(), b"").await.unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::ClosedBeforeResponse, Phase::Wait));
        assert_eq!((failure.sent, failure.received, failure.errno), (SENT, 0, None));
        assert_eq!((failure.retry, failure.side), (Retry::IfIdempotent, Side::Upstream));
        assert_eq!(failure.error_type(), ErrorType::ConnectionTerminated);

        let failure = once(way, &get(), &patient(), async |listener: Listener| {
            let mut io = listener.accept().await;
            // On a unix socket it is what was not read that makes a reset of the close.
            io.read(if way == Way::Unix { 1 } else { SENT as usize }).await;
            io.reset();
        })
        .await
        .unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::ResetBeforeResponse, Phase::Wait), "{way:?}");
        assert_eq!((failure.errno, failure.sent, failure.retry), (RESET, SENT, Retry::IfIdempotent));
    }
}

#[tokio::test]
async fn closed_and_reset_in_the_head() {
    for way in ALL {
        let failure = answered(way, &patient(), b"HTTP/1.1 200 OK\r\nSer").await.unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::ClosedInHead, Phase::Head));
        assert_eq!((failure.received, failure.retry), (20, Retry::IfIdempotent));
    }
    let failure = once(Way::Plain, &get(), &patient(), async |listener: Listener| {
        let mut io = listener.accept().await;
        io.request().await;
        io.say("HTTP/1.1 200 OK\r\nSer").await;
        io.reset();
    })
    .await
    .unwrap_err();
    assert_eq!((failure.fault, failure.phase, failure.errno), (Fault::ResetInHead, Phase::Head, RESET));
    assert_eq!(failure.received, 20);
}

#[tokio::test]
async fn silence_in_each_phase() {
    let waits = Limits { wait: SHORT, ..patient() };
    let heads = Limits { head: SHORT, ..patient() };
    let gaps = Limits { body_gap: SHORT, ..patient() };
    for (limits, said, fault, phase, retry) in [
        (&waits, &b""[..], Fault::WaitTimedOut, Phase::Wait, Retry::IfIdempotent),
        (&heads, b"HTTP/1.1 2", Fault::HeadTimedOut, Phase::Head, Retry::IfIdempotent),
        (&gaps, b"HTTP/1.1 200 OK\r\n\r\nbo", Fault::BodyTimedOut, Phase::Body, Retry::No),
        // An interim response is no sign that the final one has begun.
        (&waits, b"HTTP/1.1 103 Early Hints\r\n\r\n", Fault::WaitTimedOut, Phase::Wait, Retry::IfIdempotent),
    ] {
        let result = once(Way::Tls, &get(), limits, async |listener: Listener| {
            let mut io = listener.accept().await;
            io.request().await;
            io.say(said).await;
            io.stay().await;
        })
        .await;
        let failure = result.map_or_else(|failure| failure, |response| failed(response).0);
        assert_eq!((failure.fault, failure.phase, failure.retry), (fault, phase, retry));
        assert_eq!((failure.sent, failure.received), (SENT, said.len() as u64));
        assert!(failure.after >= SHORT, "{:?}", failure.after);
    }
}

/// Says these bytes one by one.
async fn drip(bytes: &'static [u8], every: Duration, limits: &Limits) -> Result<Response, Failure> {
    once(Way::Plain, &get(), limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        io.request().await;
        for byte in bytes {
            if !io.say([*byte]).await {
                return;
            }
            tokio::time::sleep(every).await;
        }
        io.stay().await;
    })
    .await
}

#[tokio::test]
async fn a_dripping_response_within_the_limits_is_read() {
    let response = drip(OK, Duration::from_millis(1), &patient()).await.unwrap();
    assert_eq!((&*response.body, response.end), (&b"body"[..], BodyEnd::Complete));
    assert!(response.timings.head.unwrap() > Duration::from_millis(40));
}

#[tokio::test]
async fn a_dripping_response_is_bounded_by_the_whole() {
    let limits = Limits { head: SHORT, ..patient() };
    let failure = drip(OK, Duration::from_millis(10), &limits).await.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::HeadTimedOut, Phase::Head));

    let limits = Limits { body: SHORT, ..patient() };
    let endless = b"HTTP/1.1 200 OK\r\n\r\nbody body body body body body body body body body body body body";
    let (failure, body) = failed(drip(endless, Duration::from_millis(10), &limits).await.unwrap());
    assert_eq!((failure.fault, failure.phase), (Fault::ResponseTimedOut, Phase::Body));
    assert_eq!(failure.error_type(), ErrorType::HttpResponseTimeout);
    assert!(body.starts_with(b"b") && failure.received < endless.len() as u64);
}

#[tokio::test]
async fn what_never_ends_meets_a_limit() {
    let limits = Limits { body_bytes: 100_000, ..patient() };
    for (first, again, fault) in [
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n".repeat(1000), Some(Fault::HeadTooBig)),
        ("HTTP/1.1 200 OK\r\nX: ", "y".repeat(4000), Some(Fault::FieldTooBig)),
        ("HTTP/1.1 200 ", "K".repeat(4000), Some(Fault::HeadTooBig)),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n".to_owned(), Some(Fault::InterimEndless)),
        ("HTTP/1.1 200 OK\r\n\r\n", "y".repeat(4000), None),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n".repeat(900), None),
    ] {
        let result = once(Way::Plain, &get(), &limits, async |listener: Listener| {
            let mut io = listener.accept().await;
            io.request().await;
            io.say(first).await;
            while io.say(&again).await {}
        })
        .await;
        match fault {
            Some(fault) => {
                let failure = result.unwrap_err();
                let expected = (fault, Phase::Head, Retry::IfIdempotent);
                assert_eq!((failure.fault, failure.phase, failure.retry), expected);
                assert!(failure.received <= limits.head_bytes as u64 + (16 << 10));
            }
            None => {
                let response = result.unwrap();
                assert_eq!((response.end, response.body.len()), (BodyEnd::Limit, limits.body_bytes));
                assert!(!response.reusable);
            }
        }
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_complete() {
    let limits = Limits { body_bytes: 4, ..patient() };
    let response = answered(Way::Plain, &limits, OK).await.unwrap();
    assert_eq!((&*response.body, response.end, response.reusable), (&b"body"[..], BodyEnd::Complete, true));
    let limits = Limits { body_bytes: 3, ..patient() };
    let response = answered(Way::Plain, &limits, OK).await.unwrap();
    assert_eq!((&*response.body, response.end, response.reusable), (&b"bod"[..], BodyEnd::Limit, false));
}

#[tokio::test]
async fn bodies_that_end_early() {
    for way in ALL {
        for said in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"[..],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
        ] {
            let (failure, body) = failed(answered(way, &patient(), said).await.unwrap());
            assert_eq!((failure.fault, failure.phase), (Fault::BodyClosed, Phase::Body));
            assert_eq!((failure.errno, failure.retry), (None, Retry::No));
            assert_eq!((&*body, failure.received), (&b"body"[..], said.len() as u64));
        }
        let said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nxyz\r\n";
        let (failure, _) = failed(answered(way, &patient(), said).await.unwrap());
        assert_eq!((failure.fault, &*failure.began), (Fault::ChunkInvalid, &b"xyz\r\n"[..]));
    }
}

#[tokio::test]
async fn a_body_until_close_ends_with_the_close_and_nothing_else() {
    let said = b"HTTP/1.0 200 OK\r\n\r\nbody";
    for way in ALL {
        let response = answered(way, &patient(), said).await.unwrap();
        assert_eq!((response.version, response.framing), (Version::Http10, Framing::UntilClose));
        assert_eq!((&*response.body, &response.end), (&b"body"[..], &BodyEnd::Complete));
        assert!(!response.reusable);
    }
    for way in [Way::Plain, Way::Tls] {
        let response = once(way, &get(), &patient(), async |listener: Listener| {
            let mut io = listener.accept().await;
            io.request().await;
            io.say(said).await;
            io.reset();
        })
        .await
        .unwrap();
        let (failure, body) = failed(response);
        assert_eq!((failure.fault, failure.errno, &*body), (Fault::BodyReset, RESET, &b"body"[..]));
    }
    // RFC 9112 section 9.8: without a close_notify it may have been cut by anybody.
    let response = once(Way::Tls, &get(), &patient(), async |listener: Listener| {
        let mut io = listener.accept().await;
        io.request().await;
        io.say(said).await;
        io.vanish();
    })
    .await
    .unwrap();
    let (failure, body) = failed(response);
    assert_eq!((failure.fault, failure.errno, &*body), (Fault::BodyClosed, None, &b"body"[..]));
}

#[tokio::test]
async fn other_protocols_show_how_they_began() {
    for (said, fault) in [
        (&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..], Fault::StatusLineInvalid),
        (b"HTTP/1.1 999 Odd\r\n\r\n", Fault::StatusCodeInvalid),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Fault::FieldInvalid),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Fault::UpgradeUnasked),
        // A fatal TLS alert: unexpected_message.
        (b"\x15\x03\x01\x00\x02\x02\x0a", Fault::PeerSpeaksTls),
    ] {
        let failure = answered(Way::Plain, &patient(), said).await.unwrap_err();
        let expected = (fault, Phase::Head, Retry::IfIdempotent);
        assert_eq!((failure.fault, failure.phase, failure.retry), expected);
        assert_eq!(failure.received, said.len() as u64);
        assert!(!failure.began.is_empty());
        let line = failure.began.strip_suffix(b"\r\n").unwrap_or(&failure.began);
        assert!(said.windows(line.len()).any(|part| part == line), "{:?}", failure.began);
    }
}

#[tokio::test]
async fn interim_responses_and_bytes_behind_the_end() {
    let said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 400";
    let response = answered(Way::Plain, &patient(), said).await.unwrap();
    assert_eq!((response.status, &*response.interim), (204, &[100, 103][..]));
    assert_eq!((response.end, response.surplus, response.reusable), (BodyEnd::Complete, 12, false));
    assert_eq!(response.received, said.len() as u64 - 12);

    let request = Request { method: "HEAD", ..get() };
    let response = once(Way::Plain, &request, &patient(), async |listener: Listener| {
        let mut io = listener.accept().await;
        io.request().await;
        io.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await;
        io.stay().await;
    })
    .await
    .unwrap();
    assert_eq!((response.framing, response.end, response.reusable), (Framing::None, BodyEnd::Complete, true));
}

/// A request that no socket buffer takes at once.
fn huge() -> Request {
    let fields = vec![("X-Big".to_owned(), "y".repeat(16 << 20))];
    Request { fields, ..get() }
}

#[tokio::test]
async fn a_response_before_the_request_was_taken() {
    const TOO_LARGE: &str = "HTTP/1.1 431 Too Large\r\nContent-Length: 4\r\n\r\nbody";
    for way in ALL {
        let response = once(way, &huge(), &patient(), async |listener: Listener| {
            let mut io = listener.accept().await;
            io.read(1000).await;
            io.say(TOO_LARGE).await;
            io.stay().await;
        })
        .await
        .unwrap();
        assert_eq!((response.status, &*response.body), (431, &b"body"[..]), "{way:?}");
        assert_eq!((response.end, response.reusable), (BodyEnd::Complete, false));
        assert!(response.timings.send.is_some() && response.timings.wait == Some(Duration::ZERO));
    }
    // The same, and the connection is reset over what was not read.
    let response = once(Way::Plain, &huge(), &patient(), async |listener: Listener| {
        let mut io = listener.accept().await;
        io.read(1000).await;
        io.say(TOO_LARGE).await;
        io.vanish();
    })
    .await
    .unwrap();
    assert_eq!((response.status, response.end), (431, BodyEnd::Complete));
}

#[tokio::test]
async fn a_request_that_is_not_taken() {
    let limits = Limits { send: SHORT, ..patient() };
    for way in ALL {
        let failure = once(way, &huge(), &limits, async |listener: Listener| {
            listener.accept().await.stay().await;
        })
        .await
        .unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::SendTimedOut, Phase::Send), "{way:?}");
        assert_eq!(failure.retry, Retry::IfIdempotent);
        assert!(failure.sent > 0 && failure.sent < 16 << 20, "{}", failure.sent);

        let failure = once(way, &huge(), &patient(), async |listener: Listener| {
            let mut io = listener.accept().await;
            io.read(1000).await;
            io.reset();
        })
        .await
        .unwrap_err();
        assert_eq!((failure.fault, failure.phase), (Fault::SendBroken, Phase::Send), "{way:?}");
        assert!(matches!(failure.errno, Some(Errno(32 | 104))), "{:?}", failure.errno);
        assert!(failure.sent > 0 && failure.retry == Retry::IfIdempotent);
    }
}

/// A peer on a thread of its own reads so fast that writing never waits; what is lost with the error is not unsent.
#[tokio::test]
async fn a_request_of_which_the_peer_read_something_is_never_safe_to_repeat() {
    const READ: usize = 200_000;
    let fields = vec![("X-Big".to_owned(), "y".repeat(2 << 20))];
    for way in [Way::Plain, Way::Tls, Way::H2] {
        for _ in 0..4 {
            let (peer, place) = reader(way, READ);
            let mut connection = place.open(&patient()).await.connection.unwrap();
            let request = Request { fields: fields.clone(), ..get() };
            let failure = connection.exchange(&request, &patient()).await.unwrap_err();
            peer.join().unwrap();
            assert_eq!(failure.retry, Retry::IfIdempotent, "{way:?} {failure:?}");
            assert!(failure.sent >= READ as u64, "{way:?} {failure:?}");
        }
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_written_is_not_sent() {
    let with = |name: &str, value: &str| Request { fields: vec![(name.into(), value.into())], ..get() };
    let requests = [
        Request { target: "/a\r\nX: y".into(), ..get() },
        Request { target: "/a#b".into(), ..get() },
        Request { target: "*".into(), ..get() },
        Request { authority: "user@localhost".into(), ..get() },
        with("X", " y"),
        with("X", "y\u{7f}"),
        with("Host", "other"),
        with("Content-Length", "5"),
    ];
    for (way, request) in [Way::Plain, Way::H2].iter().flat_map(|way| requests.iter().map(move |r| (*way, r)))
    {
        let failure = once(way, request, &patient(), async |listener: Listener| {
            listener.accept().await.stay().await;
        })
        .await
        .unwrap_err();
        assert_eq!(
            (failure.fault, failure.side),
            (Fault::RequestInvalid, Side::Gateway),
            "{way:?} {request:?}"
        );
        assert_eq!((failure.sent, failure.retry), (0, Retry::Safe));
    }
}

#[tokio::test]
async fn a_refused_client_certificate_is_an_alert_behind_the_handshake() {
    for way in [Way::ClientCertificate, Way::H2ClientCertificate] {
        let failure = once(way, &get(), &patient(), async |listener: Listener| {
            listener.accept().await;
        })
        .await
        .unwrap_err();
        // certificate_required (RFC 8446 section 6.2).
        assert_eq!((failure.fault, failure.alert()), (Fault::TlsAlert(116), Some(116)), "{way:?}");
        assert_eq!(failure.error_type(), ErrorType::TlsAlertReceived);
    }
}

#[tokio::test]
async fn opening_tells_the_phase_that_failed() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let peer = Peer::Tcp(listener.local_addr().unwrap());
    drop(listener);
    let opened = open(&peer, None, &patient()).await;
    assert_eq!(opened.connection.unwrap_err().fault, Fault::Refused);
    assert!(opened.timings.connect.is_some() && opened.timings.tls.is_none());

    play(
        Way::Plain,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            io.say("SSH-2.0-OpenSSH\r\n").await;
            io.stay().await;
        },
        async |place: Place| {
            let roots = goodgate_wire::Roots::with(false, &[]);
            let Ok(roots) = roots else { return };
            let hello = goodgate_wire::Hello {
                server_name: None,
                expected: "localhost".into(),
                alpn: vec![],
                accept_invalid: true,
                roots,
            };
            let opened = open(&place.peer, Some(&hello), &patient()).await;
            let failure = opened.connection.unwrap_err();
            assert_eq!((failure.fault, failure.phase), (Fault::PeerNotTls, Phase::Tls));
            assert!(opened.tls.is_some() && opened.timings.tls.is_some());
        },
    )
    .await;
}

#[tokio::test]
async fn limits_without_end_are_none() {
    let never = Duration::MAX;
    let limits = Limits { connect: never, tls: never, send: never, wait: never, head: never, ..patient() };
    let limits = Limits { body: never, body_gap: never, ..limits };
    let response = drip(OK, Duration::from_millis(1), &limits).await.unwrap();
    assert_eq!(response.end, BodyEnd::Complete);
}
