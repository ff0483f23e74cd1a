//! FastCGI with php-fpm itself, where it is installed: what is written is what PHP understands, and what it does wrong
//! has its name.

#![expect(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use goodgate_wire::fastcgi::{
    Afterwards, BodyLength, CgiRequest, ResponseReader, STDIN_END, stdin, write_request,
};
use goodgate_wire::http1::Ended;
use goodgate_wire::{Fault, FieldLine, FieldLines, FieldName, Limits, Span};

const SCRIPT: &str = r#"<?php
header('Content-Type: text/plain');
switch ($_SERVER['QUERY_STRING']) {
    case 'variables':
        ksort($_SERVER);
        foreach ($_SERVER as $name => $value) {
            if (is_string($value)) {
                echo $name, '=', strlen($value) > 1000 ? strlen($value) : $value, "\n";
            }
        }
        break;
    case 'echo':
        echo file_get_contents('php://input');
        break;
    case 'large':
        for ($n = 0; $n < 3000; $n++) {
            echo str_repeat(chr(97 + $n % 26), 1000);
        }
        break;
    case 'redirect':
        header('Location: /elsewhere');
        break;
    case 'nothing':
        http_response_code(204);
        break;
    case 'log':
        for ($n = 0; $n < 200; $n++) {
            error_log("line $n of what a page complains of");
        }
        echo 'well';
        break;
    case 'long':
        header('Content-Length: 100');
        echo 'short';
        break;
    case 'bad-header':
        header('X Bad Name: 1');
        break;
    case 'killed':
        exec('kill -9 ' . getmypid());
        sleep(10);
        break;
    case 'killed-in-body':
        echo 'the beginning';
        flush();
        exec('kill -9 ' . getmypid());
        sleep(10);
        break;
}
"#;

/// A php-fpm of our own, ended with this value.
struct Php {
    child: Child,
    /// Held open, so that what it says later has somewhere to go.
    _log: BufReader<ChildStderr>,
    folder: PathBuf,
}

