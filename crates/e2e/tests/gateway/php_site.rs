//! A PHP site: files by the gateway, scripts by PHP-FPM, and what visitors see when PHP fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::bodies::sha256;
use crate::certificate::{make, tls};
use crate::curl::{Answer, Curl};
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::php_fpm;
use crate::product::{Running, wait_for};
use crate::room::{Room, free_port};

/// Tells what it was sent.
const INDEX: &str = r#"<?php
header('Content-Type: application/json');
setcookie('first', '1');
setcookie('second', '2');
$files = [];
foreach ($_FILES as $name => $file)
    $files[$name] = [$file['name'], $file['size'], hash_file('sha256', $file['tmp_name'])];
$server = [];
foreach (['SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_INFO', 'REQUEST_URI', 'QUERY_STRING', 'REQUEST_METHOD', 'HTTPS',
          'DOCUMENT_ROOT', 'REMOTE_ADDR', 'SERVER_PROTOCOL', 'CONTENT_TYPE', 'HTTP_PROXY', 'HTTP_X_ODD'] as $name)
    $server[$name] = $_SERVER[$name] ?? null;
echo json_encode(['server' => $server, 'get' => $_GET, 'post' => $_POST, 'files' => $files, 'cookies' => $_COOKIE,
                  'raw' => hash('sha256', file_get_contents('php://input'))]);
"#;

const SCRIPTS: &[(&str, &str)] = &[
    ("index.php", INDEX),
    ("about/index.php", "<?php echo 'about us';"),
    ("gone.php", "<?php http_response_code(404); echo 'no such article';"),
    ("moved.php", "<?php header('Location: /about/', true, 301);"),
    ("fatal.php", "<?php ini_set('display_errors', '0'); acme_missing();"),
    ("dies.php", "<?php posix_kill(getmypid(), 9); sleep(5);"),
    (
        "half.php",
        "<?php while (ob_get_level()) ob_end_clean(); echo str_repeat('x', 200000); flush(); \
         posix_kill(getmypid(), 9); sleep(5);",
    ),
    (
        "apart.php",
        "<?php while (ob_get_level()) ob_end_clean(); header('Content-Type: text/plain'); \
         echo str_repeat('x', 60000); flush(); \
         while (!file_exists(__DIR__ . '/go')) { usleep(1000); clearstatcache(); } echo 'the rest';",
    ),
    ("long.php", "<?php for ($n = 0; $n < 40000; $n++) echo \"line $n of a long page\\n\";"),
    ("style.css", "h1 { color: navy }\n"),
    (".env", "SECRET=1\n"),
    ("old.php.bak", "<?php // a secret\n"),
    ("exact/index.php", "<?php echo 'exact';"),
];

/// A site of PHP with its server and a gateway.
struct Site {
    gateway: Goodgate,
    fpm: Option<Running>,
    curl: Curl,
    room: Room,
}

impl Site {
    /// With PHP-FPM at a socket, or where `listen` and `server` say.
    fn new(name: &str) -> Option<Self> {
        let room = Room::new(name);
        let server = format!("fastcgi+unix:{}", room.file("php.sock").display());
        Self::at(room, "", &server)
    }

    fn at(room: Room, pool: &str, server: &str) -> Option<Self> {
        let curl = Curl::new(&room)?;
        make(&room, "first")?;
        for (name, text) in SCRIPTS {
            room.put(&format!("site/{name}"), text);
        }
        let fpm = php_fpm::start(&room, "php.sock", pool)?;
        let text = format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\n[[site.route]]\npath = \"/exact/*\"\n\
             php = {{ upstream = \"php\", root = \"site\", try_files = [\"{{path}}\", \"{{path}}/\", \"=404\"] }}\n\
             [[site.route]]\nphp = {{ upstream = \"php\", root = \"site\" }}\n[upstream.php]\nservers = [\"{server}\"]\n",
            tls("first")
        );
        Some(Self { gateway: Goodgate::start(&room, &text), fpm: Some(fpm), curl, room })
    }

    fn ask(&self, path: &str, words: &[&str]) -> Answer {
        self.curl.ask(&[words, &[&self.gateway.page(path)]].concat())
    }

    fn text(&self, path: &str) -> String {
        let answer = self.ask(path, &[]);
        assert_eq!(answer.came(), (0, 200), "{path}: {answer:?}");
        answer.text()
    }
}

