//! Who waits for whom, and who is to blame when it takes too long.

use std::io::Write;
use std::time::Duration;

use goodgate_gateway::plan::Action;

use crate::setting::{Do, End, OK, in_front_of, parts, plan, read_all, run, say, server, upstream, well};

const UPLOAD: &str =
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";

#[test]
fn a_server_that_says_it_is_at_work_has_its_time_anew() {
    let at_work = || say("HTTP/1.1 102 Processing\r\n\r\n");
    let pause = || Do::Pause(1300);
    let script = vec![Do::Read, pause(), at_work(), pause(), at_work(), pause(), say(OK)];
    let server = server(vec![script]);
    let (text, _) = in_front_of(&[&server]).get("/");
    assert!(text.starts_with("HTTP/1.1 102 ") && text.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "{text}");
    assert!(!text.contains("Date: \r\n"), "{text}");
}

#[test]
fn a_client_that_waits_for_a_100_is_not_the_slow_one() {
    let server = server(vec![vec![Do::Drain]]);
    let mut plan = plan(upstream(&[server.address]));
    plan.clients.body_gap = Duration::from_millis(500);
    let (text, _) = run(plan).ask(UPLOAD);
    assert_eq!(parts(&text).0, 504, "{text}");
    assert!(text.contains("error=connection_read_timeout"), "{text}");
}

#[test]
fn a_100_that_comes_late_is_in_time_for_the_client() {
    let script = vec![Do::Pause(1500), say("HTTP/1.1 100 Continue\r\n\r\n"), Do::Read, say(OK)];
    let server = server(vec![script]);
    let mut plan = plan(upstream(&[server.address]));
    plan.clients.body_gap = Duration::from_millis(500);
    let mut stream = run_and_connect(plan);
    stream.1.write_all(UPLOAD.as_bytes()).unwrap();
    let mut begin = [0; 12];
    std::io::Read::read_exact(&mut stream.1, &mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 100");
    stream.1.write_all(b"hello").unwrap();
    let (text, _) = read_all(&mut stream.1);
    assert!(text.contains("HTTP/1.1 200 OK"), "{text}");
    assert!(server.seen.recv().unwrap().ends_with("\r\n\r\nhello"));
}

fn run_and_connect(plan: goodgate_gateway::plan::Plan) -> (crate::setting::Setting, std::net::TcpStream) {
    let setting = run(plan);
    let stream = setting.connect();
    (setting, stream)
}

#[test]
fn a_server_that_stalls_in_its_answer_is_given_up_while_the_client_still_sends() {
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let server = server(vec![vec![Do::Pause(200), say(begun), Do::Pause(60_000)]]);
    let setting = in_front_of(&[&server]);
    let mut stream = setting.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        .unwrap();
    let (text, end) = read_all(&mut stream);
    assert!(text.ends_with("hello") && end != End::Open, "{text} {end:?}");
}

#[test]
fn a_body_that_is_sent_again_is_counted_once() {
    let server = server(vec![vec![Do::Reset], vec![Do::Answer(OK.as_bytes().to_vec())]]);
    let mut plan = plan(upstream(&[server.address]));
    plan.sites[0].routes[0].body_bytes_max = 10_000;
    let body = "b".repeat(10_000);
    let ask =
        format!("PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n{body}");
    let (text, _) = run(plan).ask(&ask);
    assert_eq!(parts(&text).0, 200, "{text}");
}

#[test]
fn a_request_without_a_host_goes_on_with_the_servers() {
    let server = well();
    let setting = in_front_of(&[&server]);
    setting.ask("GET / HTTP/1.0\r\n\r\n");
    let seen = server.seen.recv().unwrap();
    assert!(seen.contains(&format!("\r\nHost: {}\r\n", server.address)), "{seen}");
}

#[test]
fn nothing_is_switched_behind_a_body() {
    let server = well();
    let setting = in_front_of(&[&server]);
    setting.ask(
        "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: chat\r\nConnection: upgrade, close\r\nContent-Length: 2\r\n\r\nhi",
    );
    let seen = server.seen.recv().unwrap();
    assert!(!seen.contains("Upgrade: chat"), "{seen}");
}

#[test]
fn what_a_route_says_of_its_answer_takes_the_place_of_what_we_say() {
    let mut plan = plan(upstream(&[]));
    let route = &mut plan.sites[0].routes[0];
    route.action =
        Action::Respond { status: 200, content_type: "text/plain".to_owned(), body: b"{}"[..].into() };
    route.response_fields = vec![
        ("content-type".to_owned(), Some("application/json".to_owned())),
        ("x-request-id".to_owned(), None),
    ];
    plan.upstreams.clear();
    let (text, _) = run(plan).get("/");
    let (_, fields, body) = parts(&text);
    let fields = fields.to_ascii_lowercase();
    assert_eq!((fields.matches("content-type").count(), body.as_str()), (1, "{}"), "{text}");
    assert!(fields.contains("content-type: application/json") && !fields.contains("x-request-id"), "{text}");
}

const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn who_asked_for_the_end_and_breaks_off_is_noticed_while_the_server_works() {
    let server = server(vec![vec![Do::Read, Do::Drain]]);
    let mut plan = plan(upstream(&[server.address]));
    plan.upstreams[0].timeouts.head = Duration::from_secs(600);
    let (_setting, mut client) = run_and_connect(plan);
    client.write_all(LAST).unwrap();
    server.seen.recv().unwrap();
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    // The end of the server's connection.
    assert_eq!(server.seen.recv_timeout(crate::setting::PATIENCE).unwrap(), "");
}

#[test]
fn who_asked_for_the_end_and_closes_its_half_is_answered() {
    let server = server(vec![vec![Do::Read, Do::Pause(300), say(OK), Do::Drain]]);
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    client.write_all(LAST).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let (text, end) = read_all(&mut client);
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("hello"), "{text}");
    assert_eq!(end, End::Closed);
}
