//! Clients that do not speak HTTP, and requests that go in circles.

use std::io::Write;

use crate::setting::*;
use crate::slow::serves;

/// Bytes by chance, the same each time (xorshift).
fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn noise_is_refused_and_reaches_nobody() {
    let server = well();
    let mut plan = plan(upstream(&[server.address]));
    plan.clients.head = std::time::Duration::from_secs(1);
    let setting = run(plan);
    for seed in 1..100 {
        let mut client = setting.connect();
        let _ = client.write_all(&noise(seed * 7919, 1 + seed as usize * 37));
        let _ = client.write_all(b"\r\n\r\n");
        let (text, end) = read_all(&mut client);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "seed {seed}: {text}");
        assert_ne!(end, End::Open, "seed {seed}");
    }
    serves(&setting);
    assert_eq!(server.seen.try_iter().count(), 1);
}

#[test]
fn a_tls_hello_where_plain_http_is_spoken_is_refused() {
    let server = well();
    let setting = in_front_of(&[&server]);
    // A record of 512 bytes with a ClientHello in it, as far as anybody reads.
    let mut hello = vec![22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
    hello.extend(noise(3, 506));
    let mut client = setting.connect();
    client.write_all(&hello).unwrap();
    let (text, end) = read_all(&mut client);
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
    assert_eq!(end, End::Closed);
}

#[test]
fn the_preface_of_http2_where_it_is_not_spoken_is_refused() {
    let server = well();
    let setting = in_front_of(&[&server]);
    let (text, end) = setting.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert!(text.starts_with("HTTP/1.1 505 ") || text.starts_with("HTTP/1.1 400 "), "{text}");
    assert_ne!(end, End::Open);
}

#[test]
fn a_request_that_was_here_before_is_refused() {
    let server = well();
    let setting = in_front_of(&[&server]);
    serves(&setting);
    let request = server.seen.recv().unwrap();
    let via = request.lines().find(|line| line.starts_with("Via: ")).unwrap();
    let again = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{via}\r\n\r\n");
    let (status, fields, _) = parts(&setting.ask(&again).0);
    assert_eq!(status, 502, "{fields}");
    assert!(fields.contains("error=proxy_loop_detected"), "{fields}");
    assert!(server.seen.try_recv().is_err());
}

#[test]
fn a_gateway_that_leads_to_itself_says_so() {
    let server = well();
    let setting = in_front_of(&[&server]);
    let mut circle = plan(upstream(&[setting.address]));
    circle.listeners[0].address = "127.0.0.1:0".parse().unwrap();
    setting.gateway.reload(circle).unwrap();
    // The other plan is in force at once for connections that begin now, or a moment later.
    let (mut status, mut fields) = (0, String::new());
    for _ in 0..100 {
        (status, fields, _) = parts(&setting.get("/").0);
        if status != 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(status, 502, "{fields}");
    assert!(fields.contains("error=proxy_loop_detected"), "{fields}");
}
