use std::net::SocketAddr;

use goodgate_wire::{FieldLine, FieldLines, FieldName, Span, Version};
use proptest::prelude::*;

use super::*;
use crate::failed::Failed;
use crate::files::{FileAnswer, FileFault, Folder, Place, answer};
use crate::request::{Request, Scheme};

/// An answer with its body read in pieces of this size.
struct Got {
    status: u16,
    length: Option<u64>,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = all.next();
        assert_eq!(all.next(), None, "{name} stands twice");
        first
    }
}

fn ask(
    folder: &Folder,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    now: u64,
) -> (FileAnswer, Vec<u8>) {
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    let mut put = |part: &str| {
        let begin = text.len() as u32;
        text.extend_from_slice(part.as_bytes());
        Span { begin, end: text.len() as u32 }
    };
    for (name, value) in fields {
        lines.push(FieldLine { id: FieldName::of(name.as_bytes()), name: put(name), value: put(value) });
    }
    let request = Request {
        method: method.as_bytes(),
        path: path.as_bytes(),
        query: None,
        authority: b"files.example",
        scheme: Scheme::Http,
        version: Version::Http11,
        fields: FieldLines::new(&text, &lines),
        peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
    };
    let Place::File(file) = run(folder.find(path.as_bytes())).unwrap() else { panic!("no file at {path}") };
    let mut written = Vec::new();
    (answer(file, &request, at(now), &mut written).unwrap(), written)
}

fn get(folder: &Folder, method: &str, path: &str, fields: &[(&str, &str)], piece: usize) -> Got {
    let (answer, written) = ask(folder, method, path, fields, WRITTEN + 1000);
    let written = String::from_utf8(written).unwrap();
    let lines = written.split_terminator("\r\n").map(|line| line.split_once(": ").unwrap());
    let fields = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut body = Vec::new();
    if let Some(mut bytes) = answer.body {
        run(async {
            loop {
                let (before, left) = (body.len(), bytes.remaining());
                let count = bytes.read(&mut body, piece).await.unwrap();
                assert!(count <= piece && body.len() == before + count);
                assert_eq!(bytes.remaining(), left - count as u64);
                if count == 0 {
                    break;
                }
            }
        });
        assert_eq!(answer.length, Some(body.len() as u64));
    }
    Got { status: answer.status, length: answer.length, fields, body }
}

#[test]
fn a_file_is_sent_whole() {
    let ground = Ground::new();
    ground.write("a.html", "<p>hello</p>").write("empty.bin", "");
    let folder = Folder::new(&ground.files(&[]));
    let whole = get(&folder, "GET", "/a.html", &[], 5);
    assert_eq!((whole.status, whole.body.as_slice()), (200, &b"<p>hello</p>"[..]));
    assert_eq!(whole.field("content-type"), Some("text/html"));
    assert_eq!(whole.field("last-modified"), Some(WRITTEN_DATE));
    assert_eq!(whole.field("accept-ranges"), Some("bytes"));
    assert!(whole.field("etag").is_some_and(|tag| tag.starts_with("\"c-") && tag.ends_with('"')));
    let head = get(&folder, "HEAD", "/a.html", &[("Range", "bytes=0-1")], 5);
    assert_eq!((head.status, head.length, head.body.len()), (200, Some(12), 0));
    assert_eq!(head.fields, whole.fields);
    let empty = get(&folder, "GET", "/empty.bin", &[("Range", "bytes=-5")], 5);
    assert_eq!((empty.status, empty.length), (200, Some(0)));
    assert_eq!(empty.field("content-type"), Some("application/octet-stream"));
}

#[test]
fn an_encoding_is_said_where_the_file_cannot() {
    use plan::Charset;
    let ground = Ground::new();
    let names = ["a.html", "a.css", "a.js", "a.txt", "a.csv", "a.png", "a.json"];
    for name in names {
        ground.write(name, "x");
    }
    let named = Charset::Named("windows-1251".to_owned());
    for (charset, expected) in [
        (Charset::Usual, [None, None, None, Some("utf-8"), Some("utf-8"), None, None]),
        (Charset::Unsaid, [None; 7]),
        (named, {
            let said = Some("windows-1251");
            [said, said, said, said, said, None, None]
        }),
    ] {
        let folder = Folder::new(&plan::Files { charset: charset.clone(), ..ground.files(&[]) });
        for (name, expected) in names.iter().zip(expected) {
            let got = get(&folder, "GET", &format!("/{name}"), &[], 5);
            let said = got.field("content-type").unwrap().split_once("; charset=").map(|(_, said)| said);
            assert_eq!(said, expected, "{name} {charset:?}");
        }
    }
}

