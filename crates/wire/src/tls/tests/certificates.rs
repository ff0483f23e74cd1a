//! Certificates that are wrong in each way, alone and together, and those that are right.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, NameConstraints, date_time_ymd};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, SupportedProtocolVersion};
use tokio::io::AsyncWriteExt;

use super::peers::{
    Authority, NAME, Served, Signed, but, connect, hello, issuer_at, leaf, nobody, read_hello, script, serve,
    server, shake, signs_itself,
};
use crate::tls::{Hello, Roots, RootsError, TlsSeen, TlsVersion};
use crate::{CertificateFault, Fault};

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

/// What is said of this chain, and what the server was told. Also goes on with the invalid, which must show the same.
async fn told(signed: &Signed, others: &[&Authority], hello: &Hello) -> (Option<Fault>, TlsSeen, Served) {
    let others: Vec<_> = others.iter().map(|other| &other.der).collect();
    let (peer, server_told) = serve(server(signed, &others, BOTH)).await;
    let (result, seen) = shake(&peer, hello).await;
    let fault = result.map(drop).map_err(|failure| failure.fault).err();
    let served = server_told.await.expect("done");

    let (peer, _) = serve(server(signed, &others, &[&TLS12])).await;
    let (result, tolerant) = shake(&peer, &Hello { accept_invalid: true, ..hello.clone() }).await;
    result.expect("goes on");
    assert_eq!((&tolerant.problem, &tolerant.also), (&seen.problem, &seen.also));
    assert_eq!((tolerant.version, &tolerant.chain), (Some(TlsVersion::Tls12), &seen.chain));
    assert_eq!(seen.version, Some(TlsVersion::Tls13));
    assert_eq!(fault, seen.problem.map(Fault::Certificate));

    // The gateway's way says the same, and goes on with the invalid where it is told to.
    for versions in [BOTH, &[&TLS12]] {
        for accept_invalid in [false, true] {
            let (peer, _) = serve(server(signed, &others, versions)).await;
            let connected = connect(&peer, &Hello { accept_invalid, ..hello.clone() }).await;
            let connected = connected.map(drop).map_err(|failure| failure.fault).err();
            assert_eq!(connected, fault.filter(|_| !accept_invalid));
        }
    }
    (fault, seen, served)
}

async fn problems(signed: &Signed, others: &[&Authority], hello: &Hello) -> Vec<CertificateFault> {
    told(signed, others, hello).await.1.problems().collect()
}

fn until(year: i32) -> CertificateParams {
    but(leaf(&[NAME]), |params| params.not_after = date_time_ymd(year, 1, 1))
}

#[tokio::test]
async fn a_good_chain_shows_everything_and_has_no_problem() {
    let root = Authority::root("Root", Some("Example Trust"));
    let middle = root.below("Middle", None);
    let signed = middle.signs(&leaf(&[NAME, "*.shop.example", "192.0.2.7"]));
    let mut config = server(&signed, &[&middle.der], &[&TLS13]);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (peer, served) = serve(config).await;
    let hello = Hello { alpn: vec!["http/1.1"], ..hello(root.trusted()) };
    let (result, seen) = shake(&peer, &hello).await;
    drop(result.expect("no problem"));
    assert_eq!(served.await.expect("done"), Ok(Some(NAME.to_owned())));
    assert_eq!((seen.version, seen.alpn.as_deref()), (Some(TlsVersion::Tls13), Some("http/1.1")));
    assert!(seen.cipher.is_some_and(|name| name.starts_with("TLS_")), "as it is registered");
    assert_eq!((seen.problem, seen.chain_sent), (None, 2));
    let [first, second] = seen.chain.as_slice() else { panic!("two certificates") };
    assert_eq!(first.names, [NAME, "*.shop.example", "192.0.2.7"]);
    assert_eq!((first.names_total, first.common_name.as_deref()), (3, Some("a server")));
    assert_eq!((first.subject.as_str(), first.issuer.as_str()), ("CN=a server", "CN=Middle"));
    assert!(!first.self_signed && !first.authority && second.authority);
    assert_eq!(second.issuer, "CN=Root, O=Example Trust");
    assert_eq!(first.not_before.to_string(), "1975-01-01T00:00:00Z");
    assert!(first.is_current(first.not_before) && first.is_current(first.not_after));
    assert_ne!(first.sha256, second.sha256);
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_told_to_both() {
    let root = Authority::root("Root", None);
    let (fault, seen, served) = told(&root.signs(&until(2020)), &[], &hello(root.trusted())).await;
    assert_eq!(fault, Some(Fault::Certificate(CertificateFault::Expired)));
    assert_eq!(seen.also, []);
    assert_eq!(served, Err(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)));

    let later = but(leaf(&[NAME]), |params| params.not_before = date_time_ymd(2090, 1, 1));
    let found = problems(&root.signs(&later), &[], &hello(root.trusted())).await;
    assert_eq!(found, [CertificateFault::NotYetValid]);
}

