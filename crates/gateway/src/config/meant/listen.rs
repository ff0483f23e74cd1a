//! Where clients connect, and where metrics and status are served.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::pems::certificates;
use super::{Around, contents};
use crate::config::keys::{File, ListenKeys};
use crate::config::places::takes_in;
use crate::config::typed::{At, Reading, Spot};
use crate::config::values::FilePath;
use crate::plan::{Admin, Listener, Token};

/// Where clients connect unless something else is said: this machine only, on a port that needs no rights.
pub(in crate::config) const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) fn listeners(file: &File, around: &Around<'_>, reading: &mut Reading<'_>) -> Vec<Listener> {
    let shared = file.tls.as_ref().and_then(|tls| tls.value.certificates.as_ref());
    let certificates_of_all = certificates(shared, around, reading);
    let Some(listen) = &file.listen else {
        if let Some(shared) = shared {
            let hint = "for example: listen = [\"http://:80\", \"https://:443\"]";
            reading.warn(&shared.spot, "no address speaks TLS, so these certificates are not used", hint);
        }
        return vec![Listener { address: LISTEN, tls: None, http2: false }];
    };
    if listen.value.0.is_empty() {
        reading.error(&listen.spot, "nobody can connect", "for example: listen = \"127.0.0.1:8080\"");
    }
    let (mut out, mut seen): (Vec<Listener>, Vec<(SocketAddr, Spot)>) = (Vec::new(), Vec::new());
    for at in &listen.value.0 {
        let Some(address) = &at.value.address else { continue };
        twice(address.value.address, &address.spot, &mut seen, reading);
        let own = certificates(at.value.certificates.as_ref(), around, reading);
        let tls = speaks_tls(at, reading);
        let http2 = at.value.http2.as_ref().map_or(tls, |at| at.value);
        let given = at.value.certificates.is_some() || shared.is_some();
        if tls && !given {
            let what = "TLS is spoken here, but there is no certificate";
            let hint = "[tls] with certificates = [{ chain = \"fullchain.pem\", key = \"privkey.pem\" }]";
            reading.error(&address.spot, what, hint);
        }
        let tls =
            tls.then(|| if at.value.certificates.is_some() { own } else { certificates_of_all.clone() });
        out.push(Listener { address: address.value.address, tls, http2 });
    }
    if let Some(shared) = shared.filter(|_| out.iter().all(|listener| listener.tls.is_none())) {
        let hint = "write https:// in front of an address in listen, or tls = true beside it";
        reading.warn(&shared.spot, "no address speaks TLS, so these certificates are not used", hint);
    }
    out
}

fn speaks_tls(at: &At<ListenKeys>, reading: &mut Reading<'_>) -> bool {
    let written = at.value.address.as_ref().and_then(|address| address.value.tls);
    let said = at.value.tls.as_ref();
    let certificates = at.value.certificates.as_ref();
    if let (Some(written), Some(said)) = (written, said.filter(|said| Some(said.value) != written)) {
        let scheme = if written { "https" } else { "http" };
        reading.error(
            &said.spot,
            format!("the address says {scheme}://, but tls says otherwise"),
            "keep one of them",
        );
    }
    let tls = said.map(|said| said.value).or(written);
    match (tls, certificates) {
        (Some(false), Some(certificates)) => {
            let hint = "write https:// in front of the address, or take the certificates away";
            reading.warn(
                &certificates.spot,
                "TLS is not spoken here, so these certificates are not used",
                hint,
            );
            false
        }
        (None, Some(_)) => true,
        (tls, _) => tls.unwrap_or(false),
    }
}

/// Complains of an address that is there already, or that is one of all addresses. Others have each of them bound by
/// itself; here one that is for all is asked for all.
fn twice(address: SocketAddr, spot: &Spot, seen: &mut Vec<(SocketAddr, Spot)>, reading: &mut Reading<'_>) {
    let line = |spot: &Spot| reading.lines().place(spot.start).0;
    let told = if let Some((other, first)) = seen.iter().find(|(other, _)| takes_in(*other, address)) {
        let all = if *other == address { "one of them".to_owned() } else { with_all(address, *other) };
        Some((format!("{address} is listened on already (line {})", line(first)), all))
    } else if let Some((other, first)) = seen.iter().find(|(other, _)| takes_in(address, *other)) {
        let what = format!("{address} takes in {other}, which is listened on already (line {})", line(first));
        Some((what, with_all(*other, address)))
    } else {
        None
    };
    match told {
        Some((what, which)) => reading.error(spot, what, format!("take {which} away")),
        None => seen.push((address, spot.clone())),
    }
}

fn with_all(narrow: SocketAddr, wide: SocketAddr) -> String {
    format!("{narrow} (it is among those of {wide})")
}

/// Where metrics and status are served; clients are served at `listeners`.
pub(super) fn admin(
    file: &File,
    listeners: &[Listener],
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) -> Option<Admin> {
    let given = &file.admin.as_ref()?.value;
    let address = given.address.as_ref()?;
    let token = given.token_file.as_ref().map(|file| token(file, around, reading));
    if address.value.tls == Some(true) {
        let hint = "put it on a loopback address, and reach it through SSH or a site of its own";
        reading.error(&address.spot, "the admin address speaks no TLS", hint);
    }
    let at = address.value.address;
    if !at.ip().to_canonical().is_loopback() && given.token_file.is_none() {
        let hint = format!("listen on 127.0.0.1:{}, or name a token_file", at.port());
        reading.error(&address.spot, "others can reach this address, but no token is asked for", hint);
    }
    if listeners.iter().any(|other| takes_in(other.address, at) || takes_in(at, other.address)) {
        reading.error(&address.spot, format!("{at} is for clients already"), "give admin a port of its own");
    }
    Some(Admin { address: at, token })
}

fn token(file: &At<FilePath>, around: &Around<'_>, reading: &mut Reading<'_>) -> Token {
    let text = contents(file, around, reading).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
    let text = text.map(|text| text.trim().to_owned());
    let sendable = |text: &String| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if text.as_ref().is_some_and(|text| !sendable(text)) {
        let hint = "one line of letters and digits, such as from: openssl rand -hex 32";
        reading.error(&file.spot, "the file holds no token that can be sent", hint);
    }
    Token { file: file.value.from(&around.folder), text }
}