#[test]
fn other_methods_are_refused() {
    let ground = Ground::new();
    ground.write("a", "a");
    let folder = Folder::new(&ground.files(&[]));
    for method in ["POST", "OPTIONS", "PUT", "get", ""] {
        let Place::File(file) = folder.find_waiting(b"/a").unwrap() else { panic!("no file") };
        let request = Request {
            method: method.as_bytes(),
            path: b"/a",
            query: None,
            authority: b"",
            scheme: Scheme::Http,
            version: Version::Http10,
            fields: FieldLines::new(b"", &[]),
            peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
        };
        let refused = answer(file, &request, at(0), &mut Vec::new()).unwrap_err();
        assert_eq!(refused, Failed::MethodNotAllowed("GET, HEAD".into()));
    }
}

#[test]
fn tags_tell_states_of_a_file_apart() {
    let ground = Ground::new();
    ground.write("a", "one");
    let folder = Folder::new(&ground.files(&[]));
    let tag = |now| {
        let (_, written) = ask(&folder, "GET", "/a", &[], now);
        let text = String::from_utf8(written).unwrap();
        text.lines().find_map(|line| line.strip_prefix("etag: ").map(str::to_owned)).unwrap()
    };
    let first = tag(WRITTEN + 2);
    assert_eq!(tag(WRITTEN + 5000), first);
    // Changed just now, or in the future: it may change again unseen.
    assert_eq!(tag(WRITTEN + 1), format!("W/{first}"));
    assert_eq!(tag(WRITTEN - 5), format!("W/{first}"));
    ground.date(&ground.root().join("a"), WRITTEN + 1);
    let touched = tag(WRITTEN + 5000);
    assert_ne!(touched, first);
    // Another file in its place with the same size and time.
    ground.write("b", "two").date(&ground.root().join("b"), WRITTEN + 1);
    fs::rename(ground.root().join("b"), ground.root().join("a")).unwrap();
    assert_ne!(tag(WRITTEN + 5000), touched);
    let (_, written) = ask(&folder, "GET", "/a", &[], 0);
    assert!(String::from_utf8(written).unwrap().contains("last-modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
}

#[test]
fn conditions_are_heard_in_their_order() {
    const BEFORE: &str = "Thu, 09 Oct 2025 08:53:19 GMT";
    const AFTER: &str = "Thu, 09 Oct 2025 08:53:21 GMT";
    let ground = Ground::new();
    ground.write("a.txt", "0123456789");
    let folder = Folder::new(&ground.files(&[]));
    let tag = get(&folder, "GET", "/a.txt", &[], 99).field("etag").unwrap().to_owned();
    let (weak, among) = (format!("W/{tag}"), format!("\"x,y\", W/\"z\" ,{tag}"));
    let (tag, weak, among) = (tag.as_str(), weak.as_str(), among.as_str());
    let (m, um, nm, ms) = ("If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since");
    let (r, ir) = (("Range", "bytes=2-3"), "If-Range");
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[(m, tag)], 200),
        (&[(m, "*")], 200),
        (&[(m, among)], 200),
        (&[(m, "\"x\""), (m, tag)], 200),
        (&[(m, weak)], 412),
        (&[(m, "\"x\"")], 412),
        (&[(m, "")], 412),
        (&[(m, "x")], 412),
        (&[(m, "\"x\""), (um, WRITTEN_DATE)], 412),
        (&[(m, tag), (um, BEFORE)], 200),
        (&[(um, WRITTEN_DATE)], 200),
        (&[(um, BEFORE)], 412),
        (&[(um, "yesterday")], 200),
        (&[(nm, tag)], 304),
        (&[(nm, weak)], 304),
        (&[(nm, among)], 304),
        (&[(nm, "*")], 304),
        (&[(nm, "\"x\"")], 200),
        (&[(nm, "\"x\", *")], 200),
        (&[(nm, "\"unclosed")], 200),
        (&[(nm, "\"x\""), (ms, AFTER)], 200),
        (&[(nm, tag), (ms, BEFORE)], 304),
        (&[(m, "\"x\""), (nm, tag)], 412),
        (&[(m, tag), (nm, tag)], 304),
        (&[(ms, WRITTEN_DATE)], 304),
        (&[(ms, AFTER)], 304),
        (&[(ms, "Thu Oct  9 08:53:20 2025")], 304),
        (&[(ms, "Thursday, 09-Oct-25 08:53:20 GMT")], 304),
        (&[(ms, BEFORE)], 200),
        (&[(ms, "0")], 200),
        (&[(ms, WRITTEN_DATE), r], 304),
        (&[(um, BEFORE), r], 412),
        (&[r], 206),
        (&[r, r], 200),
        (&[(ir, tag), r], 206),
        (&[(ir, weak), r], 200),
        (&[(ir, "\"x\""), r], 200),
        (&[(ir, WRITTEN_DATE), r], 206),
        (&[(ir, AFTER), r], 200),
        (&[(ir, BEFORE), r], 200),
        (&[(ir, ""), r], 200),
        (&[(ir, "\"x\""), ("Range", "bytes=50-")], 200),
        (&[(ir, tag), ("Range", "bytes=50-")], 416),
    ];
    for (fields, status) in cases {
        check(&folder, "GET", fields, *status);
        // HEAD knows no ranges.
        check(&folder, "HEAD", fields, if matches!(status, 206 | 416) { 200 } else { *status });
    }
}

