//! What the gateway takes of memory for bodies far larger than that, each way and over each protocol, and for connections
//! that nobody uses.
//!
//! `GOODGATE_BODY_MIB=5120` has bodies so large, in MiB; `--nocapture` shows the memory. docs/benchmarks.md has the figures.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::bodies::sha256;
use crate::certificate::{make, tls};
use crate::curl::Curl;
use crate::files::nginx;
use crate::goodgate::{ANY, Goodgate};
use crate::php_fpm;
use crate::room::Room;
use crate::script::{ECHO, serve};

/// The size where the environment says nothing.
const MIB: u64 = 300;
/// What the gateway may have more than beforehand, at any time, in KiB.
const GROWTH_KIB_MAX: u64 = 16 * 1024;
/// Longer than any of it takes, in seconds.
const PATIENCE: [&str; 2] = ["--max-time", "3600"];

/// Sends the file, or says the checksum of what it was sent.
const SCRIPT: &str = "<?php set_time_limit(0);\n\
     if ($_SERVER['REQUEST_METHOD'] === 'GET') { readfile(__DIR__ . '/large'); exit; }\n\
     $sum = hash_init('sha256'); hash_update_stream($sum, fopen('php://input', 'rb'));\n\
     echo json_encode(['sha256' => hash_final($sum), 'length' => (int) $_SERVER['CONTENT_LENGTH']]);\n";

fn bytes() -> u64 {
    let said = std::env::var("GOODGATE_BODY_MIB").ok();
    said.map_or(MIB, |said| said.parse().expect("a number of MiB")) << 20
}

/// A large file of which every piece is another, and which takes little room on the disk.
fn large(room: &Room) -> PathBuf {
    let path = room.put("site/large", "");
    let mut file = File::create(&path).unwrap();
    file.set_len(bytes()).unwrap();
    for place in (0..bytes()).step_by(128 * 1024) {
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&place.to_be_bytes()).unwrap();
    }
    path
}

/// Whether what is read is the file, byte by byte.
fn is_same(came: impl Read, file: &Path) -> bool {
    let mut came = BufReader::with_capacity(1 << 18, came);
    let mut file = File::open(file).unwrap();
    let (mut one, mut other) = (vec![0; 1 << 18], vec![0; 1 << 18]);
    loop {
        let count = file.read(&mut other).unwrap();
        if count == 0 {
            return came.read(&mut one).unwrap() == 0;
        }
        if came.read_exact(&mut one[..count]).is_err() || one[..count] != other[..count] {
            return false;
        }
    }
}

/// A gateway, the file, and what its memory was before any large body passed.
struct Scales<'a> {
    gateway: &'a Goodgate,
    curl: &'a Curl,
    file: &'a Path,
    before: u64,
}

impl<'a> Scales<'a> {
    /// What every way needs once is there beforehand: each address is asked.
    fn new(gateway: &'a Goodgate, curl: &'a Curl, file: &'a Path, small: &[String]) -> Self {
        for address in small {
            let answer = curl.ask(&["-k", address]);
            assert_eq!(answer.code, 0, "{answer:?}");
        }
        Self { gateway, curl, file, before: gateway.memory("VmHWM") }
    }

    fn is_flat(&self, what: &str) {
        let (before, now) = (self.before, self.gateway.memory("VmHWM"));
        eprintln!("{what}: {before} KiB before, never more than {now} KiB");
        assert!(now <= before + GROWTH_KIB_MAX, "{what}: {before} KiB before, {now} KiB at most");
    }

    fn down(&self, what: &str, words: &[&str], address: &str) {
        let mut command = self.curl.command();
        let mut child =
            command.args(PATIENCE).args(words).arg(address).stdout(Stdio::piped()).spawn().unwrap();
        let same = is_same(child.stdout.take().unwrap(), self.file);
        assert_eq!((child.wait().unwrap().code(), same), (Some(0), true), "{what}");
        self.is_flat(what);
    }

    /// The server says the checksum and the length of what it was sent.
    fn up(&self, what: &str, words: &[&str], address: &str, sum: &str) {
        let file = self.file.display().to_string();
        let answer = self.curl.ask(&[&PATIENCE, words, &["--upload-file", &file, address]].concat());
        assert_eq!(answer.came(), (0, 200), "{what}: {answer:?}");
        let document = answer.document();
        assert_eq!((&document["sha256"], &document["length"]), (&sum.into(), &bytes().into()), "{what}");
        self.is_flat(what);
    }
}

