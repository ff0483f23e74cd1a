//! Certificates that browsers do not accept, shown by nginx in front of a healthy site.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::answer::{Answer, diagnose};
use crate::gateways::temp_paths;
use crate::product::{Running, find, wait_for};
use crate::room::{Room, free_port, wait_for_port};
use crate::site::{Habit, Site};

const KEY: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/// A root, an intermediate authority below it, and a certificate for 127.0.0.1 by that; `days` says how long the last
/// is valid.
fn authorities(room: &Room, days: &str) {
    room.put("authority.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
    room.put("site.ext", "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\n");
    let root = ["req", "-x509", "-days", "30", "-subj", "/O=Example Trust/CN=Root"];
    openssl(room, &[&root, KEY, &["-keyout", "root.key", "-out", "root.pem"]].concat());
    for (name, subject, by, days) in [
        ("authority", "/O=Example Trust/CN=Issuer", "root", "30"),
        ("site", "/O=Example Shop/CN=site", "authority", days),
    ] {
        let [key, request, own, ext] = ["key", "csr", "pem", "ext"].map(|end| format!("{name}.{end}"));
        let request_it = ["req", "-subj", subject, "-keyout", &key, "-out", &request];
        openssl(room, &[&request_it, KEY].concat());
        let (issuer, issuer_key) = (format!("{by}.pem"), format!("{by}.key"));
        let sign =
            ["x509", "-req", "-in", &request, "-CA", &issuer, "-CAkey", &issuer_key, "-CAcreateserial"];
        openssl(room, &[&sign[..], &["-days", days, "-extfile", &ext, "-out", &own]].concat());
    }
}

fn openssl(room: &Room, words: &[&str]) {
    let mut command = Command::new("openssl");
    let output = command.args(words).current_dir(&room.path).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether the certificate is over by now.
fn is_over(room: &Room) -> bool {
    let check = ["x509", "-checkend", "0", "-noout", "-in", "site.pem"];
    let mut command = Command::new("openssl");
    !command.args(check).current_dir(&room.path).stdout(Stdio::null()).status().unwrap().success()
}

/// A healthy site behind TLS that shows these certificates; `None` after saying what is not installed.
fn look(room: &Room, shown: &[&str]) -> Option<Answer> {
    let (nginx, site, port) = (find("nginx")?, Site::new(Habit::Healthy), free_port());
    let chain: String = shown.iter().map(|name| std::fs::read_to_string(room.file(name)).unwrap()).collect();
    room.put("chain.pem", &chain);
    let folder = room.path.display();
    room.put(
        "nginx.conf",
        &format!(
            "daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{}access_log off;\n\
             server {{ listen 127.0.0.1:{port} ssl;\n  ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/site.key;\n  \
             location / {{ proxy_pass http://127.0.0.1:{}; }} }}\n}}\n",
            temp_paths(&folder.to_string()),
            site.port
        ),
    );
    let mut command = Command::new(nginx);
    command.arg("-p").arg(&room.path).args(["-e", "error.log", "-c"]).arg(room.file("nginx.conf"));
    let _running = Running::start(&mut command, &room.file("output"));
    wait_for_port(port);
    let root = room.file("root.pem").display().to_string();
    Some(diagnose(&format!("https://127.0.0.1:{port}/"), &["--ca", &root]))
}

#[test]
fn a_whole_chain_is_well() {
    let Some(_) = find("openssl") else { return };
    let room = Room::new("chain-whole");
    authorities(&room, "20");
    let Some(answer) = look(&room, &["site.pem", "authority.pem"]) else { return };
    assert_eq!((answer.code, answer.outcome()), (Some(0), "no-fault"), "{}", answer.document);
}

#[test]
fn an_expired_certificate() {
    let Some(_) = find("openssl") else { return };
    let room = Room::new("certificate-expired");
    authorities(&room, "0");
    wait_for("the end of the certificate", || is_over(&room).then_some(()));
    // Its last second still counts.
    std::thread::sleep(Duration::from_secs(2));
    let Some(answer) = look(&room, &["site.pem", "authority.pem"]) else { return };
    assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
    assert!(answer.has("site-certificate-expired"), "{}", answer.document);
}

#[test]
fn a_chain_without_its_intermediate() {
    let Some(_) = find("openssl") else { return };
    let room = Room::new("chain-incomplete");
    authorities(&room, "20");
    let Some(answer) = look(&room, &["site.pem"]) else { return };
    assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
    assert!(answer.has("site-chain-incomplete"), "{}", answer.document);
}
