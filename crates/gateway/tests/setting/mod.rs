//! A gateway, servers that follow a script, and a client that sees every byte. Each target of tests uses a part of it.

#![allow(dead_code, reason = "one part in one target, another in the next")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use goodgate_gateway::plan::*;
use goodgate_gateway::{Gateway, Hooks};

/// Long enough for anything on loopback, short enough for a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that treats each connection as the script says, and hands out what it read.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Receiver<String>,
}

/// One step of a script.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    /// Reads a whole request: a head and the body that it announces.
    Read,
    /// Says this.
    Say(Vec<u8>),
    /// Waits.
    Pause(u64),
    /// Closes with a reset.
    Reset,
    /// Reads until the other end closes.
    Drain,
    /// Answers each request like this until the other end closes.
    Answer(Vec<u8>),
}

/// A whole small answer.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A server that answers every request well.
pub(crate) fn well() -> Scripted {
    server(vec![vec![Do::Answer(OK.as_bytes().to_vec())]])
}

pub(crate) fn say(text: &str) -> Do {
    Do::Say(text.as_bytes().to_vec())
}

/// A server whose n-th connection follows the n-th script, and the last script from then on. Each connection is closed
/// at the end of its script.
pub(crate) fn server(scripts: Vec<Vec<Do>>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, seen) = channel();
    serve(listener, scripts, move |text| drop(tell.send(text)));
    Scripted { address, seen }
}

/// The same at a socket that listens already; `tell` gets what it reads.
pub(crate) fn serve(
    listener: TcpListener,
    scripts: Vec<Vec<Do>>,
    tell: impl Fn(String) + Clone + Send + 'static,
) {
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let script = scripts[count.min(scripts.len() - 1)].clone();
            let tell = tell.clone();
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || play(stream, &script, tell));
        }
    });
}

fn play(mut stream: TcpStream, script: &[Do], tell: impl Fn(String)) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for step in script {
        match step {
            Do::Read => match read_maybe(&mut stream) {
                Some(text) => tell(text),
                None => return,
            },
            Do::Say(bytes) => {
                if stream.write_all(bytes).is_err() {
                    return;
                }
            }
            Do::Pause(ms) => std::thread::sleep(Duration::from_millis(*ms)),
            Do::Reset => {
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
            Do::Answer(bytes) => {
                while let Some(text) = read_maybe(&mut stream) {
                    tell(text);
                    if stream.write_all(bytes).is_err() {
                        return;
                    }
                }
            }
            Do::Drain => {
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest);
                tell(String::from_utf8_lossy(&rest).into_owned());
            }
        }
    }
}

/// Reads a head byte by byte, then the body by `Content-Length` or chunks; `None` where the connection ends before.
pub(crate) fn read_maybe(stream: &mut TcpStream) -> Option<String> {
    let mut text = read_until(stream, b"\r\n\r\n")?;
    let lower = String::from_utf8_lossy(&text).to_lowercase();
    let length =
        lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    if let Some(length) = length {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        text.extend(body);
    } else if lower.contains("transfer-encoding: chunked") {
        text.extend(read_until(stream, b"0\r\n\r\n")?);
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(end) {
        match stream.read(&mut byte) {
            Ok(1) => text.push(byte[0]),
            _ => return None,
        }
    }
    Some(text)
}

/// A gateway on one core in front of these servers.
pub(crate) struct Setting {
    pub(crate) gateway: Gateway,
    pub(crate) address: SocketAddr,
}

pub(crate) fn upstream(servers: &[SocketAddr]) -> Upstream {
    Upstream {
        name: "shop".to_owned(),
        servers: servers.iter().map(|address| to(*address)).collect(),
        balance: Balance::RoundRobin,
        timeouts: Timeouts {
            connect: Duration::from_secs(2),
            head: Duration::from_secs(2),
            idle: Duration::from_secs(2),
            ..Timeouts::default()
        },
        retry: Retry::default(),
        health: None,
        eject: Eject::default(),
        queue: None,
        connections: Connections::default(),
        tls: UpstreamTls::default(),
        resolver: None,
    }
}

fn to(address: SocketAddr) -> Server {
    Server {
        written: format!("http://{address}"),
        protocol: Protocol::Http,
        at: Place::Address(address),
        weight: 1,
        backup: false,
    }
}

pub(crate) fn plan(upstream: Upstream) -> Plan {
    let action = Action::Proxy { upstream: 0, host: None };
    let route = Route {
        path: PathPattern::Below(String::new()),
        methods: Vec::new(),
        fields: Vec::new(),
        rewrite: None,
        request_fields: Vec::new(),
        response_fields: Vec::new(),
        body_bytes_max: 1 << 30,
        action,
    };
    Plan {
        listeners: vec![Listener { address: "127.0.0.1:0".parse().unwrap(), tls: None, http2: false }],
        sites: vec![Site { hosts: vec![HostPattern::Any], routes: vec![route] }],
        upstreams: vec![upstream],
        admin: None,
        access_log: None,
        trusted_proxies: Vec::new(),
        full_account_for: Vec::new(),
        name: "gate".to_owned(),
        clients: Clients::default(),
        collect: Collect::default(),
        error_pages: Vec::new(),
        process: Process { cores: 1, stop_wait: Duration::from_secs(5), ..Process::default() },
    }
}

/// The same with an admin address.
pub(crate) fn watched(plan: Plan) -> Plan {
    Plan { admin: Some(Admin { address: "127.0.0.1:0".parse().unwrap(), token: None }), ..plan }
}

pub(crate) fn run(plan: Plan) -> Setting {
    let gateway = Gateway::start(plan, Hooks::default()).unwrap();
    let address = gateway.addresses()[0];
    Setting { gateway, address }
}

pub(crate) fn in_front_of(servers: &[&Scripted]) -> Setting {
    let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
    run(plan(upstream(&addresses)))
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
    Open,
}

impl Setting {
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends this and reads to the end of the connection.
    pub(crate) fn ask(&self, request: &str) -> (String, End) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_all(&mut stream)
    }

    /// What the admin address says.
    pub(crate) fn numbers(&self) -> String {
        let mut stream = TcpStream::connect(self.gateway.admin_address().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        read_all(&mut stream).0
    }

    /// The sum of the numbers there whose lines begin so.
    pub(crate) fn number(&self, begin: &str) -> u64 {
        let text = self.numbers();
        let values = text.lines().filter(|line| line.starts_with(begin));
        values.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// A GET over a connection that is closed behind it.
    pub(crate) fn get(&self, path: &str) -> (String, End) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"))
    }
}

pub(crate) fn read_all(stream: &mut TcpStream) -> (String, End) {
    let (mut text, mut piece) = (Vec::new(), [0; 65_536]);
    let end = loop {
        match stream.read(&mut piece) {
            Ok(0) => break End::Closed,
            Ok(count) => text.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break End::Reset,
            Err(_) => break End::Open,
        }
    };
    (String::from_utf8_lossy(&text).into_owned(), end)
}

/// One response whose length is announced or that is chunked; the connection stays.
pub(crate) fn read_response(stream: &mut TcpStream) -> String {
    read_maybe(stream).expect("a whole response")
}

/// Status, fields and body of a response as text.
pub(crate) fn parts(response: &str) -> (u16, String, String) {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((response, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let fields = head.split_once("\r\n").map_or("", |(_, fields)| fields);
    (status, fields.to_owned(), body.to_owned())
}

/// Waits until it is so.
pub(crate) fn until(mut is: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is() {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
}
