//! The names of a case (its upstream, socket, PHP, service) for the slots in the catalogue's checks and steps.

use goodgate_case::{Diagnosis, Finding};
use goodgate_facts::{Address, Phrase, Protocol, Signal, SourceKind, Target, Value};

use crate::redact::redact;
use crate::words::{args, say, say_with};

/// Stand for names that the evidence does not give; the reader is told so, in the words of these messages.
const UNKNOWN: &[(&str, &str)] = &[
    ("HOST", "slot-host"),
    ("PORT", "slot-port"),
    ("SOCKET", "slot-socket"),
    ("SERVICE", "slot-service"),
    ("GATEWAY", "slot-gateway"),
    ("X.Y", "slot-php"),
];
/// Application servers that log under their own name.
const APP_SERVERS: &[&str] = &["php-fpm", "gunicorn", "uwsgi"];

/// Units of gateways, which are not the application's.
const GATEWAY_UNITS: &[&str] = &[
    "nginx",
    "apache2",
    "httpd",
    "haproxy",
    "caddy",
    "varnish",
    "lighttpd",
    "envoy",
    "squid",
    "trafficserver",
    "h2o",
];

/// What a case calls things.
#[derive(Clone, Default)]
pub(super) struct Slots {
    target: Option<Target>,
    /// The application server's product, where something names it.
    app: Option<&'static str>,
    /// The version in the names of Debian's packages, sockets and folders of PHP ("8.2").
    php: Option<String>,
    /// The unit that the service manager knows it by.
    unit: Option<String>,
    /// The gateway's product.
    gateway: Option<String>,
    /// Where the application listens, if that is elsewhere than where the gateway asks.
    listens: Option<String>,
}

impl Slots {
    /// The names that a case gives.
    pub(super) fn of(diagnosis: &Diagnosis, finding: &Finding) -> Self {
        let target = finding.symptom.as_ref().and_then(|s| s.target.clone());
        let signals = diagnosis.evidence.signals();
        let php = php_version(diagnosis, target.as_ref());
        let fastcgi = target.as_ref().and_then(|t| t.protocol) == Some(Protocol::Fastcgi);
        let logged = signals.iter().filter_map(|s| s.source.product).find(|p| APP_SERVERS.contains(p));
        let uwsgi = target.as_ref().and_then(|t| t.protocol) == Some(Protocol::Uwsgi);
        let spoken = if uwsgi { Some("uwsgi") } else { (php.is_some() || fastcgi).then_some("php-fpm") };
        let app = logged.or(spoken);
        let unit = signals
            .iter()
            .filter_map(|s| s.about.name.as_deref()?.strip_suffix(".service"))
            .find(|unit| plain(unit) && !GATEWAY_UNITS.contains(unit))
            .map(str::to_owned);
        let gateway = super::report::gateway(diagnosis, finding).map(|(product, _)| product);
        let listens = finding
            .evidence
            .iter()
            .filter_map(|i| signals.get(*i))
            .filter(|s| matches!(s.id.as_str(), "socket-path-differs" | "listener-on-other-port"))
            .find_map(elsewhere);
        Self { target, app, php, unit, gateway, listens }
    }

    /// Whether a remedy for this product suits the application server of the case.
    pub(super) fn suits(&self, product: &str) -> bool {
        let http = matches!(
            self.target.as_ref().and_then(|t| t.protocol),
            Some(Protocol::Http | Protocol::Https | Protocol::H2c | Protocol::Grpc)
        );
        match self.app {
            Some(app) => !APP_SERVERS.contains(&product) || product == app,
            // PHP-FPM speaks FastCGI only.
            None => !(http && product == "php-fpm"),
        }
    }

    /// Whether the evidence names what such a word stands for.
    fn knows(&self, word: &str) -> bool {
        match self.target.as_ref().map(|t| &t.address) {
            Some(Address::Tcp { host, .. }) => word == "PORT" || (word == "HOST" && plain(host)),
            Some(Address::Unix(path)) => word == "SOCKET" && plain(path),
            Some(Address::Group(_)) | None => false,
        }
    }

