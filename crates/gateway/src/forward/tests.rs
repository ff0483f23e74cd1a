use std::net::IpAddr;

use super::*;
use crate::plan::Network;
use crate::request::Scheme;

fn listed(text: &str) -> Listed {
    let mut listed = Listed::default();
    for line in text.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        listed.put(name.as_bytes(), &[value.as_bytes()]);
    }
    listed
}

fn request<'a>(listed: &'a Listed) -> Request<'a> {
    Request {
        method: b"GET",
        path: b"/",
        query: None,
        authority: b"shop.example",
        scheme: Scheme::Https,
        version: Version::Http11,
        fields: listed.fields(),
        peer: "192.0.2.7:4000".parse().unwrap(),
    }
}

fn sent(fields: &str, trusted: &[Network], edits: &[(String, Option<String>)]) -> String {
    let listed = listed(fields);
    let request = request(&listed);
    let (address, trusted) = client_address(&request, trusted);
    let peer = Introduction::of(request.peer.ip(), request.scheme);
    let asker = Asker { address, peer: &peer, trusted };
    let host = b"shop.example";
    let onward = Onward { host, asker, name: b"gate", request_id: b"id", edits: Edits(edits) };
    let mut out = Vec::new();
    request_fields(&request, &onward, &mut out);
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

const ALL: Network = Network { address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), bits: 0 };
const OURS: &str = "X-Forwarded-Proto: https\nForwarded: for=192.0.2.7;proto=https;host=\"shop.example\"\n\
                    X-Forwarded-Host: shop.example\nVia: 1.1 gate\nX-Request-ID: id\n";

#[test]
fn what_concerns_one_connection_stays_there() {
    let came = "Host: shop.example\nConnection: close, X-Secret, Host\nX-Secret: 1\nKeep-Alive: 5\nTE: gzip, trailers\n\
                Upgrade: h2c\nHTTP2-Settings: AA\nProxy: evil\nTransfer-Encoding: chunked\nA: b";
    let expected = format!("Host: shop.example\nA: b\nTE: trailers\nX-Forwarded-For: 192.0.2.7\n{OURS}");
    assert_eq!(sent(came, &[], &[]), expected);
}

#[test]
fn only_trusted_proxies_are_believed() {
    let came =
        "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: gopher\nX-Real-IP: 203.0.113.9\nForwarded: for=x";
    let expected = format!("Host: shop.example\nX-Forwarded-For: 192.0.2.7\n{OURS}");
    assert_eq!(sent(came, &[], &[]), expected);
    let out = sent(came, &[ALL], &[]);
    assert!(out.contains("X-Forwarded-For: 203.0.113.9, 192.0.2.7\n"), "{out}");
    assert!(out.contains("X-Forwarded-Proto: gopher\n") && !out.contains("https\nX-For"), "{out}");
    assert!(out.contains("Forwarded: for=x, for=192.0.2.7;proto=https;host="), "{out}");
}

#[test]
fn what_a_route_sets_takes_the_place_of_ours() {
    let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let edits = [
        set("x-forwarded-proto", "https"),
        ("X-Forwarded-For".to_owned(), None),
        ("Forwarded".to_owned(), None),
        set("Via", "1.1 edge"),
        ("x-request-id".to_owned(), None),
        ("X-Forwarded-Host".to_owned(), None),
    ];
    let expected = "Host: shop.example\nA: b\nx-forwarded-proto: https\nVia: 1.1 edge\n";
    assert_eq!(sent("A: b", &[], &edits), expected);
    let edits = [set("date", "then"), ("via".to_owned(), None)];
    assert_eq!(answered("A: b", &edits), "A: b\ndate: then\n");
}

#[test]
fn no_other_spelling_passes_for_a_field_of_ours() {
    let came = "X_Forwarded_For: 127.0.0.1\nx-real_ip: 127.0.0.1\nX_Request_ID: mine\nMy_Own: kept";
    let expected = format!("Host: shop.example\nMy_Own: kept\nX-Forwarded-For: 192.0.2.7\n{OURS}");
    assert_eq!(sent(came, &[], &[]), expected);
}

#[test]
fn what_proxies_say_cannot_be_taken_out_by_naming_it() {
    let came = "Connection: X-Forwarded-Proto, X-Other\nX-Forwarded-Proto: https\nX-Other: 1";
    let out = sent(came, &[ALL], &[]);
    assert!(out.contains("X-Forwarded-Proto: https\n") && !out.contains("X-Other"), "{out}");
}

