//! Servers and clients that are scripts beside these tests, run by Python or Node.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::product::{Running, find, wait_for};
use crate::room::Room;

/// A server that answers every request with what it was sent.
pub(crate) const ECHO: &str = "echo.py";

fn source(name: &str) -> &'static str {
    match name {
        "echo.py" => include_str!("echo.py"),
        "keep_alive.py" => include_str!("keep_alive.py"),
        "websocket_server.py" => include_str!("websocket_server.py"),
        "websocket_client.py" => include_str!("websocket_client.py"),
        "server.mjs" => include_str!("server.mjs"),
        "client.mjs" => include_str!("client.mjs"),
        _ => panic!("no script {name}"),
    }
}

fn command(room: &Room, name: &str) -> Option<Command> {
    let end = Path::new(name).extension().and_then(|end| end.to_str());
    let program = find(if end == Some("mjs") { "node" } else { "python3" })?;
    let mut command = Command::new(program);
    command.arg(room.put(name, source(name))).current_dir(&room.path);
    Some(command)
}

/// Starts a server; it says its port in its first line. `None` after saying what is not installed.
pub(crate) fn serve(room: &Room, name: &str) -> Option<(Running, u16)> {
    let output = room.file(&format!("{name}.out"));
    let running = Running::start(&mut command(room, name)?, &output);
    let port = wait_for(&format!("the port of {name}"), || {
        let text = std::fs::read_to_string(&output).ok()?;
        text.split_once('\n')?.0.parse().ok()
    });
    Some((running, port))
}

/// Runs a client to its end; what it said. `None` after saying what is not installed.
pub(crate) fn run(room: &Room, name: &str, words: &[&str]) -> Option<String> {
    let mut command = command(room, name)?;
    let output = command.args(words).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Some(said)
}
