//! Hosts, clouds and networks: where their state is told, and by what names their machines are known. Public and
//! official addresses only.

/// What a provider sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network that stands in front of other people's servers.
    Cdn,
    /// A cloud with load balancers and machines.
    Cloud,
    /// A platform that runs applications.
    Platform,
    /// A host of servers or of sites.
    Host,
}

/// A provider whose front or machines stand between visitors and a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Permanent name.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it sells.
    pub kind: Kind,
    /// Where it tells whether it is well.
    pub status_page: Option<&'static str>,
    /// Where its customers get help.
    pub support: Option<&'static str>,
    /// Generators whose pages and header fields are its own.
    pub generators: &'static [&'static str],
    /// Ends of host names that sites are pointed at (CNAME) or that its machines bear.
    pub cnames: &'static [&'static str],
    /// Names in the certificates that its front shows when it has none for the site, or in their issuer.
    pub certificates: &'static [&'static str],
}

/// All providers.
pub fn all() -> &'static [Provider] {
    ALL
}

/// The provider to which a generator belongs.
pub fn by_generator(id: &str) -> Option<&'static Provider> {
    ALL.iter().find(|provider| provider.generators.contains(&id))
}

/// The provider that a host name (the end of a CNAME chain, a name server's view of an address) belongs to.
pub fn by_name(host: &str) -> Option<&'static Provider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let under =
        |end: &str| host.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    // The longest end is the most particular: a product's name lies below its vendor's.
    let ends = ALL.iter().flat_map(|provider| provider.cnames.iter().map(move |end| (provider, *end)));
    ends.filter(|(_, end)| under(end)).max_by_key(|(_, end)| end.len()).map(|(provider, _)| provider)
}

/// The provider that a certificate's subject, alternative name or issuer names.
pub fn by_certificate(name: &str) -> Option<&'static Provider> {
    let name = name.trim_start_matches("*.").to_ascii_lowercase();
    ALL.iter()
        .find(|provider| provider.certificates.iter().any(|known| known.to_ascii_lowercase() == name))
        .or_else(|| by_name(&name))
}

/// The gateway whose default certificate this is: what it shows for names that it has no certificate for. Gives a
/// generator's id.
pub fn gateway_by_certificate(name: &str) -> Option<&'static str> {
    const DEFAULTS: &[(&str, &str)] = &[
        ("traefik default cert", "traefik"),
        ("kubernetes ingress controller fake certificate", "nginx"),
        ("caddy local authority", "caddy"),
    ];
    let name = name.to_ascii_lowercase();
    DEFAULTS.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, id)| *id)
}

/// The provider nearest the visitor that a response head names.
pub fn by_head(message: &crate::Message<'_>) -> Option<&'static Provider> {
    crate::front::hops(message).into_iter().find_map(by_generator)
}

const fn provider(
    (id, title, kind): (&'static str, &'static str, Kind),
    status_page: Option<&'static str>,
    support: Option<&'static str>,
    generators: &'static [&'static str],
    cnames: &'static [&'static str],
) -> Provider {
    Provider { id, title, kind, status_page, support, generators, cnames, certificates: &[] }
}

