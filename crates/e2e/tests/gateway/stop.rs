//! Told to end: what is in hand is finished, nothing new is begun.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::mpsc;

use crate::certificate::{make, tls};
use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate};
use crate::product::{DEADLINE, wait_for};
use crate::room::Room;

/// Requests in hand over HTTP/1.1 and HTTP/2, an idle connection, and the signal.
fn ends_after_the_request_in_hand(name: &str, signal: &str) {
    let room = Room::new(name);
    let Some(curl) = Curl::new(&room) else { return };
    let Some(()) = make(&room, "first") else { return };
    let (go_on, may) = mpsc::channel::<()>();
    let (came, asked) = mpsc::channel::<()>();
    let (came, may) = (std::sync::Mutex::new(came), std::sync::Mutex::new(may));
    let (slow, _) = goodgate_e2e::site(move |_, stream| {
        came.lock().unwrap().send(()).unwrap();
        may.lock().unwrap().recv().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole").unwrap();
    });
    let mut gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\n[[site.route]]\npath = \"/word\"\n\
             respond = \"fine\"\n[[site.route]]\nupstream = \"app\"\n\
             [upstream.app]\nservers = [\"http://127.0.0.1:{}\"]\n",
            tls("first"),
            slow.port()
        ),
    );
    // A connection that has been used, and waits.
    let mut idle = TcpStream::connect(("127.0.0.1", gateway.port())).unwrap();
    idle.set_read_timeout(Some(DEADLINE)).unwrap();
    idle.write_all(b"GET /word HTTP/1.1\r\nHost: site.example\r\n\r\n").unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"fine") {
        let mut byte = [0];
        idle.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    let plain = gateway.page("/slow");
    let secret = format!("https://127.0.0.1:{}/slow", gateway.ports[1]);
    let in_hand = [["--http1.1", "-k", &plain], ["--http2", "-k", &secret]].map(|words| {
        let mut command = curl.command();
        let child = command.args(words).stdout(Stdio::piped()).spawn().unwrap();
        asked.recv().unwrap();
        child
    });
    gateway.signal(signal);
    // The idle connection is ended in good order, and nobody gets in any more.
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    wait_for("the end of listening", || TcpStream::connect(("127.0.0.1", gateway.port())).err());
    assert!(gateway.told().contains("told to end"), "{}", gateway.told());
    for child in in_hand {
        go_on.send(()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"whole"[..]));
    }
    assert_eq!(gateway.ended().code(), Some(0), "{}", gateway.told());
}

#[test]
fn sigterm_ends_it_after_the_request_in_hand() {
    ends_after_the_request_in_hand("term", "TERM");
}

#[test]
fn sigint_ends_it_after_the_request_in_hand() {
    ends_after_the_request_in_hand("int", "INT");
}
