//! Sites that mean harm, or behave as if they did: the binary looks at them, ends, and shows nothing that could hurt.
//!
//! Every site is a few lines of bare sockets on loopback, which shares nothing with what is tested.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output};

use goodgate_e2e::{binary, site};

fn look(address: SocketAddr, path: &str, more: &[&str]) -> Output {
    let url = format!("http://{address}{path}");
    let output = Command::new(binary()).arg("diagnose").arg(url).args(more).output().unwrap();
    assert!(output.status.code().is_some(), "it was killed: {output:?}");
    output
}

fn json(address: SocketAddr, path: &str, more: &[&str]) -> serde_json::Value {
    let output = look(address, path, &[&["--format", "json"], more].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

fn symptom(document: &serde_json::Value) -> &str {
    document["findings"][0]["symptom"]["error"].as_str().unwrap_or_default()
}

/// Writes until the other side has enough.
fn for_ever(stream: &mut TcpStream, piece: &[u8]) {
    // Bounded all the same: a test must end even if the binary did not.
    for _ in 0..200_000 {
        if stream.write_all(piece).is_err() {
            return;
        }
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    let (address, _) = site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        for_ever(stream, b"X-More: and more and more and more and more and more\r\n");
    });
    let document = json(address, "/", &[]);
    assert_eq!(document["outcome"], "fault");
    assert_eq!(symptom(&document), "http_response_header_section_size");
}

#[test]
fn a_body_without_end_is_read_only_in_part() {
    let (address, _) = site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"400\r\n".as_slice(), [b'x'; 0x400].as_slice(), b"\r\n".as_slice()].concat();
        for_ever(stream, &chunk);
    });
    let document = json(address, "/", &[]);
    assert_eq!(document["outcome"], "no-fault", "{document}");
}

#[test]
fn interim_answers_without_end_are_given_up() {
    let (address, _) = site(|_, stream| for_ever(stream, b"HTTP/1.1 103 Early Hints\r\n\r\n"));
    let document = json(address, "/", &[]);
    assert_eq!(symptom(&document), "http_protocol_error");
}

#[test]
fn redirects_in_a_circle_and_without_end_are_given_up() {
    let (address, heads) = site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    });
    let document = json(address, "/again", &[]);
    assert!(document.to_string().contains("redirect-loop"), "{document}");
    assert!(heads.lock().unwrap().len() <= 24);

    let (address, heads) = site(|head, stream| {
        let path = head.split(' ').nth(1).unwrap_or_default().len();
        let further = "x".repeat(path);
        let answer = format!("HTTP/1.1 301 Moved\r\nLocation: /{further}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes());
    });
    let document = json(address, "/", &[]);
    assert_eq!(document["outcome"], "cannot-tell", "{document}");
    assert!(!document.to_string().contains("redirect-loop"), "{document}");
    assert!(heads.lock().unwrap().len() <= 24);
}