    /// The service as the service manager calls it.
    fn service(&self, product: &str) -> String {
        let version = self.php.as_deref().unwrap_or("X.Y");
        match (&self.unit, self.app) {
            (Some(unit), _) => unit.clone(),
            (None, Some("php-fpm")) => format!("php{version}-fpm"),
            (None, Some(app)) => app.to_owned(),
            (None, None) if product == "php-fpm" => format!("php{version}-fpm"),
            (None, None) => "SERVICE".to_owned(),
        }
    }

    /// The gateway as the service manager calls it.
    fn gateway_unit(&self) -> &str {
        match self.gateway.as_deref() {
            None => "nginx",
            Some("apache") => "apache2",
            Some(product) => GATEWAY_UNITS.iter().find(|unit| **unit == product).unwrap_or(&"GATEWAY"),
        }
    }

    /// What prints the gateway's configuration.
    fn gateway_config(&self) -> &'static str {
        match self.gateway.as_deref() {
            None | Some("nginx") => "nginx -T 2>/dev/null",
            Some("apache") => "cat /etc/apache2/*-enabled/*.conf /etc/httpd/conf.d/*.conf 2>/dev/null",
            Some("haproxy") => "cat /etc/haproxy/haproxy.cfg",
            Some("caddy") => "cat /etc/caddy/Caddyfile",
            Some("lighttpd") => "lighttpd -p -f /etc/lighttpd/lighttpd.conf",
            Some("varnish") => "cat /etc/varnish/default.vcl",
            Some("envoy") => "cat /etc/envoy/envoy.yaml",
            Some("squid") => "cat /etc/squid/squid.conf",
            Some("h2o") => "cat /etc/h2o/h2o.conf",
            Some("trafficserver") => "cat /etc/trafficserver/remap.config",
            Some(_) => "cat GATEWAY.conf",
        }
    }

    /// What curl is to be given so that it asks the upstream itself; `None` where the upstream speaks no HTTP.
    fn url(&self) -> Option<String> {
        let Some(target) = &self.target else { return Some("http://HOST:PORT".to_owned()) };
        let scheme = match target.protocol {
            Some(Protocol::Https) => "https",
            Some(Protocol::Http | Protocol::H2c | Protocol::Grpc) => "http",
            None if self.app != Some("php-fpm") && self.app != Some("uwsgi") => "http",
            _ => return None,
        };
        Some(match &target.address {
            Address::Unix(path) if plain(path) => {
                format!("--unix-socket {} {scheme}://localhost", redact(path))
            }
            Address::Unix(_) => format!("--unix-socket SOCKET {scheme}://localhost"),
            tcp @ Address::Tcp { host, .. } if plain(host) => {
                format!("{scheme}://{}", redact(&tcp.to_string()))
            }
            Address::Tcp { .. } | Address::Group(_) => format!("{scheme}://HOST:PORT"),
        })
    }

    /// Whether a step can be done here: one that asks the upstream with curl needs an upstream that speaks HTTP,
    /// and one about PHP an upstream that can be PHP-FPM.
    pub(super) fn possible(&self, step: &str) -> bool {
        let php_here = self.target.is_none() || self.suits("php-fpm");
        (!step.contains("{url}") || self.url().is_some()) && (!step.contains("{php}") || php_here)
    }

    /// Fills the slots of a check or of a step of a remedy for `product`.
    pub(super) fn fill(&self, text: &str, product: &str) -> String {
        let shown = self
            .target
            .as_ref()
            .map(ToString::to_string)
            .filter(|t| plain(&t.replace(['[', ']'], "")))
            .map_or_else(|| say("slot-target"), |t| redact(&t));
        let (mut host, mut port, mut socket) = ("HOST".to_owned(), "PORT".to_owned(), "SOCKET".to_owned());
        match self.target.as_ref().map(|t| &t.address) {
            Some(Address::Tcp { host: h, port: p }) => {
                host = if plain(h) { redact(h) } else { host };
                port = p.to_string();
            }
            Some(Address::Unix(path)) if plain(path) => socket = redact(path),
            _ => {}
        }
        let service = redact(&self.service(product));
        // Checks of the catalogue name an example's unit.
        let text = text.replace("php8.2-fpm", &service).replace("php8.3-fpm", &service);
        // The text itself is the catalogue's: only what is filled in comes from outside.
        [
            ("{target}", shown.as_str()),
            ("{host}", &host),
            ("{port}", &port),
            ("{socket}", &socket),
            ("{service}", &service),
            ("SERVICE", &service),
            ("{php}", self.php.as_deref().unwrap_or("X.Y")),
            ("http://{listens}", &format!("http://{}", self.listens.as_deref().unwrap_or("HOST:PORT"))),
            ("{listens}", &self.listens.clone().unwrap_or_else(|| say("slot-listens"))),
            ("{gateway}", self.gateway_unit()),
            ("{gateway-config}", self.gateway_config()),
            ("{url}", &self.url().unwrap_or_else(|| "http://127.0.0.1".to_owned())),
        ]
        .iter()
        .fold(text, |text, (slot, name)| text.replace(slot, name))
    }
}

