//! Node on both sides: fetch, an agent that keeps its connection, hints, events, trailers and an upgrade; and an
//! application with WebSockets.

use crate::certificate::{make, tls};
use crate::goodgate::{ANY, Goodgate};
use crate::room::Room;
use crate::script::{has_library, run, serve, serve_with};

/// Where Debian has the library for WebSockets.
const WS: &str = "/usr/share/nodejs/ws";

#[test]
fn node_is_served_through_the_gateway() {
    let room = Room::new("node");
    let Some((_server, port)) = serve(&room, "server.mjs") else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\"]\n[[site]]\nupstream = \"node\"\n\
             [upstream.node]\nservers = [\"http://127.0.0.1:{port}\"]\n"
        ),
    );
    let said = run(&room, "client.mjs", &[&gateway.port().to_string()]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
}

#[test]
fn an_application_with_websockets_tells_all_who_watch() {
    if !has_library(WS, "node-ws") {
        return;
    }
    let room = Room::new("board");
    let Some(()) = make(&room, "first") else { return };
    let Some((_server, port)) = serve_with(&room, "board_server.mjs", &[WS]) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\nupstream = \"board\"\n\
             [upstream.board]\nservers = [\"http://127.0.0.1:{port}\"]\n",
            tls("first")
        ),
    );
    let trusted = room.file("first.pem").display().to_string();
    let [plain, secret] = [0, 1].map(|at| gateway.ports[at].to_string());
    let said = run(&room, "board_client.mjs", &[WS, &plain, &secret, &trusted]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
}
