//! Heroku's error codes: H (routing), R (dynos), L (logging).

use super::{Code, Explanation, Kind, code, row};
use crate::words::say;

#[rustfmt::skip]
pub(super) const CODES: &[Code] = &[
    code("H10", "App crashed: the process ended or never came up. The lines before say why.", &["destination_unavailable"]),
    code("H11", "Backlog too deep: more requests wait than the app can take.", &["connection_limit_reached"]),
    code("H12", "Request timeout: the app took longer than 30 s. Do long work in the background.", &["http_response_timeout"]),
    code("H13", "Connection closed without response: the app took the connection and closed it.", &["connection_terminated"]),
    code("H14", "No web dynos running: scale the app up (heroku ps:scale web=1).", &["destination_unavailable"]),
    code("H15", "Idle connection: nothing was sent for 55 s.", &["connection_read_timeout"]),
    code("H17", "Poorly formatted HTTP response: the app's answer was invalid.", &["http_protocol_error"]),
    code("H18", "Server request interrupted: the app closed the connection in the middle.", &["connection_terminated", "http_response_incomplete"]),
    code("H19", "Backend connection timeout: the app did not take the connection within 5 s.", &["connection_timeout"]),
    code("H20", "App boot timeout: no web process was up within 75 s.", &["destination_unavailable"]),
    code("H21", "Backend connection refused: the app does not listen on $PORT.", &["connection_refused"]),
    code("H22", "Connection limit reached.", &["connection_limit_reached"]),
    code("H23", "Endpoint misconfigured.", &["proxy_configuration_error"]),
    code("H24", "Forced close: the routing layer had to close the connection.", &["connection_terminated"]),
    code("H25", "HTTP restriction: the app's answer has a field or line that is not allowed.", &["http_protocol_error", "http_response_header_size"]),
    code("H26", "Request error: the client's request was invalid.", &["http_request_error"]),
    code("H27", "Client request interrupted: the client left.", &[]),
    code("H28", "Client connection idle.", &[]),
    code("H31", "Misdirected request: the TLS name and the host differ.", &["http_request_error"]),
    code("H32", "The TLS certificate does not fit the host.", &["http_request_error"]),
    code("H80", "Maintenance mode is switched on.", &["proxy_internal_response"]),
    code("H81", "Blank app: nothing was deployed yet.", &["destination_unavailable"]),
    code("H82", "The account's free hours are used up.", &["destination_unavailable"]),
    code("H83", "Planned degradation of the service.", &["destination_unavailable"]),
    code("H99", "Platform error: Heroku itself failed; see its status page.", &["proxy_internal_error"]),
    code("R10", "Boot timeout: the web process did not bind to $PORT within 60 s.", &["destination_unavailable"]),
    code("R12", "Exit timeout: the process did not leave within 30 s of SIGTERM and was killed.", &["connection_terminated"]),
    code("R13", "Attach error: a one-off dyno could not be attached.", &[]),
    code("R14", "Memory quota exceeded: the dyno swaps and becomes slow.", &["connection_read_timeout"]),
    code("R15", "Memory quota vastly exceeded: the dyno was killed.", &["connection_terminated"]),
    code("R16", "Detached: an attached dyno goes on after its client left.", &[]),
    code("R17", "Checksum error: the app's package is damaged; deploy again.", &["destination_unavailable"]),
    code("R99", "Platform error: Heroku itself failed.", &["proxy_internal_error"]),
    code("L10", "Drain buffer overflow: log lines were lost.", &[]),
    code("L11", "Tail buffer overflow: log lines were lost.", &[]),
];

/// Explains `H12`, `R14`.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let name = asked.strip_prefix("code=").unwrap_or(asked).to_ascii_uppercase();
    let mut out = row(asked, Kind::HerokuCode, CODES.iter().find(|known| known.code == name)?);
    if name.starts_with('H') {
        out.text.push(say("heroku-router-answers"));
        out.status = Some(503);
    }
    Some(out)
}
