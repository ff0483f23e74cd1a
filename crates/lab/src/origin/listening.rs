//! Keeps an origin's port: accepts connections, puts players on them, and changes what is played.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::playing;
use super::port::Port;
use super::stage::{Scene, Stage};
use crate::recipe::Listen;
use crate::step::Step;

/// More connections at once are closed at once: beyond what one process can usually have open.
const CONNECTIONS_MAX: usize = 20_000;

/// Where the system has no connection to give, it is asked again after this time.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

/// A server that restarts again and again is up for so long …
const UP: Duration = Duration::from_millis(300);

/// … and down for so long. It begins with being down, so that the first request meets it.
const DOWN: Duration = Duration::from_millis(200);

/// Something else to play.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) steps: Vec<Step>,
    pub(super) listen: Listen,
    /// Gets the number of the new scene.
    pub(super) done: oneshot::Sender<io::Result<u64>>,
}

pub(super) struct Keeper {
    port: Port,
    stage: Arc<Stage>,
    scene: Arc<Scene>,
    players: JoinSet<()>,
    restart: Option<Restart>,
}

/// The state of a server that restarts again and again.
#[derive(Clone, Copy)]
enum Restart {
    UpUntil(Instant),
    DownUntil(Instant),
}

impl Keeper {
    pub(super) fn new(port: Port, stage: Arc<Stage>, steps: Vec<Step>) -> Self {
        let scene = Arc::new(Scene { number: 0, steps });
        Self { port, stage, scene, players: JoinSet::new(), restart: None }
    }

    /// Runs until nobody can order a change any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Change>) {
        loop {
            let turn = self.restart;
            tokio::select! {
                order = orders.recv() => match order {
                    Some(change) => self.change(change).await,
                    None => return,
                },
                accepted = self.port.accept() => match accepted {
                    Ok(stream) => self.accepted(stream),
                    Err(_) => sleep(ACCEPT_AGAIN).await,
                },
                Some(_) = self.players.join_next(), if !self.players.is_empty() => {}
                () = until(turn), if turn.is_some() => self.turn(turn),
            }
        }
    }

    async fn change(&mut self, change: Change) {
        let number = self.scene.number + 1;
        self.scene = Arc::new(Scene { number, steps: change.steps });
        self.restart = None;
        let changed = self.listen(change.listen).await;
        // Whoever ordered it may have lost interest.
        let _ = change.done.send(changed.map(|()| number));
    }

    async fn listen(&mut self, how: Listen) -> io::Result<()> {
        match how {
            Listen::Accept => self.port.open(),
            Listen::Refuse => {
                self.port.refuse();
                Ok(())
            }
            Listen::NeverAccept => self.port.ignore(),
            Listen::BacklogFull => self.port.fill_up().await,
            Listen::Restart => {
                self.go_down();
                Ok(())
            }
        }
    }

    fn accepted(&mut self, stream: TcpStream) {
        if self.players.len() >= CONNECTIONS_MAX {
            return;
        }
        self.stage.seen.connection();
        self.players.spawn(playing::play(stream, Arc::clone(&self.scene), Arc::clone(&self.stage)));
    }

    fn go_down(&mut self) {
        self.port.refuse();
        self.stage.down();
        self.restart = Some(Restart::DownUntil(Instant::now() + DOWN));
    }

    fn turn(&mut self, turn: Option<Restart>) {
        match turn {
            Some(Restart::UpUntil(_)) => self.go_down(),
            // Where the port cannot be listened on yet, the server stays down for another while.
            Some(Restart::DownUntil(_)) if self.port.open().is_err() => self.go_down(),
            Some(Restart::DownUntil(_)) => self.restart = Some(Restart::UpUntil(Instant::now() + UP)),
            None => {}
        }
    }
}

async fn until(turn: Option<Restart>) {
    if let Some(Restart::UpUntil(time) | Restart::DownUntil(time)) = turn {
        sleep_until(time).await;
    }
}
