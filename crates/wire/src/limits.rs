//! How long each phase may take and how much may come, and how long each did take.

use std::time::Duration;

/// Limits of one exchange. Every phase has a timer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Name to address; default 5 s.
    pub resolve: Duration,
    /// Opening the connection; default 10 s.
    pub connect: Duration,
    /// TLS handshake; default 10 s.
    pub tls: Duration,
    /// Sending the request; default 10 s.
    pub send: Duration,
    /// From the end of the request to the first byte of the response; default 65 s, because many gateways give up
    /// after 60 s themselves and then say so.
    pub wait: Duration,
    /// From the first byte of the response to the end of its head; default 10 s.
    pub head: Duration,
    /// Between two pieces of the body; default 10 s.
    pub body_gap: Duration,
    /// From the beginning of the body to its end; default 30 s.
    pub body: Duration,
    /// Bytes of a response head; default 256 KiB.
    pub head_bytes: usize,
    /// Bytes of one field line; default 64 KiB.
    pub field_bytes: usize,
    /// Field lines of a head; default 500.
    pub fields: usize,
    /// Interim (1xx) responses before the final one; default 8.
    pub interim: usize,
    /// Bytes of the body that are kept; what goes beyond is not read, and that is no failure. Default 1 MiB.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            resolve: seconds(5),
            connect: seconds(10),
            tls: seconds(10),
            send: seconds(10),
            wait: seconds(65),
            head: seconds(10),
            body_gap: seconds(10),
            body: seconds(30),
            head_bytes: 256 << 10,
            field_bytes: 64 << 10,
            fields: 500,
            interim: 8,
            body_bytes: 1 << 20,
        }
    }
}

/// How long each phase took; `None` for a phase that was not reached or not needed (a reused connection has no
/// connect phase).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Name to address.
    pub resolve: Option<Duration>,
    /// Opening the connection.
    pub connect: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// Sending the request.
    pub send: Option<Duration>,
    /// From the end of the request to the first byte of the response.
    pub wait: Option<Duration>,
    /// From the first byte of the response to the end of its head.
    pub head: Option<Duration>,
    /// Reading the body.
    pub body: Option<Duration>,
}

impl Timings {
    /// The sum of all phases.
    pub fn total(&self) -> Duration {
        let phases = [self.resolve, self.connect, self.tls, self.send, self.wait, self.head, self.body];
        phases.into_iter().flatten().sum()
    }

    /// From the beginning of the exchange to the first byte of the response, where one came.
    pub fn first_byte(&self) -> Option<Duration> {
        let before = [self.connect, self.tls, self.send];
        self.wait.map(|wait| wait + before.into_iter().flatten().sum::<Duration>())
    }
}
