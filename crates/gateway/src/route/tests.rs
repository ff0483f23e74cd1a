use std::net::SocketAddr;
use std::sync::Arc;

use goodgate_wire::{FieldLine, FieldLines, Span, Version};
use proptest::prelude::*;

use super::*;
use crate::plan::{AccessLog, Action, Clients, Collect, HostPattern, PathPattern, Process, Site};
use crate::request::Scheme;

fn route(path: PathPattern) -> Route {
    Route {
        path,
        methods: Vec::new(),
        fields: Vec::new(),
        rewrite: None,
        request_fields: Vec::new(),
        response_fields: Vec::new(),
        body_bytes_max: 0,
        action: Action::Respond { status: 200, content_type: String::new(), body: Arc::from(&b""[..]) },
    }
}

fn exact(path: &str) -> Route {
    route(PathPattern::Exact(path.to_owned()))
}

fn below(path: &str) -> Route {
    route(PathPattern::Below(path.to_owned()))
}

fn suffix(end: &str) -> Route {
    route(PathPattern::Suffix(end.to_owned()))
}

fn plan(sites: Vec<Site>) -> Plan {
    Plan {
        listeners: Vec::new(),
        sites,
        upstreams: Vec::new(),
        admin: None,
        access_log: None::<AccessLog>,
        trusted_proxies: Vec::new(),
        full_account_for: Vec::new(),
        name: "gate".to_owned(),
        clients: Clients::default(),
        collect: Collect::default(),
        error_pages: Vec::new(),
        process: Process::default(),
    }
}

fn site(hosts: &[&str], routes: Vec<Route>) -> Site {
    let host = |text: &&str| match (*text, text.strip_prefix("*.")) {
        ("*", _) => HostPattern::Any,
        (_, Some(domain)) => HostPattern::Below(domain.to_owned()),
        _ => HostPattern::Exact((*text).to_owned()),
    };
    Site { hosts: hosts.iter().map(host).collect(), routes }
}

/// Looks up with fields given as `name: value` pairs.
fn find(router: &Router, method: &str, authority: &str, path: &str, fields: &[(&str, &str)]) -> Found {
    let mut text = Vec::new();
    let mut lines = Vec::new();
    let mut put = |part: &str| {
        let begin = text.len() as u32;
        text.extend_from_slice(part.as_bytes());
        Span { begin, end: text.len() as u32 }
    };
    for (name, value) in fields {
        let (id, name, value) = (FieldName::of(name.as_bytes()), put(name), put(value));
        lines.push(FieldLine { id, name, value });
    }
    let request = Request {
        method: method.as_bytes(),
        path: path.as_bytes(),
        query: None,
        authority: authority.as_bytes(),
        scheme: Scheme::Http,
        version: Version::Http11,
        fields: FieldLines::new(&text, &lines),
        peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
    };
    router.find(&request, path.as_bytes())
}

fn place(found: Found) -> Option<(usize, usize)> {
    match found {
        Found::Route(hit) => Some((hit.site, hit.route)),
        _ => None,
    }
}

#[test]
fn the_closest_host_has_the_site() {
    let all = || vec![below("")];
    let router = Router::new(&plan(vec![
        site(&["shop.example", "www.shop.example"], all()),
        site(&["*.shop.example"], all()),
        site(&["*.eu.shop.example", "*.example"], all()),
        site(&["*"], all()),
        site(&["shop.example", "*"], all()),
        site(&["[2001:db8::1]", "192.0.2.7", "Mixed.Example."], all()),
    ]));
    for (authority, expected) in [
        ("shop.example", 0),
        ("SHOP.Example:8443", 0),
        ("shop.example.", 0),
        ("shop.example.:80", 0),
        ("www.shop.example", 0),
        ("api.shop.example", 1),
        ("a.b.shop.example", 1),
        ("de.eu.shop.example", 2),
        ("eu.shop.example", 1),
        (".shop.example", 2),
        ("other.example", 2),
        ("example", 3),
        ("shop.example.net", 3),
        ("xshop.example", 2),
        ("", 3),
        (".", 3),
        ("[2001:DB8::1]:443", 5),
        ("192.0.2.7:1", 5),
        ("mixed.example", 5),
    ] {
        assert_eq!(place(find(&router, "GET", authority, "/", &[])), Some((expected, 0)), "{authority}");
    }
    assert!(router.same_site("shop.example", b"WWW.shop.example"));
    assert!(!router.same_site("shop.example", b"api.shop.example"));
    assert!(!router.same_site("nowhere.test", b"shop.example"));
    let closed = Router::new(&plan(vec![site(&["shop.example"], all()), site(&["blog.example"], all())]));
    assert_eq!(find(&closed, "GET", "other.example", "/", &[]), Found::NoSite);
    assert_eq!(find(&closed, "GET", "a.shop.example", "/", &[]), Found::NoSite);
    assert!(closed.same_site("balancer.example", b"shop.example"), "a name without a site says nothing");
    assert!(!closed.same_site("blog.example", b"shop.example"));
}

