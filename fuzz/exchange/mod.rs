//! Whole exchanges through a running gateway: a client and a server that say anything, each over real connections.
//!
//! What the server is asked must be requests that the gateway wrote, of those that the client sent, in their order and
//! with their bodies; what the client is answered must be whole or visibly cut; and all must end. Used by the fuzz
//! target and by a test of the gateway. Knows no fuzzer.

mod read;
mod script;
mod server;

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use goodgate_gateway::plan::*;
use goodgate_gateway::{Gateway, Hooks};

use read::{Asked, accepted, answers, asked};
pub(crate) use script::Script;
use server::Server;

/// What ends of itself is over by then, on however busy a machine.
const HANG: Duration = Duration::from_secs(20);
/// Silence after which the client says that it has said all.
const QUIET: Duration = Duration::from_millis(5);
/// Every limit of the gateway: an impatient one, so that waiting for it is short.
const LIMIT: Duration = Duration::from_millis(200);

/// A gateway before a server, used for one exchange after another.
struct Ground {
    gateway: Gateway,
    address: SocketAddr,
    server: Server,
    /// What the gateway calls itself towards servers: nobody else can know.
    name: Vec<u8>,
}

/// Plays a script, one at a time.
///
/// # Panics
/// If the gateway does what it must not.
pub(crate) fn play(script: &Script) {
    static GROUND: OnceLock<Mutex<Ground>> = OnceLock::new();
    let ground = GROUND.get_or_init(|| Mutex::new(Ground::new())).lock();
    ground.unwrap_or_else(PoisonError::into_inner).play(script);
}

impl Ground {
    fn new() -> Self {
        let server = Server::start();
        let gateway = Gateway::start(plan(server.address), Hooks::default()).expect("a gateway");
        let address = gateway.addresses()[0];
        let mut ground = Self { gateway, address, server, name: Vec::new() };
        let seen = ground.converse(&Script::usual()).1;
        let first = asked(&seen[0]).remove(0);
        let via = first.field("via").expect("a gateway that tells of itself");
        ground.name = via.rsplit(|byte| *byte == b' ').next().unwrap_or_default().to_vec();
        assert!(ground.name.len() > 8);
        ground
    }

    fn play(&self, script: &Script) {
        let (said, seen) = self.converse(script);
        let sent = accepted(&script.client.concat());
        let methods: Vec<&[u8]> = sent.iter().map(|request| request.method.as_slice()).collect();
        let switched = answers(&said, &methods);
        let mut requests = Vec::new();
        for connection in &seen {
            let mut here = asked(connection);
            if let Some(switch) = here.iter().position(|request| request.upgrades).filter(|_| switched) {
                // What follows a switch of protocols belongs to nobody.
                here.truncate(switch);
            }
            requests.extend(here);
        }
        self.hold_against(&requests, &sent);
    }

    /// Each request that the server was asked is one that the client sent, and follows those before it.
    fn hold_against(&self, requests: &[Asked], sent: &[Asked]) {
        let (mut next, mut ids) = (0, HashSet::new());
        for request in requests {
            let by = request.field("via").unwrap_or_default();
            assert!(by.ends_with(&self.name), "nobody sent this: {request:?}");
            let id = request.field("x-request-id").unwrap_or_default().to_vec();
            // One that is sent again comes under the same id.
            if ids.insert(id) {
                let found = sent.iter().skip(next).position(|one| is_of(request, one));
                next += found.unwrap_or_else(|| panic!("{request:?} is none of {sent:?}")) + 1;
            } else {
                assert!(sent.iter().take(next).any(|one| is_of(request, one)), "{request:?}");
            }
        }
    }

    /// What the client was answered, and what the server read on each connection.
    fn converse(&self, script: &Script) -> (Vec<u8>, Vec<Vec<u8>>) {
        self.server.begin(script);
        let mut client = TcpStream::connect(self.address).expect("a connection");
        client.set_nodelay(true).expect("a socket");
        for piece in &script.client {
            // It may have hung up.
            if client.write_all(piece).is_err() {
                break;
            }
        }
        let said = listen(&mut client, script.patient);
        drop(client);
        let end = Instant::now() + HANG;
        while self.gateway.connections() > 0 {
            assert!(Instant::now() < end, "the gateway keeps a connection that is closed");
            std::thread::yield_now();
        }
        (said, self.server.end())
    }
}

fn is_of(request: &Asked, sent: &Asked) -> bool {
    let body = if request.whole {
        sent.whole && request.body == sent.body
    } else {
        sent.body.starts_with(&request.body)
    };
    request.method == sent.method && body
}

/// Reads to the end. Whoever is not patient says after a while that nothing more will come.
fn listen(client: &mut TcpStream, patient: bool) -> Vec<u8> {
    let (mut said, mut piece, end) = (Vec::new(), vec![0; 1 << 16], Instant::now() + HANG);
    let mut closed = false;
    client.set_read_timeout(Some(QUIET)).expect("a socket");
    loop {
        match client.read(&mut piece) {
            Ok(0) => return said,
            Ok(count) => said.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                assert!(Instant::now() < end, "the gateway neither answers nor hangs up");
                if !patient && !closed {
                    closed = true;
                    let _ = client.shutdown(Shutdown::Write);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return said,
        }
    }
}

fn plan(server: SocketAddr) -> Plan {
    let route = Route {
        path: PathPattern::Below(String::new()),
        methods: Vec::new(),
        fields: Vec::new(),
        rewrite: None,
        request_fields: Vec::new(),
        response_fields: Vec::new(),
        body_bytes_max: 1 << 20,
        action: Action::Proxy { upstream: 0, host: None },
    };
    let server = goodgate_gateway::plan::Server {
        written: format!("http://{server}"),
        protocol: Protocol::Http,
        at: Place::Address(server),
        weight: 1,
        backup: false,
    };
    let upstream = Upstream {
        name: "script".to_owned(),
        servers: vec![server],
        balance: Balance::RoundRobin,
        timeouts: Timeouts { send: LIMIT, head: LIMIT, idle: LIMIT, tunnel: LIMIT, ..Timeouts::default() },
        retry: Retry { backoff: Duration::ZERO, budget_percent: 100, body_bytes: 100, ..Retry::default() },
        health: None,
        eject: Eject { after: 0, ..Eject::default() },
        queue: None,
        connections: Connections::default(),
        tls: UpstreamTls::default(),
        resolver: None,
    };
    Plan {
        listeners: vec![Listener { address: SocketAddr::from(([127, 0, 0, 1], 0)), tls: None, http2: false }],
        sites: vec![Site { hosts: vec![HostPattern::Any], routes: vec![route] }],
        upstreams: vec![upstream],
        admin: None,
        access_log: None,
        trusted_proxies: Vec::new(),
        full_account_for: Vec::new(),
        name: "gate".to_owned(),
        clients: Clients { head: LIMIT, body_gap: LIMIT, send_gap: LIMIT, idle: LIMIT, ..Clients::default() },
        collect: Collect::default(),
        error_pages: Vec::new(),
        process: Process { cores: 1, ..Process::default() },
    }
}
