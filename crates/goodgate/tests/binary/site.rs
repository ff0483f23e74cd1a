//! A site on this computer, and what looks at it through the binary say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

/// A site that gives each request the same answer, until the test ends.
pub(crate) struct Site(SocketAddr);

impl Site {
    /// Answers with this status line and these fields.
    pub(crate) fn new(status: &'static str, fields: &'static str) -> Self {
        Self::saying(move |_| (status.to_owned(), fields.to_owned()))
    }

    /// Answers with the status line and fields that the number of answers given before calls for.
    pub(crate) fn saying(answer: impl Fn(usize) -> (String, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let (status, fields) = answer(number);
                let _ = stream.read(&mut [0; 4096]);
                let body = format!("<html><body><h1>{status}</h1></body></html>");
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{fields}Connection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self(address)
    }

    /// A URL of it.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.0)
    }
}
