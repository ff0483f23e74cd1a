//! A connection that carries more than one exchange, and one that no longer does.

use goodgate_facts::{Errno, Phase};
use goodgate_wire::{Fault, Limits, Retry, Version};
use tokio::sync::oneshot;

use crate::server::*;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn exchanges_follow_each_other() {
    for way in ALL {
        play(
            way,
            async |listener: Listener| {
                let mut io = listener.accept().await;
                for status in [200, 204, 404] {
                    io.request().await;
                    let body = if status == 204 { "" } else { "Content-Length: 0\r\n" };
                    io.say(format!("HTTP/1.1 {status} X\r\n{body}\r\n")).await;
                }
                io.stay().await;
            },
            async |place: Place| {
                let mut connection = place.open(&patient()).await.connection.unwrap();
                assert_eq!((connection.tls().is_some(), connection.peer()), (way == Way::Tls, &place.peer));
                for status in [200, 204, 404] {
                    let response = connection.exchange(&get(), &patient()).await.unwrap();
                    assert_eq!((response.status, response.reusable), (status, true));
                    assert_eq!((connection.version(), connection.reusable()), (Version::Http11, true));
                }
                connection.close(&patient()).await;
            },
        )
        .await;
    }
}

/// What the server does with the idle connection.
#[derive(Clone, Copy, Debug)]
enum Then {
    Close,
    Vanish,
    Reset,
    Say(&'static str),
}

#[tokio::test]
async fn an_idle_connection_that_is_gone_was_asked_nothing() {
    let late = "HTTP/1.1 408 Request Timeout\r\n\r\n";
    for way in ALL {
        for (then, fault, errno) in [
            (Then::Close, Fault::ClosedBeforeResponse, None),
            (Then::Vanish, Fault::ClosedBeforeResponse, None),
            (Then::Reset, Fault::ResetBeforeResponse, Some(Errno(104))),
            (Then::Say(late), Fault::AnsweredUnasked, None),
        ] {
            if way == Way::Unix && matches!(then, Then::Reset) {
                continue;
            }
            let (done, gone) = oneshot::channel();
            let (answered, has_read) = oneshot::channel();
            play(
                way,
                async |listener: Listener| {
                    let mut io = listener.accept().await;
                    io.request().await;
                    io.say(OK).await;
                    has_read.await.unwrap();
                    match then {
                        Then::Close => io.close().await,
                        Then::Vanish => io.vanish(),
                        Then::Reset => io.reset(),
                        Then::Say(text) => {
                            io.say(text).await;
                            done.send(()).unwrap();
                            return io.stay().await;
                        }
                    }
                    done.send(()).unwrap();
                },
                async |place: Place| {
                    let mut connection = place.open(&patient()).await.connection.unwrap();
                    assert!(connection.exchange(&get(), &patient()).await.unwrap().reusable);
                    answered.send(()).unwrap();
                    gone.await.unwrap();
                    let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                    assert_eq!((failure.fault, failure.phase), (fault, Phase::Send), "{way:?} {then:?}");
                    assert_eq!((failure.retry, failure.sent, failure.errno), (Retry::Safe, 0, errno));
                    if let Then::Say(text) = then {
                        assert_eq!(failure.began, text.as_bytes());
                    }
                    assert!(!connection.reusable());
                    let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                    assert_eq!((failure.fault, failure.retry), (Fault::ClosedBeforeResponse, Retry::Safe));
                },
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_connection_closed_while_the_request_was_on_its_way_may_have_been_heard() {
    for way in ALL {
        play(
            way,
            async |listener: Listener| {
                let mut io = listener.accept().await;
                io.request().await;
                io.say(OK).await;
                io.request().await;
                io.close().await;
            },
            async |place: Place| {
                let mut connection = place.open(&patient()).await.connection.unwrap();
                connection.exchange(&get(), &patient()).await.unwrap();
                let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                assert_eq!((failure.fault, failure.phase), (Fault::ClosedBeforeResponse, Phase::Wait));
                assert_eq!(failure.retry, Retry::IfIdempotent);
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_exchange_given_up_half_way_spends_the_connection() {
    play(
        Way::Plain,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            io.request().await;
            io.say("HTTP/1.1 200 OK\r\n").await;
            io.stay().await;
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            let given_up = tokio::time::timeout(SHORT, connection.exchange(&get(), &Limits::default())).await;
            assert!(given_up.is_err() && !connection.reusable());
            let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
            assert_eq!((failure.retry, failure.sent), (Retry::Safe, 0));
        },
    )
    .await;
}

#[tokio::test]
async fn what_follows_a_response_at_once_is_no_answer_to_the_next_request() {
    const LATE: &str = "HTTP/1.1 408 Request Timeout\r\n\r\n";
    for way in ALL {
        play(
            way,
            async |listener: Listener| {
                let mut io = listener.accept().await;
                io.request().await;
                // One write, hence one read.
                io.say(format!("{OK}{LATE}")).await;
                io.close().await;
            },
            async |place: Place| {
                let mut connection = place.open(&patient()).await.connection.unwrap();
                let response = connection.exchange(&get(), &patient()).await.unwrap();
                assert_eq!((response.status, response.reusable), (200, false), "{way:?}");
                assert_eq!(response.surplus, LATE.len());
                let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                assert_eq!((failure.fault, failure.retry), (Fault::ClosedBeforeResponse, Retry::Safe));
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_was_opened_long_ago_is_looked_at_first() {
    let late = "HTTP/1.1 408 Request Timeout\r\n\r\n";
    for way in ALL {
        for (then, fault) in
            [(Then::Close, Fault::ClosedBeforeResponse), (Then::Say(late), Fault::AnsweredUnasked)]
        {
            let (done, gone) = oneshot::channel();
            play(
                way,
                async |listener: Listener| {
                    let mut io = listener.accept().await;
                    match then {
                        Then::Say(text) => {
                            io.say(text).await;
                            done.send(()).unwrap();
                            io.stay().await;
                        }
                        _ => {
                            io.close().await;
                            done.send(()).unwrap();
                        }
                    }
                },
                async |place: Place| {
                    let mut connection = place.open(&patient()).await.connection.unwrap();
                    gone.await.unwrap();
                    tokio::time::sleep(SHORT).await;
                    let failure = connection.exchange(&get(), &patient()).await.unwrap_err();
                    assert_eq!((failure.fault, failure.phase), (fault, Phase::Send), "{way:?} {then:?}");
                    assert_eq!((failure.retry, failure.sent), (Retry::Safe, 0));
                },
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_response_that_lies_about_a_body_is_the_last() {
    play(
        Way::Plain,
        async |listener: Listener| {
            let mut io = listener.accept().await;
            io.request().await;
            io.say("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").await;
            io.stay().await;
        },
        async |place: Place| {
            let mut connection = place.open(&patient()).await.connection.unwrap();
            let response = connection.exchange(&get(), &patient()).await.unwrap();
            assert_eq!((response.status, response.reusable, connection.reusable()), (204, false, false));
        },
    )
    .await;
}
