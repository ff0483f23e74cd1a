//! The page of a failure: whoever may know everything reads what may be behind it, nobody else a word of that.

use std::process::{Command, Stdio};

use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate};
use crate::product::find;
use crate::room::{Room, free_port};

/// A gateway in front of this server, which tells 127.0.0.1 everything.
fn gateway(room: &Room, site: &str, server: &str) -> Goodgate {
    let text = format!(
        "listen = [\"{ANY}\"]\nfull_account_for = [\"127.0.0.1\"]\n{site}\n[upstream.app]\nservers = [\"{server}\"]\n"
    );
    Goodgate::start(room, &text)
}

/// Asks from an address that may know all, in a language, and from another.
fn asked(room: &Room, gateway: &Goodgate, words: &[&str]) -> Option<(String, String)> {
    let curl = Curl::new(room)?;
    let page = gateway.page("/page");
    let told = |from: &str| {
        let answer =
            curl.ask(&[&["--interface", from, "--header", "Accept: text/html"], words, &[&page]].concat());
        assert_eq!(answer.came(), (0, 502), "{answer:?}");
        answer.text()
    };
    Some((told("127.0.0.1"), told("127.0.0.2")))
}

/// The causes that a page names, in their order; an entry can have several lines.
fn causes(page: &str) -> Vec<&str> {
    let list = page.split_once("<ol>").and_then(|(_, rest)| rest.split_once("</ol>"));
    list.map_or(Vec::new(), |(list, _)| list.lines().filter(|line| line.starts_with("<li>")).collect())
}

const PROXY: &str = "[[site]]\nupstream = \"app\"";

#[test]
fn a_refused_connection_has_its_causes_and_each_reader_a_language() {
    let room = Room::new("causes-refused");
    let port = free_port();
    let gateway = gateway(&room, PROXY, &format!("http://127.0.0.1:{port}"));
    let Some((full, public)) = asked(&room, &gateway, &[]) else { return };
    let named = causes(&full);
    assert!(named[0].ends_with("goodgate explain upstream-not-running</li>"), "{full}");
    assert!(named[0].contains("ss -ltnp"), "what to do: {full}");
    assert!(named.iter().any(|line| line.contains("(upstream-wrong-port)")), "{full}");
    assert!(!public.contains("<ol>") && !public.contains("upstream-not-running"), "{public}");
    assert!(!public.contains(&port.to_string()), "{public}");
    let Some((full, public)) = asked(&room, &gateway, &["--header", "Accept-Language: ru"]) else { return };
    assert!(causes(&full)[0].contains("Что делать: "), "{full}");
    assert!(causes(&full)[0].ends_with("goodgate explain upstream-not-running</li>"), "{full}");
    assert!(!public.contains("upstream-not-running"), "{public}");
}

#[test]
fn the_socket_of_php_that_is_missing_is_told() {
    let room = Room::new("causes-socket");
    let socket = room.file("php8.2-fpm.sock").display().to_string();
    room.put("site/index.php", "<?php echo 1;");
    let site = "[[site]]\nphp = { upstream = \"app\", root = \"site\" }";
    let gateway = gateway(&room, site, &format!("fastcgi+unix:{socket}"));
    let Some((full, public)) = asked(&room, &gateway, &[]) else { return };
    let named = causes(&full);
    assert!(named[0].ends_with("goodgate explain socket-missing</li>"), "{full}");
    assert!(named[0].contains("systemctl status php8.2-fpm"), "with the names of the case: {full}");
    assert!(!public.contains("socket-missing") && !public.contains(&socket), "{public}");
}

#[test]
fn a_certificate_for_another_name_is_told() {
    let (room, behind) = (Room::new("causes-name"), Room::new("causes-name-behind"));
    let Some(()) = certificate(&behind) else { return };
    let text = format!(
        "listen = [\"https://{ANY}\"]\n[[tls.certificates]]\nchain = \"leaf.pem\"\nkey = \"leaf.key\"\n[[site]]\nrespond = \"fine\"\n"
    );
    let server = Goodgate::start(&behind, &text);
    let ca = behind.file("ca.pem").display().to_string();
    let gateway =
        gateway(&room, PROXY, &format!("https://127.0.0.1:{}\"]\ntls.ca = \"{ca}\"\n#[\"", server.port()));
    let Some((full, public)) = asked(&room, &gateway, &[]) else { return };
    assert!(causes(&full)[0].ends_with("goodgate explain upstream-certificate-name-mismatch</li>"), "{full}");
    assert!(!public.contains("name-mismatch") && !public.contains("<ol>"), "{public}");
}

/// An issuer in `ca.pem`, and in `leaf.pem` and `leaf.key` a certificate of its for a name that nobody asks for.
fn certificate(room: &Room) -> Option<()> {
    let program = find("openssl")?;
    let openssl = |words: &[&str]| {
        let mut command = Command::new(&program);
        let output = command.args(words).current_dir(&room.path).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout"];
    openssl(
        &[
            &["req", "-x509", "-days", "20", "-subj", "/CN=Example CA", "-out", "ca.pem"],
            &key[..],
            &["ca.key"],
        ]
        .concat(),
    );
    openssl(
        &[&["req", "-new", "-subj", "/CN=other.example", "-out", "leaf.csr"], &key[..], &["leaf.key"]]
            .concat(),
    );
    room.put("names", "subjectAltName=DNS:other.example\n");
    let sign = ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(&[&sign[..], &["-days", "20", "-extfile", "names", "-out", "leaf.pem"]].concat());
    Some(())
}
