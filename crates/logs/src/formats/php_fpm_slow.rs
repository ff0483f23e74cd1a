//! php-fpm's slow log: where in its code a request was when it had taken too long. An entry is a head, the
//! script and the stack, innermost frame first.

use goodgate_facts::{Moment, Signal, SignalId, id};

use super::extension_path::{CmsPart, cms_part};
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "php-fpm-slow",
    title: "php-fpm slow log",
    reference: "php-src: sapi/fpm/fpm/fpm_php_trace.c",
    product: "php-fpm",
    capture: false,
    open: |_| Box::new(Reader { entry: None }),
    samples: SAMPLES,
};

/// Frames from the innermost outwards that may tell what was waited for; further out is only who called.
const FRAMES_TELLING: u32 = 3;

/// Functions that wait, by name; methods stand without their class in a trace.
#[rustfmt::skip]
const WAITING: &[(&str, &[&str])] = &[
    ("slow-in-sleep", &["sleep", "usleep", "time_nanosleep", "time_sleep_until"]),
    ("slow-in-session", &["session_start", "session_regenerate_id"]),
    ("slow-in-file-lock", &["flock", "fcntl", "sem_acquire", "shmop_open", "dio_fcntl"]),
    ("slow-in-remote-call", &[
        "curl_exec", "curl_multi_exec", "curl_multi_select", "fsockopen", "pfsockopen", "stream_socket_client",
        "stream_select", "socket_connect", "socket_read", "socket_recv", "stream_get_contents", "get_headers",
        "gethostbyname", "dns_get_record", "checkdnsrr", "getmxrr", "mail", "imap_open", "ldap_bind", "ldap_connect",
        "ftp_connect", "ftp_get", "ssh2_connect", "__doRequest", "__soapCall", "SoapClient",
        "stream_socket_enable_crypto",
    ]),
    ("slow-in-database", &[
        "mysqli_query", "mysqli_real_query", "mysqli_connect", "mysqli_real_connect", "mysqli_multi_query",
        "mysqli_stmt_execute", "mysqli_execute", "mysqli_ping", "mysqli_prepare", "mysqli_next_result",
        "mysql_query", "mysql_connect", "mysql_pconnect", "pg_query", "pg_query_params", "pg_execute",
        "pg_connect", "pg_pconnect", "pg_prepare", "sqlsrv_query", "oci_execute", "oci_connect", "odbc_exec",
        "real_connect", "real_query", "multi_query", "executeQuery", "executeStatement",
    ]),
];

/// Names that a database's classes share with others: they speak only if the frames do not say otherwise.
const DATABASE_METHODS: &[&str] =
    &["query", "execute", "prepare", "commit", "beginTransaction", "fetchAll", "begin_transaction"];

/// Functions that read files and URLs alike; a slow one is a URL as a rule, since a local file is fast.
const URL_READERS: &[&str] = &[
    "file_get_contents",
    "fopen",
    "copy",
    "readfile",
    "file",
    "getimagesize",
    "fgets",
    "fread",
    "feof",
    "simplexml_load_file",
    "load",
];

struct Entry {
    pool: String,
    pid: Option<u32>,
    script: Option<String>,
    frames: u32,
    place: Option<SignalId>,
    /// The innermost frame that lies in an extension.
    extension: Option<(String, String)>,
    /// Signal made at the head, so that file and line point there.
    head: Signal,
}

struct Reader {
    entry: Option<Entry>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if let Some((time, pool, pid)) = head(line) {
            self.finish(sink);
            sink.set_time(time);
            let head = sink.signal(id("slow-in-code"));
            self.entry =
                Some(Entry { pool, pid, script: None, frames: 0, place: None, extension: None, head });
            return Verdict::Mine;
        }
        if let Some(path) = line.strip_prefix(b"script_filename = ") {
            if let Some(entry) = &mut self.entry {
                entry.script = Some(String::from_utf8_lossy(path).into_owned());
            }
            return Verdict::Mine;
        }
        if let Some((function, path)) = frame(line) {
            if let Some(entry) = &mut self.entry {
                entry.frame(&function, &path);
            }
            return Verdict::Mine;
        }
        if line.starts_with(b"+++ dump failed") { Verdict::Mine } else { Verdict::Foreign }
    }

    fn end(&mut self, sink: &mut Sink) {
        self.finish(sink);
    }
}

impl Reader {
    fn finish(&mut self, sink: &mut Sink) {
        let Some(entry) = self.entry.take() else { return };
        let about = |id: SignalId| {
            let mut signal = entry.head.clone();
            signal.id = id;
            signal.about.name = Some(entry.pool.clone());
            signal.about.worker = entry.pid;
            signal.about.path.clone_from(&entry.script);
            signal
        };
        // Without a frame nothing is known but that the request was slow: the program ran in its main script.
        let place = match (entry.place, entry.frames) {
            (Some(place), _) => place,
            (None, 0) => id("slow-request"),
            (None, _) => id("slow-in-code"),
        };
        sink.put(about(place));
        if let Some((name, path)) = &entry.extension {
            sink.put(
                Signal { id: id("error-in-plugin"), ..about(place) }.name(name.clone()).path(path.clone()),
            );
        }
    }
}

