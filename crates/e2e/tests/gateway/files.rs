//! Files, served by the gateway itself and by nginx behind it: curl sees no difference.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::curl::{Answer, Curl};
use crate::goodgate::{ANY, Goodgate};
use crate::product::{Running, find, is_root};
use crate::room::{Room, free_port, wait_for_port};

/// Starts nginx serving the folder `site`; `None` if it is not installed.
pub(crate) fn nginx(room: &Room) -> Option<(Running, u16)> {
    let program = find("nginx")?;
    let (port, folder) = (free_port(), room.path.display());
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
        .collect();
    let user = if is_root() { "user root;" } else { "" };
    room.put(
        "nginx.conf",
        &format!(
            "{user}\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;\n\
             events {{}}\nhttp {{\naccess_log off;\n{temporary}types {{ text/css css; }}\n\
             server {{ listen 127.0.0.1:{port}; root {folder}/site; }}\n}}\n"
        ),
    );
    let mut command = Command::new(program);
    command.arg("-p").arg(&room.path).args(["-e", "error.log", "-c"]).arg(room.file("nginx.conf"));
    let running = Running::start(&mut command, &room.file("nginx.out"));
    wait_for_port(port);
    Some((running, port))
}

/// `/own/*` is served by the gateway, everything else by nginx, from the same folder.
fn site(room: &Room) -> Option<(Goodgate, Running)> {
    let css: String = (0..400).map(|n| format!(".n{n} {{ width: {n}px }}\n")).collect();
    room.put("site/style.css", &css);
    room.put("site/own/style.css", &css);
    // A file that was written just now may change within its second, and has a weak tag.
    for name in ["site/style.css", "site/own/style.css"] {
        let file = File::options().append(true).open(room.file(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    let (nginx, port) = nginx(room)?;
    let text = format!(
        "listen = [\"{ANY}\"]\n[[site]]\n[[site.route]]\npath = \"/own/*\"\nfiles = \"site\"\n\
         [[site.route]]\nupstream = \"nginx\"\n[upstream.nginx]\nservers = [\"http://127.0.0.1:{port}\"]\n"
    );
    Some((Goodgate::start(room, &text), nginx))
}

#[test]
fn parts_and_unchanged_files_are_known() {
    let room = Room::new("files");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _nginx)) = site(&room) else { return };
    let file = std::fs::read(room.file("site/style.css")).unwrap();
    for path in ["/own/style.css", "/style.css"] {
        let address = gateway.page(path);
        let ask = |words: &[&str]| curl.ask(&[words, &[&address]].concat());
        let whole = ask(&[]);
        assert_eq!((whole.came(), &whole.body), ((0, 200), &file), "{path}");
        assert!(whole.field("content-type").unwrap().starts_with("text/css"), "{whole:?}");
        ranges(&ask, &file, path);
        conditions(&ask, &whole, path);
        let head = ask(&["--head"]);
        assert_eq!(head.field("content-length"), Some(file.len().to_string().as_str()), "{head:?}");
        assert_eq!(ask(&["--range", "99999999-"]).status, 416, "{path}");
    }
}

fn ranges(ask: &dyn Fn(&[&str]) -> Answer, file: &[u8], path: &str) {
    let end = file.len();
    for (range, begin, after) in
        [("0-4", 0, 5), ("100-", 100, end), ("-7", end - 7, end), ("5-999999", 5, end)]
    {
        let part = ask(&["--range", range]);
        assert_eq!((part.came(), part.body.as_slice()), ((0, 206), &file[begin..after]), "{path} {range}");
        let told = format!("bytes {begin}-{}/{end}", after - 1);
        assert_eq!(part.field("content-range"), Some(told.as_str()), "{path} {range}");
    }
    // Several parts: all of them, or the whole file, which a server may choose.
    let parts = ask(&["--range", "0-9,300-309"]);
    if parts.status == 206 {
        assert!(parts.field("content-type").unwrap().starts_with("multipart/byteranges"), "{parts:?}");
        let text = parts.text();
        assert!(text.contains(&format!("bytes 300-309/{end}")), "{text}");
        let length = parts.field("content-length").unwrap();
        assert_eq!(length, parts.body.len().to_string());
    } else {
        assert_eq!((parts.came(), parts.body.as_slice()), ((0, 200), file), "{path}");
    }
}

fn conditions(ask: &dyn Fn(&[&str]) -> Answer, whole: &Answer, path: &str) {
    let (tag, date) = (whole.field("etag").unwrap(), whole.field("last-modified").unwrap());
    let cases = [
        (format!("If-None-Match: {tag}"), 304),
        (format!("If-None-Match: \"other\", {tag}"), 304),
        ("If-None-Match: \"other\"".to_owned(), 200),
        (format!("If-Modified-Since: {date}"), 304),
        ("If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT".to_owned(), 200),
        ("If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT".to_owned(), 412),
        ("If-Match: \"other\"".to_owned(), 412),
    ];
    for (field, status) in cases {
        let answer = ask(&["--header", &field]);
        assert_eq!(answer.came(), (0, status), "{path}, {field}: {answer:?}");
        if status == 304 {
            assert_eq!(answer.field("etag"), Some(tag), "{path}, {field}");
            assert!(answer.body.is_empty(), "{path}, {field}");
        }
    }
    // A part only if the file is still the one that the rest is of.
    let same = ask(&["--range", "0-4", "--header", &format!("If-Range: {tag}")]);
    let other = ask(&["--range", "0-4", "--header", "If-Range: \"other\""]);
    assert_eq!((same.status, other.status), (206, 200), "{path}");
}

#[test]
fn a_download_is_taken_up_where_it_broke_off() {
    let room = Room::new("resume");
    let Some(curl) = Curl::new(&room) else { return };
    let Some((gateway, _nginx)) = site(&room) else { return };
    let file = std::fs::read(room.file("site/style.css")).unwrap();
    for (name, path) in [("one", "/own/style.css"), ("two", "/style.css")] {
        let begun = room.file(name);
        std::fs::write(&begun, &file[..1234]).unwrap();
        let target = begun.display().to_string();
        let answer = curl.ask(&["--continue-at", "-", "--output", &target, &gateway.page(path)]);
        assert_eq!(answer.came(), (0, 206), "{answer:?}");
        assert_eq!(std::fs::read(&begun).unwrap(), file, "{path}");
    }
}
