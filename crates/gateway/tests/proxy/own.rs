//! What the gateway answers itself.

use std::io::Write as _;

use goodgate_gateway::plan::*;

use crate::setting::{
    Do, OK, PATIENCE, Scripted, Setting, in_front_of, parts, plan, run, server, until, upstream, watched,
    well,
};

/// A folder that goes when the test does.
struct Ground {
    folder: std::path::PathBuf,
}

impl Ground {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("goodgate-own-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("docs")).unwrap();
        std::fs::write(folder.join("docs/index.html"), "<p>docs</p>").unwrap();
        Self { folder }
    }

    fn files(&self) -> Action {
        Action::Files(Files {
            root: self.folder.clone(),
            index: vec!["index.html".to_owned()],
            try_files: Vec::new(),
            hidden: false,
            links: Vec::new(),
            charset: Charset::default(),
            sources: false,
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A gateway with one route, changed like this.
fn with(change: impl Fn(&mut Route)) -> Setting {
    let nowhere = upstream(&["127.0.0.1:1".parse().unwrap()]);
    let mut plan = plan(nowhere);
    change(&mut plan.sites[0].routes[0]);
    run(plan)
}

#[test]
fn a_folder_behind_a_stripped_prefix_gets_its_slash_where_the_client_knows_it() {
    let ground = Ground::new("slash");
    let setting = with(|route| {
        route.path = PathPattern::Below("/manual".to_owned());
        route.rewrite = Some(Rewrite::StripPrefix);
        route.action = ground.files();
    });
    let (status, fields, _) = parts(&setting.get("/manual/docs?a=b").0);
    assert_eq!(status, 301);
    assert!(fields.contains("Location: /manual/docs/?a=b\r\n"), "{fields}");
    let (status, _, body) = parts(&setting.get("/manual/docs/").0);
    assert_eq!((status, body.as_str()), (200, "<p>docs</p>"));
}

fn field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    let line = |line: &'a str| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut values = fields.lines().filter_map(line).map(|(_, value)| value);
    let first = values.next();
    assert_eq!(values.next(), None, "{name} stands twice: {fields}");
    first
}

#[test]
fn all_of_our_answers_have_what_answers_have() {
    let ground = Ground::new("all");
    let respond = |status| {
        let (content_type, body) = ("text/plain".to_owned(), std::sync::Arc::from(&b"hello"[..]));
        Action::Respond { status, content_type, body }
    };
    let away = Action::Redirect { status: 302, to: "/b".to_owned() };
    let unreachable = Action::Proxy { upstream: 0, host: None };
    for (action, path, expected) in [
        (ground.files(), "/docs/index.html", 200),
        (ground.files(), "/docs", 301),
        (ground.files(), "/nothing", 404),
        (respond(200), "/", 200),
        (away, "/", 302),
        (unreachable, "/", 502),
    ] {
        let setting = with(|route| {
            route.action = action.clone();
            route.response_fields =
                [("X-Frame-Options", Some("DENY")), ("Cache-Control", Some("max-age=60"))]
                    .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                    .into();
        });
        let (status, fields, body) = parts(&setting.get(path).0);
        assert_eq!(status, expected, "{fields}");
        let length = field(&fields, "Content-Length").map(str::to_owned);
        assert_eq!(length, Some(body.len().to_string()), "{fields}");
        assert!(field(&fields, "X-Request-ID").is_some_and(|id| id.len() == 18), "{fields}");
        assert!(field(&fields, "Date").is_some_and(|date| date.ends_with(" GMT")), "{fields}");
        assert_eq!(field(&fields, "X-Frame-Options"), Some("DENY"), "{fields}");
        // A failure is not kept as if it were the page.
        let kept = if expected < 400 { "max-age=60" } else { "no-store" };
        assert_eq!(field(&fields, "Cache-Control"), Some(kept), "{fields}");
        let head = format!("HEAD {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
        let (status, fields, body) = parts(&setting.ask(&head).0);
        assert_eq!((status, body.as_str()), (expected, ""), "{fields}");
        assert_eq!(field(&fields, "Content-Length").map(str::to_owned), length, "{fields}");
    }
}

#[test]
fn a_request_that_cannot_be_read_is_answered_like_any_other() {
    let setting = with(|_| {});
    let (status, fields, body) = parts(&setting.ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").0);
    assert_eq!(status, 400);
    assert_eq!(field(&fields, "Content-Length"), Some(body.len().to_string().as_str()));
    assert!(field(&fields, "X-Request-ID").is_some() && field(&fields, "Date").is_some(), "{fields}");
}

#[test]
fn questions_about_the_way_end_where_they_are_meant_to() {
    let server = server(vec![vec![Do::Answer(OK.as_bytes().to_vec())]]);
    let setting = in_front_of(&[&server]);
    let ask = |method: &str, fields: &str| {
        let text = format!("{method} /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        parts(&setting.ask(&text).0)
    };
    let (status, fields, _) = ask("TRACE", "Cookie: secret\r\n");
    assert_eq!(status, 405);
    assert!(field(&fields, "Allow").is_some_and(|allow| !allow.contains("TRACE")), "{fields}");
    let (status, fields, body) = ask("OPTIONS", "Max-Forwards: 0\r\n");
    assert_eq!((status, body.as_str(), field(&fields, "Content-Length")), (200, "", Some("0")));
    assert!(field(&fields, "Allow").is_some_and(|allow| allow.starts_with("GET, HEAD")), "{fields}");
    assert_eq!(ask("OPTIONS", "Max-Forwards: 1\r\n").2, "hello");
    let seen = server.seen.recv_timeout(PATIENCE).unwrap();
    assert!(seen.starts_with("OPTIONS /x ") && seen.contains("\r\nMax-Forwards: 0\r\n"), "{seen}");
    assert_eq!(ask("GET", "Max-Forwards: 0\r\n").0, 200);
    let many = format!("Connection: {}\r\n", vec!["a"; 65].join(","));
    assert_eq!(ask("GET", &many).0, 400);
}

#[test]
fn requests_are_in_hand_while_they_are_answered() {
    let server = server(vec![vec![Do::Read, Do::Drain]]);
    let mut plan = watched(plan(upstream(&[server.address])));
    plan.upstreams[0].timeouts.head = PATIENCE;
    let setting = run(plan);
    let mut clients: Vec<_> = (0..3).map(|_| setting.connect()).collect();
    for client in &mut clients {
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    }
    until(|| setting.number("goodgate_requests_in_hand") == 3);
    drop(clients);
    until(|| setting.number("goodgate_requests_in_hand") == 0);
}

#[test]
fn what_is_in_hand_and_idle_is_told_of_servers_that_stand_in_the_plan() {
    let (gone, stays) = (well(), well());
    let at = |server: &Scripted| watched(plan(upstream(&[server.address])));
    let setting = run(at(&gone));
    assert_eq!(parts(&setting.get("/").0).0, 200);
    let idle = "goodgate_server_connections_idle";
    until(|| setting.number(idle) == 1);
    setting.gateway.reload(at(&stays)).unwrap();
    assert_eq!(setting.number(idle), 0);
    let text = setting.numbers();
    for family in [idle, "goodgate_server_requests_in_hand"] {
        let servers: Vec<_> = text.lines().filter(|line| line.starts_with(family)).collect();
        let named = format!("server=\"http://{}\"", stays.address);
        assert!(servers.len() == 1 && servers[0].contains(&named), "{servers:?}");
    }
}

#[test]
fn a_request_that_its_client_gave_up_is_no_success_of_anybody() {
    let server = server(vec![vec![Do::Read, Do::Drain]]);
    let mut plan = watched(plan(upstream(&["127.0.0.1:1".parse().unwrap(), server.address])));
    plan.upstreams[0].eject.after = 0;
    let setting = run(plan);
    let number = |begin: &str| setting.number(begin);
    // Each server is the first once, and only one of them is reached.
    for count in 1..=2 {
        let mut client = setting.connect();
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        server.seen.recv_timeout(PATIENCE).unwrap();
        drop(client);
        until(|| number("goodgate_request_duration_seconds_count") == count);
    }
    assert_eq!(number("goodgate_upstream_failures_masked_total"), 0);
    assert_eq!(number("goodgate_upstream_retries_total"), 1);
    let text = setting.numbers();
    let attempts: Vec<_> = text.lines().filter(|line| line.starts_with("goodgate_attempts_total")).collect();
    let failed = attempts.iter().filter(|line| line.contains("failed") && line.ends_with(" 1")).count();
    let none = attempts.iter().filter(|line| line.ends_with(" 0")).count();
    assert_eq!((failed, none), (1, 3), "{attempts:?}");
}
