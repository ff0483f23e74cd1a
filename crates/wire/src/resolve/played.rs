//! Name servers played for tests: on loopback, over UDP and TCP, answering from a few records or misbehaving on
//! purpose. Also included by the tests of the crate `probe`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::AbortHandle;

/// What the server does with a question.
pub(crate) enum Act {
    Say(Message),
    /// Over UDP a cut answer, over TCP this one.
    Cut(Message),
    /// Bytes under the question's id that are no message.
    Garbage,
    Nothing,
}

/// What the server does over TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverTcp {
    /// Answers after this time.
    After(Duration),
    /// Takes the connection and closes it.
    Closed,
    /// Does not listen.
    Refused,
}

pub(crate) type Script = Arc<dyn Fn(&Message) -> Act + Send + Sync>;

/// A server at work; ends when dropped.
pub(crate) struct Played {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Played {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Played {
    /// The questions that came, as "name TYPE", in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) async fn start(script: Script) -> Self {
        Self::start_with(script, OverTcp::After(Duration::ZERO)).await
    }

    pub(crate) async fn start_with(script: Script, over_tcp: OverTcp) -> Self {
        Self::several_with(vec![("127.0.0.1", script)], over_tcp).await.remove(0)
    }

    /// Several servers at one port of different addresses.
    pub(crate) async fn several(scripts: Vec<(&str, Script)>) -> Vec<Self> {
        Self::several_with(scripts, OverTcp::After(Duration::ZERO)).await
    }

    async fn several_with(scripts: Vec<(&str, Script)>, over_tcp: OverTcp) -> Vec<Self> {
        for _ in 0..50 {
            let free = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
            let mut servers = Vec::new();
            for (ip, script) in &scripts {
                servers.extend(
                    Self::at(SocketAddr::new(ip.parse().unwrap(), free), script.clone(), over_tcp).await,
                );
            }
            if servers.len() == scripts.len() {
                return servers;
            }
        }
        panic!("no port is free at all the addresses");
    }

    async fn at(address: SocketAddr, script: Script, over_tcp: OverTcp) -> io::Result<Self> {
        let udp = UdpSocket::bind(address).await?;
        let tcp = TcpListener::bind(address).await?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let datagrams = tokio::spawn(serve_udp(udp, script.clone(), asked.clone()));
        let streams = tokio::spawn(serve_tcp(tcp, script, over_tcp));
        Ok(Self { address, asked, tasks: vec![datagrams.abort_handle(), streams.abort_handle()] })
    }
}

async fn serve_udp(socket: UdpSocket, script: Script, asked: Arc<Mutex<Vec<String>>>) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let query = Message::from_vec(&buffer[..length]).unwrap();
        asked.lock().unwrap().push(format!("{} {}", asked_name(&query), query.queries[0].query_type()));
        let bytes = match script(&query) {
            Act::Say(message) => message.to_vec().unwrap(),
            Act::Cut(_) => {
                let mut cut = reply_to(&query);
                cut.metadata.truncation = true;
                cut.to_vec().unwrap()
            }
            Act::Garbage => [&query.metadata.id.to_be_bytes()[..], b"\x80\x00what is this?"].concat(),
            Act::Nothing => continue,
        };
        socket.send_to(&bytes, from).await.unwrap();
    }
}

async fn serve_tcp(listener: TcpListener, script: Script, over_tcp: OverTcp) {
    if over_tcp == OverTcp::Refused {
        return;
    }
    while let Ok((stream, _)) = listener.accept().await {
        if let OverTcp::After(time) = over_tcp {
            let script = script.clone();
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                serve_stream(stream, &script).await
            });
        }
    }
}

