use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goodgate_wire::Fault;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::plan::AccessLog;
use crate::request::Scheme;
use crate::request_id::RequestIds;

const WHEN_US: u64 = 1_795_307_647_123_456;

/// A name that lasts as long as the test.
fn name(text: &str) -> &'static Name {
    Box::leak(Box::new(Name::of(text)))
}

fn entrance(at: [u8; 4], port: u16, scheme: Scheme) -> &'static Entrance {
    Box::leak(Box::new(Entrance::of((at, port).into(), scheme)))
}

fn record<'a>(id: &'a RequestId, attempts: &'a [Attempt<'a>], failed: Option<&'a Failed>) -> Record<'a> {
    Record {
        when_us: WHEN_US,
        duration_us: 3012,
        client: [192, 0, 2, 7].into(),
        peer: [192, 0, 2, 7].into(),
        peer_text: b"192.0.2.7",
        listener: entrance([0, 0, 0, 0], 443, Scheme::Https),
        version: Version::Http11,
        method: b"GET",
        host: b"shop.example",
        path: b"/cart",
        query_bytes: None,
        status: if failed.is_some() { 502 } else { 200 },
        end: End::Complete,
        request_bytes: 0,
        response_bytes: 1252,
        user_agent: Some(b"agent/1.0"),
        referer: None,
        id,
        route: name("/*"),
        upstream: Some(name("shop")),
        attempts,
        failed,
    }
}

fn answered(server: &str) -> Attempt<'static> {
    Attempt {
        server: name(server),
        reached: Phase::Body,
        reused: true,
        failed: None,
        status: Some(200),
        connect_us: None,
        head_us: Some(900),
        stderr: b"",
    }
}

fn refused(server: &str, failure: &Failure) -> Attempt<'static> {
    let failed = Some(failure.into());
    let mut attempt = Attempt { reached: failure.phase, reused: false, failed, ..answered(server) };
    (attempt.status, attempt.head_us) = (None, None);
    attempt
}

fn refusal() -> Failure {
    let mut failure = Failure::new(Fault::Refused, Phase::Connect).after(Duration::from_micros(310));
    failure.errno = Some(Errno(111));
    failure
}

fn json(record: &Record<'_>) -> String {
    let mut out = Vec::new();
    write_json(record, &mut out);
    String::from_utf8(out).unwrap()
}

