//! A small internet: name servers, a resolver, a site, filters.

use std::sync::LazyLock;

use crate::land::{Land, are_installed};
use crate::zones::{self, HUSH, ONE, TWO, UPPER};

/// This computer's resolver, and one that holds an old address.
pub(crate) const RESOLVER: &str = "192.31.196.53";
pub(crate) const OLD_RESOLVER: &str = "192.31.196.54";
/// What a world with these servers needs.
const PROGRAMS: &[&str] =
    &["ip", "nft", "unshare", "nsenter", "nsd", "unbound", "ldns-signzone", "drill", "nginx", "openssl"];

/// The world that most tests look at; made once.
pub(crate) fn internet() -> Option<&'static Land> {
    static INTERNET: LazyLock<Option<Land>> = LazyLock::new(make);
    INTERNET.as_ref()
}

fn make() -> Option<Land> {
    if !are_installed(PROGRAMS) {
        return None;
    }
    let land = Land::new("internet")?;
    connect(&land);
    zones::write(&land);
    serve_zones(&land);
    resolver(&land, "resolver", RESOLVER, "");
    let old = "local-zone: \"shop.example.com.\" typetransparent\n local-data: \"four.shop.example.com. 7200 A 192.88.99.80\"";
    resolver(&land, "old", OLD_RESOLVER, old);
    site(&land);
    filter(&land);
    for server in [RESOLVER, OLD_RESOLVER] {
        land.wait_for(&format!("drill @{server} www.shop.example.com | grep -q '^www'"));
    }
    Some(land)
}

fn connect(land: &Land) {
    land.address("192.31.196.10/24");
    land.address("2620:4f:8000::10/64");
    // Nobody is at the far end.
    land.run("ip route add default dev wire && ip -6 route add default dev wire");
    for address in [RESOLVER, OLD_RESOLVER, UPPER, ONE, TWO, HUSH, "10.1.2.3", "192.88.99.80"] {
        land.address(&format!("{address}/32"));
    }
    for last in 80..=85 {
        land.address(&format!("192.52.193.{last}/32"));
    }
    land.address("2620:4f:8000::80/128");
    land.address("2620:4f:8000::82/128");
    land.run("ip route add unreachable 192.52.193.90/32");
}

fn serve_zones(land: &Land) {
    let upper = [
        (".", "root.signed"),
        ("com.", "com.signed"),
        ("org.", "org.zone"),
        ("example.com.", "example.signed"),
    ];
    let shared = [("shop.example.com.", "shop.signed"), ("bogus.example.com.", "bogus.signed")];
    // A zone without a file: the server knows that it is to serve it, and cannot.
    let torn = ("torn.example.com.", "no-such-file");
    let one = [
        torn,
        ("apart.example.com.", "apart-one.zone"),
        ("halflame.example.com.", "halflame.zone"),
        ("halfsilent.example.com.", "halfsilent.zone"),
    ];
    let two = [torn, ("apart.example.com.", "apart-two.zone")];
    name_server(land, "upper", UPPER, &upper);
    name_server(land, "one", ONE, &[&shared[..], &one[..]].concat());
    name_server(land, "two", TWO, &[&shared[..], &two[..]].concat());
}

fn name_server(land: &Land, name: &str, address: &str, zones: &[(&str, &str)]) {
    let path = land.path.display();
    let mut text = format!(
        "server:\n ip-address: {address}\n username: \"\"\n chroot: \"\"\n zonesdir: \"{path}\"\n database: \"\"\n \
         pidfile: \"\"\n zonelistfile: \"{path}/{name}.list\"\n xfrdfile: \"{path}/{name}.xfrd\"\n \
         xfrdir: \"{path}\"\n server-count: 1\n rrl-ratelimit: 0\n\
         remote-control:\n control-enable: no\n"
    );
    for (zone, file) in zones {
        text.push_str(&format!("zone:\n name: \"{zone}\"\n zonefile: \"{file}\"\n"));
    }
    let file = land.put(&format!("{name}.conf"), &text);
    land.start(name, "nsd", &["-d", "-c", file.to_str().unwrap()]);
}

/// Starts a resolver at this address; `more` goes into its configuration.
pub(crate) fn resolver(land: &Land, name: &str, address: &str, more: &str) {
    let path = land.path.display();
    let knows = if land.path.join("hints").exists() {
        format!("root-hints: \"{path}/hints\"\n trust-anchor-file: \"{path}/anchor\"")
    } else {
        "module-config: \"iterator\"".to_owned()
    };
    let text = format!(
        "server:\n interface: {address}\n access-control: 0.0.0.0/0 allow\n chroot: \"\"\n username: \"\"\n \
         directory: \"{path}\"\n pidfile: \"\"\n use-syslog: no\n do-daemonize: no\n num-threads: 1\n {knows}\n {more}\n\
         remote-control:\n control-enable: no\n"
    );
    let file = land.put(&format!("{name}.conf"), &text);
    land.start(name, "unbound", &["-d", "-c", file.to_str().unwrap()]);
}

fn site(land: &Land) {
    let path = land.path.display();
    for name in ["named", "first"] {
        let subject = format!("/CN={name}.example.com");
        land.run(&format!(
            "cd {path} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
             -subj {subject} -keyout {name}.key -out {name}.crt"
        ));
    }
    let text = format!(
        "daemon off;\nmaster_process off;\npid {path}/nginx.pid;\nerror_log {path}/nginx-error.log;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n access_log off;\n client_body_temp_path {path}/b;\n proxy_temp_path {path}/p;\n \
         fastcgi_temp_path {path}/f;\n uwsgi_temp_path {path}/u;\n scgi_temp_path {path}/s;\n server {{\n \
         listen 192.52.193.80:80;\n listen 192.52.193.82:80;\n listen 192.52.193.83:80;\n listen 192.52.193.84:443;\n \
         listen 192.52.193.85:80;\n listen 192.88.99.80:80;\n listen 10.1.2.3:80;\n \
         listen [2620:4f:8000::80]:80;\n listen [2620:4f:8000::82]:80;\n \
         location = / {{ default_type text/html; return 200 '<title>Shop</title><p>Welcome to the shop.</p>'; }}\n \
         location / {{ return 404; }}\n }}\n \
         server {{ listen 192.52.193.80:443 ssl default_server; ssl_certificate {path}/first.crt;\n \
         ssl_certificate_key {path}/first.key; return 200; }}\n \
         server {{ listen 192.52.193.80:443 ssl; server_name four.shop.example.com;\n \
         ssl_certificate {path}/named.crt; ssl_certificate_key {path}/named.key; return 200; }}\n}}\n"
    );
    let file = land.put("nginx.conf", &text);
    land.start("nginx", "nginx", &["-c", file.to_str().unwrap()]);
}

fn filter(land: &Land) {
    let rules = format!(
        "table inet filter {{ chain in {{ type filter hook input priority 0;\n\
         ip daddr 192.52.193.82 tcp dport {{ 80, 443 }} drop\n\
         ip6 daddr 2620:4f:8000::82 tcp dport {{ 80, 443 }} drop\n\
         ip daddr 192.52.193.83 tcp dport {{ 80, 443 }} reject with icmp type admin-prohibited\n\
         ip daddr 192.52.193.85 tcp dport {{ 80, 443 }} reject with icmp type host-unreachable\n\
         ip daddr {HUSH} drop\n }}\n}}\n"
    );
    let file = land.put("rules.nft", &rules);
    land.run(&format!("nft -f {}", file.display()));
}