#[test]
fn options_and_trace_go_so_many_steps_and_no_further() {
    let came = listed("Max-Forwards: 3\nA: b");
    for (method, value, goes_on) in [
        ("OPTIONS", "3", "2"),
        ("TRACE", "1", "0"),
        ("OPTIONS", "99999999999999999999999", "99999999999999999999999"),
        ("OPTIONS", "few", "few"),
        ("GET", "3", "3"),
    ] {
        let came = listed(&format!("Max-Forwards: {value}\nA: b"));
        let request = Request { method: method.as_bytes(), ..request(&came) };
        let asker = Asker {
            address: request.peer.ip(),
            peer: &Introduction::of(request.peer.ip(), request.scheme),
            trusted: false,
        };
        let edits = Edits::default();
        let onward = Onward { host: b"shop.example", asker, name: b"gate", request_id: b"id", edits };
        let mut out = Vec::new();
        request_fields(&request, &onward, &mut out);
        let out = String::from_utf8(out).unwrap();
        let all: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("Max-Forwards: ")).collect();
        assert_eq!(all, [goes_on], "{method} {value}");
    }
    let options = Request { method: b"OPTIONS", ..request(&came) };
    assert!(!ends_here(&options) && !ends_here(&request(&came)));
    let came = listed("Max-Forwards: 0");
    assert!(ends_here(&Request { method: b"OPTIONS", ..request(&came) }) && !ends_here(&request(&came)));
}

#[test]
fn the_clients_address_can_be_sent_under_any_name() {
    let edits = [("X-Real-IP".to_owned(), Some("{client}".to_owned()))];
    let out = sent("X-Forwarded-For: 203.0.113.9\nX-Real-IP: 198.51.100.1", &[ALL], &edits);
    assert!(out.ends_with("X-Real-IP: 203.0.113.9\n") && !out.contains("198.51.100.1"), "{out}");
    for (edit, came) in [("True-Client-IP", "true_client-ip"), ("Remote_User", "Remote-User")] {
        let edits = [(edit.to_owned(), Some("{client}".to_owned()))];
        let out = sent(&format!("{came}: 198.51.100.1\nOther_Name: kept"), &[], &edits);
        assert!(out.ends_with(&format!("{edit}: 192.0.2.7\n")) && !out.contains("198.51.100.1"), "{out}");
        assert!(out.contains("Other_Name: kept\n"), "{out}");
    }
}

#[test]
fn only_so_many_names_can_be_nominated() {
    let many = |count: usize| format!("Connection: {}", vec!["a"; count].join(","));
    for (text, too_many) in [(many(64), false), (many(65), true), ("Connection: close".to_owned(), false)] {
        assert_eq!(nominates_too_many(listed(&text).fields()), too_many, "{text}");
    }
    for several in [format!("{}\nConnection: b", many(64)), vec![many(9); 8].join("\n")] {
        assert!(nominates_too_many(listed(&several).fields()), "{several}");
    }
}

#[test]
fn interim_answers_have_no_date() {
    let listed = listed("Link: </a.css>");
    let back = Back {
        name: b"gate",
        version: Version::Http11,
        date: None,
        edits: Edits::default(),
        keep_trailer: false,
    };
    let mut out = Vec::new();
    response_fields(listed.fields(), &back, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "Link: </a.css>\r\nVia: 1.1 gate\r\n");
}

