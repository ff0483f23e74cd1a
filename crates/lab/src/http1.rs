//! HTTP/1 as the lab's origin speaks it: requests are read leniently, answers are written as they should be or as a
//! recipe says. It knows no recipe and no port.
//!
//! It is no parser to build a server upon: what a client sends is only looked at as far as the lab has to know it.

mod answer;
mod body;
mod date;
mod head;

use std::io;

pub(crate) use answer::{ends_connection, reason, written};

use answer::answer;
pub(crate) use head::{Head, Parsed, decimal, end_of_head, parse};

use crate::connection::{Asked, Connection, token_in};
use crate::step::{Answer, Framing, HEALTHY_BODY, Step};

/// Called with the token of each request whose head was read.
pub(crate) type Seen<'a> = &'a (dyn Fn(&str) + Sync);

/// What came when a request was waited for.
#[derive(Debug)]
pub(crate) enum Came {
    /// The head of a request.
    Head(Head),
    /// The peer left before a head was complete.
    Nothing,
    /// No request, and why not.
    Unreadable(&'static str),
}

/// Whether a connection can be used again after an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It can.
    Again,
    /// It has to be closed.
    Close,
}

/// Plays a step of HTTP/1 that reads or sends a whole message. Other steps do nothing.
///
/// # Errors
/// Where the peer leaves.
pub(crate) async fn step(connection: &mut Connection, step: &Step, seen: Seen<'_>) -> io::Result<()> {
    match step {
        Step::ReadRequest => read_request(connection, seen).await,
        Step::ReadHead => read_head_for(connection, seen).await.map(drop),
        Step::Answer(told) => {
            let bytes = answer(connection, told);
            connection.send(&bytes).await
        }
        _ => Ok(()),
    }
}

/// Reads a head for a recipe. What is no request at all counts as one without a token, so that the recipe goes on.
async fn read_head_for(connection: &mut Connection, seen: Seen<'_>) -> io::Result<Option<Head>> {
    match read_head(connection).await? {
        Came::Head(head) => {
            seen(connection.token());
            Ok(Some(head))
        }
        Came::Nothing => Err(io::ErrorKind::UnexpectedEof.into()),
        Came::Unreadable(_) => {
            connection.consume(usize::MAX);
            connection.set_token(String::new());
            connection.asked = Asked::default();
            Ok(None)
        }
    }
}

async fn read_request(connection: &mut Connection, seen: Seen<'_>) -> io::Result<()> {
    if let Some(head) = read_head_for(connection, seen).await? {
        // A body that ends too early or breaks its framing ends the request all the same.
        let _ = body::read(connection, &head).await?;
    }
    Ok(())
}

/// Reads the head of a request, takes it off what was read, and notes its token and how to answer it.
pub(crate) async fn read_head(connection: &mut Connection) -> io::Result<Came> {
    let mut looked = 0;
    loop {
        match parse(connection.buffered(), looked) {
            Parsed::Complete(head, bytes) => {
                connection.consume(bytes);
                connection.set_token(token_in(&head.target));
                connection.asked = head.asked();
                return Ok(Came::Head(head));
            }
            Parsed::Broken(why) => return Ok(Came::Unreadable(why)),
            Parsed::Incomplete => {}
        }
        looked = connection.buffered().len();
        if connection.fill().await? == 0 {
            return Ok(Came::Nothing);
        }
    }
}

/// Reads one request and answers it as a healthy origin does.
///
/// # Errors
/// Where the peer leaves.
pub(crate) async fn exchange(connection: &mut Connection, seen: Seen<'_>) -> io::Result<Then> {
    let head = match read_head(connection).await? {
        Came::Head(head) => head,
        Came::Nothing => return Ok(Then::Close),
        Came::Unreadable(why) => {
            refuse(connection, why).await?;
            return Ok(Then::Close);
        }
    };
    seen(connection.token());
    if let Err(why) = body::read(connection, &head).await? {
        refuse(connection, why).await?;
        return Ok(Then::Close);
    }
    let bytes = written(connection.asked, &healthy(connection));
    connection.send(&bytes).await?;
    Ok(if connection.asked.close { Then::Close } else { Then::Again })
}

/// Reads the body that a head announces and throws it away; the inner error says what is wrong with it.
pub(crate) async fn skip_body(
    connection: &mut Connection,
    head: &Head,
) -> io::Result<Result<(), &'static str>> {
    body::read(connection, head).await
}

/// The answer of a healthy origin to the request that was read last.
pub(crate) fn healthy(connection: &Connection) -> Answer {
    plain(200, connection.expand(HEALTHY_BODY))
}

fn plain(status: u16, body: String) -> Answer {
    let headers = vec!["Content-Type: text/plain".to_owned()];
    Answer { status, reason: None, headers, body, framing: Framing::Length }
}

async fn refuse(connection: &mut Connection, why: &str) -> io::Result<()> {
    connection.asked = Asked { close: true, ..Asked::default() };
    let bytes = written(connection.asked, &plain(400, format!("lab: {why}\n")));
    connection.send(&bytes).await
}
