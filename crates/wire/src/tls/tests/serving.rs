//! Handshakes with clients: which certificate they are shown, files that change, and clients that do it wrong.

use std::time::Duration;

use rcgen::date_time_ymd;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::folder::{Folder, listener, meet, ready};
use super::peers::{Authority, NAME, block, but, hello, issuer_at, leaf, nobody, signs_itself};
use crate::tls::{
    AcceptFault, CertifiedFiles, Hello, ServerTls, TlsFilesError, TlsFilesFault, TlsFilesWarning, TlsVersion,
    Unaccepted, UpstreamTls, handshake,
};
use crate::{Fault, Limits, Peer, dial};

/// The first name in the certificate that a client is shown who asks for this name.
async fn shown(server: &ServerTls, name: Option<&str>) -> String {
    let (listener, peer) = listener();
    let limits = Limits::default();
    let hello = Hello { server_name: name.map(str::to_owned), accept_invalid: true, ..hello(nobody()) };
    let client = async {
        let (stream, _) = dial(&peer, &limits).await.expect("connected");
        let (result, seen, _) = handshake(stream, &hello, &limits).await;
        result.expect("whatever the certificate");
        seen.chain[0].names[0].clone()
    };
    let served = async {
        let (stream, _) = listener.accept(|trouble| panic!("{trouble:?}")).await;
        server.accept(stream).await.expect("accepted")
    };
    let (seen, accepted) = tokio::join!(client, served);
    assert_eq!(accepted.server_name.as_deref(), name.map(str::to_ascii_lowercase).as_deref());
    assert_eq!(accepted.version, TlsVersion::Tls13);
    seen
}

#[tokio::test]
async fn the_certificate_is_chosen_by_the_name_that_is_asked_for() {
    let (folder, root) = (Folder::new(), Authority::root("Root", None));
    let names: [&[&str]; 3] =
        [&["first.example", "192.0.2.7"], &["*.shop.example", "shop.example"], &["eu.Shop.example"]];
    let files: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, names)| folder.pair(&index.to_string(), &root.signs(&leaf(names)), &[]))
        .collect();
    let (server, warnings) = ServerTls::load(&files, &[]).expect("usable");
    assert_eq!(warnings, []);
    let counts = server.standing().iter().map(|one| one.certificate.names.len()).collect::<Vec<_>>();
    assert_eq!(counts, [2, 2, 1]);
    for (asked, first) in [
        (None, "first.example"),
        (Some("first.example"), "first.example"),
        (Some("unknown.example"), "first.example"),
        (Some("shop.example"), "*.shop.example"),
        (Some("WWW.shop.example"), "*.shop.example"),
        // The whole name goes before the star, and a star stands for one label.
        (Some("eu.shop.example"), "eu.Shop.example"),
        (Some("www.eu.shop.example"), "first.example"),
    ] {
        assert_eq!(shown(&server, asked).await, first, "{asked:?}");
    }
}

