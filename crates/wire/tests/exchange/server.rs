//! Servers for one test each: a script that is handed what the client sent and says what it likes.

use std::io::Read;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use goodgate_wire::{Failure, Hello, Limits, Opened, Peer, Request, Response, Roots, open};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;

/// What carries the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    Unix,
    Tls,
    /// TLS, with `h2` chosen.
    H2,
    /// TLS 1.3 with a client certificate asked for.
    ClientCertificate,
    /// The same with `h2`.
    H2ClientCertificate,
}

pub(crate) const ALL: [Way; 3] = [Way::Plain, Way::Unix, Way::Tls];

trait Duplex: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Duplex for S {}

/// The server's end of a connection.
pub(crate) struct Io {
    stream: Box<dyn Duplex>,
    socket: socket2::Socket,
}

impl Io {
    fn new<S: Duplex + 'static>(stream: S, socket: socket2::Socket) -> Self {
        Self { stream: Box::new(stream), socket }
    }

    /// Reads the request head and returns it.
    pub(crate) async fn request(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).unwrap()
    }

    /// Reads this many bytes.
    pub(crate) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    /// Says something; a client that does not listen any more is none of our business.
    pub(crate) async fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let said = self.stream.write_all(bytes.as_ref()).await;
        said.and(self.stream.flush().await).is_ok()
    }

    /// Ends in order: with TLS a close_notify, then FIN.
    pub(crate) async fn close(mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// FIN, with TLS without a close_notify.
    pub(crate) fn vanish(self) {}

    /// A reset. On a unix socket there is one only if something that the client sent was not read.
    pub(crate) fn reset(self) {
        self.socket.set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Stays and says nothing.
    pub(crate) async fn stay(self) {
        std::future::pending::<()>().await;
    }

    pub(crate) fn into_stream(self) -> impl AsyncRead + AsyncWrite + Unpin {
        self.stream
    }
}

enum Listening {
    Tcp(TcpListener, Option<TlsAcceptor>),
    Unix(UnixListener),
}

/// Where a script gets its connections from.
pub(crate) struct Listener(Listening);

impl Listener {
    pub(crate) async fn accept(&self) -> Io {
        match &self.0 {
            Listening::Unix(listener) => {
                let (stream, _) = listener.accept().await.unwrap();
                let socket = socket2::SockRef::from(&stream).try_clone().unwrap();
                Io::new(stream, socket)
            }
            Listening::Tcp(listener, tls) => {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let socket = socket2::SockRef::from(&stream).try_clone().unwrap();
                match tls {
                    None => Io::new(stream, socket),
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => Io::new(stream, socket),
                        // The client is gone or was refused; its side of the story is what is tested.
                        Err(_) => std::future::pending().await,
                    },
                }
            }
        }
    }
}

/// Where the server listens, and how to speak to it.
pub(crate) struct Place {
    pub(crate) peer: Peer,
    pub(crate) hello: Option<Hello>,
}

impl Place {
    pub(crate) async fn open(&self, limits: &Limits) -> Opened {
        open(&self.peer, self.hello.as_ref(), limits).await
    }
}

/// Listens, and runs script and client side by side until the client is done.
pub(crate) async fn play<T>(
    way: Way,
    script: impl AsyncFnOnce(Listener),
    client: impl AsyncFnOnce(Place) -> T,
) -> T {
    let (listening, place) = listen(way).await;
    let mut script = pin!(script(Listener(listening)));
    let mut client = pin!(client(place));
    let limit = tokio::time::sleep(Duration::from_secs(30));
    tokio::select! {
        out = &mut client => out,
        () = async { script.as_mut().await; std::future::pending().await } => unreachable!(),
        () = limit => panic!("the test hangs"),
    }
}

async fn listen(way: Way) -> (Listening, Place) {
    if way == Way::Unix {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("\0goodgate-wire-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let listener = UnixListener::bind(&name).unwrap();
        return (Listening::Unix(listener), Place { peer: Peer::Unix(name.into()), hello: None });
    }
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let peer = Peer::Tcp(listener.local_addr().unwrap());
    if way == Way::Plain {
        return (Listening::Tcp(listener, None), Place { peer, hello: None });
    }
    let config = server_config(way);
    let tls = TlsAcceptor::from(Arc::new(config));
    (Listening::Tcp(listener, Some(tls)), Place { peer, hello: Some(hello()) })
}

/// A peer on a thread of its own that reads this many bytes of what is said to it and resets the connection.
pub(crate) fn reader(way: Way, count: usize) -> (std::thread::JoinHandle<()>, Place) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let peer = Peer::Tcp(listener.local_addr().unwrap());
    let tls = (way != Way::Plain).then(|| Arc::new(server_config(way)));
    let place = Place { peer, hello: tls.is_some().then(hello) };
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let socket = stream.try_clone().unwrap();
        let mut bytes = vec![0; count];
        match tls {
            None => stream.read_exact(&mut bytes).unwrap(),
            Some(tls) => {
                let session = rustls::ServerConnection::new(tls).unwrap();
                rustls::StreamOwned::new(session, stream).read_exact(&mut bytes).unwrap();
            }
        }
        socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
    });
    (thread, place)
}

fn hello() -> Hello {
    Hello {
        server_name: Some("localhost".into()),
        expected: "localhost".into(),
        alpn: vec!["h2", "http/1.1"],
        accept_invalid: true,
        roots: Roots::with(false, &[]).unwrap(),
    }
}

fn server_config(way: Way) -> ServerConfig {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = if matches!(way, Way::ClientCertificate | Way::H2ClientCertificate) {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(verifier)
    } else {
        builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth()
    };
    let mut config = builder.with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = match way {
        Way::H2 | Way::H2ClientCertificate => vec![b"h2".to_vec()],
        _ => vec![b"http/1.1".to_vec()],
    };
    config
}

/// Limits that no healthy exchange on loopback comes near.
pub(crate) fn patient() -> Limits {
    let long = Duration::from_secs(20);
    Limits { send: long, wait: long, head: long, body_gap: long, body: long, ..Limits::default() }
}

pub(crate) const SHORT: Duration = Duration::from_millis(60);

pub(crate) fn get() -> Request {
    Request {
        method: "GET",
        target: "/a?b".into(),
        authority: "localhost".into(),
        secure: false,
        fields: vec![("User-Agent".into(), "goodgate".into())],
        keep_alive: true,
    }
}

/// One exchange on a fresh connection.
pub(crate) async fn once(
    way: Way,
    request: &Request,
    limits: &Limits,
    script: impl AsyncFnOnce(Listener),
) -> Result<Response, Failure> {
    play(way, script, async |place: Place| {
        let mut connection = place.open(limits).await.connection.unwrap();
        connection.exchange(request, limits).await
    })
    .await
}

/// One exchange on a fresh connection, answered with these bytes and a close in order.
pub(crate) async fn answered(way: Way, limits: &Limits, bytes: &'static [u8]) -> Result<Response, Failure> {
    once(way, &get(), limits, async |listener: Listener| {
        let mut io = listener.accept().await;
        io.request().await;
        io.say(bytes).await;
        io.close().await;
    })
    .await
}
