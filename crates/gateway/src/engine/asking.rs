//! Asking a server whether it is well: one request, of which no more than the status of the answer is read.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use goodgate_facts::{ErrorType, Phase};
use goodgate_wire::http1::{self, Ended};
use goodgate_wire::{Channel, Cut, Fault, FieldLines, Limits, Peer, fastcgi};
use tokio::time::{Instant, timeout_at};

use crate::core::{INTERIM_MAX, SERVER_LIMITS};
use crate::front::frame::Sent;
use crate::health::Answer;
use crate::plan::{Health, Protocol, Timeouts};
use crate::resolve;
use crate::upstream::{Addresses, Seen, ServerState, connect};

/// Addresses of a server that are asked; more than anybody has behind one name.
const ADDRESSES_MAX: usize = 64;

/// Asks the server at each of its addresses, side by side.
pub(super) async fn ask(server: &ServerState, health: &Health, timeouts: &Timeouts) -> Seen {
    let until = Instant::now() + health.timeout;
    if matches!(&*server.addresses(), Addresses::Unknown) {
        // What came of it stands in the addresses.
        let _ = timeout_at(until, resolve::first(server, timeouts.resolve)).await;
    }
    let addresses = server.addresses();
    let peers = match &*addresses {
        Addresses::At(peers) => peers,
        Addresses::Failed(failure) => return Err(failure.error_type()),
        Addresses::Unknown => return Err(ErrorType::DnsTimeout),
    };
    let asking = peers.iter().take(ADDRESSES_MAX).map(|peer| {
        let asking = ask_at(peer, server, health, timeouts, until);
        Box::pin(async move { (peer.clone(), asking.await) })
    });
    Ok(all(asking.collect()).await)
}

/// What all of these come to, in the order in which they came.
async fn all<T>(mut waiting: Vec<Pin<Box<impl Future<Output = T>>>>) -> Vec<T> {
    let mut done = Vec::new();
    poll_fn(|cx| {
        waiting.retain_mut(|future| match future.as_mut().poll(cx) {
            Poll::Ready(result) => {
                done.push(result);
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}

async fn ask_at(
    peer: &Peer,
    server: &ServerState,
    health: &Health,
    timeouts: &Timeouts,
    until: Instant,
) -> Answer {
    let channel = match timeout_at(until, connect(server, peer, timeouts)).await {
        Ok(opened) => opened.map_err(|failure| failure.error_type())?,
        Err(_) => return Err(ErrorType::ConnectionTimeout),
    };
    let host = health.host.clone().unwrap_or_else(|| server.plan.authority());
    let asking = async {
        match (server.plan.protocol, &health.script) {
            (Protocol::FastCgi, None) => Ok(None),
            (Protocol::FastCgi, Some(script)) => {
                of_script(channel, &script_request(health, script, &host)).await.map(Some)
            }
            _ => of_page(channel, &page_request(health, &host)).await.map(Some),
        }
    };
    timeout_at(until, asking).await.unwrap_or(Err(ErrorType::HttpResponseTimeout))
}

const AGENT: &str = "goodgate-health-check";

fn page_request(health: &Health, host: &str) -> Vec<u8> {
    let path = &health.path;
    let rest = format!("User-Agent: {AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{rest}").into_bytes()
}

/// A request for a script, or for what php-fpm answers itself under the name of one (`ping.path`).
fn script_request(health: &Health, script: &str, host: &str) -> Vec<u8> {
    let path = health.path.as_bytes();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let variables = fastcgi::CgiRequest {
        method: b"GET",
        uri: path,
        query: b"",
        document_root: script.strip_suffix(&health.path).unwrap_or_default().as_bytes(),
        script_name: path,
        script_filename: Some(script.as_bytes()),
        path_info: b"",
        server_name: name.as_bytes(),
        server_addr: b"",
        server_port: 80,
        protocol: b"HTTP/1.1",
        scheme: b"http",
        // Nobody else asks: it is this machine itself.
        remote_addr: b"127.0.0.1",
        remote_port: 0,
        content_length: None,
        fields: FieldLines::new(b"", &[]),
    };
    let mut out = Vec::new();
    let mut params = fastcgi::write_request(&variables, fastcgi::Afterwards::Close, &mut out);
    params.pair(b"HTTP_HOST", host.as_bytes());
    params.pair(b"HTTP_USER_AGENT", AGENT.as_bytes());
    params.finish();
    out.extend_from_slice(&fastcgi::STDIN_END);
    out
}

/// Sends a request over HTTP/1.1; the status of the answer.
async fn of_page(mut channel: Channel, request: &[u8]) -> Result<u16, ErrorType> {
    send(&mut channel, request).await?;
    let (mut bytes, mut lines, mut interim) = (Vec::new(), Vec::new(), 0);
    loop {
        // An interim answer and what follows it may have come together.
        let head = http1::response_head(&bytes, b"GET", &SERVER_LIMITS, &mut lines);
        match head.map_err(Fault::error_type)? {
            Some(head) if (100..200).contains(&head.status) => {
                interim += 1;
                if interim > INTERIM_MAX {
                    return Err(Fault::InterimEndless.error_type());
                }
                bytes.drain(..head.bytes);
                continue;
            }
            Some(head) => return Ok(head.status),
            None => {}
        }
        let phase = if bytes.is_empty() { Phase::Wait } else { Phase::Head };
        let mut piece = [0; PIECE];
        match receive(&mut channel, &mut piece, phase).await? {
            0 => return Err(Cut::Closed.failure(phase).error_type()),
            count => bytes.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
    }
}

/// Sends a request over FastCGI; the status of the answer.
async fn of_script(mut channel: Channel, request: &[u8]) -> Result<u16, ErrorType> {
    send(&mut channel, request).await?;
    let mut reader = fastcgi::ResponseReader::new(b"GET");
    let (mut stdout, mut lines, limits) = (Vec::new(), Vec::new(), Limits::default());
    loop {
        let mut piece = [0; PIECE];
        let count = receive(&mut channel, &mut piece, reader.phase()).await?;
        if count == 0 {
            let fault = reader.end(Ended::Closed).err().unwrap_or(Fault::ClosedBeforeResponse);
            return Err(fault.error_type());
        }
        let came = piece.get_mut(..count).unwrap_or_default();
        let step = reader.read(came).map_err(Fault::error_type)?;
        stdout.extend_from_slice(came.get(step.data).unwrap_or_default());
        if let Some(found) = reader.head(&stdout, &limits, &mut lines).map_err(Fault::error_type)? {
            return Ok(found.head.status);
        }
    }
}

/// Bytes that are read at once.
const PIECE: usize = 4096;

async fn send(channel: &mut Channel, request: &[u8]) -> Result<(), ErrorType> {
    let mut sent = Sent::default();
    let written = poll_fn(|cx| sent.poll_write(cx, channel, request, &[], &[])).await;
    written.map_err(|error| Cut::of(&error).failure(Phase::Send).error_type())
}

async fn receive(channel: &mut Channel, piece: &mut [u8], phase: Phase) -> Result<usize, ErrorType> {
    let read = poll_fn(|cx| channel.poll_read(cx, piece)).await;
    read.map_err(|error| Cut::of(&error).failure(phase).error_type())
}