#[test]
fn large_bodies_each_way_take_no_memory() {
    let room = Room::new("memory");
    let Some(curl) = Curl::new(&room) else { return };
    let Some(()) = make(&room, "first") else { return };
    let path = large(&room);
    std::fs::create_dir(room.file("site/own")).unwrap();
    std::fs::hard_link(&path, room.file("site/own/large")).unwrap();
    let Some((_nginx, nginx)) = nginx(&room) else { return };
    let Some((_echo, echo)) = serve(&room, ECHO) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[limits]\nbody_size = \"100GiB\"\n[[site]]\n\
             [[site.route]]\npath = \"/up\"\nupstream = \"echo\"\n\
             [[site.route]]\npath = \"/own/*\"\nfiles = \"site\"\n\
             [[site.route]]\nupstream = \"nginx\"\n[upstream.nginx]\nservers = [\"http://127.0.0.1:{nginx}\"]\n\
             [upstream.echo]\nservers = [\"http://127.0.0.1:{echo}\"]\n",
            tls("first")
        ),
    );
    let secret = |path: &str| format!("https://127.0.0.1:{}{path}", gateway.ports[1]);
    let small = [gateway.page("/none"), gateway.page("/own/none"), secret("/none"), gateway.page("/up")];
    let scales = Scales::new(&gateway, &curl, &path, &small);
    scales.down("from nginx", &["--http1.1"], &gateway.page("/large"));
    scales.down("from the disk", &["--http1.1"], &gateway.page("/own/large"));
    scales.down("from nginx, over TLS", &["--http1.1", "-k"], &secret("/large"));
    scales.down("from nginx, over HTTP/2", &["--http2", "-k"], &secret("/large"));
    let sum = sha256(&path);
    scales.up("to a server", &["--http1.1"], &gateway.page("/up"), &sum);
    scales.up("to a server, over TLS", &["--http1.1", "-k"], &secret("/up"), &sum);
    scales.up("to a server, over HTTP/2", &["--http2", "-k"], &secret("/up"), &sum);
}

#[test]
fn large_bodies_from_and_to_php_take_no_memory() {
    let room = Room::new("memory-php");
    let Some(curl) = Curl::new(&room) else { return };
    room.put("site/index.php", SCRIPT);
    let path = large(&room);
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "") else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = \"{ANY}\"\n[limits]\nbody_size = \"100GiB\"\n[collect]\nfolder = \".\"\n\
             [[site]]\nphp = {{ upstream = \"php\", root = \"site\" }}\n\
             [upstream.php]\nservers = [\"fastcgi+unix:{}\"]\n",
            room.file("php.sock").display()
        ),
    );
    let page = gateway.page("/index.php");
    let put = curl.ask(&["--http1.1", "-X", "PUT", "--data", "x", &page]);
    assert_eq!(put.document()["length"], 1, "{put:?}");
    let scales = Scales::new(&gateway, &curl, &path, &[gateway.page("/none.css")]);
    scales.down("from PHP", &["--http1.1"], &page);
    let sum = sha256(&path);
    scales.up("to PHP", &["--http1.1"], &page, &sum);
    let chunked = ["--http1.1", "--header", "Transfer-Encoding: chunked"];
    scales.up("to PHP, in chunks", &chunked, &page, &sum);
    // Nothing of it is left, and nothing had a name.
    let names = std::fs::read_dir(&room.path).unwrap().flatten();
    assert!(!names.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("goodgate-")));
}

/// Connections that are wanted; fewer where the system allows fewer descriptors.
const IDLE: usize = 10_000;
/// Descriptors of the test for everything else.
const OTHERS: usize = 200;
/// Bytes of the gateway's memory for each, its allocator's and runtime's part included. 2 KiB are what an idle connection
/// may take; that less is taken shows early what would bring it near.
const IDLE_BYTES_MAX: u64 = 1600;

/// How many files the test may have open.
fn descriptors() -> usize {
    let text = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

/// Asks for the small page over a connection that stays.
fn ask(client: &mut TcpStream) {
    client.write_all(b"GET /small.txt HTTP/1.1\r\nHost: shop.example\r\n\r\n").unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    while !text.ends_with(b"hello") {
        let count = client.read(&mut piece).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..count]);
    }
}

#[test]
fn idle_connections_take_next_to_no_memory_while_others_are_served() {
    let room = Room::new("memory-idle");
    room.put("site/small.txt", "hello");
    let Some((_nginx, nginx)) = nginx(&room) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = \"{ANY}\"\n[limits]\nidle_timeout = \"10m\"\n[process]\ncores = 2\n\
             [[site]]\nupstream = \"nginx\"\n[upstream.nginx]\nservers = [\"http://127.0.0.1:{nginx}\"]\n"
        ),
    );
    let connect = || TcpStream::connect(("127.0.0.1", gateway.port())).unwrap();
    // Memory that is taken once.
    let mut warm: Vec<TcpStream> = (0..100).map(|_| connect()).collect();
    warm.iter_mut().for_each(ask);
    let count = IDLE.min(descriptors().saturating_sub(OTHERS + warm.len()));
    let before = gateway.memory("VmRSS");
    let mut clients: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut client = connect();
            ask(&mut client);
            client
        })
        .collect();
    let each = (gateway.memory("VmRSS") - before) * 1024 / count as u64;
    eprintln!("{count} idle connections: {each} bytes each");
    assert!(each <= IDLE_BYTES_MAX, "{each} bytes each");
    // Others are served meanwhile, and so are these when they come back.
    for _ in 0..1000 {
        ask(&mut warm[0]);
    }
    clients.iter_mut().rev().step_by(97).for_each(ask);
}
