//! Canaries: secrets planted wherever they can stand must not come out, in any form, by any command.

use crate::harness::Folder;
use crate::site::Site;

const ERROR_LOG: &str = "\
2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET /reset?token=CANARY01 HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\", referrer: \"https://user:CANARY02@example.com/a?b=CANARY03\"
2026/01/01 10:00:01 [error] 7#7: *2 FastCGI sent in stderr: \"PHP message: PHP Fatal error: Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /srv/app/db.php:3 #0 /srv/app/db.php(3): PDO->__construct('mysql:host=db', 'root', 'CANARY04')\" while reading response header from upstream, client: 192.0.2.1, server: example.com, request: \"GET /a?s=CANARY05 HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\"
2026/01/01 10:00:02 [error] 7#7: *3 upstream sent invalid header: \"Set-Cookie: sid=CANARY06\\x0d...\" while reading response header from upstream, client: 192.0.2.1, server: example.com, request: \"GET /b HTTP/1.1\", upstream: \"http://u:CANARY07@127.0.0.1:9000/b?k=CANARY08\", host: \"example.com\"
";

const ACCESS_LOG: &str = "\
192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET /reset?token=CANARY09 HTTP/1.1\" 502 157 \"https://example.com/?q=CANARY10\" \"Mozilla/5.0 Bearer CANARY11abcd1234\"
";

const CONFIG: &str = "\
http {
    upstream app { server 127.0.0.1:9000; }
    server {
        listen 80;
        location / {
            proxy_set_header Authorization \"Basic CANARY12\";
            fastcgi_param DB_PASSWORD CANARY13;
            fastcgi_pass app;
        }
        location /x { proxy_pass http://admin:CANARY14@127.0.0.1:9000/x?key=CANARY15; }
    }
}
";

const PS: &str = "\
UID        PID  PPID  C STIME TTY          TIME CMD
root         1     0  0 10:00 ?        00:00:00 /sbin/init
root       100     1  0 10:00 ?        00:00:00 mysqldump -uroot -pCANARY16 shop
www-data   200     1  0 10:00 ?        00:00:00 node /srv/app/server.js --token=CANARY17
";

const PAGE: &str = "\
HTTP/1.1 502 Bad Gateway
Server: nginx/1.22.1
Set-Cookie: session=CANARY18; Path=/
Content-Type: text/html

<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center>
<a href=\"/login?next=CANARY19\">x</a><hr><center>nginx/1.22.1</center></body></html>
";

const WP: &str = "<?php\ndefine('DB_PASSWORD', 'CANARY20');\ndefine('AUTH_KEY', 'CANARY21');\n";

fn folder() -> Folder {
    Folder::new(&[
        ("error.log", ERROR_LOG),
        ("access.log", ACCESS_LOG),
        ("nginx.conf", CONFIG),
        ("ps.txt", PS),
        ("page.txt", PAGE),
        ("wp-config.php", WP),
    ])
}

const FILES: &[&str] = &["error.log", "access.log", "nginx.conf", "ps.txt", "page.txt", "wp-config.php"];

#[track_caller]
fn no_canary(what: &str, text: &str) {
    let found: Vec<&str> =
        text.match_indices("CANARY").map(|(at, _)| &text[at..(at + 8).min(text.len())]).collect();
    assert!(found.is_empty(), "{what} lets out {found:?}:\n{text}");
}

#[test]
fn no_form_of_a_diagnosis_lets_a_secret_out() {
    let folder = folder();
    for format in ["text", "json", "md", "html"] {
        for reader in ["visitor", "owner", "operator", "support"] {
            let arguments =
                ["diagnose", "--format", format, "--for", reader, "--told", "changed=new password=CANARY22"];
            let ran = folder.run(&[&arguments, FILES].concat());
            assert_eq!(ran.code, 1, "{ran:?}");
            no_canary(&format!("{format} for {reader}"), &ran.out);
            no_canary(&format!("{format} for {reader}, complaints"), &ran.err);
        }
    }
}

#[test]
fn each_file_alone_lets_no_secret_out() {
    let folder = folder();
    for file in FILES {
        for format in ["text", "json", "md", "html"] {
            for command in ["diagnose", "explain"] {
                let ran = folder.run(&[command, file, "--format", format]);
                no_canary(&format!("{command} {file} as {format}"), &(ran.out + &ran.err));
            }
        }
    }
}