#[test]
fn redirects_to_other_addresses_that_are_not_public_are_told_and_not_followed() {
    let (inner, asked) = site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let (address, _) = site(move |_, stream| {
        // Another address of loopback: named by the site, not by the user.
        let to = format!("http://127.0.0.2:{}/admin", inner.port());
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes());
    });
    let document = json(address, "/", &[]);
    assert!(document.to_string().contains("redirect-to-private"), "{document}");
    assert!(asked.lock().unwrap().is_empty());
    for scheme in ["file:///etc/passwd", "javascript:alert(1)", "gopher://127.0.0.1/"] {
        let (address, _) = site(move |_, stream| {
            let answer = format!("HTTP/1.1 302 Found\r\nLocation: {scheme}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        });
        let document = json(address, "/", &[]);
        assert_eq!(document["outcome"], "cannot-tell", "{scheme}: {document}");
    }
}

#[test]
fn escapes_never_reach_the_terminal_or_the_page() {
    let (address, _) = site(|_, stream| {
        let evil = "\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}<script>alert(1)</script>";
        let body = format!("<html><head><title>502 Bad Gateway {evil}</title></head><h1>{evil}</h1></html>");
        let head = format!(
            "HTTP/1.1 502 {evil}\r\nServer: nginx{evil}\r\nVia: 1.1 {evil}\r\nX-Cache: {evil}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // Controls in a head are refused there; the same in the body must be shown harmless.
        let head = if body.len().is_multiple_of(2) { head } else { head.replace(evil, "x") };
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    });
    let (plain_head, _) = site(|_, stream| {
        let body = "<title>502 \u{1b}[31mBad\u{202e} Gateway</title><h1><script>alert(1)</script></h1>";
        let head = format!("HTTP/1.1 502 Bad Gateway\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let _ = stream.write_all(head.as_bytes());
    });
    for address in [address, plain_head] {
        for format in ["text", "json", "md", "html"] {
            for reader in ["visitor", "owner", "operator", "support"] {
                let output = look(address, "/", &["--format", format, "--for", reader]);
                let shown = String::from_utf8(output.stdout).unwrap();
                assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{format} {reader}: {shown:?}");
                assert!(format != "html" || !shown.contains("<script>alert"), "{reader}: {shown}");
                assert!(!shown.is_empty());
            }
        }
    }
}

#[test]
fn requests_are_few_harmless_and_say_what_asks() {
    let (address, heads) = site(|_, stream| {
        let body = "<link rel=stylesheet href=/s.css>";
        let answer = format!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: session=TOPSECRETCOOKIE; Path=/\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(answer.as_bytes());
    });
    let output = look(address, "/a/b?token=TOPSECRETQUERY", &["--format", "json"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(!shown.contains("TOPSECRET"), "{shown}");
    let heads = heads.lock().unwrap();
    assert!(!heads.is_empty() && heads.len() <= 24, "{} requests", heads.len());
    for head in heads.iter() {
        assert!(head.starts_with("GET ") || head.starts_with("HEAD "), "{head}");
        assert!(head.to_lowercase().contains("\r\nuser-agent: goodgate/"), "{head}");
    }
}

#[test]
fn the_budget_is_kept() {
    let (address, heads) = site(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy");
    });
    let document = json(address, "/", &["--budget", "2"]);
    assert_eq!(document["look"]["requests"], 2);
    assert_eq!(heads.lock().unwrap().len(), 2);
}

#[test]
fn a_bomb_stays_small() {
    // What unpacks to a thousand times its size; the reader's bound on unpacked bytes is tested beside it.
    let (address, _) = site(|_, stream| {
        let empty_block: &[u8] = &[0x00, 0x00, 0x00, 0xff, 0xff];
        let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        bomb.extend(empty_block.repeat(200_000));
        let head = format!(
            "HTTP/1.1 502 Bad Gateway\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            bomb.len() + 8
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&bomb);
        let _ = stream.write_all(&[0; 8]);
    });
    assert_eq!(json(address, "/", &[])["outcome"], "fault");
}

#[test]
fn bytes_of_any_kind_end_in_an_answer() {
    let pieces: [&'static [u8]; 6] = [
        b"",
        b"\x00\x00\x00\x00",
        b"HTTP/1.1 99999999999999999999 X\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HTTP/1.1 502 \xff\xfe\r\nServer: \xff\r\n\r\n\xff\xff",
    ];
    for bytes in pieces {
        let (address, _) = site(move |_, stream| drop(stream.write_all(bytes)));
        let document = json(address, "/", &[]);
        assert_eq!(document["outcome"], "fault", "{bytes:?}: {document}");
    }
}

#[test]
fn failing_every_other_time_is_not_taken_for_a_limit_of_requests() {
    let times = std::sync::atomic::AtomicUsize::new(0);
    let (address, _) = site(move |_, stream| {
        let odd = !times.fetch_add(1, std::sync::atomic::Ordering::SeqCst).is_multiple_of(2);
        let status = if odd { "503 Service Unavailable" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
        let _ = stream.write_all(answer.as_bytes());
    });
    let document = json(address, "/", &[]);
    assert_ne!(document["outcome"], "no-fault", "{document}");
    assert!(document.to_string().contains("fails-sometimes"), "{document}");
}

#[test]
fn a_circle_that_stays_with_its_cookies_is_a_circle() {
    let (address, heads) = site(|_, stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 302 Found\r\nSet-Cookie: seen=TOPSECRET\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    });
    let document = json(address, "/", &[]);
    assert_eq!(document["outcome"], "fault", "{document}");
    assert!(document.to_string().contains("redirect-loop"), "{document}");
    assert!(!document.to_string().contains("TOPSECRET"), "{document}");
    assert!(heads.lock().unwrap().iter().any(|head| head.contains("Cookie: seen=")), "never sent back");
}
