//! The lab as a server that anybody can ask.

use std::net::SocketAddr;
use std::sync::Arc;

use goodgate_lab::{LabError, Recipe, ServeSettings, Served, recipes, serve};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::peer::{ANY, Ended, PATIENCE, Peer, identities, steps};

/// Serves, and says where; ends with the test's runtime.
pub(crate) async fn serving(ports: Vec<Arc<Recipe>>) -> (Vec<Served>, JoinHandle<Result<(), LabError>>) {
    let (ready, told) = oneshot::channel();
    let ports = ports.into_iter().map(|recipe| (ANY, recipe)).collect();
    let settings = ServeSettings { main: Some(ANY), ports, identities: identities() };
    let task = tokio::spawn(serve(settings, move |served| {
        let _ = ready.send(served.to_vec());
    }));
    (told.await.expect("it is ready"), task)
}

pub(crate) async fn main_port() -> SocketAddr {
    serving(Vec::new()).await.0[0].at
}

async fn ask(at: SocketAddr, target: &str, lines: &str) -> (String, Ended) {
    let mut peer = Peer::connect(at).await.expect("it listens");
    peer.say(&format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n")).await;
    let (bytes, ended) = peer.rest().await;
    (String::from_utf8_lossy(&bytes).into_owned(), ended)
}

#[tokio::test]
async fn recipes_are_played_by_path_and_by_header() {
    let at = main_port().await;
    assert_eq!(ask(at, "/r/fin-in-status-line", "").await, ("HTTP/1.1 20".to_owned(), Ended::Fin));
    assert_eq!(ask(at, "/r/fin-in-status-line/0a?x", "").await, ("HTTP/1.1 20".to_owned(), Ended::Fin));
    assert_eq!(ask(at, "/any/path", "Lab-Recipe: fin-in-status-line\r\n").await.0, "HTTP/1.1 20");
    assert!(ask(at, "/r/healthy/77", "").await.0.ends_with("\r\n\r\nlab 77\n"));
    let (unknown, _) = ask(at, "/r/fin-in-status-lin%3Cb%3E", "Accept: text/html\r\n").await;
    assert!(unknown.starts_with("HTTP/1.1 404 Not Found\r\n") && unknown.contains("&lt;b&gt;"), "{unknown}");
    let (near, _) = ask(at, "/r/fin-in-status-lien", "").await;
    assert!(near.contains("Did you mean fin-in-status-line?"), "{near}");
}

#[tokio::test]
async fn every_recipe_is_played_by_path_or_said_to_need_a_port() {
    let at = main_port().await;
    for recipe in recipes() {
        let mut peer = Peer::connect(at).await.expect("it listens");
        let name = &recipe.name;
        peer.say(&format!("POST /r/{name}/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")).await;
        if !recipe.plays_after_request() && name != "healthy" {
            let text = peer.until("\r\n\r\n").await;
            assert!(text.starts_with("HTTP/1.1 409 "), "{name}: {text}");
        }
    }
    let (page, _) = ask(at, "/r/not-listening", "").await;
    assert!(page.contains("goodgate lab serve --recipe not-listening"), "{page}");
}

#[tokio::test]
async fn a_port_of_its_own_plays_one_recipe() {
    let (served, task) = serving(vec![steps("{ send = \"hello\" }, \"reset\""), steps("\"close\"")]).await;
    assert_eq!(served.len(), 3);
    assert_eq!(served[1].recipe.as_deref(), Some("on-the-spot"));
    let mut peer = Peer::connect(served[1].at).await.expect("it listens");
    peer.until("hello").await;
    assert_eq!(Peer::connect(served[2].at).await.expect("it listens").rest().await.1, Ended::Fin);
    task.abort();
    assert!(task.await.expect_err("it was dropped").is_cancelled());
    let since = std::time::Instant::now();
    while Peer::connect(served[1].at).await.is_ok() || Peer::connect(served[0].at).await.is_ok() {
        assert!(since.elapsed() < PATIENCE, "its ports are still open");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_status_comes_in_the_form_that_is_wanted() {
    let at = main_port().await;
    let target = "/status/503?retry-after=30&header=X-Cause:%20none";
    let (text, _) = ask(at, target, "Accept: */*\r\n").await;
    assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{text}");
    assert!(text.contains("\r\nRetry-After: 30\r\n") && text.contains("\r\nX-Cause: none\r\n"), "{text}");
    assert!(text.contains("\r\nContent-Type: text/plain"), "{text}");
    let (html, _) = ask(at, target, "Accept: text/html,*/*;q=0.8\r\n").await;
    assert!(html.contains("text/html") && html.contains("<h1>503 Service Unavailable</h1>"), "{html}");
    let (json, _) = ask(at, target, "Accept: application/json\r\n").await;
    assert!(json.contains("application/problem+json") && json.contains("\"status\": 503"), "{json}");
    let (body, _) = ask(at, "/status/502?body=a+%7Btoken%7D", "").await;
    assert!(body.ends_with("\r\n\r\na {token}"), "{body}");
    assert!(ask(at, "/status/700", "").await.0.starts_with("HTTP/1.1 400 "));
    assert!(ask(at, "/status/502?header=A:%20b%0d%0aC:%20d", "").await.0.starts_with("HTTP/1.1 400 "));
    let (late, _) = ask(at, "/status/103?header=Link:%20a", "").await;
    assert!(late.starts_with("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n"), "{late}");
    for bare in ["/status/204", "/status/304"] {
        assert!(ask(at, bare, "").await.0.ends_with("\r\n\r\n"));
    }
}

#[tokio::test]
async fn a_link_to_us_harms_neither_a_browser_nor_a_terminal() {
    let at = main_port().await;
    let script = "body=%3Cscript%3Ealert(1)%3C/script%3E";
    for header in ["Set-Cookie:%20session=evil", "Content-Type:%20text/html"] {
        let (refused, _) = ask(at, &format!("/status/200?header={header}&{script}"), "").await;
        assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
        assert!(!refused.contains("<script") && !refused.contains("\r\nSet-Cookie"), "{refused}");
    }
    let (plain, _) = ask(at, &format!("/status/200?{script}"), "Accept: text/html\r\n").await;
    for line in [
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: sandbox; default-src 'none'; style-src 'unsafe-inline'",
    ] {
        assert!(plain.contains(&format!("\r\n{line}\r\n")), "{plain}");
    }
    for target in ["/%1b]0;owned%07", "/r/%1b]0;owned%07", "/status/200?%1b]0;owned%07"] {
        let (told, _) = ask(at, target, "").await;
        assert!(told.contains("\\u{1b}]0;owned\\u{7}") && !told.contains(['\u{1b}', '\u{7}']), "{told:?}");
    }
}

#[tokio::test]
async fn a_delay_is_kept() {
    let at = main_port().await;
    let since = std::time::Instant::now();
    assert!(ask(at, "/status/504?delay=200ms", "").await.0.starts_with("HTTP/1.1 504 "));
    assert!(since.elapsed().as_millis() >= 200);
}

#[tokio::test]
async fn everything_is_listed() {
    let at = main_port().await;
    let (text, _) = ask(at, "/", "").await;
    let (html, _) = ask(at, "/", "Accept: text/html\r\n").await;
    let (json, _) = ask(at, "/", "Accept: application/json\r\n").await;
    for recipe in recipes() {
        for list in [&text, &html, &json] {
            assert!(list.contains(&recipe.name), "{}", recipe.name);
        }
    }
    assert!(text.contains(&format!("curl -i http://{at}/r/NAME")), "{text}");
    assert!(text.contains("not-listening*") && !text.contains("fin-in-status-line*"), "{text}");
}

#[tokio::test]
async fn connections_are_kept() {
    let at = main_port().await;
    let mut peer = Peer::connect(at).await.expect("it listens");
    for token in ["1", "2"] {
        peer.right_answer_at("/ok", token).await;
        peer.say("HEAD /status/502 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        peer.until("\r\n\r\n").await;
        peer.say("POST /status/200?body=done HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab").await;
        peer.until("\r\n\r\ndone").await;
    }
}
