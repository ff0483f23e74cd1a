//! Coarse timers: one sweep for all connections of a core instead of a timer of the runtime for each phase.
//!
//! A deadline is never early and late by at most two ticks. Setting one costs a store; that is why every phase of every
//! request can have its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

/// How often deadlines are looked at. Limits are given in whole or tenths of seconds, so this is fine enough.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// So many of them make a second.
const TICKS_OF_SECOND: u64 = 1000 / TICK.as_millis() as u64;

const NEVER: u64 = u64::MAX;

/// All deadlines of a core.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    nodes: RefCell<Vec<Rc<Node>>>,
    /// Ticks since the core began.
    now: Cell<u64>,
}

#[derive(Debug)]
struct Node {
    due: Cell<u64>,
    passed: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// Where it stands in the list of all.
    place: Cell<usize>,
}

/// One deadline, of one task.
#[derive(Debug)]
pub(crate) struct Deadline {
    node: Rc<Node>,
    all: Rc<Deadlines>,
}

impl Deadlines {
    /// A deadline that is not set.
    pub(crate) fn add(self: &Rc<Self>) -> Deadline {
        let mut nodes = self.nodes.borrow_mut();
        let node = Rc::new(Node {
            due: Cell::new(NEVER),
            passed: Cell::new(false),
            waker: RefCell::new(None),
            place: Cell::new(nodes.len()),
        });
        nodes.push(Rc::clone(&node));
        Deadline { node, all: Rc::clone(self) }
    }

    /// Says how many ticks have gone by in all, and wakes whose time is over.
    pub(crate) fn sweep(&self, ticks: u64) {
        self.now.set(ticks);
        for node in self.nodes.borrow().iter().filter(|node| node.due.get() <= ticks) {
            node.due.set(NEVER);
            node.passed.set(true);
            // Waking only puts a task into the queue: nothing runs while the list is held.
            if let Some(waker) = node.waker.borrow().as_ref() {
                waker.wake_by_ref();
            }
        }
    }
}

impl Deadlines {
    /// Wakes all tasks, so that they see for themselves what has changed.
    pub(crate) fn wake_all(&self) {
        for node in self.nodes.borrow().iter() {
            if let Some(waker) = node.waker.borrow().as_ref() {
                waker.wake_by_ref();
            }
        }
    }
}

impl Deadline {
    /// The time is over this long from now.
    pub(crate) fn set(&self, time: Duration) {
        let whole = time.as_secs().saturating_mul(TICKS_OF_SECOND);
        let ticks = whole.saturating_add(u64::from(time.subsec_nanos().div_ceil(TICK.subsec_nanos())));
        // The tick that is running has begun already.
        self.node.due.set(self.all.now.get().saturating_add(ticks).saturating_add(1).min(NEVER - 1));
        self.node.passed.set(false);
    }

    /// There is no deadline any more.
    pub(crate) fn clear(&self) {
        self.node.due.set(NEVER);
        self.node.passed.set(false);
    }

    /// Whether the time is over. If not, the task is woken when it is.
    pub(crate) fn passed(&self, cx: &Context<'_>) -> bool {
        if self.node.passed.get() {
            return true;
        }
        let mut waker = self.node.waker.borrow_mut();
        match waker.as_mut() {
            Some(known) => {
                if !known.will_wake(cx.waker()) {
                    known.clone_from(cx.waker());
                }
            }
            None => *waker = Some(cx.waker().clone()),
        }
        false
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        let mut nodes = self.all.nodes.borrow_mut();
        let place = self.node.place.get();
        if place < nodes.len() {
            nodes.swap_remove(place);
            if let Some(moved) = nodes.get(place) {
                moved.place.set(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(deadline: &Deadline) -> bool {
        deadline.passed(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn never_early_and_late_by_two_ticks_at_most() {
        let all = Rc::new(Deadlines::default());
        all.sweep(10);
        let deadline = all.add();
        deadline.set(TICK * 3);
        for (tick, over) in [(11, false), (13, false), (14, true), (15, true)] {
            all.sweep(tick);
            assert_eq!(passed(&deadline), over, "{tick}");
        }
        deadline.set(TICK);
        assert!(!passed(&deadline));
        deadline.clear();
        all.sweep(100);
        assert!(!passed(&deadline));
        deadline.set(Duration::MAX);
        all.sweep(1_000_000);
        assert!(!passed(&deadline));
    }

    #[test]
    fn what_is_dropped_leaves_the_others_alone() {
        let all = Rc::new(Deadlines::default());
        let mut deadlines: Vec<Deadline> = (0..4).map(|_| all.add()).collect();
        for deadline in &deadlines {
            deadline.set(TICK);
        }
        deadlines.remove(1);
        deadlines.remove(0);
        assert_eq!(all.nodes.borrow().len(), 2);
        all.sweep(5);
        assert!(deadlines.iter().all(passed));
        drop(deadlines);
        assert!(all.nodes.borrow().is_empty());
    }
}
