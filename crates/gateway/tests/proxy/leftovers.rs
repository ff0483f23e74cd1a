//! Bodies that nobody wants.

use std::io::Write;
use std::net::TcpStream;

use goodgate_gateway::plan::*;

use crate::setting::{
    Do, End, Setting, parts, plan, read_all, read_response, run, say, server, until, upstream,
};

const GET: &[u8] = b"GET /again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A gateway that answers everything itself, and takes bodies of 100 bytes.
fn refusing() -> Setting {
    let mut plan = plan(upstream(&[]));
    plan.upstreams.clear();
    let route = &mut plan.sites[0].routes[0];
    route.body_bytes_max = 100;
    route.action = Action::Redirect { status: 302, to: "https://{host}/".to_owned() };
    run(plan)
}

fn status(stream: &mut TcpStream) -> u16 {
    parts(&read_response(stream)).0
}

#[test]
fn a_body_that_is_here_does_not_end_the_connection() {
    let setting = refusing();
    let mut client = setting.connect();
    for (framing, body, expected) in [
        ("Content-Length: 5", "hello", 302),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", 302),
        ("Content-Length: 200", &"a".repeat(200), 413),
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{body}");
        client.write_all(request.as_bytes()).unwrap();
        assert_eq!(status(&mut client), expected, "{framing}");
    }
    client.write_all(GET).unwrap();
    assert!(read_all(&mut client).0.starts_with("HTTP/1.1 302 "));
}

#[test]
fn a_little_body_that_comes_later_does_not_end_the_connection() {
    let setting = refusing();
    let mut client = setting.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").unwrap();
    let answer = read_response(&mut client);
    assert!(answer.starts_with("HTTP/1.1 302 ") && !answer.contains("Connection: close"), "{answer}");
    client.write_all(b"hello").unwrap();
    client.write_all(GET).unwrap();
    assert!(read_all(&mut client).0.starts_with("HTTP/1.1 302 "));
}

#[test]
fn who_waits_for_a_100_and_gets_another_answer_is_told_of_the_end() {
    let setting = refusing();
    let mut client = setting.connect();
    client
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    let (answer, end) = read_all(&mut client);
    assert!(answer.starts_with("HTTP/1.1 302 ") && answer.contains("Connection: close\r\n"), "{answer}");
    assert_eq!(end, End::Closed);
}

#[test]
fn an_answer_that_comes_before_a_little_body_does_not_end_the_connection() {
    let answer = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    let scripted = || server(vec![vec![say(answer), Do::Drain]]);
    let server = scripted();
    let mut plan = plan(upstream(&[server.address]));
    plan.upstreams[0].retry.attempts = 1;
    let setting = run(plan);
    let mut client = setting.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").unwrap();
    assert_eq!(status(&mut client), 401);
    client.write_all(b"hello").unwrap();
    client.write_all(GET).unwrap();
    assert!(read_all(&mut client).0.starts_with("HTTP/1.1 401 "));
}

#[test]
fn who_sends_too_much_can_send_it_all_and_read_why_not() {
    let setting = refusing();
    let large = 8 << 20;
    let mut client = setting.connect();
    client
        .write_all(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {large}\r\n\r\n").as_bytes())
        .unwrap();
    let piece = vec![b'a'; 64 << 10];
    for _ in 0..large / piece.len() {
        client.write_all(&piece).unwrap();
    }
    let (answer, end) = read_all(&mut client);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("Connection: close\r\n"), "{answer}");
    assert_eq!(end, End::Closed);
}

#[test]
fn who_was_refused_and_sends_nothing_more_is_not_waited_for() {
    let setting = refusing();
    let mut client = setting.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n").unwrap();
    assert!(read_all(&mut client).0.starts_with("HTTP/1.1 413 "));
    until(|| setting.gateway.connections() == 0);
}

#[test]
fn a_client_that_asked_for_the_end_is_not_waited_for() {
    let setting = refusing();
    let mut client = setting.connect();
    client.write_all(GET).unwrap();
    assert_eq!(read_all(&mut client).1, End::Closed);
    // Nobody reads what comes behind it.
    until(|| client.write_all(b"x").is_err());
}
