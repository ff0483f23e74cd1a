use super::*;

const SAMPLE: &str = r#"
vcl 4.1;
import std; # modules
import directors;
probe up { .url = "/up"; .interval = 5s; }
backend a {
    .host = "app.example.com"; .port = "8080";
    .connect_timeout = 2s;
    .first_byte_timeout = 1m;
    .max_connections = 50;
    .probe = { .url = "/"; .timeout = 1s; }
}
backend b { .path = "/run/app.sock"; .probe = up; }
backend c { .host = "2001:db8::1"; }
backend d none;
sub vcl_init {
    new pool = directors.round_robin();
    pool.add_backend(a);
    pool.add_backend(b);
}
sub vcl_recv {
    /* backend x { .host = "no"; } */
    if (req.url ~ "^/old") { return (synth(503, "Back soon; really")); }
    return (pass);
}
sub vcl_backend_fetch { set bereq.first_byte_timeout = 10s; }
"#;

#[test]
fn reads_backends_directors_and_answers() {
    let found = read("default.vcl", SAMPLE);
    let shown: Vec<String> = found
        .legs
        .iter()
        .map(|l| {
            format!(
                "{:?}/{:?} {} {:?} {:?} :{}",
                l.group, l.server, l.target, l.connect_timeout_s, l.read_timeout_s, l.place.line
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"Some("pool")/Some("a") app.example.com:8080 Some(2.0) Some(60.0) :6"#,
            r#"Some("pool")/Some("b") unix:/run/app.sock None None :13"#,
            r#"None/Some("c") [2001:db8::1]:80 None None :14"#,
        ]
    );
    assert!(found.legs[0].health_check && found.legs[1].health_check && !found.legs[2].health_check);
    assert_eq!((found.legs[0].connections_max, found.legs[0].resolved_at_runtime), (Some(50), Some(false)));
    assert_eq!(found.settings_of("synth").next().unwrap().value, "503, \"Back soon; really\"");
    assert_eq!(found.settings_of("return").next().unwrap().value, "pass");
    assert_eq!(found.settings_of("bereq.first_byte_timeout").next().unwrap().value, "10s");
    assert_eq!(found.settings_of("import").count(), 2);
    assert_eq!(found.problems, []);
}

#[test]
fn reads_parameters() {
    let text = "ExecStart=/usr/sbin/varnishd -a :80 -a 192.0.2.1:8443,PROXY -f /etc/varnish/default.vcl -p first_byte_timeout=90 -p http_resp_size=65536\nbackend a { .host = \"192.0.2.7\"; }\n";
    assert!(recognise("varnish.service", text) > 80);
    let found = read("x", text);
    assert_eq!(found.legs[0].read_timeout_s, Some(90.0));
    assert_eq!(found.legs[0].header_buffer, Some(65_536));
    assert_eq!(found.listens.len(), 2);
    assert_eq!(found.settings_of("first_byte_timeout").count(), 1);
}

#[test]
fn tells_itself_from_others() {
    assert!(recognise("x", SAMPLE) > 90);
    assert!(recognise("x", "backend default {\n  .host = \"127.0.0.1\";\n}\n") > 90);
    assert_eq!(recognise("x", "backend app\n  server a 127.0.0.1:80\n"), 0);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "((backend|sub|return|synth|set|new|varnishd|-p|\\.host|[{}();=]|/\\*|[a-z0-9\"é#-]){0,6}[ \\n]?){0,12}") {
        let _ = (recognise("", &text), read("", &text));
    }
}
