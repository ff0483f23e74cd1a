//! Sites with habits of their own that are well all the same: whoever opens them in a browser sees a page, so the look
//! must find no fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

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