#[tokio::test]
async fn changed_files_are_read_again_and_broken_ones_are_not_used() {
    let (folder, root) = (Folder::new(), Authority::root("Root", None));
    let sign = |name: &str| root.signs(&leaf(&[name]));
    let files = [folder.pair("a", &sign("one.example"), &[]), folder.pair("b", &sign("b.example"), &[])];
    let (server, _) = ServerTls::load(&files, &[]).expect("usable");
    let elsewhere = server.clone();
    assert_eq!(shown(&elsewhere, None).await, "one.example");
    assert_eq!(server.reload_if_changed(), crate::Reload::default());

    folder.pair("a", &sign("two.example"), &[]);
    let reload = server.reload_if_changed();
    assert_eq!((reload.changed, reload.kept, reload.warnings), (1, vec![], vec![]));
    assert_eq!(shown(&elsewhere, None).await, "two.example");

    // Half written: the new certificate is there, its key is not yet. Told once.
    let third = sign("three.example");
    folder.write("a.pem", &third.pem);
    let fault = TlsFilesFault::KeyMismatch(files[0].chain.clone());
    let kept = vec![TlsFilesError { path: files[0].key.clone(), fault, errno: None }];
    folder.pair("b", &sign("c.example"), &[]);
    let reload = server.reload_if_changed();
    assert_eq!((reload.changed, &reload.kept), (1, &kept), "the other pair is replaced all the same");
    let standing =
        || server.standing().into_iter().map(|one| (one.certificate.names[0].clone(), one.trouble));
    let [(name, trouble), (other, none)] = standing().collect::<Vec<_>>().try_into().expect("two");
    assert_eq!((name.as_str(), trouble.as_ref()), ("two.example", kept.first()));
    assert_eq!((other.as_str(), none), ("c.example", None));
    assert_eq!(server.reload_if_changed(), crate::Reload::default());
    assert_eq!(shown(&elsewhere, None).await, "two.example");
    assert_eq!(shown(&elsewhere, Some("c.example")).await, "c.example");
    folder.pair("a", &third, &[]);
    assert_eq!(server.reload_if_changed().changed, 1);
    assert_eq!(shown(&elsewhere, None).await, "three.example");
    assert_eq!(standing().next(), Some(("three.example".to_owned(), None)));

    // Gone, and back.
    std::fs::remove_file(&files[0].key).expect("removed");
    let reload = server.reload_if_changed();
    assert_eq!((reload.changed, reload.kept[0].fault.clone()), (0, TlsFilesFault::Missing));
    assert_eq!(server.reload_if_changed(), crate::Reload::default());
    folder.pair("a", &sign("four.example"), &[]);
    assert_eq!(server.reload_if_changed().changed, 1);
    assert_eq!(shown(&elsewhere, None).await, "four.example");

    // Gone, and back without anything in it.
    std::fs::remove_file(&files[0].key).expect("removed");
    assert_eq!(server.reload_if_changed().kept[0].fault, TlsFilesFault::Missing);
    folder.write("a.pem", b"");
    folder.write("a.key", b"");
    assert_eq!(server.reload_if_changed().kept[0].fault, TlsFilesFault::NoCertificate);
    let (name, trouble) = standing().next().expect("two");
    assert_eq!(
        (name.as_str(), trouble.map(|error| error.fault)),
        ("four.example", Some(TlsFilesFault::NoCertificate))
    );
    assert_eq!(server.reload_if_changed(), crate::Reload::default());
}

