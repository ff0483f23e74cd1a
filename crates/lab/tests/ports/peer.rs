//! A plain client, and recipes written on the spot.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use goodgate_lab::{Identities, Origin, Recipe, Speaks, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// What has not happened after this time will not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Any free port.
pub(crate) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Fin,
    Reset,
}

pub(crate) fn identities() -> Arc<Identities> {
    static MADE: OnceLock<Arc<Identities>> = OnceLock::new();
    Arc::clone(MADE.get_or_init(|| Arc::new(Identities::new().expect("identities"))))
}

pub(crate) async fn origin() -> Origin {
    Origin::bind(ANY, Speaks::Http, identities()).await.expect("a free port")
}

/// A recipe with these lines before its tables.
pub(crate) fn recipe(lines: &str) -> Arc<Recipe> {
    let text = format!(
        "title = \"t\"\nabout = \"a\"\ngroup = \"body\"\n{lines}\n[truth]\n[gateway]\nmay = [\"error\"]\nwhy = []\n"
    );
    Arc::new(read("on-the-spot", &text).expect("a recipe"))
}

pub(crate) fn steps(steps: &str) -> Arc<Recipe> {
    recipe(&format!("steps = [{steps}]"))
}

pub(crate) struct Peer(pub(crate) BufReader<TcpStream>);

/// Small, because there can be very many of them.
const BUFFER: usize = 256;

impl Peer {
    pub(crate) async fn connect(at: SocketAddr) -> io::Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect(at)).await??;
        Ok(Self(BufReader::with_capacity(BUFFER, stream)))
    }

    pub(crate) async fn to(origin: &Origin) -> Self {
        Self::connect(origin.address()).await.expect("it listens")
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("it takes it");
    }

    /// Reads until this comes, and gives all up to its end.
    pub(crate) async fn until(&mut self, mark: &str) -> String {
        let mut all = Vec::new();
        let read = async {
            while !all.ends_with(mark.as_bytes()) {
                match self.0.read_u8().await {
                    Ok(byte) => all.push(byte),
                    Err(problem) => return Err(problem),
                }
            }
            Ok(())
        };
        let outcome = timeout(PATIENCE, read).await;
        let text = String::from_utf8_lossy(&all).into_owned();
        assert!(matches!(outcome, Ok(Ok(()))), "{mark:?} does not come: {outcome:?} after {text:?}");
        text
    }

    /// Reads to the end, and says how it ended.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, Ended) {
        let mut all = Vec::new();
        let outcome = timeout(PATIENCE, self.0.read_to_end(&mut all)).await.expect("it ends");
        match outcome {
            Ok(_) => (all, Ended::Fin),
            Err(problem) if problem.kind() == io::ErrorKind::ConnectionReset => (all, Ended::Reset),
            Err(problem) => panic!("{problem}"),
        }
    }

    /// A GET on this connection, answered as a healthy origin does.
    pub(crate) async fn right_answer(&mut self, token: &str) -> String {
        self.right_answer_at("/r/x", token).await
    }

    /// The same below this path.
    pub(crate) async fn right_answer_at(&mut self, path: &str, token: &str) -> String {
        self.say(&format!("GET {path}/{token} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        self.until(&format!("\r\n\r\nlab {token}\n")).await
    }
}

/// Tries until it holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < PATIENCE, "it never came to pass that {what}");
        tokio::task::yield_now().await;
    }
}
