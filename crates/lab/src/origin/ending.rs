//! How a connection is ended: in order, at once, or thrown away.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::Connection;

/// After the end of our half the peer gets so long to end its own; a peer that reacts at all takes milliseconds.
const FAREWELL_MAX: Duration = Duration::from_secs(1);

/// So much of what has come unasked is read before a connection is closed at once.
const UNREAD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How a recipe ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As a good server does: it ends its half, and goes when the peer has ended the other.
    InOrder,
    /// With FIN and without waiting for anything; over TLS without close_notify.
    AtOnce,
    /// With RST.
    Thrown,
}

/// Ends a connection.
pub(crate) async fn end(mut connection: Connection, how: Ending) {
    match how {
        Ending::InOrder => {
            let farewell = async {
                connection.shutdown().await?;
                loop {
                    connection.consume(usize::MAX);
                    if connection.fill().await? == 0 {
                        return std::io::Result::Ok(());
                    }
                }
            };
            // Whatever the peer does now, the connection ends here.
            let _ = timeout(FAREWELL_MAX, farewell).await;
        }
        Ending::AtOnce => {
            if let Some(stream) = connection.take_socket() {
                close_at_once(stream).await;
            }
        }
        Ending::Thrown => {
            if let Some(stream) = connection.take_socket() {
                throw_away(stream);
            }
        }
    }
}

/// Closes with FIN. Closing with bytes unread would send RST, so they are read first.
async fn close_at_once(mut stream: TcpStream) {
    read_what_is_there(&stream);
    let _ = stream.shutdown().await;
    // What came while we said so.
    read_what_is_there(&stream);
}

fn read_what_is_there(stream: &TcpStream) {
    let mut chunk = [0; 16 * 1024];
    let mut unread = UNREAD_BYTES_MAX;
    while let Ok(read @ 1..) = stream.try_read(&mut chunk) {
        unread = unread.saturating_sub(read);
        if unread == 0 {
            return;
        }
    }
}

/// Closes with RST (`SO_LINGER` of no time).
fn throw_away(stream: TcpStream) {
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    drop(stream);
}

/// Reads and throws away until the peer leaves.
pub(super) async fn until_left(connection: &mut Connection) {
    loop {
        connection.consume(usize::MAX);
        if !matches!(connection.fill().await, Ok(1..)) {
            return;
        }
    }
}
