//! Node on both sides: fetch, an agent that keeps its connection, hints, events, trailers and an upgrade.

use crate::goodgate::{ANY, Goodgate};
use crate::room::Room;
use crate::script::{run, serve};

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
