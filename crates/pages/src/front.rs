//! The gateways on the way, as response headers name them. Headers say through whose hands a response went, not who
//! made its body; a few fields say that as well ([`made`], [`passed_on`]).

use crate::Message;

/// Generator ids of the hops that the head names, the one nearest the client first where the head tells.
pub(crate) fn hops(message: &Message<'_>) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut add = |id: &'static str| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    for (field, mark, id) in FIELDS {
        if holds(message, field, mark) {
            add(id);
        }
    }
    // Each hop appends itself to Via: the last entry is nearest the client.
    let via: Vec<&str> = message.all("via").flat_map(|value| value.split(',')).collect();
    for entry in via.iter().rev() {
        let lower = entry.trim().to_ascii_lowercase();
        if let Some((_, id)) = VIA.iter().find(|(mark, _)| lower.contains(mark)) {
            add(id);
        }
    }
    for server in message.all("server") {
        if let Some(id) = by_server(server) {
            add(id);
        }
    }
    settle(&mut found, message);
    found
}

/// The same hops, where parts of the server that made the page count as that server.
pub(crate) fn as_seen_by(maker: Option<&'static str>, hops: Vec<&'static str>) -> Vec<&'static str> {
    let Some(maker) = maker else { return hops };
    let kin = |hop: &str| PARTS.iter().any(|parts| parts.contains(&maker) && parts.contains(&hop));
    let mut seen: Vec<&'static str> = Vec::new();
    for hop in hops {
        let hop = if kin(hop) { maker } else { hop };
        if !seen.contains(&hop) {
            seen.push(hop);
        }
    }
    seen
}

/// Generators that are parts of one server, or fronts of one cloud: none of them is another gateway to the others.
const PARTS: &[&[&str]] = &[
    &["iis", "iis-arr", "aspnet-core-module", "http-sys", "azure-app-service"],
    &["google-lb", "google-front-end", "cloud-run"],
    &["github", "github-pages"],
    // Its package brings an nginx that serves this page.
    &["gitlab", "nginx"],
];

/// Whether a Server field names software that is no gateway: an application server or an unknown program.
pub(crate) fn origin_named(message: &Message<'_>) -> bool {
    message.all("server").any(|server| !server.is_empty() && by_server(server).is_none())
        || message.all("x-powered-by").any(|value| !of_gateway(value))
}

/// Whether a field says that a server behind the gateway answered, so that the page was passed on: the field is set
/// only on answers of upstream servers.
pub(crate) fn passed_on(message: &Message<'_>, maker: &str) -> bool {
    PASSED_ON.iter().any(|(id, field)| *id == maker && message.header(field).is_some())
}

/// The hop that says of itself that it made this answer.
pub(crate) fn made(message: &Message<'_>) -> Option<&'static str> {
    MADE.iter().find(|(field, mark, _)| holds(message, field, mark)).map(|(_, _, id)| *id)
}

fn holds(message: &Message<'_>, field: &str, mark: &str) -> bool {
    message.all(field).any(|value| mark.is_empty() || value.to_ascii_lowercase().contains(mark))
}

/// What IIS and its modules write of themselves.
fn of_gateway(powered_by: &str) -> bool {
    let lower = powered_by.to_ascii_lowercase();
    lower.starts_with("arr/") || lower == "asp.net"
}

fn by_server(server: &str) -> Option<&'static str> {
    let lower = server.trim().to_ascii_lowercase();
    let java = ["coyote", "tomcat", "tomee"].iter().any(|name| lower.contains(name));
    SERVER.iter().find(|(mark, _)| !java && lower.starts_with(mark)).map(|(_, id)| *id)
}

/// Takes out what names no hop of its own.
fn settle(found: &mut Vec<&'static str>, message: &Message<'_>) {
    // Fastly is made of Varnish and signs Via as such.
    let varnish_told =
        message.header("x-varnish").is_some() || holds(message, "via", "(varnish") || by("varnish", message);
    if found.contains(&"fastly") && !varnish_told {
        found.retain(|id| *id != "varnish");
    }
    // GitHub Pages stands behind Fastly, GitHub itself does not.
    if let Some(at) = found.iter().position(|id| *id == "github")
        && found.contains(&"fastly")
    {
        found[at] = "github-pages";
    }
    for (platform, carrier) in CARRIED {
        if found.contains(platform) {
            found.retain(|id| id != carrier);
        }
    }
}