#[test]
fn the_client_is_the_last_that_no_trusted_proxy_is() {
    let near = Network { address: "192.0.2.0".parse().unwrap(), bits: 24 };
    for (value, client) in [
        ("203.0.113.9, 198.51.100.4, 192.0.2.8", "198.51.100.4"),
        ("192.0.2.9", "192.0.2.9"),
        ("203.0.113.9, nonsense, 192.0.2.8", "192.0.2.8"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("", "192.0.2.7"),
    ] {
        let listed = listed(&format!("X-Forwarded-For: {value}"));
        let found = client_address(&request(&listed), &[near]);
        assert_eq!(found, (client.parse().unwrap(), true), "{value}");
    }
}

#[test]
fn loops_are_known_by_our_whole_name() {
    for (fields, looped) in [
        ("Via: 1.1 gate", true),
        ("Via: 1.1 other, 2 gate (x)", true),
        ("Via: 1.1 gateway", false),
        ("X: gate", false),
    ] {
        assert_eq!(has_looped(&listed(fields).fields(), b"gate"), looped, "{fields}");
    }
}

fn answered(fields: &str, edits: &[(String, Option<String>)]) -> String {
    let listed = listed(fields);
    let (date, version, edits) = (Some(&b"now"[..]), Version::Http10, Edits(edits));
    let back = Back { name: b"gate", version, date, edits, keep_trailer: false };
    let mut out = Vec::new();
    response_fields(listed.fields(), &back, &mut out);
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

#[test]
fn answers_lose_and_gain() {
    let came = "Server: x\nConnection: keep-alive, X-Hop\nX-Hop: 1\nContent-Length: 5, 5\nVia: 1.1 inner\nTrailer: T";
    let all = "Server: x\nDate: now\nVia: 1.1 inner, 1.0 gate\n";
    assert_eq!(answered(came, &[]), all);
    assert_eq!(answered("Content-Length: 5\nDate: then", &[]), "Date: then\nVia: 1.0 gate\n");
    let edits = [("server".to_owned(), None), ("X-New".to_owned(), Some("1".to_owned()))];
    assert_eq!(answered("Server: x\nDate: then", &edits), "Date: then\nVia: 1.0 gate\nX-New: 1\n");
}

#[test]
fn lines_go_on_as_written_or_field_by_field_all_the_same() {
    use goodgate_wire::http1::{HeadLimits, response_head};
    for text in [
        "A: b\r\nC: d\r\nVia: 1.1 x\r\nE: f\r\nConnection: G\r\nG: h\r\nContent-Length: 5, 5\r\nI: j\r\n",
        "A:b\r\nC:  d\r\nE: f \r\nContent-Length: 5\r\nContent-Length: 5\r\nDate: then\r\n",
        "Server: x\r\n",
        "",
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{text}\r\n");
        let mut lines = Vec::new();
        response_head(head.as_bytes(), b"GET", &HeadLimits::default(), &mut lines).unwrap().unwrap();
        let as_lines = FieldLines::new(head.as_bytes(), &lines);
        let mut listed = Listed::default();
        as_lines.iter().for_each(|(_, name, value)| listed.put(name, &[value]));
        for edits in [vec![], vec![("C".to_owned(), None), ("i".to_owned(), Some("k".to_owned()))]] {
            let version = Version::Http11;
            let (name, date, edits) = (&b"gate"[..], Some(&b"now"[..]), Edits(&edits));
            let back = Back { name, version, date, edits, keep_trailer: false };
            let (mut one, mut other) = (Vec::new(), Vec::new());
            response_fields(as_lines, &back, &mut one);
            response_fields(listed.fields(), &back, &mut other);
            assert_eq!(String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
        }
    }
}

#[test]
fn our_own_fields_are_the_same_as_lines_and_as_a_table() {
    for peer in ["192.0.2.7:4000", "[2001:db8::7]:4000", "[::ffff:192.0.2.7]:4000"] {
        for (authority, version) in
            [("", Version::Http10), ("a.example:81", Version::Http11), ("a", Version::Http2)]
        {
            let listed = listed("Accept: */*");
            let peer = peer.parse().unwrap();
            let request = Request { authority: authority.as_bytes(), version, peer, ..request(&listed) };
            let introduction = Introduction::of(request.peer.ip(), request.scheme);
            let asker = Asker { address: request.peer.ip(), peer: &introduction, trusted: false };
            let edits = Edits(&[]);
            let onward = Onward { host: b"h", asker, name: b"gate", request_id: b"id", edits };
            let (mut lines, mut table) = (Vec::new(), Listed::default());
            request_fields(&request, &onward, &mut lines);
            request_fields(&request, &onward, &mut table);
            let mut from_table = Vec::new();
            table.fields().iter().for_each(|(_, name, value)| from_table.put(name, &[value]));
            assert_eq!(String::from_utf8(lines).unwrap(), String::from_utf8(from_table).unwrap());
        }
    }
}

#[test]
fn trailers_neither_frame_nor_speak_for_a_proxy() {
    let edits = [("True-Client-IP".to_owned(), Some("{client}".to_owned()))];
    let may = |name: &str| {
        let mut one = Listed::default();
        one.put(name.as_bytes(), &[b"1"]);
        trailer_fields(one.fields(), Edits(&edits)).count() == 1
    };
    for name in ["X-Sum", "ETag", "Server", "My_Own"] {
        assert!(may(name), "{name}");
    }
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Trailer",
        "Authorization",
        "If-None-Match",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "x-forwarded-proto",
        "X-Forwarded-Port",
        "X-Real-IP",
        "X-Request-ID",
        "Proxy",
        "X_Forwarded_For",
        // What the route decides about.
        "true-client-ip",
        "True_Client_IP",
    ] {
        assert!(!may(name), "{name}");
    }
}
