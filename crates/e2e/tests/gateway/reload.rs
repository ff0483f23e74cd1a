//! A configuration, and certificates, loaded anew under load.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::certificate::{HOST, make, tls};
use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate};
use crate::product::{find, wait_for};
use crate::room::{Room, get};
use crate::script::{ECHO, serve};

const LOADED: &str = "the configuration was loaded anew";
const KEPT: &str = "the old one stays in force";

/// A site whose `/word` answers with this, and everything else with a server at the port.
fn site(word: &str, port: u16) -> String {
    format!(
        "listen = [\"{ANY}\"]\n[[site]]\n[[site.route]]\npath = \"/word\"\nrespond = \"{word}\"\n\
         [[site.route]]\nupstream = \"app\"\n[upstream.app]\nservers = [\"http://127.0.0.1:{port}\"]\n"
    )
}

#[test]
fn no_request_fails_while_it_is_loaded_twenty_times() {
    let room = Room::new("reload");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((_one, one)) = serve(&room, ECHO) else { return };
    let gateway = Goodgate::start(&room, &site("word 0", one));
    let port = gateway.port();
    let (over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut clients = Vec::new();
    // Clients with a connection for each request, and curl, which keeps one.
    for _ in 0..2 {
        let (over, asked) = (Arc::clone(&over), Arc::clone(&asked));
        clients.push(thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                assert_eq!(get(port, "/page"), 200);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let address = gateway.page("/n/[1-200]");
    let mut kept = curl.command();
    kept.args(["--fail", "--write-out", "\\n%{response_code}\\n", &address]).stdin(Stdio::null());
    let done = Arc::clone(&over);
    clients.push(thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            let output = kept.output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(text.lines().filter(|line| *line == "200").count(), 200, "{text}");
        }
    }));
    for round in 1..=20 {
        let before = asked.load(Ordering::Relaxed);
        gateway.load(&site(&format!("word {round}"), one), LOADED);
        let said = curl.ask(&[&gateway.page("/word")]);
        assert_eq!((said.came(), said.text()), ((0, 200), format!("word {round}")));
        // A client that has failed asks no more.
        wait_for("more requests", || {
            let ends = clients.iter().any(thread::JoinHandle::is_finished);
            (ends || asked.load(Ordering::Relaxed) > before + 5).then_some(())
        });
    }
    over.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().expect("a request failed"));
}

#[test]
fn a_broken_configuration_is_refused_and_the_old_one_stays() {
    let room = Room::new("broken");
    let Some(curl) = Curl::new(&room) else { return };
    let gateway = Goodgate::start(&room, &site("the old word", 9));
    let taken = gateway.port();
    for (broken, told) in [
        ("this is no [configuration".to_owned(), "goodgate.toml"),
        (site("new", 9).replace("respond", "repsond"), "respond"),
        (site("new", 9).replace("upstream = \"app\"", "upstream = \"other\""), "other"),
        // Well written, and yet nobody can listen there: the address is none of this machine's.
        (site("new", 9).replace(ANY, "192.0.2.1:8080"), "192.0.2.1:8080"),
        (
            format!("{}[tls]\n{}", site("new", 9).replace(ANY, &format!("https://{ANY}")), tls("none")),
            "none.pem",
        ),
    ] {
        gateway.load(&broken, KEPT);
        assert!(gateway.told().contains(told), "{told}: {}", gateway.told());
        let said = curl.ask(&[&gateway.page("/word")]);
        assert_eq!((said.came(), said.text().as_str()), ((0, 200), "the old word"), "{told}");
        assert_eq!(gateway.port(), taken);
    }
    gateway.load(&site("the new word", 9), LOADED);
    assert_eq!(curl.ask(&[&gateway.page("/word")]).text(), "the new word");
}

#[test]
fn what_is_in_hand_goes_on_under_the_old_configuration() {
    let room = Room::new("in-hand");
    let Some(curl) = Curl::new(&room) else { return };
    let (go_on, may) = mpsc::channel::<()>();
    let (came, asked) = mpsc::channel::<()>();
    let gates = std::sync::Mutex::new((came, may));
    // Answers half, and the rest once it may.
    let (slow, _) = goodgate_e2e::site(move |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf").unwrap();
        let gates = gates.lock().unwrap();
        gates.0.send(()).unwrap();
        gates.1.recv().unwrap();
        stream.write_all(b"rest").unwrap();
    });
    let gateway = Goodgate::start(&room, &site("one", slow.port()));
    let mut command = curl.command();
    let child = command.arg(gateway.page("/slow")).stdout(Stdio::piped()).spawn().unwrap();
    asked.recv().unwrap();
    // The server that answers is no longer in the configuration.
    gateway.load(&site("two", 9), LOADED);
    assert_eq!(curl.ask(&[&gateway.page("/word")]).text(), "two");
    go_on.send(()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"halfrest"[..]));
}

#[test]
fn websockets_live_on() {
    let room = Room::new("websocket-reload");
    let (Some(python), Some((_server, port))) = (find("python3"), serve(&room, "websocket_server.py")) else {
        return;
    };
    let gateway = Goodgate::start(&room, &site("one", port));
    room.put("websocket_client.py", include_str!("websocket_client.py"));
    let mut client = Command::new(python);
    client.arg(room.file("websocket_client.py")).args([&gateway.port().to_string(), "--between"]);
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(client.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "half way");
    for word in ["two", "three", "four"] {
        gateway.load(&site(word, 9), LOADED);
    }
    client.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert_eq!(said.next().map(Result::unwrap).as_deref(), Some("all is well"));
    assert!(client.wait().unwrap().success());
}

#[test]
fn certificates_replaced_on_disk_are_shown() {
    let room = Room::new("certificates");
    let Some(curl) = Curl::new(&room) else { return };
    let (Some(()), Some(())) = (make(&room, "first"), make(&room, "second")) else { return };
    for end in ["pem", "key"] {
        std::fs::copy(room.file(&format!("first.{end}")), room.file(&format!("used.{end}"))).unwrap();
    }
    let gateway = Goodgate::start(
        &room,
        &format!("listen = [\"https://{ANY}\"]\n[tls]\n{}[[site]]\nrespond = \"fine\"\n", tls("used")),
    );
    let port = gateway.port();
    let resolve = format!("{HOST}:{port}:127.0.0.1");
    let address = format!("https://{HOST}:{port}/");
    // curl trusts this one alone.
    let shows = |name: &str| {
        let trusted = room.file(&format!("{name}.pem")).display().to_string();
        let answer = curl.ask(&["--resolve", &resolve, "--cacert", &trusted, &address]);
        assert!(answer.came() == (0, 200) || answer.code == 60, "{answer:?}");
        answer.code == 0
    };
    assert_eq!((shows("first"), shows("second")), (true, false));
    for end in ["key", "pem"] {
        std::fs::copy(room.file(&format!("second.{end}")), room.file("new")).unwrap();
        std::fs::rename(room.file("new"), room.file(&format!("used.{end}"))).unwrap();
    }
    wait_for("the new certificate", || shows("second").then_some(()));
    assert!(!shows("first"));
    // A certificate that cannot be read is not taken.
    std::fs::write(room.file("used.pem"), "no certificate").unwrap();
    gateway.signal("HUP");
    wait_for("the word on it", || gateway.told().contains("configuration").then_some(()));
    assert!(shows("second"));
}