fn combined(record: &Record<'_>) -> String {
    let mut out = Vec::new();
    write_combined(record, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_good_request_is_one_short_line() {
    let id = RequestIds::new(1, 0).next_id();
    let attempts = [answered("http://127.0.0.1:3000")];
    let record = record(&id, &attempts, None);
    assert_eq!(
        json(&record),
        "{\"schema\":\"goodgate.access/1\",\"time\":\"2026-11-22T00:34:07.123456Z\",\
         \"id\":\"000000010000000000\",\"client\":\"192.0.2.7\",\"listener\":\"0.0.0.0:443\",\
         \"scheme\":\"https\",\"version\":\"HTTP/1.1\",\"method\":\"GET\",\"host\":\"shop.example\",\
         \"path\":\"/cart\",\"user_agent\":\"agent/1.0\",\"status\":200,\"response_bytes\":1252,\
         \"duration_us\":3012,\"end\":\"complete\",\"route\":\"/*\",\"upstream\":\"shop\",\
         \"attempts\":[{\"server\":\"http://127.0.0.1:3000\",\"reused\":true,\"head_us\":900,\"status\":200}]}\n"
    );
    assert_eq!(
        combined(&record),
        "192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] \"GET /cart HTTP/1.1\" 200 1252 \"-\" \"agent/1.0\"\n"
    );
}

#[test]
fn a_listener_is_named_as_it_would_be_configured() {
    let id = RequestIds::new(1, 0).next_id();
    for at in ["192.0.2.1:80", "[::]:443", "[2001:db8::1]:80", "[::ffff:127.0.0.1]:80"] {
        let entrance = Entrance::of(at.parse().unwrap(), Scheme::Http);
        let record = Record { listener: Box::leak(Box::new(entrance)), ..record(&id, &[], None) };
        let line: Value = serde_json::from_str(&json(&record)).unwrap();
        assert_eq!((line["listener"].as_str(), line["scheme"].as_str()), (Some(at), Some("http")));
    }
}

#[test]
fn failures_and_hidden_ones_are_told() {
    let id = RequestIds::new(1, 0).next_id();
    let failure = refusal();
    let failed = Failed::from(failure.clone());
    let attempts = [refused("http://192.0.2.1:80", &failure), answered("http://192.0.2.2:80")];
    let line: Value = serde_json::from_str(&json(&record(&id, &attempts[..1], Some(&failed)))).unwrap();
    assert_eq!(line["error"], "connection_refused");
    assert_eq!(line["signal"], "connect-refused");
    assert_eq!((line["phase"].as_str(), line["errno"].as_u64()), (Some("connect"), Some(111)));
    assert_eq!(line["after_us"], 310);
    assert_eq!(line.get("masked"), None);
    let line: Value = serde_json::from_str(&json(&record(&id, &attempts, None))).unwrap();
    assert_eq!(line["masked"], 1);
    assert_eq!(line["attempts"][0]["error"], "connection_refused");
    assert_eq!(line["attempts"][0]["phase"], "connect");
    assert_eq!(line["attempts"][1]["status"], 200);
}

#[test]
fn what_a_script_said_is_told() {
    let id = RequestIds::new(1, 0).next_id();
    let attempts = [Attempt {
        stderr: b"PHP message: a \"b\"\n#0 {main}\x1b[31m",
        ..answered("fastcgi://192.0.2.1:9000")
    }];
    let line = json(&record(&id, &attempts, None));
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    assert!(!line.contains('\u{1b}'), "{line}");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["attempts"][0]["stderr"], "PHP message: a \"b\"\n#0 {main}\u{1b}[31m");
}

#[test]
fn secrets_are_not_recorded() {
    let id = RequestIds::new(1, 0).next_id();
    let mut record = record(&id, &[], None);
    record.path = b"/reset?token=CANARY";
    record.query_bytes = Some(12);
    record.referer = Some(b"https://user:CANARY@shop.example/login?password=CANARY#CANARY");
    for line in [json(&record), combined(&record)] {
        assert!(!line.contains("CANARY"), "{line}");
        assert!(line.contains("https://shop.example/login"), "{line}");
    }
    record.referer = Some(b"https://shop.example/@handle");
    assert!(combined(&record).contains("\"https://shop.example/@handle\""));
}

#[test]
fn whoever_left_has_no_status() {
    let id = RequestIds::new(1, 0).next_id();
    let mut record = record(&id, &[], Some(&Failed::ClientGone));
    (record.status, record.end) = (0, End::ClientGone);
    assert!(combined(&record).contains("\" 499 "));
    let line: Value = serde_json::from_str(&json(&record)).unwrap();
    assert_eq!(line.get("status"), None);
    assert_eq!(line["end"], "client_gone");
    assert_eq!(line["signal"], "client-gone");
}

proptest! {
    #[test]
    fn whatever_came_is_one_line_that_can_be_read(
        method in proptest::collection::vec(any::<u8>(), 0..40),
        host in proptest::collection::vec(any::<u8>(), 0..300),
        path in proptest::collection::vec(any::<u8>(), 0..80),
        agent in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..600)),
        referer in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..80)),
        began in proptest::collection::vec(any::<u8>(), 0..70),
        client: [u8; 16], when in 0u64..u64::MAX / 2,
    ) {
        let id = RequestIds::new(9, 1).next_id();
        let failed = Failed::from(Failure::new(Fault::StatusLineInvalid, Phase::Head).began(&began));
        let mut record = record(&id, &[], Some(&failed));
        record.client = client.into();
        record.when_us = when;
        (record.method, record.host, record.path) = (&method, &host, &path);
        (record.user_agent, record.referer) = (agent.as_deref(), referer.as_deref());
        let line = json(&record);
        prop_assert_eq!(line.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(value["status"].as_u64(), Some(502));
        prop_assert_eq!(value["host"].as_str().unwrap(), &*String::from_utf8_lossy(head(&host, HOST_BYTES_MAX)));
        let line = combined(&record);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(line.matches('"').count(), 6);
        let request = line.split('"').nth(1).unwrap();
        prop_assert_eq!(request.split(' ').count(), if method.is_empty() { 1 } else { 3 });
    }
}

