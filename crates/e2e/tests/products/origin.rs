//! Upstreams that misbehave on the wire in one way each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What it does with a request.
#[derive(Clone, Copy)]
pub(crate) enum Habit {
    /// Accepts, reads, and never answers.
    Silent,
    /// Reads the request and closes without a word.
    Closes,
    /// Answers with a head of so many bytes.
    HeadBytes(usize),
    /// Announces more body than it sends.
    CutsBody,
    /// Answers as it should.
    Answers,
}

/// An upstream in the test's own process; gone when it goes out of scope.
pub(crate) struct Origin {
    pub(crate) port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Origin {
    pub(crate) fn new(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                if told.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                serve(habit, &mut stream);
                if matches!(habit, Habit::Silent) {
                    kept.push(stream);
                }
            }
        });
        Self { port, stop, thread: Some(thread) }
    }
}

fn serve(habit: Habit, stream: &mut TcpStream) {
    if matches!(habit, Habit::Silent) {
        return;
    }
    if !read_head(stream) {
        // As any server does that is spoken to in another protocol, TLS for one.
        let _ =
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    let (more, length) = match habit {
        Habit::HeadBytes(bytes) => (format!("Set-Cookie: session={}\r\n", "x".repeat(bytes)), 3),
        Habit::CutsBody => (String::new(), 5000),
        _ => (String::new(), 3),
    };
    if !matches!(habit, Habit::Closes) {
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\nok\n"
        );
    }
}

/// Reads to the end of the request's head, so that closing afterwards is no reset. `false` if it is no HTTP.
fn read_head(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
        if !head[0].is_ascii_uppercase() {
            return false;
        }
    }
    true
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
