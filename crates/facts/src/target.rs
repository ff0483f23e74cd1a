//! Where a gateway sends its requests.

use std::fmt;

/// The protocol spoken to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Plain HTTP/1.x.
    Http,
    /// HTTP over TLS.
    Https,
    /// HTTP/2 without TLS.
    H2c,
    /// gRPC (HTTP/2).
    Grpc,
    /// FastCGI.
    Fastcgi,
    /// uwsgi.
    Uwsgi,
    /// SCGI.
    Scgi,
    /// AJP.
    Ajp,
    /// A bare TCP stream.
    Tcp,
}

impl Protocol {
    /// The URL scheme that gateways write for it.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::H2c => "h2c",
            Self::Grpc => "grpc",
            Self::Fastcgi => "fastcgi",
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Ajp => "ajp",
            Self::Tcp => "tcp",
        }
    }

    /// The protocol of a URL scheme.
    pub fn from_scheme(scheme: &str) -> Option<Self> {
        Some(match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => Self::Http,
            "https" | "wss" | "grpcs" => Self::Https,
            "h2c" => Self::H2c,
            "grpc" => Self::Grpc,
            "fastcgi" | "fcgi" => Self::Fastcgi,
            "uwsgi" => Self::Uwsgi,
            "scgi" => Self::Scgi,
            "ajp" => Self::Ajp,
            "tcp" => Self::Tcp,
            _ => return None,
        })
    }
}

/// An address without the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// Host name or IP literal (without brackets) and port; port 0 where only the host is known.
    Tcp {
        /// Host name or IP address, lower case.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// Path of a unix socket; a leading `@` for the abstract namespace.
    Unix(String),
    /// The name of a group of servers (nginx `upstream`, HAProxy backend, Envoy cluster).
    Group(String),
}

impl Address {
    /// Reads `host:port`, `[v6]:port`, `host`, `unix:/path`, `unix/path`, `/path`.
    /// `default_port` is taken where none is written.
    pub fn parse(text: &str, default_port: u16) -> Option<Self> {
        let text = text.trim().trim_matches('"');
        if let Some(path) = text.strip_prefix("unix:").or_else(|| text.strip_prefix("unix/")) {
            let path =
                path.strip_prefix("//").map_or(path, |rest| if rest.starts_with('/') { rest } else { path });
            return (!path.is_empty()).then(|| Self::Unix(path.trim_end_matches(':').to_owned()));
        }
        if text.starts_with('/') || text.starts_with('@') {
            return Some(Self::Unix(text.to_owned()));
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, after) = rest.split_once(']')?;
            let port = after.strip_prefix(':').map_or(Some(default_port), |p| p.parse().ok())?;
            return Some(Self::Tcp { host: host.to_ascii_lowercase(), port });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => (text, default_port),
            Some((host, port)) => (host, port.parse().ok()?),
            None => (text, default_port),
        };
        let plausible = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'*' | b'%'));
        plausible.then(|| Self::Tcp { host: host.to_ascii_lowercase(), port })
    }

    /// Whether this is an address of the machine itself (127.0.0.0/8, ::1, localhost).
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Tcp { host, .. } => {
                host == "localhost"
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            Self::Unix(_) => true,
            Self::Group(_) => false,
        }
    }

    /// The TCP port, if there is one and it is known.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp { port, .. } if *port != 0 => Some(*port),
            _ => None,
        }
    }

    /// The path of a unix socket.
    pub fn socket_path(&self) -> Option<&str> {
        match self {
            Self::Unix(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port: 0 } => f.write_str(host),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Group(name) => f.write_str(name),
        }
    }
}

/// A place that a gateway asks, with the protocol it speaks there if that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The protocol spoken; `None` where the evidence does not say.
    pub protocol: Option<Protocol>,
    /// The address asked.
    pub address: Address,
}

impl Target {
    /// Reads `scheme://authority/path`, or an address alone.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Some(Self { protocol: None, address: Address::parse(text, 0)? });
        };
        let protocol = Protocol::from_scheme(scheme)?;
        if rest.starts_with("unix:") {
            // nginx ends the socket's path with a colon before the request's path.
            let path = rest.trim_start_matches("unix:");
            let path = path.split(':').next().unwrap_or(path);
            return (!path.is_empty())
                .then(|| Self { protocol: Some(protocol), address: Address::Unix(path.to_owned()) });
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let default_port = match protocol {
            Protocol::Https => 443,
            Protocol::Http | Protocol::H2c | Protocol::Grpc => 80,
            _ => 0,
        };
        Some(Self { protocol: Some(protocol), address: Address::parse(authority, default_port)? })
    }

    /// Whether both name the same place; the protocols are not compared.
    pub fn same_place(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Target::parse(text).map(|t| format!("{:?} {t}", t.protocol))
    }

    #[test]
    fn reads_what_gateways_write() {
        assert_eq!(
            shown("fastcgi://unix:/run/php/php8.1-fpm.sock:").unwrap(),
            "Some(Fastcgi) unix:/run/php/php8.1-fpm.sock"
        );
        assert_eq!(shown("http://user:pw@app.example.com/x").unwrap(), "Some(Http) app.example.com:80");
        assert_eq!(shown("[::1]:9000").unwrap(), "None [::1]:9000");
        assert_eq!(shown("127.0.0.1:9000").unwrap(), "None 127.0.0.1:9000");
        assert_eq!(shown("unix//run/php.sock").unwrap(), "None unix:/run/php.sock");
        assert_eq!(shown("nonsense://x"), None);
        assert_eq!(shown("a b:1"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".{0,60}") {
            let _ = Target::parse(&text);
        }
    }
}
