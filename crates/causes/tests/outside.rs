//! What a look from outside may lead to: realistic sets of signals, who must lead, and how sure the judge may be.
//!
//! Evidence from outside is weak. Several leaders are given where nobody could tell them apart, and the greatest
//! certainty allowed is as much a part of the expectation as the leader.

use goodgate_causes::{Cause, Certainty, Judgement, Observed, catalogue, judge};
use goodgate_facts::{Role, SignalId};

use Sure::{Likely, Possible, Unsure};

/// [`Certainty`] in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Unsure,
    Possible,
    Likely,
    Proven,
}

/// A set of signals and what may come of it.
struct Scene {
    name: &'static str,
    /// Names of signals. Words in capitals stand for several, see [`SHORT`].
    signals: &'static str,
    /// Who must lead: one of these. Empty where nobody may.
    leads: &'static [&'static str],
    least: Sure,
    most: Sure,
}

const SHORT: &[(&str, &[&str])] = &[
    ("OWN", &["own-network-up", "own-resolver-works", "zone-found"]),
    ("NGINX", &["page-made-by-gateway", "page-generated-by", "page-status"]),
    ("EDGE", &["edge-in-front", "page-made-by-gateway", "page-generated-by", "page-status"]),
];

/// The name.
#[rustfmt::skip]
const NAMES: &[Scene] = &[
    Scene { name: "the domain is gone", signals: "site-name-not-found zone-delegation-missing own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Likely, most: Likely },
    // The title says it for the name as well as for the zone.
    Scene { name: "the name is not in the zone", signals: "site-name-not-found zone-name-missing own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Likely, most: Likely },
    Scene { name: "the name has no address", signals: "site-name-empty zone-found own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Possible, most: Likely },
    Scene { name: "lame delegation", signals: "site-name-server-failed zone-lame own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Likely, most: Likely },
    Scene { name: "signatures wrong", signals: "site-name-bogus zone-bogus own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Likely, most: Likely },
    Scene { name: "all name servers silent", signals: "site-name-timed-out zone-servers-all-silent own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Likely, most: Likely },
    Scene { name: "name not found and nothing more is known", signals: "site-name-not-found own-network-up own-resolver-works", leads: &["dns-zone-broken"], least: Unsure, most: Likely },
    Scene { name: "only the own resolver fails", signals: "site-name-server-failed own-resolver-alone-fails zone-found own-network-up", leads: &["visitor-dns-cache-stale"], least: Unsure, most: Likely },
    Scene { name: "no network", signals: "site-name-timed-out own-network-down own-resolver-silent", leads: &["visitor-offline"], least: Likely, most: Likely },
    Scene { name: "the own resolver is silent", signals: "site-name-timed-out own-resolver-silent own-network-up", leads: &["visitor-offline"], least: Unsure, most: Likely },
    Scene { name: "captive portal", signals: "site-certificate-name-mismatch captive-portal own-network-up own-resolver-works", leads: &["visitor-offline"], least: Likely, most: Likely },
];

/// The connection to the site's first server.
#[rustfmt::skip]
const CONNECTIONS: &[Scene] = &[
    // Refused is refused, but a firewall can say so as well as a machine where nobody listens.
    Scene { name: "refused", signals: "site-refused every-address-fails OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "refused each time, one address", signals: "site-refused fails-every-time target-is-tcp zone-signed OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "refused, other port answers", signals: "site-refused other-port-answers OWN", leads: &["upstream-not-running", "firewall-reject"], least: Possible, most: Likely },
    // Nobody can tell from one place whether a filter, the machine or its network is silent.
    Scene { name: "silent", signals: "site-connect-timed-out every-address-fails OWN", leads: &["firewall-drop", "hosting-outage"], least: Possible, most: Possible },
    Scene { name: "silent, other port answers", signals: "site-connect-timed-out other-port-answers OWN", leads: &["firewall-drop"], least: Possible, most: Likely },
    // A firewall that drops everything looks the same; only the console of the machine tells.
    Scene { name: "silent from everywhere, everybody", signals: "site-connect-timed-out every-address-fails elsewhere-fails-too told-everybody OWN", leads: &["hosting-outage", "firewall-drop"], least: Possible, most: Possible },
    Scene { name: "silent here only", signals: "site-connect-timed-out every-address-fails elsewhere-works OWN", leads: &["visitor-address-blocked"], least: Possible, most: Likely },
    Scene { name: "silent, one network says the owner", signals: "site-connect-timed-out told-one-network OWN", leads: &["visitor-address-blocked"], least: Possible, most: Likely },
    // The IPv4 address answers, so the server is well and the record is not.
    Scene { name: "AAAA dead", signals: "site-connect-timed-out ipv6-address-dead other-address-answers OWN", leads: &["dns-record-wrong-address"], least: Likely, most: Likely },
    Scene { name: "private address", signals: "site-unroutable address-not-public OWN", leads: &["dns-record-wrong-address"], least: Likely, most: Likely },
    Scene { name: "no route", signals: "site-unroutable every-address-fails OWN", leads: &["network-unreachable"], least: Possible, most: Likely },
    // Both fit: the way there, or a computer without IPv6.
    // A filter that prohibits and a router that finds nobody give the same error number.
    Scene { name: "no route each time, one address", signals: "site-unroutable fails-every-time target-is-tcp zone-signed OWN", leads: &["network-unreachable", "firewall-reject"], least: Possible, most: Possible },
    Scene { name: "no route, other port answers", signals: "site-unroutable other-port-answers fails-every-time OWN", leads: &["firewall-reject"], least: Possible, most: Likely },
    Scene { name: "no route, only IPv6 site", signals: "site-unroutable own-ipv6-absent OWN", leads: &["network-unreachable", "visitor-offline"], least: Unsure, most: Likely },
    Scene { name: "refused by old address in own resolver", signals: "site-refused own-resolver-stale own-network-up zone-found", leads: &["visitor-dns-cache-stale"], least: Likely, most: Likely },
    Scene { name: "hosts file", signals: "site-connect-timed-out hosts-file-overrides own-network-up elsewhere-works", leads: &["visitor-dns-cache-stale"], least: Likely, most: Likely },
    Scene { name: "move under way", signals: "site-refused resolvers-disagree zone-servers-disagree own-network-up told-changed", leads: &["dns-propagation-incomplete"], least: Likely, most: Likely },
    // A network in front answers each region with other addresses: no sign of a move.
    Scene { name: "edge silent, resolvers differ", signals: "site-connect-timed-out edge-in-front resolvers-disagree OWN", leads: &["cdn-edge-fault", "firewall-drop", "hosting-outage"], least: Unsure, most: Possible },
];

/// TLS on the way there.
#[rustfmt::skip]
const TLS: &[Scene] = &[
    Scene { name: "plain on 443", signals: "site-tls-not-tls OWN", leads: &["tls-to-plaintext-port"], least: Likely, most: Likely },
    // A closed connection gives no reason: versions, the name, or no TLS at all.
    Scene { name: "closed in handshake", signals: "site-tls-closed OWN", leads: &["tls-version-or-cipher-mismatch", "tls-to-plaintext-port", "client-bad-sni"], least: Unsure, most: Possible },
    Scene { name: "handshake failed", signals: "site-tls-failed OWN", leads: &["tls-version-or-cipher-mismatch"], least: Unsure, most: Possible },
    Scene { name: "old TLS", signals: "site-tls-version OWN", leads: &["tls-version-or-cipher-mismatch"], least: Likely, most: Likely },
    // An alert without a known reason: version or name.
    Scene { name: "alert", signals: "site-tls-alert OWN", leads: &["tls-version-or-cipher-mismatch", "client-bad-sni"], least: Unsure, most: Possible },
    Scene { name: "name unknown", signals: "site-tls-name-unknown OWN", leads: &["client-bad-sni"], least: Likely, most: Likely },
    Scene { name: "client certificate", signals: "site-client-certificate-required OWN", leads: &["client-certificate-required"], least: Likely, most: Likely },
    Scene { name: "TLS silent", signals: "site-tls-timed-out OWN", leads: &["tls-to-plaintext-port", "app-hung", "firewall-drop"], least: Unsure, most: Possible },
    Scene { name: "expired", signals: "site-certificate-expired OWN", leads: &["upstream-certificate-expired"], least: Likely, most: Likely },
    // Most servers have a certificate for those who name nobody; it says nothing against the one that ran out.
    Scene { name: "expired, another without a name", signals: "site-certificate-expired certificate-differs-without-sni OWN", leads: &["upstream-certificate-expired"], least: Likely, most: Likely },
    Scene { name: "self-signed, another without a name", signals: "site-certificate-self-signed certificate-differs-without-sni OWN", leads: &["upstream-certificate-untrusted"], least: Likely, most: Likely },
    Scene { name: "not yet valid", signals: "site-certificate-not-yet-valid OWN", leads: &["upstream-certificate-expired"], least: Likely, most: Likely },
    Scene { name: "self-signed", signals: "site-certificate-self-signed OWN", leads: &["upstream-certificate-untrusted"], least: Likely, most: Likely },
    Scene { name: "chain", signals: "site-chain-incomplete OWN", leads: &["upstream-certificate-untrusted"], least: Likely, most: Likely },
    Scene { name: "other name", signals: "site-certificate-name-mismatch OWN", leads: &["upstream-certificate-name-mismatch"], least: Possible, most: Likely },
    // Something on the way reads along with an issuer of its own.
    Scene { name: "untrusted here only", signals: "site-certificate-untrusted elsewhere-works proxy-in-environment OWN", leads: &["visitor-extension-or-proxy"], least: Likely, most: Likely },
];

/// What the site answered, or not.
#[rustfmt::skip]
const ANSWERS: &[Scene] = &[
    // The gateway itself may have closed as well as the application.
    Scene { name: "closed before response", signals: "site-closed-before-response fails-every-time OWN", leads: &["app-closes-without-response"], least: Possible, most: Possible },
    Scene { name: "no answer in time", signals: "site-response-timed-out fails-every-time OWN", leads: &["app-slow", "app-hung"], least: Possible, most: Possible },
    Scene { name: "head never completed", signals: "site-head-never-completed OWN", leads: &["app-slow", "app-hung", "protocol-mismatch", "status-line-invalid"], least: Unsure, most: Possible },
    Scene { name: "unreadable", signals: "site-response-unreadable OWN", leads: &["status-line-invalid", "protocol-mismatch"], least: Possible, most: Possible },
    Scene { name: "tls on plain", signals: "site-speaks-tls OWN", leads: &["plaintext-to-tls-port"], least: Likely, most: Likely },
    Scene { name: "h2 error", signals: "site-http2-error http2-alone-fails OWN", leads: &["upstream-http2-error"], least: Likely, most: Likely },
    Scene { name: "head too big", signals: "site-head-too-big OWN", leads: &["response-header-too-big"], least: Likely, most: Likely },
    Scene { name: "chunks malformed", signals: "site-transfer-coding-invalid OWN", leads: &["response-framing-invalid"], least: Likely, most: Likely },
    // A gateway cuts as well when what comes from behind it makes no sense, or when nothing comes any more.
    Scene { name: "body cut", signals: "site-body-cut OWN", leads: &["response-truncated"], least: Possible, most: Possible },
    // Whoever answered stopped, and somebody in front gave up.
    Scene { name: "body stalls, cut by the gateway", signals: "site-cut-after-silence OWN", leads: &["app-hung", "app-slow"], least: Unsure, most: Possible },
    Scene { name: "body stalls", signals: "site-body-timed-out OWN", leads: &["app-hung", "app-slow"], least: Possible, most: Possible },
    Scene { name: "undecodable", signals: "site-body-undecodable OWN", leads: &["response-content-coding-invalid"], least: Likely, most: Likely },
    Scene { name: "redirect loop", signals: "redirect-loop redirected OWN", leads: &["gateway-config-invalid"], least: Possible, most: Likely },
    // Often the edge asks over plain HTTP and the origin sends everybody to HTTPS.
    Scene { name: "redirect loop behind edge", signals: "redirect-loop redirected edge-in-front OWN", leads: &["gateway-config-invalid", "cdn-origin-tls-unusable"], least: Possible, most: Likely },
    Scene { name: "not served", signals: "site-not-served OWN", leads: &["route-missing"], least: Possible, most: Likely },
    Scene { name: "not served after move", signals: "site-not-served told-changed site-certificate-name-mismatch OWN", leads: &["dns-record-wrong-address", "route-missing", "upstream-certificate-name-mismatch"], least: Unsure, most: Likely },
    Scene { name: "page says DB", signals: "site-page-says-error page-says-database-down page-from-application OWN", leads: &["dependency-down"], least: Likely, most: Likely },
];

/// A gateway's error page and the pattern around it.
#[rustfmt::skip]
const PAGES: &[Scene] = &[
    // A bare 502 says only that somebody behind the gateway failed.
    Scene { name: "502 alone", signals: "gateway-answered-502 NGINX", leads: &["upstream-not-running", "app-closes-without-response"], least: Unsure, most: Possible },
    // At once: nobody was waited for. Refused is the usual reason, but an early close is as quick.
    Scene { name: "502 at once", signals: "gateway-answered-502 probe-failed-at-once fails-every-time NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "refused, as a page says", signals: "connect-refused probe-failed-at-once fails-every-time NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Likely },
    // The gateway is well, and every page that needs the application fails: still no proof.
    Scene { name: "502 at once, all pages, static served", signals: "gateway-answered-502 probe-failed-at-once fails-every-time every-page-fails static-file-served made-up-path-fails cookies-make-no-difference NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    // It made its own page for what does not exist, so it runs; something in it closes the connection.
    Scene { name: "502 at once, application alive", signals: "gateway-answered-502 probe-failed-at-once fails-every-time some-pages-fail static-file-served made-up-path-not-found not-found-by-application NGINX OWN", leads: &["app-closes-without-response", "worker-crashed"], least: Unsure, most: Possible },
    Scene { name: "502 sometimes", signals: "gateway-answered-502 probe-failed-at-once fails-sometimes NGINX OWN", leads: &["stale-pool-member", "keepalive-race"], least: Unsure, most: Possible },
    Scene { name: "502 then well", signals: "gateway-answered-502 probe-failed-at-once fails-sometimes fails-then-recovers NGINX OWN", leads: &["restart-window", "app-starting"], least: Unsure, most: Possible },
    // More cookies make the application send more: the head outgrows the buffer.
    Scene { name: "502 with cookies only", signals: "gateway-answered-502 probe-failed-at-once fails-with-cookies-only NGINX OWN", leads: &["response-header-too-big"], least: Possible, most: Likely },
    Scene { name: "502 at known timeout", signals: "gateway-answered-502 probe-failed-at-known-timeout fails-every-time NGINX OWN", leads: &["worker-killed-by-timeout", "app-slow", "app-hung"], least: Unsure, most: Possible },
    Scene { name: "400 with cookies only", signals: "upstream-answered-4xx upstream-answered-400 fails-with-cookies-only page-request-too-large OWN", leads: &["request-header-too-big"], least: Likely, most: Likely },
    Scene { name: "504 after 60 s", signals: "gateway-answered-504 probe-failed-at-known-timeout fails-every-time NGINX OWN", leads: &["app-hung", "app-slow", "worker-pool-exhausted"], least: Possible, most: Possible },
    Scene { name: "504 after 60 s all", signals: "gateway-answered-504 probe-failed-at-known-timeout fails-every-time every-page-fails static-file-served made-up-path-fails NGINX OWN", leads: &["app-hung", "worker-pool-exhausted"], least: Possible, most: Possible },
    // The application answers other pages, so it neither hangs nor is out of reach.
    Scene { name: "504 after 60 s one page", signals: "gateway-answered-504 probe-failed-at-known-timeout fails-every-time some-pages-fail static-file-served made-up-path-not-found not-found-by-application NGINX OWN", leads: &["app-slow"], least: Possible, most: Likely },
    Scene { name: "504 sometimes", signals: "gateway-answered-504 probe-failed-at-known-timeout fails-sometimes NGINX OWN", leads: &["worker-pool-exhausted", "app-slow"], least: Unsure, most: Possible },
    // Only a known session waits: the lock of the session.
    Scene { name: "504 with cookies only", signals: "gateway-answered-504 probe-failed-at-known-timeout fails-with-cookies-only NGINX OWN", leads: &["session-lock-contention"], least: Possible, most: Likely },
    Scene { name: "503 at once", signals: "gateway-answered-503 probe-failed-at-once fails-every-time NGINX OWN", leads: &["upstream-not-running", "no-healthy-upstream", "maintenance-mode"], least: Unsure, most: Possible },
    Scene { name: "503 maintenance", signals: "gateway-answered-503 probe-failed-at-once fails-every-time every-page-fails page-says-maintenance page-retry-after NGINX OWN", leads: &["maintenance-mode"], least: Likely, most: Likely },
    Scene { name: "503 suspended", signals: "gateway-answered-503 probe-failed-at-once fails-every-time page-says-suspended NGINX OWN", leads: &["hosting-suspended-or-limited"], least: Likely, most: Likely },
    Scene { name: "503 waking", signals: "gateway-answered-503 probe-failed-after-wait page-says-starting page-retry-after OWN", leads: &["app-starting"], least: Likely, most: Likely },
    Scene { name: "500 everywhere", signals: "gateway-answered-500 probe-failed-at-once fails-every-time every-page-fails static-file-fails made-up-path-fails NGINX OWN", leads: &["gateway-config-invalid"], least: Possible, most: Likely },
    Scene { name: "500 on some pages", signals: "gateway-answered-500 probe-failed-at-once fails-every-time some-pages-fail static-file-served made-up-path-not-found NGINX OWN", leads: &["app-error"], least: Possible, most: Likely },
    // It says the same of a certificate, an alert and a handshake.
    Scene { name: "500 TLS behind Apache", signals: "tls-failed probe-failed-at-once fails-every-time every-page-fails made-up-path-fails NGINX OWN", leads: &["tls-version-or-cipher-mismatch", "upstream-certificate-expired", "upstream-certificate-name-mismatch"], least: Unsure, most: Possible },
    // "Could not read" after a wait: it may have been a timeout.
    Scene { name: "502 unread after a wait", signals: "ended-before-response probe-failed-after-wait fails-every-time every-page-fails made-up-path-fails NGINX OWN", leads: &["app-hung", "worker-killed-by-timeout", "app-closes-without-response"], least: Unsure, most: Possible },
    Scene { name: "502 unread at once", signals: "ended-before-response probe-failed-at-once fails-every-time every-page-fails made-up-path-fails NGINX OWN", leads: &["app-closes-without-response"], least: Possible, most: Likely },
    Scene { name: "500 of the application", signals: "upstream-answered-5xx upstream-answered-500 page-not-from-gateway page-status probe-failed-at-once fails-every-time every-page-fails made-up-path-fails site-answer-protocol OWN", leads: &["upstream-answered-error"], least: Possible, most: Likely },
    // A gateway that runs scripts makes a 500 of its own of an answer that it cannot use.
    Scene { name: "500, perhaps the gateway's", signals: "upstream-answered-5xx upstream-answered-500 page-not-from-gateway page-status-in-doubt page-status probe-failed-at-once fails-every-time every-page-fails made-up-path-fails site-answer-protocol OWN", leads: &["upstream-answered-error", "app-error"], least: Unsure, most: Possible },
    Scene { name: "403 blocked", signals: "upstream-answered-4xx upstream-answered-403 page-says-blocked elsewhere-works edge-in-front OWN", leads: &["visitor-address-blocked"], least: Likely, most: Likely },
    Scene { name: "forbidden by a rule of the edge", signals: "request-forbidden edge-in-front fails-every-time OWN", leads: &["visitor-address-blocked"], least: Possible, most: Likely },
];

/// A network in front, with and without a look at the origin.
#[rustfmt::skip]
const EDGES: &[Scene] = &[
    // That the edge cannot connect is certain, why is not.
    Scene { name: "521", signals: "connect-refused probe-failed-at-once fails-every-time EDGE OWN", leads: &["cdn-cannot-reach-origin"], least: Possible, most: Likely },
    // It refuses everybody, so nobody listens there.
    Scene { name: "521 origin refuses", signals: "connect-refused probe-failed-at-once fails-every-time origin-refuses EDGE OWN", leads: &["upstream-not-running"], least: Possible, most: Likely },
    // It answers others and refuses the edge.
    Scene { name: "521 origin well", signals: "connect-refused probe-failed-at-once fails-every-time origin-answers-well EDGE OWN", leads: &["origin-blocks-edge"], least: Possible, most: Likely },
    Scene { name: "522", signals: "connect-timed-out probe-failed-after-wait fails-every-time EDGE OWN", leads: &["cdn-cannot-reach-origin"], least: Possible, most: Likely },
    // An origin that is closed to all but the edge is silent for us, too.
    Scene { name: "522 origin silent", signals: "connect-timed-out probe-failed-after-wait fails-every-time origin-silent EDGE OWN", leads: &["cdn-cannot-reach-origin", "firewall-drop"], least: Possible, most: Likely },
    Scene { name: "522 origin well", signals: "connect-timed-out probe-failed-after-wait fails-every-time origin-answers-well EDGE OWN", leads: &["origin-blocks-edge"], least: Possible, most: Likely },
    // Cloudflare has no route to the origin: a wrong address or the network.
    Scene { name: "523", signals: "connect-unreachable fails-every-time EDGE OWN", leads: &["cdn-cannot-reach-origin", "network-unreachable"], least: Possible, most: Likely },
    Scene { name: "530/1016", signals: "name-lookup-failed fails-every-time EDGE OWN", leads: &["upstream-name-unresolvable"], least: Possible, most: Likely },
    Scene { name: "524", signals: "read-timed-out probe-failed-at-known-timeout fails-every-time EDGE OWN", leads: &["app-slow", "app-hung"], least: Unsure, most: Possible },
    Scene { name: "520", signals: "response-unreadable edge-in-front fails-every-time probe-failed-at-once NGINX OWN", leads: &["status-line-invalid", "app-closes-without-response", "response-header-invalid"], least: Possible, most: Possible },
    Scene { name: "525", signals: "tls-handshake-failed probe-failed-at-once fails-every-time EDGE OWN", leads: &["cdn-origin-tls-unusable"], least: Likely, most: Likely },
    Scene { name: "526 origin cert invalid", signals: "certificate-rejected origin-certificate-invalid fails-every-time EDGE OWN", leads: &["cdn-origin-tls-unusable"], least: Likely, most: Likely },
    Scene { name: "edge 502, origin refuses", signals: "gateway-answered-502 origin-refuses probe-failed-at-once fails-every-time EDGE OWN", leads: &["upstream-not-running", "cdn-cannot-reach-origin"], least: Possible, most: Likely },
    Scene { name: "edge 500, origin well", signals: "gateway-answered-500 origin-answers-well fails-sometimes EDGE OWN", leads: &["cdn-edge-fault"], least: Likely, most: Likely },
    // The edge may fail, or the origin may turn the edge away.
    Scene { name: "edge 502, origin well", signals: "gateway-answered-502 origin-answers-well fails-every-time probe-failed-at-once EDGE OWN", leads: &["cdn-edge-fault", "origin-blocks-edge"], least: Possible, most: Possible },
    Scene { name: "edge passes origin error", signals: "upstream-answered-5xx origin-answers-error fails-every-time edge-in-front page-not-from-gateway OWN", leads: &["upstream-answered-error"], least: Unsure, most: Likely },
    // It came out of a cache; whether the site is well behind it was not seen.
    Scene { name: "cached 503", signals: "gateway-answered-503 answers-come-from-cache probe-failed-at-once fails-every-time EDGE OWN", leads: &["cached-error-page"], least: Possible, most: Likely },
    Scene { name: "cached 503, origin well", signals: "gateway-answered-503 answers-come-from-cache origin-answers-well probe-failed-at-once fails-every-time EDGE OWN", leads: &["cached-error-page"], least: Likely, most: Likely },
    Scene { name: "cached, origin fails", signals: "upstream-answered-5xx answers-come-from-cache origin-answers-error fails-every-time edge-in-front OWN", leads: &["upstream-answered-error"], least: Unsure, most: Likely },
    Scene { name: "one address alone fails", signals: "gateway-answered-502 one-address-alone-fails probe-failed-at-once fails-sometimes NGINX OWN", leads: &["stale-pool-member", "dns-record-wrong-address"], least: Unsure, most: Possible },
];

/// The visitor's side, and nothing wrong at all.
#[rustfmt::skip]
const VISITORS: &[Scene] = &[
    Scene { name: "well, other browser works", signals: "site-answers-well told-other-browser-works OWN", leads: &["visitor-extension-or-proxy"], least: Likely, most: Likely },
    // Browser, remembered address or a block: only the visitor can tell.
    Scene { name: "well, a proxy set here", signals: "site-answers-well proxy-in-environment made-up-path-not-found zone-signed OWN", leads: &["visitor-extension-or-proxy"], least: Unsure, most: Possible },
    Scene { name: "well, one network", signals: "site-answers-well told-one-network elsewhere-works OWN", leads: &["visitor-extension-or-proxy", "visitor-dns-cache-stale", "visitor-address-blocked"], least: Unsure, most: Possible },
    Scene { name: "healthy", signals: "site-answers-well static-file-served made-up-path-not-found not-found-by-application cookies-make-no-difference reused-connection-works OWN", leads: &[], least: Unsure, most: Unsure },
    // Different addresses and a cache belong to a network in front.
    Scene { name: "healthy behind edge", signals: "site-answers-well edge-in-front answers-come-from-cache resolvers-disagree zone-signed OWN", leads: &[], least: Unsure, most: Unsure },
];

/// A fault beside the failing answer must not be taken for its cause.
#[rustfmt::skip]
const BESIDE: &[Scene] = &[
    Scene { name: "502 and the AAAA dead besides", signals: "gateway-answered-502 probe-failed-at-once fails-every-time ipv6-address-dead NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "502 and one lame name server", signals: "gateway-answered-502 probe-failed-at-once fails-every-time zone-lame NGINX own-network-up own-resolver-works", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "502 and resolvers differ", signals: "gateway-answered-502 probe-failed-at-once fails-every-time resolvers-disagree NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "502 and a proxy set here", signals: "gateway-answered-502 probe-failed-at-once fails-every-time proxy-in-environment NGINX OWN", leads: &["upstream-not-running"], least: Possible, most: Possible },
    Scene { name: "502 from a hosts file, elsewhere well", signals: "gateway-answered-502 probe-failed-at-once fails-every-time hosts-file-overrides elsewhere-works NGINX own-network-up", leads: &["visitor-dns-cache-stale"], least: Likely, most: Likely },
];

/// The names with the short words written out.
fn names(words: &'static str) -> Vec<&'static str> {
    let short = |word: &str| SHORT.iter().find(|(name, _)| *name == word).map(|(_, names)| names.to_vec());
    words.split(' ').flat_map(|word| short(word).unwrap_or_else(|| vec![word])).collect()
}

fn observed<'n>(names: impl IntoIterator<Item = &'n str>) -> Observed {
    Observed::new(names.into_iter().filter_map(SignalId::find))
}

/// The catalogue; an unreadable one is empty and fails every scene.
fn causes() -> &'static [Cause] {
    catalogue().unwrap_or(&[])
}

fn scenes() -> impl Iterator<Item = &'static Scene> {
    [NAMES, CONNECTIONS, TLS, ANSWERS, PAGES, EDGES, VISITORS, BESIDE].into_iter().flatten()
}

fn sure(judgement: &Judgement) -> Sure {
    match judgement.certainty {
        Certainty::CannotTell => Unsure,
        Certainty::Possible => Possible,
        Certainty::Likely => Likely,
        Certainty::Proven => Sure::Proven,
    }
}

/// The first few with their shares, for messages.
fn shown(judgement: &Judgement) -> String {
    let first = judgement.ranked.iter().take(5);
    first.map(|r| format!("{} {:.2}", r.cause.id, r.probability)).collect::<Vec<_>>().join(", ")
}

#[test]
fn scenes_name_what_is_registered() {
    for scene in scenes() {
        for name in names(scene.signals) {
            assert!(SignalId::find(name).is_some(), "{}: {name:?} is no registered signal", scene.name);
        }
        for lead in scene.leads {
            assert!(causes().iter().any(|cause| cause.id == *lead), "{}: {lead:?} is no cause", scene.name);
        }
    }
}

#[test]
fn scenes_lead_where_they_must_and_no_further() {
    let mut wrong = Vec::new();
    for scene in scenes() {
        let judgement = judge(causes(), &observed(names(scene.signals)));
        let leader = judgement.ranked.first().map_or("", |ranked| ranked.cause.id);
        let leads = scene.leads.contains(&leader) || scene.leads.is_empty();
        let sure = sure(&judgement);
        if !leads || sure < scene.least || sure > scene.most {
            wrong.push(format!("{}: {sure:?}: {}", scene.name, shown(&judgement)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page with its status, a timing and whether it always fails: never more than a possibility.
#[test]
fn a_status_and_a_timing_settle_nothing() {
    let mut wrong = Vec::new();
    for status in
        ["gateway-answered-500", "gateway-answered-502", "gateway-answered-503", "gateway-answered-504"]
    {
        for time in ["probe-failed-at-once", "probe-failed-after-wait", "probe-failed-at-known-timeout"] {
            for share in ["fails-every-time", "fails-sometimes"] {
                let judgement =
                    judge(causes(), &observed([status, time, share].into_iter().chain(names("NGINX OWN"))));
                if judgement.certainty.is_settled() {
                    wrong.push(format!("{status} {time} {share}: {}", shown(&judgement)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Causes that only a look from outside can speak for.
const FROM_OUTSIDE: &[&str] = &[
    "app-starting",
    "cached-error-page",
    "cdn-cannot-reach-origin",
    "cdn-edge-fault",
    "cdn-origin-tls-unusable",
    "client-bad-sni",
    "dns-propagation-incomplete",
    "dns-record-wrong-address",
    "dns-zone-broken",
    "hosting-outage",
    "hosting-suspended-or-limited",
    "origin-blocks-edge",
    "visitor-address-blocked",
    "visitor-dns-cache-stale",
    "visitor-extension-or-proxy",
    "visitor-offline",
];

/// A gateway's log alone never brings them up, so what logs lead to does not depend on them.
#[test]
fn logs_alone_do_not_bring_up_causes_from_outside() {
    let inner = SignalId::all().filter(|id| matches!(id.kind().role, Role::Failure(..)) && !id.kind().outer);
    for failure in inner {
        let judgement = judge(causes(), &Observed::new([failure]));
        for ranked in judgement.ranked.iter().filter(|ranked| FROM_OUTSIDE.contains(&ranked.cause.id)) {
            assert!(
                ranked.probability < 0.03,
                "{failure} alone brings up {} with {:.2}",
                ranked.cause.id,
                ranked.probability
            );
        }
    }
}
