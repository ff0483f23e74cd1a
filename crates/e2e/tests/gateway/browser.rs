//! Chromium without a window. It is too large to be asked for: where it is not installed, these tests say so and pass.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::certificate::{HOST, make, tls};
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::product::{Running, wait_for};
use crate::room::{Room, free_port};
use crate::script::{ECHO, serve};

const PAGE: &str = r#"<!doctype html>
<html lang="en"><title>Shop</title><link rel="stylesheet" href="/style.css"><h1>Shop</h1>
<img src="/dot.svg" alt="a dot"><script type="module" src="/shop.js"></script></html>
"#;

/// Asks for many things at once, and tells what it saw in the query of `/told`.
const SCRIPT: &str = r#"
const asked = []
for (let n = 0; n < 20; n++) {
  const body = 'x'.repeat(n * 1000)
  asked.push(fetch(`/api/${n}`, n % 2 ? { method: 'POST', body } : {}))
}
const answers = await Promise.all(asked)
const statuses = answers.map((answer) => answer.status)
const documents = await Promise.all(answers.map((answer) => answer.json().catch(() => ({ length: 0 }))))
if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done))
const told = {
  statuses: [...new Set(statuses)],
  sum: documents.reduce((sum, document) => sum + document.length, 0),
  spoken: [...new Set(performance.getEntries().map((entry) => entry.nextHopProtocol).filter(Boolean))],
  color: getComputedStyle(document.querySelector('h1')).color,
  dot: document.querySelector('img').naturalWidth,
}
await fetch('/told?' + encodeURIComponent(JSON.stringify(told)))
"#;

/// The browser, with nothing of its user's and no name but the site's; `None` after saying that it is not installed.
fn chromium(room: &Room) -> Option<Command> {
    let names = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let Some(program) = names.iter().map(PathBuf::from).find(|path| path.exists()) else {
        eprintln!("skipped: Chromium is not installed");
        return None;
    };
    let mut command = Command::new(program);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.args(["--disable-dev-shm-usage", "--ignore-certificate-errors", "--enable-logging=stderr"]);
    command.arg(format!("--user-data-dir={}", room.file("profile").display()));
    command.arg(format!("--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND"));
    command.env("HOME", &room.path).stdin(Stdio::null());
    Some(command)
}

#[test]
fn a_page_with_all_that_belongs_to_it() {
    let room = Room::new("browser");
    let Some(mut command) = chromium(&room) else { return };
    let Some(()) = make(&room, "first") else { return };
    let Some((_server, port)) = serve(&room, ECHO) else { return };
    let (told, heads) = goodgate_e2e::site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    });
    room.put("site/index.html", PAGE);
    room.put("site/shop.js", SCRIPT);
    room.put("site/style.css", "h1 { color: rgb(1, 2, 3) }\n");
    room.put("site/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"16\" height=\"16\"></svg>");
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"https://{ANY}\"]\n[tls]\n{}[[site]]\nhost = \"{HOST}\"\n\
             [[site.route]]\npath = \"/api/*\"\nupstream = \"echo\"\n\
             [[site.route]]\npath = \"/told\"\nupstream = \"told\"\n[[site.route]]\nfiles = \"site\"\n\
             [upstream.echo]\nservers = [\"http://127.0.0.1:{port}\"]\n\
             [upstream.told]\nservers = [\"http://{told}\"]\n",
            tls("first")
        ),
    );
    command.args(["--remote-debugging-port=0", &format!("https://{HOST}:{}/", gateway.port())]);
    let browser = Running::start(&mut command, &room.file("browser.out"));
    let seen = wait_for("what the page saw", || heads.lock().unwrap().first().cloned());
    drop(browser);
    let expected = "%22statuses%22:[200],%22sum%22:100000,%22spoken%22:[%22h2%22],%22color%22:%22rgb(1,%202,%203)%22,%22dot%22:16";
    let readable = seen.replace("%3A", ":").replace("%2C", ",").replace("%5B", "[").replace("%5D", "]");
    assert!(readable.contains(expected), "{readable}");
    let records =
        wait_for("the access log", || Some(recorded(&room, "/style.css")).filter(|r| !r.is_empty()));
    assert_eq!((&records[0]["version"], &records[0]["status"]), (&"HTTP/2".into(), &200.into()));
}

#[test]
fn the_page_of_a_dead_server_is_shown() {
    let room = Room::new("browser-dead");
    let Some(mut command) = chromium(&room) else { return };
    let Some(()) = make(&room, "first") else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"https://{ANY}\"]\n[tls]\n{}[[site]]\nhost = \"{HOST}\"\nupstream = \"app\"\n\
             [upstream.app]\nservers = [\"http://127.0.0.1:{}\"]\n",
            tls("first"),
            free_port()
        ),
    );
    command.args(["--dump-dom", &format!("https://{HOST}:{}/basket", gateway.port())]);
    let output = command.output().unwrap();
    let (seen, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // What a visitor is shown has the error's name, and the id by which the operator finds the request.
    assert!(seen.contains("<h1>") && seen.contains("connection_refused"), "{seen}{said}");
    let records = wait_for("the access log", || Some(recorded(&room, "/basket")).filter(|r| !r.is_empty()));
    assert_eq!((&records[0]["status"], &records[0]["error"]), (&502.into(), &"connection_refused".into()));
    assert!(seen.contains(records[0]["id"].as_str().unwrap()), "{seen}");
}
