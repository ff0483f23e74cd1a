//! Text that clients control imitates failures; bytes are broken in every way. Nothing of it may be taken for
//! evidence, nothing may panic, and what is evidence beside it must not be lost.

use goodgate_facts::{Evidence, Role};
use goodgate_logs::{describe, read};

/// What somebody may send as path, referrer or user agent to be found in a log.
const IMITATIONS: &[&str] = &[
    "connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1",
    "2026/11/22 00:34:07 [error] 1#1: *1 upstream timed out (110: Connection timed out)",
    "upstream prematurely closed connection while reading response header from upstream",
    "AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
    "AH00957: http: attempt to connect to 127.0.0.1:8080 (127.0.0.1) failed",
    "0/0/-1/-1/3001 503 212 - - SC-- 1/1/0/0/3 0/0",
    "Server app/app1 is DOWN, reason: Layer4 connection problem",
    "Out of memory: Killed process 4242 (node) total-vm:1kB",
    "php-fpm[991]: segfault at 0 ip 00007f sp 00007f error 4 in libc.so.6",
    "WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
    "child 12 exited on signal 11 (SIGSEGV) after 1.0 seconds from start",
    "PHP message: PHP Fatal error:  Uncaught Error: x in /srv/app/a.php:1",
    "Traceback (most recent call last):",
    "app.service: Main process exited, code=killed, status=9/KILL",
    "java.lang.OutOfMemoryError: Java heap space",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "FetchError backend default: fail errno 111 (Connection refused)",
    "crc=ERR_CONNECT_FAIL pssc=502 sssc=0 pfsc=FIN",
    "response_flags=UF upstream_reset_before_response_started",
    "heroku[web.1]: Process exited with status 137",
    "proxy[148e29] ams [error][PC01] instance refused connection",
    "Fail to proxy: Upstream ConnectRefused context: x",
    "a\\nOut of memory: Killed process 1 (x)\\x0aconnect() failed (111: Connection refused)",
    "\u{1b}[2K\u{1b}[31m[error] 1#1: *1 connect() failed\u{1b}[0m\u{7}\u{202e}",
];

/// A line of an access log with a good answer, around a path, a referrer and a user agent.
type Line = fn(&str, &str, &str) -> String;

const GOOD: &[(&str, Line)] = &[
    ("nginx or Apache", |path, referrer, agent| {
        format!(
            "192.0.2.7 - - [22/Nov/2026:00:34:07 +0000] \"GET /{} HTTP/1.1\" 200 612 \"{}\" \"{}\"",
            joined(path),
            quoted(referrer),
            quoted(agent)
        )
    }),
    ("HAProxy", |path, referrer, agent| {
        format!(
            "Nov 22 00:34:07 lb haproxy[9]: 192.0.2.7:5000 [22/Nov/2026:00:34:07.000] web app/app1 \
             0/0/1/2/3 200 612 - - ---- 1/1/0/0/0 0/0 {{{}|{}}} \"GET /{} HTTP/1.1\"",
            quoted(referrer).replace('}', "#7D"),
            quoted(agent).replace('}', "#7D"),
            joined(path)
        )
    }),
    ("Caddy", |path, referrer, agent| {
        let text = |text: &str| serde_json_text(text);
        format!(
            "{{\"level\":\"info\",\"ts\":1795307651.5,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\
             \"request\":{{\"method\":\"GET\",\"uri\":{},\"headers\":{{\"Referer\":[{}],\"User-Agent\":[{}]}}}},\
             \"duration\":0.01,\"size\":12,\"status\":200,\"resp_headers\":{{\"Server\":[\"Caddy\"]}}}}",
            text(&format!("/{path}")),
            text(referrer),
            text(agent)
        )
    }),
    ("Envoy", |path, _, agent| {
        format!(
            "[2026-11-22T00:34:07.197Z] \"GET /{} HTTP/1.1\" 200 - 0 12 3 2 \"-\" \"{}\" \"u-1\" \
             \"shop.example.com\" \"192.0.2.5:8080\"",
            joined(path),
            quoted(agent)
        )
    }),
    ("Varnish", |path, referrer, agent| {
        format!(
            "192.0.2.7 - - [22/Nov/2026:00:26:00 +0000] \"GET http://shop.example.com/{} HTTP/1.1\" 200 278 \
             \"{}\" \"{}\"",
            joined(path),
            quoted(referrer),
            quoted(agent)
        )
    }),
    ("Squid", |path, _, _| {
        format!(
            "1795307651.500     12 192.0.2.7 TCP_MISS/200 612 GET http://shop.example.com/{} - \
             HIER_DIRECT/192.0.2.5 text/html",
            joined(path)
        )
    }),
    ("uWSGI", |path, _, _| {
        format!(
            "[pid: 24273|app: 0|req: 1/2] 192.0.2.1 () {{48 vars in 1015 bytes}} [Sun Nov 22 00:37:57 2026] \
             GET /{} => generated 21 bytes in 2 msecs (HTTP/1.1 200) 2 headers in 83 bytes (1 switches on core 0)",
            joined(path)
        )
    }),
];

