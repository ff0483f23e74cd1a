//! Failures that need not reach the client.

use std::io::Write;
use std::time::Duration;

use crate::setting::{Do, Setting, in_front_of, parts, plan, read_response, run, say, server, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn statuses(setting: &Setting, count: usize) -> Vec<u16> {
    (0..count).map(|_| parts(&setting.get("/").0).0).collect()
}

#[test]
fn a_connection_that_was_closing_is_not_the_clients_business() {
    // The server closes each connection behind its first answer without saying so, at the moment of the next request.
    let server =
        server(vec![vec![Do::Read, say(OK), Do::Read, Do::Reset], vec![Do::Read, say(OK), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    assert_eq!(statuses(&setting, 2), [200, 200]);
}

#[test]
fn another_server_is_asked_where_one_refuses() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let server = server(vec![vec![Do::Read, say(OK)]]);
    let setting = run(plan(upstream(&[nobody, server.address])));
    assert_eq!(statuses(&setting, 8), [200; 8]);
}

#[test]
fn a_post_that_may_have_been_processed_is_not_sent_twice() {
    let server = server(vec![vec![Do::Read, Do::Reset], vec![Do::Read, say(OK)]]);
    let setting = in_front_of(&[&server]);
    let (text, _) =
        setting.ask("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
    assert!(text.starts_with("HTTP/1.1 502 "), "{text}");
    assert_eq!(server.seen.iter().take(1).count(), 1);
    assert!(server.seen.recv_timeout(Duration::from_millis(100)).is_err());
}

#[test]
fn a_put_is_sent_again_with_its_body() {
    let server = server(vec![vec![Do::Read, Do::Reset], vec![Do::Read, say(OK)]]);
    let setting = in_front_of(&[&server]);
    let (text, _) =
        setting.ask("PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let seen: Vec<String> = server.seen.iter().take(2).collect();
    assert!(seen.iter().all(|request| request.ends_with("\r\n\r\nhi")), "{seen:?}");
}

#[test]
fn stopping_waits_for_what_is_in_hand() {
    let server = server(vec![vec![Do::Read, Do::Pause(300), say(OK)]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    server.seen.recv().unwrap();
    let gateway = setting.gateway;
    let stopping = std::thread::spawn(move || gateway.stop());
    assert!(read_response(&mut client).ends_with("hello"));
    drop(client);
    assert!(stopping.join().unwrap());
}
