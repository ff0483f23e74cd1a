//! Certificates for `site.example`, each its own issuer, by openssl.

use std::process::{Command, Stdio};

use crate::product::find;
use crate::room::Room;

pub(crate) const HOST: &str = "site.example";

/// Writes `NAME.pem` and `NAME.key`; `None` after saying that openssl is not installed.
pub(crate) fn make(room: &Room, name: &str) -> Option<()> {
    let openssl = find("openssl")?;
    let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
    let names = format!("subjectAltName=DNS:{HOST},IP:127.0.0.1");
    let subject = format!("/O=Example {name}/CN={HOST}");
    let mut command = Command::new(openssl);
    command.args(["req", "-x509", "-days", "20", "-nodes", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", &subject, "-addext", &names]);
    command.args(["-keyout", &key, "-out", &certificate]).current_dir(&room.path).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// The part of a configuration that has TLS use it.
pub(crate) fn tls(name: &str) -> String {
    format!("[[tls.certificates]]\nchain = \"{name}.pem\"\nkey = \"{name}.key\"\n")
}
