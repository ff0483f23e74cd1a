//! Clients that use HTTP/2 against its purpose.

use std::time::{Duration, Instant};

use goodgate_gateway::plan::*;

use crate::frames::*;
use crate::setting::*;
use crate::slow::{log_file, logged, serves};

const INITIAL_WINDOW_SIZE: u16 = 4;

/// A gateway that speaks both versions.
pub(crate) fn both(upstream: Upstream) -> Plan {
    let mut plan = plan(upstream);
    plan.listeners[0].http2 = true;
    plan
}

/// A request that is refused at its head, with 417.
fn refused(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &asking("GET", "/", &[("expect", "x")]))
}

/// Sends what `more` makes until the gateway closes; how often that was. The gateway must close.
fn until_closed(wire: &mut Wire, mut more: impl FnMut(u32) -> Vec<u8>) -> u32 {
    let until = Instant::now() + PATIENCE;
    let mut count = 0;
    while wire.send(&more(count)) {
        count += 1;
        assert!(Instant::now() < until, "the gateway took {count}");
    }
    count
}

#[test]
fn the_frames_are_right() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    let mut wire = Wire::open(&setting, &[]);
    for stream in [1, 3] {
        assert!(wire.send(&get(stream, "/")));
        assert!(wire.find(|frame| frame.stream == stream).unwrap().is_ok());
        let data = wire.find(|frame| frame.stream == stream).unwrap();
        assert_eq!((data.kind, data.flags, data.payload.as_slice()), (DATA, END_STREAM, &b"hello"[..]));
    }
    assert!(server.seen.recv().unwrap().starts_with("GET / HTTP/1.1\r\nHost: shop.example\r\n"));
}

#[test]
fn an_answer_that_breaks_off_is_reset_behind_what_came_of_it() {
    let cut = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{body}");
    // At once after the head, and in the middle.
    for body in ["", "half"] {
        let server = server(vec![vec![Do::Read, say(&cut(body))], vec![Do::Read, say(OK)]]);
        let setting = run(both(upstream(&[server.address])));
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&get(1, "/")));
        assert!(wire.find(|frame| frame.stream == 1).unwrap().is_ok(), "the head comes first");
        let mut came = Vec::new();
        let end = wire.find(|frame| {
            came.extend((frame.kind == DATA).then(|| frame.payload.clone()).into_iter().flatten());
            frame.kind != DATA && frame.stream == 1
        });
        assert_eq!(end.map(|frame| frame.kind), Some(RST_STREAM));
        assert_eq!(came, body.as_bytes());
        // The connection goes on.
        assert!(wire.send(&get(3, "/")));
        assert!(wire.find(|frame| frame.stream == 3).unwrap().is_ok());
    }
}

#[test]
fn what_is_refused_at_its_head_is_told_why_while_its_body_is_open() {
    let server = well();
    let mut plan = both(upstream(&[server.address]));
    (plan.clients.target_bytes, plan.clients.fields) = (100, 10);
    let setting = run(plan);
    let long = format!("/{}", "a".repeat(100));
    for (path, more, status) in [
        (long.as_str(), &[][..], 414),
        ("/", &[("a", "b"); 11], 431),
        ("/", &[("expect", "x")], 417),
        ("/", &[("host", "other.example")], 400),
    ] {
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&frame(HEADERS, END_HEADERS, 1, &asking("POST", path, more))));
        let answer = wire.find(|frame| frame.stream == 1).unwrap();
        assert_eq!(answer.status(), Some(status), "{answer:?}");
        let page = wire.find(|frame| frame.stream == 1).unwrap();
        assert_eq!((page.kind, page.flags), (DATA, END_STREAM), "{page:?}");
        // The body may end now, and the connection goes on.
        assert!(wire.send(&frame(DATA, END_STREAM, 1, b"hello")));
        assert!(wire.send(&get(3, "/")));
        let next = wire.find(|frame| frame.kind != WINDOW_UPDATE && frame.kind != SETTINGS).unwrap();
        assert!(next.is_ok() && next.stream == 3, "{next:?}");
    }
}

#[test]
fn streams_that_are_opened_and_reset_end_the_connection() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    let mut wire = Wire::open(&setting, &[]);
    // Many in one write, so that they are reset before anybody has looked at them (CVE-2023-44487).
    let hundred = |round: u32| {
        (0..100).flat_map(move |one| {
            [get((round * 100 + one) * 2 + 1, "/"), reset((round * 100 + one) * 2 + 1)].concat()
        })
    };
    until_closed(&mut wire, |round| hundred(round).collect());
    serves(&setting);
    let mut wire = Wire::open(&setting, &[]);
    let bytes: Vec<u8> = (0..10).flat_map(hundred).collect();
    wire.send(&bytes);
    assert_eq!(wire.farewell(), Some(ENHANCE_YOUR_CALM));
}

