//! The server behind the gateway: it answers as the script says, and keeps what it read.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::read::asked;
use super::script::{Script, Then};

pub(super) struct Server {
    pub(super) address: SocketAddr,
    stage: Arc<Mutex<Stage>>,
}

/// What is played now.
#[derive(Default)]
struct Stage {
    script: Script,
    /// Answers that were given, over all connections.
    given: usize,
    players: Vec<(TcpStream, JoinHandle<Vec<u8>>)>,
}

/// What is said where the script says nothing.
const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let stage = Arc::<Mutex<Stage>>::default();
        let shared = Arc::clone(&stage);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(other) = stream.try_clone() else { continue };
                let mut locked = lock(&shared);
                let stage = Arc::clone(&shared);
                locked.players.push((other, std::thread::spawn(move || serve(stream, &stage))));
            }
        });
        Self { address, stage }
    }

    pub(super) fn begin(&self, script: &Script) {
        let mut stage = lock(&self.stage);
        (stage.script, stage.given) = (script.clone(), 0);
    }

    /// Closes all connections; what was read on each, in the order in which they were opened.
    pub(super) fn end(&self) -> Vec<Vec<u8>> {
        // Connections are taken in their order: once the last of all is here, so are the others.
        let last = TcpStream::connect(self.address).expect("a connection");
        let here = last.local_addr().expect("an address");
        let is_last = |(stream, _): &(TcpStream, _)| stream.peer_addr().is_ok_and(|peer| peer == here);
        while !lock(&self.stage).players.iter().any(is_last) {
            std::thread::yield_now();
        }
        let mut players = std::mem::take(&mut lock(&self.stage).players);
        players.retain(|player| !is_last(player));
        let end = |(stream, player): (TcpStream, JoinHandle<Vec<u8>>)| {
            let _ = stream.shutdown(Shutdown::Both);
            player.join().expect("a player")
        };
        players.into_iter().map(end).collect()
    }
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, stage: &Mutex<Stage>) -> Vec<u8> {
    let (mut seen, mut piece, mut answered) = (Vec::new(), vec![0; 1 << 16], 0);
    let _ = stream.set_nodelay(true);
    while let Ok(count) = stream.read(&mut piece) {
        if count == 0 {
            break;
        }
        seen.extend_from_slice(&piece[..count]);
        let early = lock(stage).script.early;
        let requests = asked(&seen);
        let due = requests.iter().filter(|request| early || request.whole).count();
        while answered < due {
            answered += 1;
            if !answer(&mut stream, stage) {
                return seen;
            }
        }
    }
    seen
}

/// Gives the next answer; whether the connection goes on.
fn answer(stream: &mut TcpStream, stage: &Mutex<Stage>) -> bool {
    let (said, then) = {
        let mut stage = lock(stage);
        let place = stage.given;
        stage.given += 1;
        let last = place + 1 >= stage.script.answers.len();
        let then = if last { stage.script.then } else { Then::On };
        match stage.script.answers.get(place) {
            Some(said) => (said.clone(), then),
            None if then == Then::Silent => (Vec::new(), then),
            None => (vec![GOOD.to_vec()], Then::On),
        }
    };
    for piece in said {
        if stream.write_all(&piece).is_err() {
            return false;
        }
    }
    match then {
        Then::On | Then::Silent => true,
        Then::Close => stream.shutdown(Shutdown::Write).is_ok(),
        Then::Reset => {
            let _ = socket2::SockRef::from(&*stream).set_linger(Some(std::time::Duration::ZERO));
            false
        }
    }
}
