//! A table of recipes and observations, each with what to think of it.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::observation::{After, Drive, End, Reply, Upstream};

const TOKEN: &str = "0123456789abcdef";
const WHOLE: &str = "lab 0123456789abcdef\n";

const HEALTHY: &str = r#"may = ["pass"]
delivers = { status = 200, body = "lab {token}\n" }"#;
const GARBAGE: &str = r#"may = ["error"]
status = [502]
tolerable = [500, 503]"#;
const CUT_BODY: &str = r#"may = ["cut", "error"]
status = [502]
tolerable = [500]
delivers = { status = 200, body-bytes = 1000 }"#;
const CUT_OR_PASS: &str = r#"may = ["pass", "cut"]
delivers = { status = 200, body = "lab {token}\n" }"#;
const AMBIGUOUS: &str = r#"may = ["error"]
status = [502]
ambiguous = true"#;
const OWN_404: &str = r#"may = ["pass"]
delivers = { status = 404, body = "no such thing" }"#;

fn recipe(group: &str, symptom: &str, gateway: &str) -> Recipe {
    let text = format!(
        "title = 't'\nabout = 'a'\ngroup = '{group}'\nsteps = ['read-request', 'close']\n[truth]\nsymptom = [{symptom}]\n\
         [gateway]\n{gateway}\nwhy = [{{ says = 'A gateway forwards what it got.', see = 'RFC 9110 §3.7' }}]\n"
    );
    crate::read("r", &text).unwrap()
}

fn reply(status: u16, headers: &[&str], body: &str, end: End) -> Reply {
    Reply {
        status: (status > 0).then_some(status),
        headers: headers.iter().map(|line| line.as_bytes().to_vec()).collect(),
        body: body.as_bytes().to_vec(),
        body_bytes: body.len() as u64,
        end,
        ..Reply::default()
    }
}

fn seen(drive: Drive, reply: Reply) -> Observation {
    let upstream = Upstream { connections: 1, requests: 1 };
    Observation { drive, token: TOKEN.to_owned(), reply, upstream, after: After::default() }
}

fn kind(gateway: &str, drive: Drive, reply: Reply) -> Kind {
    let (group, symptom) = match gateway {
        HEALTHY => ("healthy", ""),
        OWN_404 => ("origin-status", ""),
        GARBAGE => ("status-line", "'http_protocol_error'"),
        CUT_BODY => ("body", "'http_response_incomplete'"),
        _ => ("framing", ""),
    };
    let verdict = verdict(&recipe(group, symptom, gateway), &seen(drive, reply));
    assert!(verdict.says.ends_with('.') && verdict.see.starts_with("RFC "), "{verdict:?}");
    verdict.kind
}

