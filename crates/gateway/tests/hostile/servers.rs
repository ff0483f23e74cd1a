//! Servers that fail, and clients that hardly notice.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use goodgate_gateway::plan::*;

use crate::setting::*;

/// A server whose answer can be changed while it runs. Status 0 is a reset.
struct Moody {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
}

impl Moody {
    fn be(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// How often it was asked since this was last asked for.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

fn moody(status: u16) -> Moody {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (status, asked) = (Arc::new(AtomicU16::new(status)), Arc::<AtomicUsize>::default());
    let moody = Moody { address, status: Arc::clone(&status), asked: Arc::clone(&asked) };
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (status, asked) = (Arc::clone(&status), Arc::clone(&asked));
            std::thread::spawn(move || answer(stream, &status, &asked));
        }
    });
    moody
}

fn answer(mut stream: TcpStream, status: &AtomicU16, asked: &AtomicUsize) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    while let Some(request) = read_maybe(&mut stream) {
        if !request.starts_with("GET /health ") {
            asked.fetch_add(1, Ordering::SeqCst);
        }
        let status = status.load(Ordering::SeqCst);
        let text = format!("HTTP/1.1 {status} Mood\r\nContent-Length: 5\r\n\r\nhello");
        if status == 0 {
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
            return;
        }
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn statuses(setting: &Setting, count: usize) -> Vec<u16> {
    (0..count).map(|_| parts(&setting.get("/").0).0).collect()
}

#[test]
fn a_server_that_fails_is_left_out() {
    let (bad, good) = (moody(0), moody(200));
    let mut upstream = upstream(&[bad.address, good.address]);
    upstream.eject = Eject { time: PATIENCE, ..Eject::default() };
    let setting = run(plan(upstream));
    // Each failure is tried again at the other server.
    assert_eq!(statuses(&setting, 40), [200; 40]);
    assert_eq!(bad.asked(), 3);
}

#[test]
fn a_server_that_was_left_out_comes_back() {
    let (bad, good) = (moody(0), moody(200));
    let mut upstream = upstream(&[bad.address, good.address]);
    upstream.eject = Eject { time: Duration::from_millis(300), ..Eject::default() };
    let setting = run(plan(upstream));
    assert_eq!(statuses(&setting, 8), [200; 8]);
    bad.be(200);
    bad.asked();
    until(|| statuses(&setting, 4) == [200; 4] && bad.asked() == 2);
}

#[test]
fn where_all_fail_all_are_asked() {
    let both = [moody(0), moody(0)];
    let mut upstream = upstream(&[both[0].address, both[1].address]);
    upstream.eject = Eject { time: PATIENCE, ..Eject::default() };
    let setting = run(plan(upstream));
    assert_eq!(statuses(&setting, 12), [502; 12]);
    // They are left out by now, and nobody is better: so they are asked, and the first that is well answers.
    both.iter().for_each(|server| server.be(200));
    assert_eq!(statuses(&setting, 8), [200; 8]);
    assert!(both.iter().all(|server| server.asked() > 0));
}

#[test]
fn a_single_server_is_never_left_out() {
    let server = moody(0);
    let setting = run(plan(upstream(&[server.address])));
    assert_eq!(statuses(&setting, 10), [502; 10]);
    server.be(200);
    assert_eq!(statuses(&setting, 1), [200]);
}

#[test]
fn checks_take_a_server_out_and_bring_it_back() {
    let servers = [moody(200), moody(200)];
    let mut upstream = upstream(&[servers[0].address, servers[1].address]);
    upstream.health = Some(Health {
        path: "/health".to_owned(),
        every: Duration::from_millis(50),
        timeout: Duration::from_secs(1),
        slow_start: Duration::ZERO,
        ..Health::default()
    });
    let setting = run(plan(upstream));
    servers[0].be(500);
    // Once it is down, every request goes to the other.
    until(|| {
        statuses(&setting, 4);
        servers[0].asked() == 0
    });
    assert_eq!(statuses(&setting, 20), [200; 20]);
    assert_eq!(servers[0].asked(), 0);
    servers[1].be(503);
    until(|| {
        statuses(&setting, 1) == [503] && parts(&setting.get("/").0).1.contains("destination_unavailable")
    });
    let (_, fields, _) = parts(&setting.get("/").0);
    assert!(fields.contains("Retry-After: "), "{fields}");
    servers[0].be(200);
    until(|| statuses(&setting, 4) == [200; 4]);
    servers[1].be(200);
    servers[1].asked();
    until(|| statuses(&setting, 4) == [200; 4] && servers[1].asked() > 0);
}

#[test]
fn sending_again_never_becomes_the_load() {
    let both = [moody(0), moody(0)];
    let mut upstream = upstream(&[both[0].address, both[1].address]);
    upstream.retry.budget_percent = 0;
    upstream.eject.after = 0;
    let setting = run(plan(upstream));
    assert_eq!(statuses(&setting, 200), [502; 200]);
    let asked = both[0].asked() + both[1].asked();
    // Three a second are always allowed, counted over ten seconds, and the count may have begun anew in between.
    assert!((201..=260).contains(&asked), "{asked}");
}

#[test]
fn servers_that_close_idle_connections_early_fail_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || short_lived(stream));
        }
    });
    let setting = run(plan(upstream(&[address])));
    let end = Instant::now() + Duration::from_secs(5);
    std::thread::scope(|scope| {
        let setting = &setting;
        for pause_ms in [970, 990, 1000, 1003, 1010, 1050, 400, 700] {
            scope.spawn(move || {
                let mut client = setting.connect();
                let mut count = 0;
                while Instant::now() < end {
                    // What may not be sent twice is among them.
                    let method = if count % 2 == 0 { "GET" } else { "POST" };
                    let ask = format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
                    client.write_all(ask.as_bytes()).unwrap();
                    let text = read_response(&mut client);
                    assert!(text.starts_with("HTTP/1.1 200 "), "{pause_ms} {count}: {text}");
                    count += 1;
                    std::thread::sleep(Duration::from_millis(pause_ms));
                }
            });
        }
    });
}

/// Answers until nothing has come for a second, and closes then.
fn short_lived(mut stream: TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(count) = stream.read(&mut piece) {
        text.extend_from_slice(&piece[..count]);
        if count == 0 {
            return;
        }
        if text.ends_with(b"\r\n\r\n") {
            text.clear();
            stream.write_all(OK.as_bytes()).unwrap();
        }
    }
}
