use super::*;

fn shown(configuration: &Configuration) -> Vec<String> {
    let leg = |l: &crate::Leg| {
        let scheme = l.target.protocol.map_or("?", goodgate_facts::Protocol::scheme);
        format!("{scheme} {} {:?} {:?} :{}", l.target, l.connect_timeout_s, l.read_timeout_s, l.place.line)
    };
    configuration.legs.iter().map(leg).collect()
}

const SAMPLE: &str = r#"
{
    auto_https off
}
(slow) {
    transport http {
        dial_timeout {args[0]}
        response_header_timeout 9s # long
        max_conns_per_host 4
    }
}
http://app.example.com:8080, shop.example.com {
    bind 192.0.2.1
    handle_path /api/* {
        reverse_proxy @api 127.0.0.1:3000 [::1]:3001 {
            lb_policy least_conn
            lb_try_duration 5s
            health_uri /up
            import slow 2s
        }
    }
    reverse_proxy /old https://old.example.com {
        transport http {
            tls_insecure_skip_verify
            tls_server_name other.example.com
        }
    }
    reverse_proxy h2c://127.0.0.1:50051 unix//run/app.sock
    php_fastcgi unix//run/php/php-fpm.sock {
        dial_timeout 1s
        read_timeout 30s
    }
    reverse_proxy {
        dynamic a app.internal 9000
    }
    respond /gone "Back soon" 503
    handle_errors {
        respond "{err.status_code}"
    }
}
"#;

#[test]
fn reads_a_caddyfile() {
    let found = read("Caddyfile", SAMPLE);
    assert_eq!(
        shown(&found),
        [
            "http 127.0.0.1:3000 Some(2.0) Some(9.0) :15",
            "http [::1]:3001 Some(2.0) Some(9.0) :15",
            "https old.example.com:443 None None :22",
            "h2c 127.0.0.1:50051 None None :28",
            "http unix:/run/app.sock None None :28",
            "fastcgi unix:/run/php/php-fpm.sock Some(1.0) Some(30.0) :29",
            "http app.internal:9000 None None :34",
        ]
    );
    assert!(found.legs[0].health_check && found.legs[0].group.is_some());
    assert_eq!(found.legs[0].connections_max, Some(4));
    let tls = found.legs[2].tls.clone().unwrap();
    assert_eq!(
        (tls.verify, tls.sni, tls.name.as_deref()),
        (Some(false), Some(true), Some("other.example.com"))
    );
    assert_eq!(found.settings_of("respond").next().unwrap().value, "/gone Back soon 503");
    assert_eq!(found.settings_of("lb_try_duration").next().unwrap().value, "5s");
    assert_eq!(found.settings_of("handle_errors").count(), 1);
    assert_eq!(found.listens.len(), 2);
    assert_eq!(found.listens[0].address.to_string(), "192.0.2.1:8080");
    assert_eq!(found.problems, []);
}

#[test]
fn reads_a_file_without_braces() {
    let found = read("Caddyfile", "example.com\nreverse_proxy app:8080\n");
    assert_eq!(shown(&found), ["http app:8080 None None :2"]);
    assert_eq!((found.listens[0].tls, found.listens[0].address.port()), (true, Some(443)));
}

#[test]
fn reads_json() {
    let text = r#"{"apps": {"http": {"servers": {"s": {"listen": [":8080"], "routes": [{"handle": [
      {"handler": "reverse_proxy", "transport": {"protocol": "http", "dial_timeout": 2000000000, "tls": {"insecure_skip_verify": true}},
       "upstreams": [{"dial": "127.0.0.1:3000"}]}, {"handler": "static_response", "status_code": 503}]}]}}}}}"#;
    assert!(recognise("caddy.json", text) > 80);
    let found = read("caddy.json", text);
    assert_eq!(shown(&found), ["https 127.0.0.1:3000 Some(2.0) None :3"]);
    assert_eq!(found.settings_of("static_response").next().unwrap().value, "503");
    assert_eq!(found.listens[0].address.port(), Some(8080));
}

#[test]
fn tells_itself_from_others() {
    assert!(recognise("x", SAMPLE) > 90);
    assert!(recognise("x", "example.com {\n  reverse_proxy localhost:9000\n}\n") > 90);
    assert_eq!(recognise("x", "http_port 3128 accel\nhttp_access allow all\n"), 0);
    assert_eq!(recognise("x", "server {\n listen 80;\n try_files $uri =404;\n}\n"), 0);
}

#[test]
fn snippets_that_import_themselves_end() {
    let found =
        read("Caddyfile", "(a) {\n import a\n import a\n respond 503\n}\nx.example.com {\n import a\n}\n");
    assert!(!found.settings.is_empty());
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "((reverse_proxy|import|[{}]|\\(a\\)|unix//|[:@/\\[\\]a-z0-9\"`'{$} \\n-]){0,6}[ \\n]){0,12}") {
        let _ = (recognise("", &text), read("", &text));
    }
}
