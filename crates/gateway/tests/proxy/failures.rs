//! Failures of servers, each told by its name, and never hidden.

use goodgate_gateway::plan::{AccessLog, LogFormat};

use crate::setting::{Do, End, Setting, in_front_of, parts, plan, run, say, server, upstream, well};

/// The token that the gateway gives as its error.
fn told(setting: &Setting) -> (u16, String) {
    let (text, _) = setting.get("/");
    let (status, fields, _) = parts(&text);
    let line = fields.lines().find(|line| line.starts_with("Proxy-Status: ")).unwrap_or_default();
    let token = line.split("error=").nth(1).unwrap_or_default();
    (status, token.split([';', ' ', ',']).next().unwrap_or_default().to_owned())
}

fn of(script: Vec<Do>) -> (u16, String) {
    let server = server(vec![script]);
    told(&in_front_of(&[&server]))
}

#[test]
fn each_kind_has_its_status_and_token() {
    let big = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(70_000));
    for (script, status, token) in [
        (vec![Do::Read], 502, "connection_terminated"),
        (vec![Do::Read, Do::Reset], 502, "connection_terminated"),
        (vec![Do::Read, say("HTTP/1.1 200"), Do::Reset], 502, "connection_terminated"),
        (vec![Do::Read, say("nonsense\r\n\r\n")], 502, "http_protocol_error"),
        (vec![Do::Read, say("HTTP/1.1 200 OK\r\nA b\r\n\r\n")], 502, "http_protocol_error"),
        (vec![Do::Read, say("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")], 502, "http_protocol_error"),
        (
            vec![Do::Read, say("HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n")],
            502,
            "http_response_transfer_coding",
        ),
        (vec![Do::Read, say("HTTP/1.1 101 Switching Protocols\r\n\r\n")], 502, "http_protocol_error"),
        (vec![Do::Read, say(&big)], 502, "http_response_header_size"),
        (vec![Do::Read, Do::Pause(4000)], 504, "connection_read_timeout"),
        (vec![Do::Read, say("HTTP/1.1 200"), Do::Pause(4000)], 504, "connection_read_timeout"),
    ] {
        let shown = format!("{:?}", script.last());
        assert_eq!(of(script), (status, token.to_owned()), "{}", shown.get(..80.min(shown.len())).unwrap());
    }
}

#[test]
fn nobody_there_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let setting = run(plan(upstream(&[address])));
    assert_eq!(told(&setting), (502, "connection_refused".to_owned()));
}

#[test]
fn a_cut_body_is_never_passed_off_as_whole() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let bad = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n";
    let until = "HTTP/1.1 200 OK\r\n\r\nhello";
    for (script, old) in [
        (vec![Do::Read, say(length)], false),
        (vec![Do::Read, say(chunks)], false),
        (vec![Do::Read, say(bad)], false),
        (vec![Do::Read, say(until), Do::Pause(100), Do::Reset], false),
        (vec![Do::Read, say(chunks)], true),
        (vec![Do::Read, say(until), Do::Pause(100), Do::Reset], true),
    ] {
        let shown = format!("{script:?} {old}");
        let server = server(vec![script]);
        let setting = in_front_of(&[&server]);
        // What follows on the connection would be taken for the rest of a body that is not whole.
        let next = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let first = if old { "GET / HTTP/1.0\r\n\r\n" } else { "GET / HTTP/1.1\r\nHost: a\r\n\r\n" };
        let (text, end) = setting.ask(&[first, next].concat());
        assert_ne!(end, End::Open, "{shown}: {text}");
        // What is seen to be wrong before anything was sent is told as what it is.
        if text.starts_with("HTTP/1.1 502 ") {
            continue;
        }
        assert!(text.starts_with("HTTP/1.1 200 OK") && !text.contains("\r\n0\r\n\r\n"), "{shown}: {text}");
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{shown}: {text}");
        let lengthy = text.contains("Content-Length: 10");
        let told = text.contains("chunked") || lengthy || end == End::Reset;
        assert!(told, "{shown}: {text} {end:?}");
    }
}

#[test]
fn what_is_refused_behind_another_request_is_counted_by_itself() {
    let server = well();
    let path = std::env::temp_dir().join(format!("goodgate-refused-{}.log", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut plan = plan(upstream(&[server.address]));
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    let setting = run(plan);
    let (text, _) = setting.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\nno request\r\n\r\n");
    let refused = &text[text.find("HTTP/1.1 400").unwrap()..];
    let length = parts(refused).2.len();
    drop(setting);
    let log = std::fs::read_to_string(&path).unwrap();
    let line = log.lines().find(|line| line.contains("\"status\":400")).unwrap();
    assert!(line.contains(&format!("\"response_bytes\":{length},")), "{length}: {line}");
    let _ = std::fs::remove_file(path);
}
