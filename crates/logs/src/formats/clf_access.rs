//! Access logs of nginx, Apache httpd and all that write the common or combined log format: the record alone does
//! not say who wrote it, so the product is named only where a configuration declares the layout.

use goodgate_facts::SourceKind;

use super::access_waits::Waits;
use super::{access_guess, access_json, access_record};
use crate::layout::{Layout, Notation, Row};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// The common and combined log formats and their relatives.
pub(crate) const FORMAT: Format = Format {
    id: "clf-access",
    title: "access log (nginx, Apache and others)",
    reference: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
    product: "access log",
    capture: false,
    open,
    samples: SAMPLES,
};

/// The layout of ingress-nginx where none is configured.
const INGRESS_NGINX: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
    \"$http_referer\" \"$http_user_agent\" $request_length $request_time [$proxy_upstream_name] \
    [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time \
    $upstream_status $req_id";

/// A layout and whose it is.
struct Known {
    product: &'static str,
    layout: Layout,
}

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let declared = declared.iter().filter_map(|declared| {
        let (product, notation) = match declared.format {
            "nginx-access" => ("nginx", Notation::Nginx),
            "apache-access" => ("apache", Notation::Apache),
            _ => return None,
        };
        Some(Known { product, layout: Layout::compile(notation, &declared.layout)? })
    });
    let ingress = Layout::compile(Notation::Nginx, INGRESS_NGINX);
    let mut layouts: Vec<Known> = declared.collect();
    // The layout with more to say is tried first: a shorter one may fit the same line.
    layouts.sort_by_key(|known| std::cmp::Reverse(known.layout.fields()));
    layouts.extend(ingress.map(|layout| Known { product: "nginx", layout }));
    Box::new(Reader { layouts, latest: 0, waits: Waits::default() })
}

struct Reader {
    layouts: Vec<Known>,
    /// The layout that knew the last line.
    latest: usize,
    waits: Waits,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        // Every layout read here has a quoted request, or is a declared one.
        let order = std::iter::once(self.latest).chain((0..self.layouts.len()).filter(|i| *i != self.latest));
        for index in order {
            let Some(known) = self.layouts.get(index) else { continue };
            let Some(row) = known.layout.cut(line).filter(fits) else { continue };
            self.latest = index;
            sink.of_format(known.product, SourceKind::Log);
            access_record::read(&row, &mut self.waits, sink);
            return Verdict::Mine;
        }
        if let Some(record) = access_json::Record::read(line) {
            access_record::read(&record.row(), &mut self.waits, sink);
            return Verdict::Mine;
        }
        let Some(row) = access_guess::row(line) else { return Verdict::Foreign };
        access_record::read(&row, &mut self.waits, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.waits.end(sink);
    }
}

/// Whether what was cut out by a layout can be what the layout says: a status is a number, a time reads as one.
fn fits(row: &Row<'_>) -> bool {
    use crate::layout::Field;
    let status = row.raw(Field::Status);
    let time = row.raw(Field::Time);
    status.is_none_or(|s| s == b"-" || (s.len() == 3 && s.iter().all(u8::is_ascii_digit)))
        && (time.is_none() || row.time().is_some())
        && (status.is_some() || time.is_some())
}