fn by(id: &str, message: &Message<'_>) -> bool {
    message.all("server").any(|server| by_server(server) == Some(id))
}

/// Platforms that rent a network's edge for all their sites: what the network's fields name is the platform's own
/// front, not another gateway.
const CARRIED: &[(&str, &str)] = &[
    ("render", "cloudflare"),
    ("digitalocean", "cloudflare"),
    ("github-pages", "fastly"),
    ("pantheon", "fastly"),
];

/// Fields that only one product sets, or sets with this word in it; networks first, as they stand outermost.
const FIELDS: &[(&str, &str, &str)] = &[
    ("cf-ray", "", "cloudflare"),
    ("x-amz-cf-id", "", "cloudfront"),
    ("x-cache", "from cloudfront", "cloudfront"),
    ("akamai-grn", "", "akamai"),
    ("x-akamai-request-id", "", "akamai"),
    ("x-akamai-transformed", "", "akamai"),
    ("x-cache", "akamai", "akamai"),
    ("x-azure-ref", "", "azure-front-door"),
    ("x-iinfo", "", "imperva"),
    ("x-cdn", "imperva", "imperva"),
    ("x-cdn", "incapsula", "imperva"),
    ("x-sucuri-id", "", "sucuri"),
    ("x-sucuri-cache", "", "sucuri"),
    ("cdn-pullzone", "", "bunny"),
    ("cdn-requestid", "", "bunny"),
    ("x-fastly-request-id", "", "fastly"),
    ("x-served-by", "cache-", "fastly"),
    ("x-vercel-id", "", "vercel"),
    ("x-vercel-error", "", "vercel"),
    ("x-nf-request-id", "", "netlify"),
    ("fly-request-id", "", "fly"),
    ("x-railway-request-id", "", "railway"),
    ("x-railway-edge", "", "railway"),
    ("x-railway-fallback", "", "railway"),
    ("rndr-id", "", "render"),
    ("x-render-origin-server", "", "render"),
    ("x-render-routing", "", "render"),
    ("x-do-app-origin", "", "digitalocean"),
    ("x-do-orig-status", "", "digitalocean"),
    ("x-github-request-id", "", "github"),
    ("x-pantheon-styx-hostname", "", "pantheon"),
    ("x-styx-req-id", "", "pantheon"),
    ("x-amz-apigw-id", "", "aws-api-gateway"),
    ("apigw-requestid", "", "aws-api-gateway"),
    ("set-cookie", "arraffinity", "azure-app-service"),
    ("x-cf-routererror", "", "gorouter"),
    ("x-vcap-request-id", "", "gorouter"),
    ("x-varnish", "", "varnish"),
    ("x-squid-error", "", "squid"),
    ("x-kong-request-id", "", "kong"),
    ("x-kong-proxy-latency", "", "kong"),
    ("x-kong-upstream-latency", "", "kong"),
    ("x-kong-response-latency", "", "kong"),
    ("sozu-id", "", "sozu"),
    ("l5d-proxy-error", "", "linkerd"),
    ("l5d-proxy-connection", "", "linkerd"),
    ("x-powered-by", "arr/", "iis-arr"),
    ("x-envoy-upstream-service-time", "", "envoy"),
    ("x-envoy-overloaded", "", "envoy"),
    ("x-envoy-decorator-operation", "", "envoy"),
];

const VIA: &[(&str, &str)] = &[
    ("cloudfront", "cloudfront"),
    ("apachetrafficserver", "trafficserver"),
    ("(squid", "squid"),
    ("varnish", "varnish"),
    ("1.1 google", "google-lb"),
    ("vegur", "heroku"),
    ("heroku-router", "heroku"),
    ("fly.io", "fly"),
    ("kong/", "kong"),
    ("caddy", "caddy"),
    ("haproxy", "haproxy"),
    ("goodgate", "goodgate"),
];

