//! What many lines of the log have in common, as they have it: prepared once.

use std::borrow::Cow;
use std::net::SocketAddr;

use crate::request::Scheme;
use crate::written::json_string;

/// A name of the configuration: that of a route, an upstream or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: Cow<'static, str>,
    /// As JSON has it, quotes included.
    json: Cow<'static, [u8]>,
}

impl Name {
    /// The empty one, which stands for none.
    pub const NONE: Self = Self { text: Cow::Borrowed(""), json: Cow::Borrowed(b"\"\"") };

    /// This name.
    pub fn of(text: &str) -> Self {
        let mut json = Vec::new();
        json_string(text.as_bytes(), &mut json);
        Self { text: Cow::Owned(text.to_owned()), json: Cow::Owned(json) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands for none.
    pub fn is_none(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }
}

/// The name of none.
pub(crate) static NO_NAME: Name = Name::NONE;

/// Where clients connect, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Address and port.
    pub address: SocketAddr,
    /// Whether TLS is spoken there.
    pub scheme: Scheme,
    /// Both as JSON has them, in the middle of a line.
    json: Box<[u8]>,
}

impl Entrance {
    /// This one.
    pub fn of(at: SocketAddr, scheme: Scheme) -> Self {
        let mut json = b"\",\"listener\":\"".to_vec();
        json.extend_from_slice(at.to_string().as_bytes());
        json.extend_from_slice(b"\",\"scheme\":\"");
        json.extend_from_slice(scheme.as_str().as_bytes());
        Self { address: at, scheme, json: json.into() }
    }

    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }
}
