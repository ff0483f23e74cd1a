//! The numbers 1xxx on Cloudflare's error pages. 520 to 530 are status codes and stand with them.

use super::{Code, Explanation, Kind, code, row};
use crate::words::{args, say, say_with};

#[rustfmt::skip]
pub(super) const CODES: &[Code] = &[
    code("1000", "The DNS record points to an address that is not allowed, such as one of Cloudflare's own.", &["destination_ip_prohibited"]),
    code("1001", "The host name could not be resolved within Cloudflare.", &["dns_error"]),
    code("1002", "The DNS record points to an address that is not allowed.", &["destination_ip_prohibited"]),
    code("1003", "The site was asked for by address instead of by name.", &["http_request_denied"]),
    code("1004", "The host is not set up to serve web traffic.", &["destination_not_found"]),
    code("1005", "The visitor's network is blocked.", &["http_request_denied"]),
    code("1006", "The visitor's address is blocked.", &["http_request_denied"]),
    code("1007", "The visitor's address is blocked.", &["http_request_denied"]),
    code("1008", "The visitor's address is blocked.", &["http_request_denied"]),
    code("1009", "The visitor's country or region is blocked.", &["http_request_denied"]),
    code("1010", "The visitor's browser is blocked by its signature.", &["http_request_denied"]),
    code("1011", "The picture or file may not be embedded by other sites.", &["http_request_denied"]),
    code("1012", "Access was denied because of the visitor's recent behaviour.", &["http_request_denied"]),
    code("1013", "The host name in the request and in the TLS handshake differ.", &["http_request_error"]),
    code("1014", "A CNAME points to a name in another Cloudflare account.", &["proxy_configuration_error"]),
    code("1015", "The visitor is being rate limited.", &["http_request_denied"]),
    code("1016", "The origin's name could not be resolved: the A or CNAME record behind Cloudflare is missing or wrong.", &["dns_error"]),
    code("1018", "Cloudflare does not know the host, often for some minutes after it was added.", &["destination_not_found"]),
    code("1019", "A Worker calls itself in a circle.", &["proxy_loop_detected"]),
    code("1020", "A firewall rule of the site denied the request.", &["http_request_denied"]),
    code("1023", "Cloudflare does not know the host.", &["destination_not_found"]),
    code("1025", "The account's plan limit is reached.", &["connection_limit_reached"]),
    code("1033", "No cloudflared is connected for this tunnel: start it, and look into its log.", &["destination_unavailable"]),
    code("1034", "The address at Cloudflare's edge is restricted.", &["destination_ip_prohibited"]),
    code("1101", "A Worker threw an exception.", &["proxy_internal_error"]),
    code("1102", "A Worker used more processor time than it may.", &["proxy_internal_error"]),
    code("1106", "Access was denied.", &["http_request_denied"]),
    code("1200", "Too many connections wait for the same cached object.", &["connection_limit_reached"]),
];

/// Explains `1016`, `Error 1016`.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let lower = asked.to_ascii_lowercase();
    let number = lower
        .trim_start_matches("cloudflare")
        .trim_start()
        .trim_start_matches("error")
        .trim_matches([' ', ':', '.']);
    let known = CODES.iter().find(|known| known.code == number)?;
    let mut out = row(asked, Kind::CloudflareCode, known);
    out.title = say_with("cloudflare-error", &args![code = known.code]);
    out.text.push(say("cloudflare-shows-it"));
    Some(out)
}
