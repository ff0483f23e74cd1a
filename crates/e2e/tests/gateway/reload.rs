//! A configuration, and certificates, loaded anew under load.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::certificate::{HOST, make, tls};
use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate, whole};
use crate::product::{find, signal, wait_for};
use crate::room::{Room, free_port, get};
use crate::script::{ECHO, serve};

const LOADED: &str = "the configuration was loaded anew";
const KEPT: &str = "the old one stays in force";
const CHANGED: &str = "has changed";

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

/// How somebody changes a file.
const WAYS: [fn(&Path, &str); 3] = [
    |path, text| fs::write(path, text).unwrap(),
    |path, text| {
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, path).unwrap();
    },
    |path, text| {
        let (folder, link) = (path.with_extension("of-another-day"), path.with_extension("link"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("goodgate.toml"), text).unwrap();
        symlink(folder.join("goodgate.toml"), &link).unwrap();
        fs::rename(&link, path).unwrap();
    },
];

#[test]
fn a_change_of_the_file_is_noticed_and_what_is_in_hand_goes_on() {
    let room = Room::new("changed");
    let (Some(python), Some((_server, port))) = (find("python3"), serve(&room, "websocket_server.py")) else {
        return;
    };
    let Some(curl) = Curl::new(&room) else { return };
    let gateway = Goodgate::start(&room, &site("one", port));
    room.put("websocket_client.py", include_str!("websocket_client.py"));
    let mut client = Command::new(python);
    client.arg(room.file("websocket_client.py")).args([&gateway.port().to_string(), "--between"]);
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(client.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "half way");
    let path = room.file("goodgate.toml");
    for (n, change) in WAYS.iter().enumerate() {
        let word = format!("word {n}");
        change(&path, &whole(&site(&word, 9)));
        wait_for("the new word", || (curl.ask(&[&gateway.page("/word")]).text() == word).then_some(()));
    }
    // What cannot be loaded is told once, with its place and what to do.
    fs::write(&path, whole(&site("new", 9).replace("respond", "repsond"))).unwrap();
    wait_for(KEPT, || gateway.told().contains(KEPT).then_some(()));
    fs::write(&path, whole(&site("the last", 9))).unwrap();
    wait_for("the last word", || (curl.ask(&[&gateway.page("/word")]).text() == "the last").then_some(()));
    let told = gateway.told();
    let counts = [CHANGED, LOADED, KEPT, "perhaps respond"].map(|word| told.matches(word).count());
    assert_eq!(counts, [5, 4, 1, 1], "{told}");
    assert!(told.contains("goodgate.toml:5:1 error: site[0].route[0].repsond: "), "{told}");
    client.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert_eq!(said.next().map(Result::unwrap).as_deref(), Some("all is well"));
    assert!(client.wait().unwrap().success());
}

#[test]
fn pages_that_the_configuration_names_are_followed_and_nothing_is_where_nobody_wants_it() {
    let (room, other) = (Room::new("page-changed"), Room::new("not-watched"));
    let Some(curl) = Curl::new(&room) else { return };
    let page = room.put("error.html", "the first page");
    let pages = "[[error_page]]\nstatus = \"500-599\"\nfile = \"error.html\"\n";
    let gateway = Goodgate::start(&room, &format!("{}{pages}", site("one", 9)));
    let unwatched = |word: &str| format!("{}[process]\nwatch_config = false\n", site(word, 9));
    let idle = Goodgate::start(&other, &unwatched("one"));
    let shown = || curl.ask(&["--header", "Accept: text/html", &gateway.page("/gone")]).text();
    assert_eq!(shown(), "the first page");
    fs::write(other.file("goodgate.toml"), whole(&unwatched("two"))).unwrap();
    // Two changes one after the other take longer than it would take to notice the one above.
    for text in ["the second page", "the third page"] {
        fs::write(&page, text).unwrap();
        wait_for(text, || (shown() == text).then_some(()));
    }
    assert!(gateway.told().contains("error.html has changed"), "{}", gateway.told());
    assert!(!idle.told().contains(CHANGED), "{}", idle.told());
    assert_eq!(curl.ask(&[&idle.page("/word")]).text(), "one");
    idle.load(&unwatched("two"), LOADED);
    assert_eq!(curl.ask(&[&idle.page("/word")]).text(), "two");
}

