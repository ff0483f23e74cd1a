//! Every fault of dialling that loopback can produce. Real shortages of ports and routers that swallow packets need a
//! network namespace of their own and are tested with the lab.

use std::fs::File;
use std::io::{Error, IoSlice};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use goodgate_facts::{Errno, ErrorType};
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::*;
use crate::Retry;

fn limits() -> Limits {
    Limits { connect: Duration::from_secs(5), ..Limits::default() }
}

async fn fails(peer: &Peer) -> Failure {
    let failure = dial(peer, &limits()).await.map(|_| ()).expect_err("a failure");
    assert_eq!((failure.phase, failure.retry), (Phase::Connect, Retry::Safe));
    assert_eq!((failure.sent, failure.received, failure.began.as_slice()), (0, 0, &[][..]));
    failure
}

/// A directory of this test alone, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gg-dial-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn peers_are_written_as_people_write_them() {
    let tcp = |text: &str| Peer::Tcp(text.parse().expect("an address")).to_string();
    assert_eq!(tcp("192.0.2.1:443"), "192.0.2.1:443");
    assert_eq!(tcp("[2001:db8::1]:443"), "[2001:db8::1]:443");
    assert_eq!(Peer::Unix("/run/x.sock".into()).to_string(), "unix:/run/x.sock");
    assert_eq!(Peer::Unix("\0name".into()).to_string(), "unix:@name");
    assert_eq!(Peer::Unix("/run/\x1b[31m".into()).to_string(), "unix:/run/\\u{1b}[31m");
}

#[tokio::test]
async fn tcp_connects_without_delay_and_carries_bytes_both_ways() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a listener");
    let peer = Peer::Tcp(listener.local_addr().expect("its address"));
    let (mut stream, _) = dial(&peer, &limits()).await.expect("connected");
    let Stream::Tcp(tcp) = &stream else { panic!("not TCP") };
    assert!(tcp.nodelay().expect("the option"));
    let (mut other, from) = listener.accept().await.expect("accepted");
    assert_eq!(stream.local(), Some(from));
    assert!(stream.is_write_vectored());
    let written = stream.write_vectored(&[IoSlice::new(b"one "), IoSlice::new(b"write")]).await;
    assert_eq!(written.expect("written"), 9);
    let mut buffer = [0; 9];
    other.read_exact(&mut buffer).await.expect("read");
    assert_eq!(&buffer, b"one write");
    let idle = stream.try_read(&mut buffer).map_err(|error| error.kind());
    assert_eq!(idle, Err(io::ErrorKind::WouldBlock));
    other.write_all(b"back").await.expect("written back");
    drop(other);
    let mut back = String::new();
    stream.read_to_string(&mut back).await.expect("read back");
    assert_eq!(back, "back");
}

#[tokio::test]
async fn unix_connects_by_path_and_by_abstract_name() {
    let folder = Folder::new();
    let path = folder.join("here.sock");
    let listener = UnixListener::bind(&path).expect("a listener");
    let (mut stream, _) = dial(&Peer::Unix(path), &limits()).await.expect("connected");
    let (mut other, _) = listener.accept().await.expect("accepted");
    stream.write_all(b"hello").await.expect("written");
    stream.shutdown().await.expect("shut down");
    let mut text = String::new();
    other.read_to_string(&mut text).await.expect("read");
    assert_eq!((text.as_str(), stream.local()), ("hello", None));

    let name = format!("\0gg-dial-{}", std::process::id());
    let _listener = UnixListener::bind(&name).expect("an abstract listener");
    dial(&Peer::Unix(name.into()), &limits()).await.expect("connected to the name");
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_refuses() {
    // Bound but not listening: nobody else can take the port meanwhile.
    let held = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    held.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).expect("bound");
    let address = held.local_addr().expect("its address").as_socket().expect("an address of IPv4");
    let failure = fails(&Peer::Tcp(address)).await;
    assert_eq!((failure.fault, failure.errno), (Fault::Refused, Some(Errno(ECONNREFUSED))));
    assert_eq!(failure.side, Side::Upstream);
}

