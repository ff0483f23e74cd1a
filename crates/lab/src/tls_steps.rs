//! The steps of a TLS server: a handshake with one of the lab's identities, and the ways to refuse one.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::identities::Identities;
use crate::step::{Identity, Step};

/// A peer that takes longer for its part of a handshake than any gateway's own limit is given up.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

/// After a failed handshake the peer gets so long to read the alert before the connection is thrown away.
const LAST_WORDS_MAX: Duration = Duration::from_secs(2);

/// Content type of a handshake record, and the handshake message that opens it (RFC 8446 §5.1, §4).
const RECORD_HANDSHAKE: u8 = 22;
const RECORD_HEADER: usize = 5;

/// Plays a step of TLS. Steps of other protocols do nothing.
///
/// # Errors
/// Where the peer leaves, refuses the handshake or takes too long.
pub(crate) async fn step(
    connection: &mut Connection,
    step: &Step,
    identities: &Identities,
) -> io::Result<()> {
    match step {
        Step::Tls(identity) => handshake(connection, *identity, identities).await,
        Step::ReadHello => read_hello(connection).await,
        Step::Alert(number) => connection.send(&alert(*number)).await,
        Step::CloseNotify => connection.shutdown().await,
        _ => Ok(()),
    }
}

async fn handshake(
    connection: &mut Connection,
    identity: Identity,
    identities: &Identities,
) -> io::Result<()> {
    // Bytes that were read already cannot be handed to the handshake: whoever sent them does not wait for one.
    if !connection.buffered().is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let Some(stream) = connection.take_plain() else { return Err(io::ErrorKind::NotConnected.into()) };
    let accept = identities.acceptor(identity).accept(stream).into_fallible();
    match timeout(HANDSHAKE_MAX, accept).await {
        Ok(Ok(stream)) => {
            connection.set_tls(stream);
            Ok(())
        }
        Ok(Err((problem, stream))) => {
            end_in_order(stream).await;
            Err(problem)
        }
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Closes only after the peer had time to read: closing with bytes unread would send RST, and RST takes the alert
/// out of the peer's receive queue.
async fn end_in_order(mut stream: TcpStream) {
    let farewell = async {
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // Whether the peer listened to the end changes nothing any more.
    let _ = timeout(LAST_WORDS_MAX, farewell).await;
}

/// Reads the record of the ClientHello and keeps nothing of it. What is no handshake record is left where it is.
async fn read_hello(connection: &mut Connection) -> io::Result<()> {
    let read = async {
        loop {
            match hello(connection.buffered()) {
                Hello::Whole(bytes) => {
                    connection.consume(bytes);
                    return Ok(());
                }
                Hello::NotTls => return Ok(()),
                Hello::Short => {}
            }
            if connection.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    };
    timeout(HANDSHAKE_MAX, read).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[derive(Debug, PartialEq, Eq)]
enum Hello {
    /// A handshake record of so many bytes with its header.
    Whole(usize),
    /// It has not come whole.
    Short,
    /// It is no handshake record.
    NotTls,
}

fn hello(bytes: &[u8]) -> Hello {
    match *bytes {
        [] => Hello::Short,
        [RECORD_HANDSHAKE, _, _, high, low, ..] => {
            let whole = RECORD_HEADER + usize::from(u16::from_be_bytes([high, low]));
            if bytes.len() < whole { Hello::Short } else { Hello::Whole(whole) }
        }
        [RECORD_HANDSHAKE, ..] => Hello::Short,
        _ => Hello::NotTls,
    }
}

/// A record with a fatal alert (RFC 8446 §5.1, §6), as TLS 1.2 and 1.3 write it before there are keys.
const fn alert(number: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, 2, number]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hello_is_known_by_its_record() {
        assert_eq!(hello(b""), Hello::Short);
        assert_eq!(hello(&[22, 3, 1]), Hello::Short);
        assert_eq!(hello(&[22, 3, 1, 0, 2, 1]), Hello::Short);
        assert_eq!(hello(&[22, 3, 1, 0, 2, 1, 0, 9]), Hello::Whole(7));
        assert_eq!(hello(b"GET / HTTP/1.1\r\n"), Hello::NotTls);
    }

    #[test]
    fn an_alert_is_fatal_and_bears_its_number() {
        assert_eq!(alert(40), [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_hello_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Hello::Whole(length) = hello(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
