//! The client and the verdict against an origin without any gateway in between: the perfect tunnel. What it passes on
//! is what the recipe sends, so that every end and most verdicts can be seen.

#![expect(clippy::unwrap_used, reason = "a test may give up")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goodgate_lab::{
    Drive, End, Front, Gateway, Identities, Kind, Limits, Observation, Origin, Recipe, Speaks, Verdict, ask,
    examine, fresh_token, read,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What comes at all comes within these, however busy the machine is.
const LIMITS: Limits = Limits { patience: Duration::from_secs(10), recovery: Duration::from_secs(10) };

/// Where the origin is to hang: this is how long a test waits to see that nothing comes.
const SILENCE: Limits = Limits { patience: Duration::from_millis(400), ..LIMITS };

fn recipe(group: &str, steps: &str, gateway: &str) -> Arc<Recipe> {
    let text = format!(
        "title = 't'\nabout = 'a'\ngroup = '{group}'\n{steps}\n[truth]\n[gateway]\n{gateway}\n\
         why = [{{ says = 'A gateway forwards what it got.', see = 'RFC 9110 §3.7' }}]\n"
    );
    Arc::new(read("made-up", &text).unwrap())
}

async fn origin(speaks: Speaks) -> (Origin, Gateway) {
    let identities = Arc::new(Identities::new().unwrap());
    let origin = Origin::bind("127.0.0.1:0".parse().unwrap(), speaks, identities).await.unwrap();
    let gateway = Gateway {
        address: origin.address(),
        host: "lab.example".to_owned(),
        front: if speaks == Speaks::Tls { Front::Tls } else { Front::Http1 },
        prefix: String::new(),
    };
    (origin, gateway)
}

async fn all_drives(recipe: &Arc<Recipe>) -> Vec<(Observation, Verdict)> {
    let (origin, gateway) = origin(recipe.speaks).await;
    examine(&gateway, &origin, None, recipe, &Drive::ALL, &LIMITS).await.unwrap()
}

async fn one(recipe: &Arc<Recipe>, drive: Drive) -> (Observation, Verdict) {
    one_within(&LIMITS, recipe, drive).await
}

async fn one_within(limits: &Limits, recipe: &Arc<Recipe>, drive: Drive) -> (Observation, Verdict) {
    let (origin, gateway) = origin(recipe.speaks).await;
    examine(&gateway, &origin, None, recipe, &[drive], limits).await.unwrap().remove(0)
}

const HEALTHY: &str = "may = ['pass']\ndelivers = { status = 200, body = \"lab {token}\\n\" }";
const ERROR: &str = "may = ['error']\nstatus = [502]";

#[tokio::test]
async fn a_healthy_origin_is_right_in_every_way_to_ask() {
    for (seen, verdict) in all_drives(&recipe("healthy", "steps = ['serve']", HEALTHY)).await {
        assert_eq!(verdict.kind, Kind::Right, "{seen:?} {verdict:?}");
        assert_eq!(seen.upstream.requests, 1, "{seen:?}");
        assert!(seen.reply.first_byte.is_some());
        assert_eq!((seen.after.failed, seen.after.mixed_up), (0, 0));
        assert!(seen.after.recovery.is_some());
        let body = if seen.drive == Drive::Head { String::new() } else { format!("lab {}\n", seen.token) };
        assert_eq!(seen.reply.body, body.as_bytes());
    }
}

