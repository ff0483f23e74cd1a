use super::*;
use goodgate_facts::Protocol;

const SITE: &str = r#"
User www-data
Listen 80
Listen 443
Timeout 40
MaxRequestWorkers 50
LogFormat "%h %l %u %t \"%r\" %>s %O" short
CustomLog ${LOGS}/access.log short
<VirtualHost *:443>
  SSLEngine on
  ProxyTimeout 20
  <Proxy "balancer://app">
    BalancerMember "http://192.0.2.1:8080" connectiontimeout=2 timeout=300ms
    BalancerMember "http://app.example.com" status=+H max=5 ttl=4
  </Proxy>
  ProxyPass "/static" "!"
  ProxyPass "/" "balancer://app/" timeout=1
  <FilesMatch "\.php$">
    SetHandler "proxy:unix:/run/php/fpm.sock|fcgi://localhost"
  </FilesMatch>
  <Proxy "fcgi://localhost">
    ProxySet timeout=9
  </Proxy>
  ProxyPassMatch "^/(.*\.phtml)$" "fcgi://127.0.0.1:9000/srv/app/$1"
  <Location "/tls">
    ProxyPass https://shop.example.com/ disablereuse=On
    SSLProxyProtocol -all +TLSv1.2
  </Location>
  SSLProxyEngine on
  SSLProxyVerify require
  RewriteEngine on
  RewriteRule ^/ws/(.*) ws://192.0.2.9:3000/$1 [P,L]
  RewriteRule ^/dyn/(.*) http://%{HTTP_HOST}/$1 [P]
  RewriteRule ^ - [R=503,L]
  ErrorDocument 502 /sorry.html
</VirtualHost>
"#;

fn leg<'a>(configuration: &'a Configuration, target: &str) -> &'a crate::Leg {
    configuration.legs.iter().find(|leg| leg.target.to_string() == target).unwrap()
}

#[test]
fn reads_a_site() {
    let configuration = read("site.conf", SITE);
    assert_eq!(configuration.problems, []);
    assert_eq!(configuration.user.as_deref(), Some("www-data"));
    assert_eq!(configuration.listens.iter().map(|listen| listen.tls).collect::<Vec<_>>(), [false, true]);
    let member = leg(&configuration, "192.0.2.1:8080");
    assert_eq!((member.connect_timeout_s, member.read_timeout_s), (Some(2.0), Some(0.3)));
    assert_eq!(member.group.as_deref(), Some("app"));
    let spare = leg(&configuration, "app.example.com:80");
    assert_eq!((spare.backup, spare.connections_max, spare.keepalive_idle_s), (true, Some(5), Some(4.0)));
    assert_eq!((spare.read_timeout_s, spare.resolved_at_runtime), (Some(20.0), Some(false)));
    let php = leg(&configuration, "unix:/run/php/fpm.sock");
    assert_eq!(php.target.protocol, Some(Protocol::Fastcgi));
    assert_eq!(leg(&configuration, "127.0.0.1:9000").target.protocol, Some(Protocol::Fastcgi));
    let tls = leg(&configuration, "shop.example.com:443");
    assert_eq!((tls.keepalive, tls.resolved_at_runtime), (Some(false), Some(true)));
    let settings = tls.tls.as_ref().unwrap();
    assert_eq!((settings.verify, settings.versions.as_deref()), (Some(true), Some("-all +TLSv1.2")));
    assert_eq!(leg(&configuration, "192.0.2.9:3000").target.protocol, Some(Protocol::Http));
    assert_eq!(configuration.legs.len(), 6);
    assert_eq!(configuration.settings_of("RewriteRule").count(), 2);
    assert_eq!(configuration.layouts[0].file.as_deref(), Some("access.log"));
    assert_eq!(configuration.layouts[0].layout, "%h %l %u %t \"%r\" %>s %O");
}

#[test]
fn a_socket_worker_takes_its_proxy_set() {
    let text = "<Proxy \"unix:/run/a.sock|fcgi://a\">\nProxySet timeout=7\n</Proxy>\nProxyPass / unix:/run/a.sock|fcgi://a/srv/\n";
    let configuration = read("site.conf", text);
    assert_eq!(configuration.legs[0].read_timeout_s, Some(7.0));
}

#[test]
fn tells_itself_from_others() {
    assert!(recognise("x", SITE) >= 90);
    assert!(recognise(".htaccess", "RewriteEngine On\nRewriteRule ^ - [R=503]\n") > 60);
    assert_eq!(recognise("x", "location / {\n proxy_pass http://192.0.2.1;\n}\n"), 0);
    assert_eq!(recognise("x", "GET / HTTP/1.1\nHost: example.com\n"), 0);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "([ -~\n]{0,12}|\n<Proxy |\n</Proxy>|>\n|\nProxyPass |BalancerMember |\\[P\\]|unix:|\\|fcgi://|\\$\\{X\\}|Define X ){0,24}") {
        let _ = (recognise("apache2.conf", &text), read("apache2.conf", &text));
    }
}