/// A remark on the words that stand for names which the evidence did not give, if a step holds one.
pub(super) fn remark(slots: &Slots, steps: &[String]) -> Option<String> {
    let holds = |word: &str| {
        steps.iter().any(|step| step.split(|c: char| !c.is_ascii_uppercase() && c != '.').any(|w| w == word))
    };
    let held: Vec<String> = UNKNOWN
        .iter()
        .filter(|(word, _)| holds(word) && !slots.knows(word))
        .map(|(word, meaning)| say_with("slot-meaning", &args![word = *word, meaning = say(meaning)]))
        .collect();
    let names = match held.split_last()? {
        (only, []) => only.clone(),
        (last, before) => say_with("slots-and", &args![before = before.join(", "), last = last.as_str()]),
    };
    Some(say_with("slots-put-in", &args![names = names]))
}

/// Whether a name can stand in a command as it is: evidence comes from outside, and somebody will type this.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"./:_-@".contains(&b))
}

/// The address on which a pool listens, or that in "127.0.0.1:8001 (python3)".
fn elsewhere(signal: &Signal) -> Option<String> {
    let words = match &signal.value {
        Value::Phrase(Phrase::PoolListens { address, .. }) => address,
        Value::Word(words) => words,
        _ => return None,
    };
    let address =
        words.split([' ', ',']).find(|word| word.starts_with("unix:/") || port_of(word).is_some())?;
    let address = address.strip_prefix("unix:").unwrap_or(address);
    plain(address.trim_matches(['[', ']'])).then(|| redact(address))
}

fn port_of(word: &str) -> Option<u16> {
    word.rsplit_once(':')?.1.parse().ok()
}

/// The version of PHP that serves the site: what runs or is installed before what a socket is called, and that
/// before the socket that the gateway asks for, which may be the old one. Of several the newest.
fn php_version(diagnosis: &Diagnosis, target: Option<&Target>) -> Option<String> {
    let asked = target.map(ToString::to_string).unwrap_or_default();
    let mut best: Option<(u8, (u32, u32))> = None;
    let mut weigh = |text: &str, ceiling: u8| {
        for (strength, version) in versions(text) {
            let strength = if text == asked { 0 } else { strength.min(ceiling) };
            best = best.max(Some((strength, version)));
        }
    };
    let speaks = |s: &&Signal| s.source.kind != SourceKind::Page && s.id.as_str() != "package-removed";
    for signal in diagnosis.evidence.signals().iter().filter(speaks) {
        for text in names(signal) {
            weigh(&text, 2);
        }
    }
    for file in &diagnosis.files {
        weigh(&file.name, 1);
    }
    best.map(|(_, (major, minor))| format!("{major}.{minor}"))
}

