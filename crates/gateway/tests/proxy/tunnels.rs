//! Connections that are switched to another protocol.

use std::io::Write;
use std::net::TcpStream;

use goodgate_gateway::plan::*;

use crate::setting::{Do, PATIENCE, Setting, plan, read_all, read_response, run, say, server, upstream};

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
const ASK: &[u8] = b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// A client whose connection was switched.
fn switched(setting: &Setting) -> TcpStream {
    let mut client = setting.connect();
    client.write_all(ASK).unwrap();
    // No body is announced, so that this is the head alone.
    assert!(read_response(&mut client).starts_with("HTTP/1.1 101 "));
    client
}

fn logged_plan(upstream: Upstream, name: &str) -> (Plan, std::path::PathBuf) {
    let path = std::env::temp_dir().join(format!("goodgate-{name}-{}.log", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut plan = plan(upstream);
    plan.access_log = Some(AccessLog { path: Some(path.clone()), format: LogFormat::Json });
    (plan, path)
}

/// The one line of the log behind the end of the gateway.
fn line(path: &std::path::Path) -> String {
    let log = std::fs::read_to_string(path).unwrap();
    let _ = std::fs::remove_file(path);
    assert_eq!(log.lines().count(), 1, "{log}");
    log
}

fn number(line: &str, key: &str) -> f64 {
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    record[key].as_f64().unwrap_or_else(|| panic!("{key} in {line}"))
}

#[test]
fn what_went_through_a_tunnel_is_recorded_at_its_end() {
    let server = server(vec![vec![Do::Read, say(SWITCH), Do::Pause(300), say("hello"), Do::Drain]]);
    let (plan, path) = logged_plan(upstream(&[server.address]), "tunnel-end");
    let setting = run(plan);
    let mut client = switched(&setting);
    client.write_all(b"ping").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut client).0, "hello");
    assert!(setting.gateway.stop());
    let line = line(&path);
    assert_eq!((number(&line, "request_bytes"), number(&line, "response_bytes")), (4.0, 5.0), "{line}");
    assert!(number(&line, "duration_us") >= 300_000.0, "{line}");
    assert!(line.contains("\"end\":\"tunnel\""), "{line}");
}

#[test]
fn a_tunnel_that_the_end_of_the_gateway_cuts_is_recorded() {
    let server = server(vec![vec![Do::Read, say(SWITCH), Do::Drain]]);
    let (mut plan, path) = logged_plan(upstream(&[server.address]), "tunnel-cut");
    plan.process.stop_wait = std::time::Duration::from_millis(200);
    let setting = run(plan);
    let client = switched(&setting);
    assert!(!setting.gateway.stop());
    drop(client);
    assert!(line(&path).contains("\"path\":\"/ws\""));
}

#[test]
fn a_server_with_tunnels_is_the_busier_one() {
    let servers = [(); 2].map(|()| server(vec![vec![Do::Read, say(SWITCH), Do::Drain]]));
    let mut upstream = upstream(&[servers[0].address, servers[1].address]);
    upstream.balance = Balance::LeastRequest;
    let setting = run(plan(upstream));
    let open = || {
        let client = switched(&setting);
        // It says what it has read before it answers.
        let at = usize::from(servers[0].seen.try_recv().is_err());
        if at == 1 {
            servers[1].seen.try_recv().unwrap();
        }
        (client, at)
    };
    let (stay, go): (Vec<_>, Vec<_>) = (0..4).map(|_| open()).partition(|(_, at)| *at == 0);
    assert_eq!((stay.len(), go.len()), (2, 2));
    drop(go);
    for _ in 0..2 {
        // The end of what was read from that tunnel.
        assert_eq!(servers[1].seen.recv_timeout(PATIENCE).unwrap(), "");
    }
    let again: Vec<(TcpStream, usize)> = (0..2).map(|_| open()).collect();
    assert!(again.iter().all(|(_, at)| *at == 1));
}
