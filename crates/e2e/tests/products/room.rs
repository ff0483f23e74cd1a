//! A folder of the test's own, free ports, and requests.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::product::{DEADLINE, wait_for};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes when the test has passed, and stays when it failed.
pub(crate) struct Room {
    pub(crate) path: PathBuf,
}

impl Room {
    pub(crate) fn new(name: &str) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("goodgate-e2e-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join("case")).unwrap();
        // Workers of another user must get in.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { path }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The folder that is handed in.
    pub(crate) fn case(&self) -> PathBuf {
        self.file("case")
    }

    /// Copies files into the folder that is handed in; those that were never written are left out.
    pub(crate) fn hand_in(&self, names: &[&str]) {
        for name in names {
            if self.file(name).exists() {
                fs::copy(self.file(name), self.case().join(Path::new(name).file_name().unwrap())).unwrap();
            }
        }
    }

    /// Captures what listens and what runs, where those programs exist.
    pub(crate) fn capture(&self) {
        for (program, arguments, file) in [("ss", "-ltnpx", "ss.txt"), ("ps", "-ef", "ps.txt")] {
            if let Ok(output) = Command::new(program).arg(arguments).output() {
                fs::write(self.case().join(file), output.stdout).unwrap();
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the evidence is in {}", self.path.display());
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A port on which nothing listens now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something accepts connections there.
pub(crate) fn wait_for_port(port: u16) {
    wait_for(&format!("port {port}"), || TcpStream::connect(("127.0.0.1", port)).ok());
}

/// Asks for a page; the status, 0 where no answer came.
pub(crate) fn get(port: u16, path: &str) -> u16 {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return 0 };
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: site.example\r\nUser-Agent: e2e\r\nConnection: close\r\n\r\n");
    if stream.write_all(request.as_bytes()).is_err() {
        return 0;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let head = String::from_utf8_lossy(&answer[..answer.len().min(32)]).into_owned();
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Asks several times.
pub(crate) fn get_often(port: u16, path: &str, times: u32) -> Vec<u16> {
    (0..times).map(|_| get(port, path)).collect()
}
