//! More than there is room for.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use goodgate_gateway::plan::*;

use crate::setting::*;
use crate::slow::serves;

fn asks(client: &mut TcpStream) -> bool {
    let sent = client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sent.is_ok() && read_maybe(client).is_some_and(|text| text.ends_with("hello"))
}

#[test]
fn connections_beyond_the_limit_are_closed_and_the_others_served() {
    let server = well();
    let mut plan = plan(upstream(&[server.address]));
    plan.clients.connections_max = 4;
    let setting = run(plan);
    let mut clients: Vec<TcpStream> = (0..4).map(|_| setting.connect()).collect();
    assert!(clients.iter_mut().all(asks));
    for _ in 0..10 {
        let (text, end) = read_all(&mut setting.connect());
        assert_eq!(text, "");
        assert_ne!(end, End::Open);
    }
    assert!(clients.iter_mut().all(asks));
    clients.pop();
    // There is room again once the gateway has seen the end.
    let again = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        asks(&mut setting.connect())
    });
    assert!(again);
}

/// A gateway that has one request in hand at once, in front of a server that takes this long.
fn narrow(pause_ms: u64, length: usize, wait: Duration) -> (Scripted, Setting) {
    let script = vec![Do::Read, Do::Pause(pause_ms), say(OK), Do::Read, Do::Pause(pause_ms), say(OK)];
    let server = server(vec![script]);
    let mut upstream = upstream(&[server.address]);
    upstream.queue = Some(Queue { concurrency: 1, length, wait });
    let setting = run(plan(upstream));
    (server, setting)
}

/// Asks on one connection, and on so many others while that is served; all answers but the first.
fn at_once(setting: &Setting, server: &Scripted, others: usize) -> Vec<(u16, String)> {
    let mut first = setting.connect();
    first.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    server.seen.recv_timeout(PATIENCE).unwrap();
    let mut answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..others).map(|_| scope.spawn(|| parts(&setting.get("/").0))).collect();
        asking
            .into_iter()
            .map(|one| one.join().unwrap())
            .map(|(status, fields, _)| (status, fields))
            .collect()
    });
    assert!(read_response(&mut first).ends_with("hello"));
    answers.sort();
    answers
}

fn assert_no_room(fields: &str) {
    assert!(fields.contains("Retry-After: "), "{fields}");
    assert!(fields.contains("error=connection_limit_reached"), "{fields}");
}

#[test]
fn who_finds_the_queue_full_is_told_so_and_when_to_come_again() {
    let (server, setting) = narrow(1000, 1, PATIENCE);
    let answers = at_once(&setting, &server, 4);
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 503, 503, 503]);
    answers[1..].iter().for_each(|(_, fields)| assert_no_room(fields));
    serves(&setting);
}

#[test]
fn who_waits_too_long_in_the_queue_is_told_so() {
    let (server, setting) = narrow(1500, 8, Duration::from_millis(200));
    let answers = at_once(&setting, &server, 3);
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [503; 3]);
    answers.iter().for_each(|(_, fields)| assert_no_room(fields));
    serves(&setting);
}

#[test]
fn who_leaves_the_queue_gives_its_place_back() {
    let (server, setting) = narrow(1000, 1, PATIENCE);
    let mut first = setting.connect();
    first.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    server.seen.recv_timeout(PATIENCE).unwrap();
    let mut waiting = setting.connect();
    waiting.write_all(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    until(|| setting.gateway.connections() == 2);
    drop(waiting);
    until(|| setting.gateway.connections() == 1);
    serves(&setting);
    assert!(read_response(&mut first).ends_with("hello"));
    assert!(server.seen.try_iter().all(|request| !request.starts_with("GET /gone ")));
}
