//! Servers that are left out, and who stands in for them.

use std::net::SocketAddr;

use goodgate_gateway::plan::*;

use crate::setting::{Do, OK, Scripted, Setting, parts, plan, run, say, server, until, upstream, well};

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

fn checked_often() -> Health {
    Health { every: std::time::Duration::from_millis(50), fall: 1, rise: 1, ..Health::default() }
}

#[test]
fn what_health_checks_found_is_forgotten_with_them() {
    let fails = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    let server = server(vec![vec![Do::Answer(fails.as_bytes().to_vec())]]);
    let with = |health| Upstream { health, ..upstream(&[server.address]) };
    let setting = run(plan(with(Some(checked_often()))));
    until(|| statuses(&setting, 1) == [503]);
    setting.gateway.reload(plan(with(None))).unwrap();
    until(|| statuses(&setting, 1) == [500]);
    assert_eq!(statuses(&setting, 20), [500; 20]);
}

/// What a server answers that has interim answers precede the last in one go.
fn behind_interim(count: usize) -> Scripted {
    let text = format!("{}{OK}", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(count));
    server(vec![vec![Do::Answer(text.into_bytes())]])
}

/// What a client gets that knows no interim answers.
fn status_of_http10(setting: &Setting) -> u16 {
    parts(&setting.ask("GET / HTTP/1.0\r\n\r\n").0).0
}

#[test]
fn what_a_server_says_before_its_answer_makes_it_none_the_worse_within_reason() {
    let checked = |server: &Scripted| {
        let health = Health { timeout: std::time::Duration::from_millis(500), ..checked_often() };
        run(plan(Upstream { health: Some(health), ..upstream(&[server.address]) }))
    };
    let server = behind_interim(1);
    let setting = checked(&server);
    let (mut seen, mut statuses) = (0, Vec::new());
    until(|| {
        statuses.push(status_of_http10(&setting));
        seen += server.seen.try_iter().filter(|seen| seen.contains("goodgate-health-check")).count();
        seen > 5
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let setting = checked(&behind_interim(17));
    // Clients are answered 502 until the checks find it to be down.
    until(|| status_of_http10(&setting) == 503);
}

#[test]
fn a_server_is_well_where_any_of_its_addresses_is() {
    // The name is both 127.0.0.1 and ::1 (RFC 6761 section 6.3), and only one of them is listened on.
    let server = well();
    let mut upstream = upstream(&[server.address]);
    upstream.servers[0].at = Place::Name("app.localhost".to_owned(), server.address.port());
    upstream.health = Some(checked_often());
    let setting = run(plan(upstream));
    // Several rounds of checks, each of which finds one address unwell.
    let checks = || server.seen.try_iter().filter(|seen| seen.contains("goodgate-health-check")).count();
    let mut seen = 0;
    until(|| {
        seen += checks();
        seen > 5
    });
    assert_eq!(statuses(&setting, 20), [200; 20]);
}

#[test]
fn what_happens_can_be_seen_where_all_connections_are_taken() {
    let server = well();
    let mut plan = plan(upstream(&[server.address]));
    plan.clients.connections_max = 1;
    plan.admin = Some(Admin { address: "127.0.0.1:0".parse().unwrap(), token: None });
    let setting = run(plan);
    let _taken = setting.connect();
    until(|| setting.gateway.connections() == 1);
    assert_eq!(setting.get("/").0, "");
    let admin = Setting { address: setting.gateway.admin_address().unwrap(), gateway: setting.gateway };
    assert_eq!(parts(&admin.get("/healthz").0).0, 200);
    assert_eq!(admin.gateway.connections(), 1);
}
