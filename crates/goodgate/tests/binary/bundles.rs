//! A bundle is diagnosed elsewhere with the same answer.

use crate::harness::Folder;
use serde_json::Value;

const ERROR_LOG: &str = "\
2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET /a?b=c HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\"
2026/01/01 10:00:05 [error] 7#7: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET /a?b=d HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\"
";
const CONFIG: &str = "http {\n  server {\n    listen 80;\n    location / {\n      fastcgi_pass 127.0.0.1:9000;\n    }\n  }\n}\n";
const SS: &str = "\
State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN 0      511          0.0.0.0:80        0.0.0.0:*     users:((\"nginx\",pid=7,fd=6))
LISTEN 0      511        127.0.0.1:9001      0.0.0.0:*     users:((\"php-fpm8.2\",pid=9,fd=8))
";

fn answer(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_bundle_leads_to_the_same_answer() {
    let folder = Folder::new(&[("error.log", ERROR_LOG), ("nginx.conf", CONFIG), ("ss.txt", SS)]);
    let here = folder.run(&[
        "diagnose",
        "error.log",
        "nginx.conf",
        "ss.txt",
        "--format",
        "json",
        "--bundle",
        "b.json",
        "--told",
        "since=10:00",
        "--told",
        "pages=all",
    ]);
    assert_eq!(here.code, 1, "{here:?}");
    let there = folder.run(&["diagnose", "b.json", "--format", "json"]);
    assert_eq!(there.code, here.code, "{there:?}");
    assert_eq!(answer(&there.out), answer(&here.out));
    let again = folder.run(&["diagnose", "b.json", "--bundle", "c.json"]);
    assert_eq!(again.code, 1);
    assert_eq!(folder.read("b.json"), folder.read("c.json"), "bundling a bundle changes nothing");
}

#[test]
fn a_long_log_is_cut_and_its_evidence_kept() {
    let noise = |n: usize| {
        format!(
            "192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET /page/{n} HTTP/1.1\" 200 157 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n"
        )
    };
    let mut log: String = (0..30_000).map(noise).collect();
    log.push_str(
        "192.0.2.1 - - [01/Jan/2026:10:00:01 +0000] \"GET /a HTTP/1.1\" 502 157 \"-\" \"Mozilla/5.0\"\n",
    );
    log.extend((0..30_000).map(noise));
    let folder = Folder::new(&[("access.log", &log), ("error.log", ERROR_LOG)]);
    let here = folder.run(&["diagnose", "access.log", "error.log", "--format", "json", "--bundle", "b.json"]);
    assert!(here.err.contains("left out of the bundle"), "{}", here.err);
    assert!(folder.read("b.json").len() < log.len() / 4);
    let there = folder.run(&["diagnose", "b.json", "--format", "json"]);
    let leader = |text: &str| answer(text)["findings"][0]["causes"][0]["id"].clone();
    assert_eq!(leader(&there.out), leader(&here.out));
}

#[test]
fn a_damaged_bundle_is_told() {
    let folder = Folder::new(&[("b.json", "{\"schema\": \"goodgate.bundle/1\", \"files\": [")]);
    let ran = folder.run(&["diagnose", "b.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("damaged"), "{}", ran.err);
}