/// A record in the combined format with this request, status and tail.
macro_rules! combined {
    ($rest:literal) => {
        concat!("192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] ", $rest)
    };
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample { text: combined!(r#""GET /ok?n=1 HTTP/1.1" 200 1252 "-" "agent/1.0""#), signals: &[] },
    Sample { text: combined!(r#""GET /ok HTTP/1.1" 502 157 "-" "agent \"502\" x""#), signals: &["gateway-answered-502 =502"] },
    Sample { text: combined!(r#""GET /ok HTTP/1.1" 504 157 "-" "-" "203.0.113.9""#), signals: &["gateway-answered-504 =504"] },
    Sample { text: combined!(r#""GET /ok HTTP/1.1" 499 0 "-" "-""#), signals: &["client-gone"] },
    Sample { text: combined!(r#""\x16\x03\x01" 400 150"#), signals: &[] },
    Sample { text: combined!(r#""" 400 0 "-" "-""#), signals: &[] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 429 0 "-" "-""#), signals: &["gateway-answered-other =429"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 502 11 "-" "-" 5 "web@file" "http://192.0.2.1:80" 3ms"#), signals: &["gateway-answered-502 @192.0.2.1:80 =502", "answered-at-once @192.0.2.1:80 =0.003 s"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 502 11 "-" "-" rt=0.003 uct="0.001" uht="-" urt="0.003" us="502" ua="192.0.2.1:80""#), signals: &["gateway-answered-502 @192.0.2.1:80 =502", "answered-at-once @192.0.2.1:80 =0.003 s"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 502 11 "-" "-" rt=0.003 uct=0.001 uht=0.003 urt=0.003 us=502 ua=192.0.2.1:80"#), signals: &["upstream-answered-5xx @192.0.2.1:80 =502", "answered-at-once @192.0.2.1:80 =0.003 s"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 500 11 "-" "-" rt=0.003 uct=0.001 urt=0.003 us=500 ua=unix:/run/app.sock"#), signals: &["upstream-answered-5xx @unix:/run/app.sock =500", "answered-at-once @unix:/run/app.sock =0.003 s"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 502 0 rt=0.000 uct=- uht=- urt=0.000 us=502 ua=app ubytes=0"#), signals: &["gateway-answered-502 @app =502", "answered-at-once @app =0 s"] },
    Sample { text: combined!(r#""GET / HTTP/1.1" 503 299 us=1306 note=-"#), signals: &["gateway-answered-503 =503"] },
    Sample {
        text: combined!(r#""GET / HTTP/1.1" 200 11 "-" "-" rt=3.010 uct=0.001, 0.001 uht=-, 0.009 urt=3.000, 0.010 us=504, 200 ua=192.0.2.1:80, 192.0.2.2:80"#),
        signals: &["upstream-retried", "failure-masked @192.0.2.1:80 =504", "upstream-slow @192.0.2.2:80 =3.01 s"],
    },
    Sample {
        text: combined!(r#""GET / HTTP/2.0" 502 150 "-" "agent/1.0" 42 0.002 [default-web-80] [] 192.0.2.1:8080, 192.0.2.1:8080 0, 0 0.001, 0.001 502, 502 4f2a"#),
        signals: &["upstream-retried", "gateway-answered-502 @192.0.2.1:8080 =502", "answered-at-once @192.0.2.1:8080 =0.002 s"],
    },
    Sample {
        text: concat!(
            "192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] \"GET / HTTP/1.1\" 504 11 \"-\" \"-\" rt=60.001\n",
            "192.0.2.7 - - [22/Nov/2026:00:34:08 +0000] \"GET / HTTP/1.1\" 504 11 \"-\" \"-\" rt=60.002"
        ),
        signals: &["gateway-answered-504 =504", "answered-at-timeout =60.001 s"],
    },
    Sample {
        text: r#"{"time_iso8601":"2026-11-22T00:34:07+00:00","request":"GET / HTTP/1.1","status":"504","request_time":"3.001","upstream_addr":"192.0.2.1:80","upstream_status":"504","upstream_header_time":"-"}"#,
        signals: &["gateway-answered-504 @192.0.2.1:80 =504", "answered-at-timeout @192.0.2.1:80 =3.001 s"],
    },
    Sample {
        text: r#"{"ClientHost":"192.0.2.7","DownstreamStatus":502,"Duration":1200000,"OriginStatus":502,"RequestMethod":"GET","RequestPath":"/","ServiceAddr":"192.0.2.1:80","StartUTC":"2026-11-22T00:34:07.1Z","level":"info","msg":""}"#,
        signals: &["gateway-answered-502 @192.0.2.1:80 =502", "answered-at-once @192.0.2.1:80 =0.0012 s"],
    },
    // What a client writes into its request or agent stays there.
    Sample { text: combined!(r#""GET /\" 502 1 HTTP/1.1" 200 5 "-" "x us=502 rt=9""#), signals: &[] },
    Sample { text: combined!(r#""GET /heroku[web.1]: Process exited with status 137 HTTP/1.1" 200 5 "-" "-""#), signals: &[] },
    Sample { text: combined!(r#""GET /proxy[1] [error][PC01] HTTP/1.1" 200 5 "-" "-""#), signals: &[] },
    Sample { text: combined!(r#""GET /Fail to proxy: Upstream ConnectRefused HTTP/1.1" 200 5 "-" "-""#), signals: &[] },
];
