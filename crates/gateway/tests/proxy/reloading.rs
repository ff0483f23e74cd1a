//! What a reload puts in force, and what it leaves as it was.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use goodgate_gateway::plan::{AccessLog, Admin, Listener, LogFormat, Plan, Token};
use goodgate_gateway::{Gateway, Hooks, StartError};

use crate::setting::{PATIENCE, Scripted, parts, plan, read_response, run, until, upstream, well};

/// A plan with an admin address that asks for the token of this file.
fn with_token(file: &str, text: Option<&str>) -> Plan {
    let token = Token { file: PathBuf::from(file), text: text.map(str::to_owned) };
    let admin = Admin { address: SocketAddr::from(([127, 0, 0, 1], 0)), token: Some(token) };
    Plan { admin: Some(admin), ..plan(upstream(&[])) }
}

/// A connection to the admin address.
fn to_admin(gateway: &Gateway) -> TcpStream {
    let stream = TcpStream::connect(gateway.admin_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes of asking for `/status` there.
fn ask(stream: &mut TcpStream, token: Option<&str>) -> String {
    use std::io::Write as _;
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(stream, "GET /status HTTP/1.1\r\nHost: a\r\n{token}\r\n").unwrap();
    read_response(stream)
}

/// The status line of `/status` at the admin address.
fn asked(gateway: &Gateway, token: Option<&str>) -> String {
    ask(&mut to_admin(gateway), token).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn whoever_comes_without_the_token_is_told_how_to_send_it_and_where_it_stands() {
    let gateway = Gateway::start(with_token("/etc/admin.token", Some("secret")), Hooks::default()).unwrap();
    let (status, fields, body) = parts(&ask(&mut to_admin(&gateway), None));
    assert_eq!(status, 401);
    assert!(fields.contains("Content-Type: text/plain\r\n"), "{fields}");
    for told in ["Authorization: Bearer TOKEN", "token_file", "[admin]"] {
        assert!(body.contains(told), "{body}");
    }
}

#[test]
fn no_application_sees_the_token_of_an_admin_address_that_was_taken_out() {
    let server = well();
    let with_admin = Plan { admin: with_token("/etc/admin.token", Some("secret")).admin, ..of(&server) };
    let setting = run(with_admin);
    let mut client = to_admin(&setting.gateway);
    assert_eq!(parts(&ask(&mut client, Some("secret"))).0, 200);
    setting.gateway.reload(of(&server)).unwrap();
    // The connection stays, and what it is for is no more.
    until(|| parts(&ask(&mut client, Some("secret"))).0 == 404);
    assert_eq!(server.seen.try_iter().collect::<Vec<_>>(), [""; 0]);
}

fn of(server: &Scripted) -> Plan {
    plan(upstream(&[server.address]))
}

#[test]
fn a_token_that_may_not_be_read_any_more_is_still_asked_for() {
    let start = |plan| Gateway::start(plan, Hooks::default());
    let unread = |result: Result<_, StartError>| matches!(result, Err(StartError::Token(_)));
    assert!(unread(start(with_token("/etc/admin.token", None)).map(drop)));
    let gateway = start(with_token("/etc/admin.token", Some("secret"))).unwrap();
    gateway.reload(with_token("/etc/admin.token", None)).unwrap();
    assert_eq!(asked(&gateway, None), "HTTP/1.1 401 Unauthorized");
    assert!(asked(&gateway, Some("secret")).starts_with("HTTP/1.1 200 "));
    assert!(unread(gateway.reload(with_token("/etc/other.token", None)).map(drop)));
    assert!(asked(&gateway, Some("secret")).starts_with("HTTP/1.1 200 "));
    gateway.reload(with_token("/etc/admin.token", None)).unwrap();
    gateway.reload(with_token("/etc/other.token", Some("another"))).unwrap();
    assert!(asked(&gateway, Some("another")).starts_with("HTTP/1.1 200 "));
    assert!(asked(&gateway, Some("secret")).starts_with("HTTP/1.1 401 "));
}

#[test]
fn requests_are_recorded_where_the_last_plan_says_and_none_is_lost() {
    let folder = std::env::temp_dir().join(format!("goodgate-relogged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let logged = |name: &str| {
        let (path, format) = (Some(folder.join(name)), LogFormat::Combined);
        Plan { access_log: Some(AccessLog { path, format }), ..plan(upstream(&[])) }
    };
    let lines = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default().lines().count();
    let setting = run(logged("one.log"));
    let mut asked = 0;
    let mut ask = || {
        setting.get("/");
        asked += 1;
    };
    ask();
    setting.gateway.reload(logged("two.log")).unwrap();
    until(|| {
        ask();
        lines("two.log") > 0
    });
    let missing = Plan { access_log: logged("gone/three.log").access_log, ..plan(upstream(&[])) };
    assert!(matches!(setting.gateway.reload(missing), Err(StartError::Log(_))));
    ask();
    setting.gateway.reload(plan(upstream(&[]))).unwrap();
    assert!(setting.gateway.stop());
    assert!(lines("one.log") >= 1);
    assert_eq!(lines("one.log") + lines("two.log"), asked);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_waits_for_a_restart_is_told_until_it_is_as_it_was() {
    let setting = run(plan(upstream(&[])));
    let mut other = plan(upstream(&[]));
    (other.name, other.process.cores) = ("other".to_owned(), 2);
    assert_eq!(setting.gateway.reload(other.clone()).unwrap(), ["name", "process.cores"]);
    assert_eq!(setting.gateway.reload(other).unwrap(), ["name", "process.cores"]);
    assert_eq!(setting.gateway.reload(plan(upstream(&[]))).unwrap(), [""; 0]);
}

#[test]
fn an_address_may_come_back_as_soon_as_it_was_taken_out() {
    let setting = run(plan(upstream(&[])));
    let mut with_another = plan(upstream(&[]));
    // A port that is free, since it was a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    with_another.listeners.push(Listener { address: free, tls: None, http2: false });
    for _ in 0..10 {
        setting.gateway.reload(with_another.clone()).unwrap();
        setting.gateway.reload(plan(upstream(&[]))).unwrap();
    }
}
