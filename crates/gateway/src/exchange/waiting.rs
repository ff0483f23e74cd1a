//! Waiting for a turn: for a place among the requests in hand, for a connection; not for clients that go away meanwhile.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::Failed;
use crate::front::Client;
use crate::upstream::{Care, Local, Place, Places, Room, room};

/// Waits for a place among the requests in hand, where they are bounded; not for a client that goes away meanwhile. The
/// place, and whether that took time.
pub(super) async fn place<'l, C: Client>(
    local: &'l Local,
    client: &mut C,
) -> Result<(Option<Place<&'l Places>>, bool), Failed> {
    let places = &*local.state.places;
    let Some(queue) = &local.state.plan.queue else { return Ok((None, false)) };
    if let Some(place) = Places::try_take(places) {
        return Ok((Some(place), false));
    }
    let Some(_waiting) = places.line_up(queue.length) else { return Err(Failed::QueueFull) };
    let taking = Box::pin(tokio::time::timeout(queue.wait, Places::take(places)));
    match unless_gone(client, taking).await {
        Some(Ok(place)) => Ok((Some(place), true)),
        Some(Err(_)) => Err(Failed::QueueTimedOut),
        None => Err(Failed::ClientGone),
    }
}

/// How long a request waits for a connection where the upstream has no queue that says it.
const ROOM_WAIT: Duration = Duration::from_secs(5);

/// Waits for room at one of these servers, all of which have as many connections as they may.
pub(super) async fn wait_for_room<C: Client>(
    local: &Local,
    full: &[usize],
    care: Option<Care>,
    client: &mut C,
) -> Result<(usize, Room), Failed> {
    let wait = local.state.plan.queue.map_or(ROOM_WAIT, |queue| queue.wait);
    let waiting = Box::pin(tokio::time::timeout(wait, room(local, full, care)));
    match unless_gone(client, waiting).await {
        Some(Ok(Some(room))) => Ok(room),
        Some(_) => Err(Failed::ConnectionLimit),
        None => Err(Failed::ClientGone),
    }
}

/// Waits for something, as long as the client waits for it, too; `None` where it has gone away. Of a client that still
/// sends nobody knows.
pub(super) async fn unless_gone<C: Client, T>(
    client: &mut C,
    mut future: Pin<Box<impl Future<Output = T>>>,
) -> Option<T> {
    poll_fn(|cx| {
        if let Poll::Ready(done) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        let (piece, ended) = client.body();
        let has_all = piece.is_empty() && ended;
        if has_all && client.poll_gone(cx).is_ready() { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}