/// The names that a signal bears; not its words, in which visitors can write.
fn names(signal: &Signal) -> Vec<String> {
    let mut out: Vec<String> = signal.about.name.iter().chain(&signal.about.path).cloned().collect();
    out.extend(signal.about.target.as_ref().map(ToString::to_string));
    if let Value::Word(_) | Value::Phrase(_) = &signal.value {
        out.extend(signal.value.to_string().split([' ', '(', ')', ',']).map(str::to_owned));
    }
    out
}

/// Versions in the names that Debian and its kin give to PHP's programs, units, folders (2) and sockets (1).
fn versions(text: &str) -> Vec<(u8, (u32, u32))> {
    let mut out = Vec::new();
    for (mark, strength) in [("php-fpm", 2), ("/php/", 2), ("php", 2)] {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(mark) {
            if let Some((version, behind)) = version(after) {
                let strength = if behind.contains(".sock") { 1 } else { strength };
                let named = mark != "php" || behind.starts_with("-fpm") || behind.starts_with("-common");
                if named {
                    out.push((strength, version));
                }
            }
            rest = after;
        }
    }
    out
}

/// `8.2` at the start, and what follows.
fn version(text: &str) -> Option<((u32, u32), &str)> {
    let (major, after) = text.split_once('.')?;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (minor, behind) = after.split_at_checked(digits)?;
    let short = major.len() <= 2 && digits <= 2;
    Some(((major.parse().ok().filter(|_| short)?, minor.parse().ok()?), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_names_of_packages_programs_and_sockets() {
        assert_eq!(versions("php-fpm8.2"), [(2, (8, 2))]);
        assert_eq!(versions("php8.3-fpm"), [(2, (8, 3))]);
        assert_eq!(versions("/etc/php/8.1/fpm/pool.d/www.conf"), [(2, (8, 1))]);
        assert_eq!(versions("unix:/run/php/php8.1-fpm.sock"), [(1, (8, 1))]);
        assert!(versions("/srv/php/app.2/php-fpm.sock").is_empty());
        assert!(versions("php.ini php8 php99999999.1-fpm").is_empty());
    }

    #[test]
    fn slots_take_the_names_of_the_case() {
        let target = Target::parse("fastcgi://unix:/run/php/php8.1-fpm.sock:");
        let slots = Slots { target, app: Some("php-fpm"), php: Some("8.2".into()), ..Slots::default() };
        assert_eq!(slots.fill("systemctl restart {service}", "php-fpm"), "systemctl restart php8.2-fpm");
        assert_eq!(
            slots.fill("ls -l {socket} /etc/php/{php}", "linux"),
            "ls -l /run/php/php8.1-fpm.sock /etc/php/8.2"
        );
        assert!(!slots.possible("curl {url}/page") && !slots.suits("gunicorn") && slots.suits("linux"));
        let http = Slots { target: Target::parse("http://192.0.2.1:3000"), ..Slots::default() };
        assert_eq!(
            http.fill("curl {url}/page; {service}", "linux"),
            "curl http://192.0.2.1:3000/page; SERVICE"
        );
        assert!(!http.suits("php-fpm") && http.suits("gunicorn"));
    }

    #[test]
    fn names_that_a_shell_would_obey_do_not_get_into_commands() {
        for path in ["/run/a; rm -rf ~", "/run/$(id)", "/run/`id`", "/run/a b"] {
            let target = Some(Target { protocol: None, address: Address::Unix(path.into()) });
            let slots = Slots { target, ..Slots::default() };
            assert_eq!(slots.fill("ls -l {socket}", "linux"), "ls -l SOCKET");
            assert_eq!(slots.fill("curl {url}/", "linux"), "curl --unix-socket SOCKET http://localhost/");
        }
    }

    #[test]
    fn unknown_names_are_remarked_on() {
        assert_eq!(remark(&Slots::default(), &["ls".into()]), None);
        assert!(
            remark(&Slots::default(), &["systemctl restart phpX.Y-fpm".into()])
                .is_some_and(|r| r.contains("version of PHP"))
        );
        assert!(
            remark(&Slots::default(), &["journalctl -u SERVICE".into()])
                .is_some_and(|r| r.ends_with("for SERVICE."))
        );
    }
}
