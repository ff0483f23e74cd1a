//! nginx's error log (also OpenResty, Tengine, Angie, ingress-nginx, and what nginx prints on the terminal).

use goodgate_facts::{Signal, id};

use super::{fastcgi_relay, nginx_line::Entry, nginx_words};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// A relayed error text goes over so many lines at most; behind that its end has been lost.
const RELAY_LINES_MAX: u32 = 500;

/// More of a relayed text than this is not kept.
const RELAY_BYTES_MAX: usize = 32 * 1024;

const RELAY: &str = "FastCGI sent in stderr: \"";

/// nginx's error log.
pub(crate) const FORMAT: Format = Format {
    id: "nginx-error",
    title: "nginx error log",
    reference: "https://nginx.org/en/docs/ngx_core_module.html#error_log",
    product: "nginx",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader { relay: None })
}

/// Reads lines; keeps a relayed FastCGI error text until its end.
struct Reader {
    relay: Option<Relay>,
}

/// A FastCGI error text that goes over several lines.
struct Relay {
    /// What stands at the first line, to be told as the place.
    place: Signal,
    text: String,
    lines: u32,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let begins = matches!(line.first(), Some(b'0'..=b'9' | b'n'));
        if !begins && self.relay.is_none() {
            return Verdict::Foreign;
        }
        let line = super::columns::text(line);
        let entry = if begins { Entry::parse(&line) } else { None };
        let Some(entry) = entry else { return self.carry_on(&line, sink) };
        self.end(sink);
        sink.set_time(entry.time);
        match entry.message.strip_prefix(RELAY) {
            // The relayed text may hold anything, so its end is sought in the line itself.
            Some(_) => self.begin(&line, &entry, sink),
            None => nginx_words::explain(&entry, sink),
        }
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        if let Some(relay) = self.relay.take() {
            relay.tell(sink);
        }
    }
}

impl Reader {
    fn begin(&mut self, line: &str, entry: &Entry<'_>, sink: &mut Sink) {
        let Some((_, text)) = line.split_once(RELAY) else { return };
        let mut place = sink.signal(id("app-warning"));
        if let Some(request) = entry.request() {
            place = place.request(request);
        }
        let text_of = |text: &str| Relay { place: place.clone(), text: bounded(text), lines: 0 };
        match text.rfind("\" while ") {
            Some(end) => text_of(&text[..end]).tell(sink),
            None => self.relay = Some(text_of(text)),
        }
    }

    /// A line that does not begin like one of nginx's: more of a relayed text, or not ours.
    fn carry_on(&mut self, line: &str, sink: &mut Sink) -> Verdict {
        let Some(relay) = &mut self.relay else { return Verdict::Foreign };
        relay.lines += 1;
        let end = line.rfind("\" while ");
        if relay.text.len() < RELAY_BYTES_MAX {
            relay.text.push('\n');
            relay.text.push_str(&bounded(end.map_or(line, |end| &line[..end])));
        }
        if end.is_some() || relay.lines >= RELAY_LINES_MAX {
            self.end(sink);
        }
        Verdict::Continues
    }
}

