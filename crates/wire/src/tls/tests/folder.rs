//! A folder of certificates and keys, and connections that are served with them.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::peers::{Authority, NAME, Signed, block, hello, leaf};
use crate::tls::{Accepted, CertifiedFiles, Hello, ServerTls, Unaccepted, UpstreamTls};
use crate::{Channel, Failure, Limits, Listener, Peer, bind, dial};

/// A folder that is gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("goodgate-wire-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// `name.pem` and `name.key`.
    pub(crate) fn pair(&self, name: &str, signed: &Signed, behind: &[&Authority]) -> CertifiedFiles {
        let behind = behind.iter().map(|authority| authority.pem.clone());
        let chain: Vec<_> = std::iter::once(signed.pem.clone()).chain(behind).collect();
        CertifiedFiles {
            chain: self.write(&format!("{name}.pem"), &chain.concat()),
            key: self.write(&format!("{name}.key"), &block("PRIVATE KEY", &signed.key)),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A listener and how it is reached.
pub(crate) fn listener() -> (Listener, Peer) {
    let bound = bind((Ipv4Addr::LOCALHOST, 0).into(), 1).expect("free").remove(0);
    let listener = bound.start().expect("started");
    let peer = Peer::Tcp(listener.address().expect("bound"));
    (listener, peer)
}

/// A handshake of both sides with each other.
pub(crate) async fn meet(
    upstream: &UpstreamTls,
    server: &ServerTls,
) -> (Result<Channel, Failure>, Result<Accepted, Box<Unaccepted>>) {
    let (listener, peer) = listener();
    let limits = Limits::default();
    let client = async {
        let (stream, _) = dial(&peer, &limits).await.expect("connected");
        upstream.connect(stream, limits.tls).await
    };
    let served = async {
        let (stream, _) = listener.accept(|trouble| panic!("{trouble:?}")).await;
        server.accept(stream).await
    };
    tokio::join!(client, served)
}

/// A server for [`NAME`] and what a client says who trusts it.
pub(crate) fn ready(alpn: &[&'static str]) -> (ServerTls, Hello) {
    let (folder, root) = (Folder::new(), Authority::root("Root", None));
    let files = folder.pair("own", &root.signs(&leaf(&[NAME])), &[]);
    let (server, warnings) = ServerTls::load(&[files], alpn).expect("usable");
    assert_eq!(warnings, []);
    (server, Hello { alpn: alpn.to_vec(), ..hello(root.trusted()) })
}

/// Both ends of one connection over TLS: the client's, the server's.
pub(crate) async fn both_ends() -> (Channel, Channel) {
    let (server, hello) = ready(&[]);
    let upstream = UpstreamTls::prepare(&hello).expect("names");
    let (client, accepted) = meet(&upstream, &server).await;
    (client.expect("connected"), accepted.expect("accepted").channel)
}
