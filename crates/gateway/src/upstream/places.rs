//! Places of which there are so many over all cores, and the queue of those who found none: requests in hand with an
//! upstream, connections to a server.
//!
//! How many there are may change while they are taken. Where they become fewer, what is taken beyond goes as it is given
//! back.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// Places, and who waits for one. Whoever waits first is served first, on whatever core.
#[derive(Debug)]
pub(crate) struct Places {
    free: Semaphore,
    limit: AtomicUsize,
    /// Taken beyond the limit.
    surplus: AtomicUsize,
    waiting: AtomicUsize,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<P: Deref<Target = Places>>(P);

/// Somebody in the queue, until dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a>(&'a Places);

impl Places {
    /// More than anybody can take.
    pub(crate) const UNBOUNDED: usize = Semaphore::MAX_PERMITS;

    /// So many places.
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(Self::UNBOUNDED);
        Self {
            free: Semaphore::new(limit),
            limit: AtomicUsize::new(limit),
            surplus: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Says how many there are from now on. Not to be called by two at a time.
    pub(crate) fn set(&self, limit: usize) {
        let limit = limit.min(Self::UNBOUNDED);
        let before = self.limit.swap(limit, Ordering::Relaxed);
        if let Some(less) = before.checked_sub(limit).filter(|less| *less > 0) {
            let gone = self.free.forget_permits(less);
            self.surplus.fetch_add(less - gone, Ordering::Relaxed);
            return;
        }
        let more = limit - before;
        let taken = |surplus: usize| Some(surplus.saturating_sub(more));
        let surplus =
            self.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).unwrap_or_default();
        self.free.add_permits(more.saturating_sub(surplus));
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn try_take<P: Deref<Target = Self>>(places: P) -> Option<Place<P>> {
        places.free.try_acquire().ok()?.forget();
        Some(Place(places))
    }

    /// A place, as soon as there is one.
    pub(crate) async fn take<P: Deref<Target = Self>>(places: P) -> Place<P> {
        match places.free.acquire().await {
            Ok(permit) => permit.forget(),
            // Only of places that were closed, which these never are.
            Err(_) => std::future::pending().await,
        }
        Place(places)
    }

    /// Joins the queue, in which there may be so many.
    pub(crate) fn line_up(&self, length: usize) -> Option<Waiting<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(self);
        (before < length).then_some(waiting)
    }

    /// How many wait for a place.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        let all = self.limit.load(Ordering::Relaxed).saturating_add(self.surplus.load(Ordering::Relaxed));
        all.saturating_sub(self.free.available_permits())
    }
}

impl<P: Deref<Target = Places>> Drop for Place<P> {
    fn drop(&mut self) {
        let goes = |surplus: usize| surplus.checked_sub(1);
        if self.0.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, goes).is_err() {
            self.0.free.add_permits(1);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_were_said_last() {
        let places = Places::new(2);
        let (one, two) = (Places::try_take(&places), Places::try_take(&places));
        assert!(one.is_some() && two.is_some() && Places::try_take(&places).is_none());
        places.set(1);
        assert_eq!(places.taken(), 2);
        drop(one);
        assert!(Places::try_take(&places).is_none());
        drop(two);
        assert_eq!(places.taken(), 0);
        let one = Places::try_take(&places);
        assert!(one.is_some() && Places::try_take(&places).is_none());
        places.set(Places::UNBOUNDED);
        let many: Vec<_> = (0..100).map_while(|_| Places::try_take(&places)).collect();
        assert_eq!((many.len(), places.taken()), (100, 101));
        // Fewer than are taken, and more again before any came back.
        places.set(10);
        places.set(102);
        let last = Places::try_take(&places);
        assert!(last.is_some() && Places::try_take(&places).is_none());
        drop((one, many, last));
        assert_eq!((places.taken(), places.free.available_permits()), (0, 102));
    }

    #[test]
    fn the_queue_is_bounded_and_left_by_those_who_go() {
        let places = Places::new(0);
        let waiting = (places.line_up(2), places.line_up(2));
        assert!(waiting.0.is_some() && waiting.1.is_some() && places.line_up(2).is_none());
        assert_eq!(places.waiting(), 2);
        drop(waiting);
        assert_eq!(places.waiting(), 0);
        assert!(places.line_up(0).is_none());
    }
}
