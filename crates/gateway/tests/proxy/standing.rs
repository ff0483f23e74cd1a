//! Servers that are left out, and who stands in for them.

use std::net::SocketAddr;

use goodgate_gateway::plan::*;

use crate::setting::{Do, Setting, parts, plan, run, say, server, upstream, well};

/// An address where nobody listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn statuses(setting: &Setting, count: usize) -> Vec<u16> {
    (0..count).map(|_| parts(&setting.get("/").0).0).collect()
}

#[test]
fn a_backup_serves_for_as_long_as_the_others_are_down() {
    let backup = well();
    let mut upstream = upstream(&[nobody(), backup.address]);
    upstream.servers[1].backup = true;
    let setting = run(plan(upstream));
    // Far more than the budget has retries for.
    assert_eq!(statuses(&setting, 120), [200; 120]);
}

#[test]
fn where_no_server_is_left_the_last_failure_is_told() {
    let mut upstream = upstream(&[nobody(), nobody()]);
    upstream.eject = Eject { after: 1, panic_percent: 100, ..Eject::default() };
    upstream.retry.attempts = 3;
    let setting = run(plan(upstream));
    let (status, fields, _) = parts(&setting.get("/").0);
    assert_eq!(status, 502);
    assert!(fields.contains("error=connection_refused"), "{fields}");
    let (status, fields, _) = parts(&setting.get("/").0);
    assert_eq!(status, 503);
    assert!(fields.contains("error=destination_unavailable"), "{fields}");
}

#[test]
fn a_server_that_breaks_off_each_answer_is_left_out() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let breaks = server(vec![vec![Do::Read, say(cut)]]);
    let fine = well();
    let mut upstream = upstream(&[breaks.address, fine.address]);
    upstream.eject = Eject { after: 2, ..Eject::default() };
    let setting = run(plan(upstream));
    for _ in 0..20 {
        setting.get("/");
    }
    assert_eq!(breaks.seen.try_iter().count(), 2);
    assert_eq!(fine.seen.try_iter().count(), 18);
}
