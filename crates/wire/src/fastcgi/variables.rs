//! A request as CGI/1.1 meta-variables (RFC 3875 section 4.1), with those beyond the standard that PHP programs ask for.

use crate::{FieldLines, FieldName, put_decimal};

use super::params::Params;
use super::record::{Afterwards, begin_request};

/// What the meta-variables are made of. Texts are passed on as they are.
#[derive(Clone, Copy, Debug)]
pub struct CgiRequest<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The target as the client wrote it, path and query, still percent-encoded (`REQUEST_URI`).
    pub uri: &'a [u8],
    /// The query without its `?`; empty where there is none.
    pub query: &'a [u8],
    /// The folder of the site as the application sees it, without a slash at its end.
    pub document_root: &'a [u8],
    /// The path of the script below it, decoded, beginning with `/`. Both together are `SCRIPT_FILENAME`.
    pub script_name: &'a [u8],
    /// `SCRIPT_FILENAME` where it is not those two together.
    pub script_filename: Option<&'a [u8]>,
    /// What follows the script in the path, decoded; mostly empty.
    pub path_info: &'a [u8],
    /// The host that was asked for, without its port.
    pub server_name: &'a [u8],
    /// Our address, as text; empty if it is not to be told.
    pub server_addr: &'a [u8],
    /// The port that was asked.
    pub server_port: u16,
    /// The client's version of HTTP, such as `HTTP/1.1`.
    pub protocol: &'a [u8],
    /// `http` or `https`, in lower case. With `https`, `HTTPS` is `on`.
    pub scheme: &'a [u8],
    /// Who asks, as text.
    pub remote_addr: &'a [u8],
    /// From which port.
    pub remote_port: u16,
    /// The body's length; `None` where there is no body. php-fpm reads no body whose length it was not told.
    pub content_length: Option<u64>,
    /// The fields. `Content-Type` is taken from them.
    pub fields: FieldLines<'a>,
}

/// What is the same in every request. Without `REDIRECT_STATUS`, a PHP that was built for it refuses to run
/// (`cgi.force_redirect`).
const ALWAYS: &[(&[u8], &[u8])] =
    &[(b"GATEWAY_INTERFACE", b"CGI/1.1"), (b"SERVER_SOFTWARE", b"goodgate"), (b"REDIRECT_STATUS", b"200")];

/// Begins a request and appends its parameters; more may be added before [`Params::finish`].
pub fn write_request<'o>(
    request: &CgiRequest<'_>,
    afterwards: Afterwards,
    out: &'o mut Vec<u8>,
) -> Params<'o> {
    begin_request(afterwards, out);
    let mut params = Params::begin(out);
    for (name, value) in ALWAYS {
        params.pair(name, value);
    }
    own_variables(request, &mut params);
    protocol_variables(&request.fields, &mut params);
    params
}

fn own_variables(request: &CgiRequest<'_>, params: &mut Params<'_>) {
    params.pair(b"QUERY_STRING", request.query);
    params.pair(b"REQUEST_METHOD", request.method);
    if let Some(value) = request.fields.first(FieldName::ContentType) {
        params.pair(b"CONTENT_TYPE", value);
    }
    if let Some(length) = request.content_length {
        params.pair(b"CONTENT_LENGTH", &decimal(length));
    }
    match request.script_filename {
        Some(filename) => params.pair(b"SCRIPT_FILENAME", filename),
        None => joined(params, b"SCRIPT_FILENAME", request.document_root, request.script_name),
    }
    params.pair(b"SCRIPT_NAME", request.script_name);
    if !request.path_info.is_empty() {
        params.pair(b"PATH_INFO", request.path_info);
    }
    params.pair(b"REQUEST_URI", request.uri);
    joined(params, b"DOCUMENT_URI", request.script_name, request.path_info);
    params.pair(b"DOCUMENT_ROOT", request.document_root);
    params.pair(b"SERVER_PROTOCOL", request.protocol);
    params.pair(b"REQUEST_SCHEME", request.scheme);
    if request.scheme == b"https" {
        params.pair(b"HTTPS", b"on");
    }
    params.pair(b"REMOTE_ADDR", request.remote_addr);
    params.pair(b"REMOTE_PORT", &decimal(request.remote_port.into()));
    if !request.server_addr.is_empty() {
        params.pair(b"SERVER_ADDR", request.server_addr);
    }
    params.pair(b"SERVER_PORT", &decimal(request.server_port.into()));
    params.pair(b"SERVER_NAME", request.server_name);
}

/// A value of two parts.
fn joined(params: &mut Params<'_>, name: &[u8], first: &[u8], second: &[u8]) {
    if params.lengths(name.len(), first.len() + second.len()) {
        for part in [name, first, second] {
            params.bytes().extend_from_slice(part);
        }
    }
}

/// The fields as `HTTP_*` (RFC 3875 section 4.1.18); lines of one name become one variable.
fn protocol_variables(fields: &FieldLines<'_>, params: &mut Params<'_>) {
    let nominates = fields.first(FieldName::Connection).is_some();
    for (place, (id, name, value)) in fields.iter().enumerate() {
        let nominated = nominates && id != FieldName::Host && fields.lists(FieldName::Connection, name);
        if nominated || !is_passed(id) || !has_variable(name) {
            continue;
        }
        let same = |(other, text, _): &(FieldName, &[u8], &[u8])| {
            *other == id && text.len() == name.len() && text.eq_ignore_ascii_case(name)
        };
        if fields.iter().take(place).any(|line| same(&line)) {
            continue;
        }
        let separator: &[u8] = if name.eq_ignore_ascii_case(b"cookie") { b"; " } else { b", " };
        let others = || fields.iter().skip(place + 1).filter(same).map(|(.., value)| value);
        let length = others().fold(value.len(), |sum, other| sum + separator.len() + other.len());
        if !params.lengths(PREFIX.len() + name.len(), length) {
            continue;
        }
        let out = params.bytes();
        out.extend_from_slice(PREFIX);
        out.extend(name.iter().map(|byte| if *byte == b'-' { b'_' } else { byte.to_ascii_uppercase() }));
        out.extend_from_slice(value);
        for other in others() {
            out.extend_from_slice(separator);
            out.extend_from_slice(other);
        }
    }
}

const PREFIX: &[u8] = b"HTTP_";

/// Whether a field is the script's business. `Proxy` would become the setting `HTTP_PROXY` of many HTTP clients
/// (CVE-2016-5385); body and connection are told otherwise or end here.
fn is_passed(id: FieldName) -> bool {
    use FieldName as F;
    !matches!(
        id,
        F::Proxy
            | F::ContentLength
            | F::ContentType
            | F::Connection
            | F::KeepAlive
            | F::ProxyConnection
            | F::ProxyAuthorization
            | F::Te
            | F::Trailer
            | F::TransferEncoding
            | F::Upgrade
            | F::Http2Settings
    )
}

/// Whether a name becomes a variable. An underscore would be taken for a hyphen, by which a client could set what only a
/// gateway says (`X_Forwarded_For`); other signs have no place in a variable's name.
fn has_variable(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// A number's digits.
fn decimal(number: u64) -> Vec<u8> {
    let mut digits = Vec::new();
    put_decimal(number, &mut digits);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_mistaken_have_no_variable() {
        for (name, has) in
            [("X-Forwarded-For", true), ("X_Forwarded_For", false), ("X.A", false), ("", false), ("a1", true)]
        {
            assert_eq!(has_variable(name.as_bytes()), has, "{name}");
        }
    }
}