#[tokio::test]
async fn an_old_version_refuses_the_same_way() {
    let root = Authority::root("Root", None);
    let (peer, served) = serve(server(&root.signs(&until(2020)), &[], &[&TLS12])).await;
    let (result, seen) = shake(&peer, &hello(root.trusted())).await;
    let fault = result.map(drop).expect_err("refused").fault;
    assert_eq!(fault, Fault::Certificate(CertificateFault::Expired));
    assert_eq!((seen.version, seen.chain_sent), (Some(TlsVersion::Tls12), 1));
    let told = served.await.expect("done");
    assert_eq!(told, Err(rustls::Error::AlertReceived(AlertDescription::CertificateExpired)));
}

#[tokio::test]
async fn an_expired_intermediate_is_expired() {
    let root = Authority::root("Root", None);
    let middle = root.below_expired("Middle");
    let signed = middle.signs(&leaf(&[NAME]));
    let found = problems(&signed, &[&middle], &hello(root.trusted())).await;
    assert_eq!(found, [CertificateFault::Expired]);
    // Both at once: the same problem, once.
    let signed = middle.signs(&until(2021));
    assert_eq!(problems(&signed, &[&middle], &hello(root.trusted())).await, [CertificateFault::Expired]);
}

#[tokio::test]
async fn a_certificate_signed_by_itself() {
    let root = Authority::root("Root", None);
    let own = leaf(&[NAME]);
    let found = problems(&signs_itself(&own), &[], &hello(root.trusted())).await;
    assert_eq!(found, [CertificateFault::SelfSigned]);
    let signed = signs_itself(&own);
    let roots = Roots::with(false, std::slice::from_ref(&signed.pem)).expect("a root");
    assert_eq!(problems(&signed, &[], &hello(roots)).await, []);
    // As `openssl req -x509` makes it: an authority's.
    let params = but(own, |params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let signed = signs_itself(&params);
    assert_eq!(problems(&signed, &[], &hello(nobody())).await, [CertificateFault::SelfSigned]);
    // Whoever trusts exactly this one has no complaint, but still looks at name and time.
    let roots = Roots::with(false, std::slice::from_ref(&signed.pem)).expect("a root");
    assert_eq!(problems(&signed, &[], &hello(roots.clone())).await, []);
    let elsewhere = Hello { expected: "other.example".into(), ..hello(roots) };
    assert_eq!(problems(&signed, &[], &elsewhere).await, [CertificateFault::NameMismatch]);
}

#[tokio::test]
async fn an_authority_that_nobody_knows() {
    let (root, stranger) = (Authority::root("Root", Some("Known")), Authority::root("Private", None));
    let middle = stranger.below("Private middle", None);
    let trusted = hello(root.trusted());
    let unknown = [CertificateFault::IssuerUnknown];
    // With the root sent, without it, and signed by the root itself.
    let signed = middle.signs(&leaf(&[NAME]));
    assert_eq!(problems(&signed, &[&middle, &stranger], &trusted).await, unknown);
    assert_eq!(problems(&signed, &[&middle], &trusted).await, unknown);
    assert_eq!(problems(&stranger.signs(&leaf(&[NAME])), &[], &trusted).await, unknown);
    let (_, _, served) = told(&signed, &[&middle], &trusted).await;
    assert_eq!(served, Err(rustls::Error::AlertReceived(AlertDescription::UnknownCA)));
    // Nor does it help a private one to announce itself by a directory.
    let mut params = leaf(&[NAME]);
    params.custom_extensions = vec![issuer_at("ldap:///CN=Private")];
    assert_eq!(problems(&stranger.signs(&params), &[], &trusted).await, unknown);
}

#[tokio::test]
async fn a_missing_intermediate() {
    let root = Authority::root("Root", Some("Example Trust"));
    let (middle, trusted) = (root.below("Middle", None), hello(root.trusted()));
    let mut params = leaf(&[NAME]);
    params.custom_extensions = vec![issuer_at("http://ca.example/middle.cer")];
    let signed = middle.signs(&params);
    let incomplete = [CertificateFault::ChainIncomplete];
    let (_, seen, _) = told(&signed, &[], &trusted).await;
    assert_eq!(seen.problems().collect::<Vec<_>>(), incomplete);
    assert_eq!(seen.chain[0].issuer_urls, ["http://ca.example/middle.cer"]);
    // The wrong one was sent instead, or the root alone.
    let other = root.below("Another middle", None);
    assert_eq!(problems(&signed, &[&other], &trusted).await, incomplete);
    assert_eq!(problems(&signed, &[&root], &trusted).await, incomplete);
    // Sent in whatever order, it is complete.
    assert_eq!(problems(&signed, &[&root, &other, &middle], &trusted).await, []);

    // Without such an address, the organisation of the issuer may be one that we know …
    let known = root.below("Known middle", Some("Example Trust")).signs(&leaf(&[NAME]));
    assert_eq!(problems(&known, &[], &trusted).await, incomplete);
    // … and with neither nobody can tell it from a private root.
    let bare = middle.signs(&leaf(&[NAME]));
    assert_eq!(problems(&bare, &[], &trusted).await, [CertificateFault::IssuerUnknown]);
}

#[tokio::test]
async fn an_authority_made_anew_under_its_old_name() {
    let (old, new) = (Authority::root("Same name", None), Authority::root("Same name", None));
    let found = problems(&new.signs(&leaf(&[NAME])), &[], &hello(old.trusted())).await;
    assert_eq!(found, [CertificateFault::IssuerUnknown]);
    // The signature was broken: the key identifiers agree.
    let mut signed = old.signs(&leaf(&[NAME]));
    let mut der = signed.der.to_vec();
    // The last byte of the subject's common name, which the signature covers.
    let at = der.windows(8).rposition(|bytes| bytes == b"a server").expect("the name") + 7;
    der[at] = b'!';
    signed.der = der.into();
    let found = problems(&signed, &[], &hello(old.trusted())).await;
    assert_eq!(found, [CertificateFault::Unusable]);
}

#[tokio::test]
async fn a_certificate_for_other_names() {
    let root = Authority::root("Root", None);
    let trusted = hello(root.trusted());
    let mismatch = [CertificateFault::NameMismatch];
    assert_eq!(problems(&root.signs(&leaf(&["other.example"])), &[], &trusted).await, mismatch);
    // A star stands for one label, and the common name for nothing.
    let star = root.signs(&leaf(&["*.shop.example"]));
    for (expected, found) in
        [("www.shop.example", &[][..]), (NAME, &mismatch), ("www.eu.shop.example", &mismatch)]
    {
        let hello = Hello { expected: expected.into(), ..trusted.clone() };
        assert_eq!(problems(&star, &[], &hello).await, found, "{expected}");
    }
    // Nor may it stand for everything below a top-level domain.
    assert_eq!(problems(&root.signs(&leaf(&["*.example"])), &[], &trusted).await, mismatch);
    let mut params = leaf(&[]);
    params.distinguished_name.push(rcgen::DnType::CommonName, NAME);
    let (_, seen, served) = told(&root.signs(&params), &[], &trusted).await;
    assert_eq!((seen.problem, seen.chain[0].common_name.as_deref()), (Some(mismatch[0]), Some(NAME)));
    assert_eq!(seen.chain[0].names_total, 0);
    assert_eq!(served, Err(rustls::Error::AlertReceived(AlertDescription::BadCertificate)));
}

#[tokio::test]
async fn addresses_and_international_names_are_names_too() {
    let root = Authority::root("Root", None);
    let signed =
        root.signs(&leaf(&["127.0.0.1", "2001:db8::1", "xn--bcher-kva.example", NAME, "my_app.example"]));
    for expected in [
        "127.0.0.1",
        "2001:db8::1",
        "[2001:db8::1]",
        "xn--bcher-kva.example",
        "bücher.example",
        "SHOP.example.",
    ] {
        let hello = Hello { expected: expected.into(), ..hello(root.trusted()) };
        assert_eq!(problems(&signed, &[], &hello).await, [], "{expected}");
    }
    let hello = Hello { expected: "127.0.0.2".into(), ..hello(root.trusted()) };
    assert_eq!(problems(&signed, &[], &hello).await, [CertificateFault::NameMismatch]);
}

#[tokio::test]
async fn a_certificate_for_another_purpose_is_unusable() {
    let root = Authority::root("Root", None);
    let usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = but(leaf(&[NAME]), |params| params.extended_key_usages = usages);
    let unusable = [CertificateFault::Unusable];
    assert_eq!(problems(&root.signs(&client), &[], &hello(root.trusted())).await, unusable);
    let is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = but(leaf(&[NAME]), |params| params.is_ca = is_ca);
    assert_eq!(problems(&root.signs(&authority), &[], &hello(root.trusted())).await, unusable);
    let elsewhere = rcgen::GeneralSubtree::DnsName("elsewhere.example".into());
    let constraints = NameConstraints { permitted_subtrees: vec![elsewhere], excluded_subtrees: vec![] };
    let middle = root.below_constrained("Middle", constraints);
    let signed = middle.signs(&leaf(&[NAME]));
    assert_eq!(problems(&signed, &[&middle], &hello(root.trusted())).await, unusable);
}

#[tokio::test]
async fn several_problems_are_all_told_the_gravest_first() {
    let root = Authority::root("Root", None);
    let params = but(leaf(&["localhost"]), |params| params.not_after = date_time_ymd(2020, 1, 1));
    let found = problems(&signs_itself(&params), &[], &hello(root.trusted())).await;
    let all = [CertificateFault::SelfSigned, CertificateFault::NameMismatch, CertificateFault::Expired];
    assert_eq!(found, all);

    let stranger = Authority::root("Private", None);
    let params = but(leaf(&["localhost"]), |params| params.not_before = date_time_ymd(2090, 1, 1));
    let found = problems(&stranger.signs(&params), &[], &hello(root.trusted())).await;
    let all =
        [CertificateFault::IssuerUnknown, CertificateFault::NameMismatch, CertificateFault::NotYetValid];
    assert_eq!(found, all);
    // The chain is as good as it was when the certificate was valid.
    let expired =
        root.signs(&but(leaf(&["localhost"]), |params| params.not_after = date_time_ymd(2020, 1, 1)));
    let found = problems(&expired, &[], &hello(root.trusted())).await;
    assert_eq!(found, [CertificateFault::NameMismatch, CertificateFault::Expired]);
}

#[tokio::test]
async fn a_peer_without_the_certificates_key_is_refused_even_by_the_tolerant() {
    let root = Authority::root("Root", None);
    let mut stolen = root.signs(&leaf(&[NAME]));
    stolen.key = root.signs(&leaf(&[NAME])).key;
    for version in [&TLS12, &TLS13] {
        let (peer, _) = serve(server(&stolen, &[], &[version])).await;
        let hello = Hello { accept_invalid: true, ..hello(root.trusted()) };
        let (result, seen) = shake(&peer, &hello).await;
        let fault = result.map(drop).expect_err("refused").fault;
        assert_eq!(fault, Fault::Certificate(CertificateFault::Unusable));
        assert_eq!(seen.problem, Some(CertificateFault::Unusable));
        let (peer, _) = serve(server(&stolen, &[], &[version])).await;
        assert_eq!(connect(&peer, &hello).await.expect_err("refused").fault, fault);
    }
}

/// The hello that is sent with this server name.
async fn hello_with(server_name: Option<&str>) -> Vec<u8> {
    let (peer, task) = script(|mut stream| async move {
        let hello = read_hello(&mut stream).await;
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
        hello
    })
    .await;
    let hello = Hello {
        server_name: server_name.map(str::to_owned),
        expected: "expected.example".into(),
        alpn: vec!["h2", "http/1.1"],
        ..hello(nobody())
    };
    let (result, _) = shake(&peer, &hello).await;
    assert_eq!(result.map(drop).expect_err("refused").fault, Fault::TlsAlert(40));
    task.await.expect("a hello")
}

#[tokio::test]
async fn the_name_is_sent_only_where_it_is_one() {
    let holds = |hello: &[u8], text: &str| hello.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    let with = hello_with(Some("named.example.")).await;
    assert!(holds(&with, "\0\rnamed.example") && !holds(&with, "named.example."));
    assert!(holds(&with, "\u{2}h2\u{8}http/1.1") && !holds(&with, "expected.example"));
    assert!(holds(&hello_with(Some("bücher.example")).await, "xn--bcher-kva.example"));
    let without = hello_with(None).await;
    // The same extensions, less one of the name's length and nine bytes.
    assert_eq!(without.len() + "named.example".len() + 9, with.len());
    for address in ["192.0.2.7", "2001:db8::1", "[2001:db8::1]"] {
        let sent = hello_with(Some(address)).await;
        assert!(sent.len() == without.len() && !holds(&sent, address), "{address}");
    }
}

#[test]
fn named_roots_are_read_or_refused() {
    let root = Authority::root("Root", None);
    let pem = root.pem.clone();
    let two = [pem.clone(), b"# more\n".to_vec(), Authority::root("Other", None).pem].concat();
    let roots = Roots::with(false, &[pem.clone(), two]).expect("three roots");
    assert_eq!((roots.found(), roots.of_system()), (3, 0));
    assert_eq!(roots.problems(), [""; 0]);
    let refused = |pem: &[u8]| Roots::with(false, &[root.pem.clone(), pem.to_vec()]).err();
    assert_eq!(refused(b"nothing"), Some(RootsError::NoCertificate { index: 1 }));
    assert_eq!(refused(&pem[..pem.len() / 2]), Some(RootsError::NotPem { index: 1 }));
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(broken), Some(RootsError::Unreadable { index: 1, certificate: 0 }));
    // Whatever this machine has, reading it is no failure.
    assert_eq!(Roots::system().of_system(), Roots::system().found());
}
