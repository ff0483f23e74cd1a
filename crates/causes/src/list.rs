//! The list of causes. Adding one is a file in `catalogue/` and a line here; ids are permanent.

use std::sync::OnceLock;

use crate::cause::Cause;
use crate::front_matter::{self, CatalogueError};

macro_rules! entry {
    ($id:literal) => {
        ($id, include_str!(concat!("../../../catalogue/", $id, ".md")))
    };
}

const FILES: &[(&str, &str)] = &[
    entry!("allowed-clients-rejected"),
    entry!("app-closes-without-response"),
    entry!("app-error"),
    entry!("app-fails-to-start"),
    entry!("app-hung"),
    entry!("app-slow"),
    entry!("app-starting"),
    entry!("bad-deploy"),
    entry!("cached-error-page"),
    entry!("cdn-cannot-reach-origin"),
    entry!("cdn-edge-fault"),
    entry!("cdn-origin-tls-unusable"),
    entry!("client-abort"),
    entry!("client-bad-sni"),
    entry!("client-certificate-required"),
    entry!("client-request-invalid"),
    entry!("conntrack-exhausted"),
    entry!("cpu-saturated"),
    entry!("dependency-down"),
    entry!("dependency-slow"),
    entry!("disk-full"),
    entry!("disk-saturated"),
    entry!("dns-propagation-incomplete"),
    entry!("dns-record-wrong-address"),
    entry!("dns-zone-broken"),
    entry!("ephemeral-ports-exhausted"),
    entry!("fastcgi-script-path-wrong"),
    entry!("firewall-drop"),
    entry!("firewall-reject"),
    entry!("function-response-invalid"),
    entry!("gateway-bug"),
    entry!("gateway-config-invalid"),
    entry!("gateway-connection-limit"),
    entry!("gateway-crashed"),
    entry!("gateway-fd-limit"),
    entry!("gateway-temp-not-writable"),
    entry!("health-check-misconfigured"),
    entry!("hosting-outage"),
    entry!("hosting-suspended-or-limited"),
    entry!("http-version-mismatch"),
    entry!("keepalive-race"),
    entry!("listen-backlog-full"),
    entry!("localhost-address-family"),
    entry!("maintenance-mode"),
    entry!("memory-exhausted"),
    entry!("network-unreachable"),
    entry!("no-healthy-upstream"),
    entry!("origin-blocks-edge"),
    entry!("plaintext-to-tls-port"),
    entry!("plugin-or-theme-fault"),
    entry!("port-taken"),
    entry!("protocol-mismatch"),
    entry!("proxy-loop"),
    entry!("proxy-protocol-mismatch"),
    entry!("proxy-uri-mapping"),
    entry!("rate-limit-reached"),
    entry!("request-body-too-big"),
    entry!("request-header-too-big"),
    entry!("resolver-missing"),
    entry!("resolver-unreachable"),
    entry!("resolver-wrong"),
    entry!("response-body-too-big"),
    entry!("response-content-coding-invalid"),
    entry!("response-framing-invalid"),
    entry!("response-header-invalid"),
    entry!("response-header-too-big"),
    entry!("response-truncated"),
    entry!("restart-window"),
    entry!("route-missing"),
    entry!("script-access-denied"),
    entry!("security-module-denied"),
    entry!("service-discovery-mismatch"),
    entry!("session-lock-contention"),
    entry!("single-upstream-marked-down"),
    entry!("site-makes-too-many-requests"),
    entry!("socket-missing"),
    entry!("socket-path-mismatch"),
    entry!("socket-permission-denied"),
    entry!("software-outdated"),
    entry!("stale-pool-member"),
    entry!("status-line-invalid"),
    entry!("third-party-api-failing"),
    entry!("timeouts-misordered"),
    entry!("tls-proxying-not-enabled"),
    entry!("tls-to-plaintext-port"),
    entry!("tls-version-or-cipher-mismatch"),
    entry!("traffic-attack"),
    entry!("traffic-spike"),
    entry!("upgrade-not-proxied"),
    entry!("upstream-answered-error"),
    entry!("upstream-answers-before-body"),
    entry!("upstream-authentication-required"),
    entry!("upstream-bound-to-loopback"),
    entry!("upstream-certificate-expired"),
    entry!("upstream-certificate-name-mismatch"),
    entry!("upstream-certificate-untrusted"),
    entry!("upstream-dns-stale"),
    entry!("upstream-http2-error"),
    entry!("upstream-name-unresolvable"),
    entry!("upstream-not-running"),
    entry!("upstream-sni-missing"),
    entry!("upstream-wrong-address"),
    entry!("upstream-wrong-port"),
    entry!("visitor-address-blocked"),
    entry!("visitor-dns-cache-stale"),
    entry!("visitor-extension-or-proxy"),
    entry!("visitor-offline"),
    entry!("worker-crashed"),
    entry!("worker-killed-by-signal"),
    entry!("worker-killed-by-timeout"),
    entry!("worker-killed-out-of-memory"),
    entry!("worker-pool-exhausted"),
];

static CATALOGUE: OnceLock<Result<Vec<Cause>, CatalogueError>> = OnceLock::new();

/// All causes, by id.
///
/// # Errors
/// If an entry cannot be read; the tests see to it that none is shipped so.
pub fn catalogue() -> Result<&'static [Cause], &'static CatalogueError> {
    let read = || FILES.iter().map(|(id, text)| front_matter::read(id, text)).collect();
    CATALOGUE.get_or_init(read).as_deref()
}

/// The cause with this id.
pub fn get(id: &str) -> Option<&'static Cause> {
    catalogue().ok()?.iter().find(|cause| cause.id == id)
}
