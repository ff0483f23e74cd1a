//! Who asks, and whether the request has been here before: what proxies in front of us say.

use std::net::IpAddr;

use goodgate_wire::{FieldLines, FieldName, elements};

use crate::plan::Network;
use crate::request::{Request, Scheme};

/// Who asks, as far as we believe it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// The client's address: the peer's, or what trusted proxies say.
    pub(crate) address: IpAddr,
    /// The peer.
    pub(crate) peer: &'a Introduction,
    /// Whether the peer is a trusted proxy.
    pub(crate) trusted: bool,
}

/// What servers are told of whoever connected, written once for all requests of the connection.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    /// The fields that are the same for all, the last without the host and without its end.
    lines: Box<[u8]>,
    /// Bytes of the address, which stands in the first field.
    address: usize,
}

impl Introduction {
    const FIRST: &[u8] = b"X-Forwarded-For: ";

    pub(crate) fn of(peer: IpAddr, scheme: Scheme) -> Self {
        let peer = peer.to_canonical();
        let (address, scheme) = (peer.to_string(), scheme.as_str());
        // RFC 7239 says the same in one field; it wants IPv6 in brackets and quotes.
        let quoted = if peer.is_ipv6() { format!("\"[{address}]\"") } else { address.clone() };
        let lines = [
            Self::FIRST,
            address.as_bytes(),
            b"\r\nX-Forwarded-Proto: ",
            scheme.as_bytes(),
            b"\r\nForwarded: for=",
            quoted.as_bytes(),
            b";proto=",
            scheme.as_bytes(),
        ]
        .concat();
        Self { lines: lines.into(), address: address.len() }
    }

    /// The peer's address as text.
    pub(crate) fn address(&self) -> &[u8] {
        self.lines.get(Self::FIRST.len()..Self::FIRST.len() + self.address).unwrap_or_default()
    }

    /// The value of `Forwarded`, without the host.
    pub(super) fn forwarded(&self) -> &[u8] {
        let begin = self.lines.iter().rposition(|byte| *byte == b' ').map_or(0, |space| space + 1);
        self.lines.get(begin..).unwrap_or_default()
    }

    /// All of it.
    pub(super) fn lines(&self) -> &[u8] {
        &self.lines
    }
}

/// The client's address: from the right of `X-Forwarded-For`, the first that is no trusted proxy itself.
pub(crate) fn client_address(request: &Request<'_>, trusted: &[Network]) -> (IpAddr, bool) {
    let peer = request.peer.ip().to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if trusted.is_empty() || !is_trusted(peer) {
        return (peer, false);
    }
    let mut address = peer;
    let values: Vec<&[u8]> = request.fields.all(FieldName::XForwardedFor).collect();
    for element in
        values.into_iter().rev().flat_map(|value| elements(value).collect::<Vec<_>>().into_iter().rev())
    {
        let Some(named) = address_of(element) else { break };
        address = named;
        if !is_trusted(named) {
            break;
        }
    }
    (address, true)
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address_of(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?;
    let bare = text.parse::<IpAddr>().ok();
    let bare = bare.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    let bare = bare.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    bare.map(|address| address.to_canonical())
}

/// Whether the request has passed us before: our name is in `Via`. (`CDN-Loop`, RFC 8586, goes on as it came: it is for
/// networks that customers chain one behind another.)
pub(crate) fn has_looped(fields: &FieldLines<'_>, name: &[u8]) -> bool {
    let in_via = |element: &[u8]| {
        element.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).nth(1) == Some(name)
    };
    fields.all(FieldName::Via).any(|value| elements(value).any(in_via))
}
