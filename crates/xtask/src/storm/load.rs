//! The stream of requests: each is sent at its time, whether or not those before it were answered, on a kept connection
//! that is free or on a new one, as browsers do it.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use crate::bench::client::{Answer, Connection, Lost, get};
use crate::storm::schedule::Schedule;
use crate::storm::tally::{Failure, Tally};

/// What a server sends as its body.
const BODY_BYTES: usize = 1024;
/// Requests in hand at once; descriptors end somewhere, and nobody who keeps up comes near.
const IN_HAND_MAX: usize = 6000;
/// Idle connections that are kept.
const IDLE_MAX: usize = 512;
/// A request that is sent later than this after its time says that the generator could not keep up.
const LATE: Duration = Duration::from_millis(100);

/// What all requests share.
struct Shared {
    address: SocketAddr,
    path: &'static str,
    idle: RefCell<Vec<Connection>>,
    in_hand: RefCell<usize>,
    tally: RefCell<Tally>,
}

/// Sends all requests of a schedule and waits for the last answer.
pub(crate) fn send(address: SocketAddr, path: &'static str, schedule: Schedule) -> io::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shared = Rc::new(Shared {
        address,
        path,
        idle: RefCell::default(),
        in_hand: RefCell::default(),
        tally: RefCell::default(),
    });
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, stream(Rc::clone(&shared), schedule));
    // Answers that are still out.
    runtime.block_on(tasks);
    Ok(shared.tally.take())
}

async fn stream(shared: Rc<Shared>, schedule: Schedule) {
    let begun = Instant::now();
    for number in 0..schedule.requests {
        let due = begun + schedule.at(number);
        if due > Instant::now() {
            sleep_until(due).await;
        } else if number % 64 == 0 {
            // Behind its time: those in hand get their turn all the same.
            tokio::task::yield_now().await;
        }
        tokio::task::spawn_local(one(Rc::clone(&shared), number, begun, due));
    }
}

async fn one(shared: Rc<Shared>, number: u64, begun: Instant, due: Instant) {
    if due.elapsed() > LATE {
        shared.tally.borrow_mut().late += 1;
    }
    if *shared.in_hand.borrow() >= IN_HAND_MAX {
        shared.tally.borrow_mut().unsent += 1;
        return;
    }
    *shared.in_hand.borrow_mut() += 1;
    let outcome = judge(shared.ask(number).await);
    *shared.in_hand.borrow_mut() -= 1;
    let mut tally = shared.tally.borrow_mut();
    match outcome {
        // From when it was due: whoever is slow has no fewer requests to answer.
        Ok(()) => tally.answered(due.elapsed()),
        Err(what) => tally.lost(Failure { number, at: begun.elapsed(), what }),
    }
}

/// Anything but the whole answer of a server is a failure.
fn judge(answer: Result<Answer, Lost>) -> Result<(), String> {
    match answer {
        Ok(answer) if answer.status == 200 && answer.bytes == BODY_BYTES => Ok(()),
        Ok(answer) if answer.status == 200 => Err(format!("200 with {} bytes", answer.bytes)),
        Ok(answer) => Err(format!("{}\n{}", answer.status, answer.head.unwrap_or_default().trim())),
        Err(lost) => Err(format!("{lost:?}")),
    }
}

impl Shared {
    async fn ask(&self, number: u64) -> Result<Answer, Lost> {
        let request = get(&format!("{}/{number}", self.path));
        let kept = self.idle.borrow_mut().pop();
        if let Some(connection) = kept {
            match connection.ask(&request).await {
                // The gateway was just closing it; any client asks again (RFC 9112, section 9.3.1).
                Err(Lost::ClosedWhenReused) => self.tally.borrow_mut().resent += 1,
                answered => return self.keep(answered),
            }
        }
        let connection = Connection::open(self.address).await?;
        self.keep(connection.ask(&request).await)
    }

    fn keep(&self, answered: Result<(Answer, Option<Connection>), Lost>) -> Result<Answer, Lost> {
        let (answer, connection) = answered?;
        let mut idle = self.idle.borrow_mut();
        idle.extend(connection.filter(|_| answer.status == 200));
        idle.truncate(IDLE_MAX);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_of_a_server_is_none_lost() {
        assert_eq!(judge(Err(Lost::Cut)), Err("Cut".to_owned()));
        // Nobody listens at the port that is asked for here, so every request is lost, and each is counted.
        let schedule =
            Schedule { rate_per_s: 10_000, requests: 20, pace: crate::storm::schedule::Pace::Steady };
        let address = crate::bench::process::free_ports(1).unwrap()[0];
        let tally = send(address, "/1k", schedule).unwrap();
        assert_eq!((tally.failed(), tally.failures.len()), (20, 20));
        assert!(tally.failures.iter().all(|failure| failure.what == "Connect"));
    }
}