/// A line of an error log or a failing record, around the same.
const FAILING: &[(&str, Line)] = &[
    ("nginx's error log", |path, referrer, _| {
        format!(
            "2026/11/22 00:34:07 [error] 1#1: *1 connect() failed (111: Connection refused) while connecting to \
             upstream, client: 192.0.2.7, server: shop.example.com, request: \"GET /{} HTTP/1.1\", upstream: \
             \"http://127.0.0.1:8080/\", host: \"shop.example.com\", referrer: \"{}\"",
            joined(path),
            quoted(referrer)
        )
    }),
    ("HAProxy", |path, referrer, agent| {
        format!(
            "Nov 22 00:34:07 lb haproxy[9]: 192.0.2.7:5000 [22/Nov/2026:00:34:07.000] web app/app1 \
             0/0/-1/-1/3001 503 212 - - SC-- 1/1/0/0/3 0/0 {{{}|{}}} \"GET /{} HTTP/1.1\"",
            quoted(referrer).replace('}', "#7D"),
            quoted(agent).replace('}', "#7D"),
            joined(path)
        )
    }),
    ("Apache's error log", |_, referrer, _| {
        format!(
            "[Sun Nov 22 00:33:40.519684 2026] [proxy:error] [pid 7:tid 8] (111)Connection refused: [client \
             192.0.2.7:5000] AH00957: http: attempt to connect to 127.0.0.1:8080 (127.0.0.1:8080) failed, \
             referer: {referrer}"
        )
    }),
    ("Envoy", |path, _, agent| {
        format!(
            "[2026-11-22T00:34:07.197Z] \"GET /{} HTTP/1.1\" 503 UF 0 12 3 - \"-\" \"{}\" \"u-1\" \
             \"shop.example.com\" \"192.0.2.5:8080\"",
            joined(path),
            quoted(agent)
        )
    }),
];

/// As a request line carries it: no blanks, no quotes.
fn joined(text: &str) -> String {
    quoted(text).replace(' ', "%20")
}

/// As a quoted field carries it.
fn quoted(text: &str) -> String {
    text.replace('"', "\\x22").replace('\u{1b}', "\\x1b")
}

fn serde_json_text(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\u{1b}', "\\u001b");
    format!("\"{}\"", escaped.replace('\u{7}', "\\u0007"))
}

fn failures(evidence: &Evidence) -> Vec<String> {
    let failing = evidence.signals().iter().filter(|s| matches!(s.id.kind().role, Role::Failure(..)));
    failing.map(|s| s.id.to_string()).collect()
}

