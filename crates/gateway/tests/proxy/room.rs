//! Bounds on connections and on requests in hand: whoever finds no place goes elsewhere or waits.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use goodgate_gateway::plan::*;

use crate::setting::{
    Do, OK, Scripted, Setting, parts, plan, read_response, run, say, server, until, upstream, watched, well,
};

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A server that takes this long for the first request of each connection.
fn slow(ms: u64) -> Scripted {
    server(vec![vec![Do::Read, Do::Pause(ms), say(OK), Do::Answer(OK.as_bytes().to_vec())]])
}

fn bounded(servers: &[&Scripted], max: usize) -> Upstream {
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let connections = Connections { max, ..Connections::default() };
    Upstream { connections, ..upstream(&addresses) }
}

fn begun(setting: &Setting) -> TcpStream {
    let mut client = setting.connect();
    client.write_all(ASK).unwrap();
    client
}

fn status(mut client: TcpStream) -> u16 {
    parts(&read_response(&mut client)).0
}

#[test]
fn another_server_is_asked_where_one_has_as_many_connections_as_it_may() {
    let (busy, free) = (slow(1000), well());
    let setting = run(plan(bounded(&[&busy, &free], 1)));
    let first = begun(&setting);
    busy.seen.recv().unwrap();
    let statuses: Vec<u16> = (0..6).map(|_| parts(&setting.get("/").0).0).collect();
    assert_eq!(statuses, [200; 6]);
    assert_eq!(free.seen.try_iter().count(), 6);
    assert_eq!(status(first), 200);
}

#[test]
fn whoever_finds_no_connection_waits_for_one() {
    // One closes each connection behind its answer, the other keeps it, and then it goes from hand to hand.
    let closes = vec![vec![Do::Read, Do::Pause(50), say(OK)]];
    let keeps =
        vec![vec![Do::Read, Do::Pause(300), say(OK), Do::Answer(OK.as_bytes().to_vec())], vec![Do::Reset]];
    for scripts in [closes, keeps] {
        let server = server(scripts);
        let length = Queue { concurrency: 100, length: 7, wait: Duration::from_secs(5) };
        let setting = run(plan(Upstream { queue: Some(length), ..bounded(&[&server], 1) }));
        let clients: Vec<TcpStream> = (0..8).map(|_| begun(&setting)).collect();
        let statuses: Vec<u16> = clients.into_iter().map(status).collect();
        assert_eq!(statuses, [200; 8]);
    }
}

#[test]
fn a_connection_to_a_server_that_failed_goes_to_nobody_who_waits_for_another() {
    let busy = slow(1000);
    let failed = server(vec![vec![Do::Read, Do::Reset], vec![Do::Answer(OK.as_bytes().to_vec())]]);
    let setting = run(watched(plan(bounded(&[&busy, &failed], 1))));
    let first = begun(&setting);
    busy.seen.recv().unwrap();
    let mut second = setting.connect();
    second.write_all(b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    until(|| setting.number("goodgate_upstream_queue_length") == 1);
    // The connection of this one is free while the second waits for the server that it has not asked yet.
    assert_eq!(parts(&setting.get("/third").0).0, 200);
    assert_eq!((status(first), status(second)), (200, 200));
    let asked = failed.seen.try_iter().filter(|seen| seen.starts_with("GET /second ")).count();
    assert_eq!(asked, 1);
}

#[test]
fn only_so_many_wait_for_a_connection() {
    let server = slow(500);
    // Without a queue as many wait as there may be connections.
    let setting = run(plan(bounded(&[&server], 1)));
    let mut clients = vec![begun(&setting)];
    server.seen.recv().unwrap();
    clients.extend((0..3).map(|_| begun(&setting)));
    let mut statuses: Vec<u16> = clients.into_iter().map(status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503]);
}

#[test]
fn an_idle_connection_of_one_core_makes_room_on_another() {
    let server = well();
    let mut plan = plan(bounded(&[&server], 1));
    plan.process.cores = 2;
    let setting = run(plan);
    // Each comes by a port of its own, and so to either core.
    let statuses: Vec<u16> = (0..24).map(|_| parts(&setting.get("/").0).0).collect();
    assert_eq!(statuses, [200; 24]);
}

fn queued(upstream: Upstream, concurrency: usize) -> Upstream {
    let queue = Queue { concurrency, length: 8, wait: Duration::from_millis(200) };
    Upstream { queue: Some(queue), ..upstream }
}

#[test]
fn what_is_in_hand_counts_under_the_next_plan_as_well() {
    let server = slow(2000);
    let with = |concurrency| plan(queued(upstream(&[server.address]), concurrency));
    let setting = run(with(1));
    let first = begun(&setting);
    server.seen.recv().unwrap();
    setting.gateway.reload(with(1)).unwrap();
    assert_eq!(parts(&setting.get("/").0).0, 503);
    // More of them may be had at once.
    setting.gateway.reload(with(2)).unwrap();
    assert_eq!(status(begun(&setting)), 200);
    assert_eq!(status(first), 200);
}

#[test]
fn a_connection_that_was_in_use_while_the_plan_changed_is_used_again() {
    let second = OK.replace("hello", "again");
    let server =
        server(vec![vec![Do::Read, Do::Pause(500), say(OK), Do::Read, say(&second)], vec![Do::Reset]]);
    let plan = || plan(upstream(&[server.address]));
    let setting = run(plan());
    let first = begun(&setting);
    server.seen.recv().unwrap();
    setting.gateway.reload(plan()).unwrap();
    assert_eq!(status(first), 200);
    assert_eq!(parts(&setting.get("/").0).2, "again");
}

#[test]
fn the_connections_of_a_server_that_was_taken_out_are_closed() {
    let (gone, stays) = (server(vec![vec![Do::Read, Do::Pause(300), say(OK), Do::Drain]]), well());
    let setting = run(plan(upstream(&[gone.address])));
    let first = begun(&setting);
    gone.seen.recv().unwrap();
    setting.gateway.reload(plan(upstream(&[stays.address]))).unwrap();
    // The client's connection stays open, and with it what it knew.
    let mut first = first;
    assert_eq!(parts(&read_response(&mut first)).0, 200);
    // It is told once its connection has ended.
    assert_eq!(gone.seen.recv_timeout(crate::setting::PATIENCE).unwrap(), "");
    until(|| parts(&setting.get("/").0).0 == 200);
}
