//! Apache httpd in front of upstreams that fail.

use std::path::Path;
use std::process::Command;

use crate::origin::{Habit, Origin};
use crate::product::{Running, find, is_root};
use crate::room::{Room, free_port, get_often, wait_for_port};
use crate::verdict::{expect_cause, expect_healthy};

const FILES: &[&str] = &["error.log", "access.log", "apache2.conf"];
/// Where Debian keeps the modules.
const MODULES: &str = "/usr/lib/apache2/modules";
const LOADED: &[&str] = &["mpm_event", "authz_core", "proxy", "proxy_http"];

fn start(room: &Room, upstream: u16) -> Option<(Running, u16)> {
    let program = find("apache2")?;
    let port = free_port();
    let folder = room.path.display();
    let modules: String = LOADED
        .iter()
        .filter(|name| Path::new(&format!("{MODULES}/mod_{name}.so")).exists())
        .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
        .collect();
    let user = if is_root() { "User www-data\nGroup www-data\n" } else { "" };
    room.put(
        "apache2.conf",
        &format!(
            "{modules}{user}ServerRoot {folder}\nServerName site.example\nPidFile {folder}/apache2.pid\nMutex file:{folder}\n\
             ListenBacklog 16\nListen 127.0.0.1:{port}\nErrorLog {folder}/error.log\n\
             LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\"\" combined\n\
             CustomLog {folder}/access.log combined\nProxyTimeout 1\nProxyPass / http://127.0.0.1:{upstream}/ retry=0\n"
        ),
    );
    let mut command = Command::new(program);
    command.args(["-D", "FOREGROUND", "-f"]).arg(room.file("apache2.conf"));
    let running = Running::start(&mut command, &room.file("apache2.out"));
    wait_for_port(port);
    Some((running, port))
}

#[test]
fn upstream_not_running() {
    let room = Room::new("apache-not-running");
    let Some((_apache, port)) = start(&room, free_port()) else { return };
    assert_eq!(get_often(port, "/page", 4), [503; 4]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["upstream-not-running"], "proven");
}

#[test]
fn upstream_never_answers() {
    let room = Room::new("apache-silent");
    let origin = Origin::new(Habit::Silent);
    let Some((_apache, port)) = start(&room, origin.port) else { return };
    for status in get_often(port, "/page", 2) {
        assert!(matches!(status, 502 | 504), "{status}");
    }
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["app-hung", "app-slow"], "likely");
}

#[test]
fn upstream_closes_at_once() {
    let room = Room::new("apache-closes");
    let origin = Origin::new(Habit::Closes);
    let Some((_apache, port)) = start(&room, origin.port) else { return };
    assert_eq!(get_often(port, "/page", 3), [502; 3]);
    room.hand_in(FILES);
    room.capture();
    expect_cause(&room, &["app-closes-without-response", "worker-crashed"], "likely");
}

#[test]
fn healthy() {
    let room = Room::new("apache-healthy");
    let origin = Origin::new(Habit::Answers);
    let Some((_apache, port)) = start(&room, origin.port) else { return };
    assert_eq!(get_often(port, "/page", 5), [200; 5]);
    room.hand_in(FILES);
    room.capture();
    expect_healthy(&room);
}
