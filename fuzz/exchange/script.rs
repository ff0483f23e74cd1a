//! Any bytes as a script: what the client says, and what the server answers. A byte above 0x7f stands for a piece of HTTP,
//! so that chance finds messages that nearly are some.

/// What is said. Each in pieces that are sent apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(super) client: Vec<Vec<u8>>,
    /// An answer for each request, then good ones.
    pub(super) answers: Vec<Vec<Vec<u8>>>,
    /// What the server does behind its last answer here.
    pub(super) then: Then,
    /// Whether the server answers a head, without the body behind it.
    pub(super) early: bool,
    /// Whether the client waits to the end for an answer.
    pub(super) patient: bool,
}

/// What a server does behind its last answer of the script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Then {
    /// Goes on with good ones.
    #[default]
    On,
    Close,
    Reset,
    /// Says nothing more.
    Silent,
}

/// The pieces, from 0x80 on.
const PIECES: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\n",
    b"PUT /p?q HTTP/1.1\r\nHost: a\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\n",
    b"GET / HTTP/1.0\r\n",
    b"POST / HTTP/1.0\r\nHost: a\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n",
    b"GET http://a/ HTTP/1.1\r\nHost: a\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 Not Modified\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 500 Bad\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 17\r\n",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: ",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: ",
    b"Expect: 100-continue\r\n",
    b"Upgrade: x\r\nConnection: upgrade\r\n",
    b"Trailer: t\r\n",
    b"TE: trailers\r\n",
    b"Host: b\r\n",
    b"X-Request-ID: 1\r\n",
    b"Via: 1.1 gate\r\n",
    b"\r\n",
    b"\r\n\r\n",
    b"5\r\nhello\r\n",
    b"11;a=\"b\"\r\n",
    b"0\r\n\r\n",
    b"0\r\nt: 1\r\n\r\n",
    b"0\r\nContent-Length: 3\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"hello",
    b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"chunked",
    b"\r\n ",
    b": ",
    b", ",
    b"\0",
    b"Keep-Alive: timeout=1\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"\n\n",
];
/// Ends a piece that is sent by itself.
const FLUSH: u8 = 0xfc;
/// From here on the next answer of the server is said.
const ANSWER: u8 = 0xfd;
/// Many bytes.
const MANY: u8 = 0xfe;
/// The next byte stands for itself.
const RAW: u8 = 0xff;

impl Script {
    /// The script that any bytes stand for.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Some((&how, rest)) = bytes.split_first() else { return Self::usual() };
        let then = [Then::On, Then::Close, Then::Reset, Then::Silent][usize::from(how >> 2 & 3)];
        // Patience takes long, so few have it.
        let mut script = Self { then, early: how & 1 == 1, patient: how >> 4 == 15, ..Self::default() };
        let (mut said, mut rest) = (vec![Vec::new()], rest.iter());
        let mut answering = false;
        while let Some(&byte) = rest.next() {
            let last = said.last_mut().expect("one");
            match byte {
                FLUSH => said.push(Vec::new()),
                ANSWER => {
                    script.take(std::mem::replace(&mut said, vec![Vec::new()]), answering);
                    answering = true;
                }
                MANY => last.extend_from_slice(&[b'x'; 20_000]),
                RAW => last.extend(rest.next()),
                0x80.. => {
                    last.extend_from_slice(PIECES.get(usize::from(byte - 0x80)).copied().unwrap_or(b"x"));
                }
                _ => last.push(byte),
            }
        }
        script.take(said, answering);
        script
    }

    fn take(&mut self, said: Vec<Vec<u8>>, answering: bool) {
        if answering {
            self.answers.push(said);
        } else {
            self.client = said;
        }
    }

    /// One good request.
    pub(super) fn usual() -> Self {
        Self { client: vec![b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()], ..Self::default() }
    }
}