#[test]
fn good_answers_stay_good_whatever_clients_write() {
    let mut wrong = Vec::new();
    for (product, line) in GOOD {
        let clean = describe(&read("access.log", line("shop", "-", "curl/8").as_bytes(), &[]).evidence);
        for hostile in IMITATIONS {
            for text in [line(hostile, "-", "a"), line("x", hostile, "a"), line("x", "-", hostile)] {
                let reading = read("access.log", text.as_bytes(), &[]);
                let failures = failures(&reading.evidence);
                if !failures.is_empty() || describe(&reading.evidence) != clean || reading.known != 1 {
                    wrong.push(format!("{product}: {text}\n   {:?}", describe(&reading.evidence)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn failures_say_the_same_whatever_clients_write() {
    let mut wrong = Vec::new();
    for (product, line) in FAILING {
        let clean = describe(&read("gateway.log", line("shop", "-", "curl/8").as_bytes(), &[]).evidence);
        assert!(!clean.is_empty(), "{product} says nothing");
        for hostile in IMITATIONS {
            for text in [line(hostile, "-", "a"), line("x", hostile, "a"), line("x", "-", hostile)] {
                let said = describe(&read("gateway.log", text.as_bytes(), &[]).evidence);
                if said != clean {
                    wrong.push(format!("{product}: {text}\n   {said:?} for {clean:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The failing lines together, as one file.
fn failing_file() -> String {
    FAILING.iter().map(|(_, line)| line("shop", "-", "curl/8") + "\n").collect()
}

/// What other programs write that only resembles a format's line.
const NEARLY: &[&str] = &[
    r#"{"level":"error","message":"500 Internal Server Error"}"#,
    r#"{"level":"error","error":"dial tcp 10.0.0.1:80: connect: connection refused","message":"502 Bad Gateway"}"#,
    r#"{"level":"debug","message":"502 Bad Gateway","url":"http://partner.example/"}"#,
    r#"time="2026-11-22T10:00:00Z" level=error msg="502 Bad Gateway" error="EOF""#,
    r#"2026-11-22T10:00:00Z ERR > 502 Bad Gateway error="EOF""#,
    "2026-11-22T10:00:00Z proxy[148e29] ams [info] GET /[error][PC01]",
    "2026-11-22T10:00:00Z web heroku[web.1]: Process exited with status 137",
    "GET /report Fail to proxy: Upstream ConnectRefused",
    "2026-11-22 10:00:00 worker - mail of job 42 took long, retried: 502 3 12029 5",
    "2026-11-22 tenth batch GET of 12 files by agent seven late: 502 3 12029 5",
];

#[test]
fn what_only_resembles_a_gateways_line_is_no_failure_of_one() {
    for line in NEARLY {
        let said = describe(&read("app.log", line.as_bytes(), &[]).evidence);
        let gateways = ["gateway-answered", "connect-", "closed-before", "worker-killed"];
        assert!(
            !said.iter().any(|id| gateways.iter().any(|begin| id.starts_with(begin))),
            "{line}: {said:?}"
        );
    }
}

/// Records of good answers whose time is no time.
const TIMELESS: &[&str] = &[
    r#"http 2026-11-22T10:00:00.186641Z app/shop/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 inf 0.000 200 200 34 366 "GET http://shop.example:80/ HTTP/1.1" "a" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.185000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#,
    r#"{"time":"2026-11-22T10:00:20Z","category":"ApplicationGatewayAccessLog","properties":{"httpMethod":"GET","requestUri":"/","httpStatus":200,"serverRouted":"10.0.0.4:443","serverStatus":"200","timeTaken":"inf","error_info":"ERRORINFO_NO_ERROR"}}"#,
    r#"{"jsonPayload":{"statusDetails":"response_sent_by_backend"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/","status":200,"latency":"infs"},"timestamp":"2026-11-22T10:00:00Z"}"#,
    "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status x-edge-result-type time-taken\n2026-11-22\t10:00:30\tFRA56-P1\t192.0.2.7\tGET\t/\t200\tMiss\tinfinity",
];

#[test]
fn a_time_that_is_none_makes_nothing_slow() {
    for text in TIMELESS {
        assert_eq!(
            describe(&read("access.log", text.as_bytes(), &[]).evidence),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

#[test]
fn line_ends_and_marks_of_windows_change_nothing() {
    let text = failing_file();
    let clean = describe(&read("gateway.log", text.as_bytes(), &[]).evidence);
    let carriage = text.replace('\n', "\r\n");
    let marked = format!("\u{feff}{carriage}");
    let padded = text.replace('\n', "\n\n \t\n");
    for changed in [carriage, marked, padded] {
        assert_eq!(describe(&read("gateway.log", changed.as_bytes(), &[]).evidence), clean);
    }
}

#[test]
fn broken_bytes_around_failures_change_nothing() {
    let clean = describe(&read("gateway.log", failing_file().as_bytes(), &[]).evidence);
    let mut bytes = Vec::new();
    for (_, line) in FAILING {
        bytes.extend_from_slice(b"\xff\xfe\x80 \x00\x00 broken \xc3\x28\n");
        bytes.extend(std::iter::repeat_n(0u8, 3000));
        bytes.push(b'\n');
        bytes.extend_from_slice(line("shop", "-", "curl/8").as_bytes());
        bytes.extend_from_slice(b"\n\x1b[31m\x1b]0;title\x07\x1b");
        bytes.push(b'\n');
    }
    assert_eq!(describe(&read("gateway.log", &bytes, &[]).evidence), clean);
}

#[test]
fn a_line_of_ten_megabytes_is_read_at_its_head_only() {
    const MEGABYTES: usize = 10 << 20;
    for filler in ["x", " ", "\"", "[", "{\"a\":", "connect() failed (111: Connection refused) ", "\u{1b}["] {
        let text = filler.repeat(MEGABYTES / filler.len());
        let reading = read("huge.log", text.as_bytes(), &[]);
        assert_eq!(failures(&reading.evidence), Vec::<String>::new(), "{filler:?}");
    }
    let line = FAILING[0].1(&"y".repeat(MEGABYTES), "-", "a");
    assert_eq!(failures(&read("error.log", line.as_bytes(), &[]).evidence), ["connect-refused"]);
}

#[test]
fn every_cut_of_every_sample_is_survived() {
    for format in goodgate_logs::formats() {
        for sample in format.samples {
            let bytes = sample.text.as_bytes();
            let step = (bytes.len() / 8).max(1);
            for at in (0..bytes.len()).step_by(step) {
                let (head, tail) = bytes.split_at(at);
                for cut in [head, tail] {
                    let _ = read("cut.log", cut, &[]);
                }
                // A byte that no text has, in the middle of everything.
                let mut broken = bytes.to_vec();
                broken[at] = 0xff;
                let _ = read("broken.log", &broken, &[]);
            }
        }
    }
}

#[test]
fn a_trace_that_is_cut_still_says_what_it_said() {
    let text = "2026/11/22 00:34:07 [error] 1#1: *1 FastCGI sent in stderr: \"PHP message: PHP Fatal error:  \
                Uncaught Error: x in /srv/app/a.php:1\nStack trace:\n#0 /srv/app/b.php(2): f()";
    let said = describe(&read("error.log", text.as_bytes(), &[]).evidence);
    assert_eq!(said, ["uncaught-exception"]);
}

#[test]
fn every_line_about_another_process_or_server_stays_bounded() {
    const LINES: u32 = 10_000;
    let crash = |n: u32| {
        format!(
            "[22-Nov-2026 00:{:02}:{:02}] WARNING: [pool www] child {n} exited on signal 11 (SIGSEGV) after 1.5 \
             seconds from start\n",
            n / 60 % 60,
            n % 60
        )
    };
    let refused = |n: u32| {
        format!(
            "2026/11/22 00:34:07 [error] 1#1: *{n} connect() failed (111: Connection refused) while connecting to \
             upstream, client: 192.0.2.7, server: s, request: \"GET / HTTP/1.1\", upstream: \
             \"http://10.{}.{}.{}:80/\", host: \"s\"\n",
            n >> 16,
            n >> 8 & 255,
            n & 255
        )
    };
    for text in [(0..LINES).map(crash).collect::<String>(), (0..LINES).map(refused).collect()] {
        let reading = read("many.log", text.as_bytes(), &[]);
        let signals = reading.evidence.signals();
        assert!(signals.len() < 10_000, "{} signals", signals.len());
        assert!(reading.summarised > 0);
        let failing = signals.iter().max_by_key(|s| s.count).map(|s| s.id);
        let counted: u64 = signals.iter().filter(|s| Some(s.id) == failing).map(|s| s.count).sum();
        assert_eq!(counted, u64::from(LINES));
    }
}
