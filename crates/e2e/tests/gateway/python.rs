//! Clients in Python: of its standard library, and of the libraries requests and websockets.

use crate::certificate::{make, tls};
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::product::wait_for;
use crate::room::Room;
use crate::script::{ECHO, has_library, run, serve};

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

/// Where Debian has libraries of Python.
const LIBRARIES: &str = "/usr/lib/python3/dist-packages";

#[test]
fn requests_are_made_with_the_library_requests() {
    if !has_library(&format!("{LIBRARIES}/requests"), "python3-requests") {
        return;
    }
    let room = Room::new("requests");
    let Some(()) = make(&room, "first") else { return };
    let Some((_server, port)) = serve(&room, ECHO) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\n[[site.route]]\npath = \"/old/*\"\n\
             redirect = \"/new/page{{query}}\"\n[[site.route]]\nupstream = \"echo\"\n\
             [upstream.echo]\nservers = [\"http://127.0.0.1:{port}\"]\n",
            tls("first")
        ),
    );
    let trusted = room.file("first.pem").display().to_string();
    let [plain, secret] = ["http", "https"].map(|scheme| format!("{scheme}://127.0.0.1"));
    let bases = [format!("{plain}:{}", gateway.ports[0]), format!("{secret}:{}", gateway.ports[1])];
    let said = run(&room, "session.py", &[&bases[0], &bases[1], &trusted]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
}

#[test]
fn the_library_websockets_talks_to_itself() {
    if !has_library(&format!("{LIBRARIES}/websockets"), "python3-websockets") {
        return;
    }
    let room = Room::new("chat");
    let Some(()) = make(&room, "first") else { return };
    let Some((_server, port)) = serve(&room, "chat_server.py") else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\nupstream = \"chat\"\n\
             [upstream.chat]\nservers = [\"http://127.0.0.1:{port}\"]\n",
            tls("first")
        ),
    );
    let trusted = room.file("first.pem").display().to_string();
    let plain = format!("ws://127.0.0.1:{}", gateway.ports[0]);
    let secret = format!("wss://127.0.0.1:{}", gateway.ports[1]);
    let said = run(&room, "chat_client.py", &[&plain, &secret, &trusted]);
    assert_eq!(said.as_deref(), Some("all is well\n"));
}
