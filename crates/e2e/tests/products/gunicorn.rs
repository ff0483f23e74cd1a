//! Gunicorn behind nginx: applications that break in Python.

use std::fs;
use std::process::Command;

use crate::nginx;
use crate::product::{Running, find, wait_for};
use crate::room::{Room, free_port, get_often, wait_for_port};
use crate::verdict::{expect_cause, expect_healthy};

/// Starts Gunicorn with this application.
fn start(room: &Room, application: &str) -> Option<(Running, u16)> {
    let program = find("gunicorn")?;
    let port = free_port();
    room.put("app/site_app.py", application);
    room.put("gunicorn.conf.py", &format!("bind = \"127.0.0.1:{port}\"\nworkers = 1\ntimeout = 1\n"));
    let mut command = Command::new(program);
    command
        .arg("-c")
        .arg(room.file("gunicorn.conf.py"))
        .arg("--error-logfile")
        .arg(room.file("gunicorn.log"));
    // Bytecode beside the sources would outlive the test.
    command.arg("site_app:app").current_dir(room.file("app")).env("PYTHONDONTWRITEBYTECODE", "1");
    Some((Running::start(&mut command, &room.file("gunicorn.out")), port))
}

fn proxy(room: &Room, upstream: u16) -> Option<(Running, u16)> {
    nginx::start(room, &format!("        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}"))
}

fn hand_in(room: &Room) {
    room.hand_in(nginx::FILES);
    room.hand_in(&["gunicorn.log", "gunicorn.out", "gunicorn.conf.py"]);
    room.capture();
}

#[test]
fn worker_is_too_slow() {
    let room = Room::new("gunicorn-timeout");
    let slow = "import time\n\ndef app(environ, start):\n    time.sleep(30)\n    start('200 OK', [])\n    return [b'late']\n";
    let Some((_gunicorn, upstream)) = start(&room, slow) else { return };
    wait_for_port(upstream);
    let Some((_nginx, port)) = proxy(&room, upstream) else { return };
    assert_eq!(get_often(port, "/page", 2), [502; 2]);
    hand_in(&room);
    expect_cause(&room, &["worker-killed-by-timeout", "app-slow", "app-hung"], "proven");
}

#[test]
fn application_cannot_be_imported() {
    let room = Room::new("gunicorn-import");
    let Some((mut gunicorn, upstream)) = start(&room, "import not_installed_anywhere\n\napp = None\n") else {
        return;
    };
    wait_for("Gunicorn to give up", || (!gunicorn.is_running()).then_some(()));
    let Some((_nginx, port)) = proxy(&room, upstream) else { return };
    assert_eq!(get_often(port, "/page", 3), [502; 3]);
    hand_in(&room);
    expect_cause(&room, &["app-fails-to-start"], "proven");
}

#[test]
fn healthy_through_a_reload() {
    let room = Room::new("gunicorn-healthy");
    let fine =
        "def app(environ, start):\n    start('200 OK', [('Content-Length', '2')])\n    return [b'ok']\n";
    let Some((gunicorn, upstream)) = start(&room, fine) else { return };
    wait_for_port(upstream);
    let Some((_nginx, port)) = proxy(&room, upstream) else { return };
    assert_eq!(get_often(port, "/page", 4), [200; 4]);
    gunicorn.signal("HUP");
    wait_for("the reload", || {
        fs::read_to_string(room.file("gunicorn.log"))
            .ok()
            .filter(|log| log.matches("Booting worker").count() > 1)
    });
    assert_eq!(get_often(port, "/page", 4), [200; 4]);
    hand_in(&room);
    expect_healthy(&room);
}