impl Entry {
    fn frame(&mut self, function: &str, path: &str) {
        if self.place.is_none() && self.frames < FRAMES_TELLING {
            self.place = waits_in(function, path, self.frames == 0);
        }
        self.frames += 1;
        if self.extension.is_none()
            && let Some(CmsPart::Extension(name)) = cms_part(path)
        {
            self.extension = Some((name, path.to_owned()));
        }
    }
}

fn waits_in(function: &str, path: &str, innermost: bool) -> Option<SignalId> {
    let by_name =
        WAITING.iter().find(|(_, names)| names.contains(&function)).and_then(|(id, _)| SignalId::find(id));
    if by_name.is_some() || !innermost {
        return by_name;
    }
    if URL_READERS.contains(&function) {
        return Some(id("slow-in-remote-call"));
    }
    if DATABASE_METHODS.contains(&function) {
        return Some(id("slow-in-database"));
    }
    // A constructor that takes seconds connects to something; mostly to the database. The file helps to tell.
    if matches!(function, "__construct" | "connect") {
        const REMOTE: &[&str] =
            &["soap", "http", "curl", "api", "redis", "cache", "mail", "mailer", "client"];
        const DATABASE: &[&str] =
            &["db", "wpdb", "pdo", "sql", "mysql", "mysqli", "pgsql", "dbal", "database", "doctrine"];
        let path = path.to_ascii_lowercase();
        let has = |words: &[&str]| {
            path.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word))
        };
        let (remote, named_database) = (has(REMOTE), has(DATABASE));
        return match (remote, named_database) {
            (_, true) => Some(id("slow-in-database")),
            (true, false) => Some(id("slow-in-remote-call")),
            (false, false) => None,
        };
    }
    None
}

/// `[22-Nov-2026 00:33:58]  [pool www] pid 32013`
fn head(line: &[u8]) -> Option<(Moment, String, Option<u32>)> {
    let (time, rest) = clock::dashed(line.strip_prefix(b"[")?)?;
    let rest = rest.strip_prefix(b"]")?.trim_ascii_start().strip_prefix(b"[pool ")?;
    let at = memchr::memmem::find(rest, b"] pid ")?;
    let pool = String::from_utf8_lossy(rest.get(..at)?).into_owned();
    let pid = std::str::from_utf8(rest.get(at + 6..)?).ok()?.trim().parse().ok()?;
    Some((time, pool, Some(pid)))
}

/// `[0x00007f7a1fc150b0] sleep() /srv/app/slow.php:1`
fn frame(line: &[u8]) -> Option<(String, String)> {
    let rest = line.strip_prefix(b"[0x")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let rest = rest.get(digits..)?.strip_prefix(b"] ")?;
    (digits > 0).then_some(())?;
    let rest = String::from_utf8_lossy(rest);
    let (function, place) = rest.split_once("()").unwrap_or((&rest, ""));
    let path = place.trim();
    let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
    Some((function.trim().to_owned(), path.to_owned()))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "\n[22-Nov-2026 00:33:58]  [pool www] pid 32013\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] sleep() /srv/app/index.php:1\n\
               \n[22-Nov-2026 00:34:58]  [pool www] pid 32014\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] session_start() /srv/app/index.php:9\n\
               [0x00007f7a1fc15010] begin() /srv/app/index.php:30",
        signals: &["slow-in-sleep", "slow-in-session"],
    },
    Sample {
        text: "[22-Nov-2026 00:33:58]  [pool www] pid 32013\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] curl_exec() /srv/app/wp-includes/Requests/Transport/cURL.php:162\n\
               [0x00007f7a1fc15010] request() /srv/app/wp-includes/class-http.php:394\n\
               [0x00007f7a1fc14f00] check() /srv/app/wp-content/plugins/stats/stats.php:12",
        signals: &["slow-in-remote-call", "error-in-plugin"],
    },
    Sample {
        text: "[22-Nov-2026 00:33:58]  [pool www] pid 32013\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] mysqli_query() /srv/app/wp-includes/class-wpdb.php:2056\n\
               [0x00007f7a1fc15010] _do_query() /srv/app/wp-includes/class-wpdb.php:1945",
        signals: &["slow-in-database"],
    },
    Sample {
        text: "[22-Nov-2026 00:33:58]  [pool www] pid 32013\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] resize() /srv/app/lib/image.php:20\n\
               [22-Nov-2026 00:33:59]  [pool www] pid 32015\n\
               script_filename = /srv/app/loop.php",
        signals: &["slow-in-code", "slow-request"],
    },
    Sample {
        text: "[22-Nov-2026 00:33:58]  [pool www] pid 32013\n\
               script_filename = /srv/app/index.php\n\
               [0x00007f7a1fc150b0] flock() /srv/app/lib/lock.php:20\n\
               [0x00007f7a1fc15010] get() /srv/app/lib/cache.php:20",
        signals: &["slow-in-file-lock"],
    },
];
