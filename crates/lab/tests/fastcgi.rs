//! The lab's FastCGI and uwsgi, as a small client of each sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{Identities, Origin, Recipe, Speaks, recipes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No exchange here waits for anything but the other side of the loopback.
const PATIENCE: Duration = Duration::from_secs(10);

const TARGET: &str = "/r/x/1f0c?x=1";

fn recipe(name: &str) -> &'static Arc<Recipe> {
    recipes().iter().find(|recipe| recipe.name == name).unwrap()
}

async fn origin(speaks: Speaks) -> Origin {
    let identities = Arc::new(Identities::new().unwrap());
    Origin::bind("127.0.0.1:0".parse().unwrap(), speaks, identities).await.unwrap()
}

/// A record without padding.
fn record(kind: u8, id: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[1, kind, 0, id, high, low, 0, 0], content].concat()
}

fn pair(name: &str, value: &str) -> Vec<u8> {
    let lengths = [name, value].map(|text| u8::try_from(text.len()).unwrap());
    [&lengths[..], name.as_bytes(), value.as_bytes()].concat()
}

fn fastcgi_request(id: u8, method: &str, keep: bool, body: &[u8]) -> Vec<u8> {
    let params = [pair("REQUEST_METHOD", method), pair("REQUEST_URI", TARGET)].concat();
    let (start, rest) = params.split_at(9);
    let mut bytes = record(1, id, &[0, 1, u8::from(keep), 0, 0, 0, 0, 0]);
    for part in [start, rest, b""] {
        bytes.extend(record(4, id, part));
    }
    if !body.is_empty() {
        bytes.extend(record(5, id, body));
    }
    bytes.extend(record(5, id, b""));
    bytes
}

/// What a FastCGI application answered.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    stdout: String,
    stderr: usize,
    /// Exit status and protocol status, where the request was ended.
    end: Option<(u32, u8)>,
    /// What came was no FastCGI.
    broken: bool,
}

/// Reads records until the request with this number is ended or the connection is.
async fn said(stream: &mut TcpStream, id: u8) -> Said {
    let mut said = Said::default();
    let read = async {
        let mut header = [0; 8];
        while said.end.is_none() && stream.read_exact(&mut header).await.is_ok() {
            let [version, kind, _, of, high, low, padding, _] = header;
            let mut content = vec![0; usize::from(u16::from_be_bytes([high, low]))];
            let mut rest = vec![0; usize::from(padding)];
            if (version, of) != (1, id) || !(1..=7).contains(&kind) {
                said.broken = true;
                return;
            }
            if stream.read_exact(&mut content).await.is_err() || stream.read_exact(&mut rest).await.is_err() {
                return;
            }
            match kind {
                3 => said.end = Some((u32::from_be_bytes(*content.first_chunk().unwrap()), content[4])),
                6 => said.stdout.push_str(std::str::from_utf8(&content).unwrap()),
                7 => said.stderr += content.len(),
                _ => said.broken = true,
            }
        }
    };
    timeout(PATIENCE, read).await.expect("it ends in time");
    said
}

async fn ask_fastcgi(origin: &Origin, method: &str) -> Said {
    let mut stream = TcpStream::connect(origin.address()).await.unwrap();
    stream.write_all(&fastcgi_request(1, method, false, b"")).await.unwrap();
    said(&mut stream, 1).await
}

#[tokio::test]
async fn healthy_fastcgi_is_healthy() {
    let origin = origin(Speaks::Fastcgi).await;
    let mut seen = 0;
    for recipe in recipes()
        .iter()
        .filter(|recipe| recipe.speaks == Speaks::Fastcgi && recipe.is_healthy() && recipe.process.is_none())
    {
        origin.forget();
        origin.play(recipe).await.unwrap();
        let answer = ask_fastcgi(&origin, "GET").await;
        assert_eq!(answer.end, Some((0, 0)), "{}", recipe.name);
        assert!(answer.stdout.ends_with("\r\n\r\nlab 1f0c\n"), "{}: {}", recipe.name, answer.stdout);
        assert_eq!(origin.upstream("1f0c").requests, 1, "{}", recipe.name);
        assert_eq!(answer.stderr > 100_000, recipe.name.ends_with("stderr"), "{}", recipe.name);
        seen += 1;
    }
    assert!(seen >= 4);
}

#[tokio::test]
async fn a_fastcgi_connection_is_kept_where_that_is_asked() {
    let origin = origin(Speaks::Fastcgi).await;
    let mut stream = TcpStream::connect(origin.address()).await.unwrap();
    for id in [1, 2] {
        stream.write_all(&fastcgi_request(id, "POST", true, &[b'x'; 7000])).await.unwrap();
        let answer = said(&mut stream, id).await;
        assert_eq!((answer.stdout.ends_with("lab 1f0c\n"), answer.end), (true, Some((0, 0))), "{id}");
    }
    stream.write_all(&fastcgi_request(3, "HEAD", false, b"")).await.unwrap();
    let answer = said(&mut stream, 3).await;
    assert!(answer.stdout.ends_with("\r\n\r\n"), "{}", answer.stdout);
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "and is closed where it is not");
    assert_eq!(origin.upstream("1f0c").connections, 1);
}