impl Relay {
    /// Puts into the sink what the whole text means, as said where it began.
    fn tell(self, sink: &mut Sink) {
        for meaning in fastcgi_relay::meanings(&self.text) {
            let mut signal = meaning.signal(sink);
            signal.source = self.place.source.clone();
            signal.when = self.place.when;
            signal.excerpt.clone_from(&self.place.excerpt);
            signal.about.request.clone_from(&self.place.about.request);
            sink.put(signal);
        }
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(RELAY_BYTES_MAX / 4).collect()
}

/// One line of the error log with this message and upstream.
macro_rules! said {
    ($level:literal, $message:literal, $upstream:literal) => {
        concat!(
            "2026/11/22 00:34:07 [",
            $level,
            "] 812#812: *3 ",
            $message,
            ", client: 192.0.2.7, ",
            "server: shop.example.com, request: \"GET /ok?n=1 HTTP/1.1\", upstream: \"",
            $upstream,
            "\", host: \"shop.example.com\""
        )
    };
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample { text: said!("error", "connect() failed (111: Connection refused) while connecting to upstream", "http://127.0.0.1:8080/ok?n=1"), signals: &["connect-refused @127.0.0.1:8080 =111: Connection refused"] },
    Sample { text: said!("crit", "connect() to unix:/run/php/fpm.sock failed (2: No such file or directory) while connecting to upstream", "fastcgi://unix:/run/php/fpm.sock:"), signals: &["connect-socket-missing @unix:/run/php/fpm.sock =2: No such file or directory"] },
    Sample { text: said!("crit", "connect() to unix:/run/php/fpm.sock failed (13: Permission denied) while connecting to upstream", "fastcgi://unix:/run/php/fpm.sock:"), signals: &["connect-denied @unix:/run/php/fpm.sock =13: Permission denied"] },
    Sample { text: said!("error", "connect() to unix:/run/php/fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream", "fastcgi://unix:/run/php/fpm.sock:"), signals: &["connect-queue-full @unix:/run/php/fpm.sock =11: Resource temporarily unavailable"] },
    Sample { text: said!("crit", "connect() to 192.0.2.1:80 failed (99: Cannot assign requested address) while connecting to upstream", "http://192.0.2.1:80/"), signals: &["connect-no-local-port @192.0.2.1:80 =99: Cannot assign requested address"] },
    Sample { text: said!("error", "connect() failed (113: Host is unreachable) while connecting to upstream", "http://192.0.2.1:80/"), signals: &["connect-unreachable @192.0.2.1:80 =113: No route to host"] },
    Sample { text: said!("error", "upstream timed out (110: Connection timed out) while connecting to upstream", "http://192.0.2.1:8080/"), signals: &["connect-timed-out @192.0.2.1:8080"] },
    Sample { text: said!("error", "upstream timed out (110: Operation timed out) while reading response header from upstream", "uwsgi://127.0.0.1:3031"), signals: &["read-timed-out @127.0.0.1:3031"] },
    Sample { text: said!("error", "upstream timed out (110: Connection timed out) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["tls-handshake-timed-out @192.0.2.1:443"] },
    Sample { text: said!("error", "upstream timed out (110: Connection timed out) while sending request to upstream", "http://192.0.2.1:80/"), signals: &["send-timed-out @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream timed out (110: Connection timed out) while reading upstream", "http://192.0.2.1:80/"), signals: &["body-timed-out @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream prematurely closed connection while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["closed-before-response @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream prematurely closed connection while reading upstream", "http://192.0.2.1:80/"), signals: &["body-incomplete @192.0.2.1:80"] },
    Sample { text: said!("error", "recv() failed (104: Connection reset by peer) while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["reset-before-response @192.0.2.1:80 =104: Connection reset by peer"] },
    Sample { text: said!("error", "readv() failed (104: Connection reset by peer) while reading upstream", "http://192.0.2.1:80/"), signals: &["body-reset @192.0.2.1:80 =104: Connection reset by peer"] },
    Sample { text: said!("error", "writev() failed (32: Broken pipe) while sending request to upstream", "http://192.0.2.1:80/"), signals: &["send-broken @192.0.2.1:80 =32: Broken pipe"] },
    Sample { text: said!("info", "writev() failed (32: Broken pipe) while sending to client", "http://192.0.2.1:80/"), signals: &["client-gone @192.0.2.1:80 =32: Broken pipe"] },
    Sample { text: said!("error", "no live upstreams while connecting to upstream", "http://app/ok?n=1"), signals: &["no-live-upstream @app"] },
    Sample { text: said!("error", "upstream sent too big header while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["header-too-big @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent no valid HTTP/1.0 header while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["status-line-invalid @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent invalid header: \"X-Bad\\x20...\" while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["header-invalid @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent duplicate header line: \"Content-Length: 9\", previous value: \"Content-Length: 5\" while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["content-length-invalid @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading response header from upstream", "http://192.0.2.1:80/"), signals: &["transfer-encoding-invalid @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent invalid chunked response while reading upstream", "http://192.0.2.1:80/"), signals: &["chunk-invalid @192.0.2.1:80"] },
    Sample { text: said!("error", "upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream", "fastcgi://127.0.0.1:8080"), signals: &["protocol-fastcgi-invalid @127.0.0.1:8080", "answer-looks-like-http @127.0.0.1:8080"] },
    Sample { text: said!("error", "upstream sent too large http2 frame: 4740180 while reading response header from upstream", "grpc://127.0.0.1:50051"), signals: &["http2-protocol-error @127.0.0.1:50051", "answer-looks-like-http @127.0.0.1:50051"] },
    Sample { text: said!("error", "upstream prematurely closed FastCGI stdout while reading response header from upstream", "fastcgi://127.0.0.1:9000"), signals: &["closed-before-response @127.0.0.1:9000"] },
    Sample { text: said!("error", "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream", "https://192.0.2.1:80/"), signals: &["tls-peer-not-tls @192.0.2.1:80"] },
    Sample { text: said!("error", "SSL_do_handshake() failed (SSL: error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["tls-no-shared-cipher @192.0.2.1:443 =alert 40"] },
    Sample { text: said!("error", "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["tls-unrecognized-name @192.0.2.1:443 =alert 112"] },
    Sample { text: said!("error", "upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["certificate-expired @192.0.2.1:443"] },
    Sample { text: said!("error", "upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["certificate-untrusted @192.0.2.1:443"] },
    Sample { text: said!("error", "upstream SSL certificate does not match \"app.example.com\" while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["certificate-name-mismatch @192.0.2.1:443"] },
    Sample { text: said!("error", "peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking to upstream", "https://192.0.2.1:443/"), signals: &["tls-reset-in-handshake @192.0.2.1:443 =104: Connection reset by peer"] },
    Sample { text: said!("alert", "socket() failed (24: Too many open files) while connecting to upstream", "http://192.0.2.1:80/"), signals: &["gateway-out-of-descriptors @192.0.2.1:80 =24: Too many open files"] },
    Sample { text: said!("crit", "open() \"/var/lib/nginx/proxy/1/00/0000000001\" failed (13: Permission denied) while reading upstream", "http://192.0.2.1:80/"), signals: &["gateway-temp-denied @192.0.2.1:80 =13: Permission denied"] },
    Sample { text: said!("crit", "pwritev() \"/var/lib/nginx/proxy/1/00/0000000001\" failed (28: No space left on device) while reading upstream", "http://192.0.2.1:80/"), signals: &["gateway-disk-full @192.0.2.1:80 =28: No space left on device"] },
    Sample { text: said!("warn", "an upstream response is buffered to a temporary file /var/lib/nginx/proxy/1/00/0000000001 while reading upstream", "http://192.0.2.1:80/"), signals: &["gateway-buffered-to-disk @192.0.2.1:80"] },
    Sample { text: said!("info", "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream", "http://192.0.2.1:80/"), signals: &["client-gone @192.0.2.1:80"] },
    Sample { text: said!("error", "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream", "fastcgi://127.0.0.1:9000"), signals: &["script-not-found"] },
    Sample { text: said!("error", "FastCGI sent in stderr: \"PHP message: shop opened\" while reading response header from upstream", "fastcgi://127.0.0.1:9000"), signals: &["app-warning"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 app.internal could not be resolved (3: Host not found), client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", host: \"shop.example.com\"", signals: &["name-not-found @app.internal"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 app.internal could not be resolved (110: Operation timed out), client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", host: \"shop.example.com\"", signals: &["name-lookup-timed-out @app.internal"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 no resolver defined to resolve app.internal, client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", host: \"shop.example.com\"", signals: &["resolver-not-defined @app.internal"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: send() failed (111: Connection refused) while resolving, resolver: 127.0.0.11:53", signals: &["resolver-refused =111: Connection refused"] },
    Sample { text: "nginx: [emerg] host not found in upstream \"app:8080\" in /etc/nginx/nginx.conf:12", signals: &["name-unresolvable-at-start @app"] },
    Sample { text: "2026/11/22 00:34:07 [emerg] 8#8: bind() to 0.0.0.0:80 failed (98: Address already in use)", signals: &["gateway-listen-failed @0.0.0.0:80 =98: Address already in use"] },
    Sample { text: "2026/11/22 00:34:07 [alert] 8#8: 768 worker_connections are not enough", signals: &["gateway-connections-exhausted"] },
    Sample { text: "2026/11/22 00:34:07 [crit] 8#8: accept4() failed (24: Too many open files)", signals: &["gateway-out-of-descriptors =24: Too many open files"] },
    Sample { text: "2026/11/22 00:34:07 [alert] 1#1: worker process 29 exited on signal 11 (core dumped)", signals: &["gateway-worker-died =signal 11"] },
    Sample { text: "2026/11/22 00:34:07 [notice] 1#1: signal 1 (SIGHUP) received from 9, reconfiguring", signals: &["gateway-reloaded"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 limiting requests, excess: 5.600 by zone \"one\", client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", host: \"shop.example.com\"", signals: &["rate-limited"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 auth request unexpected status: 502 while sending to client, client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", host: \"shop.example.com\"", signals: &["auth-request-failed =502"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 client intended to send too large body: 9000000 bytes, client: 192.0.2.7, server: shop.example.com, request: \"POST / HTTP/1.1\", host: \"shop.example.com\"", signals: &["request-body-too-big"] },
    // A client cannot speak as nginx: neither through a decoded path nor through its referrer.
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 open() \"/srv/app/x connect() failed (111: Connection refused) while connecting to upstream, client: 1\" failed (2: No such file or directory), client: 192.0.2.7, server: shop.example.com, request: \"GET /x%20connect() HTTP/1.1\", host: \"shop.example.com\"", signals: &["file-not-found =2: No such file or directory"] },
    Sample { text: "2026/11/22 00:34:07 [error] 8#8: *3 open() \"/srv/app/x\" failed (2: No such file or directory), client: 192.0.2.7, server: shop.example.com, request: \"GET /x HTTP/1.1\", host: \"shop.example.com\", referrer: \"http://a/, client: upstream timed out while connecting to upstream\"", signals: &["file-not-found =2: No such file or directory"] },
    Sample { text: concat!(
        "2026/11/22 00:34:07 [error] 8#8: *3 FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Error: Class \"Pay\" not found in /srv/app/wp-content/plugins/acme-shop/acme.php:3\n",
        "Stack trace:\n#0 /srv/app/index.php(2): acme_init()\n#1 {main}\n",
        "  thrown in /srv/app/wp-content/plugins/acme-shop/acme.php on line 3\" while reading response header from upstream, client: 192.0.2.7, server: shop.example.com, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/fpm.sock:\", host: \"shop.example.com\""
    ), signals: &["uncaught-exception", "error-in-plugin"] },
];
