//! nginx in front of upstreams that fail on the wire.

use std::process::Command;

use crate::origin::{Habit, Origin};
use crate::product::{Running, find, is_root};
use crate::room::{Room, free_port, get, get_often, wait_for_port};
use crate::verdict::{expect_cause, expect_healthy};

pub(crate) const FILES: &[&str] = &["error.log", "access.log", "nginx.conf"];

/// Starts nginx with this in its server block; `None` if it is not installed.
pub(crate) fn start(room: &Room, inside: &str) -> Option<(Running, u16)> {
    let nginx = find("nginx")?;
    let port = free_port();
    let folder = room.path.display();
    let user = if is_root() { "user www-data;" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path {folder}/{name};\n"))
        .collect();
    room.put(
        "nginx.conf",
        &format!(
            "{user}\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log info;\n\
             events {{ worker_connections 64; }}\nhttp {{\n    access_log {folder}/access.log combined;\n{temporary}\
             \x20   server {{\n        listen 127.0.0.1:{port};\n        server_name site.example;\n        \
             root {folder}/site;\n{inside}\n    }}\n}}\n"
        ),
    );
    let mut command = Command::new(nginx);
    command
        .arg("-p")
        .arg(&room.path)
        .arg("-c")
        .arg(room.file("nginx.conf"))
        .arg("-e")
        .arg(room.file("error.log"));
    let running = Running::start(command.args(["-g", "daemon off;"]), &room.file("nginx.out"));
    wait_for_port(port);
    Some((running, port))
}

/// nginx passing everything to a port.
fn proxy(room: &Room, upstream: u16, more: &str) -> Option<(Running, u16)> {
    let text = format!(
        "        location / {{\n            proxy_pass http://127.0.0.1:{upstream};\n            {more}\n        }}\n        \
         location = /alive {{ return 204; }}"
    );
    start(room, &text)
}

#[test]
fn upstream_not_running() {
    let room = Room::new("nginx-not-running");
    let Some((_nginx, port)) = proxy(&room, free_port(), "") else { return };
    assert_eq!(get_often(port, "/page", 4), [502; 4]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["upstream-not-running"], "proven");
}

#[test]
fn upstream_never_answers() {
    let room = Room::new("nginx-silent");
    let origin = Origin::new(Habit::Silent);
    let Some((_nginx, port)) = proxy(&room, origin.port, "proxy_read_timeout 1s;") else { return };
    assert_eq!(get_often(port, "/page", 2), [504; 2]);
    room.hand_in(FILES);
    room.capture();
    // Slow or hung cannot be told from outside.
    expect_cause(&room, &["app-hung", "app-slow"], "likely");
}

#[test]
fn upstream_closes_at_once() {
    let room = Room::new("nginx-closes");
    let origin = Origin::new(Habit::Closes);
    let Some((_nginx, port)) = proxy(&room, origin.port, "") else { return };
    assert_eq!(get_often(port, "/page", 4), [502; 4]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["app-closes-without-response", "worker-crashed"], "likely");
}

#[test]
fn head_too_big() {
    let room = Room::new("nginx-head");
    let origin = Origin::new(Habit::HeadBytes(20_000));
    let Some((_nginx, port)) = proxy(&room, origin.port, "") else { return };
    assert_eq!(get_often(port, "/page", 3), [502; 3]);
    room.hand_in(FILES);
    expect_cause(&room, &["response-header-too-big"], "proven");
}

#[test]
fn tls_to_a_plain_port() {
    let room = Room::new("nginx-tls");
    let origin = Origin::new(Habit::Answers);
    let text = format!("        location / {{ proxy_pass https://127.0.0.1:{}; }}", origin.port);
    let Some((_nginx, port)) = start(&room, &text) else { return };
    assert_eq!(get_often(port, "/page", 3), [502; 3]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["tls-to-plaintext-port"], "proven");
}

#[test]
fn body_is_cut() {
    let room = Room::new("nginx-cut");
    let origin = Origin::new(Habit::CutsBody);
    let Some((_nginx, port)) = proxy(&room, origin.port, "") else { return };
    // The head was good, so nginx passes it on and can only break the connection.
    assert_eq!(get_often(port, "/page", 3), [200; 3]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["response-truncated", "worker-crashed"], "likely");
}

#[test]
fn healthy_with_noise() {
    let room = Room::new("nginx-healthy");
    let origin = Origin::new(Habit::Answers);
    let Some((_nginx, port)) = proxy(&room, origin.port, "") else { return };
    assert_eq!(get_often(port, "/page", 6), [200; 6]);
    // A client that writes what nginx would.
    let imitation =
        "/connect()%20failed%20(111:%20Connection%20refused)%20while%20connecting%20to%20upstream";
    assert_eq!(get(port, imitation), 200);
    assert_eq!(get(port, "/alive"), 204);
    room.hand_in(FILES);
    room.capture();
    expect_healthy(&room);
}
