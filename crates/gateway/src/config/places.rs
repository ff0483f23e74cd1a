//! Where we listen and where servers are, as people write it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::kind::Form;
use super::typed::Formed;
use crate::plan::{Place, Protocol};

type Wrong = (String, String);

/// Where clients connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListenAt {
    /// Address and port.
    pub(super) address: SocketAddr,
    /// Whether TLS is spoken, if that was written.
    pub(super) tls: Option<bool>,
}

impl Formed for ListenAt {
    const FORM: Form = Form {
        is: "an address with a port",
        examples: &["127.0.0.1:8080", ":80", "https://:443"],
        pattern: "^(https?://)?[^/ ]*:[0-9]{1,5}/?$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let (tls, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Some(false), rest),
            Some(("https", rest)) => (Some(true), rest),
            Some((scheme, _)) => {
                let what = format!("{scheme:?} is not spoken with clients");
                return Err((
                    what,
                    "write \"http://…\", \"https://…\" or an address with a port alone".to_owned(),
                ));
            }
            None => (None, text),
        };
        let default = match tls {
            Some(true) => Some(443),
            Some(false) => Some(80),
            None => None,
        };
        let (host, port) = host_and_port(rest.trim_end_matches('/'), default)?;
        let ip = match host.as_str() {
            // Where the system lets it, this takes IPv4 as well.
            "" | "*" => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            host => host.trim_matches(['[', ']']).parse().map_err(|_| {
                let what = format!("{host:?} is no address");
                (what, "write an address such as 127.0.0.1, or nothing for all: \":8080\"".to_owned())
            })?,
        };
        Ok(Self { address: SocketAddr::new(ip, port), tls })
    }
}

/// Whether whoever listens at the first address is asked for the second as well, so that nobody else can listen there:
/// `[::]` is all addresses of this machine and `0.0.0.0` all of IPv4. Port 0 is another port each time.
pub(super) fn takes_in(wide: SocketAddr, narrow: SocketAddr) -> bool {
    let (wide_ip, narrow_ip) = (wide.ip().to_canonical(), narrow.ip().to_canonical());
    let of_family = wide.is_ipv6() || narrow_ip.is_ipv4();
    let same_ip = wide_ip == narrow_ip || wide_ip.is_unspecified() && of_family;
    wide.port() != 0 && wide.port() == narrow.port() && same_ip
}

/// A name server: an address, and a port where it is not 53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ResolverAt(pub(super) SocketAddr);

impl Formed for ResolverAt {
    const FORM: Form = Form {
        is: "the address of a name server",
        examples: &["192.0.2.53", "127.0.0.1:5353", "[2001:db8::53]:53"],
        pattern: "^[0-9A-Fa-f.:\\[\\]]+$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        const PORT: u16 = 53;
        let bare = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
        bare.or_else(|_| text.parse()).map(Self).map_err(|_| {
            let what = format!("{text:?} is no address");
            (what, "write an address such as 192.0.2.53, with a port where it is not 53".to_owned())
        })
    }
}

/// A server: what is spoken and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerAt {
    /// As it was written.
    pub(super) written: String,
    /// What is spoken.
    pub(super) protocol: Protocol,
    /// Where it is.
    pub(super) at: Place,
}

impl Formed for ServerAt {
    const FORM: Form = Form {
        is: "a server's URL",
        examples: &[
            "http://127.0.0.1:3000",
            "https://app.example",
            "http+unix:/run/shop.sock",
            "fastcgi://127.0.0.1:9000",
            "fastcgi+unix:/run/php/php-fpm.sock",
        ],
        pattern: "^((http|https|fastcgi)://[^/ ]+/?|(http|https|fastcgi)\\+unix:(//)?[/@].+)$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let found = |protocol, at| Ok(Self { written: text.to_owned(), protocol, at });
        if let Some((scheme, path)) = text.split_once("+unix:") {
            return found(protocol(scheme, text)?, Place::Unix(socket(path)?));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            let hint = format!("say what is spoken there: \"http+unix:{path}\" or \"fastcgi+unix:{path}\"");
            return Err((format!("{text:?} does not say what is spoken"), hint));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            let hint = format!("with what is spoken in front: \"http://{text}\"");
            return Err((format!("{text:?} is no URL"), hint));
        };
        let protocol = protocol(scheme, text)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !path.trim_end_matches('/').is_empty() {
            let hint =
                "the path that a server is asked for is the request's own; rewrite in the route changes it";
            return Err((format!("a server has no path, but {path:?} stands here"), hint.to_owned()));
        }
        if authority.contains('@') {
            let hint = "send a field with request_headers in the route instead, such as Authorization";
            return Err(("a server's URL holds no user and no password".to_owned(), hint.to_owned()));
        }
        let default = match protocol {
            Protocol::Http => Some(80),
            Protocol::Https => Some(443),
            Protocol::FastCgi => None,
        };
        let (host, port) = host_and_port(authority, default)?;
        if port == 0 {
            return Err(("port 0 cannot be connected to".to_owned(), String::new()));
        }
        found(protocol, named(&host, port)?)
    }
}

