//! Sites with habits of their own that are well all the same: whoever opens them in a browser sees a page, so the look
//! must find no fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use goodgate_e2e::{binary, site};

const PAGE: &str = "<html><head><title>Shop</title></head><body><h1>Welcome</h1></body></html>";

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

fn answer(stream: &mut TcpStream, status: &str, fields: &str, body: &str) {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    // The other side may have had enough.
    let _ = stream.write_all(text.as_bytes());
}

fn is_well(what: &str, address: SocketAddr, page: &str) {
    let url = format!("http://{address}{page}");
    let output = Command::new(binary()).args(["diagnose", &url, "--format", "json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["outcome"], "no-fault", "{what}: {document:#}");
    let present = document["findings"].as_array().unwrap().iter().filter(|f| f["recovered"] == false);
    assert_eq!(present.count(), 0, "{what}: {document:#}");
    assert_ne!(output.status.code(), Some(1), "{what}");
}

#[test]
fn a_plain_site_is_well() {
    let (address, _) = site(|head, stream| match path(head) {
        "/" => answer(stream, "200 OK", "", PAGE),
        _ => answer(stream, "404 Not Found", "", "<h1>Not found</h1>"),
    });
    is_well("plain", address, "/");
}

#[test]
fn hanging_up_on_paths_that_nobody_opens_is_no_fault() {
    let (address, _) = site(|head, stream| {
        if path(head) == "/app/" {
            answer(stream, "200 OK", "", PAGE);
        }
    });
    is_well("hangs up everywhere else", address, "/app/");
}

#[test]
fn a_site_that_answers_everything_with_200_is_well() {
    let (address, _) = site(|_, stream| answer(stream, "200 OK", "", PAGE));
    is_well("soft 404", address, "/some/page");
}

#[test]
fn closing_after_each_answer_without_saying_so_is_no_fault() {
    let (address, _) = site(|_, stream| {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAGE}", PAGE.len());
        let _ = stream.write_all(text.as_bytes());
    });
    is_well("closes after each answer", address, "/");
}

#[test]
fn redirects_to_a_page_that_works_are_no_fault() {
    let (address, _) = site(|head, stream| match path(head).len() {
        1..=4 => {
            let next = format!("{}x", path(head));
            answer(stream, "301 Moved Permanently", &format!("Location: {next}\r\n"), "");
        }
        _ => answer(stream, "200 OK", "", PAGE),
    });
    is_well("four redirects", address, "/");
}

#[test]
fn an_article_about_502_is_an_article() {
    let paragraph =
        "<p>A 502 Bad Gateway comes from a gateway that got no good answer. Here is how to mend it.</p>";
    let article =
        format!("<html><title>502 Bad Gateway: what it means</title>{}</html>", paragraph.repeat(60));
    let (address, _) = site(move |_, stream| answer(stream, "200 OK", "", &article));
    is_well("article", address, "/");
}

/// Turns requests away with this once so many came within a second.
fn limited(status: &'static str, most: usize) -> SocketAddr {
    let times = Mutex::new(Vec::<Instant>::new());
    let (address, _) = site(move |_, stream| {
        let turned_away = {
            let mut times = times.lock().unwrap();
            times.retain(|time| time.elapsed() < Duration::from_millis(900));
            let turned_away = times.len() >= most;
            if !turned_away {
                times.push(Instant::now());
            }
            turned_away
        };
        match turned_away {
            true => answer(stream, status, "", "<html><h1>Slow down</h1></html>"),
            false => answer(stream, "200 OK", "", PAGE),
        }
    });
    address
}

#[test]
fn a_limit_of_requests_is_no_fault() {
    for status in ["503 Service Unavailable", "429 Too Many Requests"] {
        for most in 1..=4 {
            is_well(&format!("{status} beyond {most} a second"), limited(status, most), "/");
        }
        is_well(status, limited(status, 2), "/some/page");
    }
}

#[test]
fn serving_one_connection_at_a_time_is_no_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(200) {
            let Ok(mut stream) = stream else { return };
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let (mut head, mut byte) = (Vec::new(), [0; 1]);
            // Kept open until whoever asks has enough.
            while stream.read(&mut byte).is_ok_and(|n| n > 0) {
                head.push(byte[0]);
                if head.ends_with(b"\r\n\r\n") {
                    head.clear();
                    let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAGE}", PAGE.len());
                    let _ = stream.write_all(text.as_bytes());
                }
            }
        }
    });
    let start = Instant::now();
    is_well("one connection at a time", address, "/");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_cookie_that_has_to_be_carried_is_no_circle() {
    let (address, _) = site(|head, stream| match (path(head), head.contains("seen=1")) {
        (_, true) => answer(stream, "200 OK", "", PAGE),
        ("/wall", false) => {
            answer(stream, "302 Found", "Set-Cookie: seen=1; Path=/\r\nLocation: /\r\n", "");
        }
        ("/", false) => answer(stream, "302 Found", "Location: /wall\r\n", ""),
        _ => answer(stream, "302 Found", "Set-Cookie: seen=1; Path=/\r\nLocation: /own\r\n", ""),
    });
    is_well("a page that sets a cookie and sends back to itself", address, "/own");
    is_well("a wall beside the page", address, "/");
}

#[test]
fn a_long_chain_of_redirects_is_no_circle() {
    let (address, _) = site(|head, stream| match path(head).len() {
        n @ 1..=8 => {
            let next = format!("Location: /{}\r\n", "x".repeat(n));
            answer(stream, "301 Moved Permanently", &next, "");
        }
        _ => answer(stream, "200 OK", "", PAGE),
    });
    is_well("eight redirects", address, "/");
}

#[test]
fn a_redirect_within_a_private_network_is_followed() {
    let (address, _) = site(|head, stream| {
        let port = head.split("127.0.0.1:").nth(1).and_then(|rest| rest.split("\r\n").next());
        match port {
            Some(port) => {
                let next = format!("Location: http://localhost:{port}/\r\n");
                answer(stream, "302 Found", &next, "");
            }
            None => answer(stream, "200 OK", "", PAGE),
        }
    });
    is_well("127.0.0.1 to localhost", address, "/");
}
