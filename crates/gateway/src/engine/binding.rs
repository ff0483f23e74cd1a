//! Binding addresses while others are being closed: cores close theirs a little after a reload has told them to.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use goodgate_wire::{Bound, ListenError, ListenFault, bind};

/// How long an address is waited for that the gateway itself has just ceased to listen on.
const CLOSING: Duration = Duration::from_secs(1);

/// Binds an address, which may be among those that are just being closed.
pub(super) fn again(
    address: SocketAddr,
    sockets: usize,
    closing: &[SocketAddr],
) -> Result<Vec<Bound>, ListenError> {
    let until = Instant::now() + CLOSING;
    let waits = |error: &ListenError| {
        error.fault == ListenFault::InUse && closing.contains(&address) && Instant::now() < until
    };
    loop {
        match bind(address, sockets) {
            Err(error) if waits(&error) => std::thread::sleep(Duration::from_millis(10)),
            result => return result,
        }
    }
}