#[rustfmt::skip]
const ALL: &[Provider] = &[
    Provider {
        certificates: &["sni.cloudflaressl.com", "Cloudflare Inc ECC CA-3", "CloudFlare Origin Certificate", "CloudFlare Origin SSL Certificate Authority"],
        ..provider(("cloudflare", "Cloudflare", Kind::Cdn), Some("https://www.cloudflarestatus.com/"), Some("https://developers.cloudflare.com/support/"),
            &["cloudflare", "cloudflared"], &["cdn.cloudflare.net", "cfargotunnel.com", "trycloudflare.com", "workers.dev", "pages.dev"])
    },
    provider(("fastly", "Fastly", Kind::Cdn), Some("https://www.fastlystatus.com/"), Some("https://support.fastly.com/"),
        &["fastly"], &["fastly.net", "fastlylb.net"]),
    provider(("akamai", "Akamai", Kind::Cdn), Some("https://www.akamaistatus.com/"), None,
        &["akamai"], &["edgekey.net", "edgesuite.net", "akamaiedge.net", "akamai.net", "akamaized.net", "akamaihd.net", "akadns.net"]),
    provider(("imperva", "Imperva", Kind::Cdn), Some("https://status.imperva.com/"), None,
        &["imperva"], &["incapdns.net", "impervadns.net"]),
    provider(("sucuri", "Sucuri", Kind::Cdn), Some("https://status.sucuri.net/"), Some("https://docs.sucuri.net/"),
        &["sucuri"], &["sucuri.net"]),
    provider(("bunny", "bunny.net", Kind::Cdn), Some("https://status.bunny.net/"), Some("https://support.bunny.net/"),
        &["bunny"], &["b-cdn.net"]),
    provider(("keycdn", "KeyCDN", Kind::Cdn), Some("https://status.keycdn.com/"), None,
        &["keycdn"], &["kxcdn.com"]),
    provider(("aws", "Amazon Web Services", Kind::Cloud), Some("https://health.aws.amazon.com/health/status"), Some("https://aws.amazon.com/support/"),
        &["cloudfront", "aws-alb", "aws-clb", "aws-api-gateway", "aws-s3"],
        &["cloudfront.net", "elb.amazonaws.com", "amazonaws.com", "elasticbeanstalk.com", "awsglobalaccelerator.com", "awsapprunner.com", "on.aws", "amplifyapp.com"]),
    provider(("google-cloud", "Google Cloud", Kind::Cloud), Some("https://status.cloud.google.com/"), Some("https://cloud.google.com/support"),
        &["google-lb", "google-front-end", "cloud-run"],
        &["googleusercontent.com", "ghs.googlehosted.com", "run.app", "appspot.com", "cloudfunctions.net", "web.app", "firebaseapp.com"]),
    provider(("azure", "Microsoft Azure", Kind::Cloud), Some("https://azure.status.microsoft/"), Some("https://azure.microsoft.com/support/"),
        &["azure-app-gateway", "azure-front-door", "azure-app-service"],
        &["azurefd.net", "azureedge.net", "azurewebsites.net", "cloudapp.azure.com", "cloudapp.net", "trafficmanager.net", "azurecontainerapps.io", "azurestaticapps.net", "azure-api.net"]),
    provider(("heroku", "Heroku", Kind::Platform), Some("https://status.heroku.com/"), Some("https://help.heroku.com/"),
        &["heroku"], &["herokudns.com", "herokuapp.com", "herokussl.com"]),
    provider(("vercel", "Vercel", Kind::Platform), Some("https://www.vercel-status.com/"), Some("https://vercel.com/help"),
        &["vercel"], &["vercel-dns.com", "vercel.app", "now.sh"]),
    provider(("netlify", "Netlify", Kind::Platform), Some("https://www.netlifystatus.com/"), Some("https://www.netlify.com/support/"),
        &["netlify"], &["netlify.app", "netlify.com", "netlifyglobalcdn.com"]),
    provider(("fly", "Fly.io", Kind::Platform), Some("https://status.flyio.net/"), Some("https://community.fly.io/"),
        &["fly"], &["fly.dev"]),
    provider(("railway", "Railway", Kind::Platform), Some("https://status.railway.com/"), Some("https://station.railway.com/"),
        &["railway"], &["railway.app"]),
    provider(("render", "Render", Kind::Platform), Some("https://status.render.com/"), None,
        &["render"], &["onrender.com"]),
    provider(("digitalocean", "DigitalOcean", Kind::Platform), Some("https://status.digitalocean.com/"), Some("https://www.digitalocean.com/support"),
        &["digitalocean"], &["ondigitalocean.app", "digitaloceanspaces.com"]),
    provider(("github", "GitHub", Kind::Platform), Some("https://www.githubstatus.com/"), Some("https://support.github.com/"),
        &["github", "github-pages"], &["github.io", "github.com"]),
    provider(("gitlab", "GitLab.com", Kind::Platform), Some("https://status.gitlab.com/"), Some("https://about.gitlab.com/support/"),
        &[], &["gitlab.io", "gitlab.com"]),
    provider(("pantheon", "Pantheon", Kind::Host), Some("https://status.pantheon.io/"), None,
        &["pantheon"], &["pantheonsite.io"]),
    provider(("shopify", "Shopify", Kind::Host), Some("https://www.shopifystatus.com/"), Some("https://help.shopify.com/"),
        &[], &["myshopify.com"]),
    provider(("squarespace", "Squarespace", Kind::Host), Some("https://status.squarespace.com/"), Some("https://support.squarespace.com/"),
        &[], &["squarespace.com"]),
    provider(("wix", "Wix", Kind::Host), Some("https://status.wix.com/"), Some("https://support.wix.com/"),
        &[], &["wixdns.net", "wixsite.com"]),
    provider(("wp-engine", "WP Engine", Kind::Host), Some("https://wpenginestatus.com/"), None,
        &[], &["wpengine.com", "wpenginepowered.com"]),
    provider(("kinsta", "Kinsta", Kind::Host), Some("https://status.kinsta.com/"), None,
        &[], &["kinsta.cloud", "kinsta.page", "kinsta.app"]),
    provider(("hetzner", "Hetzner", Kind::Host), Some("https://status.hetzner.com/"), None,
        &[], &["your-server.de", "your-cloud.host"]),
    provider(("ovhcloud", "OVHcloud", Kind::Host), Some("https://www.status-ovhcloud.com/"), None,
        &[], &["ovh.net"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_exist_and_belong_to_one() {
        let known: Vec<&str> = crate::generators().iter().map(|generator| generator.id).collect();
        let named: Vec<&str> = ALL.iter().flat_map(|provider| provider.generators).copied().collect();
        for id in &named {
            assert!(known.contains(id), "{id}");
            assert_eq!(named.iter().filter(|other| *other == id).count(), 1, "{id}");
        }
    }

    #[test]
    fn every_edge_has_a_provider() {
        for generator in crate::generators().iter().filter(|generator| generator.kind == crate::Kind::Edge) {
            assert!(by_generator(generator.id).is_some(), "{}", generator.id);
        }
    }

    #[test]
    fn addresses_are_https_and_names_are_bare() {
        for provider in ALL {
            for url in [provider.status_page, provider.support].into_iter().flatten() {
                assert!(url.starts_with("https://"), "{url}");
            }
            for end in provider.cnames {
                assert!(
                    end.contains('.') && !end.starts_with('.') && *end == end.to_ascii_lowercase(),
                    "{end}"
                );
            }
            assert!(ALL.iter().filter(|other| other.id == provider.id).count() == 1, "{}", provider.id);
        }
    }

    #[test]
    fn names_lead_to_providers() {
        let id = |name: &str| by_name(name).map(|provider| provider.id);
        assert_eq!(id("d111.cloudfront.net."), Some("aws"));
        assert_eq!(id("cname.vercel-dns.com"), Some("vercel"));
        assert_eq!(id("Shop.MyShopify.com"), Some("shopify"));
        assert_eq!(id("www.example.com"), None);
        assert_eq!(id("notcloudfront.net"), None);
        assert_eq!(by_certificate("*.azurewebsites.net").map(|p| p.id), Some("azure"));
        assert_eq!(by_certificate("sni.cloudflaressl.com").map(|p| p.id), Some("cloudflare"));
        assert_eq!(gateway_by_certificate("TRAEFIK DEFAULT CERT"), Some("traefik"));
        assert_eq!(gateway_by_certificate("www.example.com"), None);
        let head = crate::Message::parse("HTTP/2 502\nserver: cloudflare\nrndr-id: 1\n\n");
        assert_eq!(by_head(&head).map(|p| p.id), Some("render"));
    }
}
