//! HAProxy in front of upstreams that fail.

use std::process::Command;

use crate::origin::{Habit, Origin};
use crate::product::{Running, find};
use crate::room::{Room, free_port, get_often, wait_for_port};
use crate::verdict::{expect_cause, expect_healthy};

const FILES: &[&str] = &["haproxy.log", "haproxy.cfg"];

fn start(room: &Room, upstream: u16) -> Option<(Running, u16)> {
    let program = find("haproxy")?;
    let port = free_port();
    room.put(
        "haproxy.cfg",
        &format!(
            "global\n    log stdout format raw local0\ndefaults\n    mode http\n    log global\n    option httplog\n    \
             retries 1\n    timeout connect 2s\n    timeout client 5s\n    timeout server 1s\nfrontend www\n    \
             bind 127.0.0.1:{port}\n    default_backend app\nbackend app\n    server a1 127.0.0.1:{upstream}\n"
        ),
    );
    let mut command = Command::new(program);
    command.args(["-db", "-f"]).arg(room.file("haproxy.cfg"));
    let running = Running::start(&mut command, &room.file("haproxy.log"));
    wait_for_port(port);
    Some((running, port))
}

#[test]
fn upstream_not_running() {
    let room = Room::new("haproxy-not-running");
    let Some((_haproxy, port)) = start(&room, free_port()) else { return };
    assert_eq!(get_often(port, "/page", 3), [503; 3]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["upstream-not-running"], "proven");
}

#[test]
fn upstream_never_answers() {
    let room = Room::new("haproxy-silent");
    let origin = Origin::new(Habit::Silent);
    let Some((_haproxy, port)) = start(&room, origin.port) else { return };
    assert_eq!(get_often(port, "/page", 2), [504; 2]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["app-hung", "app-slow"], "likely");
}

#[test]
fn upstream_closes_at_once() {
    let room = Room::new("haproxy-closes");
    let origin = Origin::new(Habit::Closes);
    let Some((_haproxy, port)) = start(&room, origin.port) else { return };
    assert_eq!(get_often(port, "/page", 3), [502; 3]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["app-closes-without-response", "worker-crashed"], "likely");
}

#[test]
fn healthy() {
    let room = Room::new("haproxy-healthy");
    let origin = Origin::new(Habit::Answers);
    let Some((_haproxy, port)) = start(&room, origin.port) else { return };
    assert_eq!(get_often(port, "/page", 5), [200; 5]);
    room.hand_in(FILES);
    room.capture();
    expect_healthy(&room);
}
