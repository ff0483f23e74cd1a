//! Clients that send too much.

use std::io::Write;

use goodgate_gateway::plan::*;

use crate::setting::*;
use crate::slow::serves;

fn in_front(server: &Scripted) -> Setting {
    let mut plan = plan(upstream(&[server.address]));
    plan.sites[0].routes[0].body_bytes_max = 1000;
    run(plan)
}

/// Sends all of it, as far as it is taken, and says how it was answered.
fn status(setting: &Setting, request: &[u8]) -> (u16, String) {
    let mut client = setting.connect();
    // The gateway may have answered and closed before all was sent.
    let _ = client.write_all(request);
    let (text, end) = read_all(&mut client);
    assert_ne!(end, End::Open);
    let (status, fields, _) = parts(&text);
    (status, fields)
}

#[test]
fn heads_beyond_the_limits_are_refused() {
    let server = well();
    let setting = in_front(&server);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(101));
    let wide = format!("GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "b".repeat(33 << 10));
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "b".repeat(17 << 10));
    for (request, expected) in [(&many, 431), (&wide, 431), (&long, 414)] {
        let (status, fields) = status(&setting, request.as_bytes());
        assert_eq!(status, expected, "{}", &request[..60]);
        assert!(fields.contains("Connection: close"), "{fields}");
    }
    let most = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", "A: b\r\n".repeat(98));
    assert_eq!(status(&setting, most.as_bytes()).0, 200);
    assert_eq!(server.seen.try_iter().count(), 1);
}

#[test]
fn fields_without_an_end_are_cut_off() {
    let server = well();
    let setting = in_front(&server);
    let mut client = setting.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").unwrap();
    let line = format!("A: {}\r\n", "b".repeat(1000));
    let (mut sent, most) = (0, 64 << 20);
    while sent < most && client.write_all(line.as_bytes()).is_ok() {
        sent += line.len();
    }
    assert!(sent < most, "the gateway took {sent} bytes");
    serves(&setting);
}

#[test]
fn bodies_beyond_the_limit_of_the_route_are_refused() {
    let server = well();
    let setting = in_front(&server);
    let announced =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n".to_owned() + &"a".repeat(1001);
    let chunk = format!("64\r\n{}\r\n", "a".repeat(100));
    let chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    let next = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for body in [announced, chunks.clone() + &chunk.repeat(11) + "0\r\n\r\n", chunks + &chunk.repeat(1000)] {
        assert_eq!(status(&setting, (body + next).as_bytes()).0, 413);
    }
    let waits = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n";
    assert_eq!(status(&setting, waits.as_bytes()).0, 413);
    // Not one of them has reached the server as a whole.
    assert!(server.seen.try_iter().all(|request| request.starts_with("GET /next ")));
}

#[test]
fn a_body_as_large_as_may_be_passes() {
    let server = well();
    let setting = in_front(&server);
    let request = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n";
    assert_eq!(status(&setting, (request.to_owned() + &"a".repeat(1000)).as_bytes()).0, 200);
}

#[test]
fn a_thousand_requests_at_once_are_answered_in_order() {
    let mut plan = plan(upstream(&["127.0.0.1:9".parse().unwrap()]));
    let route = &plan.sites[0].routes[0];
    let numbers = ["/a", "/b", "/c"].map(|path| Route {
        path: PathPattern::Exact(path.to_owned()),
        action: Action::Respond {
            status: 200,
            content_type: "text/plain".to_owned(),
            body: path.as_bytes().into(),
        },
        ..route.clone()
    });
    plan.sites[0].routes = numbers.to_vec();
    let setting = run(plan);
    let paths = || ["/a", "/b", "/c"].into_iter().cycle().take(1000);
    let mut client = setting.connect();
    let all: String = paths().map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let writer = client.try_clone().unwrap();
    let writing = std::thread::spawn(move || (&writer).write_all(all.as_bytes()).unwrap());
    for path in paths() {
        assert_eq!(parts(&read_response(&mut client)).2, path);
    }
    writing.join().unwrap();
}

#[test]
fn a_thousand_requests_at_once_reach_a_server_in_order() {
    let server = well();
    let setting = in_front(&server);
    let mut client = setting.connect();
    let all: String = (0..1000).map(|count| format!("GET /{count} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let writer = client.try_clone().unwrap();
    let writing = std::thread::spawn(move || (&writer).write_all(all.as_bytes()).unwrap());
    for count in 0..1000 {
        assert!(read_response(&mut client).ends_with("hello"));
        if count % 250 == 0 {
            serves(&setting);
        }
    }
    writing.join().unwrap();
    let seen: Vec<String> =
        server.seen.try_iter().filter(|request| !request.starts_with("GET /other ")).collect();
    assert_eq!(seen.len(), 1000);
    for (count, request) in seen.iter().enumerate() {
        assert!(request.starts_with(&format!("GET /{count} ")), "{request}");
    }
}
