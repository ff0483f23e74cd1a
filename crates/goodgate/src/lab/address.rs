//! A gateway's address as a person writes it.

use std::net::SocketAddr;
use std::time::Duration;

use goodgate_lab::{Front, Gateway};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

/// `http://gateway.example:8080/base`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    tls: bool,
    /// What goes into `Host`.
    authority: String,
    /// Without the brackets of IPv6.
    host: String,
    port: u16,
    /// What comes before the lab's own paths, without a slash at its end.
    prefix: String,
}

impl Target {
    /// # Errors
    /// A sentence: what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{text} cannot be the address of a gateway: {why}");
        let example = "write it like http://127.0.0.1:8080";
        let (tls, rest) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            Some(_) => return Err(wrong("it has to begin with http:// or https://")),
            None => return Err(wrong(example)),
        };
        let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
        if !rest.chars().all(allowed) {
            return Err(wrong("spaces, control characters and letters other than ASCII have to be encoded"));
        }
        if rest.contains(['?', '#', '@']) {
            return Err(wrong("leave out user names, queries and fragments"));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let bad_port = || wrong("its port has to be a number from 1 to 65535");
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, behind) = inner.split_once(']').ok_or_else(|| wrong("a ] is missing"))?;
                match behind.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if behind.is_empty() => (host, None),
                    None => return Err(bad_port()),
                }
            }
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let usual = if tls { 443 } else { 80 };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(bad_port)?,
            None => usual,
        };
        if host.is_empty() {
            return Err(wrong(example));
        }
        Ok(Self {
            tls,
            authority: authority.to_owned(),
            host: host.to_owned(),
            port,
            prefix: path.trim_end_matches('/').to_owned(),
        })
    }

    /// The gateway, at the first of the name's addresses that accepts a connection.
    ///
    /// # Errors
    /// A sentence: why there is none, and what to do about it.
    pub(super) async fn gateway(&self, patience: Duration) -> Result<Gateway, String> {
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<SocketAddr> = found
            .map_err(|e| format!("{} has no address: {e}; check the spelling", self.host))?
            .take(ADDRESSES_MAX)
            .collect();
        let mut last = "the name has no address".to_owned();
        for address in found {
            match timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(_)) => {
                    return Ok(Gateway {
                        address,
                        host: self.authority.clone(),
                        front: if self.tls { Front::Tls } else { Front::Http1 },
                        prefix: self.prefix.clone(),
                    });
                }
                Ok(Err(e)) => last = format!("{address}: {e}"),
                Err(_) => last = format!("{address} did not answer"),
            }
        }
        Err(format!(
            "no gateway can be reached at {} ({last}); start it, or correct --gateway",
            self.authority
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, tls, authority, host, port, prefix) in [
            ("http://127.0.0.1:8080", false, "127.0.0.1:8080", "127.0.0.1", 8080, ""),
            ("http://gateway.example/", false, "gateway.example", "gateway.example", 80, ""),
            ("https://gateway.example/lab/", true, "gateway.example", "gateway.example", 443, "/lab"),
            ("http://[::1]:81/a/b", false, "[::1]:81", "::1", 81, "/a/b"),
            ("https://[2001:db8::1]", true, "[2001:db8::1]", "2001:db8::1", 443, ""),
        ] {
            let wanted =
                Target { tls, authority: authority.into(), host: host.into(), port, prefix: prefix.into() };
            assert_eq!(Target::read(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "127.0.0.1:8080",
            "ftp://gateway.example",
            "http://",
            "http://:80",
            "http://h:0",
            "http://h:70000",
            "http://h:port",
            "http://[::1",
            "http://[::1]x",
            "http://user@h/",
            "http://h/?a=b",
            "http://h/a b",
            "http://h/\r\nX: y",
            "http://h/ä",
        ] {
            assert!(Target::read(text).is_err(), "{text:?}");
        }
    }
}