#[test]
fn paths_lead_to_files_and_scripts() {
    let Some(site) = Site::new("php-paths") else { return };
    let folder = site.room.file("site").display().to_string();
    // The path, then the script's name, its path info and its query.
    let cases = [
        ("/", "/index.php", "", ""),
        ("/?p=7", "/index.php", "", "p=7"),
        ("/index.php/some/path?x=1&y=a%20b", "/index.php", "/some/path", "x=1&y=a%20b"),
        ("/2026/11/an-article/?page=2", "/index.php", "", "page=2"),
        ("/no/such/image.jpg", "/index.php", "", ""),
    ];
    for (path, script, info, query) in cases {
        let document =
            site.ask(path, &["--header", "Proxy: http://192.0.2.1", "--header", "X-Odd: yes"]).document();
        let server = &document["server"];
        assert_eq!(server["SCRIPT_NAME"], script, "{path}");
        assert_eq!(server["SCRIPT_FILENAME"], format!("{folder}{script}"), "{path}");
        assert_eq!(server["DOCUMENT_ROOT"], folder.as_str(), "{path}");
        assert_eq!(server["PATH_INFO"].as_str().unwrap_or(""), info, "{path}");
        assert_eq!(server["REQUEST_URI"], path);
        assert_eq!(server["QUERY_STRING"], query, "{path}");
        assert_eq!(server["REMOTE_ADDR"], "127.0.0.1");
        assert_eq!(server["HTTP_X_ODD"], "yes");
        // A client must not choose the proxy of scripts.
        assert!(server["HTTP_PROXY"].is_null(), "{document}");
    }
    assert_eq!(site.text("/style.css"), "h1 { color: navy }\n");
    assert_eq!(site.text("/about/"), "about us");
    let slash = site.ask("/about", &[]);
    assert_eq!((slash.status, slash.field("location").is_some_and(|l| l.ends_with("/about/"))), (301, true));
    assert_eq!(site.text("/long.php").lines().count(), 40_000);
    let moved = site.ask("/moved.php", &["--location"]);
    assert_eq!((moved.came(), moved.text().as_str()), ((0, 200), "about us"));
    let cookies = site.ask("/", &["--cookie", "a=1; b=2"]);
    assert_eq!(cookies.document()["cookies"], serde_json::json!({"a": "1", "b": "2"}));
    assert_eq!(cookies.head.to_ascii_lowercase().matches("set-cookie: ").count(), 2, "{cookies:?}");
}