#[test]
fn the_first_route_that_fits_decides() {
    let router = Router::new(&plan(vec![site(
        &["*"],
        vec![
            exact("/status"),
            below("/api/v1"),
            below("/api"),
            suffix(".php"),
            exact("/caf%c3%a9"),
            below("/größe"),
            exact("/end/"),
            below("/x"),
        ],
    )]));
    for (path, expected) in [
        ("/status", Some(0)),
        ("/status/", None),
        ("/Status", None),
        ("//status", Some(0)),
        ("/api/v1", Some(1)),
        ("/api/v1/x", Some(1)),
        ("/api//v1///x", Some(1)),
        ("/api/v10", Some(2)),
        ("/api", Some(2)),
        ("/api/", Some(2)),
        ("/apis", None),
        ("///api", Some(2)),
        ("/a/b.php", Some(3)),
        ("/.php", Some(3)),
        ("/b.php/x", None),
        ("php", None),
        ("/caf%C3%A9", Some(4)),
        ("/caf%c3%A9", Some(4)),
        ("/CAF%C3%A9", None),
        ("/gr%C3%B6%c3%9fe/1", Some(5)),
        ("/end/", Some(6)),
        ("/end//", Some(6)),
        ("/end", None),
        ("*", None),
        ("", None),
        ("/x/api/", Some(7)),
    ] {
        assert_eq!(place(find(&router, "GET", "", path, &[])).map(|(_, route)| route), expected, "{path}");
    }
    let all = Router::new(&plan(vec![site(&["*"], vec![below("")])]));
    for path in ["*", "/", "//", "/a/b"] {
        assert!(place(find(&all, "OPTIONS", "", path, &[])).is_some(), "{path}");
    }
}

#[test]
fn an_escaped_slash_is_no_way_round_a_rule() {
    let routes =
        vec![below("/admin"), exact("/a/status"), suffix("/feed.xml"), below("/@scope%2Fown"), below("")];
    let router = Router::new(&plan(vec![site(&["*"], routes)]));
    for (path, expected) in [
        ("/admin%2Fx", 0),
        ("/admin%2f", 0),
        ("/admin%5Cx", 0),
        ("/%2Fadmin/x", 0),
        ("/%2f/admin%2F%2fx", 0),
        ("/admin%2Fx%2Fy?", 0),
        ("/adminx%2Fy", 4),
        ("/admin%252Fx", 4),
        ("/x%2Fadmin", 4),
        ("/a%2Fstatus", 1),
        ("/a%2Fstatus%2Fx", 4),
        ("/blog%2ffeed.xml", 2),
        ("/@scope%2Fown", 3),
        ("/@scope%2fown/1.0", 3),
        ("/@scope/own", 4),
        ("/@scope%2Fname", 4),
    ] {
        assert_eq!(
            place(find(&router, "GET", "", path, &[])).map(|(_, route)| route),
            Some(expected),
            "{path}"
        );
    }
}

#[test]
fn methods_and_fields_are_asked_for() {
    let with = |mut route: Route, methods: &[&str], fields: &[(&str, Option<&str>)]| {
        route.methods = methods.iter().map(|method| (*method).to_owned()).collect();
        let field = |(name, value): &(&str, Option<&str>)| FieldMatch {
            name: (*name).to_owned(),
            value: value.map(str::to_owned),
        };
        route.fields = fields.iter().map(field).collect();
        route
    };
    let router = Router::new(&plan(vec![site(
        &["*"],
        vec![
            with(below("/a"), &[], &[("x-beta", Some("yes")), ("accept", None)]),
            with(below("/a"), &["GET"], &[]),
            with(below("/a"), &["PUT", "GET"], &[]),
            with(below("/b"), &["DELETE"], &[("x-beta", None)]),
        ],
    )]));
    let of = |method, path, fields: &[(&str, &str)]| find(&router, method, "", path, fields);
    let beta: &[(&str, &str)] = &[("Accept", "*/*"), ("X-Beta", "no"), ("X-BETA", "yes")];
    assert_eq!(place(of("POST", "/a", beta)), Some((0, 0)));
    assert_eq!(place(of("GET", "/a", &beta[..2])), Some((0, 1)));
    assert_eq!(place(of("HEAD", "/a", &[])), Some((0, 1)));
    assert_eq!(place(of("PUT", "/a", &[])), Some((0, 2)));
    assert_eq!(of("get", "/a", &[]), Found::WrongMethod { site: 0 }, "methods have case");
    assert_eq!(of("GET", "/b", &[]), Found::NoRoute { site: 0 });
    assert_eq!(of("GET", "/b", &[("x-beta", "")]), Found::WrongMethod { site: 0 });
    let request = Request {
        method: b"PATCH",
        path: b"/a",
        query: None,
        authority: b"",
        scheme: Scheme::Http,
        version: Version::Http11,
        fields: FieldLines::new(b"", &[]),
        peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
    };
    let mut allow = b"kept: ".to_vec();
    router.write_allow(0, &request, b"/a", &mut allow);
    assert_eq!(allow, b"kept: GET, HEAD, PUT");
}