#[test]
fn pages_that_are_reset_instead_of_taken_end_the_connection() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    let mut wire = Wire::open(&setting, &[(INITIAL_WINDOW_SIZE, 0)]);
    let mut ends = |stream: u32| {
        let sent = wire.send(&refused(stream));
        let came = wire.find(|frame| frame.kind == GOAWAY || frame.stream == stream);
        if came.as_ref().is_some_and(|frame| frame.kind == HEADERS && !frame.is_ok()) {
            return !wire.send(&reset(stream));
        }
        assert_eq!(came.and_then(|frame| frame.code()), sent.then_some(ENHANCE_YOUR_CALM));
        true
    };
    assert!((0..2000).any(|count| ends(count * 2 + 1)));
    serves(&setting);
}

#[test]
fn streams_that_are_reset_while_no_server_can_be_reached_are_bounded() {
    // A server that takes no connection: its queue is full, and the system drops what asks for more.
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let timeout = Duration::from_millis(100);
    let _held: Vec<_> =
        (0..8).map_while(|_| std::net::TcpStream::connect_timeout(&address, timeout).ok()).collect();
    let mut upstream = upstream(&[address]);
    upstream.timeouts.connect = PATIENCE;
    let mut plan = both(upstream);
    plan.clients.streams = 10;
    let setting = run(plan);
    let mut wire = Wire::open(&setting, &[]);
    assert!(wire.find(|frame| frame.kind == SETTINGS).is_some());
    let took = until_closed(&mut wire, |count| {
        // Each by itself, so that each is begun before it is reset.
        std::thread::sleep(Duration::from_millis(2));
        [get(count * 2 + 1, "/"), frame(PING, 0, 0, &[0; 8]), reset(count * 2 + 1)].concat()
    });
    assert!(took < 1000, "{took}");
}

#[test]
fn heads_without_an_end_close_the_connection() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    for piece in [&b""[..], b"\0\x01a\x01b", &block(&[("a", &"b".repeat(120))]).repeat(100)] {
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&frame(HEADERS, END_STREAM, 1, &asking("GET", "/", &[]))));
        let one = frame(CONTINUATION, 0, 1, piece);
        until_closed(&mut wire, |_| one.repeat(100));
        serves(&setting);
    }
    assert!(server.seen.try_iter().all(|request| request.starts_with("GET /other ")));
}

#[test]
fn a_head_that_is_not_ended_is_given_up() {
    let server = well();
    let mut plan = both(upstream(&[server.address]));
    plan.clients.idle = Duration::from_secs(1);
    let setting = run(plan);
    let mut wire = Wire::open(&setting, &[]);
    assert!(wire.send(&frame(HEADERS, END_STREAM, 1, &asking("GET", "/", &[]))));
    wire.farewell();
    assert!(server.seen.try_recv().is_err());
}

#[test]
fn pings_and_settings_without_an_end_are_bounded() {
    let server = well();
    let mut plan = both(upstream(&[server.address]));
    plan.clients.idle = Duration::from_secs(1);
    let setting = run(plan);
    for one in [frame(PING, 0, 0, &[1; 8]), frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9])] {
        // The answers are not read.
        let mut wire = Wire::open(&setting, &[]);
        let many = one.repeat(1000);
        let mut rounds = 0;
        until_closed(&mut wire, |_| {
            rounds += 1;
            if rounds % 50 == 1 {
                serves(&setting);
            }
            many.clone()
        });
        serves(&setting);
    }
}