#[test]
fn it_serves_on_when_nobody_reads_what_it_says() {
    let room = Room::new("unread");
    let Some(curl) = Curl::new(&room) else { return };
    let path = room.put("goodgate.toml", &whole(&site("one", 9)));
    let mut command = Command::new(goodgate_e2e::binary());
    command.args(["run", "-c"]).arg(&path).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let port = said.find_map(|line| Some(line.split_once("listening on ")?.1.rsplit_once(':')?.1.to_owned()));
    said.find(|line| line.contains("SIGTERM")).unwrap();
    drop(said);
    let address = format!("http://127.0.0.1:{}/word", port.unwrap());
    fs::write(&path, whole(&site("two", 9))).unwrap();
    signal("HUP", child.id());
    wait_for("the new word", || (curl.ask(&[&address]).text() == "two").then_some(()));
    signal("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn certificates_replaced_on_disk_are_shown() {
    let room = Room::new("certificates");
    let Some(curl) = Curl::new(&room) else { return };
    let (Some(()), Some(())) = (make(&room, "first"), make(&room, "second")) else { return };
    for end in ["pem", "key"] {
        fs::copy(room.file(&format!("first.{end}")), room.file(&format!("used.{end}"))).unwrap();
    }
    let admin = free_port();
    let gateway = Goodgate::start(
        &room,
        // Certificates are followed even where the configuration is not, and go on being so after it was loaded anew.
        &format!(
            "listen = [\"https://{ANY}\"]\nadmin = \"127.0.0.1:{admin}\"\n[process]\nwatch_config = false\n[tls]\n{}\
             [[site]]\nrespond = \"fine\"\n",
            tls("used")
        ),
    );
    gateway.signal("HUP");
    wait_for(LOADED, || gateway.told().contains(LOADED).then_some(()));
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
        fs::copy(room.file(&format!("second.{end}")), room.file("new")).unwrap();
        fs::rename(room.file("new"), room.file(&format!("used.{end}"))).unwrap();
    }
    wait_for("the new certificate", || shows("second").then_some(()));
    assert!(!shows("first"));
    // A key of another certificate, or a certificate that cannot be read, is not taken.
    let state = |what: &str| curl.ask(&[&format!("http://127.0.0.1:{admin}{what}")]).text();
    assert!(state("/status").contains("\"trouble\":null}],"), "{}", state("/status"));
    fs::copy(room.file("first.key"), room.file("used.key")).unwrap();
    // That is told by itself, and can be seen.
    wait_for("the word on it", || gateway.told().contains("the one before is still shown").then_some(()));
    assert!(state("/status").contains("used.key is not that of the certificate"), "{}", state("/status"));
    let outdated = "goodgate_certificate_outdated{chain=\"";
    let numbers = state("/metrics");
    assert!(
        numbers.lines().any(|line| line.starts_with(outdated) && line.ends_with("used.pem\"} 1")),
        "{numbers}"
    );
    gateway.signal("HUP");
    wait_for(KEPT, || gateway.told().contains(KEPT).then_some(()));
    assert!(gateway.told().contains("used.key"), "{}", gateway.told());
    fs::write(room.file("used.pem"), "no certificate").unwrap();
    gateway.signal("HUP");
    wait_for("the word on it", || gateway.told().contains("the file holds no certificate").then_some(()));
    assert!(shows("second"));
    // SIGHUP does not wait for the next look.
    for end in ["key", "pem"] {
        fs::copy(room.file(&format!("first.{end}")), room.file(&format!("used.{end}"))).unwrap();
    }
    let before = gateway.told().matches(LOADED).count();
    gateway.signal("HUP");
    wait_for(LOADED, || (gateway.told().matches(LOADED).count() > before).then_some(()));
    assert!(shows("first"));
}