impl Php {
    /// Starts it with one pool; `None` where it is not installed.
    fn start() -> Option<Self> {
        let program = program()?;
        let folder = std::env::temp_dir().join(format!("goodgate-wire-php-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("index.php"), SCRIPT).expect("the script");
        let settings = format!(
            "[global]\nerror_log = /proc/self/fd/2\ndaemonize = no\n[www]\nlisten = {}\npm = static\n\
             pm.max_children = 2\nphp_admin_flag[log_errors] = on\nphp_admin_flag[display_errors] = off\n",
            folder.join("socket").display()
        );
        fs::write(folder.join("fpm.conf"), settings).expect("the settings");
        let mut command = Command::new(program);
        // Without php.ini; as root, too, since nothing is served to anybody else.
        command.args(["--nodaemonize", "--no-php-ini", "--allow-to-run-as-root", "--fpm-config"]);
        command.arg(folder.join("fpm.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("php-fpm starts");
        let mut log = BufReader::new(child.stderr.take().expect("its log"));
        let mut said = String::new();
        while !said.contains("ready to handle connections") {
            let length = log.read_line(&mut said).expect("its log");
            assert!(length > 0, "php-fpm did not start: {said}");
        }
        Some(Self { child, _log: log, folder })
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.folder.join("socket")).expect("the socket");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        stream
    }
}

impl Drop for Php {
    fn drop(&mut self) {
        // Its children stay where it is killed without a chance to end them.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    let files =
        folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten().map(|file| file.path());
    files
        .filter(|path| {
            let version = path.file_name().and_then(|name| name.to_str()?.strip_prefix("php-fpm"));
            version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        })
        .max()
}

/// What is asked.
#[derive(Clone, Copy)]
struct Ask<'a> {
    method: &'a str,
    script: &'a str,
    what: &'a str,
    body: Option<&'a [u8]>,
    fields: &'a [(&'a str, &'a str)],
    afterwards: Afterwards,
}

const GET: Ask<'static> = Ask {
    method: "GET",
    script: "/index.php",
    what: "",
    body: None,
    fields: &[],
    afterwards: Afterwards::Close,
};

/// What came.
#[derive(Debug)]
struct Answer {
    status: u16,
    location: Option<String>,
    length: Option<BodyLength>,
    body: Vec<u8>,
    fault: Option<Fault>,
    reader: ResponseReader,
}

fn request(php: &Php, ask: Ask<'_>) -> Vec<u8> {
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    for (name, value) in ask.fields {
        let begin = text.len() as u32;
        text.extend_from_slice(name.as_bytes());
        let name = Span { begin, end: text.len() as u32 };
        text.extend_from_slice(value.as_bytes());
        let value = Span { begin: name.end, end: text.len() as u32 };
        lines.push(FieldLine { id: FieldName::of(name.of(&text)), name, value });
    }
    let uri = format!("{}?{}", ask.script, ask.what);
    let request = CgiRequest {
        method: ask.method.as_bytes(),
        uri: uri.as_bytes(),
        query: ask.what.as_bytes(),
        document_root: php.folder.to_str().expect("text").as_bytes(),
        script_name: ask.script.as_bytes(),
        script_filename: None,
        path_info: b"",
        server_name: b"shop.example.com",
        server_addr: b"192.0.2.1",
        server_port: 443,
        protocol: b"HTTP/2.0",
        scheme: b"https",
        remote_addr: b"192.0.2.7",
        remote_port: 50_123,
        content_length: ask.body.map(|body| body.len() as u64),
        fields: FieldLines::new(&text, &lines),
    };
    let mut bytes = Vec::new();
    let mut params = write_request(&request, ask.afterwards, &mut bytes);
    params.pair(b"APP_ENV", b"test");
    params.finish();
    stdin(ask.body.unwrap_or_default(), &mut bytes);
    bytes.extend_from_slice(&STDIN_END);
    bytes
}

/// Asks on a connection and reads until the request or the connection ends.
fn exchange(php: &Php, stream: &mut UnixStream, ask: Ask<'_>) -> Answer {
    stream.write_all(&request(php, ask)).expect("taken");
    let reader = ResponseReader::new(ask.method.as_bytes());
    let mut answer =
        Answer { status: 0, location: None, length: None, body: Vec::new(), fault: None, reader };
    answer.fault = hear(stream, &mut answer).err();
    answer
}

fn hear(stream: &mut UnixStream, answer: &mut Answer) -> Result<(), Fault> {
    let (mut buffer, mut stdout, mut lines) = (vec![0; 64 << 10], Vec::new(), Vec::new());
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return answer.reader.end(Ended::Closed),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return answer.reader.end(Ended::Reset);
            }
            Err(error) => panic!("{error}"),
        };
        let step = answer.reader.read(&mut buffer[..count])?;
        assert_eq!(step.taken, count, "nothing follows");
        stdout.extend_from_slice(&buffer[step.data]);
        if answer.status != 0 {
            answer.body.append(&mut stdout);
        } else if let Some(found) = answer.reader.head(&stdout, &Limits::default(), &mut lines)? {
            let location = FieldLines::new(&stdout, &lines).first(FieldName::Location);
            answer.location = location.map(|value| String::from_utf8_lossy(value).into_owned());
            (answer.status, answer.length) = (found.head.status, Some(found.length));
            answer.body.extend_from_slice(&stdout[found.body]);
            stdout.clear();
        }
        if step.end.is_some() {
            return Ok(());
        }
    }
}

fn ask(php: &Php, ask: Ask<'_>) -> Answer {
    exchange(php, &mut php.connect(), ask)
}

#[test]
fn php_fpm_understands_and_is_understood() {
    let Some(php) = Php::start() else {
        eprintln!("php-fpm is not installed: nothing was tested");
        return;
    };
    variables(&php);
    bodies(&php);
    connections(&php);
    answers(&php);
    faults(&php);
}

fn variables(php: &Php) {
    let long = "v".repeat(30_000);
    let fields = [
        ("Host", "shop.example.com"),
        ("Cookie", "a=1"),
        ("cookie", "b=2"),
        ("Proxy", "http://203.0.113.9/"),
        ("X-First", &long),
        ("X-Second", &long),
        ("X-Third", &long),
    ];
    let answer = ask(php, Ask { what: "variables", fields: &fields, ..GET });
    assert_eq!((answer.status, answer.fault), (200, None));
    let body = String::from_utf8(answer.body).expect("text");
    let lines: Vec<&str> = body.lines().collect();
    for line in [
        "APP_ENV=test",
        "GATEWAY_INTERFACE=CGI/1.1",
        "HTTPS=on",
        "HTTP_COOKIE=a=1; b=2",
        "HTTP_HOST=shop.example.com",
        "HTTP_X_FIRST=30000",
        "HTTP_X_SECOND=30000",
        "HTTP_X_THIRD=30000",
        "QUERY_STRING=variables",
        "REMOTE_ADDR=192.0.2.7",
        "REMOTE_PORT=50123",
        "REQUEST_METHOD=GET",
        "REQUEST_URI=/index.php?variables",
        "SCRIPT_NAME=/index.php",
        "SERVER_NAME=shop.example.com",
        "SERVER_PORT=443",
        "SERVER_PROTOCOL=HTTP/2.0",
        &format!("SCRIPT_FILENAME={}", php.folder.join("index.php").display()),
        &format!("DOCUMENT_ROOT={}", php.folder.display()),
    ] {
        assert!(lines.contains(&line), "{line} is missing in {body}");
    }
    assert!(!body.contains("HTTP_PROXY"), "{body}");
}