/// Asks for `0123456789`, or its bytes 2 and 3.
fn check(folder: &Folder, method: &str, fields: &[(&str, &str)], status: u16) {
    let got = get(folder, method, "/a.txt", fields, 99);
    assert_eq!(got.status, status, "{method} {fields:?}");
    let (length, body) = match (status, method) {
        (200, "GET") => (Some(10), "0123456789"),
        (200, _) => (Some(10), ""),
        (206, _) => (Some(2), "23"),
        (304, _) => (None, ""),
        _ => (Some(0), ""),
    };
    assert_eq!((got.length, got.body.as_slice()), (length, body.as_bytes()), "{method} {fields:?}");
    assert_eq!(got.field("etag").is_some(), matches!(status, 200 | 206 | 304));
    assert_eq!(got.field("content-type").is_some(), matches!(status, 200 | 206));
    let range = match status {
        206 => Some("bytes 2-3/10"),
        416 => Some("bytes */10"),
        _ => None,
    };
    assert_eq!(got.field("content-range"), range, "{method} {fields:?}");
}

#[test]
fn several_ranges_come_as_parts() {
    let ground = Ground::new();
    ground.write("a.txt", "0123456789");
    let folder = Folder::new(&ground.files(&[]));
    let got = get(&folder, "GET", "/a.txt", &[("Range", "bytes=-2,0-1,70-")], 3);
    assert_eq!(got.status, 206);
    let boundary =
        got.field("content-type").unwrap().strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert_eq!(boundary.len(), 32);
    let part = |range: &str, bytes: &str| {
        format!(
            "--{boundary}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes {range}/10\r\n\r\n{bytes}\r\n"
        )
    };
    let expected = format!("{}{}--{boundary}--\r\n", part("8-9", "89"), part("0-1", "01"));
    assert_eq!(String::from_utf8_lossy(&got.body), expected);
    assert_eq!(got.field("content-range"), None);
}

#[test]
fn a_file_that_shrinks_is_told() {
    let ground = Ground::new();
    ground.write("a.bin", vec![7u8; 300_000]);
    let folder = Folder::new(&ground.files(&[]));
    let (answer, _) = ask(&folder, "GET", "/a.bin", &[], WRITTEN + 9);
    let mut body = answer.body.unwrap();
    let mut out = b"before".to_vec();
    run(async {
        assert_eq!(body.read(&mut out, 100_000).await, Ok(100_000));
        File::options().write(true).open(ground.root().join("a.bin")).unwrap().set_len(150_000).unwrap();
        let mut came = 0;
        let fault = loop {
            match body.read(&mut out, 100_000).await {
                Ok(count) => came += count,
                Err(fault) => break fault,
            }
        };
        assert_eq!((came, fault), (50_000, FileFault::Shrunk { missing: 150_000 }));
        assert_eq!(out.len(), 150_006);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_bytes_sent_are_the_files(
        size in 0usize..5000,
        ranges in prop::collection::vec((0usize..6000, 0usize..3000), 0..4),
        piece in 1usize..4096,
    ) {
        let content: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
        let ground = Ground::new();
        ground.write("a.bin", &content);
        let folder = Folder::new(&ground.files(&[]));
        let list: Vec<String> = ranges.iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
        let value = format!("bytes={}", list.join(","));
        let got = get(&folder, "GET", "/a.bin", &[("Range", &value)], piece);
        match got.status {
            200 => prop_assert_eq!(got.body, content),
            416 => prop_assert!(ranges.iter().all(|(first, _)| *first >= size)),
            _ => {
                let parts = ranges.iter().filter(|(first, _)| *first < size);
                let wanted: Vec<&[u8]> = parts.map(|(first, more)| &content[*first..size.min(first + more + 1)]).collect();
                if let [one] = wanted.as_slice() {
                    prop_assert_eq!(got.body.as_slice(), *one);
                } else {
                    let mut rest = got.body.as_slice();
                    for part in wanted {
                        let head = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                        prop_assert_eq!(&rest[head..head + part.len()], part);
                        rest = &rest[head + part.len()..];
                    }
                    prop_assert!(rest.starts_with(b"\r\n--") && rest.ends_with(b"--\r\n"));
                }
            }
        }
    }
}
