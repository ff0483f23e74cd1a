//! What an origin can be told to do on a connection, one step after another.

use std::time::Duration;

use serde::Deserialize;

/// One step on a connection. In text, `{token}` stands for the token of the request that was read last.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Reads a request: its head, and its body as the head announces it. A client that asks whether to send the body
    /// (`Expect: 100-continue`) is told to.
    ReadRequest,
    /// Reads the head of a request and nothing more.
    ReadHead,
    /// Sends this text as it stands.
    Send(String),
    /// Sends these bytes, written in hexadecimal with spaces.
    SendHex(String),
    /// Sends a text over and over.
    Fill(Fill),
    /// Sends bytes that look random and are the same each time.
    Random(Random),
    /// Sends a text piece by piece.
    Trickle(Trickle),
    /// Sends a correct answer.
    Answer(Answer),
    /// Waits.
    Pause(Millis),
    /// Says nothing more until the peer leaves, and closes after a minute at the latest. What the peer sends meanwhile
    /// is read and thrown away.
    Hang,
    /// Goes on as a healthy origin until the peer leaves.
    Serve,
    /// Ends the sending half in order (FIN; over TLS after close_notify) and goes on.
    HalfClose,
    /// Ends the connection at once with FIN: over TLS without close_notify, and without waiting for what the peer still
    /// sends. At the end of all steps the connection is closed with more patience, and over TLS with close_notify.
    Close,
    /// Throws the connection away (RST).
    Reset,
    /// Makes a TLS handshake as a server with this identity.
    Tls(Identity),
    /// Reads the TLS ClientHello without answering it.
    ReadHello,
    /// Sends a fatal TLS alert with this number (RFC 8446 §6) in the clear.
    Alert(u8),
    /// Ends the TLS connection in order: close_notify, then FIN.
    CloseNotify,
    /// Reads the records of one FastCGI request.
    FcgiReadRequest,
    /// Sends text as FastCGI standard output.
    FcgiStdout(String),
    /// Sends text over and over as FastCGI standard output.
    FcgiStdoutFill(Fill),
    /// Sends text over and over as FastCGI standard error.
    FcgiStderr(Fill),
    /// Ends the FastCGI request in order.
    FcgiEnd(FcgiEnd),
    /// Reads one request of the uwsgi protocol.
    UwsgiReadRequest,
    /// Exchanges the HTTP/2 preface and SETTINGS.
    H2Start,
    /// Reads HTTP/2 frames until a request is complete, acknowledging SETTINGS and PING.
    H2ReadRequest,
    /// Sends the header block of a response on the stream of the request that was read last.
    H2Headers(H2Headers),
    /// Sends a DATA frame on that stream; an empty one where the request was HEAD.
    H2Data(H2Data),
    /// Ends that stream with RST_STREAM and this code (RFC 9113 §7).
    H2Reset(u32),
    /// Sends GOAWAY.
    H2Goaway(H2Goaway),
    /// Sends a frame of any kind.
    H2Frame(H2Frame),
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl From<Millis> for Duration {
    fn from(value: Millis) -> Self {
        Self::from_millis(value.0)
    }
}

/// A text sent over and over.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fill {
    /// The text; `{n}` stands for the number of the repetition, from 0.
    pub text: String,
    /// How often.
    pub times: u32,
}

/// Bytes that look random.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Random {
    /// How many.
    pub bytes: u32,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

/// A text sent piece by piece.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Trickle {
    /// The text.
    pub text: String,
    /// Bytes in a piece.
    #[serde(default = "one")]
    pub piece: u32,
    /// Time between two pieces.
    pub every: Millis,
}

const fn one() -> u32 {
    1
}

/// A correct answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// The reason phrase; the usual one if unset.
    #[serde(default)]
    pub reason: Option<String>,
    /// Header lines besides those of the framing, each without its line end.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The body.
    #[serde(default = "body")]
    pub body: String,
    /// How the end of the body is told.
    #[serde(default)]
    pub framing: Framing,
}

const fn ok() -> u16 {
    200
}

fn body() -> String {
    HEALTHY_BODY.to_owned()
}

/// The body of every healthy answer: it names the request that it answers, so that a mixed-up answer shows.
pub const HEALTHY_BODY: &str = "lab {token}\n";

/// How the end of a body is told (RFC 9112 §6).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// By `Content-Length`.
    #[default]
    Length,
    /// By chunks; for a request in HTTP/1.0, which knows none, by the end of the connection.
    Chunked,
    /// By the end of the connection; the answer says `Connection: close` and the connection is closed after it.
    Close,
    /// By HTTP/1.0: no framing, and the connection is closed after it.
    Http10,
}

/// The certificate and habits of a TLS server.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// A certificate for `lab.example`, issued by the lab's authority through an intermediate one that is sent along.
    Valid,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// Signed by itself.
    SelfSigned,
    /// Issued by an authority that nobody was told to trust.
    UnknownAuthority,
    /// For another name.
    WrongName,
    /// The intermediate certificate is not sent along.
    MissingIntermediate,
    /// Valid, and demands a certificate of the client.
    ClientCertificate,
}

/// The end of a FastCGI request.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FcgiEnd {
    /// The application's exit status.
    #[serde(default)]
    pub app: u32,
    /// 0 complete, 1 cannot multiplex, 2 overloaded, 3 unknown role (FastCGI 1.0 §5.5).
    #[serde(default)]
    pub protocol: u8,
}

/// The header block of an HTTP/2 response.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct H2Headers {
    /// The `:status`, as text so that wrong ones can be sent.
    pub status: String,
    /// Name and value, in pairs.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// Whether the stream ends with it.
    #[serde(default)]
    pub end: bool,
}

/// A DATA frame.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct H2Data {
    /// The bytes.
    pub text: String,
    /// Whether the stream ends with it.
    #[serde(default)]
    pub end: bool,
}

/// A GOAWAY frame.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct H2Goaway {
    /// The last stream that was or may be acted upon; the stream of the request if unset.
    #[serde(default)]
    pub last: Option<u32>,
    /// The code (RFC 9113 §7).
    pub code: u32,
}

/// A frame of any kind.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct H2Frame {
    /// The kind (RFC 9113 §6).
    pub kind: u8,
    /// The flags.
    #[serde(default)]
    pub flags: u8,
    /// The stream; that of the request if unset.
    #[serde(default)]
    pub stream: Option<u32>,
    /// The payload in hexadecimal with spaces.
    #[serde(default)]
    pub hex: String,
    /// The length that the frame claims to have; the payload's if unset.
    #[serde(default)]
    pub length: Option<u32>,
}