#[tokio::test]
async fn a_connection_to_itself_is_seen() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("bound");
    let own = socket.local_addr().expect("its address");
    let stream = socket.connect(own).await.expect("TCP allows it");
    assert!(connected_to_itself(&stream));
}

#[tokio::test]
async fn an_address_that_no_route_leads_to_is_unroutable() {
    // TCP has no way to the broadcast address of loopback, and the kernel says so without sending anything.
    let failure = fails(&Peer::Tcp(([127, 255, 255, 255], 9).into())).await;
    assert_eq!((failure.fault, failure.errno), (Fault::Unroutable, Some(Errno(ENETUNREACH))));
}

#[tokio::test]
async fn a_listener_whose_queue_is_full_does_not_answer() {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).expect("bound");
    listener.listen(0).expect("listening");
    let peer = Peer::Tcp(listener.local_addr().expect("its address").as_socket().expect("an address"));
    let limits = Limits { connect: Duration::from_millis(300), ..Limits::default() };
    let mut held = Vec::new();
    let failure = loop {
        match dial(&peer, &limits).await {
            Ok(open) if held.len() < 8 => held.push(open),
            Ok(_) => panic!("the queue never fills"),
            Err(failure) => break failure,
        }
    };
    assert_eq!((failure.fault, failure.errno), (Fault::ConnectTimedOut, None));
    assert!(failure.after >= limits.connect);
}

#[tokio::test]
async fn a_unix_socket_that_is_not_there_is_missing() {
    let folder = Folder::new();
    let failure = fails(&Peer::Unix(folder.join("missing.sock"))).await;
    assert_eq!((failure.fault, failure.errno), (Fault::SocketMissing, Some(Errno(ENOENT))));
    File::create(folder.join("file")).expect("a file");
    let failure = fails(&Peer::Unix(folder.join("file").join("x.sock"))).await;
    assert_eq!((failure.fault, failure.errno), (Fault::SocketMissing, Some(Errno(ENOTDIR))));
}

#[tokio::test]
async fn a_unix_socket_left_behind_refuses() {
    let folder = Folder::new();
    let stale = folder.join("stale.sock");
    drop(StdUnixListener::bind(&stale).expect("a listener"));
    assert!(stale.exists());
    let failure = fails(&Peer::Unix(stale)).await;
    assert_eq!((failure.fault, failure.errno), (Fault::Refused, Some(Errno(ECONNREFUSED))));
    let file = folder.join("file");
    File::create(&file).expect("a file");
    assert_eq!(fails(&Peer::Unix(file)).await.fault, Fault::Refused);
}

#[tokio::test]
async fn a_unix_socket_of_another_type_is_another_failure() {
    const EPROTOTYPE: i32 = 91;
    let folder = Folder::new();
    let path = folder.join("datagrams.sock");
    let _bound = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    let failure = fails(&Peer::Unix(path)).await;
    assert_eq!((failure.fault, failure.errno), (Fault::ConnectFailed, Some(Errno(EPROTOTYPE))));
}

#[tokio::test]
async fn a_path_too_long_for_an_address_is_our_own_fault() {
    let failure = fails(&Peer::Unix(Path::new("/").join("x".repeat(200)))).await;
    assert_eq!((failure.fault, failure.errno), (Fault::ConnectFailed, None));
    assert_eq!(failure.side, Side::Gateway);
}

#[tokio::test]
async fn a_unix_socket_whose_queue_is_full_says_so_at_once() {
    let folder = Folder::new();
    let path = folder.join("full.sock");
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
    listener.bind(&SockAddr::unix(&path).expect("an address")).expect("bound");
    listener.listen(0).expect("listening");
    let peer = Peer::Unix(path);
    let mut held = Vec::new();
    let failure = loop {
        match dial(&peer, &limits()).await {
            Ok(open) if held.len() < 8 => held.push(open),
            Ok(_) => panic!("the queue never fills"),
            Err(failure) => break failure,
        }
    };
    assert_eq!((failure.fault, failure.errno), (Fault::QueueFull, Some(Errno(EAGAIN))));
    assert!(failure.after < limits().connect);
}

const CHILD: &str = "GOODGATE_DIAL_TEST";

