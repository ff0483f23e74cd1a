//! What is wrong with a site, in so few sorts that each can be said in a plain sentence.

use goodgate_facts::ErrorType;
use goodgate_pages::providers::Kind;

use super::Given;
use crate::words::say;

/// What a visitor or an owner can see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The web server answers, but not what makes the pages.
    Program,
    /// The pages come too late.
    Late,
    /// The network in front gets nothing from the site's own server.
    Front,
    /// It says that it cannot serve now.
    Busy,
    Maintenance,
    Starting,
    Suspended,
    /// No such name.
    NameMissing,
    /// The name cannot be looked up.
    NameBroken,
    /// The certificate is out of date.
    CertificateOld,
    /// The certificate does not fit or is not trusted.
    CertificateWrong,
    /// No secure connection comes about.
    Secure,
    Refused,
    Silent,
    /// The answer breaks off.
    Cut,
    /// Redirects without end.
    Circle,
    /// It answers, but refuses this page or does not have it.
    Denied,
    Unknown,
}

/// Signals by which a sort is told, the more telling first.
const SIGNS: &[(Trouble, &[&str])] = &[
    (Trouble::Suspended, &["page-says-suspended"]),
    (Trouble::Maintenance, &["page-says-maintenance"]),
    (Trouble::Starting, &["page-says-starting"]),
    (Trouble::NameMissing, &["site-name-not-found", "site-name-empty"]),
    (Trouble::NameBroken, &["site-name-server-failed", "site-name-bogus", "site-name-timed-out"]),
    (Trouble::CertificateOld, &["site-certificate-expired"]),
    (
        Trouble::CertificateWrong,
        &[
            "site-certificate-not-yet-valid",
            "site-certificate-untrusted",
            "site-certificate-self-signed",
            "site-chain-incomplete",
            "site-certificate-name-mismatch",
            "site-certificate-unusable",
        ],
    ),
    (Trouble::Circle, &["redirect-loop", "redirect-broken", "redirect-to-private"]),
];

/// Statuses that networks in front give for a server behind them which cannot be reached, and for one that is late.
const FRONT: &[u16] = &[520, 521, 522, 523, 525, 526, 527, 530];
const LATE: &[u16] = &[408, 504, 524, 598, 599];

impl Trouble {
    /// What is wrong, as far as it was seen.
    pub(super) fn of(given: &Given<'_>) -> Self {
        let status = given.status();
        if let Some((trouble, _)) = SIGNS.iter().find(|(_, ids)| given.has_any(ids)) {
            return *trouble;
        }
        if let Some(status) = status {
            return Self::of_status(given, status);
        }
        let error = given.finding.and_then(|finding| finding.symptom.as_ref()?.error);
        error.map_or(Self::Unknown, of_error)
    }

    fn of_status(given: &Given<'_>, status: u16) -> Self {
        let edge =
            given.has("edge-in-front") || given.providers().iter().any(|provider| provider.kind == Kind::Cdn);
        match status {
            status if LATE.contains(&status) => Self::Late,
            status if FRONT.contains(&status) => Self::Front,
            502 if edge && given.has_any(&["connect-refused", "connect-timed-out"]) => Self::Front,
            503 => Self::Busy,
            429 => Self::Busy,
            401 | 403 | 404 | 410 | 451 => Self::Denied,
            500.. => Self::Program,
            _ => Self::Unknown,
        }
    }

    /// In a sentence.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::Program => say("trouble-program"),
            Self::Late => say("trouble-late"),
            Self::Front => say("trouble-front"),
            Self::Busy => say("trouble-busy"),
            Self::Maintenance => say("trouble-maintenance"),
            Self::Starting => say("trouble-starting"),
            Self::Suspended => say("trouble-suspended"),
            Self::NameMissing => say("trouble-name-missing"),
            Self::NameBroken => say("trouble-name-broken"),
            Self::CertificateOld => say("trouble-certificate-old"),
            Self::CertificateWrong => say("trouble-certificate-wrong"),
            Self::Secure => say("trouble-secure"),
            Self::Refused => say("trouble-refused"),
            Self::Silent => say("trouble-silent"),
            Self::Cut => say("trouble-cut"),
            Self::Circle => say("trouble-circle"),
            Self::Denied => say("trouble-denied"),
            Self::Unknown => say("trouble-unknown"),
        }
    }

    /// Whether the name or the way to the site is at fault, so that no page of it was seen.
    pub(super) fn before_any_page(self) -> bool {
        matches!(self, Self::NameMissing | Self::NameBroken | Self::Refused | Self::Silent | Self::Secure)
            || self.of_certificate()
    }

    pub(super) fn of_certificate(self) -> bool {
        matches!(self, Self::CertificateOld | Self::CertificateWrong)
    }
}

/// The sort of a failure that came without an answer.
fn of_error(error: ErrorType) -> Trouble {
    use ErrorType as E;
    match error {
        E::DnsError | E::DnsTimeout => Trouble::NameBroken,
        E::ConnectionRefused => Trouble::Refused,
        E::ConnectionTimeout | E::DestinationIpUnroutable | E::DestinationUnavailable => Trouble::Silent,
        E::ConnectionReadTimeout | E::HttpResponseTimeout => Trouble::Late,
        E::TlsCertificateError => Trouble::CertificateWrong,
        E::TlsProtocolError | E::TlsAlertReceived => Trouble::Secure,
        E::ConnectionTerminated
        | E::HttpResponseIncomplete
        | E::HttpResponseTransferCoding
        | E::HttpResponseContentCoding => Trouble::Cut,
        E::DestinationNotFound | E::HttpRequestDenied => Trouble::Denied,
        _ => Trouble::Unknown,
    }
}
