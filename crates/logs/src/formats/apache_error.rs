//! Apache httpd's error log.

use std::collections::HashMap;

use goodgate_facts::{Moment, Signal, id};

use super::apache_line::Entry;
use super::apache_words::{Said, explain};
use super::fastcgi_relay;
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// Threads whose last failure is remembered; a server has fewer.
const THREADS_MAX: usize = 8192;

/// A line that only repeats what another of its thread has said comes within this time.
const REPEATS_WITHIN_S: i64 = 1;

/// httpd's error log.
pub(crate) const FORMAT: Format = Format {
    id: "apache-error",
    title: "Apache httpd error log",
    reference: "https://httpd.apache.org/docs/2.4/logs.html#errorlog",
    product: "apache",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader::default())
}

/// Reads lines; one failure is told in two or three of them, the first of which says most.
#[derive(Default)]
struct Reader {
    /// When each thread last told a failure in full.
    told: HashMap<String, Option<Moment>>,
    /// A FastCGI header that could not be read, until the line that says why.
    headless: Option<Signal>,
    /// Whether the last line was of a handshake with an upstream.
    in_handshake: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if !matches!(line.first(), Some(b'[' | b'(' | b'A')) {
            return Verdict::Foreign;
        }
        let line = super::columns::text(line);
        let Some(entry) = Entry::parse(&line) else { return Verdict::Foreign };
        sink.set_time(entry.time);
        if !self.relayed(&entry, sink) {
            self.own(&entry, sink);
        }
        self.in_handshake = entry.code == 2003 || (self.in_handshake && is_library_error(&entry));
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        if let Some(signal) = self.headless.take() {
            sink.put(signal);
        }
    }
}

impl Reader {
    /// Text of the application that httpd passes on; says whether the line was one.
    fn relayed(&self, entry: &Entry<'_>, sink: &mut Sink) -> bool {
        let text = match entry.code {
            // FastCGI's error stream between quotes, and that of a CGI script.
            1071 => entry.message.trim_start_matches("Got error '").trim_end_matches('\''),
            1215 => entry.message,
            0 if entry.module.starts_with("php") || entry.message.starts_with("PHP ") => entry.message,
            0 if entry.module == "wsgi" && !entry.message.contains(" daemon process") => entry.message,
            0 if entry.message.starts_with("mod_fcgid: stderr: ") => {
                &entry.message["mod_fcgid: stderr: ".len()..]
            }
            _ => return false,
        };
        for meaning in fastcgi_relay::meanings(text) {
            sink.put(meaning.signal(sink));
        }
        true
    }

    /// httpd's own words.
    fn own(&mut self, entry: &Entry<'_>, sink: &mut Sink) {
        if is_library_error(entry) {
            if self.in_handshake
                && let Some(meaning) = super::connect_words::tls_error(entry.message)
            {
                sink.put(sink.signal(meaning).target(entry.remote.clone()));
            }
            return;
        }
        let Said { signal, follows, target, value, name } = explain(entry);
        let Some(meaning) = signal else { return };
        if follows && self.has_told(entry) {
            return;
        }
        let mut signal = sink.signal(meaning).target(target).value(value);
        if let Some(name) = name {
            signal = signal.name(name);
        }
        match entry.code {
            1067 => {
                self.headless = Some(signal);
                return;
            }
            1075 => self.headless = None,
            _ => {}
        }
        // "Bogus version" is followed by the same once more, in other words.
        if entry.code == 1075 && meaning == id("protocol-fastcgi-invalid") && self.has_told(entry) {
            return;
        }
        if matches!(meaning.kind().role, goodgate_facts::Role::Failure(..)) {
            self.remember(entry);
        }
        sink.put(signal);
        if let Some(version) = entry.message.strip_prefix("Got bogus version ") {
            let banner = match version.trim() {
                "72" | "84" => id("answer-looks-like-http"),
                "21" | "22" => id("answer-looks-like-tls"),
                "83" => id("answer-looks-like-ssh"),
                _ => id("answer-looks-like-other"),
            };
            sink.put(sink.signal(banner));
        }
    }

    fn has_told(&self, entry: &Entry<'_>) -> bool {
        match (self.told.get(entry.thread), entry.time) {
            (Some(Some(told)), Some(now)) => now.as_second() - told.as_second() <= REPEATS_WITHIN_S,
            (Some(None), None) => true,
            _ => false,
        }
    }

    fn remember(&mut self, entry: &Entry<'_>) {
        if self.told.len() >= THREADS_MAX {
            self.told.clear();
        }
        self.told.insert(entry.thread.to_owned(), entry.time);
    }
}