#[tokio::test]
async fn a_fastcgi_application_says_what_it_can() {
    let origin = origin(Speaks::Fastcgi).await;
    let mut stream = TcpStream::connect(origin.address()).await.unwrap();
    stream.write_all(&record(9, 0, &pair("FCGI_MPXS_CONNS", ""))).await.unwrap();
    let mut answer = vec![0; 8 + 18];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!((answer[1], &answer[8..]), (10, &pair("FCGI_MPXS_CONNS", "0")[..]));
}

#[tokio::test]
async fn fastcgi_fails_as_the_recipes_say() {
    let origin = origin(Speaks::Fastcgi).await;
    for (name, part, end, broken) in [
        ("fastcgi-close-after-request", "", None, false),
        ("fastcgi-garbage", "", None, true),
        ("fastcgi-http-answer", "", None, true),
        ("fastcgi-version", "", None, true),
        ("fastcgi-another-id", "", None, true),
        ("fastcgi-empty", "", Some((255, 0)), false),
        ("fastcgi-stderr-only", "", Some((255, 0)), false),
        ("fastcgi-cut-in-header", "Status: 200 OK\r\nContent-Ty", None, false),
        ("fastcgi-cut-in-record", "0123456789", None, false),
        ("fastcgi-no-end", "0123456789", None, false),
        ("fastcgi-short-body", "0123456789", Some((0, 0)), false),
        ("fastcgi-header-64k", "\r\n\r\nlab 1f0c\n", Some((0, 0)), false),
        ("fastcgi-overloaded", "", Some((0, 2)), false),
        ("fastcgi-cannot-multiplex", "", Some((0, 1)), false),
        ("fastcgi-answers-502", "\r\n\r\n502 Bad Gateway\n", Some((0, 0)), false),
    ] {
        origin.play(recipe(name)).await.unwrap();
        let answer = ask_fastcgi(&origin, "GET").await;
        assert_eq!((answer.end, answer.broken), (end, broken), "{name}");
        assert!(answer.stdout.ends_with(part), "{name}: {}", answer.stdout);
        assert_eq!(answer.stdout.is_empty(), part.is_empty(), "{name}");
    }
}

fn uwsgi_request(method: &str, body: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    let length = body.len().to_string();
    for (name, value) in [("REQUEST_METHOD", method), ("REQUEST_URI", TARGET), ("CONTENT_LENGTH", &length)] {
        for text in [name, value] {
            block.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
            block.extend_from_slice(text.as_bytes());
        }
    }
    let [low, high] = u16::try_from(block.len()).unwrap().to_le_bytes();
    [&[0, low, high, 0], &block[..], body].concat()
}

/// What came back, and whether it ended with a reset.
async fn ask_uwsgi(origin: &Origin, method: &str, body: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(origin.address()).await.unwrap();
    stream.write_all(&uwsgi_request(method, body)).await.unwrap();
    let mut answer = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it ends in time");
    let reset = end.is_err_and(|problem| problem.kind() == ErrorKind::ConnectionReset);
    (String::from_utf8_lossy(&answer).into_owned(), reset)
}

#[tokio::test]
async fn healthy_uwsgi_is_healthy() {
    let origin = origin(Speaks::Uwsgi).await;
    for (method, body) in [("GET", &b""[..]), ("POST", &[b'x'; 300_000])] {
        let (answer, reset) = ask_uwsgi(&origin, method, body).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nlab 1f0c\n"),
            "{answer}"
        );
        assert!(!reset);
    }
    let (answer, _) = ask_uwsgi(&origin, "HEAD", b"").await;
    assert!(answer.contains("Content-Length: 9\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert_eq!(origin.upstream("1f0c").requests, 3);
}

#[tokio::test]
async fn uwsgi_fails_as_the_recipes_say() {
    let origin = origin(Speaks::Uwsgi).await;
    for (name, part, resets) in [
        ("uwsgi-close-after-request", "", false),
        ("uwsgi-reset-after-request", "", true),
        ("uwsgi-cut-in-header", "Content-Ty", false),
        ("uwsgi-cut-in-body", "0123456789", false),
        ("uwsgi-header-64k", "\r\n\r\nlab 1f0c\n", false),
        ("uwsgi-answers-500", "\r\n\r\nInternal Server Error\n", false),
    ] {
        origin.play(recipe(name)).await.unwrap();
        let (answer, reset) = ask_uwsgi(&origin, "GET", b"").await;
        assert_eq!(reset, resets, "{name}");
        assert!(answer.ends_with(part), "{name}: {answer}");
        assert_eq!(answer.is_empty(), part.is_empty(), "{name}");
    }
    origin.play(recipe("uwsgi-garbage")).await.unwrap();
    let (answer, _) = ask_uwsgi(&origin, "GET", b"").await;
    assert!(answer.len() >= 600 && !answer.starts_with("HTTP/"));
}