/// Runs one test of this program again in a process of its own, which finds `value` in the environment; what it prints.
/// An error says that it could not be started.
fn again(command: &mut Command, test: &str, value: &Path) -> io::Result<String> {
    let seen =
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, value).output()?;
    let text = format!("{}{}", String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
    assert!(seen.status.success() && text.contains("1 passed"), "{text}");
    Ok(text)
}

fn in_a_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn a_unix_socket_of_somebody_else_denies() {
    if let Some(path) = std::env::var_os(CHILD) {
        let failure = in_a_runtime(fails(&Peer::Unix(path.into())));
        assert_eq!((failure.fault, failure.errno), (Fault::Denied, Some(Errno(EACCES))));
        assert_eq!(failure.side, Side::Gateway);
        return;
    }
    const NOBODY: u32 = 65534;
    let folder = Folder::new();
    let path = folder.join("private.sock");
    let _listener = StdUnixListener::bind(&path).expect("a listener");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    std::fs::set_permissions(&path, closed).expect("permissions");
    // Root may do everything; so the look is taken as somebody else, where this process may become one.
    let program = std::env::current_exe().expect("this program");
    let copy = folder.join("program");
    if std::fs::hard_link(&program, &copy).is_err() {
        std::fs::copy(&program, &copy).expect("a copy that anybody may run");
    }
    let test = "dial::tests::a_unix_socket_of_somebody_else_denies";
    again(Command::new(&copy).uid(NOBODY), test, &path)
        .or_else(|_| again(&mut Command::new(&copy), test, &path))
        .expect("the program runs");
}

#[test]
fn no_descriptor_is_left() {
    if std::env::var_os(CHILD).is_some() {
        let failure = in_a_runtime(async {
            let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
            let peer = Peer::Tcp(listener.local_addr().expect("its address"));
            let mut held = Vec::new();
            while let Ok(file) = File::open("/dev/null") {
                held.push(file);
                assert!(held.len() < 100, "the limit of descriptors was not set");
            }
            fails(&peer).await
        });
        assert_eq!((failure.fault, failure.errno), (Fault::NoDescriptor, Some(Errno(EMFILE))));
        assert_eq!(failure.side, Side::Gateway);
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""]).arg(program);
    again(&mut shell, "dial::tests::no_descriptor_is_left", Path::new("1")).expect("a shell");
}

#[test]
fn numbers_mean_what_the_manual_says() {
    let tcp = Peer::Tcp(([127, 0, 0, 1], 1).into());
    let unix = Peer::Unix("/x".into());
    let told = |number: i32, peer: &Peer| failure(&Error::from_raw_os_error(number), peer).fault;
    for (number, fault) in [
        (ECONNRESET, Fault::ConnectReset),
        (ECONNABORTED, Fault::ConnectReset),
        (ETIMEDOUT, Fault::ConnectTimedOut),
        (EHOSTUNREACH, Fault::Unroutable),
        (ENETDOWN, Fault::Unroutable),
        (EHOSTDOWN, Fault::Unroutable),
        (EAFNOSUPPORT, Fault::Unroutable),
        (EPERM, Fault::Denied),
        (ENFILE, Fault::NoDescriptor),
        (ENOMEM, Fault::NoMemory),
        (ENOBUFS, Fault::NoMemory),
        (22, Fault::ConnectFailed),
    ] {
        assert_eq!((told(number, &tcp), told(number, &unix)), (fault, fault), "{number}");
    }
    let short = failure(&Error::from_raw_os_error(ENOBUFS), &tcp);
    assert_eq!((short.error_type(), short.side), (ErrorType::ProxyInternalError, Side::Gateway));
    let reset = failure(&Error::from_raw_os_error(ECONNRESET), &tcp);
    assert_eq!(reset.error_type(), ErrorType::ConnectionTerminated);
    for number in [EADDRNOTAVAIL, EADDRINUSE, EAGAIN] {
        assert_eq!(told(number, &tcp), Fault::NoLocalPort, "{number}");
    }
    assert_eq!(told(ENOENT, &tcp), Fault::ConnectFailed);
}
