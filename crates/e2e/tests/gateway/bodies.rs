//! Bodies that clients send: announced, unannounced, expected to be wanted, and too large.

use std::process::Command;

use crate::certificate::{make, tls};
use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::php_fpm;
use crate::product::{Running, wait_for};
use crate::room::Room;
use crate::script::{ECHO, serve};

/// SHA-256 of a file, as coreutils has it.
pub(crate) fn sha256(path: &std::path::Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// A gateway before a server that tells what it was sent; `/small/*` takes 100 KB.
fn site(room: &Room) -> Option<(Goodgate, Running)> {
    make(room, "first")?;
    let (server, port) = serve(room, ECHO)?;
    let text = format!(
        "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\n\
         [[site.route]]\npath = \"/small/*\"\nbody_size = \"100KB\"\nupstream = \"echo\"\n\
         [[site.route]]\nupstream = \"echo\"\n[upstream.echo]\nservers = [\"http://127.0.0.1:{port}\"]\n",
        tls("first")
    );
    Some((Goodgate::start(room, &text), server))
}

/// A file of so many bytes, none like the one before.
fn sample(room: &Room, bytes: usize) -> std::path::PathBuf {
    let text: Vec<u8> = (0_u32..).flat_map(u32::to_be_bytes).take(bytes).collect();
    let path = room.file("sample");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn uploads_arrive_whole() {
    let room = Room::new("uploads");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _server)) = site(&room) else { return };
    let path = sample(&room, 3_000_001);
    let (sum, bytes) = (sha256(&path), std::fs::read(&path).unwrap());
    let from_file = format!("@{}", path.display());
    let plain = gateway.page("/up");
    let secret = format!("https://127.0.0.1:{}/up", gateway.ports[1]);
    let form = ["--data-binary", &from_file];
    // `-T -` has no length, and goes in chunks where the version has them.
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--http1.1", form[0], form[1]], &plain, "POST"),
        (&["--http1.0", form[0], form[1]], &plain, "POST"),
        (&["--http1.1", "-T", "-"], &plain, "PUT"),
        (&["--http1.1", "-k", "-T", "-"], &secret, "PUT"),
        (&["--http2", "-k", "-T", "-"], &secret, "PUT"),
        (&["--http2", "-k", form[0], form[1]], &secret, "POST"),
    ];
    for (words, address, method) in cases {
        let answer = curl.send(&[words, &[*address][..]].concat(), &bytes);
        assert_eq!(answer.came(), (0, 200), "{words:?}: {answer:?}");
        let document = answer.document();
        assert_eq!((&document["method"], &document["length"]), (&(*method).into(), &3_000_001.into()));
        assert_eq!(document["sha256"], sum.as_str(), "{words:?}");
    }
}

#[test]
fn what_is_expected_to_be_wanted_is_waited_for() {
    let room = Room::new("expect");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _server)) = site(&room) else { return };
    let path = sample(&room, 2_000_000);
    let from_file = format!("@{}", path.display());
    let expect = ["--http1.1", "--header", "Expect: 100-continue", "--expect100-timeout", "50"];
    let ask = |path: &str| {
        curl.ask(&[&expect[..], &["--verbose", "--data-binary", &from_file, &gateway.page(path)]].concat())
    };
    let taken = ask("/up");
    assert_eq!(taken.came(), (0, 200), "{taken:?}");
    assert!(taken.head.starts_with("HTTP/1.1 100 "), "{taken:?}");
    assert_eq!(taken.document()["sha256"], sha256(&path).as_str());
    // What will not be taken is not sent.
    let refused = ask("/small/up");
    assert_eq!((refused.status, refused.uploaded), (413, 0), "{refused:?}");
    assert!(!refused.head.contains("100 Continue"), "{refused:?}");
}