/// How the Server field begins.
const SERVER: &[(&str, &str)] = &[
    ("cloudflare", "cloudflare"),
    ("cloudfront", "cloudfront"),
    ("akamai", "akamai"),
    ("sucuri", "sucuri"),
    ("bunnycdn", "bunny"),
    ("keycdn", "keycdn"),
    ("awselb", "aws-alb"),
    ("amazons3", "aws-s3"),
    ("google frontend", "cloud-run"),
    ("gfe/", "google-front-end"),
    ("gws", "google-front-end"),
    ("sffe", "google-front-end"),
    ("microsoft-azure-application-gateway", "azure-app-gateway"),
    ("microsoft-httpapi", "http-sys"),
    ("microsoft-iis", "iis"),
    ("heroku", "heroku"),
    ("vercel", "vercel"),
    ("netlify", "netlify"),
    ("fly/", "fly"),
    ("railway", "railway"),
    ("github.com", "github"),
    ("kong", "kong"),
    ("ats/", "trafficserver"),
    ("squid", "squid"),
    ("varnish", "varnish"),
    ("envoy", "envoy"),
    ("istio-envoy", "envoy"),
    ("haproxy", "haproxy"),
    ("h2o", "h2o"),
    ("caddy", "caddy"),
    ("frankenphp", "caddy"),
    ("lighttpd", "lighttpd"),
    ("apache", "apache"),
    ("unit/", "nginx-unit"),
    ("openresty", "openresty"),
    ("tengine", "tengine"),
    ("angie", "angie"),
    ("freenginx", "freenginx"),
    ("nginx", "nginx"),
];

/// Fields by which a hop says that the answer is its own.
const MADE: &[(&str, &str, &str)] = &[
    ("x-vercel-error", "", "vercel"),
    ("x-railway-fallback", "true", "railway"),
    ("x-cf-routererror", "", "gorouter"),
    ("l5d-proxy-error", "", "linkerd"),
    ("x-squid-error", "", "squid"),
    ("proxy-status", "goodgate; error=", "goodgate"),
];

/// Fields that a gateway sets only on what an upstream server answered.
const PASSED_ON: &[(&str, &str)] =
    &[("kong", "x-kong-upstream-latency"), ("envoy", "x-envoy-upstream-service-time")];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Vec<&'static str> {
        hops(&Message::parse(&format!("HTTP/1.1 502 X\n{head}\n\n")))
    }

    #[test]
    fn names_the_hops_and_the_origin() {
        let through = Message::parse(
            "HTTP/1.1 502 X\nServer: nginx/1.22.1\nX-Varnish: 3\nVia: 1.1 varnish (Varnish/7.1)\n\n",
        );
        assert_eq!(hops(&through), ["varnish", "nginx"]);
        assert!(!origin_named(&through));
        assert!(origin_named(&Message::parse("HTTP/1.1 502 X\nServer: gunicorn\n\n")));
        assert!(origin_named(&Message::parse("HTTP/1.1 502 X\nServer: Apache-Coyote/1.1\n\n")));
        assert!(hops(&Message::parse("<html>")).is_empty());
    }

    #[test]
    fn every_hop_is_a_generator() {
        let known = |id: &str| crate::generators().iter().any(|generator| generator.id == id);
        let ids = FIELDS.iter().chain(MADE).map(|(_, _, id)| id);
        let ids = ids.chain(VIA.iter().chain(SERVER).map(|(_, id)| id));
        let ids =
            ids.chain(CARRIED.iter().flat_map(|(a, b)| [a, b])).chain(PASSED_ON.iter().map(|(id, _)| id));
        let ids = ids.chain(PARTS.iter().copied().flatten());
        let strange: Vec<_> = ids.filter(|id| !known(id)).collect();
        assert!(strange.is_empty(), "{strange:?}");
    }

    #[test]
    fn networks_and_platforms_are_told_apart() {
        assert_eq!(of("server: cloudflare\ncf-ray: 8a-FRA"), ["cloudflare"]);
        assert_eq!(of("server: cloudflare\ncf-ray: 8a-FRA\nrndr-id: 1"), ["render"]);
        assert_eq!(of("x-served-by: cache-fra-1\nvia: 1.1 varnish"), ["fastly"]);
        assert_eq!(of("x-served-by: web3"), [""; 0]);
        assert_eq!(
            of("server: GitHub.com\nx-github-request-id: A\nx-served-by: cache-fra-1"),
            ["github-pages"]
        );
        assert_eq!(of("server: Fly/abc\nvia: 1.1 fly.io\nfly-request-id: 1"), ["fly"]);
        assert_eq!(of("server: nginx\nx-cache: Error from cloudfront"), ["cloudfront", "nginx"]);
        assert_eq!(of("server: railway-edge\nx-railway-fallback: true"), ["railway"]);
        assert_eq!(of("x-do-app-origin: 1\ncf-ray: 2\nserver: cloudflare"), ["digitalocean"]);
    }
}
