//! Bodies in both directions and framings.

use std::io::Write;

use crate::setting::{Do, End, in_front_of, parts, read_all, say, server};

#[test]
fn a_chunked_answer_stays_chunked_with_its_trailers() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
                  5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\nContent-Length: 3\r\n\r\n";
    let server = server(vec![vec![Do::Read, say(answer), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let (_, fields, body) = parts(&setting.get("/").0);
    assert!(fields.contains("Transfer-Encoding: chunked") && fields.contains("Trailer: X-Sum"), "{fields}");
    assert_eq!(body, "b\r\nhello world\r\n0\r\nX-Sum: 11\r\n\r\n");
}

#[test]
fn for_http_1_0_chunks_become_a_body_until_the_end() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let server = server(vec![vec![Do::Read, say(answer), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let (text, end) = setting.ask("GET / HTTP/1.0\r\n\r\n");
    let (status, fields, body) = parts(&text);
    assert_eq!((status, body.as_str(), end), (200, "hello", End::Closed));
    assert!(!fields.contains("chunked") && fields.contains("Connection: close"), "{fields}");
}

#[test]
fn a_body_until_the_end_becomes_chunks() {
    let server =
        server(vec![vec![Do::Read, say("HTTP/1.1 200 OK\r\n\r\nhello"), Do::Pause(20), say(" world")]]);
    let setting = in_front_of(&[&server]);
    let (_, fields, body) = parts(&setting.get("/").0);
    assert!(fields.contains("Transfer-Encoding: chunked"), "{fields}");
    assert_eq!(body, "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
}

#[test]
fn requests_with_bodies_go_on_in_both_framings() {
    let ok = "HTTP/1.1 204 No Content\r\n\r\n";
    let server = server(vec![vec![Do::Read, say(ok), Do::Read, say(ok), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let (text, _) = setting.ask(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
         POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    assert_eq!(text.matches("HTTP/1.1 204 No Content").count(), 2, "{text}");
    let first = server.seen.recv().unwrap();
    assert!(first.contains("Content-Length: 5\r\n") && first.ends_with("\r\n\r\nhello"), "{first}");
    let second = server.seen.recv().unwrap();
    assert!(second.contains("Transfer-Encoding: chunked\r\n"), "{second}");
    assert!(second.ends_with("\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"), "{second}");
}

#[test]
fn large_bodies_pass_in_both_directions() {
    let size = 3_000_000;
    let body: String = (0..size).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{body}");
    let server = server(vec![vec![Do::Read, say(&answer), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(body.as_bytes()).unwrap();
    let (text, end) = read_all(&mut client);
    assert_eq!(end, End::Closed);
    assert!(parts(&text).2 == body);
    assert!(server.seen.recv().unwrap().ends_with(&body));
}

#[test]
fn a_client_that_expects_100_hears_the_servers_own() {
    let server = server(vec![vec![Do::Read, say("HTTP/1.1 204 No Content\r\n\r\n"), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    client.write_all(b"hi").unwrap();
    let (text, _) = read_all(&mut client);
    assert!(text.starts_with("HTTP/1.1 204 "), "{text}");
    let request = server.seen.recv().unwrap();
    assert!(request.contains("Expect: 100-continue\r\n") && request.ends_with("hi"), "{request}");
}
