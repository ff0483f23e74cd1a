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
        "session.py" => include_str!("session.py"),
        "chat_server.py" => include_str!("chat_server.py"),
        "chat_client.py" => include_str!("chat_client.py"),
        "board_server.mjs" => include_str!("board_server.mjs"),
        "board_client.mjs" => include_str!("board_client.mjs"),
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

/// Whether a library is where Debian's package has it; it says so where it is not.
pub(crate) fn has_library(folder: &str, package: &str) -> bool {
    let is_there = Path::new(folder).exists();
    if !is_there {
        goodgate_e2e::skip(package);
    }
    is_there
}

/// Starts a server; it says its port in its first line. `None` after saying what is not installed.
pub(crate) fn serve(room: &Room, name: &str) -> Option<(Running, u16)> {
    serve_with(room, name, &[])
}

/// The same with words for the script.
pub(crate) fn serve_with(room: &Room, name: &str, words: &[&str]) -> Option<(Running, u16)> {
    let output = room.file(&format!("{name}.out"));
    let running = Running::start(command(room, name)?.args(words), &output);
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
