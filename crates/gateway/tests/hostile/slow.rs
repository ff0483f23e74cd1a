//! Clients that take their time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use goodgate_gateway::plan::*;

use crate::setting::*;

const SECOND: Duration = Duration::from_secs(1);

/// The gateway in front of a server that is well, with a second for everything that a client does.
fn hurried(server: &Scripted) -> Plan {
    let mut plan = plan(upstream(&[server.address]));
    let clients = &mut plan.clients;
    (clients.head, clients.body_gap, clients.send_gap, clients.body_rate) = (SECOND, SECOND, SECOND, 1000);
    plan
}

/// The gateway serves somebody else now.
pub(crate) fn serves(setting: &Setting) {
    let (text, _) = setting.get("/other");
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("hello"), "{text}");
}

/// A place for an access log that nobody else writes.
pub(crate) fn log_file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("goodgate-hostile-{}-{name}.log", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// The first line of the log with this in it, once there is one.
pub(crate) fn logged(path: &std::path::Path, what: &str) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if let Some(line) = text.lines().find(|line| line.contains(what)) {
            return line.to_owned();
        }
        assert!(Instant::now() < until, "{what} is not in {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn heads_that_come_byte_by_byte_are_given_up() {
    let server = well();
    let setting = run(hurried(&server));
    let mut clients: Vec<TcpStream> = (0..100).map(|_| setting.connect()).collect();
    let head = b"GET / HTTP/1.1\r\nHost: shop.example\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaa";
    for byte in head.iter().take(15) {
        for client in &mut clients {
            // Some are closed already.
            let _ = client.write_all(&[*byte]);
        }
        serves(&setting);
        std::thread::sleep(Duration::from_millis(100));
    }
    for mut client in clients {
        let (text, end) = read_all(&mut client);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408 "), "{text}");
        assert_ne!(end, End::Open);
    }
    assert!(server.seen.try_iter().all(|request| request.starts_with("GET /other ")));
}

#[test]
fn silence_is_given_up_before_and_between_requests() {
    let server = well();
    let mut plan = hurried(&server);
    plan.clients.idle = SECOND;
    let setting = run(plan);
    let mut silent = setting.connect();
    let mut once = setting.connect();
    once.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(read_response(&mut once).ends_with("hello"));
    assert_eq!(read_all(&mut silent), (String::new(), End::Closed));
    assert_eq!(read_all(&mut once), (String::new(), End::Closed));
}

#[test]
fn bodies_below_the_rate_are_given_up() {
    let server = server(vec![vec![Do::Drain]]);
    let other = well();
    let mut plan = hurried(&server);
    plan.upstreams.push(upstream(&[other.address]));
    let mut route = plan.sites[0].routes[0].clone();
    (route.path, route.action) =
        (PathPattern::Exact("/other".to_owned()), Action::Proxy { upstream: 1, host: None });
    plan.sites[0].routes.insert(0, route);
    let setting = run(plan);
    for framing in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
        let mut client = setting.connect();
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        client.write_all(head.as_bytes()).unwrap();
        for _ in 0..15 {
            let _ = client.write_all(b"5\r\nhello\r\n");
            serves(&setting);
            std::thread::sleep(Duration::from_millis(100));
        }
        let (text, end) = read_all(&mut client);
        assert!(text.starts_with("HTTP/1.1 408 "), "{framing}: {text}");
        assert_ne!(end, End::Open);
        // The server sees that the request ended before its time.
        let request = server.seen.recv_timeout(PATIENCE).unwrap();
        assert!(request.starts_with("POST / ") && !request.ends_with("0\r\n\r\n"), "{request}");
    }
}

#[test]
fn bodies_that_stop_are_given_up() {
    let server = server(vec![vec![Do::Drain]]);
    let setting = run(hurried(&server));
    let (text, end) = setting.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert_ne!(end, End::Open);
}

#[test]
fn who_stops_sending_behind_an_answer_that_has_begun_is_told_from_who_stops_reading() {
    let early = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let server = server(vec![vec![say(early), Do::Drain], vec![Do::Answer(OK.as_bytes().to_vec())]]);
    let path = log_file("stops-sending");
    let mut plan = hurried(&server);
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    plan.upstreams[0].timeouts.idle = PATIENCE;
    let setting = run(plan);
    let (text, end) = setting.ask("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("hello"), "{text}");
    assert_ne!(end, End::Open);
    serves(&setting);
    let line = logged(&path, "\"path\":\"/upload\"");
    assert!(line.contains("\"end\":\"upload_slow\""), "{line}");
    assert!(line.contains("\"signal\":\"client-timed-out\""), "{line}");
    let _ = std::fs::remove_file(path);
}

#[test]
fn who_reads_nothing_of_a_large_answer_is_given_up() {
    let mut large = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 32 << 20).into_bytes();
    large.resize(large.len() + (32 << 20), b'a');
    let server = server(vec![vec![Do::Read, Do::Say(large)], vec![Do::Answer(OK.as_bytes().to_vec())]]);
    let path = log_file("reads-nothing");
    let mut plan = hurried(&server);
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    let setting = run(plan);
    let mut client = setting.connect();
    client.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    server.seen.recv_timeout(PATIENCE).unwrap();
    serves(&setting);
    let line = logged(&path, "\"path\":\"/large\"");
    assert!(line.contains("\"end\":\"client_slow\""), "{line}");
    assert!(line.contains("\"signal\":\"client-gone\"") && !line.contains("http_request_error"), "{line}");
    // What lies in the buffers of the system still comes, but not the whole.
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest);
    assert!(rest.len() < 32 << 20, "{}", rest.len());
    let _ = std::fs::remove_file(path);
}

#[test]
fn a_head_behind_a_body_that_was_waited_for_has_its_own_time() {
    let server = well();
    let setting = run(plan(upstream(&[server.address])));
    let mut client = setting.connect();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").unwrap();
    // The body is waited for before it comes.
    server.seen.recv_timeout(Duration::from_millis(200)).unwrap_err();
    client.write_all(b"hello").unwrap();
    assert!(read_response(&mut client).ends_with("hello"));
    client.write_all(b"GET / HT").unwrap();
    // Longer than a connection is looked at for another request.
    std::thread::sleep(SECOND);
    client.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let text = read_response(&mut client);
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
}
