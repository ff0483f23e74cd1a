//! Where clients connect, and where metrics and status are served.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::pems::certificates;
use super::{Around, contents};
use crate::config::keys::{File, ListenKeys};
use crate::config::typed::{At, Reading, Spot};
use crate::plan::{Admin, Listener};

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

/// Complains of an address that is there already. Port 0 is another port each time.
fn twice(address: SocketAddr, spot: &Spot, seen: &mut Vec<(SocketAddr, Spot)>, reading: &mut Reading<'_>) {
    let same = |other: SocketAddr| {
        other.port() == address.port()
            && (other.ip() == address.ip() || other.ip().is_unspecified() && address.ip().is_unspecified())
    };
    if address.port() == 0 {
        return;
    }
    match seen.iter().find(|(other, _)| same(*other)) {
        Some((_, first)) => {
            let (line, _) = reading.lines().place(first.start);
            reading.error(
                spot,
                format!("{address} is listened on already (line {line})"),
                "take one of them away",
            );
        }
        None => seen.push((address, spot.clone())),
    }
}

pub(super) fn admin(file: &File, around: &Around<'_>, reading: &mut Reading<'_>) -> Option<Admin> {
    let given = &file.admin.as_ref()?.value;
    let address = given.address.as_ref()?;
    let token = given.token_file.as_ref().map(|file| (file, contents(file, around, reading)));
    if address.value.tls == Some(true) {
        let hint = "put it on a loopback address, and reach it through SSH or a site of its own";
        reading.error(&address.spot, "the admin address speaks no TLS", hint);
    }
    let at = address.value.address;
    if !at.ip().to_canonical().is_loopback() && given.token_file.is_none() {
        let hint = format!("listen on 127.0.0.1:{}, or name a token_file", at.port());
        reading.error(&address.spot, "others can reach this address, but no token is asked for", hint);
    }
    let listened =
        file.listen.iter().flat_map(|listen| &listen.value.0).filter_map(|at| at.value.address.as_ref());
    if at.port() != 0 && listened.into_iter().any(|other| other.value.address == at) {
        reading.error(&address.spot, format!("{at} is for clients already"), "give admin a port of its own");
    }
    let token = token.and_then(|(file, bytes)| {
        let text = String::from_utf8(bytes?).unwrap_or_default();
        let token = text.trim();
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            let hint = "one line of letters and digits, such as from: openssl rand -hex 32";
            reading.error(&file.spot, "the file holds no token that can be sent", hint);
            return None;
        }
        Some(token.to_owned())
    });
    Some(Admin { address: at, token })
}