fn is_library_error(entry: &Entry<'_>) -> bool {
    entry.message.starts_with("SSL Library Error: ")
}

/// A line of the error log by this module, with this text behind the process.
macro_rules! said {
    ($module:literal, $text:literal) => {
        concat!("[Sun Nov 22 00:33:40.519684 2026] [", $module, "] [pid 812:tid 139] ", $text)
    };
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample { text: concat!(
        said!("proxy:error", "(111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:8080 (app:8080) failed"), "\n",
        said!("proxy_http:error", "[client 192.0.2.7:4242] AH01114: HTTP: failed to make connection to backend: 127.0.0.1")
    ), signals: &["connect-refused @127.0.0.1:8080 =111: Connection refused"] },
    Sample { text: said!("proxy_http:error", "[client 192.0.2.7:4242] AH01114: HTTP: failed to make connection to backend: 127.0.0.1"), signals: &["connect-failed @127.0.0.1"] },
    Sample { text: said!("proxy:error", "(70007)The timeout specified has expired: AH00957: uwsgi: attempt to connect to 192.0.2.1:3031 (192.0.2.1:3031) failed"), signals: &["connect-timed-out @192.0.2.1:3031"] },
    Sample { text: said!("proxy:error", "(2)No such file or directory: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/fpm.sock (localhost:8000) failed"), signals: &["connect-socket-missing @unix:/run/php/fpm.sock =2: No such file or directory"] },
    Sample { text: said!("proxy:error", "(13)Permission denied: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/fpm.sock (*:80) failed"), signals: &["connect-denied @unix:/run/php/fpm.sock =13: Permission denied"] },
    Sample { text: said!("proxy:error", "(24)Too many open files: AH00952: http: error creating fam 2 socket to 192.0.2.1:80 for (192.0.2.1:80)"), signals: &["gateway-out-of-descriptors @192.0.2.1:80 =24: Too many open files"] },
    Sample { text: said!("proxy:error", "AH00959: ap_proxy_connect_backend disabling worker for (192.0.2.1:80) for 60s"), signals: &["upstream-marked-down @192.0.2.1:80"] },
    Sample { text: said!("proxy:error", "AH00940: HTTP: disabled connection for (192.0.2.1:80)"), signals: &["no-live-upstream @192.0.2.1:80"] },
    Sample { text: said!("proxy:error", "(70007)The timeout specified has expired: AH00941: http: failed to acquire connection for (192.0.2.1:80)"), signals: &["upstream-limit-reached @192.0.2.1:80"] },
    Sample { text: said!("proxy_balancer:error", "[client 192.0.2.7:4242] AH01170: balancer://app: All workers are in error state"), signals: &["no-live-upstream @app"] },
    Sample { text: concat!(
        said!("proxy_http:error", "(70007)The timeout specified has expired: [client 192.0.2.7:4242] AH01102: error reading status line from remote server 192.0.2.1:80"), "\n",
        said!("proxy:error", "[client 192.0.2.7:4242] AH00898: Error reading from remote server returned by /ok")
    ), signals: &["read-timed-out @192.0.2.1:80"] },
    Sample { text: said!("proxy_http:error", "(104)Connection reset by peer: [client 192.0.2.7:4242] AH01102: error reading status line from remote server 192.0.2.1:80"), signals: &["reset-before-response @192.0.2.1:80 =104: Connection reset by peer"] },
    Sample { text: said!("proxy_http:error", "(20014)Internal error (specific information not available): [client 192.0.2.7:4242] AH01102: error reading status line from remote server 192.0.2.1:80"), signals: &["closed-before-response @192.0.2.1:80"] },
    Sample { text: said!("proxy_http:error", "(70014)End of file found: [client 192.0.2.7:4242] AH01102: error reading status line from remote server app.example.com:80, referer: http://a/"), signals: &["closed-in-head @app.example.com:80"] },
    Sample { text: said!("proxy:error", "[client 192.0.2.7:4242] AH00898: Error reading from remote server returned by /"), signals: &["ended-before-response"] },
    Sample { text: said!("proxy:error", "[client 192.0.2.7:4242] AH00898: Corrupt status line returned by remote server: HTTP/1.1 0 OK returned by /"), signals: &["status-line-invalid"] },
    Sample { text: said!("proxy:error", "(EAI 2)Name or service not known: [client 192.0.2.7:4242] AH00898: DNS lookup failure for: app.internal returned by /"), signals: &["name-not-found @app.internal"] },
    Sample { text: said!("proxy_http:error", "(70008)Partial results are valid but processing is incomplete: [client 192.0.2.7:4242] AH01110: error reading response"), signals: &["body-incomplete"] },
    Sample { text: said!("proxy_http:error", "(70007)The timeout specified has expired: [client 192.0.2.7:4242] AH01110: error reading response"), signals: &["body-timed-out"] },
    Sample { text: concat!(
        said!("proxy:error", "(20014)Internal error (specific information not available): [client 192.0.2.7:4242] AH01084: pass request body failed to 192.0.2.1:443 (app.example.com)"), "\n",
        said!("proxy:error", "[client 192.0.2.7:4242] AH00898: Error during SSL Handshake with remote server returned by /"), "\n",
        said!("proxy_http:error", "[client 192.0.2.7:4242] AH01097: pass request body failed to 192.0.2.1:443 (app.example.com) from 192.0.2.7 ()")
    ), signals: &["tls-handshake-failed @192.0.2.1:443"] },
    Sample { text: concat!(
        said!("ssl:info", "[remote 192.0.2.1:443] AH02003: SSL Proxy connect failed"), "\n",
        said!("ssl:info", "SSL Library Error: error:0A00010B:SSL routines::wrong version number")
    ), signals: &["tls-handshake-failed @192.0.2.1:443", "tls-peer-not-tls"] },
    Sample { text: said!("proxy_http:warn", "(28)No space left on device: [client 192.0.2.7:4242] AH10124: header size is over the limit allowed by ResponseFieldSize (8192 bytes). Bad response header: 'X-Big: aa[...]aa'"), signals: &["header-too-big"] },
    Sample { text: concat!(
        said!("proxy_fcgi:error", "[client 192.0.2.7:4242] AH01067: Failed to read FastCGI header"), "\n",
        said!("proxy_fcgi:error", "(104)Connection reset by peer: [client 192.0.2.7:4242] AH01075: Error dispatching request to :9000: ")
    ), signals: &["reset-before-response =104: Connection reset by peer"] },
    Sample { text: said!("proxy_fcgi:error", "[client 192.0.2.7:4242] AH01067: Failed to read FastCGI header"), signals: &["ended-before-response"] },
    Sample { text: said!("proxy_fcgi:error", "(70007)The timeout specified has expired: [client 192.0.2.7:4242] AH01075: Error dispatching request to 127.0.0.1:9000: (polling)"), signals: &["read-timed-out @127.0.0.1:9000"] },
    Sample { text: said!("proxy_fcgi:error", "[client 192.0.2.7:4242] AH01068: Got bogus version 84"), signals: &["protocol-fastcgi-invalid", "answer-looks-like-http"] },
    Sample { text: said!("proxy_fcgi:error", "[client 192.0.2.7:4242] AH01071: Got error 'Primary script unknown'"), signals: &["script-not-found"] },
    Sample { text: said!("proxy_fcgi:error", "[client 192.0.2.7:4242] AH01071: Got error 'PHP message: PHP Warning:  PHP Request Startup: Failed to open stream: Permission denied in Unknown on line 0; Unable to open primary script: /srv/app/index.php (Permission denied)'"), signals: &["script-access-denied"] },
    Sample { text: said!("php:error", "[client 192.0.2.7:4242] PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 4096 bytes) in /srv/app/mem.php on line 3"), signals: &["memory-limit-reached"] },
    Sample { text: said!("cgid:error", "[client 192.0.2.7:4242] AH01220: Timeout waiting for output from CGI script /srv/app/slow.cgi"), signals: &["read-timed-out"] },
    Sample { text: "[Sun Nov 22 00:33:40 2026] [error] [client 192.0.2.7] Premature end of script headers: index.php", signals: &["closed-before-response"] },
    Sample { text: said!("mpm_event:error", "AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting"), signals: &["gateway-connections-exhausted"] },
    Sample { text: said!("core:notice", "AH00052: child pid 29 exit signal Segmentation fault (11)"), signals: &["gateway-worker-died =signal 11"] },
    Sample { text: said!("mpm_event:notice", "AH00489: Apache/2.4.57 (Debian) configured -- resuming normal operations"), signals: &["gateway-started"] },
    Sample { text: "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80", signals: &["gateway-listen-failed @0.0.0.0:80 =98: Address already in use"] },
    Sample { text: said!("core:notice", "AH00094: Command line: '/usr/sbin/apache2'"), signals: &[] },
    Sample { text: said!("core:error", "[client 192.0.2.7:4242] AH00126: Invalid URI in request GET /AH00957: http: attempt to connect to 127.0.0.1:1 (a:1) failed HTTP/1.1"), signals: &["client-request-bad"] },
];
