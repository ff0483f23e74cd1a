//! Sites in the test's own process: a healthy one, one that never answers, one that sends visitors round in a circle.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What it does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Has a home page and a style sheet, and nothing else.
    Healthy,
    /// Reads, and never answers.
    Silent,
    /// `/` leads to `/in`, and that to `/`.
    Circle,
}

/// A site; gone when it goes out of scope.
pub(crate) struct Site {
    pub(crate) port: u16,
    stop: Arc<AtomicBool>,
}

impl Site {
    pub(crate) fn new(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if told.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || serve(habit, stream));
            }
        });
        Self { port, stop }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // So that it notices.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(habit: Habit, mut stream: TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let Some(path) = asked_for(&mut stream) else { return };
    let (status, more, body) = match (habit, path.as_str()) {
        (Habit::Silent, _) => {
            // Until whoever asked gives up.
            let _ = stream.read(&mut [0]);
            return;
        }
        (Habit::Healthy, "/") => {
            ("200 OK", "", "<html><link rel=\"stylesheet\" href=\"/site.css\"><h1>Shop</h1>")
        }
        (Habit::Healthy, "/site.css") => ("200 OK", "", "h1 { color: navy }"),
        (Habit::Circle, "/") => ("302 Found", "Location: /in\r\n", ""),
        (Habit::Circle, "/in") => ("302 Found", "Location: /\r\n", ""),
        _ => ("404 Not Found", "", "<html><h1>The shop has no such page</h1>"),
    };
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{more}Content-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

/// The path of the request, once its head is complete.
fn asked_for(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) if head.len() < 16 * 1024 => head.push(byte[0]),
            _ => return None,
        }
    }
    let line = String::from_utf8_lossy(&head);
    line.split(' ').nth(1).map(str::to_owned)
}