fn protocol(scheme: &str, text: &str) -> Result<Protocol, Wrong> {
    match scheme {
        "http" => Ok(Protocol::Http),
        "https" => Ok(Protocol::Https),
        "fastcgi" => Ok(Protocol::FastCgi),
        _ => {
            let hint = match scheme {
                "fcgi" => "write \"fastcgi://…\"",
                "uwsgi" => "let uWSGI speak HTTP (http-socket = …) and write \"http://…\"",
                "ws" | "wss" => "WebSockets pass through servers with \"http://…\" and \"https://…\"",
                "h2c" | "h2" | "grpc" | "grpcs" => {
                    "servers are spoken to in HTTP/1.1: \"http://…\" or \"https://…\""
                }
                "tcp" => "say what is spoken there: \"http://…\" or \"fastcgi://…\"",
                _ => {
                    "http, https and fastcgi are spoken, each over unix sockets as well (http+unix:/run/app.sock)"
                }
            };
            Err((format!("{scheme:?} in {text:?} is not spoken with servers"), hint.to_owned()))
        }
    }
}

/// The path of a unix socket.
fn socket(path: &str) -> Result<PathBuf, Wrong> {
    /// What Linux takes (`sun_path` has 108 bytes, the last of them NUL).
    const PATH_BYTES_MAX: usize = 107;
    let path = path.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    if !path.starts_with(['/', '@']) || path.len() < 2 || path.contains('\0') {
        let hint = "write the whole path, such as \"http+unix:/run/app.sock\", or @name for an abstract one";
        return Err((format!("{path:?} is no path of a socket"), hint.to_owned()));
    }
    if path.len() > PATH_BYTES_MAX {
        return Err((
            format!("the path has {} bytes", path.len()),
            format!("a socket's path has at most {PATH_BYTES_MAX}"),
        ));
    }
    Ok(PathBuf::from(path))
}

/// Host and port of an authority; the host keeps the brackets of IPv6.
fn host_and_port(text: &str, default: Option<u16>) -> Result<(String, u16), Wrong> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err((
            format!("{text:?} lacks brackets"),
            format!("an IPv6 address stands in brackets: \"[{text}]:8080\""),
        ));
    }
    let split = match text.rfind(':') {
        Some(colon) if !text[colon..].contains(']') => Some(colon),
        _ => None,
    };
    let (host, port) = match split {
        Some(colon) => {
            let port: u16 = text[colon + 1..].parse().map_err(|_| {
                (
                    format!("{:?} is no port", &text[colon + 1..]),
                    "ports are numbers from 1 to 65535".to_owned(),
                )
            })?;
            (&text[..colon], Some(port))
        }
        None => (text, default),
    };
    match port {
        Some(port) => Ok((host.to_owned(), port)),
        None if text.parse::<u16>().is_ok() => Err((
            format!("{text:?} is a port alone"),
            format!("\":{text}\" for all addresses, \"127.0.0.1:{text}\" for this machine only"),
        )),
        None => Err((format!("{text:?} lacks a port"), format!("such as in \"{text}:8080\""))),
    }
}