#[test]
fn lines_are_handed_over_written_and_counted() {
    let folder = std::env::temp_dir().join(format!("goodgate-access-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("access.log");
    let plan = AccessLog { path: Some(path.clone()), format: LogFormat::Combined };
    let log = Log::start(&plan, None).unwrap();
    let id = RequestIds::new(1, 0).next_id();
    let record = record(&id, &[], None);
    let mut buffer = log.buffer();
    for _ in 0..1000 {
        buffer.write(&record, 5);
    }
    buffer.tick(6);
    buffer.tick(5 + 1_000_000);
    // What was handed over before is written to the old file, what comes later to the new one.
    log.reopen();
    drop(log.buffer());
    buffer.write(&record, 7);
    drop(buffer);
    let counts = log.close();
    assert_eq!(counts, LogCounts { written: 1001, lost: 0, trouble: None });
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 1001);
    assert!(text.lines().all(|line| line == text.lines().next().unwrap()));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_was_moved_away_is_made_anew() {
    let folder = std::env::temp_dir().join(format!("goodgate-rotated-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (path, moved) = (folder.join("access.log"), folder.join("access.log.1"));
    let plan = AccessLog { path: Some(path.clone()), format: LogFormat::Json };
    let log = Log::start(&plan, None).unwrap();
    std::fs::rename(&path, &moved).unwrap();
    log.reopen();
    let id = RequestIds::new(1, 0).next_id();
    let mut buffer = log.buffer();
    buffer.write(&record(&id, &[], None), 0);
    drop(buffer);
    assert_eq!(log.close().written, 1);
    assert_eq!(std::fs::read_to_string(&moved).unwrap(), "");
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_cannot_be_made_anew_is_told_until_it_can() {
    let folder = std::env::temp_dir().join(format!("goodgate-unopened-{}", std::process::id()));
    let (inner, moved) = (folder.join("log"), folder.join("log.1"));
    std::fs::create_dir_all(&inner).unwrap();
    let path = inner.join("access.log");
    let plan = AccessLog { path: Some(path.clone()), format: LogFormat::Json };
    let log = Log::start(&plan, None).unwrap();
    let id = RequestIds::new(1, 0).next_id();
    let (mut buffer, mut lines) = (log.buffer(), 0);
    let mut write = || {
        buffer.write(&record(&id, &[], None), 0);
        buffer.flush();
        lines += 1;
        until(|| log.counts().written == lines);
    };
    std::fs::rename(&inner, &moved).unwrap();
    log.reopen();
    write();
    let trouble = log.counts().trouble.unwrap();
    assert!(trouble.contains("the one before is written on"), "{trouble}");
    assert_eq!(std::fs::read_to_string(moved.join("access.log")).unwrap().lines().count(), 1);
    std::fs::create_dir_all(&inner).unwrap();
    // Nobody asks for it again.
    until(|| {
        write();
        std::thread::sleep(Duration::from_millis(50));
        log.counts().trouble.is_none()
    });
    write();
    assert!(std::fs::read_to_string(&path).unwrap().lines().count() >= 1);
    drop(buffer);
    drop(log);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_is_made_is_given_to_its_owner_and_another_is_not() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = std::env::temp_dir().join(format!("goodgate-owned-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (made, found) = (folder.join("made.log"), folder.join("found.log"));
    std::fs::write(&found, "").unwrap();
    let own = std::fs::metadata(&found).unwrap();
    // Only root gives files away; for anybody else all stays their own.
    let owner = if own.uid() == 0 { (65_534, 65_533) } else { (own.uid(), own.gid()) };
    let owned = |path: &std::path::Path| {
        let plan = AccessLog { path: Some(path.to_owned()), format: LogFormat::Json };
        drop(Log::start(&plan, Some(Owner { user: owner.0, group: owner.1 })).unwrap());
        let about = std::fs::metadata(path).unwrap();
        (about.uid(), about.gid())
    };
    assert_eq!(owned(&made), owner);
    assert_eq!(owned(&found), (own.uid(), own.gid()));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[track_caller]
fn until(mut is: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_nobody_takes_is_lost_and_counted() {
    let counts = Arc::new(writer::Counts::default());
    let (to, from) = std::sync::mpsc::sync_channel(1);
    let mut buffer = LogBuffer::new(LogFormat::Json, to, counts.clone());
    let id = RequestIds::new(1, 0).next_id();
    for _ in 0..3 {
        buffer.write(&record(&id, &[], None), 0);
        buffer.flush();
    }
    assert_eq!(counts.lost.load(Ordering::Relaxed), 2);
    drop(from);
}

/// The keys of an object must be those that the schema has, with all that it requires.
#[track_caller]
fn fits(object: &Value, schema: &Value) {
    let (object, known) = (object.as_object().unwrap(), schema["properties"].as_object().unwrap());
    for key in object.keys() {
        assert!(known.contains_key(key), "{key} is not in the schema");
    }
    for required in schema["required"].as_array().unwrap() {
        assert!(object.contains_key(required.as_str().unwrap()), "{required} is missing");
    }
}

#[test]
fn lines_are_what_the_schema_promises() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/access-1.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let id = RequestIds::new(1, 0).next_id();
    let mut failure = Failure::new(Fault::TlsAlert(40), Phase::Tls).began(b"x");
    failure.errno = Some(Errno(104));
    let attempts = [
        Attempt { connect_us: Some(3), stderr: b"x", ..refused("http://192.0.2.1:80", &refusal()) },
        answered("http://192.0.2.2:80"),
    ];
    let upstream = Failed::from(failure);
    let all = [None, Some(&upstream), Some(&Failed::Internal("x")), Some(&Failed::NoRoute)];
    let mut seen = std::collections::BTreeSet::new();
    for failed in all {
        let mut record = record(&id, &attempts, failed);
        (record.peer, record.peer_text) = ([192, 0, 2, 9].into(), b"192.0.2.9");
        (record.query_bytes, record.referer, record.request_bytes) = (Some(1), Some(&b"/"[..]), 1);
        let line: Value = serde_json::from_str(&json(&record)).unwrap();
        fits(&line, &schema);
        for attempt in line["attempts"].as_array().unwrap() {
            fits(attempt, &schema["properties"]["attempts"]["items"]);
        }
        let ends = schema["properties"]["end"]["enum"].as_array().unwrap();
        assert!(ends.contains(&line["end"]));
        seen.extend(line.as_object().unwrap().keys().cloned());
    }
    // Nothing stands in the schema that is never written.
    assert_eq!(seen.len(), schema["properties"].as_object().unwrap().len());
}