/// PHP writes the head by itself where the first piece of the body is larger than its buffer, so that they can be read
/// apart; the rest comes when it is told to.
#[test]
fn a_head_and_a_body_that_are_flushed_apart_arrive_as_they_were() {
    const ROUNDS: usize = 20;
    let Some(site) = Site::new("php-flush") else { return };
    let secret = format!("https://127.0.0.1:{}/apart.php", site.gateway.ports[1]);
    let ways =
        [("--http1.1", site.gateway.page("/apart.php")), ("--http1.1", secret.clone()), ("--http2", secret)];
    let (first, go) = ("x".repeat(60_000), site.room.file("site/go"));
    for (version, address) in ways.iter().flat_map(|way| std::iter::repeat_n(way, ROUNDS)) {
        let came = site.room.put("came", "");
        let mut command = site.curl.command();
        command.args([version, "-k", "--no-buffer", "--output"]).arg(&came).arg(address);
        let mut child = command.spawn().unwrap();
        wait_for("the first piece", || (fs::metadata(&came).ok()?.len() >= 60_000).then_some(()));
        fs::write(&go, "").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{version} {address}");
        let text = fs::read_to_string(&came).unwrap();
        assert!(text.strip_prefix(&first) == Some("the rest"), "{version} {address}: {}", text.len());
        fs::remove_file(&go).unwrap();
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let Some(site) = Site::new("php-404") else { return };
    let gone = site.ask("/gone.php", &[]);
    assert_eq!((gone.came(), gone.text().as_str()), ((0, 404), "no such article"));
    assert_eq!(site.text("/exact/"), "exact");
    for path in ["/exact/none", "/exact/none.php", "/exact/none.php/path"] {
        assert_eq!(site.ask(path, &[]).came(), (0, 404), "{path}");
    }
    // Nothing of what was not meant to be seen.
    for path in ["/.env", "/old.php.bak", "/index.php~", "/..%2f..%2fetc/passwd"] {
        let answer = site.ask(path, &["--path-as-is"]);
        assert!(!answer.text().contains("SECRET") && !answer.text().contains("secret"), "{path}: {answer:?}");
        assert!(!answer.text().contains("root:"), "{path}: {answer:?}");
    }
}

#[test]
fn forms_and_files_are_taken() {
    let Some(site) = Site::new("php-forms") else { return };
    let form = site.ask("/", &["--data-urlencode", "name=Ada & Co", "--data", "town=London"]).document();
    assert_eq!(form["post"], serde_json::json!({"name": "Ada & Co", "town": "London"}));
    let photo = site.room.put("photo.bin", "");
    fs::write(&photo, (0_u32..200_000).flat_map(u32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let field = format!("photo=@{}", photo.display());
    let document = site.ask("/upload", &["--form", "title=a photo", "--form", &field]).document();
    assert_eq!(document["files"]["photo"], serde_json::json!(["photo.bin", 800_000, sha256(&photo)]));
    assert_eq!(document["post"]["title"], "a photo");
    // PHP must be told a length, which here nobody knows beforehand.
    let bytes = fs::read(&photo).unwrap();
    let words = ["--header", "Expect:", "-T", "-", &site.gateway.page("/raw")];
    let raw = site.curl.send(&words, &bytes);
    assert_eq!(raw.came(), (0, 200), "{raw:?}");
    let document = raw.document();
    assert_eq!(
        (&document["raw"], &document["server"]["REQUEST_METHOD"]),
        (&sha256(&photo).into(), &"PUT".into())
    );
    let head = site.ask("/long.php", &["--head"]);
    assert_eq!(head.came(), (0, 200), "{head:?}");
}

#[test]
fn failures_of_php_have_their_names() {
    let Some(mut site) = Site::new("php-fails") else { return };
    // PHP's own answer.
    let fatal = site.ask("/fatal.php", &[]);
    assert_eq!((fatal.came(), fatal.body.len()), ((0, 500), 0), "{fatal:?}");
    // A worker that dies before it answers, and one that dies in the middle.
    let dies = site.ask("/dies.php", &[]);
    assert_eq!(dies.came(), (0, 502), "{dies:?}");
    let named = dies.field("proxy-status").unwrap().to_owned();
    assert!(named.contains("error=connection_terminated"), "{named}");
    let half = site.ask("/half.php", &[]);
    assert_ne!(half.code, 0, "a broken answer is not passed off as whole: {}", half.head);
    assert_eq!(half.status, 200);
    // The others are served.
    assert_eq!(site.text("/about/"), "about us");
    let records =
        wait_for("the access log", || Some(recorded(&site.room, "/half.php")).filter(|r| !r.is_empty()));
    assert_eq!(records[0]["end"], "truncated_upstream", "{records:?}");
    // No server at all.
    site.fpm = None;
    let gone = site.ask("/about/", &["--header", "Accept: text/html"]);
    assert_eq!(gone.came(), (0, 502), "{gone:?}");
    let named = gone.field("proxy-status").unwrap().to_owned();
    assert!(named.contains("error=connection_refused"), "{named}");
    let id = gone.field("x-request-id").unwrap();
    assert!(gone.text().contains("<html") && gone.text().contains(id), "{gone:?}");
    assert!(
        !gone.text().contains("php.sock") && !named.contains("php.sock"),
        "the public reads of no inside"
    );
    // Files need no PHP, and neither does what comes after it is back.
    assert_eq!(site.text("/style.css"), "h1 { color: navy }\n");
    site.fpm = php_fpm::start(&site.room, "php.sock", "");
    assert_eq!(site.text("/about/"), "about us");
}

#[test]
fn a_port_that_refuses_is_told_and_forgotten() {
    let room = Room::new("php-port");
    let port = free_port();
    let server = format!("fastcgi://127.0.0.1:{port}");
    fs::set_permissions(&room.path, fs::Permissions::from_mode(0o755)).unwrap();
    // PHP-FPM is at its socket; nobody is at the port.
    let Some(site) = Site::at(room, "", &server) else { return };
    for _ in 0..4 {
        let answer = site.ask("/about/", &["--header", "Accept: application/json"]);
        assert_eq!(answer.came(), (0, 502), "{answer:?}");
        assert!(answer.field("proxy-status").unwrap().contains("error=connection_refused"), "{answer:?}");
        assert_eq!(answer.field("content-type"), Some("application/problem+json"));
        assert_eq!(answer.document()["status"], 502);
    }
}
