//! Clients of Python's standard library.

use crate::certificate::{make, tls};
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::product::wait_for;
use crate::room::Room;
use crate::script::{ECHO, run, serve};

#[test]
fn a_connection_serves_many_requests() {
    let room = Room::new("python");
    let Some((_server, port)) = serve(&room, ECHO) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\"]\n[[site]]\n[[site.route]]\npath = \"/old/*\"\n\
             redirect = \"/new/page{{query}}\"\n[[site.route]]\nupstream = \"echo\"\n\
             [upstream.echo]\nservers = [\"http://127.0.0.1:{port}\"]\n"
        ),
    );
    let said = run(&room, "keep_alive.py", &[&gateway.port().to_string()]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
}

#[test]
fn websockets_talk_and_take_their_leave() {
    let room = Room::new("websocket");
    let Some(()) = make(&room, "first") else { return };
    let Some((_server, port)) = serve(&room, "websocket_server.py") else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\nupstream = \"chat\"\n\
             [upstream.chat]\nservers = [\"http://127.0.0.1:{port}\"]\n",
            tls("first")
        ),
    );
    let said = run(&room, "websocket_client.py", &[&gateway.port().to_string()]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
    let trusted = room.file("first.pem").display().to_string();
    let said = run(&room, "websocket_client.py", &[&gateway.ports[1].to_string(), &trusted]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
    let records =
        wait_for("the access log", || Some(recorded(&room, "/chat")).filter(|records| records.len() == 10));
    for record in records {
        assert_eq!((&record["status"], &record["end"]), (&101.into(), &"tunnel".into()), "{record}");
    }
}