#[test]
fn each_thing_wrong_with_the_files_has_its_name() {
    let (folder, root) = (Folder::new(), Authority::root("Root", None));
    let (own, other) = (root.signs(&leaf(&[NAME])), root.signs(&leaf(&[NAME])));
    let good = folder.pair("good", &own, &[]);
    let fault = |chain: &[u8], key: &[u8]| {
        let files = CertifiedFiles { chain: folder.write("x.pem", chain), key: folder.write("x.key", key) };
        ServerTls::load(&[good.clone(), files], &[]).map(drop).map_err(|error| error.fault)
    };
    let key = block("PRIVATE KEY", &own.key);
    let both = [own.pem.clone(), key.clone()].concat();
    let chain = || folder.path("x.pem");
    assert_eq!(fault(&own.pem, &key), Ok(()));
    assert_eq!(fault(&both, &both), Ok(()), "all in one file");
    assert_eq!(fault(b"", &key), Err(TlsFilesFault::NoCertificate));
    assert_eq!(fault(&key, &key), Err(TlsFilesFault::NoCertificate));
    assert_eq!(fault(&own.pem[..own.pem.len() / 2], &key), Err(TlsFilesFault::NotPem));
    let broken = block("CERTIFICATE", b"not a certificate");
    assert_eq!(fault(&broken, &key), Err(TlsFilesFault::CertificateUnreadable(0)));
    let second = [own.pem.clone(), broken].concat();
    assert_eq!(fault(&second, &key), Err(TlsFilesFault::CertificateUnreadable(1)));
    assert_eq!(fault(&own.pem, &own.pem), Err(TlsFilesFault::NoKey));
    assert_eq!(fault(&own.pem, b"-----BEGIN PRIVATE KEY-----\nAAAA"), Err(TlsFilesFault::NotPem));
    assert_eq!(fault(&own.pem, &block("PRIVATE KEY", b"no key")), Err(TlsFilesFault::KeyUnusable));
    let encrypted = block("ENCRYPTED PRIVATE KEY", &own.key);
    assert_eq!(fault(&own.pem, &encrypted), Err(TlsFilesFault::KeyEncrypted));
    let old = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(fault(&own.pem, old), Err(TlsFilesFault::KeyEncrypted));
    assert_eq!(fault(&other.pem, &key), Err(TlsFilesFault::KeyMismatch(chain())));
    let reversed = [root.pem.clone(), own.pem.clone()].concat();
    assert_eq!(fault(&reversed, &key), Err(TlsFilesFault::OrderWrong(chain(), 1)));
    assert_eq!(fault(&vec![b'#'; (1 << 20) + 1], &key), Err(TlsFilesFault::TooBig));
    assert_eq!(
        ServerTls::load(&[], &[]).map(drop).map_err(|error| error.fault),
        Err(TlsFilesFault::NotNamed)
    );

    let missing = CertifiedFiles { chain: folder.path("none.pem"), key: good.key.clone() };
    let error = ServerTls::load(&[missing], &[]).map(drop).expect_err("missing");
    assert_eq!((error.path, error.fault), (folder.path("none.pem"), TlsFilesFault::Missing));
    let folder_itself = CertifiedFiles { chain: good.chain.clone(), key: folder.path("") };
    let error = ServerTls::load(&[folder_itself], &[]).map(drop).expect_err("a folder");
    assert_eq!(error.fault, TlsFilesFault::Unreadable);
}

#[test]
fn what_is_questionable_is_told_and_used() {
    let (folder, root) = (Folder::new(), Authority::root("Root", None));
    let middle = root.below("Middle", None);
    let public = but(leaf(&[NAME]), |params| {
        params.custom_extensions = vec![issuer_at("http://ca.example/middle.cer")];
    });
    let files = [
        folder.pair(
            "old",
            &root.signs(&but(leaf(&[NAME]), |one| one.not_after = date_time_ymd(2020, 1, 1))),
            &[],
        ),
        folder.pair(
            "new",
            &root.signs(&but(leaf(&[NAME]), |one| one.not_before = date_time_ymd(2090, 1, 1))),
            &[],
        ),
        folder.pair("bare", &root.signs(&leaf(&[])), &[]),
        folder.pair("short", &middle.signs(&public), &[]),
        folder.pair("whole", &middle.signs(&public), &[&middle]),
        folder.pair("self", &signs_itself(&leaf(&[NAME])), &[]),
    ];
    let (_, warnings) = ServerTls::load(&files, &[]).expect("usable");
    let [old, new, bare, short] = warnings.as_slice() else { panic!("{warnings:?}") };
    let is = |warned: &TlsFilesWarning, index: usize| match warned {
        TlsFilesWarning::Expired { path, .. }
        | TlsFilesWarning::NotYetValid { path, .. }
        | TlsFilesWarning::NoNames { path }
        | TlsFilesWarning::ChainIncomplete { path } => *path == files[index].chain,
    };
    assert!(matches!(old, TlsFilesWarning::Expired { .. }) && is(old, 0));
    assert!(matches!(new, TlsFilesWarning::NotYetValid { .. }) && is(new, 1));
    assert!(matches!(bare, TlsFilesWarning::NoNames { .. }) && is(bare, 2));
    assert!(matches!(short, TlsFilesWarning::ChainIncomplete { .. }) && is(short, 3));
}

