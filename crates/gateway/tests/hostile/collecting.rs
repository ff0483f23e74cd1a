//! Bodies without a length for a server that must know it: they are collected, within bounds, and sent again where that
//! is safe.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use goodgate_gateway::plan::*;

use crate::setting::*;

/// What a script was sent: `CONTENT_LENGTH`, and the body.
type Sent = (String, Vec<u8>);

/// A server of FastCGI that breaks its first connections off once it has the whole request, and answers then.
fn fastcgi(broken: usize) -> (SocketAddr, Receiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, seen) = channel();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().flatten().enumerate() {
            let mut stream = stream;
            let Some(sent) = request(&mut stream) else { continue };
            if tell.send(sent).is_err() {
                return;
            }
            if count >= broken {
                let text = b"Status: 200\r\n\r\nhello";
                stream.write_all(&[record(6, text), record(3, &[0; 8])].concat()).unwrap();
            }
        }
    });
    (address, seen)
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[1, kind, 0, 1, length[0], length[1], 0, 0], content].concat()
}

/// Reads records to the end of standard input.
fn request(stream: &mut TcpStream) -> Option<Sent> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut params, mut body) = (Vec::new(), Vec::new());
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head).ok()?;
        let mut content = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]]))];
        stream.read_exact(&mut content).ok()?;
        stream.read_exact(&mut vec![0; usize::from(head[6])]).ok()?;
        match head[1] {
            4 => params.extend(content),
            5 if content.is_empty() => break,
            5 => body.extend(content),
            _ => {}
        }
    }
    let name = b"CONTENT_LENGTH";
    let at = params.windows(name.len()).position(|window| window == name)?;
    // The length of a short value stands in the byte before the name.
    let (length, value) = (usize::from(params[at - 1]), at + name.len());
    Some((String::from_utf8_lossy(&params[value..value + length]).into_owned(), body))
}

/// A site of one script, in a folder of its own.
struct Site {
    setting: Setting,
    folder: PathBuf,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn site(name: &str, server: SocketAddr, change: impl Fn(&mut Plan)) -> Site {
    let folder = std::env::temp_dir().join(format!("goodgate-collecting-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.php"), "").unwrap();
    let mut upstream = upstream(&[server]);
    upstream.servers[0].protocol = Protocol::FastCgi;
    let mut plan = plan(upstream);
    let files = Files {
        root: folder.clone(),
        index: vec!["index.php".to_owned()],
        try_files: vec!["{path}".to_owned(), "/index.php".to_owned()],
        hidden: false,
        charset: Charset::default(),
        sources: false,
        links: Vec::new(),
    };
    let script_root = folder.clone();
    plan.sites[0].routes[0].action = Action::Php(Php { upstream: 0, files, script_root, params: Vec::new() });
    plan.collect = Collect { memory_bytes: 1000, ..Collect::default() };
    change(&mut plan);
    Site { setting: run(plan), folder }
}

/// Sends the body in chunks, and reads the answer and how the connection ends.
fn put(site: &Site, body: &[u8]) -> String {
    let mut client = site.setting.connect();
    let mut sending = client.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let head = "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
            // Where it is refused on the way nobody takes the rest.
            let _ = sending.write_all(head.as_bytes()).and_then(|()| {
                for piece in body.chunks(7001) {
                    write!(sending, "{:x}\r\n", piece.len())?;
                    sending.write_all(piece)?;
                    sending.write_all(b"\r\n")?;
                }
                sending.write_all(b"0\r\n\r\n")
            });
        });
        read_all(&mut client).0
    })
}

fn sample(bytes: u32) -> Vec<u8> {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_body_of_unknown_length_arrives_with_its_length() {
    let (server, seen) = fastcgi(0);
    let site = site("length", server, |_| {});
    // Nothing, in memory, at the bound, and in a file.
    for bytes in [0, 1, 1000, 1001, 2_000_000] {
        let body = sample(bytes);
        let answer = put(&site, &body);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("hello"), "{bytes}: {answer}");
        let (length, came) = seen.recv_timeout(PATIENCE).unwrap();
        assert_eq!(length, bytes.to_string());
        assert!(came == body, "{bytes}");
    }
    assert!(seen.try_recv().is_err());
}

#[test]
fn what_was_collected_is_sent_again() {
    let (server, seen) = fastcgi(1);
    let site = site("again", server, |_| {});
    let body = sample(600_000);
    let answer = put(&site, &body);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for _ in 0..2 {
        assert!(seen.recv_timeout(PATIENCE).unwrap() == ("600000".to_owned(), body.clone()));
    }
}

#[test]
fn what_is_too_large_is_refused_before_anybody_is_asked() {
    let (server, seen) = fastcgi(0);
    let site = site("large", server, |plan| plan.sites[0].routes[0].body_bytes_max = 100_000);
    let answer = put(&site, &sample(100_001));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("the request's body is larger than the limit"), "{answer}");
    assert!(put(&site, &sample(100_000)).starts_with("HTTP/1.1 200 "));
    assert_eq!(seen.try_iter().count(), 1);
}

#[test]
fn where_it_cannot_be_kept_that_is_said() {
    let (server, seen) = fastcgi(0);
    let nowhere = site("nowhere", server, |plan| plan.collect.folder = Some("/no/such/folder".into()));
    let answer = put(&nowhere, &sample(50_000));
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("error=proxy_internal_error") && answer.contains("(collect.folder)"), "{answer}");
    let narrow = site("narrow", server, |plan| plan.collect.total_bytes = 40_000);
    let answer = put(&narrow, &sample(50_000));
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("Retry-After: "), "{answer}");
    assert!(answer.contains("(collect.total_size)"), "{answer}");
    // What fits is served, before and after.
    for site in [&nowhere, &narrow, &narrow] {
        assert!(put(site, &sample(900)).starts_with("HTTP/1.1 200 "));
    }
    assert!(put(&narrow, &sample(30_000)).starts_with("HTTP/1.1 200 "));
    assert_eq!(seen.try_iter().count(), 4);
}
