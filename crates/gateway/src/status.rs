//! The state of a running gateway as a JSON document for whoever looks after it. All of it is handed in as values.

use goodgate_facts::ErrorType;

use crate::record::LogCounts;
use crate::written::{Stamp, json_string, number};

/// The state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The version of goodgate.
    pub version: String,
    /// Now, in microseconds since 1970 (UTC), as are all instants here.
    pub now_us: u64,
    /// When the gateway started.
    pub started_us: u64,
    /// Where the configuration in use came from: a file's name, or `command line`.
    pub configuration: String,
    /// When it was loaded.
    pub loaded_us: u64,
    /// Configurations that were loaded anew.
    pub reloads: u64,
    /// Configurations that were refused.
    pub reloads_refused: u64,
    /// Why the last one was refused; `None` once another was taken.
    pub refusal: Option<String>,
    /// Cores that work.
    pub cores: usize,
    /// Where clients connect.
    pub listeners: Vec<String>,
    /// The certificates that clients are shown, each once.
    pub certificates: Vec<CertificateState>,
    /// What has become of the lines of the access log; `None` where there is no log.
    pub log: Option<LogCounts>,
    /// The upstreams, in the order of the plan.
    pub upstreams: Vec<UpstreamState>,
}

/// The state of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateState {
    /// The file with its chain.
    pub chain: String,
    /// The names that it is for.
    pub names: Vec<String>,
    /// When it expires: seconds since 1970, none before.
    pub not_after_s: u64,
    /// Why what stands in its files now cannot be used, so that an older one still is.
    pub trouble: Option<String>,
}

/// The state of an upstream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamState {
    /// Its name.
    pub name: String,
    /// Requests in hand.
    pub in_hand: u64,
    /// Requests in the queue.
    pub queued: u64,
    /// The servers, in the order of the plan.
    pub servers: Vec<ServerState>,
}

/// The state of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerState {
    /// As the configuration writes it.
    pub server: String,
    /// Its share among the others.
    pub weight: u32,
    /// Whether it is asked only when no other may be.
    pub backup: bool,
    /// Whether it may be asked.
    pub state: State,
    /// Since when; `None` for ever since the start.
    pub since_us: Option<u64>,
    /// Until when it is left out, if it is.
    pub until_us: Option<u64>,
    /// What failed last in a request, and when.
    pub last_failure: Option<(ErrorType, u64)>,
    /// What the last health check saw; `None` where there was none.
    pub last_check: Option<CheckState>,
    /// The addresses that its name has now.
    pub addresses: Vec<String>,
    /// Connections that are open.
    pub connections: u64,
    /// Requests in hand, at most a second ago.
    pub in_hand: u64,
    /// Idle connections that are kept, at most a second ago.
    pub idle: u64,
}

/// What a health check saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckState {
    /// When.
    pub at_us: u64,
    /// Whether that is well.
    pub well: bool,
    /// The status of the answer, or why there was none; `Ok(None)` where a connection was enough.
    pub answer: Result<Option<u16>, ErrorType>,
}

/// Whether a server may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// It may.
    #[default]
    Up,
    /// It may, with less than its share, because it came back a short while ago.
    Starting,
    /// Its health checks say that it is down.
    Down,
    /// It is left out after failures.
    Ejected,
}

impl State {
    /// The word in the document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Starting => "starting",
            Self::Down => "down",
            Self::Ejected => "ejected",
        }
    }

    /// Whether requests go there.
    pub fn may_be_asked(self) -> bool {
        matches!(self, Self::Up | Self::Starting)
    }
}

