//! Whether a server listens, as the kernel tells, without a connection that the server would notice.

use std::fs;
use std::net::IpAddr;

use super::Reach;

/// Whether somebody listens there, in the network namespace of this process (proc(5), `/proc/PID/net`).
pub(super) fn listens(pid: u32, at: &Reach) -> bool {
    match at {
        Reach::Tcp(address) => {
            let (table, host) = match address.ip() {
                IpAddr::V4(ip) => ("tcp", words(&ip.octets())),
                IpAddr::V6(ip) => ("tcp6", words(&ip.octets())),
            };
            let local = format!("{host}:{:04X}", address.port());
            read(pid, table).lines().any(|line| {
                let mut fields = line.split_ascii_whitespace();
                fields.nth(1) == Some(local.as_str()) && fields.nth(1) == Some(LISTEN)
            })
        }
        Reach::Unix(path) => {
            let path = path.to_string_lossy();
            read(pid, "unix").lines().any(|line| {
                let mut fields = line.split_ascii_whitespace();
                fields.nth(3) == Some(ACCEPTS) && line.ends_with(&format!(" {path}"))
            })
        }
    }
}

/// The state LISTEN of a TCP socket.
const LISTEN: &str = "0A";
/// The flags of a unix socket that accepts connections.
const ACCEPTS: &str = "00010000";

fn read(pid: u32, table: &str) -> String {
    fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default()
}

/// The kernel writes an address as numbers of four bytes in the order of this machine.
fn words(octets: &[u8]) -> String {
    octets
        .chunks_exact(4)
        .map(|word| format!("{:08X}", u32::from_ne_bytes([word[0], word[1], word[2], word[3]])))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;
    use std::time::{Duration, Instant};

    use super::*;

    /// Whether nobody listens there soon: a program that another test starts at this moment holds the socket, too,
    /// until it has begun.
    fn falls_silent(at: &Reach) -> bool {
        let begun = Instant::now();
        while listens(std::process::id(), at) {
            if begun.elapsed() > Duration::from_secs(10) {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }

    #[test]
    fn a_listener_is_seen_and_its_absence_too() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(any) else { continue };
            let at = Reach::Tcp(listener.local_addr().unwrap());
            assert!(listens(std::process::id(), &at), "{at:?}");
            drop(listener);
            assert!(falls_silent(&at), "{at:?}");
        }
        let path = std::env::temp_dir().join(format!("goodgate-listening-{}.sock", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        assert!(listens(std::process::id(), &Reach::Unix(path.clone())));
        drop(listener);
        assert!(falls_silent(&Reach::Unix(path.clone())));
        fs::remove_file(path).unwrap();
    }
}
