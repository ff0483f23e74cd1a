//! Plays the steps of a scene on one connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::bytes;
use super::ending::{Ending, end, until_left};
use super::stage::{Ear, Resting, Scene, Stage};
use crate::connection::Connection;
use crate::http1::{self, Then};
use crate::identities::Identities;
use crate::recipe::Speaks;
use crate::step::Step;
use crate::{fastcgi, http2, tls_steps, uwsgi};

/// No connection lives longer: many times what any recipe takes.
const CONNECTION_MAX: Duration = Duration::from_secs(600);

/// Whoever waits for a peer to leave does so for this long: longer than the usual limits of gateways.
pub(crate) const HANG_MAX: Duration = Duration::from_secs(60);

/// Plays a scene on a connection, from its first step to its end.
pub(super) async fn play(stream: TcpStream, scene: Arc<Scene>, stage: Arc<Stage>) {
    let mut connection = Connection::new(stream);
    let mut down = stage.listener(scene.number);
    let ear = stage.listener(scene.number);
    let mut player = Player { connection: &mut connection, ear, stage, resting: None };
    let ending = tokio::select! {
        ending = timeout(CONNECTION_MAX, player.scene(&scene.steps)) => ending.unwrap_or(Ending::InOrder),
        () = down.down() => Ending::AtOnce,
    };
    let resting = player.resting.take();
    end(connection, ending).await;
    // Only now it is gone.
    drop(resting);
}

/// Plays steps on a connection of HTTP/1 whose request was read by somebody else, and says how to end it.
pub(crate) async fn play_on(
    connection: &mut Connection,
    steps: &[Step],
    identities: Arc<Identities>,
) -> Ending {
    let stage = Arc::new(Stage::new(Speaks::Http, identities));
    let ear = stage.listener(0);
    let mut player = Player { connection, ear, stage, resting: None };
    timeout(CONNECTION_MAX, player.scene(steps)).await.unwrap_or(Ending::InOrder)
}

struct Player<'a> {
    connection: &'a mut Connection,
    stage: Arc<Stage>,
    ear: Ear,
    resting: Option<Resting>,
}

impl Player<'_> {
    async fn scene(&mut self, steps: &[Step]) -> Ending {
        for step in steps {
            match self.step(step).await {
                Ok(None) => {}
                Ok(Some(ending)) => return ending,
                // The peer left, or did not do its part: nothing can be played to it.
                Err(_) => return Ending::InOrder,
            }
        }
        Ending::InOrder
    }

    async fn step(&mut self, step: &Step) -> io::Result<Option<Ending>> {
        if reads_request(step) && !self.rest().await? {
            return Ok(Some(Ending::InOrder));
        }
        let Self { connection, stage, .. } = self;
        match step {
            Step::Close => return Ok(Some(Ending::AtOnce)),
            Step::Reset => return Ok(Some(Ending::Thrown)),
            Step::Hang => {
                // Whether the peer leaves or the time is over, the connection ends.
                let _ = timeout(HANG_MAX, until_left(connection)).await;
                return Ok(Some(Ending::InOrder));
            }
            Step::Serve => {
                self.serve().await?;
                return Ok(Some(Ending::InOrder));
            }
            Step::Pause(time) => sleep(Duration::from(*time)).await,
            Step::HalfClose => connection.shutdown().await?,
            Step::Answer(told) => {
                http1::step(connection, step, &|_| {}).await?;
                if http1::ends_connection(told, connection.asked) {
                    return Ok(Some(Ending::InOrder));
                }
            }
            // In a place of its own, so that those who only rest do not need room for it.
            other => Box::pin(message(connection, stage, other)).await?,
        }
        Ok(None)
    }

    /// Waits for the first byte of a request; false where the peer leaves, or where another scene begins first.
    async fn rest(&mut self) -> io::Result<bool> {
        if !self.connection.buffered().is_empty() || self.connection.http2.has_waiting() {
            return Ok(true);
        }
        self.resting = Some(self.ear.rest());
        let bytes = tokio::select! {
            // What has come already is answered.
            biased;
            bytes = self.connection.fill() => bytes?,
            () = self.ear.called_off() => return Ok(false),
        };
        self.resting = None;
        Ok(bytes > 0)
    }

    /// Is healthy until the peer leaves, or until another scene begins.
    async fn serve(&mut self) -> io::Result<()> {
        // The peer may have its answer, and begin the next thing, before this connection rests again.
        let _serves = self.ear.rest();
        while self.rest().await? {
            let Self { connection, stage, .. } = self;
            let seen = |token: &str| stage.seen.request(token);
            let then = match stage.speaks {
                Speaks::Http | Speaks::Tls => http1::exchange(connection, &seen).await?,
                Speaks::H2c => http2::exchange(connection, &seen).await?,
                Speaks::Fastcgi => fastcgi::exchange(connection, &seen).await?,
                Speaks::Uwsgi => uwsgi::exchange(connection, &seen).await?,
            };
            if then == Then::Close {
                break;
            }
        }
        Ok(())
    }
}

/// Whether it begins with the first byte of a request.
const fn reads_request(step: &Step) -> bool {
    matches!(
        step,
        Step::ReadRequest
            | Step::ReadHead
            | Step::FcgiReadRequest
            | Step::UwsgiReadRequest
            | Step::H2ReadRequest
    )
}

/// The steps that read or send something and change nothing in the course of the recipe.
async fn message(connection: &mut Connection, stage: &Stage, step: &Step) -> io::Result<()> {
    let identities = &stage.identities;
    match step {
        Step::ReadRequest | Step::ReadHead => {
            return http1::step(connection, step, &|token| stage.seen.request(token)).await;
        }
        Step::Tls(_) | Step::ReadHello | Step::Alert(_) | Step::CloseNotify => {
            tls_steps::step(connection, step, identities).await?;
        }
        Step::FcgiReadRequest
        | Step::FcgiStdout(_)
        | Step::FcgiStdoutFill(_)
        | Step::FcgiStderr(_)
        | Step::FcgiEnd(_) => fastcgi::step(connection, step, identities).await?,
        Step::UwsgiReadRequest => uwsgi::step(connection, step, identities).await?,
        Step::H2Start
        | Step::H2ReadRequest
        | Step::H2Headers(_)
        | Step::H2Data(_)
        | Step::H2Reset(_)
        | Step::H2Goaway(_)
        | Step::H2Frame(_) => http2::step(connection, step, identities).await?,
        other => bytes::step(connection, other).await?,
    }
    if reads_request(step) {
        stage.seen.request(connection.token());
    }
    Ok(())
}