impl Status {
    /// Appends the document; `docs/schema/status-1.json` describes it.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        string(b"{\"schema\":\"goodgate.status/1\",\"version\":", &self.version, out);
        instant(b",\"now\":", self.now_us, out);
        instant(b",\"started\":", self.started_us, out);
        integer(b",\"uptime_s\":", self.now_us.saturating_sub(self.started_us) / 1_000_000, out);
        integer(b",\"cores\":", self.cores as u64, out);
        string(b",\"configuration\":{\"from\":", &self.configuration, out);
        instant(b",\"loaded\":", self.loaded_us, out);
        integer(b",\"reloads\":", self.reloads, out);
        integer(b",\"refused\":", self.reloads_refused, out);
        match &self.refusal {
            Some(why) => string(b",\"refusal\":", why, out),
            None => out.extend_from_slice(b",\"refusal\":null"),
        }
        out.extend_from_slice(b"},\"listeners\":[");
        list(&self.listeners, out, |listener, out| string(b"", listener, out));
        out.extend_from_slice(b"],\"certificates\":[");
        list(&self.certificates, out, certificate);
        match &self.log {
            Some(log) => {
                integer(b"],\"access_log\":{\"written\":", log.written, out);
                integer(b",\"lost\":", log.lost, out);
                match &log.trouble {
                    Some(trouble) => string(b",\"trouble\":", trouble, out),
                    None => out.extend_from_slice(b",\"trouble\":null"),
                }
                out.push(b'}');
            }
            None => out.extend_from_slice(b"],\"access_log\":null"),
        }
        out.extend_from_slice(b",\"upstreams\":[");
        list(&self.upstreams, out, upstream);
        out.extend_from_slice(b"]}\n");
    }
}

fn certificate(state: &CertificateState, out: &mut Vec<u8>) {
    string(b"{\"chain\":", &state.chain, out);
    out.extend_from_slice(b",\"names\":[");
    list(&state.names, out, |name, out| string(b"", name, out));
    instant(b"],\"not_after\":", state.not_after_s.saturating_mul(1_000_000), out);
    match &state.trouble {
        Some(trouble) => string(b",\"trouble\":", trouble, out),
        None => out.extend_from_slice(b",\"trouble\":null"),
    }
    out.push(b'}');
}

fn upstream(state: &UpstreamState, out: &mut Vec<u8>) {
    string(b"{\"name\":", &state.name, out);
    integer(b",\"in_hand\":", state.in_hand, out);
    integer(b",\"queued\":", state.queued, out);
    out.extend_from_slice(b",\"servers\":[");
    list(&state.servers, out, server);
    out.extend_from_slice(b"]}");
}

fn server(state: &ServerState, out: &mut Vec<u8>) {
    string(b"{\"server\":", &state.server, out);
    integer(b",\"weight\":", u64::from(state.weight), out);
    boolean(b",\"backup\":", state.backup, out);
    string(b",\"state\":", state.state.as_str(), out);
    instant_or_null(b",\"since\":", state.since_us, out);
    instant_or_null(b",\"until\":", state.until_us, out);
    match state.last_failure {
        Some((error, when_us)) => {
            string(b",\"last_failure\":{\"error\":", error.token(), out);
            instant(b",\"at\":", when_us, out);
            out.push(b'}');
        }
        None => out.extend_from_slice(b",\"last_failure\":null"),
    }
    match &state.last_check {
        Some(checked) => check(checked, out),
        None => out.extend_from_slice(b",\"last_check\":null"),
    }
    out.extend_from_slice(b",\"addresses\":[");
    list(&state.addresses, out, |address, out| string(b"", address, out));
    integer(b"],\"connections\":", state.connections, out);
    integer(b",\"in_hand\":", state.in_hand, out);
    integer(b",\"idle\":", state.idle, out);
    out.push(b'}');
}

fn check(checked: &CheckState, out: &mut Vec<u8>) {
    boolean(b",\"last_check\":{\"well\":", checked.well, out);
    instant(b",\"at\":", checked.at_us, out);
    match checked.answer {
        Ok(Some(status)) => integer(b",\"status\":", u64::from(status), out),
        Ok(None) | Err(_) => out.extend_from_slice(b",\"status\":null"),
    }
    match checked.answer {
        Err(error) => string(b",\"error\":", error.token(), out),
        Ok(_) => out.extend_from_slice(b",\"error\":null"),
    }
    out.push(b'}');
}