#[test]
fn rewrites_keep_one_slash_in_front_and_the_query() {
    let strip = || Some(Rewrite::StripPrefix);
    let prefix = |text: &str| Some(Rewrite::ReplacePrefix(text.to_owned()));
    let whole = |text: &str| Some(Rewrite::ReplacePath(text.to_owned()));
    for (pattern, rewrite, path, query, target) in [
        (below("/api"), None, "/api/x", Some(""), "/api/x?"),
        (below("/api"), strip(), "/api/x", Some("q=1"), "/x?q=1"),
        (below("/api"), strip(), "/api", None, "/"),
        (below("/api"), strip(), "/api//evil.example", None, "/evil.example"),
        (below("/api"), strip(), "//api/x", None, "/x"),
        (below(""), strip(), "//evil.example/", None, "/evil.example/"),
        (exact("/api"), strip(), "/api", None, "/"),
        (suffix(".php"), strip(), "/a/b.php", None, "/a/b.php"),
        (below("/api"), prefix("/v2"), "/api/x", None, "/v2/x"),
        (below("/api"), prefix("/v2/"), "/api/x", None, "/v2/x"),
        (below("/api"), prefix("/v2"), "/api", None, "/v2"),
        (below("/api"), prefix("v2"), "/api/", None, "/v2/"),
        (below("/api"), prefix(""), "/api/x", None, "/x"),
        (below("/api"), prefix("/"), "/api", Some("a"), "/?a"),
        (below("/api"), prefix("/v2"), "/api//x", None, "/v2//x"),
        (below(""), prefix("/v2"), "/x", None, "/v2/x"),
        (below("/api"), whole("/index.php"), "/api/x", Some("q"), "/index.php?q"),
        (below("/api"), whole("/index.php?r=1"), "/api/x", Some("q"), "/index.php?r=1&q"),
        (below("/api"), whole("/a b\r\nx: y"), "/api", None, "/a%20b%0D%0Ax:%20y"),
        (below(""), whole("/x"), "*", None, "*"),
        (below("/api"), strip(), "/api%2Fx%2Fy", None, "/%2Fx%2Fy"),
        (below("/api"), prefix("/v2"), "/api%2fx", None, "/v2/%2fx"),
        (below("/a/b"), strip(), "/a%2Fb/c", None, "/c"),
        (below("/a/b"), strip(), "/a%2F%2Fb/c", None, "/c"),
    ] {
        let (pattern_shown, rewrite_shown) = (pattern.path.clone(), rewrite.clone());
        let changes = rewrite.is_some();
        let router = Router::new(&plan(vec![site(&["*"], vec![Route { rewrite, ..pattern }])]));
        let Found::Route(hit) = find(&router, "GET", "", path, &[]) else { panic!("{path} fits nothing") };
        assert_eq!(router.rewrites(hit), changes);
        let mut out = Vec::new();
        router.write_target(hit, path.as_bytes(), query.map(str::as_bytes), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), target, "{pattern_shown:?} {rewrite_shown:?} {path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_finds_something(
        host in "[a-z.:\\[\\]]{0,12}",
        path in "[/a-c.%2f]{0,16}",
        pattern in "/?[/a-c.%2f]{0,6}",
        replaced in "[/a?%é ]{0,6}",
    ) {
        let mut routes = Vec::new();
        for make in [exact, below, suffix] {
            for rewrite in [Rewrite::StripPrefix, Rewrite::ReplacePrefix(replaced.clone())] {
                routes.push(Route { rewrite: Some(rewrite), ..make(&pattern) });
            }
        }
        for one in routes {
            let router = Router::new(&plan(vec![site(&["*"], vec![one]), site(&["*.a.b", "c.a"], vec![])]));
            if let Found::Route(hit) = find(&router, "GET", &host, &path, &[]) {
                let mut out = Vec::new();
                router.write_target(hit, path.as_bytes(), None, &mut out);
                prop_assert!(out.starts_with(b"/"));
                prop_assert!(!out.starts_with(b"//") || hit.matched == 0 && !router.rewrites(hit));
            }
        }
    }
}
