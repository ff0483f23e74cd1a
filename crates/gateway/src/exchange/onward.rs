//! What a server is sent of a request besides its body: a head, or the parameters of a script.

use goodgate_wire::http1::put_field;
use goodgate_wire::{Framing, fastcgi, put_decimal};

use super::upload::{Onto, Upload};
use super::{Exchange, write_origin_form};
use crate::forward::{Edits, Listed, Onward, request_fields};
use crate::front::Client;
use crate::plan::{Protocol, Route, Server};

/// Where a request goes.
pub(super) struct Towards<'a> {
    pub(super) upstream: usize,
    pub(super) route: &'a Route,
    pub(super) host: &'a [u8],
    pub(super) target: &'a [u8],
    /// What FastCGI wants to know besides.
    pub(super) script: Option<Script<'a>>,
}

/// A script that FastCGI runs.
pub(super) struct Script<'a> {
    pub(super) root: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) filename: &'a [u8],
    pub(super) path_info: &'a [u8],
    pub(super) params: &'a [(String, String)],
}

impl<C: Client> Exchange<'_, C> {
    pub(super) fn write_head(&self, towards: &Towards<'_>, server: &Server, upload: &mut Upload<'_>) {
        let ask = self.ask;
        let authority = if towards.host.is_empty() { server.authority() } else { String::new() };
        let onward = Onward {
            // HTTP/1.1 needs a host, and not every client of HTTP/1.0 names one.
            host: if towards.host.is_empty() { authority.as_bytes() } else { towards.host },
            asker: self.asker,
            name: &self.core.shared.via,
            request_id: self.told.id.as_bytes(),
            edits: Edits(&towards.route.request_fields),
        };
        if server.protocol == Protocol::FastCgi {
            self.write_params(towards, &onward, upload);
            return;
        }
        let onto = if self.framing == Framing::Chunked { Onto::Chunks } else { Onto::Plain };
        let out = upload.begin(onto);
        for piece in [ask.request.method, b" ", towards.target, b" HTTP/1.1\r\n"] {
            out.extend_from_slice(piece);
        }
        request_fields(&ask.request, &onward, out);
        match self.framing {
            Framing::Length(length) => {
                out.extend_from_slice(b"Content-Length: ");
                put_decimal(length, out);
                out.extend_from_slice(b"\r\n");
            }
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            _ => {}
        }
        if self.upgrades()
            && let Some(to) = ask.request.fields.first(goodgate_wire::FieldName::Upgrade)
        {
            put_field(b"Connection", b"upgrade", out);
            put_field(b"Upgrade", to, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn write_params(&self, towards: &Towards<'_>, onward: &Onward<'_>, upload: &mut Upload<'_>) {
        let Some(script) = &towards.script else { return };
        let request = &self.ask.request;
        let mut listed = Listed::default();
        request_fields(request, onward, &mut listed);
        let out = upload.begin(Onto::Stdin);
        let mut uri = Vec::new();
        write_origin_form(request, &mut uri);
        let address = self.asker.address.to_string();
        let variables = fastcgi::CgiRequest {
            method: request.method,
            uri: &uri,
            query: request.query.unwrap_or_default(),
            document_root: script.root,
            script_name: script.name,
            script_filename: Some(script.filename),
            path_info: script.path_info,
            server_name: request.host(),
            server_addr: b"",
            server_port: port_of(request.authority).unwrap_or(request.scheme.port()),
            protocol: request.version.as_str().as_bytes(),
            scheme: request.scheme.as_str().as_bytes(),
            remote_addr: address.as_bytes(),
            remote_port: request.peer.port(),
            content_length: match self.framing {
                Framing::Length(length) => Some(length),
                _ => None,
            },
            fields: listed.fields(),
        };
        // A connection that is kept holds a worker of php-fpm while it is idle, and there are few: closed, it serves others.
        let mut params = fastcgi::write_request(&variables, fastcgi::Afterwards::Close, out);
        for (name, value) in script.params {
            params.pair(name.as_bytes(), value.as_bytes());
        }
        params.finish();
    }

    /// Whether the client may have the protocol switched. Behind a body that would be its end's to decide, which an
    /// application that switches early does not wait for.
    pub(super) fn upgrades(&self) -> bool {
        self.ask.upgrade && self.framing == Framing::None
    }
}

fn port_of(authority: &[u8]) -> Option<u16> {
    let colon = authority.iter().rposition(|byte| *byte == b':')?;
    std::str::from_utf8(authority.get(colon + 1..)?).ok()?.parse().ok()
}
