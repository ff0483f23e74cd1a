//! The gateway in front, as response headers name it. Headers say through whose hands a response went, not who made
//! its body.

use crate::Message;

/// Generator ids of the hops that the head names, the one nearest the client first where the head tells.
pub(crate) fn hops(message: &Message<'_>) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut add = |id: &'static str| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    for (field, id) in FIELDS {
        if message.header(field).is_some() {
            add(id);
        }
    }
    // Each hop appends itself to Via: the last entry is nearest the client.
    let via: Vec<&str> = message.all("via").flat_map(|value| value.split(',')).collect();
    for entry in via.iter().rev() {
        if let Some(id) = known(entry, VIA) {
            add(id);
        }
    }
    for server in message.all("server") {
        if let Some(id) = known(server, SERVER) {
            add(id);
        }
    }
    found
}

/// Whether a Server field names software that is no gateway: an application server or an unknown program.
pub(crate) fn origin_named(message: &Message<'_>) -> bool {
    message.all("server").any(|server| !server.is_empty() && known(server, SERVER).is_none())
        || message.header("x-powered-by").is_some()
}

fn known(text: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    let lower = text.trim().to_ascii_lowercase();
    table.iter().find(|(mark, _)| lower.contains(mark)).map(|(_, id)| *id)
}

/// Fields that only one product sets.
const FIELDS: &[(&str, &str)] = &[
    ("cf-ray", "cloudflare"),
    ("x-amz-cf-id", "cloudfront"),
    ("x-served-by", "fastly"),
    ("x-varnish", "varnish"),
    ("x-squid-error", "squid"),
    ("x-envoy-upstream-service-time", "envoy"),
    ("x-envoy-overloaded", "envoy"),
];

const VIA: &[(&str, &str)] = &[
    ("cloudfront", "cloudfront"),
    ("apachetrafficserver", "trafficserver"),
    ("(squid", "squid"),
    ("varnish", "varnish"),
    ("1.1 google", "google-lb"),
    ("vegur", "heroku"),
    ("caddy", "caddy"),
];

const SERVER: &[(&str, &str)] = &[
    ("cloudflare", "cloudflare"),
    ("cloudfront", "cloudfront"),
    ("akamaighost", "akamai"),
    ("awselb", "aws-alb"),
    ("microsoft-azure-application-gateway", "azure-app-gateway"),
    ("heroku-router", "heroku"),
    ("cowboy", "heroku"),
    ("ats/", "trafficserver"),
    ("squid", "squid"),
    ("varnish", "varnish"),
    ("envoy", "envoy"),
    ("h2o", "h2o"),
    ("caddy", "caddy"),
    ("lighttpd", "lighttpd"),
    ("apache", "apache"),
    ("openresty", "nginx"),
    ("tengine", "nginx"),
    ("angie", "nginx"),
    ("nginx", "nginx"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_hops_and_the_origin() {
        let through = Message::parse(
            "HTTP/1.1 502 X\nServer: nginx/1.22.1\nX-Varnish: 3\nVia: 1.1 varnish (Varnish/7.1)\n\n",
        );
        assert_eq!(hops(&through), ["varnish", "nginx"]);
        assert!(!origin_named(&through));
        assert!(origin_named(&Message::parse("HTTP/1.1 502 X\nServer: gunicorn\n\n")));
        assert!(hops(&Message::parse("<html>")).is_empty());
    }
}
