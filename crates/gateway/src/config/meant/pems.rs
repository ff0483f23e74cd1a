//! Certificates and keys: whether the files are there and hold what they should.

use super::{Around, contents};
use crate::config::keys::CertificateKeys;
use crate::config::typed::{At, Many, Reading};
use crate::config::values::FilePath;
use crate::plan::CertificateFiles;

/// The files of certificates, each looked into.
pub(super) fn certificates(
    given: Option<&At<Many<CertificateKeys>>>,
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) -> Vec<CertificateFiles> {
    let mut out = Vec::new();
    for at in given.map_or(&[][..], |at| &at.value.0) {
        let (Some(chain), Some(key)) = (&at.value.chain, &at.value.key) else { continue };
        holds(chain, "CERTIFICATE-----", "a certificate", around, reading);
        holds(key, "PRIVATE KEY-----", "a private key", around, reading);
        let path = |file: &At<FilePath>| file.value.from(&around.folder);
        out.push(CertificateFiles { chain: path(chain), key: path(key) });
    }
    out
}

/// Complains of a file that has no PEM block with this label.
pub(super) fn holds(
    file: &At<FilePath>,
    label: &str,
    what: &str,
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) {
    let Some(bytes) = contents(file, around, reading) else { return };
    let text = String::from_utf8_lossy(&bytes);
    let found = text.lines().any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(label));
    if !found {
        let hint = "it must be in PEM: lines of letters between -----BEGIN …----- and -----END …-----";
        reading.error(&file.spot, format!("the file holds no {}", what.trim_start_matches("a ")), hint);
    }
}