#[tokio::test]
async fn every_end_is_seen_as_it_was_made() {
    let head = "HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\nforty";
    let cases = [
        ("'close'".to_owned(), End::Nothing, Kind::Misleading),
        ("'reset'".to_owned(), End::NothingReset, Kind::Misleading),
        ("'hang'".to_owned(), End::HangBeforeHead, Kind::Hangs),
        ("{ send = \"HTTP/1.1 20\" }, 'close'".to_owned(), End::Cut, Kind::Misleading),
        ("{ send = \"SSH-2.0-x\\r\\n\" }, 'hang'".to_owned(), End::Unreadable, Kind::Misleading),
        (format!("{{ send = \"{head}\" }}, 'close'"), End::Cut, Kind::Tolerable),
        (format!("{{ send = \"{head}\" }}, {{ pause = 50 }}, 'reset'"), End::Reset, Kind::Tolerable),
        (format!("{{ send = \"{head}\" }}, 'hang'"), End::HangInside, Kind::Hangs),
        ("{ answer = { status = 502 } }, 'serve'".to_owned(), End::Complete, Kind::Right),
        ("{ answer = { status = 403 } }, 'serve'".to_owned(), End::Complete, Kind::Misleading),
        ("{ answer = { framing = 'close' } }, 'close'".to_owned(), End::CompleteByClose, Kind::Tolerable),
    ];
    for (steps, end, kind) in cases {
        let recipe = recipe("status-line", &format!("steps = ['read-request', {steps}]"), ERROR);
        let limits = if kind == Kind::Hangs { SILENCE } else { LIMITS };
        let (seen, verdict) = one_within(&limits, &recipe, Drive::Get).await;
        assert_eq!((seen.reply.end, verdict.kind), (end, kind), "{steps} {verdict:?}");
        assert_eq!(seen.upstream.requests, 1, "{steps}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_seen_and_recovers() {
    let recipe = recipe("connect", "listen = 'refuse'", ERROR);
    let (seen, verdict) = one(&recipe, Drive::Get).await;
    assert_eq!((seen.reply.end, verdict.kind), (End::Refused, Kind::Misleading));
    assert_eq!(seen.upstream.requests, 0);
    assert!(seen.after.recovery.is_some(), "{seen:?}");
}

#[tokio::test]
async fn lengths_that_differ_are_a_risk_where_they_are_passed_on() {
    let send = "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nContent-Length: 12\\r\\nConnection: close\\r\\n\\r\\nhello world\\n";
    let recipe =
        recipe("framing", &format!("steps = ['read-request', {{ send = \"{send}\" }}, 'close']"), ERROR);
    let (seen, verdict) = one(&recipe, Drive::Get).await;
    assert_eq!(verdict.kind, Kind::SmugglingRisk, "{verdict:?}");
    assert_eq!(seen.reply.body, b"hello");
}

#[tokio::test]
async fn with_keep_alive_the_second_of_two_requests_is_reported() {
    let race = recipe("reuse", "steps = ['read-request', { answer = {} }, 'read-request', 'close']", HEALTHY);
    let (seen, verdict) = one(&race, Drive::KeepAlive).await;
    assert_eq!((seen.reply.end, verdict.kind), (End::Nothing, Kind::Misleading), "{seen:?}");
    assert_eq!((seen.upstream.connections, seen.upstream.requests), (1, 1));

    let ends =
        recipe("reuse", "steps = ['read-request', { answer = { framing = 'close' } }, 'close']", HEALTHY);
    let (seen, verdict) = one(&ends, Drive::KeepAlive).await;
    assert_eq!((seen.reply.end, verdict.kind), (End::CompleteByClose, Kind::Right), "{verdict:?}");
}

#[tokio::test]
async fn with_keep_alive_what_comes_after_an_answer_is_taken_for_the_next_one() {
    let stray = "HTTP/1.1 200 OK\\r\\nContent-Length: 21\\r\\n\\r\\nlab 0000000000000000\\n";
    let steps = format!(
        "steps = ['read-request', {{ answer = {{ headers = ['X: y'] }} }}, {{ send = \"{stray}\" }}, 'serve']"
    );
    let (seen, verdict) = one(&recipe("body", &steps, HEALTHY), Drive::KeepAlive).await;
    assert_eq!(verdict.kind, Kind::SmugglingRisk, "{seen:?}");
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_was_sent_is_read() {
    let early = "may = ['pass']\ndelivers = { status = 413, body = \"no\" }";
    let steps = "steps = ['read-head', { answer = { status = 413, body = 'no', headers = ['Connection: close'] } }, 'half-close', 'hang']";
    let (seen, verdict) = one(&recipe("early", steps, early), Drive::Post).await;
    assert_eq!((seen.reply.status, verdict.kind), (Some(413), Kind::Right), "{seen:?}");
}

#[tokio::test]
async fn the_neighbour_is_asked_meanwhile() {
    let hang = recipe("time", "steps = ['read-request', 'hang']", ERROR);
    let (origin, gateway) = origin(Speaks::Http).await;
    let seen = examine(&gateway, &origin, Some("/other"), &hang, &[Drive::Get], &SILENCE).await.unwrap();
    assert_eq!(seen[0].0.after.neighbour_failed, Some(true), "the same origin hangs for everybody");
    let well = recipe("healthy", "steps = ['serve']", HEALTHY);
    let seen = examine(&gateway, &origin, Some("/other"), &well, &[Drive::Get], &LIMITS).await.unwrap();
    assert_eq!(seen[0].0.after.neighbour_failed, Some(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipe_begins_when_the_connections_of_before_are_gone() {
    let (origin, _) = origin(Speaks::Http).await;
    let hang = recipe("time", "steps = ['read-request', 'hang']", ERROR);
    for _ in 0..100 {
        let mut stream = TcpStream::connect(origin.address()).await.unwrap();
        stream.write_all(b"GET /r/x/aa HTTP/1.1\r\nHost: lab.example\r\n\r\n").await.unwrap();
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        while !seen.ends_with(b"lab aa\n") {
            let count = stream.read(&mut buffer).await.unwrap();
            seen.extend_from_slice(&buffer[..count]);
        }
        // The answer is here; whether the origin has come to rest after it nobody knows.
        let left = Arc::new(AtomicBool::new(false));
        let leaves = Arc::clone(&left);
        let reads = tokio::spawn(async move {
            let ended = stream.read(&mut buffer).await.unwrap() == 0;
            leaves.store(true, Ordering::SeqCst);
            ended
        });
        origin.play(&hang).await.unwrap();
        assert!(left.load(Ordering::SeqCst));
        assert!(reads.await.unwrap());
        origin.heal().await.unwrap();
    }
}

#[tokio::test]
async fn over_tls_an_end_without_notice_is_no_end() {
    let answer = "{ send = \"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nlab {token}\\n\" }";
    for (ends, end) in [("'close-notify'", End::CompleteByClose), ("'close'", End::Cut)] {
        let steps =
            format!("speaks = 'tls'\nsteps = [{{ tls = 'self-signed' }}, 'read-request', {answer}, {ends}]");
        let (seen, _) = one(&recipe("tls", &steps, HEALTHY), Drive::Get).await;
        assert_eq!(seen.reply.end, end, "{ends} {seen:?}");
    }
}

#[tokio::test]
async fn the_request_says_what_it_should() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = Gateway {
        address: listener.local_addr().unwrap(),
        host: "www.example.com:8080".to_owned(),
        front: Front::Http1,
        prefix: "/base".to_owned(),
    };
    let path = format!("/base/r/x/{}", fresh_token());
    for (drive, line, close) in [
        (Drive::Get, format!("GET {path} HTTP/1.1"), true),
        (Drive::Http10, format!("GET {path} HTTP/1.0"), false),
        (Drive::Head, format!("HEAD {path} HTTP/1.1"), true),
        (Drive::Post, format!("POST {path} HTTP/1.1"), true),
    ] {
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
            while !seen.windows(4).any(|part| part == b"\r\n\r\n") {
                let count = stream.read(&mut buffer).await.unwrap();
                seen.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8(seen).unwrap()
        };
        let (reply, seen) = tokio::join!(ask(&gateway, &path, drive, LIMITS.patience), server);
        assert_eq!((reply.status, reply.end), (Some(204), End::Complete));
        assert!(
            seen.starts_with(&format!("{line}\r\nHost: www.example.com:8080\r\nUser-Agent: goodgate-lab/")),
            "{seen}"
        );
        assert_eq!(seen.contains("\r\nConnection: close\r\n"), close, "{seen}");
    }
}