/// A raw client, and what our side says of it.
async fn refused(client: impl AsyncFnOnce(TcpStream)) -> Unaccepted {
    let (listener, Peer::Tcp(address)) = listener() else { panic!("TCP") };
    let (server, _) = ready(&[]);
    let client = async { client(TcpStream::connect(address).await.expect("connected")).await };
    let served = async {
        let (stream, _) = listener.accept(|trouble| panic!("{trouble:?}")).await;
        *server.accept(stream).await.map(drop).expect_err("refused")
    };
    tokio::join!(client, served).1
}

#[tokio::test]
async fn plain_http_can_be_answered_in_the_clear() {
    for (words, fault) in [
        (&b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"[..], AcceptFault::PlainHttp),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", AcceptFault::PlainHttp),
        (b"POST", AcceptFault::PlainHttp),
        (b"SSH-2.0-example\r\n", AcceptFault::NotTls),
        (b"\x80\x2e\x01\x00\x02", AcceptFault::NotTls),
        (b"get / HTTP/1.1\r\n", AcceptFault::NotTls),
    ] {
        let (listener, peer) = listener();
        let (server, _) = ready(&[]);
        let (mut client, _) = dial(&peer, &Limits::default()).await.expect("connected");
        client.write_all(words).await.expect("written");
        let (stream, _) = listener.accept(|trouble| panic!("{trouble:?}")).await;
        let mut unaccepted = *server.accept(stream).await.map(drop).expect_err("no TLS");
        assert_eq!((unaccepted.fault, unaccepted.received), (fault, words.len() as u64), "{words:?}");
        assert_eq!(unaccepted.began, words);
        unaccepted.stream.write_all(b"HTTP/1.1 400 Bad Request\r\n").await.expect("written");
        drop(unaccepted);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.expect("read");
        assert_eq!(answer, b"HTTP/1.1 400 Bad Request\r\n", "nothing else before it");
    }
}

#[tokio::test]
async fn clients_that_go_away_are_told_apart() {
    let closed = refused(async |client| drop(client)).await;
    assert_eq!((closed.fault, closed.received), (AcceptFault::Closed, 0));
    let closed = refused(async |mut client| client.write_all(b"\x16\x03\x01").await.expect("written")).await;
    assert_eq!((closed.fault, closed.received), (AcceptFault::Closed, 3));
    let reset = refused(async |client| {
        SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("the option");
    })
    .await;
    assert_eq!((reset.fault, reset.errno), (AcceptFault::Reset, Some(goodgate_facts::Errno(104))));
    let nonsense = refused(async |mut client| {
        client.write_all(b"\x16\x03\x01\x00\x04\x01\0\0\0").await.expect("written");
        // The alert that says so.
        assert_eq!(client.read_u8().await.expect("an alert"), 21);
    });
    assert_eq!(nonsense.await.fault, AcceptFault::Protocol);
}

#[tokio::test]
async fn refusals_are_told_to_both() {
    let (server, trusting) = ready(&["h2", "http/1.1"]);
    let distrusting = Hello { roots: nobody(), ..trusting.clone() };
    let (client, served) = meet(&UpstreamTls::prepare(&distrusting).expect("names"), &server).await;
    assert!(matches!(client.expect_err("refused").fault, Fault::Certificate(_)));
    assert_eq!(served.expect_err("refused").fault, AcceptFault::Alert(48));

    let other = Hello { alpn: vec!["example/1"], ..trusting.clone() };
    let (client, served) = meet(&UpstreamTls::prepare(&other).expect("names"), &server).await;
    assert_eq!(client.expect_err("refused").fault, Fault::TlsAlert(120));
    assert_eq!(served.expect_err("refused").fault, AcceptFault::NoProtocol);

    // The server's order counts.
    let both = Hello { alpn: vec!["http/1.1", "h2"], ..trusting };
    let (client, served) = meet(&UpstreamTls::prepare(&both).expect("names"), &server).await;
    client.expect("connected");
    let accepted = served.expect("accepted");
    assert_eq!((accepted.alpn.as_deref(), accepted.server_name.as_deref()), (Some("h2"), Some(NAME)));
}
