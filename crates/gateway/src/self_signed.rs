//! Certificates that nobody else vouches for, for tests.

use std::path::PathBuf;

use goodgate_wire::CertifiedFiles;

/// A PEM block (RFC 7468).
fn block(label: &str, der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        let letters = [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]));
        text.extend(&letters[..=three.len()]);
        text.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A certificate for this name and its key, in files of the test's own.
pub(crate) fn self_signed(name: &str, test: &str) -> CertifiedFiles {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let write = |part: &str, text: String| -> PathBuf {
        let path = std::env::temp_dir().join(format!("goodgate-{test}-{}-{part}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    };
    CertifiedFiles {
        chain: write("chain", block("CERTIFICATE", made.cert.der())),
        key: write("key", block("PRIVATE KEY", &made.signing_key.serialize_der())),
    }
}
