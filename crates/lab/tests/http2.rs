//! The lab's HTTP/2, as curl sees it. Where there is no curl with HTTP/2, nothing is asked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::process::Command;
use std::sync::Arc;

use goodgate_lab::{Identities, Origin, Recipe, Speaks, recipes};
use tokio::task::spawn_blocking;

async fn origin() -> Origin {
    let identities = Arc::new(Identities::new().unwrap());
    Origin::bind("127.0.0.1:0".parse().unwrap(), Speaks::H2c, identities).await.unwrap()
}

fn has_curl() -> bool {
    let said = Command::new("curl").arg("--version").output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("HTTP2"))
}

/// What curl printed, and how it ended.
async fn curl(origin: &Origin, more: &[&'static str]) -> (String, i32) {
    let mut command = Command::new("curl");
    command.args(["-s", "--http2-prior-knowledge", "--max-time", "2", "--noproxy", "*"]);
    command.args(more).arg(format!("http://{}/r/h2/1f0c?x=1", origin.address()));
    let said = spawn_blocking(move || command.output()).await.unwrap().unwrap();
    (String::from_utf8_lossy(&said.stdout).into_owned(), said.status.code().unwrap())
}

fn all_of_http2() -> impl Iterator<Item = &'static Arc<Recipe>> {
    recipes().iter().filter(|recipe| recipe.speaks == Speaks::H2c)
}

#[tokio::test]
async fn healthy_answers_are_healthy_to_curl() {
    if !has_curl() {
        return;
    }
    let origin = origin().await;
    let mut seen = 0;
    for recipe in all_of_http2().filter(|recipe| recipe.is_healthy()) {
        let name = &recipe.name;
        origin.forget();
        origin.play(recipe).await.unwrap();
        assert_eq!(curl(&origin, &[]).await, ("lab 1f0c\n".to_owned(), 0), "{name}");
        assert_eq!(curl(&origin, &["-d", "body"]).await, ("lab 1f0c\n".to_owned(), 0), "{name}: POST");
        let (head, code) = curl(&origin, &["-I"]).await;
        assert!(code == 0 && head.contains("HTTP/2 200"), "{name}: HEAD {code} {head}");
        assert_eq!(origin.upstream("1f0c").requests, 3, "{name}");
        seen += 1;
    }
    assert!(seen >= 5);
}

#[tokio::test]
async fn a_long_body_and_long_fields_are_taken() {
    if !has_curl() {
        return;
    }
    let origin = origin().await;
    // Longer than the first window, so that it comes only where the window is opened again and again.
    let (file, length) = ("@/proc/self/exe", std::fs::metadata("/proc/self/exe").unwrap().len());
    assert!(length > 65_535);
    let long = "-HX-Long: abcdefghijklmnopqrstuvwxyz0123456789".to_owned() + &"abcdefghij".repeat(2000);
    let long: &'static str = Box::leak(long.into_boxed_str());
    let (said, code) = curl(&origin, &["--data-binary", file, long]).await;
    assert_eq!((said.as_str(), code), ("lab 1f0c\n", 0));
}

#[tokio::test]
async fn faults_are_faults_to_curl() {
    if !has_curl() {
        return;
    }
    let origin = origin().await;
    for recipe in all_of_http2().filter(|recipe| !recipe.is_healthy()) {
        let name = &recipe.name;
        origin.play(recipe).await.unwrap();
        let (said, code) = curl(&origin, &[]).await;
        assert_ne!(code, 0, "{name}: curl sees nothing wrong: {said}");
        assert_eq!(code == 28, name.starts_with("h2-hang"), "{name}: {code}");
    }
}
