use super::*;

fn text(row: &Row<'_>, field: Field) -> String {
    row.raw(field).map_or("(absent)".to_owned(), |value| String::from_utf8_lossy(value).into_owned())
}

#[test]
fn nginx_lists_and_unknown_variables() {
    let layout = Layout::compile(
        Notation::Nginx,
        "$remote_addr [$time_iso8601] \"$request\" $status $my_var $upstream_addr $upstream_status rt=$request_time",
    )
    .unwrap();
    let line =
        b"192.0.2.7 [2026-11-22T00:35:21+00:00] \"GET /a\\x22b HTTP/1.1\" 200 x 192.0.2.1:80, unix:/a.sock : 192.0.2.3:80 502, 504 : 200 rt=3.001";
    let row = layout.cut(line).unwrap();
    assert_eq!(text(&row, Field::Status), "200");
    assert_eq!(text(&row, Field::UpstreamStatus), "502, 504 : 200");
    assert_eq!(row.seconds(Field::RequestTime), Some(3.001));
    let attempts = row.attempts();
    let shown: Vec<_> =
        attempts.iter().map(|a| format!("{} {:?}", a.target.as_ref().unwrap(), a.status)).collect();
    assert_eq!(shown, ["192.0.2.1:80 Some(502)", "unix:/a.sock Some(504)", "192.0.2.3:80 Some(200)"]);
    assert_eq!(row.time().unwrap().to_string(), "2026-11-22T00:35:21Z");
}

#[test]
fn apache_modifiers_units_and_escaped_quotes() {
    let layout = Layout::compile(
        Notation::Apache,
        r#"%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" us=%D %{ms}T"#,
    )
    .unwrap();
    let line = br#"192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] "GET /a HTTP/1.1" 503 299 "-" "a \"b\" c" us=2100000 2100"#;
    let row = layout.cut(line).unwrap();
    assert_eq!(text(&row, Field::UserAgent), r#"a \"b\" c"#);
    assert_eq!(row.seconds(Field::RequestTime), Some(2.1));
    assert_eq!((row.status(), row.number(Field::Bytes)), (Some(503), Some(299)));
    assert_eq!(row.request(), (Some(b"GET".as_slice()), Some(b"/a".as_slice())));
}

#[test]
fn haproxy_with_and_without_captures() {
    let layout = Layout::compile(
        Notation::Haproxy,
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
    )
    .unwrap();
    for captures in ["", "{a.example|x y} ", "{a} {b} "] {
        let line = format!(
            "192.0.2.7:41858 [22/Nov/2026:00:36:02.062] web app/app1 0/0/0/-1/7 502 208 - - SH-- 1/1/0/0/0 0/0 {captures}\"GET /ok HTTP/1.1\""
        );
        let row = layout.cut(line.as_bytes()).unwrap();
        assert_eq!(text(&row, Field::TerminationState), "SH--");
        assert_eq!(text(&row, Field::Request), "GET /ok HTTP/1.1");
        assert_eq!(row.seconds(Field::HeaderTime), None);
        assert_eq!(row.seconds(Field::RequestTime), Some(0.007));
        assert_eq!(row.time().unwrap().to_string(), "2026-11-22T00:36:02.062Z");
    }
}

#[test]
fn envoy_operators() {
    let layout = Layout::compile(
        Notation::Envoy,
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH):100% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%UPSTREAM_HOST%\"\n",
    )
    .unwrap();
    let row = layout
        .cut(b"[2026-11-22T00:35:21.938Z] \"GET /?n=1 HTTP/1.1\" 503 UF 0 91 2002 - \"192.0.2.1:22100\"")
        .unwrap();
    assert_eq!(text(&row, Field::ResponseFlags), "UF");
    assert_eq!(row.seconds(Field::RequestTime), Some(2.002));
    assert_eq!(text(&row, Field::UpstreamAddr), "192.0.2.1:22100");
    assert_eq!(text(&row, Field::Path), "/?n=1");
}

#[test]
fn squid_padding_and_traffic_server() {
    let squid = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt";
    let row = Layout::compile(Notation::Squid, squid)
        .unwrap()
        .cut(b"1795307825.562      7 192.0.2.9 TCP_MISS/502 3462 GET http://shop.example/? - HIER_DIRECT/192.0.2.1 text/html")
        .unwrap();
    assert_eq!(text(&row, Field::ResultCode), "TCP_MISS");
    assert_eq!(row.seconds(Field::RequestTime), Some(0.007));
    assert_eq!(row.time().unwrap().to_string(), "2026-11-22T00:37:05.562Z");
    let ats = "%<cqtq> %<ttms> %<chi> %<crc>/%<pssc> %<psql> %<cqhm> %<cquc> %<caun> %<phr>/%<pqsn> %<psct>";
    let row = Layout::compile(Notation::TrafficServer, ats)
        .unwrap()
        .cut(b"1795308061.438 0 127.0.0.1 ERR_CONNECT_FAIL/502 455 GET http://a.example/ - DIRECT/192.0.2.1 text/html")
        .unwrap();
    assert_eq!((text(&row, Field::ResultCode), row.status()), ("ERR_CONNECT_FAIL".to_owned(), Some(502)));
}

proptest::proptest! {
    #[test]
    fn never_panics(layout in "[$%{}()<>\\[\\]a-z\":+QST. \\\\-]{0,60}", line in "[ -~]{0,120}") {
        for notation in [
            Notation::Nginx, Notation::Apache, Notation::Haproxy,
            Notation::Envoy, Notation::Squid, Notation::TrafficServer,
        ] {
            let compiled = Layout::compile(notation, &layout);
            if let Some(row) = compiled.as_ref().and_then(|compiled| compiled.cut(line.as_bytes())) {
                let _ = row.exchange(1);
            }
        }
    }
}
