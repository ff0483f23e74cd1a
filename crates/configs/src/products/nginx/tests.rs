use super::*;

const SITE: &str = r#"
user www-data;
events { worker_connections 256; }
http {
    log_format timed escape=json '$remote_addr "$request" '
        '$status $upstream_status';
    access_log /var/log/nginx/timed.log timed;
    access_log /var/log/nginx/access.log;
    proxy_connect_timeout 3s;
    proxy_buffer_size 4k;
    map $uri $pool { default app; ~^/api api; }
    limit_req_zone $binary_remote_addr zone=one:1m rate=30r/m;
    upstream app {
        zone app 64k;
        server 192.0.2.1:8080 max_conns=5 max_fails=2 fail_timeout=3s;
        server app.example.com resolve;
        server 192.0.2.3 backup;
        keepalive 16;
    }
    upstream api { server unix:/run/api.sock; }
    server {
        listen 443 ssl;
        listen [::]:80;
        proxy_read_timeout 30;
        location / {
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_read_timeout 1m;
        }
        location /any { proxy_pass http://$pool; }
        location ~ \.php$ {
            fastcgi_pass unix:/run/php/php-fpm.sock;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        }
        location /tls {
            proxy_pass https://shop.example.com/path;
            proxy_ssl_server_name on;
            proxy_ssl_protocols TLSv1.1 TLSv1.2;
        }
        location /var { set $b http://one.example.com:81; proxy_pass $b$request_uri; }
        location /who { proxy_pass http://$host:8080; }
        location /sock { proxy_pass http://unix:/run/x.sock:/uri/; }
        location /off { return 503; }
    }
}
"#;

fn leg<'a>(configuration: &'a Configuration, target: &str) -> &'a crate::Leg {
    configuration.legs.iter().find(|leg| leg.target.to_string() == target).unwrap()
}

#[test]
fn reads_a_site() {
    let configuration = read("nginx.conf", SITE);
    assert_eq!(configuration.problems, []);
    assert_eq!(configuration.user.as_deref(), Some("www-data"));
    assert_eq!(configuration.listens.len(), 2);
    assert!(configuration.listens[0].tls);
    let first = leg(&configuration, "192.0.2.1:8080");
    assert_eq!((first.connect_timeout_s, first.read_timeout_s), (Some(3.0), Some(60.0)));
    assert_eq!((first.keepalive, first.keepalive_idle_s), (Some(true), Some(60.0)));
    assert_eq!((first.connections_max, first.header_buffer), (Some(5), Some(4096)));
    assert_eq!(first.group.as_deref(), Some("app"));
    assert_eq!(leg(&configuration, "app.example.com:80").resolved_at_runtime, Some(true));
    assert!(leg(&configuration, "192.0.2.3:80").backup);
    assert_eq!(leg(&configuration, "unix:/run/api.sock").group.as_deref(), Some("api"));
    let php = leg(&configuration, "unix:/run/php/php-fpm.sock");
    assert_eq!(php.target.protocol, Some(goodgate_facts::Protocol::Fastcgi));
    let tls = leg(&configuration, "shop.example.com:443");
    assert_eq!(tls.resolved_at_runtime, Some(false));
    let settings = tls.tls.as_ref().unwrap();
    assert_eq!((settings.sni, settings.verify), (Some(true), None));
    assert_eq!(settings.versions.as_deref(), Some("TLSv1.1 TLSv1.2"));
    assert_eq!(leg(&configuration, "one.example.com:81").resolved_at_runtime, Some(true));
    assert_eq!(leg(&configuration, "unix:/run/x.sock").target.protocol, Some(goodgate_facts::Protocol::Http));
    assert_eq!(configuration.settings_of("return").count(), 1);
    assert_eq!(configuration.settings_of("proxy_pass").next().unwrap().value, "http://$host:8080");
    let rate = configuration.limits.iter().find(|limit| limit.directive == "limit_req_zone").unwrap();
    assert!((rate.value - 0.5).abs() < 1e-9);
}

#[test]
fn layouts_know_their_files() {
    let configuration = read("nginx.conf", SITE);
    let files: Vec<_> = configuration.layouts.iter().map(|layout| layout.file.as_deref()).collect();
    assert_eq!(files, [Some("access.log"), Some("timed.log")]);
    assert_eq!(configuration.layouts[1].layout, "$remote_addr \"$request\" $status $upstream_status");
}

#[test]
fn a_group_of_another_file_stays_a_group() {
    let configuration = read(
        "site",
        "location ~ \\.php$ { fastcgi_pass php; }\nstream { server { listen 9; proxy_pass 192.0.2.9:5; } }",
    );
    assert_eq!(configuration.legs[0].target.address, goodgate_facts::Address::Group("php".to_owned()));
    assert_eq!(configuration.legs[1].target.protocol, Some(goodgate_facts::Protocol::Tcp));
    let configuration = read("upstreams.conf", "upstream app { server 192.0.2.1:8080; }");
    assert_eq!(configuration.legs.len(), 1);
}

#[test]
fn a_dump_of_several_files_keeps_their_names() {
    let dump = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n\
        # configuration file /etc/nginx/nginx.conf:\nuser www;\nhttp { include conf.d/*.conf; }\n\n\
        # configuration file /etc/nginx/conf.d/app.conf:\nupstream app {\n server 192.0.2.1; }\n";
    let configuration = read("dump.txt", dump);
    assert_eq!(configuration.problems, []);
    assert_eq!(configuration.user.as_deref(), Some("www"));
    let place = &configuration.legs[0].place;
    assert_eq!((place.file.as_ref(), place.line), ("/etc/nginx/conf.d/app.conf", 2));
}

#[test]
fn other_brace_languages_are_not_nginx() {
    let vcl =
        "vcl 4.1;\nbackend app { .host = \"192.0.2.1\"; .port = \"80\"; }\nsub vcl_recv { return (pass); }";
    let caddy = "example.com {\n  reverse_proxy 192.0.2.1:8080\n  handle /x* {\n root * /srv\n }\n}\n";
    assert_eq!(recognise("default.vcl", vcl), 0);
    assert_eq!(recognise("Caddyfile", caddy), 0);
    assert!(recognise("x", SITE) >= 90);
    assert!(recognise("nginx.conf", "location / { proxy_pass http://192.0.2.1; }") > 50);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "([ -~\n]{0,12}|proxy_pass |upstream a |server |\\{|\\}|;|\\$|http://|unix:|map \\$a \\$b |set \\$b ){0,24}") {
        let _ = (recognise("nginx.conf", &text), read("nginx.conf", &text));
    }
}