#[test]
fn lines_as_arguments_let_no_secret_out() {
    let folder = Folder::new(&[]);
    for line in
        ERROR_LOG.lines().chain(ACCESS_LOG.lines()).chain(CONFIG.lines()).filter(|l| l.contains("CANARY"))
    {
        for format in ["text", "json", "md", "html"] {
            let ran = folder.run(&["explain", "--format", format, "--", line]);
            assert_eq!(ran.code, 0, "{ran:?}");
            no_canary(line, &(ran.out + &ran.err));
        }
    }
}

#[test]
fn mistakes_in_arguments_let_no_secret_out() {
    let folder = folder();
    for arguments in [
        &["diagnose", "error.log", "--told", "token=CANARY"][..],
        &["diagnose", "/nowhere/a?token=CANARY"],
        &["explain", "./nowhere?token=CANARY"],
        &["diagnose", "./nowhere?/CANARY"],
        &["diagnose", "user:CAN/CANARY@shop.example"],
        &["diagnose", "user:CANARY@shop"],
        &["diagnose", "http://user:CANARY@shop.example:x/?/CANARY"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        no_canary("a complaint", &(ran.out + &ran.err));
    }
}

#[test]
fn a_name_and_a_password_before_the_host_are_left_out() {
    let (folder, site) = (Folder::new(&[]), Site::new("200 OK", ""));
    for scheme in ["", "http://"] {
        let url = format!("{scheme}user:CANARY@{}", site.url("/").trim_start_matches("http://"));
        let ran = folder.run(&["diagnose", &url, "--no-redact", "--format", "json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.err.matches("are not sent").count(), 1, "{ran:?}");
        no_canary("a URL with a password", &(ran.out + &ran.err));
    }
}

#[test]
fn a_bundle_holds_no_secret() {
    let folder = folder();
    let ran = folder.run(
        &[&["diagnose", "--bundle", "bundle.json", "--told", "changed=password=CANARY"], FILES].concat(),
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    no_canary("the bundle", &folder.read("bundle.json"));
}

#[test]
fn whoever_asks_for_secrets_gets_them() {
    let line = ERROR_LOG.lines().next().unwrap();
    let folder = Folder::new(&[("error.log", line)]);
    assert!(folder.run(&["diagnose", "error.log", "--no-redact"]).out.contains("CANARY01"));
    assert!(folder.run(&["explain", "--no-redact", "error.log"]).out.contains("CANARY01"));
}

#[test]
fn nothing_from_outside_steers_the_terminal_or_the_page() {
    let line = "2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET /<script>alert(1)</script>\u{1b}]0;owned\u{7}\u{202e} HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"[x](javascript:y)\"\n";
    let folder = Folder::new(&[("error.log", line)]);
    for format in ["text", "json", "md", "html"] {
        let out = folder.run(&["diagnose", "--format", format, "error.log"]).out;
        assert!(!out.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {out:?}");
        if format == "html" {
            assert!(!out.contains("<script"), "{out}");
        }
    }
}

/// Each form once, and each reader.
const FORMS: &[(&str, &str)] =
    &[("text", "operator"), ("json", "operator"), ("md", "owner"), ("html", "visitor"), ("text", "support")];

fn looks_without_canary(site: &Site, rest: &str) {
    let (folder, url) = (Folder::new(&[]), site.url(rest));
    for (format, reader) in FORMS {
        let arguments = ["diagnose", &url, "--format", format, "--for", reader, "--bundle", "b.json"];
        let ran = folder.run(&arguments);
        assert!(ran.code != 2, "{ran:?}");
        no_canary(&format!("{rest} as {format} for {reader}"), &(ran.out + &ran.err));
        no_canary(&format!("the bundle of {rest}"), &folder.read("b.json"));
    }
    let kept = folder.run(&["diagnose", "b.json", "--for", "support"]);
    no_canary(rest, &(kept.out + &kept.err));
    assert!(folder.run(&["diagnose", &url, "--no-redact", "--format", "json"]).out.contains("CANARY"));
}

#[test]
fn no_form_of_a_look_lets_a_query_out() {
    let failing = Site::new("502 Bad Gateway", "");
    let sending = Site::new("302 Found", "Location: http://user:CANARY@10.255.255.1/a?/CANARY\r\n");
    std::thread::scope(|scope| {
        for rest in ["/a?/CANARY", "/?=CANARY", "/?{CANARY}#/CANARY", "/a/b?CANARY"] {
            let failing = &failing;
            scope.spawn(move || looks_without_canary(failing, rest));
        }
        scope.spawn(|| looks_without_canary(&sending, "/?/CANARY"));
    });
}