#[test]
fn what_is_too_large_is_refused_and_others_are_served() {
    let room = Room::new("large");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _server)) = site(&room) else { return };
    let from_file = format!("@{}", sample(&room, 400_000).display());
    let address = gateway.page("/small/up");
    let refused = curl.ask(&["--header", "Expect:", "--data-binary", &from_file, &address]);
    assert_eq!(refused.status, 413, "{refused:?}");
    // In chunks it shows only on the way.
    let input = vec![b'x'; 400_000];
    let refused = curl.send(&["--header", "Expect:", "-T", "-", &address], &input);
    assert_eq!(refused.status, 413, "{refused:?}");
    let secret = format!("https://127.0.0.1:{}/small/up", gateway.ports[1]);
    let refused = curl.send(&["--http2", "-k", "-T", "-", &secret], &input);
    assert_eq!(refused.status, 413, "{refused:?}");
    let taken = curl.send(&["-T", "-", &address], &input[..90_000]);
    assert_eq!((taken.came(), &taken.document()["length"]), ((0, 200), &90_000.into()));
}

/// A gateway before PHP that tells what it was sent, with what `[collect]` says.
fn php(room: &Room, collect: &str) -> Option<(Goodgate, Running)> {
    let script = "<?php $raw = file_get_contents('php://input'); \
         echo json_encode([strlen($raw), hash('sha256', $raw), $_SERVER['CONTENT_LENGTH']]);";
    room.put("site/index.php", script);
    let fpm = php_fpm::start(room, "php.sock", "php_admin_value[memory_limit] = 128M")?;
    make(room, "first")?;
    let text = format!(
        "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[collect]\n{collect}\n[[site]]\n\
         [[site.route]]\npath = \"/small/*\"\nbody_size = \"5MB\"\nphp = {{ upstream = \"php\", root = \"site\" }}\n\
         [[site.route]]\nphp = {{ upstream = \"php\", root = \"site\" }}\n\
         [upstream.php]\nservers = [\"fastcgi+unix:{}\"]\n",
        tls("first"),
        room.file("php.sock").display()
    );
    Some((Goodgate::start(room, &text), fpm))
}

#[test]
fn uploads_without_a_length_reach_php() {
    let room = Room::new("php-uploads");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _fpm)) = php(&room, "") else { return };
    let path = sample(&room, 20 << 20);
    let (from_file, sum) = (path.display().to_string(), sha256(&path));
    let chunked = ["--header", "Transfer-Encoding: chunked", "-T", &from_file];
    let bytes = std::fs::read(&path).unwrap();
    let secret = format!("https://127.0.0.1:{}/up", gateway.ports[1]);
    for answer in [
        curl.ask(&[&["--http1.1"], &chunked[..], &[&gateway.page("/up")]].concat()),
        // HTTP/2 without a content-length.
        curl.send(&["--http2", "-k", "-T", "-", &secret], &bytes),
    ] {
        assert_eq!(answer.came(), (0, 200), "{answer:?}");
        assert_eq!(answer.document(), serde_json::json!([20 << 20, sum, (20 << 20).to_string()]));
    }
    let refused = curl.ask(&[&["--header", "Expect:"], &chunked[..], &[&gateway.page("/small/up")]].concat());
    assert_eq!(refused.status, 413, "{refused:?}");
    let why = refused.field("proxy-status").unwrap();
    assert!(why.contains("the request's body is larger than the limit"), "{why}");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let room = Room::new("php-folder");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _fpm)) = php(&room, "folder = \"gone\"") else { return };
    let input = vec![b'x'; 200_000];
    let put = |input: &[u8]| curl.send(&["--header", "Expect:", "-T", "-", &gateway.page("/up")], input);
    let failed = put(&input);
    assert_eq!(failed.status, 500, "{failed:?}");
    let records =
        wait_for("the access log", || Some(recorded(&room, "/up")).filter(|records| !records.is_empty()));
    assert_eq!(records[0]["signal"], "gateway-temp-denied", "{records:?}");
    assert!(records[0]["detail"].as_str().unwrap().contains("collect.folder"), "{records:?}");
    assert_eq!(records[0]["errno"], 2);
    // What fits into memory needs no file.
    assert_eq!(put(&input[..60_000]).came(), (0, 200));
}
