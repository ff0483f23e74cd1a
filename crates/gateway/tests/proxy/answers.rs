//! Answers that are well, passed on as they are.

use std::io::Write;

use crate::setting::{Do, End, in_front_of, parts, read_all, read_response, say, server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Own: 1\r\n\r\nhello";

#[test]
fn an_answer_comes_back_whole_and_the_request_goes_on_with_our_fields() {
    let server = server(vec![vec![Do::Read, say(OK), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let (status, fields, body) = parts(&setting.get("/a?b=c").0);
    assert_eq!((status, body.as_str()), (200, "hello"));
    assert!(fields.contains("X-Own: 1\r\n") && fields.contains("Via: 1.1 gate-"), "{fields}");
    assert!(fields.contains("Connection: close") && fields.contains("Date: "), "{fields}");
    let request = server.seen.recv().unwrap();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n"), "{request}");
    assert!(request.contains("X-Forwarded-For: 127.0.0.1\r\n"), "{request}");
    assert!(!request.contains("Connection: close"), "{request}");
}

#[test]
fn both_sides_keep_their_connections() {
    let twice = vec![Do::Read, say(OK), Do::Read, say(OK), Do::Drain];
    let server = server(vec![twice, vec![Do::Reset]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    for _ in 0..2 {
        client.write_all(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n").unwrap();
        assert!(read_response(&mut client).ends_with("hello"));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let twice =
        vec![Do::Read, say(OK), Do::Read, say("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), Do::Drain];
    let server = server(vec![twice]);
    let setting = in_front_of(&[&server]);
    let both = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let (text, end) = setting.ask(both);
    let (first, second) = text.split_once("hello").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK") && second.starts_with("HTTP/1.1 404 No"), "{text}");
    assert_eq!(end, End::Closed);
}

#[test]
fn interim_answers_are_passed_on() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    let server = server(vec![vec![Do::Read, say(early), Do::Pause(20), say(OK), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let (text, _) = setting.get("/");
    assert!(text.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n"), "{text}");
    assert!(text.contains("\r\n\r\nHTTP/1.1 200 OK\r\n") && text.ends_with("hello"), "{text}");
}

#[test]
fn head_and_304_have_no_body_and_keep_their_length() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let server = server(vec![vec![
        Do::Read,
        say(head),
        Do::Read,
        say("HTTP/1.1 304 Not Modified\r\n\r\n"),
        Do::Drain,
    ]]);
    let setting = in_front_of(&[&server]);
    let both = "HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let (text, _) = setting.ask(both);
    assert!(text.contains("Content-Length: 5\r\n") && text.contains("\r\n\r\nHTTP/1.1 304 "), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn a_switch_of_protocols_carries_bytes_both_ways() {
    let switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhi";
    let server = server(vec![vec![Do::Read, say(switch), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    let ask = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nping";
    client.write_all(ask).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let (text, _) = read_all(&mut client);
    assert!(text.starts_with("HTTP/1.1 101 ") && text.contains("Upgrade: websocket\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nhi"), "{text}");
    let request = server.seen.recv().unwrap();
    assert!(request.contains("Connection: upgrade\r\nUpgrade: websocket\r\n"), "{request}");
    assert_eq!(server.seen.recv().unwrap(), "ping");
}

#[test]
fn whoever_must_switch_protocols_is_told_to_which() {
    let required = "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n";
    let server = server(vec![vec![Do::Read, say(required), Do::Drain]]);
    let (status, fields, _) = parts(&in_front_of(&[&server]).get("/socket").0);
    assert_eq!(status, 426);
    assert!(
        fields.contains("Upgrade: websocket\r\n") && fields.contains("Connection: upgrade\r\n"),
        "{fields}"
    );
}