/// An address or a name.
fn named(host: &str, port: u16) -> Result<Place, Wrong> {
    /// RFC 1035 section 2.3.4.
    const NAME_BYTES_MAX: usize = 253;
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let wrong = |_| (format!("{inner:?} is no IPv6 address"), String::new());
        return inner
            .parse()
            .map(|ip: Ipv6Addr| Place::Address(SocketAddr::new(ip.into(), port)))
            .map_err(wrong);
    }
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return Ok(Place::Address(SocketAddr::new(ip.into(), port)));
    }
    let sound = |label: &str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=63).contains(&label.len()) && label.chars().all(inside) && !label.starts_with('-')
    };
    let bare = host.strip_suffix('.').unwrap_or(host);
    // What ends in a number is an address that went wrong (192.0.2.300), and no name.
    let number = bare.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    if bare.len() > NAME_BYTES_MAX || number || !bare.split('.').all(sound) {
        let hint = if host.is_ascii() {
            ""
        } else {
            "names in other scripts are written in their ASCII form (xn--…)"
        };
        return Err((format!("{host:?} is neither an address nor a name"), hint.to_owned()));
    }
    Ok(Place::Name(host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_we_listen() {
        for (text, address, tls) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", None),
            (":80", "[::]:80", None),
            ("*:80", "[::]:80", None),
            ("https://:443", "[::]:443", Some(true)),
            ("https://192.0.2.1", "192.0.2.1:443", Some(true)),
            ("http://[::1]:8080/", "[::1]:8080", Some(false)),
            ("localhost:0", "127.0.0.1:0", None),
        ] {
            let at = ListenAt::formed(text).unwrap();
            assert_eq!((at.address.to_string().as_str(), at.tls), (address, tls), "{text}");
        }
        for (text, hint) in [
            ("8080", "\":8080\""),
            ("127.0.0.1", ":8080"),
            ("shop.example:80", "an address"),
            ("::1", "brackets"),
            (":99999", "65535"),
            ("ftp://:21", "http://"),
            ("", ""),
        ] {
            let (_, told) = ListenAt::formed(text).unwrap_err();
            assert!(told.contains(hint), "{text}: {told}");
        }
    }

    #[test]
    fn all_addresses_take_in_each_of_them() {
        let takes_in = |wide: &str, narrow: &str| {
            let at = |text: &str| text.parse().unwrap();
            takes_in(at(wide), at(narrow))
        };
        for (wide, narrow) in [
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("[::]:80", "192.0.2.1:80"),
            ("[::]:80", "[2001:db8::1]:80"),
            ("[::]:80", "0.0.0.0:80"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("0.0.0.0:80", "[::ffff:127.0.0.1]:80"),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
        ] {
            assert!(takes_in(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("192.0.2.1:80", "192.0.2.2:80"),
            ("192.0.2.1:80", "192.0.2.1:81"),
            ("192.0.2.1:80", "0.0.0.0:80"),
            ("0.0.0.0:80", "[2001:db8::1]:80"),
            ("0.0.0.0:80", "[::]:80"),
            ("[::]:80", "127.0.0.1:81"),
            ("[::]:0", "[::]:0"),
        ] {
            assert!(!takes_in(wide, narrow), "{wide} {narrow}");
        }
    }

    #[test]
    fn where_servers_are() {
        let name = |name: &str, port| Place::Name(name.to_owned(), port);
        let unix = |path: &str| Place::Unix(path.into());
        let ip = |text: &str| Place::Address(text.parse().unwrap());
        for (text, protocol, at) in [
            ("http://127.0.0.1:3000", Protocol::Http, ip("127.0.0.1:3000")),
            ("http://[2001:db8::1]/", Protocol::Http, ip("[2001:db8::1]:80")),
            ("https://App.example", Protocol::Https, name("app.example", 443)),
            ("http+unix:/run/shop.sock", Protocol::Http, unix("/run/shop.sock")),
            ("http+unix:///run/shop.sock", Protocol::Http, unix("/run/shop.sock")),
            ("fastcgi+unix:@php", Protocol::FastCgi, unix("@php")),
            ("fastcgi://php:9000", Protocol::FastCgi, name("php", 9000)),
        ] {
            let server = ServerAt::formed(text).unwrap();
            assert_eq!((server.protocol, server.at), (protocol, at), "{text}");
        }
        for (text, hint) in [
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://a.example/api", "rewrite"),
            ("http://u:p@a.example", "Authorization"),
            ("fastcgi://a.example", "lacks a port"),
            ("unix:/run/x.sock", "http+unix:/run/x.sock"),
            ("http+unix:run/x.sock", "whole path"),
            ("uwsgi://127.0.0.1:1", "http-socket"),
            ("http://192.0.2.300:1", "neither"),
            ("http://a..b:1", "neither"),
            ("http://a:0", "port 0"),
            ("http://", ""),
        ] {
            let (what, told) = ServerAt::formed(text).unwrap_err();
            assert!(told.contains(hint) || what.contains(hint), "{text}: {what}; {told}");
        }
    }
}