fn bodies(php: &Php) {
    let sent: Vec<u8> = (0..200_000_u32).map(|place| (place % 251) as u8).collect();
    for length in [0, 1, 65_528, 65_529, 200_000] {
        let body = Some(&sent[..length]);
        let answer = ask(php, Ask { method: "POST", what: "echo", body, ..GET });
        assert_eq!((answer.status, answer.fault), (200, None));
        assert!(answer.body == sent[..length], "{length} bytes come back as they were sent");
    }
    let answer = ask(php, Ask { what: "large", ..GET });
    assert_eq!((answer.length, answer.fault), (Some(BodyLength::Open), None));
    assert_eq!(answer.body.len(), 3_000_000);
    let expected = |place: usize| b'a' + (place / 1000 % 26) as u8;
    assert!(answer.body.iter().enumerate().all(|(place, byte)| *byte == expected(place)));
}

fn connections(php: &Php) {
    let mut stream = php.connect();
    for round in 0..3 {
        let answer =
            exchange(php, &mut stream, Ask { what: "variables", afterwards: Afterwards::Keep, ..GET });
        assert_eq!((answer.status, answer.reader.reusable()), (200, true), "round {round}");
    }
    let answer = exchange(php, &mut stream, Ask { what: "nothing", ..GET });
    assert_eq!(answer.status, 204);
    assert_eq!(stream.read(&mut [0]).expect("closed in order"), 0, "nobody asked for it to be kept");
}

fn answers(php: &Php) {
    let answer = ask(php, Ask { what: "redirect", ..GET });
    assert_eq!((answer.status, answer.location.as_deref()), (302, Some("/elsewhere")));
    let answer = ask(php, Ask { what: "nothing", ..GET });
    assert_eq!((answer.status, answer.length), (204, Some(BodyLength::None)));
    let answer = ask(php, Ask { method: "HEAD", what: "variables", ..GET });
    assert_eq!((answer.status, answer.length, answer.body.len()), (200, Some(BodyLength::None), 0));
    let answer = ask(php, Ask { what: "log", ..GET });
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"well"[..]));
    let stderr = answer.reader.stderr();
    assert!(String::from_utf8_lossy(stderr.first()).contains("line 0 of"), "{stderr:?}");
    assert!(String::from_utf8_lossy(stderr.last()).contains("line 199 of"), "{stderr:?}");
    let answer = ask(php, Ask { script: "/missing.php", ..GET });
    assert_eq!((answer.status, answer.body.as_slice()), (404, &b"File not found.\n"[..]));
    assert_eq!(answer.reader.stderr().first().trim_ascii(), b"Primary script unknown");
}

fn faults(php: &Php) {
    // A worker that dies may leave the end of the request unread, and then its socket is reset rather than closed.
    for (what, faults, body) in [
        ("long", &[Fault::FastCgiBodyShort][..], None),
        ("bad-header", &[Fault::FieldInvalid], None),
        ("killed", &[Fault::ClosedBeforeResponse, Fault::ResetBeforeResponse], Some("")),
        ("killed-in-body", &[Fault::BodyClosed, Fault::BodyReset], Some("the beginning")),
    ] {
        let answer = ask(php, Ask { what, ..GET });
        assert!(answer.fault.is_some_and(|fault| faults.contains(&fault)), "{what}: {answer:?}");
        assert!(!answer.reader.is_complete() && !answer.reader.reusable(), "{what}");
        if let Some(body) = body {
            assert_eq!(answer.body, body.as_bytes(), "{what}");
        }
    }
}