#[test]
fn the_table_of_plain_gets() {
    use End::*;
    use Kind::*;
    let length = ["Content-Length: 1000"];
    let two = ["Content-Length: 5", "Content-Length: 12"];
    let long = "x".repeat(1000);
    let cases: &[(&str, Reply, Kind)] = &[
        (HEALTHY, reply(200, &[], WHOLE, Complete), Right),
        (HEALTHY, reply(200, &[], WHOLE, CompleteByClose), Right),
        (HEALTHY, reply(200, &[], "lab 01234", Complete), HidesTruncation),
        (HEALTHY, reply(200, &[], "", CompleteByClose), HidesTruncation),
        (HEALTHY, reply(200, &[], "lab 01234", Cut), Misleading),
        (HEALTHY, reply(200, &[], "something else", Complete), Misleading),
        (HEALTHY, reply(200, &[], "lab fedcba9876543210\n", Complete), SmugglingRisk),
        (HEALTHY, reply(502, &[], "bad gateway", Complete), Misleading),
        (HEALTHY, reply(304, &[], "", Complete), Misleading),
        (HEALTHY, reply(0, &[], "", Nothing), Misleading),
        (HEALTHY, reply(0, &[], "", Refused), Misleading),
        (HEALTHY, reply(0, &[], "", HangBeforeHead), Hangs),
        (HEALTHY, reply(200, &[], WHOLE, HangInside), Hangs),
        (GARBAGE, reply(502, &[], "bad gateway", Complete), Right),
        (GARBAGE, reply(502, &[], "bad gateway", CompleteByClose), Right),
        (GARBAGE, reply(502, &length, "bad", Cut), Tolerable),
        (GARBAGE, reply(503, &[], "bad gateway", Complete), Tolerable),
        (GARBAGE, reply(504, &[], "late", Complete), Misleading),
        (GARBAGE, reply(400, &[], "you", Complete), Misleading),
        (GARBAGE, reply(200, &[], "garbage", Complete), Misleading),
        (GARBAGE, reply(200, &[], WHOLE, Complete), Tolerable),
        (GARBAGE, reply(200, &[], "gar", Cut), Tolerable),
        (GARBAGE, reply(0, &[], "", Nothing), Misleading),
        (GARBAGE, reply(0, &[], "", NothingReset), Misleading),
        (GARBAGE, reply(0, &[], "SSH-2.0", Unreadable), Misleading),
        (GARBAGE, reply(0, &[], "HTTP/1.1 20", Cut), Misleading),
        (GARBAGE, reply(101, &[], "", Complete), Misleading),
        (CUT_BODY, reply(200, &length, "forty", Cut), Right),
        (CUT_BODY, reply(200, &length, "forty", Reset), Right),
        (CUT_BODY, reply(502, &[], "bad gateway", Complete), Right),
        (CUT_BODY, reply(500, &[], "bad gateway", Complete), Tolerable),
        (CUT_BODY, reply(200, &[], "forty", Complete), HidesTruncation),
        (CUT_BODY, reply(200, &[], "forty", CompleteByClose), HidesTruncation),
        (CUT_BODY, reply(200, &length, "forty", HangInside), Hangs),
        (CUT_BODY, reply(200, &[], &long, Unreadable), Misleading),
        (CUT_OR_PASS, reply(200, &[], WHOLE, Complete), Right),
        (CUT_OR_PASS, reply(200, &[], "lab", Reset), Right),
        (CUT_OR_PASS, reply(200, &[], "lab", Complete), HidesTruncation),
        (CUT_OR_PASS, reply(503, &[], "no", Complete), Misleading),
        (AMBIGUOUS, reply(200, &two, "lab 0", Complete), SmugglingRisk),
        (AMBIGUOUS, reply(502, &[], "bad gateway", Complete), Right),
        (AMBIGUOUS, reply(200, &["Content-Length: 21"], WHOLE, Complete), Tolerable),
        (AMBIGUOUS, reply(200, &["Content-Length: 5"], "lab 0", Complete), Misleading),
        (OWN_404, reply(404, &[], "no such thing", Complete), Right),
        (OWN_404, reply(404, &[], "a page of the gateway's own", Complete), Tolerable),
        (OWN_404, reply(404, &[], "no such", Complete), HidesTruncation),
        (OWN_404, reply(404, &length, "no such", Cut), Tolerable),
        (OWN_404, reply(502, &[], "bad gateway", Complete), Misleading),
        (OWN_404, reply(200, &[], "fine", Complete), Misleading),
    ];
    for (gateway, reply, right) in cases {
        assert_eq!(kind(gateway, Drive::Get, reply.clone()), *right, "{gateway} {reply:?}");
    }
}

#[test]
fn with_keep_alive_a_healthy_answer_in_turn_is_right_as_well() {
    let special =
        "may = ['pass']\ndelivers = { status = 200, body = 'a body that is much longer than that' }";
    let answer = || reply(200, &[], WHOLE, End::Complete);
    assert_eq!(kind(special, Drive::KeepAlive, answer()), Kind::Right);
    assert_eq!(kind(special, Drive::Get, answer()), Kind::Misleading);
    assert_eq!(kind(GARBAGE, Drive::KeepAlive, answer()), Kind::Tolerable);
}

#[test]
fn where_the_length_is_ambiguous_nobody_can_say_that_it_was_cut() {
    let (cut, body) =
        ("may = ['error', 'cut']\nstatus = [502]", || reply(200, &[], "hello world", End::Complete));
    assert_eq!(kind(cut, Drive::Get, body()), Kind::HidesTruncation);
    assert_eq!(kind(&format!("{cut}\nambiguous = true"), Drive::Get, body()), Kind::Misleading);
}

#[test]
fn an_answer_to_head_is_judged_without_its_body() {
    let ok = || reply(200, &["Content-Length: 1000"], "", End::Complete);
    assert_eq!(kind(HEALTHY, Drive::Head, ok()), Kind::Right);
    assert_eq!(kind(CUT_BODY, Drive::Head, ok()), Kind::Right);
    assert_eq!(kind(GARBAGE, Drive::Head, reply(502, &[], "", End::Complete)), Kind::Right);
    let cut_head = recipe("head", "'http_response_incomplete'", GARBAGE);
    assert_eq!(verdict(&cut_head, &seen(Drive::Head, ok())).kind, Kind::HidesTruncation);
}

