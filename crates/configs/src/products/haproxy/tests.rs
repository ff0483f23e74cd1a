use super::*;

const SAMPLE: &str = r#"
global
    user proxy
    maxconn 4000
    tune.bufsize 32768
defaults base
    mode http
    timeout connect 2500
    timeout server 1m
    errorfile 503 /etc/haproxy/sorry.http
    log-format "%ci:%cp [%tr] %ft %ST"
frontend web
    bind *:80,:8080
    bind 192.0.2.1:443 ssl crt /etc/site.pem
    maxconn 100
    stick-table type ip size 1m store http_req_rate(10s)
    http-request deny deny_status 503 if { path_beg /old }
    default_backend app
backend app
    timeout server 5s
    option httpchk GET /up
    default-server check maxconn 20
    server a1 app.example.com:8443 ssl verify required ca-file /ca.crt crt /me.pem sni str(app.example.com) resolvers dns
    server a2 unix@/run/app.sock backup no-check
    server a3 ::1:9000 proto h2
backend php
    use-fcgi-app p
    http-reuse never
    server f /run/php.sock proto fcgi
resolvers dns
    nameserver one 192.0.2.53:53
    hold nx 30s
fcgi-app p
    docroot /srv/app
"#;

fn shown(configuration: &Configuration) -> Vec<String> {
    let leg = |l: &crate::Leg| {
        let scheme = l.target.protocol.map_or("?", goodgate_facts::Protocol::scheme);
        format!(
            "{}/{} {scheme} {} {:?} {:?}",
            l.group.as_deref().unwrap_or(""),
            l.server.as_deref().unwrap_or(""),
            l.target,
            l.connect_timeout_s,
            l.read_timeout_s
        )
    };
    configuration.legs.iter().map(leg).collect()
}

#[test]
fn reads_proxies_with_what_they_inherit() {
    let found = read("haproxy.cfg", SAMPLE);
    assert_eq!(
        shown(&found),
        [
            "app/a1 https app.example.com:8443 Some(2.5) Some(5.0)",
            "app/a2 http unix:/run/app.sock Some(2.5) Some(5.0)",
            "app/a3 h2c [::1]:9000 Some(2.5) Some(5.0)",
            "php/f fastcgi unix:/run/php.sock Some(2.5) Some(60.0)",
        ]
    );
    let tls = found.legs[0].tls.clone().unwrap();
    assert_eq!(
        (tls.verify, tls.sni, tls.name.as_deref(), tls.client_certificate),
        (Some(true), Some(true), Some("app.example.com"), true)
    );
    assert_eq!(found.legs[0].resolved_at_runtime, Some(true));
    assert_eq!(found.legs[0].header_buffer, Some(32768 - 1024));
    assert_eq!(found.legs[0].connections_max, Some(20));
    assert!(found.legs[0].health_check && !found.legs[1].health_check && found.legs[1].backup);
    assert_eq!(found.legs[3].keepalive, Some(false));
    assert_eq!(found.user.as_deref(), Some("proxy"));
    assert_eq!(found.listens.len(), 3);
    assert!(found.listens[2].tls && !found.listens[0].tls);
    assert_eq!(found.layouts[0].layout, "%ci:%cp [%tr] %ft %ST");
    assert_eq!(
        found.settings_of("http-request deny").next().unwrap().value,
        "deny_status 503 if { path_beg /old }"
    );
    assert_eq!(found.settings_of("hold nx").count(), 1);
    assert_eq!(found.limits.iter().filter(|l| l.directive == "maxconn").count(), 2);
    assert_eq!(found.problems, []);
}

#[test]
fn tells_itself_from_others() {
    assert!(recognise("x", SAMPLE) > 90);
    assert!(recognise("x", "backend app\n  server a 127.0.0.1:80 check\n") > 70);
    assert_eq!(recognise("x", "http {\n server {\n listen 80;\n }\n}\n"), 0);
    assert_eq!(recognise("x", "vcl 4.1;\nbackend default {\n .host = \"a\";\n}\n"), 0);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "((server|bind|listen|defaults|from|timeout|[:@/\\[\\]a-z0-9\"' \\n-]){0,6}[ \\n]){0,12}") {
        let _ = (recognise("", &text), read("", &text));
    }
}