async fn serve_stream(mut stream: TcpStream, script: &Script) -> io::Result<()> {
    let mut question = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut question).await?;
    let query = Message::from_vec(&question).unwrap();
    if let Act::Say(message) | Act::Cut(message) = script(&query) {
        let bytes = message.to_vec().unwrap();
        stream.write_u16(u16::try_from(bytes.len()).unwrap()).await?;
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

pub(crate) fn asked_name(query: &Message) -> String {
    query.queries[0].name().to_ascii().trim_end_matches('.').to_owned()
}

/// An empty answer without an error.
pub(crate) fn reply_to(query: &Message) -> Message {
    let mut message = Message::response(query.metadata.id, query.metadata.op_code);
    message.metadata.message_type = MessageType::Response;
    message.metadata.recursion_desired = query.metadata.recursion_desired;
    message.add_queries(query.queries.clone());
    message
}

/// An answer with nothing but a response code.
pub(crate) fn refusal(query: &Message, code: ResponseCode) -> Act {
    let mut message = reply_to(query);
    message.metadata.response_code = code;
    Act::Say(message)
}

/// With an extended error (RFC 8914).
pub(crate) fn with_extended_error(act: Act, number: u16) -> Act {
    let Act::Say(mut message) = act else { return act };
    let mut edns = Edns::new();
    edns.options_mut().insert(EdnsOption::Unknown(15, number.to_be_bytes().to_vec()));
    message.set_edns(edns);
    Act::Say(message)
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

/// A record of a line such as `www.example.com 300 A 192.0.2.1`; types A, AAAA, CNAME, NS and SOA (whose only value is
/// the time that "there is none" holds).
fn record(line: &str) -> Record {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let [owner, ttl, kind, value] = parts[..] else { panic!("{line}") };
    let data = match kind {
        "A" => RData::A(A(value.parse().unwrap())),
        "AAAA" => RData::AAAA(AAAA(value.parse().unwrap())),
        "CNAME" => RData::CNAME(CNAME(name(value))),
        "NS" => RData::NS(NS(name(value))),
        "SOA" => {
            let minimum = value.parse().unwrap();
            RData::SOA(SOA::new(name("ns"), name("admin"), 1, 3600, 600, 86400, minimum))
        }
        _ => panic!("{line}"),
    };
    Record::from_rdata(name(owner), ttl.parse().unwrap(), data)
}

/// A resolver that knows these records and that nothing else exists; it does not say that it verified.
pub(crate) fn resolver(lines: &str) -> Script {
    let records: Vec<Record> = lines.lines().filter(|line| !line.trim().is_empty()).map(record).collect();
    Arc::new(move |query| {
        let mut message = answer(&records, query);
        message.metadata.recursion_available = true;
        Act::Say(message)
    })
}

/// A server of the zone that its SOA record names; it refers to the zones below (NS records below the apex) and
/// refuses what is outside.
pub(crate) fn authority(lines: &str) -> Script {
    let records: Vec<Record> = lines.lines().filter(|line| !line.trim().is_empty()).map(record).collect();
    let apex = records.iter().find(|record| record.record_type() == RecordType::SOA).unwrap().name.clone();
    Arc::new(move |query| {
        let asked = query.queries[0].name();
        if !apex.zone_of(asked) {
            return refusal(query, ResponseCode::Refused);
        }
        let is_cut = |record: &&Record| {
            record.record_type() == RecordType::NS && record.name != apex && record.name.zone_of(asked)
        };
        let cut: Vec<Record> = records.iter().filter(is_cut).cloned().collect();
        if cut.is_empty() {
            let mut message = answer(&records, query);
            message.metadata.authoritative = true;
            return Act::Say(message);
        }
        let mut message = reply_to(query);
        for record in &cut {
            let RData::NS(server) = &record.data else { continue };
            let glue = records.iter().filter(|record| record.name == server.0);
            message.add_additionals(glue.cloned());
        }
        message.add_authorities(cut);
        Act::Say(message)
    })
}

fn answer(records: &[Record], query: &Message) -> Message {
    let mut message = reply_to(query);
    let kind = query.queries[0].query_type();
    let mut at = query.queries[0].name().clone();
    for _ in 0..20 {
        let of = |wanted| records.iter().filter(move |r: &&Record| r.record_type() == wanted);
        let here: Vec<Record> = of(kind).filter(|record| record.name == at).cloned().collect();
        let alias = of(RecordType::CNAME).find(|record| record.name == at).cloned();
        if let (true, Some(alias)) = (here.is_empty(), alias) {
            let RData::CNAME(next) = &alias.data else { break };
            at = next.0.clone();
            message.add_answer(alias);
            continue;
        }
        if here.is_empty() {
            if !records.iter().any(|record| at.zone_of(&record.name)) {
                message.metadata.response_code = ResponseCode::NXDomain;
            }
            let start = of(RecordType::SOA).filter(|record| record.name.zone_of(&at));
            message.add_authorities(start.max_by_key(|record| record.name.num_labels()).cloned());
        }
        message.add_answers(here);
        break;
    }
    message
}

/// The script, but for these names (and what lies under them) this.
pub(crate) fn but(
    script: Script,
    names: &[&str],
    other: impl Fn(&Message) -> Act + Send + Sync + 'static,
) -> Script {
    let names: Vec<Name> = names.iter().map(|text| name(text)).collect();
    Arc::new(move |query| {
        let hit = names.iter().any(|name| name.zone_of(query.queries[0].name()));
        if hit { other(query) } else { script(query) }
    })
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
