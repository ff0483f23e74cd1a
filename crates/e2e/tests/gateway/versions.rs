//! Every version of HTTP that curl speaks, with and without TLS, and what the server behind hears of it.

use serde_json::Value;

use crate::certificate::{HOST, make, tls};
use crate::curl::{Answer, Curl};
use crate::goodgate::{ANY, Goodgate};
use crate::product::Running;
use crate::room::Room;
use crate::script::{ECHO, serve};

/// A gateway for HTTP/1, for TLS and for HTTP/2 without TLS, in that order, before a server that tells what it was sent.
struct Site {
    curl: Curl,
    gateway: Goodgate,
    _server: Running,
    room: Room,
}

impl Site {
    fn new(name: &str) -> Option<Self> {
        let room = Room::new(name);
        let curl = Curl::new(&room)?;
        make(&room, "first")?;
        let (server, port) = serve(&room, ECHO)?;
        let gateway = Goodgate::start(
            &room,
            &format!(
                "name = \"edge\"\nlisten = [\"{ANY}\", \"https://{ANY}\", {{ address = \"{ANY}\", http2 = true }}]\n\
                 [tls]\n{}[[site]]\nhost = \"{HOST}\"\nupstream = \"echo\"\n\
                 [[site]]\nhost = \"other.example\"\nrespond = \"other\"\n\
                 [upstream.echo]\nservers = [\"http://127.0.0.1:{port}\"]\n",
                tls("first")
            ),
        );
        Some(Self { curl, gateway, _server: server, room })
    }

    /// Asks for a page of the site, at one of the gateway's addresses.
    fn ask(&self, listener: usize, path: &str, words: &[&str]) -> Answer {
        let port = self.gateway.ports[listener];
        let scheme = if listener == 1 { "https" } else { "http" };
        let resolve = format!("{HOST}:{port}:127.0.0.1");
        let trusted = self.room.file("first.pem").display().to_string();
        let address = format!("{scheme}://{HOST}:{port}{path}");
        self.curl.ask(&[&["--resolve", &resolve, "--cacert", &trusted], words, &[&address]].concat())
    }
}

fn field<'a>(document: &'a Value, name: &str) -> &'a str {
    document["fields"][name].as_str().unwrap_or_else(|| panic!("no {name}: {document}"))
}

#[test]
fn each_version_of_http_arrives() {
    let Some(site) = Site::new("versions") else { return };
    let cases: &[(usize, &str, &str, &str)] = &[
        (0, "--http1.0", "1", "1.0 edge-"),
        (0, "--http1.1", "1.1", "1.1 edge-"),
        (1, "--http1.0 --no-alpn", "1", "1.0 edge-"),
        (1, "--http1.1", "1.1", "1.1 edge-"),
        (1, "--http2", "2", "2 edge-"),
        (2, "--http1.1", "1.1", "1.1 edge-"),
        (2, "--http2-prior-knowledge", "2", "2 edge-"),
    ];
    for (listener, flag, version, via) in cases {
        let words: Vec<&str> = flag.split(' ').collect();
        let answer = site.ask(*listener, "/a/b?c=d", &words);
        assert_eq!(answer.came(), (0, 200), "{flag} at {listener}: {answer:?}");
        let document = answer.document();
        assert_eq!(document["path"], "/a/b?c=d");
        // What is spoken in front does not matter behind.
        assert_eq!(document["version"], "HTTP/1.1");
        // With something that tells this gateway from another of the same name.
        assert!(field(&document, "via").starts_with(via), "{flag}: {document}");
        assert_eq!(field(&document, "x-forwarded-for"), "127.0.0.1");
        assert_eq!(field(&document, "x-forwarded-proto"), if *listener == 1 { "https" } else { "http" });
        assert_eq!(field(&document, "host"), format!("{HOST}:{}", site.gateway.ports[*listener]));
        if *version == "1" {
            // curl says 1 for 1.0; the gateway may answer in 1.1, but ends the connection.
            assert!(["1", "1.0", "1.1"].contains(&answer.version.as_str()), "{answer:?}");
            assert!(!answer.head.to_ascii_lowercase().contains("transfer-encoding"), "{answer:?}");
        } else {
            assert_eq!(answer.version, *version, "{flag} at {listener}");
        }
    }
}

#[test]
fn many_requests_share_a_connection() {
    let Some(site) = Site::new("shared") else { return };
    // Not with prior knowledge: curl 7.88 fails at its own second request then, at any server.
    for (listener, flag) in [(0, "--http1.1"), (1, "--http1.1"), (1, "--http2")] {
        let answer = site.ask(listener, "/n/[1-40]", &[flag, "--verbose"]);
        assert_eq!(answer.came(), (0, 200), "{flag}: {answer:?}");
        let text = answer.text();
        assert_eq!(text.lines().count(), 40, "{flag}: {text}");
        assert!((1..=40).all(|n| text.contains(&format!("\"/n/{n}\""))), "{flag}: {text}");
        assert_eq!(answer.told.matches("* Connected to").count(), 1, "{flag}: {}", answer.told);
    }
    // At the same time over one connection of HTTP/2.
    let answer =
        site.ask(1, "/n/[1-60]", &["--http2", "--parallel", "--parallel-max", "60", "--remote-time"]);
    assert_eq!((answer.code, answer.text().lines().count()), (0, 60), "{answer:?}");
}

#[test]
fn a_head_has_the_fields_and_no_body() {
    let Some(site) = Site::new("head") else { return };
    let cases = [(0, "--http1.0"), (0, "--http1.1"), (1, "--http1.1"), (1, "--http2")];
    for (listener, flag) in cases {
        let answer = site.ask(listener, "/page", &[flag, "--head", "--verbose"]);
        assert_eq!(answer.came(), (0, 200), "{flag}: {answer:?}");
        let length: u64 = answer.field("content-length").unwrap().parse().unwrap();
        assert!(length > 100, "{answer:?}");
        // With --head the body of curl's answer is the head.
        assert!(answer.text().trim_end().lines().all(|line| !line.starts_with('{')), "{answer:?}");
        assert!(!answer.told.contains("Excess found"), "{}", answer.told);
    }
}

#[test]
fn a_host_of_another_site_than_the_tls_name_is_misdirected() {
    let Some(site) = Site::new("misdirected") else { return };
    let answer = site.ask(1, "/", &["--http2", "--header", "Host: other.example"]);
    assert_eq!(answer.came(), (0, 421), "{answer:?}");
    let answer = site.ask(0, "/", &["--header", "Host: other.example"]);
    assert_eq!((answer.came(), answer.text().as_str()), ((0, 200), "other"));
    let answer = site.ask(1, "/", &["--http2", "--header", "Host: none.example"]);
    assert_eq!(answer.came(), (0, 404), "{answer:?}");
    assert!(answer.field("proxy-status").unwrap().contains("error=destination_not_found"), "{answer:?}");
}

#[test]
fn plain_http_where_tls_is_spoken_is_told() {
    let Some(site) = Site::new("plain") else { return };
    let address = format!("http://127.0.0.1:{}/", site.gateway.ports[1]);
    let answer = site.curl.ask(&[&address]);
    assert_eq!(answer.came(), (0, 400), "{answer:?}");
}
