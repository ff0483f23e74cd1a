//! A name server that knows one name: it answers with the addresses that the name has at the moment, for a second.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long an answer may be kept, in seconds: the shortest there is.
const TIME_TO_LIVE: u32 = 1;
/// Between two looks at whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A question is shorter than this (RFC 1035, section 4.2.1).
const MESSAGE_MAX: usize = 512;
const HEADER: usize = 12;
/// Type and class of the question that is answered with addresses (RFC 1035, section 3.2).
const A_IN: [u8; 4] = [0, 1, 0, 1];

/// It ends when this goes.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    now: Arc<Mutex<Vec<Ipv4Addr>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts it; every name that it is asked for has these addresses.
    pub(crate) fn start(first: Vec<Ipv4Addr>) -> Result<Self, String> {
        let said = |e: std::io::Error| format!("a name server: {e}");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(said)?;
        socket.set_read_timeout(Some(LOOK_EVERY)).map_err(said)?;
        let address = socket.local_addr().map_err(said)?;
        let (now, over) = (Arc::new(Mutex::new(first)), Arc::new(AtomicBool::new(false)));
        let (addresses, ended) = (Arc::clone(&now), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let mut bytes = [0; MESSAGE_MAX];
            while !ended.load(Ordering::Relaxed) {
                let Ok((length, peer)) = socket.recv_from(&mut bytes) else { continue };
                let addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(answer) = bytes.get(..length).and_then(|message| answer(message, &addresses)) {
                    // Whoever does not take its answer asks again.
                    let _ = socket.send_to(&answer, peer);
                }
            }
        });
        Ok(Self { address, now, over, thread: Some(thread) })
    }

    /// From now on the name has these addresses.
    pub(crate) fn change(&self, addresses: Vec<Ipv4Addr>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = addresses;
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The answer to a question (RFC 1035, section 4.1): these addresses to one for IPv4 addresses, to others that there is
/// nothing; `None` to what is no question.
fn answer(message: &[u8], addresses: &[Ipv4Addr]) -> Option<Vec<u8>> {
    let (header, rest) = message.split_first_chunk::<HEADER>()?;
    let [id_high, id_low, flags, _, count_high, count_low, ..] = *header;
    if flags & 0xf8 != 0 || [count_high, count_low] != [0, 1] {
        return None;
    }
    let mut name = 0;
    while *rest.get(name)? != 0 {
        name += usize::from(*rest.get(name)?) + 1;
    }
    let question = rest.get(..name + 1 + A_IN.len())?;
    let found = if question.ends_with(&A_IN) { addresses } else { &[] };
    let count = u8::try_from(found.len()).ok()?;
    // An answer by whom the name belongs to, which says of recursion what it was asked.
    let recursion = flags & 1;
    let mut out = vec![id_high, id_low, 0x84 | recursion, recursion << 7, 0, 1, 0, count, 0, 0, 0, 0];
    out.extend_from_slice(question);
    for address in found {
        // The name is the one in the question, which begins behind the header.
        out.extend_from_slice(&[0xc0, HEADER as u8]);
        out.extend_from_slice(&A_IN);
        out.extend_from_slice(&TIME_TO_LIVE.to_be_bytes());
        out.extend_from_slice(&[0, 4]);
        out.extend_from_slice(&address.octets());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question for `origin.example` of this type.
    fn question(kind: u8) -> Vec<u8> {
        let mut message = vec![7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6];
        message.extend_from_slice(b"origin\x07example\0");
        message.extend_from_slice(&[0, kind, 0, 1]);
        message
    }

    #[test]
    fn addresses_are_answered_and_change() {
        let server = NameServer::start(vec![Ipv4Addr::new(127, 0, 0, 11)]).unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let last_of = |kind| {
            client.send_to(&question(kind), server.address).unwrap();
            let mut bytes = [0; MESSAGE_MAX];
            let length = client.recv(&mut bytes).unwrap();
            assert_eq!(bytes[..4], [7, 8, 0x85, 0x80]);
            (bytes[7], bytes[length - 4..length].to_vec())
        };
        assert_eq!(last_of(1), (1, vec![127, 0, 0, 11]));
        assert_eq!(last_of(28), (0, vec![0, 28, 0, 1]));
        server.change(vec![Ipv4Addr::new(127, 0, 0, 21), Ipv4Addr::new(127, 0, 0, 22)]);
        assert_eq!(last_of(1), (2, vec![127, 0, 0, 22]));
    }

    #[test]
    fn what_is_no_question_is_not_answered() {
        let whole = question(1);
        assert!((0..whole.len()).all(|length| answer(&whole[..length], &[]).is_none()));
        let mut reply = whole.clone();
        reply[2] |= 0x80;
        assert_eq!(answer(&reply, &[]), None);
    }
}
