//! What the operating system's and the TLS library's words mean when a gateway opens a connection to its upstream.
//! Knows no product: every gateway that prints such words passes them here.

use goodgate_facts::{Errno, SignalId, id};

use super::code_table::holding;

/// What an error number means while a connection is being opened.
pub(super) fn connect_error(errno: Errno) -> SignalId {
    match errno.0 {
        2 => id("connect-socket-missing"),
        1 | 13 => id("connect-denied"),
        11 => id("connect-queue-full"),
        23 | 24 => id("gateway-out-of-descriptors"),
        99 => id("connect-no-local-port"),
        100 | 101 | 112 | 113 => id("connect-unreachable"),
        104 => id("connect-reset"),
        110 => id("connect-timed-out"),
        111 => id("connect-refused"),
        _ => id("connect-failed"),
    }
}

/// What the words of a TLS library mean: the first fragment of the table that occurs in the text.
pub(super) fn tls_error(text: &str) -> Option<SignalId> {
    let lower = text.to_ascii_lowercase();
    holding(TLS, &lower)
}

/// OpenSSL's reason strings and X.509 verification texts (lower case), the special before the general.
const TLS: &[(&str, SignalId)] = &[
    ("certificate has expired", id("certificate-expired")),
    ("certificate is not yet valid", id("certificate-expired")),
    ("hostname mismatch", id("certificate-name-mismatch")),
    ("ip address mismatch", id("certificate-name-mismatch")),
    ("certificate name mismatch", id("certificate-name-mismatch")),
    ("domain_mismatch", id("certificate-name-mismatch")),
    ("does not match domainname", id("certificate-name-mismatch")),
    ("unable to get local issuer certificate", id("certificate-untrusted")),
    ("unable to get issuer certificate", id("certificate-untrusted")),
    ("unable to verify the first certificate", id("certificate-untrusted")),
    ("self signed certificate", id("certificate-untrusted")),
    ("self-signed certificate", id("certificate-untrusted")),
    ("certificate not trusted", id("certificate-untrusted")),
    ("certificate verify failed", id("certificate-rejected")),
    ("invalid certificate", id("certificate-rejected")),
    ("wrong version number", id("tls-peer-not-tls")),
    ("http request", id("tls-peer-not-tls")),
    ("packet length too long", id("tls-peer-not-tls")),
    ("unrecognized name", id("tls-unrecognized-name")),
    ("certificate required", id("tls-client-certificate-required")),
    ("alert bad certificate", id("tls-client-certificate-required")),
    ("unsupported protocol", id("tls-version-unsupported")),
    ("protocol version", id("tls-version-unsupported")),
    ("no shared cipher", id("tls-no-shared-cipher")),
    ("alert handshake failure", id("tls-no-shared-cipher")),
    ("unexpected eof", id("tls-closed-in-handshake")),
    ("connection reset", id("tls-reset-in-handshake")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_special_words_win_over_the_general() {
        let said = |text: &str| tls_error(text).map(SignalId::as_str);
        assert_eq!(said("certificate verify failed: certificate has expired"), Some("certificate-expired"));
        assert_eq!(
            said("error:0A000086:SSL routines::certificate verify failed"),
            Some("certificate-rejected")
        );
        assert_eq!(said("the weather"), None);
        assert_eq!(connect_error(Errno(111)).as_str(), "connect-refused");
        assert_eq!(connect_error(Errno(5)).as_str(), "connect-failed");
    }
}
