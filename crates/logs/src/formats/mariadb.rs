//! The log of a MariaDB or MySQL server: `2026-11-22  0:00:00 5 [Warning] …` and MySQL 8's
//! `2026-11-22T00:00:00.000000Z 5 [Warning] [MY-010055] [Server] …`.

use goodgate_facts::{SignalId, Target, Value, id};

use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "mariadb",
    title: "MariaDB or MySQL server log",
    reference: "https://mariadb.com/kb/en/error-log/",
    product: "mariadb",
    capture: false,
    open: |_: &[Declared]| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let text = text.trim_end();
        if let Some((time, level, message)) = split(text) {
            // MariaDB pads the hour with a blank.
            sink.set_time(clock::iso(time.replacen("  ", " 0", 1).as_bytes()).map(|(when, _)| when));
            read(level, message, sink);
            return Verdict::Mine;
        }
        if text.starts_with("Version: '") && text.contains("port: ") {
            version(text, sink);
            return Verdict::Mine;
        }
        Verdict::Foreign
    }
}

/// The time, the level and the message without MySQL 8's code and part.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let date = text.get(..10)?;
    let dated =
        date.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if !dated {
        return None;
    }
    let (head, rest) = text.split_once(" [")?;
    // Behind the time stands the number of the connection.
    let thread = head.rsplit(' ').next()?;
    if thread.is_empty() || !thread.bytes().all(|b| b.is_ascii_digit()) || head.len() > 48 {
        return None;
    }
    let (level, mut message) = rest.split_once("] ")?;
    if !matches!(level, "Note" | "Warning" | "ERROR" | "System" | "Error") {
        return None;
    }
    while message.starts_with("[MY-") || message.starts_with("[Server] ") || message.starts_with("[InnoDB] ")
    {
        message = message.split_once("] ")?.1;
    }
    Some((head, level, message))
}

fn read(level: &str, message: &str, sink: &mut Sink) {
    if message.contains(": ready for connections") {
        sink.put(sink.signal(id("database-started")));
    } else if message.contains("Normal shutdown") || message.contains("Received SHUTDOWN from user") {
        sink.put(sink.signal(id("database-stopped")));
    } else if message.starts_with("Aborted connection ") {
        aborted(message, sink);
    } else if let Some(rest) = message.strip_prefix("Server socket created on IP: '") {
        let ip = rest.split('\'').next().unwrap_or("");
        let port = rest.split("port: '").nth(1).and_then(|p| p.split('\'').next()).unwrap_or("");
        let shown = if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") };
        sink.put(sink.signal(id("listening-at")).target(Target::parse(&shown)));
    } else if message.contains("got signal ") {
        let number =
            message.split("got signal ").nth(1).and_then(|n| n.split(' ').next()?.parse().ok()).unwrap_or(0);
        sink.put(sink.signal(id("worker-crashed-signal")).value(Value::OsSignal(number)));
    } else if let Some((_, meaning)) = STARTS.iter().find(|(start, _)| message.starts_with(start)) {
        sink.put(sink.signal(*meaning));
    } else if matches!(level, "ERROR" | "Error") && message.contains("No space left on device") {
        sink.put(sink.signal(id("disk-space-exhausted")));
    } else if matches!(level, "ERROR" | "Error") && message.contains("Aborting") {
        sink.put(sink.signal(id("app-start-failed")));
    }
}

const STARTS: &[(&str, SignalId)] = &[
    ("Access denied for user", id("database-access-denied")),
    ("Too many connections", id("database-too-many-connections")),
    ("Can't start server: Bind on TCP/IP port", id("app-bind-failed")),
    ("Can't start server", id("app-start-failed")),
    ("Disk is full writing", id("disk-space-exhausted")),
    ("InnoDB: Transaction deadlock detected", id("database-locked")),
];

/// `Aborted connection 6 to db: 'shop' user: 'shop' host: 'localhost' (KILLED)`: the reason is at the end; the
/// names before it are the client's.
fn aborted(message: &str, sink: &mut Sink) {
    let reason = message.rsplit_once(" (").map_or("", |(_, reason)| reason.trim_end_matches(')'));
    let meaning = match reason {
        "KILLED" | "CONNECTION_KILLED" => id("database-query-killed"),
        "Got timeout reading communication packets" | "Got timeout writing communication packets" => {
            id("database-connection-dropped")
        }
        "Got an error reading communication packets" | "Got an error writing communication packets" => {
            id("database-connection-dropped")
        }
        _ => return,
    };
    sink.put(sink.signal(meaning));
}

/// `Version: '10.11'  socket: '/run/mysqld/mysqld.sock'  port: 3306  …`.
fn version(text: &str, sink: &mut Sink) {
    let socket = text.split("socket: '").nth(1).and_then(|s| s.split('\'').next()).unwrap_or("");
    if socket.starts_with('/') {
        sink.put(sink.signal(id("listening-at")).target(Target::parse(socket)));
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026-01-02  3:04:05 0 [Note] Server socket created on IP: '127.0.0.1', port: '3306'.\n\
               2026-01-02  3:04:05 0 [Note] mariadbd: ready for connections.\n\
               Version: '10.11.6-MariaDB'  socket: '/run/mysqld/mysqld.sock'  port: 3306  Debian 12",
        signals: &[
            "listening-at @127.0.0.1:3306",
            "database-started",
            "listening-at @unix:/run/mysqld/mysqld.sock",
        ],
    },
    Sample {
        text: "2026-01-02  3:04:05 0 [Note] mariadbd (initiated by: unknown): Normal shutdown",
        signals: &["database-stopped"],
    },
    Sample {
        text: "2026-01-02  3:04:05 6 [Warning] Aborted connection 6 to db: 'shop' user: 'shop' host: 'localhost' (KILLED)",
        signals: &["database-query-killed"],
    },
    Sample {
        text: "2026-01-02  3:04:05 5 [Warning] Access denied for user 'shop'@'localhost' (using password: YES)",
        signals: &["database-access-denied"],
    },
    Sample {
        text: "2026-01-02T03:04:05.000001Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.36'  socket: '/run/mysqld/mysqld.sock'  port: 3306",
        signals: &["database-started"],
    },
    Sample {
        // A health check that says hello and goes.
        text: "2026-01-02  3:04:05 3 [Warning] Aborted connection 3 to db: 'unconnected' user: 'unauthenticated' host: 'localhost' (This connection closed normally without authentication)",
        signals: &[],
    },
];
