//! What is asked of the gateways, and by which tool.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::bench::contender::Doors;
use crate::bench::process;
use crate::bench::said::{self, Load};

/// So much is repeated of what a tool said, in characters.
const SAID_MAX: usize = 300;

/// One kind of request.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) way: Way,
    /// What goodgate aims at, as its share of nginx's and HAProxy's cost; `None` where they do not do it.
    pub(crate) aim: (f64, Option<f64>),
}

#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// wrk: path, connections, and how.
    Wrk(&'static str, u32, How),
    /// h2load over TLS, with so many connections of so many streams.
    H2load(&'static str, u32, u32),
    /// `openssl s_time`: full handshakes, one after the other.
    Handshakes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Kept,
    /// 10 KiB are sent.
    Post,
    Close,
    Tls,
    /// To php-fpm.
    Php,
}

pub(crate) const KINDS: &[Kind] = &[
    Kind { name: "1 KiB, kept connections", way: Way::Wrk("/1k", 64, How::Kept), aim: (1.0, Some(0.95)) },
    Kind { name: "64 KiB", way: Way::Wrk("/64k", 32, How::Kept), aim: (0.55, Some(0.85)) },
    Kind { name: "1 MiB", way: Way::Wrk("/1m", 16, How::Kept), aim: (0.5, Some(0.75)) },
    Kind { name: "POST of 10 KiB", way: Way::Wrk("/post", 64, How::Post), aim: (0.9, Some(0.95)) },
    Kind { name: "Connection: close", way: Way::Wrk("/1k", 32, How::Close), aim: (1.15, Some(1.0)) },
    Kind { name: "1 KiB over TLS, kept", way: Way::Wrk("/1k", 64, How::Tls), aim: (0.75, Some(0.95)) },
    Kind { name: "TLS handshake, full", way: Way::Handshakes, aim: (0.7, Some(0.7)) },
    Kind { name: "HTTP/2 in front, 1 KiB", way: Way::H2load("/1k", 8, 16), aim: (1.15, Some(1.45)) },
    Kind { name: "FastCGI to php-fpm, 1 KiB", way: Way::Wrk("/1k.php", 8, How::Php), aim: (1.0, None) },
];

impl Kind {
    /// The program, and Debian's package of it.
    pub(crate) fn tool(&self) -> (&'static str, &'static str) {
        match self.way {
            Way::Wrk(..) => ("wrk", "wrk"),
            Way::H2load(..) => ("h2load", "nghttp2-client"),
            Way::Handshakes => ("openssl", "openssl"),
        }
    }

    pub(crate) fn needs_php(&self) -> bool {
        matches!(self.way, Way::Wrk(_, _, How::Php))
    }

    /// Sends it for so many seconds from one core; what came of it.
    pub(crate) fn send(&self, doors: Doors, core: usize, seconds: u32, room: &Path) -> Result<Load, String> {
        let (tool, _) = self.tool();
        let arguments = self.arguments(doors, seconds, room)?;
        let out = process::pinned(core, tool).args(&arguments).output();
        let out = out.map_err(|e| format!("{tool}: {e}"))?;
        let text = String::from_utf8_lossy(&out.stdout);
        let load = match self.way {
            Way::Wrk(..) => said::wrk(&text),
            Way::H2load(..) => said::h2load(&text),
            Way::Handshakes => said::s_time(&text),
        };
        let problem = || {
            let all = format!("{text} {}", String::from_utf8_lossy(&out.stderr));
            let words: Vec<&str> = all.split_whitespace().collect();
            let said: String = words.join(" ").chars().take(SAID_MAX).collect();
            format!("{}: nothing was answered; {tool} says: {said}", self.name)
        };
        load.filter(|load| load.requests > load.failed).ok_or_else(problem)
    }

    fn arguments(&self, doors: Doors, seconds: u32, room: &Path) -> Result<Vec<String>, String> {
        let url = |scheme: &str, door: SocketAddr, path: &str| format!("{scheme}://{door}{path}");
        Ok(match self.way {
            Way::Wrk(path, connections, how) => {
                let mut arguments = vec![
                    "-t1".to_owned(),
                    format!("-c{connections}"),
                    format!("-d{seconds}s"),
                    "--latency".to_owned(),
                ];
                match how {
                    How::Close => arguments.extend(["-H", "Connection: close"].map(str::to_owned)),
                    How::Post => arguments.extend(["-s".to_owned(), post_script(room)?]),
                    How::Kept | How::Tls | How::Php => {}
                }
                arguments.push(match how {
                    How::Tls => url("https", doors.tls, path),
                    _ => url("http", doors.plain, path),
                });
                arguments
            }
            Way::H2load(path, connections, streams) => vec![
                format!("-c{connections}"),
                format!("-m{streams}"),
                "-t1".to_owned(),
                format!("-D{seconds}"),
                url("https", doors.tls, path),
            ],
            Way::Handshakes => {
                ["s_time", "-new", "-connect", &doors.tls.to_string(), "-time", &seconds.to_string()]
                    .map(str::to_owned)
                    .to_vec()
            }
        })
    }
}

/// wrk takes method and body from a script only.
fn post_script(room: &Path) -> Result<String, String> {
    let file = room.join("post.lua");
    let text = "wrk.method = \"POST\"\nwrk.body = string.rep(\"x\", 10240)\nwrk.headers[\"Content-Type\"] = \"text/plain\"\n";
    fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_load_goes_to_the_door_that_speaks_it() {
        let door = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let doors = Doors { plain: door(1), tls: door(2), admin: door(3) };
        let room = std::env::temp_dir();
        for kind in KINDS {
            let arguments = kind.arguments(doors, 2, &room).unwrap().join(" ");
            let tls = matches!(kind.way, Way::Wrk(_, _, How::Tls) | Way::H2load(..) | Way::Handshakes);
            assert_eq!(arguments.contains("127.0.0.1:2"), tls, "{arguments}");
            assert_eq!(arguments.contains("127.0.0.1:1/"), !tls, "{arguments}");
        }
    }
}
