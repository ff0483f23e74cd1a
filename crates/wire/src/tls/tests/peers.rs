//! The other side: authorities that sign anything, servers that show any chain, and scripts that speak no TLS at all.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::tls::{Hello, PROVIDER, Roots, TlsSeen, TlsStream, UpstreamTls, handshake};
use crate::{Channel, Failure, Limits, Peer, dial};

/// The name that most certificates here are for.
pub(crate) const NAME: &str = "shop.example";

/// What an authority signs next.
pub(crate) fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, "a server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params
}

/// The same with a change.
pub(crate) fn but(
    mut params: CertificateParams,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateParams {
    change(&mut params);
    params
}

/// A certificate in PEM.
pub(crate) fn pem(der: &[u8]) -> Vec<u8> {
    block("CERTIFICATE", der)
}

/// A PEM block (RFC 7468).
pub(crate) fn block(label: &str, der: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----").into_bytes();
    for (number, three) in der.chunks(3).enumerate() {
        if number % 16 == 0 {
            text.push(b'\n');
        }
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        let letters = [18, 12, 6, 0].map(|shift| LETTERS[bits >> shift & 63]);
        text.extend_from_slice(&letters[..=three.len()]);
        text.resize(text.len() + 3 - three.len(), b'=');
    }
    text.extend_from_slice(format!("\n-----END {label}-----\n").as_bytes());
    text
}

fn authority(name: &str, organisation: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(organisation) = organisation {
        params.distinguished_name.push(DnType::OrganizationName, organisation);
    }
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.use_authority_key_identifier_extension = true;
    params
}

/// The caIssuers extension with this URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
pub(crate) fn issuer_at(url: &str) -> CustomExtension {
    let short = |length: usize| u8::try_from(length).expect("a short URL");
    let mut access = vec![0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, short(url.len())];
    access.extend_from_slice(url.as_bytes());
    let mut content = vec![0x30, short(access.len() + 2), 0x30, short(access.len())];
    content.extend(access);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// Somebody who signs.
pub(crate) struct Authority {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub(crate) struct Signed {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

impl Authority {
    pub(crate) fn root(name: &str, organisation: Option<&str>) -> Self {
        let (params, key) = (authority(name, organisation), KeyPair::generate().expect("a key"));
        let own = params.self_signed(&key).expect("signed");
        Self { der: own.der().clone(), pem: pem(own.der()), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn below(&self, name: &str, organisation: Option<&str>) -> Self {
        self.below_with(authority(name, organisation))
    }

    /// One that was valid only long ago.
    pub(crate) fn below_expired(&self, name: &str) -> Self {
        let mut params = authority(name, None);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.below_with(params)
    }

    /// One that may sign only for these names.
    pub(crate) fn below_constrained(&self, name: &str, constraints: rcgen::NameConstraints) -> Self {
        self.below_with(but(authority(name, None), |params| params.name_constraints = Some(constraints)))
    }

    fn below_with(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let own = params.signed_by(&key, &self.issuer).expect("signed");
        Self { der: own.der().clone(), pem: pem(own.der()), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn signs(&self, params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let own = params.signed_by(&key, &self.issuer).expect("signed");
        Signed { der: own.der().clone(), pem: pem(own.der()), key: key.serialize_der() }
    }

    pub(crate) fn trusted(&self) -> Roots {
        Roots::with(false, std::slice::from_ref(&self.pem)).expect("a root")
    }
}

pub(crate) fn signs_itself(params: &CertificateParams) -> Signed {
    let key = KeyPair::generate().expect("a key");
    let own = params.self_signed(&key).expect("signed");
    Signed { der: own.der().clone(), pem: pem(own.der()), key: key.serialize_der() }
}

/// A server's configuration: its certificate and what it sends behind it.
pub(crate) fn server(
    signed: &Signed,
    others: &[&CertificateDer<'static>],
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let chain = std::iter::once(&signed.der).chain(others.iter().copied()).cloned().collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.key.clone()));
    let key = PROVIDER.key_provider.load_private_key(key).expect("a key");
    // Unlike the usual way, this one looks neither at the certificate nor at whether the key is its own.
    let resolver = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER));
    let builder = builder.with_protocol_versions(versions).expect("versions").with_no_client_auth();
    builder.with_cert_resolver(Arc::new(resolver))
}

/// What a server of ours saw: the name it was called by, or the alert that it got.
pub(crate) type Served = Result<Option<String>, rustls::Error>;

/// Serves one connection and waits for the client to go away.
pub(crate) async fn serve(config: ServerConfig) -> (Peer, JoinHandle<Served>) {
    let (listener, peer) = listen().await;
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepted");
        match TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            Ok(mut stream) => {
                let name = stream.get_ref().1.server_name().map(str::to_owned);
                let _ = stream.read_to_end(&mut Vec::new()).await;
                Ok(name)
            }
            Err(error) => match error.downcast::<rustls::Error>() {
                Ok(error) => Err(error),
                Err(error) => Err(rustls::Error::General(error.to_string())),
            },
        }
    });
    (peer, task)
}

/// A peer that does whatever the script says with one connection.
pub(crate) async fn script<T, F>(
    script: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Peer, JoinHandle<T>)
where
    F: Future<Output = T> + Send,
    T: Send + 'static,
{
    let (listener, peer) = listen().await;
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepted");
        script(stream).await
    });
    (peer, task)
}

/// Reads the client's hello: one record.
pub(crate) async fn read_hello(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.expect("a record's head");
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).await.expect("a record");
    body
}

async fn listen() -> (TcpListener, Peer) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a listener");
    let address: SocketAddr = listener.local_addr().expect("its address");
    (listener, Peer::Tcp(address))
}

/// A hello to [`NAME`] that trusts these.
pub(crate) fn hello(roots: Roots) -> Hello {
    Hello {
        server_name: Some(NAME.into()),
        expected: NAME.into(),
        alpn: Vec::new(),
        accept_invalid: false,
        roots,
    }
}

/// Trusts nobody.
pub(crate) fn nobody() -> Roots {
    Roots::with(false, &[]).expect("no roots")
}

pub(crate) async fn shake(peer: &Peer, hello: &Hello) -> (Result<TlsStream, Failure>, TlsSeen) {
    shake_within(peer, hello, Duration::from_secs(10)).await
}

pub(crate) async fn shake_within(
    peer: &Peer,
    hello: &Hello,
    time: Duration,
) -> (Result<TlsStream, Failure>, TlsSeen) {
    let limits = Limits { tls: time, ..Limits::default() };
    let (stream, _) = dial(peer, &limits).await.expect("connected");
    let (result, seen, took) = handshake(stream, hello, &limits).await;
    if let Err(failure) = &result {
        assert_eq!((failure.phase, failure.retry), (goodgate_facts::Phase::Tls, crate::Retry::Safe));
        assert_eq!((failure.sent, failure.after), (0, took));
    }
    (result, seen)
}

/// The same in the gateway's way.
pub(crate) async fn connect(peer: &Peer, hello: &Hello) -> Result<Channel, Failure> {
    let limits = Limits::default();
    let (stream, _) = dial(peer, &limits).await.expect("connected");
    UpstreamTls::prepare(hello).expect("names").connect(stream, limits.tls).await
}