fn list<T>(items: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

/// A key as it stands in the document, and a string.
fn string(key: &[u8], value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json_string(value.as_bytes(), out);
}

fn integer(key: &[u8], value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    number(value, out);
}

fn boolean(key: &[u8], value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn instant_or_null(key: &[u8], unix_us: Option<u64>, out: &mut Vec<u8>) {
    match unix_us {
        Some(unix_us) => instant(key, unix_us, out),
        None => {
            out.extend_from_slice(key);
            out.extend_from_slice(b"null");
        }
    }
}

fn instant(key: &[u8], unix_us: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    out.push(b'"');
    Stamp::default().iso(unix_us, out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_document_says_what_was_handed_in() {
        let server = ServerState {
            server: "http://127.0.0.1:3000".to_owned(),
            weight: 3,
            backup: true,
            state: State::Ejected,
            since_us: Some(1_795_307_647_000_000),
            until_us: Some(1_795_307_652_000_000),
            last_failure: Some((ErrorType::ConnectionRefused, 1_795_307_647_000_000)),
            last_check: Some(CheckState { at_us: 1_795_307_647_000_000, well: false, answer: Ok(Some(503)) }),
            addresses: vec!["127.0.0.1:3000".to_owned()],
            connections: 3,
            in_hand: 1,
            idle: 2,
        };
        let answer = Err(ErrorType::ConnectionRefused);
        let other = ServerState {
            state: State::Up,
            since_us: None,
            last_failure: None,
            last_check: Some(CheckState { at_us: 1_795_307_647_000_000, well: false, answer }),
            ..server.clone()
        };
        let shop = UpstreamState {
            name: "shop \"1\"".to_owned(),
            servers: vec![server, other],
            ..Default::default()
        };
        let status = Status {
            version: "0.1.0".to_owned(),
            now_us: 1_795_307_650_900_000,
            started_us: 1_795_307_647_000_000,
            refusal: Some("line 3:\n\"x\"".to_owned()),
            listeners: vec!["0.0.0.0:80".to_owned(), "[::]:443".to_owned()],
            certificates: vec![CertificateState {
                chain: "/etc/ssl/shop.pem".to_owned(),
                names: vec!["shop.example".to_owned()],
                not_after_s: 1_795_307_647,
                trouble: Some("shop.key may not be read by us".to_owned()),
            }],
            log: Some(LogCounts { written: 7, lost: 1, trouble: None }),
            upstreams: vec![shop],
            ..Status::default()
        };
        let mut out = Vec::new();
        status.write_json(&mut out);
        let json: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["schema"], "goodgate.status/1");
        assert_eq!(json["uptime_s"], 3);
        assert_eq!(json["configuration"]["refusal"], "line 3:\n\"x\"");
        assert_eq!(json["listeners"][1], "[::]:443");
        assert_eq!(json["access_log"]["lost"], 1);
        assert_eq!(json["certificates"][0]["chain"], "/etc/ssl/shop.pem");
        assert_eq!(json["certificates"][0]["names"][0], "shop.example");
        assert_eq!(json["certificates"][0]["not_after"], "2026-11-22T00:34:07.000000Z");
        assert_eq!(json["certificates"][0]["trouble"], "shop.key may not be read by us");
        assert_eq!(json["upstreams"][0]["name"], "shop \"1\"");
        assert_eq!(json["upstreams"][0]["servers"][0]["state"], "ejected");
        assert_eq!(json["upstreams"][0]["servers"][0]["last_failure"]["error"], "connection_refused");
        assert_eq!(json["upstreams"][0]["servers"][0]["last_check"]["status"], 503);
        assert_eq!(json["upstreams"][0]["servers"][0]["until"], "2026-11-22T00:34:12.000000Z");
        assert_eq!(json["upstreams"][0]["servers"][1]["since"], Value::Null);
        assert_eq!(json["upstreams"][0]["servers"][1]["last_check"]["error"], "connection_refused");
        out.clear();
        Status::default().write_json(&mut out);
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap()["access_log"], Value::Null);
    }
}