#[test]
fn a_client_of_http_1_0_gets_no_interim_answers_and_no_chunks() {
    let mut early = reply(200, &[], WHOLE, End::CompleteByClose);
    assert_eq!(kind(HEALTHY, Drive::Http10, early.clone()), Kind::Right);
    early.interim = vec![103];
    assert_eq!(kind(HEALTHY, Drive::Get, early.clone()), Kind::Right);
    assert_eq!(kind(HEALTHY, Drive::Http10, early), Kind::Misleading);
    let chunks = reply(200, &["Transfer-Encoding: chunked"], "15\r\nlab 0123", End::CompleteByClose);
    let judged = verdict(&recipe("healthy", "", HEALTHY), &seen(Drive::Http10, chunks));
    assert_eq!((judged.kind, judged.see.as_str()), (Kind::Misleading, "RFC 9112 §6.1"));
}

#[test]
fn a_second_attempt_is_unsafe_where_the_first_may_have_been_acted_upon() {
    let judged = |retry: &str, drive, requests| {
        let mut seen = seen(drive, reply(502, &[], "", End::Complete));
        seen.upstream.requests = requests;
        verdict(&recipe("reuse", "", &format!("{GARBAGE}\nretry = '{retry}'")), &seen).kind
    };
    assert_eq!(judged("if-idempotent", Drive::Get, 2), Kind::Right);
    assert_eq!(judged("if-idempotent", Drive::Post, 1), Kind::Right);
    assert_eq!(judged("if-idempotent", Drive::Post, 2), Kind::UnsafeRetry);
    assert_eq!(judged("safe", Drive::Post, 2), Kind::Right);
    assert_eq!(judged("unsafe", Drive::Get, 2), Kind::UnsafeRetry);
}

#[test]
fn answers_mixed_up_afterwards_outweigh_everything() {
    let mut seen = seen(Drive::Get, reply(502, &[], "", End::Complete));
    seen.after = After { recovery: Some(Duration::ZERO), failed: 0, mixed_up: 1, neighbour_failed: None };
    assert_eq!(verdict(&recipe("body", "", GARBAGE), &seen).kind, Kind::SmugglingRisk);
}

#[test]
fn it_says_in_one_sentence_what_was_seen_and_what_is_right() {
    let says = |gateway, reply| verdict(&recipe("body", "", gateway), &seen(Drive::Get, reply)).says;
    assert_eq!(
        says(CUT_BODY, reply(200, &[], &"x".repeat(40), End::Complete)),
        "Answered 200 with 40 of 1000 bytes, and ended as if that were all; \
         an answer that was cut short is never passed off as whole."
    );
    assert_eq!(
        says(GARBAGE, reply(502, &[], "page", End::Complete)),
        "Answered 502; a gateway forwards what it got."
    );
    assert_eq!(
        says(GARBAGE, reply(0, &[], "", End::Nothing)),
        "Closed the connection without an answer; a gateway that gets no valid answer says so with a status of 502, \
         or 504 for one that does not come in time."
    );
    assert_eq!(
        says(AMBIGUOUS, reply(200, &["Content-Length: 5, 7"], "lab 0", End::Complete)),
        "Answered 200 with 5 bytes, with two Content-Lengths that differ in the head; \
         a message that can be read in two ways is not passed on as it is."
    );
}

fn any_end() -> impl Strategy<Value = End> {
    use End::*;
    prop::sample::select(vec![
        Complete,
        CompleteByClose,
        Cut,
        Reset,
        Nothing,
        NothingReset,
        Unreadable,
        HangBeforeHead,
        HangInside,
        Refused,
    ])
}

proptest! {
    #[test]
    fn every_observation_gets_a_verdict(
        gateway in prop::sample::select(vec![HEALTHY, GARBAGE, CUT_BODY, CUT_OR_PASS, AMBIGUOUS, OWN_404]),
        drive in prop::sample::select(Drive::ALL.to_vec()),
        status in prop::option::of(prop_oneof![0_u16..=999, prop::sample::select(vec![200_u16, 204, 304, 404, 502])]),
        header in prop::collection::vec(any::<u8>(), 0..30),
        body in prop::collection::vec(any::<u8>(), 0..30),
        body_bytes in any::<u64>(),
        end in any_end(),
        (requests, mixed_up) in (0_u32..4, 0_u32..3),
    ) {
        let framing = [b"Content-Length: ".to_vec(), header.clone()].concat();
        let reply = Reply { status, headers: vec![header, framing], body, body_bytes, end, ..Reply::default() };
        let mut seen = seen(drive, reply);
        seen.upstream.requests = requests;
        seen.after.mixed_up = mixed_up;
        let judged = verdict(&recipe("body", "", gateway), &seen);
        prop_assert!(!judged.says.is_empty() && !judged.see.is_empty());
        if matches!(end, End::HangBeforeHead | End::HangInside | End::Nothing | End::NothingReset | End::Refused | End::Unreadable) {
            prop_assert!(judged.kind > Kind::Tolerable, "{judged:?}");
        }
    }
}
