//! One visitor: requests on a connection, each answered or played to.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::accept::{Form, form};
use super::page::Page;
use super::route::{Route, route};
use super::site;
use super::status::Demand;
use crate::connection::{Asked, Connection};
use crate::http1::{self, Came, Head};
use crate::identities::Identities;
use crate::origin::{Ending, end, play_on};
use crate::recipe::Recipe;
use crate::step::{Answer, Step};

/// A connection on which nothing comes is closed after this time, as usual servers do.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// A request has to be read within this time.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// An answer has to be taken within this time.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// What comes next on a connection.
enum Next {
    /// Another request.
    Again,
    /// Its end.
    End(Ending),
}

/// Receives a visitor until one of us leaves.
pub(super) async fn visit(stream: TcpStream, identities: Arc<Identities>) {
    let mut connection = Connection::new(stream);
    let ending = loop {
        match request(&mut connection, &identities).await {
            Ok(Next::Again) => {}
            Ok(Next::End(ending)) => break ending,
            // The visitor has left, or nothing of use came for too long.
            Err(_) => break Ending::InOrder,
        }
    };
    end(connection, ending).await;
}

async fn request(connection: &mut Connection, identities: &Arc<Identities>) -> io::Result<Next> {
    if connection.buffered().is_empty() && timeout(IDLE_MAX, connection.fill()).await?? == 0 {
        return Ok(Next::End(Ending::InOrder));
    }
    let head = match timeout(REQUEST_MAX, http1::read_head(connection)).await?? {
        Came::Head(head) => head,
        Came::Nothing => return Ok(Next::End(Ending::InOrder)),
        Came::Unreadable(why) => return refuse(connection, why).await,
    };
    if let Route::Recipe(name) = route(&head)
        && let Some(recipe) = crate::recipes().iter().find(|recipe| recipe.name == name)
        && recipe.plays_after_request()
    {
        // In a place of its own, so that those who only wait do not need room for it.
        return Box::pin(played(connection, recipe, &head, identities)).await;
    }
    if let Err(why) = timeout(REQUEST_MAX, http1::skip_body(connection, &head)).await?? {
        return refuse(connection, why).await;
    }
    let told = answer(connection, &head).await?;
    send(connection, &told).await
}

/// Plays a recipe whose first step is to read the request, as far as that is not done yet.
async fn played(
    connection: &mut Connection,
    recipe: &Recipe,
    head: &Head,
    identities: &Arc<Identities>,
) -> io::Result<Next> {
    let Some((first, rest)) = recipe.steps.split_first() else { return Ok(Next::End(Ending::InOrder)) };
    if matches!(first, Step::ReadRequest | Step::Serve) {
        // A body that breaks its own framing does not keep the recipe from being played.
        let _ = timeout(REQUEST_MAX, http1::skip_body(connection, head)).await??;
    }
    if *first == Step::Serve {
        return send(connection, &http1::healthy(connection)).await;
    }
    Ok(Next::End(play_on(connection, rest, Arc::clone(identities)).await))
}

/// The answer to what was asked for; comes late where that was asked for, and after an interim one.
async fn answer(connection: &mut Connection, head: &Head) -> io::Result<Answer> {
    let form = form(head);
    Ok(match route(head) {
        Route::List => site::list(form, &reached_at(connection)),
        Route::Healthy => http1::healthy(connection),
        Route::Unknown(path) => site::no_page(&path).answer(form),
        Route::Recipe(name) => match crate::recipes().iter().find(|recipe| recipe.name == name) {
            Some(recipe) => site::not_here(recipe).answer(form),
            None => site::no_recipe(&name).answer(form),
        },
        Route::Status(status, query) => match Demand::read(&status, &query) {
            Err(why) => Page::new(400, [why]).answer(form),
            Ok(demand) => {
                sleep(demand.delay).await;
                // A client of HTTP/1.0 knows no interim answers (RFC 9110 §15.2).
                if demand.is_interim() && !connection.asked.http10 {
                    let bytes = http1::written(connection.asked, &demand.interim());
                    timeout(ANSWER_MAX, connection.send(&bytes)).await??;
                }
                demand.answer(form)
            }
        },
    })
}

/// Our own address rather than what `Host` says, which the client chooses.
fn reached_at(connection: &Connection) -> String {
    let address = connection.socket().and_then(|socket| socket.local_addr().ok());
    address.map_or_else(|| "127.0.0.1:8502".to_owned(), |address| address.to_string())
}

async fn refuse(connection: &mut Connection, why: &str) -> io::Result<Next> {
    connection.asked = Asked { close: true, ..Asked::default() };
    let page = Page::new(400, [format!("This request cannot be read: {why}.")]);
    send(connection, &page.answer(Form::Text)).await
}

async fn send(connection: &mut Connection, told: &Answer) -> io::Result<Next> {
    let bytes = http1::written(connection.asked, told);
    timeout(ANSWER_MAX, connection.send(&bytes)).await??;
    Ok(if connection.asked.close { Next::End(Ending::InOrder) } else { Next::Again })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten thousand visitors who wait fit into 40 MB besides what the kernel keeps for them.
    const WAITING_BYTES_MAX: usize = 4096;

    #[tokio::test]
    async fn a_visitor_who_waits_takes_little_memory() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let visit = visit(stream, Arc::new(Identities::new().unwrap()));
        let bytes = size_of_val(&visit);
        assert!(bytes <= WAITING_BYTES_MAX, "{bytes}");
    }
}