#[test]
fn streams_beyond_the_limit_are_refused_and_the_others_answered() {
    let server = server(vec![vec![Do::Read, Do::Pause(500), say(OK), Do::Drain]]);
    let mut plan = both(upstream(&[server.address]));
    plan.clients.streams = 4;
    let setting = run(plan);
    let mut wire = Wire::open(&setting, &[]);
    let six: Vec<u8> = (0..6).flat_map(|count| get(count * 2 + 1, "/")).collect();
    assert!(wire.send(&six));
    let (mut refused, mut answered) = (Vec::new(), Vec::new());
    while refused.len() + answered.len() < 6 {
        let frame = wire.find(|frame| frame.stream > 0).unwrap();
        match frame.kind {
            RST_STREAM => refused.push((frame.stream, frame.code().unwrap())),
            HEADERS => answered.push((frame.stream, frame.is_ok())),
            _ => {}
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, [(1, true), (3, true), (5, true), (7, true)]);
    assert_eq!(refused, [(9, REFUSED_STREAM), (11, REFUSED_STREAM)]);
}

#[test]
fn a_client_that_opens_no_window_is_given_up() {
    let server = well();
    let path = log_file("no-window");
    let mut plan = both(upstream(&[server.address]));
    plan.clients.send_gap = Duration::from_secs(1);
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    let setting = run(plan);
    let mut wire = Wire::open(&setting, &[(INITIAL_WINDOW_SIZE, 0)]);
    assert!(wire.send(&get(1, "/stalled")));
    assert!(wire.find(|frame| frame.stream == 1).unwrap().is_ok());
    serves(&setting);
    let frame = wire.find(|frame| frame.stream == 1).unwrap();
    assert_eq!(frame.kind, RST_STREAM, "{frame:?}");
    let line = logged(&path, "\"path\":\"/stalled\"");
    assert!(line.contains("\"end\":\"client_slow\""), "{line}");
    // The page of a request that is refused at its head is an answer, too.
    assert!(wire.send(&refused(3)));
    let line = logged(&path, "\"status\":417");
    assert!(line.contains("\"end\":\"client_slow\""), "{line}");
    let _ = std::fs::remove_file(path);
}

#[test]
fn a_slow_body_is_given_up() {
    let server = server(vec![vec![Do::Drain]]);
    let mut plan = both(upstream(&[server.address]));
    (plan.clients.body_gap, plan.clients.body_rate) = (Duration::from_secs(1), 1000);
    let path = log_file("slow-body");
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    let setting = run(plan);
    let mut wire = Wire::open(&setting, &[]);
    assert!(wire.send(&frame(HEADERS, END_HEADERS, 1, &asking("POST", "/slow", &[]))));
    for _ in 0..12 {
        wire.send(&frame(DATA, 0, 1, b"a"));
        std::thread::sleep(Duration::from_millis(100));
    }
    let answer = wire.find(|frame| frame.stream == 1).unwrap();
    assert!(matches!(answer.kind, HEADERS | RST_STREAM) && !answer.is_ok(), "{answer:?}");
    assert!(logged(&path, "\"path\":\"/slow\"").contains("\"status\":408"));
    let _ = std::fs::remove_file(path);
}

/// So much of each stream and of all as there can be.
const WIDE: u32 = 0x7FFF_FFFF;

/// A client that lets itself be sent anything, and reads nothing of its own accord.
fn greedy(setting: &Setting) -> Wire {
    let mut wire = Wire::open(setting, &[(INITIAL_WINDOW_SIZE, WIDE)]);
    // What the system takes for it does not grow.
    socket2::SockRef::from(&wire.0).set_recv_buffer_size(64 << 10).unwrap();
    assert!(wire.send(&frame(WINDOW_UPDATE, 0, 0, &(WIDE - 0xFFFF).to_be_bytes())));
    wire
}

/// A server whose every answer has so many bytes, and the gateway before it with a log.
fn answering(bytes: usize, name: &str) -> (Scripted, std::path::PathBuf, Plan) {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + bytes, b'a');
    let server = server(vec![vec![Do::Answer(answer)]]);
    let path = log_file(name);
    let mut plan = both(upstream(&[server.address]));
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    (server, path, plan)
}

fn log_lines(path: &std::path::Path, what: &str) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().filter(|line| line.contains(what)).count()
}

#[test]
fn what_one_connection_has_waiting_is_bounded_over_all_its_streams() {
    let (count, bytes) = (300, 120_000);
    let (_server, path, mut plan) = answering(bytes, "all-streams");
    (plan.clients.send_gap, plan.clients.streams) = (Duration::from_secs(1), count);
    let setting = run(plan);
    let mut wire = greedy(&setting);
    assert!(wire.send(&(0..count).flat_map(|one| get(one * 2 + 1, "/")).collect::<Vec<u8>>()));
    until(|| log_lines(&path, "\"status\":200") == count as usize);
    // What the system holds comes on top, but that is far from all of these 36 MB.
    let slow = log_lines(&path, "\"end\":\"client_slow\"");
    assert!(slow > count as usize / 3, "{slow}");
    let _ = std::fs::remove_file(path);
}

#[test]
fn what_waits_for_a_slow_client_is_written_before_a_stop() {
    let (count, bytes) = (200, 100_000);
    let (_server, path, mut plan) = answering(bytes, "slow-stop");
    (plan.process.stop_wait, plan.clients.streams) = (PATIENCE, count);
    let setting = run(plan);
    let mut wire = greedy(&setting);
    assert!(wire.send(&(0..count).flat_map(|one| get(one * 2 + 1, "/")).collect::<Vec<u8>>()));
    // So many are handed over before all is full; lines are written once a second at the latest.
    let done = || log_lines(&path, "\"end\":\"complete\"");
    let mut full = 0;
    until(|| {
        std::thread::sleep(Duration::from_millis(1500));
        std::mem::replace(&mut full, done()) == full && full > 0
    });
    // And with so much taken all of them are, but not all is written.
    let mut read = vec![0; (count as usize - full + 2) * bytes];
    std::io::Read::read_exact(&mut wire.0, &mut read).unwrap();
    until(|| done() == count as usize);
    let gateway = setting.gateway;
    let stopping = std::thread::spawn(move || gateway.stop());
    // Slow is who takes longer than a connection without streams is waited for.
    std::thread::sleep(Duration::from_secs(2));
    std::io::Read::read_to_end(&mut wire.0, &mut read).unwrap();
    let data: usize = frames(&read).filter(|frame| frame.kind == DATA).map(|frame| frame.payload.len()).sum();
    assert_eq!(data, count as usize * bytes);
    drop(wire);
    assert!(stopping.join().unwrap());
    let _ = std::fs::remove_file(path);
}
