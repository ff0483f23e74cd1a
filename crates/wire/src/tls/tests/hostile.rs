//! Certificates made to hurt their reader.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rcgen::{CustomExtension, DnType};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};

use super::peers::{Authority, NAME, hello, leaf, serve, server, shake, signs_itself};
use crate::tls::look::Look;
use crate::tls::{Certificate, Hello, TlsSeen, fault};
use crate::{CertificateFault, Fault};

async fn seen(config: ServerConfig, hello: &Hello) -> (Option<Fault>, TlsSeen) {
    let began = Instant::now();
    let (peer, _) = serve(config).await;
    let (result, seen) = shake(&peer, hello).await;
    assert!(began.elapsed() < Duration::from_secs(8));
    (result.map(drop).err().map(|failure| failure.fault), seen)
}

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

#[tokio::test]
async fn thousands_of_names_are_counted_and_cut() {
    let root = Authority::root("Root", None);
    let names: Vec<_> = (0..2_000).map(|number| format!("n{number}.example")).chain([NAME.into()]).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let signed = root.signs(&leaf(&names));
    let (fault, seen) = seen(server(&signed, &[], &VERSIONS), &hello(root.trusted())).await;
    assert_eq!(fault, None, "the last name counts as well");
    let certificate = &seen.chain[0];
    assert_eq!((certificate.names.len(), certificate.names_total), (Certificate::NAMES_MAX, 2_001));
}

#[tokio::test]
async fn long_and_controlling_text_is_cut_and_made_visible() {
    let root = Authority::root("Root", None);
    let mut params = leaf(&[NAME]);
    params.distinguished_name.push(DnType::CommonName, format!("\u{1b}[2J\u{202e}{}", "ä".repeat(5_000)));
    params.serial_number = Some(vec![0x5a; 1_000].into());
    let (fault, seen) = seen(server(&root.signs(&params), &[], &VERSIONS), &hello(root.trusted())).await;
    assert_eq!(fault, None);
    let certificate = &seen.chain[0];
    let name = certificate.common_name.as_deref().expect("a name");
    assert!(name.starts_with("\\u{1b}[2J\\u{202e}ää") && name.ends_with("ä…"));
    assert!(name.chars().count() < Certificate::TEXT_MAX + 20);
    assert!(certificate.subject.chars().count() < Certificate::TEXT_MAX + 20);
    assert_eq!(certificate.serial.len(), 2 * Certificate::SERIAL_MAX);
}

#[tokio::test]
async fn more_certificates_than_anybody_needs_are_counted() {
    let root = Authority::root("Root", None);
    let signed = root.signs(&leaf(&[NAME]));
    let junk: Vec<_> = (0..60).map(|number| Authority::root(&format!("Junk {number}"), None).der).collect();
    let junk: Vec<_> = junk.iter().collect();
    let (fault, seen) = seen(server(&signed, &junk, &VERSIONS), &hello(root.trusted())).await;
    assert_eq!((fault, seen.chain_sent, seen.chain.len()), (None, 61, TlsSeen::CHAIN_MAX));
}

#[tokio::test]
async fn an_endless_extension_is_refused_unread() {
    let root = Authority::root("Root", None);
    let mut params = leaf(&[NAME]);
    let padding = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![4; 1 << 20]);
    params.custom_extensions = vec![padding];
    let signed = root.signs(&params);
    for version in VERSIONS {
        let (fault, seen) = seen(server(&signed, &[], &[version]), &hello(root.trusted())).await;
        // The message is dropped by its length, before anybody knows that it is a certificate.
        assert_eq!(fault, Some(Fault::TlsProtocol));
        assert!(seen.chain.is_empty());
    }
    // Whatever fits into a message is read.
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![4; 60_000])];
    let (fault, _) = seen(server(&root.signs(&params), &[], &VERSIONS), &hello(root.trusted())).await;
    assert_eq!(fault, None);
}

#[tokio::test]
async fn certificates_that_sign_each_other_in_a_ring_end() {
    // Twenty authorities of one name, each signed by the one before: every one may be the issuer of every other.
    let root = Authority::root("Ring", None);
    let mut ring = vec![root.below("Ring", None)];
    for number in 0..19 {
        let next = ring[number].below("Ring", None);
        ring.push(next);
    }
    let others: Vec<_> = ring.iter().rev().map(|authority| &authority.der).collect();
    let signed = ring[19].signs(&leaf(&[NAME]));
    let stranger = Authority::root("Another", None);
    let (fault, seen) = seen(server(&signed, &others, &VERSIONS), &hello(stranger.trusted())).await;
    assert_eq!(fault, Some(Fault::Certificate(CertificateFault::IssuerUnknown)));
    assert_eq!(seen.chain_sent, 21);

    // With every order of twenty to try, looking would take seconds and not yield to anybody.
    let others: Vec<_> = others.into_iter().cloned().collect();
    let expected = ServerName::try_from(NAME).expect("a name");
    let (now, roots) = (UnixTime::now(), stranger.trusted());
    let look = Look { first: &signed.der, others: &others, now, expected: &expected, roots: &roots };
    assert_eq!(look.candidates(), others[..4]);
}

#[test]
fn a_certificate_of_every_moment_has_dates() {
    let mut params = leaf(&[NAME]);
    params.not_before = rcgen::date_time_ymd(1950, 1, 1);
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    let certificate = Certificate::read(&signs_itself(&params).der).expect("a certificate");
    assert_eq!(certificate.not_before.to_string(), "1950-01-01T00:00:00Z");
    assert_eq!(certificate.not_after.to_string(), "9999-12-30T22:00:00Z", "the last moment there is");
    assert!(certificate.self_signed);
}

fn sample() -> Vec<u8> {
    use std::sync::LazyLock;
    static DER: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let root = Authority::root("Root", Some("Example Trust"));
        let mut params = leaf(&[NAME, "192.0.2.7", "*.shop.example"]);
        params.custom_extensions = vec![super::peers::issuer_at("http://ca.example/root.cer")];
        root.signs(&params).der.to_vec()
    });
    DER.clone()
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Certificate::read(&bytes);
    }

    #[test]
    fn no_change_of_a_certificate_makes_the_reader_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut der = sample();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if !whole {
            der.truncate(cut.index(der.len()));
        }
        if let Some(certificate) = Certificate::read(&der) {
            prop_assert!(certificate.names.len() <= Certificate::NAMES_MAX);
        }
    }

    #[test]
    fn a_prefix_of_tls_may_be_tls(length in 0_u16..18_432, kind in 20_u8..25, minor in 0_u8..5, cut in 0_usize..6) {
        let [high, low] = length.to_be_bytes();
        let record = [kind, 3, minor, high, low, 0];
        prop_assert!(fault::may_be_tls(&record[..cut]));
    }
}
