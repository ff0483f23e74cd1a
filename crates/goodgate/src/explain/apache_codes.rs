//! Apache httpd's message numbers (AH01102) that tell of a gateway's trouble.

use super::{Code, Explanation, Kind, code, row};
use crate::words::say;

#[rustfmt::skip]
pub(super) const CODES: &[Code] = &[
    code("AH00045", "A child process did not leave when it was told to; Apache sends it SIGTERM.", &[]),
    code("AH00046", "A child process did not leave when it was told to; Apache kills it.", &[]),
    code("AH00051", "A child process was ended by a signal, with a core dump perhaps: its clients saw a broken connection.", &["connection_terminated"]),
    code("AH00052", "A child process was ended by a signal (11 is a crash, 9 a kill): its clients saw a broken connection.", &["connection_terminated"]),
    code("AH00161", "All of Apache's workers are busy (MaxRequestWorkers reached, prefork): further clients wait in the queue. Logged once only.", &["connection_limit_reached"]),
    code("AH00286", "All of Apache's workers are busy (MaxRequestWorkers reached, worker MPM). Logged once only.", &["connection_limit_reached"]),
    code("AH00484", "All of Apache's workers are busy (MaxRequestWorkers reached, event MPM): further clients wait in the queue. Logged once only.", &["connection_limit_reached"]),
    code("AH00485", "The scoreboard is full: old processes have not ended yet, often after many reloads.", &["connection_limit_reached"]),
    code("AH03490", "The scoreboard is full before MaxRequestWorkers is reached, often after many reloads.", &["connection_limit_reached"]),
    code("AH10159", "Nearly all of Apache's workers are busy.", &["connection_limit_reached"]),
    code("AH00858", "Sending the request to an SCGI upstream failed.", &["connection_terminated"]),
    code("AH00860", "The answer's header fields could not be read from an SCGI upstream.", &["connection_terminated"]),
    code("AH00878", "Reading the answer from an AJP upstream failed: it closed, or was silent for too long.", &["connection_terminated", "connection_read_timeout"]),
    code("AH00893", "The exchange with an AJP upstream failed.", &["connection_terminated"]),
    code("AH00896", "No connection to an AJP upstream could be made; the line before says why.", &["connection_refused", "connection_timeout"]),
    code("AH00897", "The AJP upstream did not answer the ping that goes before a request.", &["destination_unavailable"]),
    code("AH00868", "The request could not be sent to an AJP upstream.", &["connection_terminated"]),
    code("AH00866", "No connection to an SCGI upstream could be made; the line before says why.", &["connection_refused", "connection_timeout"]),
    code("AH00898", "Apache made an error page of its own; the words in the line say which failure it was (\"Error reading from remote server\", \"DNS lookup failure\", …).", &["connection_terminated", "connection_read_timeout", "dns_error", "http_protocol_error"]),
    code("AH00916", "The upstream's name is on Apache's block list (ProxyBlock).", &["destination_ip_prohibited"]),
    code("AH00934", "All workers of the balancer are busy.", &["connection_limit_reached"]),
    code("AH00939", "The connection to the upstream could not be opened; the number in parentheses says why.", &["connection_refused", "connection_timeout"]),
    code("AH00940", "The upstream is held for down after an earlier failure (retry=, 60 s by default), so Apache did not ask it: clients get 503 although it may be back.", &["destination_unavailable"]),
    code("AH00941", "No connection of the pool became free in time (max=, acquire=).", &["connection_limit_reached"]),
    code("AH00950", "The proxy in between refused Apache's CONNECT.", &["http_protocol_error"]),
    code("AH00952", "No socket could be made, often for want of files.", &["proxy_internal_error"]),
    code("AH00957", "The connection to the upstream could not be opened; (111) refused, (110) or (70007) no answer, (113) no route. Clients get 503.", &["connection_refused", "connection_timeout", "destination_ip_unroutable"]),
    code("AH00958", "The connection through another proxy could not be opened.", &["connection_refused", "connection_timeout"]),
    code("AH00959", "After a failure Apache holds this upstream for down for a while (retry=, 60 s by default). The message before says what failed.", &["destination_unavailable"]),
    code("AH00961", "TLS to the upstream could not be switched on: SSLProxyEngine is off, or mod_ssl is missing.", &["proxy_configuration_error"]),
    code("AH01030", "The head of an AJP message could not be received.", &["connection_terminated"]),
    code("AH01031", "What came was no AJP: another protocol is spoken on that port.", &["http_protocol_error"]),
    code("AH01067", "The FastCGI upstream closed, or was silent, where Apache expected its answer.", &["connection_terminated", "connection_read_timeout"]),
    code("AH01068", "What came was no FastCGI: another protocol is spoken on that port.", &["http_protocol_error"]),
    code("AH01069", "The FastCGI upstream answered another request than the one asked.", &["http_protocol_error"]),
    code("AH01070", "The header fields of a FastCGI script could not be read.", &["http_protocol_error"]),
    code("AH01071", "The FastCGI upstream wrote an error of its own, which stands in the line (a PHP error, \"Primary script unknown\"). It is no failure of the connection.", &[]),
    code("AH01072", "An unexpected FastCGI record came: another protocol is spoken on that port.", &["http_protocol_error"]),
    code("AH01073", "The request could not be sent to the FastCGI upstream.", &["connection_terminated"]),
    code("AH01074", "The request's environment could not be sent to the FastCGI upstream.", &["connection_terminated"]),
    code("AH01075", "A request to the FastCGI upstream failed after it was sent. With (70007) it was silent for too long (504), with (104) or (70014) it closed (503).", &["connection_terminated", "connection_read_timeout"]),
    code("AH01079", "No connection to the FastCGI upstream could be made; the line before says why.", &["connection_refused", "connection_timeout"]),
    code("AH01084", "The request's body could not be passed on to the upstream.", &["connection_terminated", "connection_write_timeout"]),
    code("AH01095", "The client's upload could not be read.", &["http_request_error"]),
    code("AH01097", "The request's body could not be passed on: the upstream closed, did not read, or the TLS handshake failed before.", &["connection_terminated", "connection_write_timeout", "tls_protocol_error"]),
    code("AH01098", "A line that is no header field stood in the answer; Apache takes it for the beginning of the body.", &["http_protocol_error"]),
    code("AH01099", "The upstream's answer had no header fields.", &["http_protocol_error"]),
    code("AH01100", "A bad header field of the answer was ignored.", &["http_protocol_error"]),
    code("AH01102", "The status line of the answer could not be read: with (70007) the upstream was silent for too long, with (104) or (70014) it closed the connection. Clients get 502, even for the timeout.", &["connection_terminated", "connection_read_timeout"]),
    code("AH01106", "The upstream's answer has a bad header field, and Apache refuses it.", &["http_protocol_error"]),
    code("AH01110", "The answer broke off after its header fields; the client has a part of it.", &["http_response_incomplete"]),
    code("AH01114", "No connection to the HTTP upstream could be made; the line before (AH00957) says why.", &["connection_refused", "connection_timeout"]),
    code("AH01115", "The check before a request (ping=) failed on a kept connection; Apache opens a new one.", &[]),
    code("AH01144", "No module handles the scheme of ProxyPass: load mod_proxy_http, mod_proxy_fcgi or the one that fits.", &["proxy_configuration_error"]),
    code("AH01167", "All workers of the balancer for this route are held for down.", &["destination_unavailable"]),
    code("AH01170", "All workers of the balancer are held for down.", &["destination_unavailable"]),
    code("AH01171", "The balancer has no workers.", &["destination_not_found"]),
    code("AH01174", "A worker is held for down because it answered with a status that failonstatus names.", &["destination_unavailable"]),
    code("AH01997", "The TLS handshake with the upstream failed, and Apache answers 502.", &["tls_protocol_error"]),
    code("AH02002", "The server name could not be set for the TLS handshake with the upstream.", &["proxy_configuration_error"]),
    code("AH02003", "The TLS handshake with the upstream failed; the SSL Library Error beside it says why.", &["tls_protocol_error", "tls_alert_received"]),
    code("AH02004", "The upstream's certificate has expired.", &["tls_certificate_error"]),
    code("AH02005", "The upstream's certificate is made for another name.", &["tls_certificate_error"]),
    code("AH02039", "The upstream's certificate was not accepted; the words in the line say why.", &["tls_certificate_error"]),
    code("AH02040", "The upstream's chain of certificates is longer than allowed.", &["tls_certificate_error"]),
    code("AH02411", "The upstream's certificate does not fit the host name that Apache asked for.", &["tls_certificate_error"]),
    code("AH02327", "The name of the host to connect to could not be resolved.", &["dns_error"]),
    code("AH02452", "No connection for a WebSocket could be made; the line before says why.", &["connection_refused", "connection_timeout"]),
    code("AH02453", "No unix socket could be made, often for want of files.", &["proxy_internal_error"]),
    code("AH02454", "The upstream's unix socket could not be reached: (2) it is not there, (13) Apache may not, (111) nobody listens on it, (11) its queue is full.", &["connection_refused"]),
    code("AH02460", "A worker is held for down because of a timeout (failontimeout).", &["destination_unavailable"]),
    code("AH02608", "The client's upload could not be read.", &["http_request_error"]),
    code("AH03302", "A health check succeeded, and the upstream is used again.", &[]),
    code("AH03303", "A health check failed, and the upstream is not used any more.", &["destination_unavailable"]),
    code("AH03408", "A kept connection to the upstream held bytes that nobody asked for; Apache closed it.", &["http_protocol_error"]),
    code("AH10101", "No connection to a uWSGI upstream could be made; the line before says why.", &["connection_refused", "connection_timeout"]),
    code("AH10098", "Sending the request to a uWSGI upstream failed.", &["connection_terminated"]),
    code("AH10124", "One header field of the answer is longer than ResponseFieldSize allows (8192 by default).", &["http_response_header_size"]),
    code("AH10154", "The request's body could not be passed on to the upstream.", &["connection_terminated", "connection_write_timeout"]),
    code("AH10224", "A tunnel (WebSocket, CONNECT) was idle for too long.", &["connection_read_timeout"]),
    code("AH10259", "The request's header fields are too big for uWSGI's packet.", &["http_request_error"]),
    code("AH10273", "The upstream chose none of the protocols that were offered in the TLS handshake.", &["tls_protocol_error"]),
    code("AH10404", "The answer's header fields could not be read to their end.", &["connection_terminated", "http_response_incomplete"]),
];

/// Explains a message number; one that is not listed is named as Apache's all the same.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let number = asked.trim_end_matches(':').to_ascii_uppercase();
    let digits = number.strip_prefix("AH")?;
    if digits.len() != 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(known) = CODES.iter().find(|known| known.code == number) {
        return Some(row(asked, Kind::ApacheCode, known));
    }
    let mut out = Explanation::new(asked, Kind::ApacheCode, number);
    out.text.push(say("apache-other-number"));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_listed_once_and_name_registered_types() {
        for (at, known) in CODES.iter().enumerate() {
            assert!(CODES[..at].iter().all(|other| other.code != known.code), "{}", known.code);
            let explained = explain(known.code).unwrap();
            assert_eq!(explained.errors.len(), known.errors.len(), "{}", known.code);
        }
        assert!(explain("ah01102:").is_some() && explain("AH99999").is_some() && explain("AH1").is_none());
    }
}
