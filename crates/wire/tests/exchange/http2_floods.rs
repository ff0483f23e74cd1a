//! HTTP/2 peers that send without end, too much, or nothing: every wait and every size is bounded.

use std::time::Duration;

use goodgate_facts::{ErrorType, Phase};
use goodgate_wire::{BodyEnd, Fault, Limits, Retry};

use crate::frames::*;
use crate::server::*;

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
        let failure = played(&limits, &head, Then::Stay).await.unwrap_err();
        let expected = (fault, Phase::Head, Retry::IfIdempotent);
        assert_eq!((failure.fault, failure.phase, failure.retry), expected);
    }
}

#[tokio::test]
async fn interim_responses_have_an_end() {
    let early = frame(HEADERS, END_HEADERS, 1, &status(103));
    let failure = endlessly(&patient(), vec![], early.clone()).await.unwrap_err();
    assert_eq!((failure.fault, failure.phase), (Fault::InterimEndless, Phase::Head));

    let failure = played(&patient(), frame(HEADERS, END_HEADERS, 1, &status(101)), Then::Stay).await;
    assert_eq!(failure.unwrap_err().fault, Fault::UpgradeUnasked);

    let limits = Limits { wait: SHORT, ..patient() };
    let failure = played(&limits, early, Then::Stay).await.unwrap_err();
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
async fn bodies_that_take_too_long_or_never_end() {
    let limits = Limits { body_gap: SHORT, ..patient() };
    let said = [frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, 0, 1, b"body")].concat();
    let (failure, body) = failed(played(&limits, &said, Then::Stay).await.unwrap());
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

#[tokio::test]
async fn limits_without_end_are_none() {
    let never = Duration::MAX;
    let limits = Limits { connect: never, tls: never, send: never, wait: never, head: never, ..patient() };
    let limits = Limits { body: never, body_gap: never, ..limits };
    assert_eq!(played(&limits, ok(1), Then::Stay).await.unwrap().end, BodyEnd::Complete);
}
