//! A Flask application under Gunicorn: sessions, redirects, bodies of some size, answers that come bit by bit, and a
//! worker that dies.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::json;

use crate::bodies::sha256;
use crate::curl::{Answer, Curl};
use crate::goodgate::{ANY, Goodgate};
use crate::gunicorn;
use crate::product::Running;
use crate::room::Room;
use crate::script::has_library;

const LIBRARY: &str = "/usr/lib/python3/dist-packages/flask";

const APPLICATION: &str = r#"
import hashlib, os, time
from flask import Flask, redirect, request, session, url_for

app = Flask(__name__)
app.secret_key = "known to the test alone"

@app.get("/")
def home():
    return "%s, visit %d" % (session.get("name", "stranger"), session.get("visits", 0))

@app.post("/enter")
def enter():
    session["name"] = request.form["name"]
    session["visits"] = session.get("visits", 0) + 1
    return redirect(url_for("home"))

@app.get("/old")
def old():
    return redirect(url_for("home", _external=True), 301)

@app.route("/digest", methods=["PUT", "POST"])
def digest():
    sum, size = hashlib.sha256(), 0
    while piece := request.stream.read(65536):
        sum.update(piece)
        size += len(piece)
    return {"sha256": sum.hexdigest(), "bytes": size}

@app.get("/bits")
def bits():
    def lines():
        yield "the first line\n"
        while not os.path.exists("go"):
            time.sleep(0.01)
        yield "the last line\n"
    return lines()

@app.get("/fails")
def fails():
    raise RuntimeError("on purpose")

@app.post("/dies")
def dies():
    os._exit(1)
"#;

struct Shop {
    _gunicorn: Running,
    gateway: Goodgate,
    curl: Curl,
    room: Room,
}

impl Shop {
    fn new() -> Option<Self> {
        if !has_library(LIBRARY, "python3-flask") {
            return None;
        }
        let room = Room::new("flask");
        let curl = Curl::new(&room)?;
        let gunicorn = gunicorn::start(&room, APPLICATION)?;
        let gateway = Goodgate::start(
            &room,
            &format!(
                "listen = [\"{ANY}\"]\n[[site]]\nupstream = \"app\"\n[upstream.app]\nservers = [\"http+unix:{}\"]\n",
                room.file("app.sock").display()
            ),
        );
        Some(Self { _gunicorn: gunicorn, gateway, curl, room })
    }

    fn ask(&self, path: &str, words: &[&str]) -> Answer {
        let jar = self.room.file("cookies").display().to_string();
        self.curl
            .ask(&[&["--cookie", &jar, "--cookie-jar", &jar], words, &[&self.gateway.page(path)]].concat())
    }
}

#[test]
fn a_flask_application_is_used() {
    let Some(shop) = Shop::new() else { return };
    assert_eq!(shop.ask("/", &[]).text(), "stranger, visit 0");
    let entered = shop.ask("/enter", &["--data-urlencode", "name=Ada & Co"]);
    assert_eq!((entered.came(), entered.field("location")), ((0, 302), Some("/")), "{entered:?}");
    assert!(entered.field("set-cookie").unwrap().starts_with("session="), "{entered:?}");
    assert_eq!(shop.ask("/", &[]).text(), "Ada & Co, visit 1");
    let again = shop.ask("/enter", &["--data", "name=Ada", "--location"]);
    assert_eq!((again.came(), again.text().as_str()), ((0, 200), "Ada, visit 2"));
    // Addresses that the application makes are those that its visitors use.
    let old = shop.ask("/old", &[]);
    assert_eq!((old.came(), old.field("location")), ((0, 301), Some(&*shop.gateway.page("/"))));

    let lost = shop.ask("/no/such/page", &[]);
    assert!(lost.came() == (0, 404) && lost.text().contains("Not Found"), "{lost:?}");
    let fails = shop.ask("/fails", &[]);
    assert!(fails.came() == (0, 500) && fails.text().contains("Internal Server Error"), "{fails:?}");
    for answer in [lost, fails] {
        assert!(!answer.head.contains("error="), "the application's own: {answer:?}");
    }
    // A worker that dies of a request: it is told, not sent again, and the next worker serves.
    let dies = shop.ask("/dies", &["--data", "x"]);
    assert_eq!(dies.came(), (0, 502), "{dies:?}");
    assert!(dies.field("proxy-status").unwrap().contains("error=connection_terminated"), "{dies:?}");
    assert_eq!(shop.ask("/", &[]).text(), "Ada, visit 2");
}

#[test]
fn bodies_reach_a_flask_application_whole_and_answers_come_bit_by_bit() {
    let Some(shop) = Shop::new() else { return };
    let file = shop.room.file("large.bin");
    fs::write(&file, (0_u32..3_000_000).flat_map(u32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let body = format!("@{}", file.display());
    let right = json!({"sha256": sha256(&file), "bytes": 12_000_000});
    let known = ["--data-binary", &body];
    let chunked = ["--data-binary", &body, "--header", "Transfer-Encoding: chunked"];
    for words in [&known[..], &chunked[..], &["--request", "PUT", "--data-binary", &body]] {
        let answer = shop.ask("/digest", words);
        assert_eq!((answer.came(), answer.document()), ((0, 200), right.clone()), "{words:?}");
    }

    let mut command = shop.curl.command();
    command.args(["--no-buffer", &shop.gateway.page("/bits")]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "the first line\n");
    // Only now does the application go on.
    shop.room.put("app/go", "");
    line.clear();
    output.read_to_string(&mut line).unwrap();
    assert_eq!(line, "the last line\n");
    assert!(child.wait().unwrap().success());
}
