//! Every product that is installed starts with its set-up, passes on what is right, and says so where nobody listens.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where something is not as it must be"
)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{Drive, Identities, Origin, Speaks, ask, recipes};
use goodgate_witness::Started;
use goodgate_witness::products::{Found, NAME, Route, To, find, products};

/// Products that a machine which sets `GOODGATE_REQUIRE_PRODUCTS=1` has to have.
const REQUIRED: [&str; 4] = ["nginx", "apache", "haproxy", "caddy"];
/// Nothing here takes longer, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// The product, if it is installed.
fn installed(id: &str) -> Option<Found> {
    let product = products().into_iter().find(|product| product.id() == id).unwrap();
    let found = find(product);
    if found.is_none() {
        let required = std::env::var_os("GOODGATE_REQUIRE_PRODUCTS").is_some_and(|value| value == "1");
        assert!(!(required && REQUIRED.contains(&id)), "{id} is not installed, and it is required");
        eprintln!("skipped: {id} is not installed");
    }
    found
}

/// An origin that answers each request with the last part of its path, in a thread of its own.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let token = head.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or("");
    let body = format!("lab {token}\n");
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn route(name: &str, speaks: Speaks, at: SocketAddr) -> Route {
    Route { name: name.to_owned(), speaks, to: To::Tcp(at), script: None, waits: None }
}

/// Starts it with a route for all that it speaks, to see that all of the set-up is understood.
async fn check(id: &str) {
    let Some(found) = installed(id) else { return };
    assert!(!found.version.is_empty(), "{id} does not say its version");
    let identities = Arc::new(Identities::new().unwrap());
    let healthy = origin();
    // It keeps its port without listening on it, so that nobody else can get it meanwhile.
    let nobody = Origin::bind((Ipv4Addr::LOCALHOST, 0).into(), Speaks::Http, Arc::clone(&identities));
    let nobody = nobody.await.unwrap();
    let refused = nobody.address();
    let not_listening = recipes().iter().find(|recipe| recipe.name == "not-listening").unwrap();
    nobody.play(not_listening).await.unwrap();
    let mut routes = vec![route("healthy", Speaks::Http, healthy), route("refused", Speaks::Http, refused)];
    for (name, speaks) in [
        ("over-tls", Speaks::Tls),
        ("over-h2c", Speaks::H2c),
        ("over-fastcgi", Speaks::Fastcgi),
        ("over-uwsgi", Speaks::Uwsgi),
    ] {
        if found.product.speaks().contains(&speaks) {
            routes.push(route(name, speaks, refused));
        }
    }
    if found.product.resolves() {
        let to = To::Name { host: NAME.to_owned(), port: refused.port(), resolver: refused };
        routes.push(Route {
            name: "by-name".to_owned(),
            speaks: Speaks::Http,
            to,
            script: None,
            waits: None,
        });
    }
    for front in found.product.fronts() {
        let started = Started::new(&found, front, &routes, &identities).await.unwrap();
        check_started(id, &routes, started).await;
    }
}

async fn check_started(id: &str, routes: &[Route], started: Started) {
    let gateway = started.gateway();
    let answer = ask(&gateway, "/r/healthy/a1", Drive::Get, DEADLINE).await;
    assert_eq!((answer.status, answer.body.as_slice()), (Some(200), &b"lab a1\n"[..]), "{id}: {answer:?}");
    for route in &routes[1..] {
        let answer = ask(&gateway, &format!("{}b2", route.prefix()), Drive::Get, DEADLINE).await;
        assert!(matches!(answer.status, Some(500 | 502..=504)), "{id}, {}: {answer:?}", route.name);
        let (_, text) = started.configuration(&route.name);
        assert!(text.contains(&route.prefix()) && !text.contains("/r/healthy/"), "{id}: {text}");
    }
    let logs = started.stop();
    for route in routes {
        let told = logs.iter().any(|(_, _, text)| text.contains(&route.prefix()));
        assert!(told, "{id} logs nothing about {}", route.name);
    }
}

#[tokio::test]
async fn nginx() {
    check("nginx").await;
}

#[tokio::test]
async fn apache() {
    check("apache").await;
}

#[tokio::test]
async fn haproxy() {
    check("haproxy").await;
}

#[tokio::test]
async fn caddy() {
    check("caddy").await;
}

#[tokio::test]
async fn varnish() {
    check("varnish").await;
}

#[tokio::test]
async fn lighttpd() {
    check("lighttpd").await;
}

#[tokio::test]
async fn envoy() {
    check("envoy").await;
}

/// The one that `GOODGATE_BINARY` names, or one on the search path: this crate builds no binary.
#[tokio::test]
async fn goodgate() {
    check("goodgate").await;
}
