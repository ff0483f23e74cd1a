//! Owners and modes of sockets and folders, as `ls -l`, `namei -l` and `stat` print them.

use goodgate_facts::{SignalId, Value, id};

use super::columns::{after_words, between, is_number, text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "ls-socket",
    title: "owners and modes of files (ls, namei, stat)",
    reference: "coreutils ls(1), stat(1); util-linux namei(1)",
    product: "ls",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    /// The folder that `ls` names in a heading.
    folder: Option<String>,
    /// The path that `namei` walks.
    walk: Option<String>,
    /// The file that `stat` describes, and whether it is a socket or folder.
    stat: Option<(String, Option<SignalId>)>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let first = line.trim_ascii_start().first().copied().unwrap_or(0);
        if !matches!(first, b'-' | b'/' | b'A'..=b'Z' | b'a'..=b'z' | b'.') {
            return Verdict::Foreign;
        }
        let text = text(line);
        let mine = complaint(&text, sink)
            || self.heading(&text)
            || self.listed(&text, sink)
            || self.namei(&text, sink)
            || self.stat(&text, sink);
        if mine { Verdict::Mine } else { Verdict::Foreign }
    }
}

/// `ls: cannot access '/run/app.sock': No such file or directory`, and stat's and namei's like.
fn complaint(text: &str, sink: &mut Sink) -> bool {
    let rest = [
        "ls: cannot access ",
        "ls: cannot open directory ",
        "stat: cannot statx ",
        "stat: cannot stat ",
        "namei: ",
    ]
    .iter()
    .find_map(|start| text.strip_prefix(start));
    let Some((path, why)) = rest.and_then(|rest| rest.rsplit_once(": ")) else { return false };
    let path = path.trim_matches(['\'', '"', '‘', '’', '`']);
    if why.starts_with("No such file or directory") || why.starts_with("Not a directory") {
        let signal = sink.signal(id("socket-file-absent")).path(path);
        sink.put(unix_target(signal, path));
    }
    true
}

fn unix_target(mut signal: goodgate_facts::Signal, path: &str) -> goodgate_facts::Signal {
    if path.starts_with('/') {
        let address = goodgate_facts::Address::Unix(path.to_owned());
        signal.about.target = Some(goodgate_facts::Target { protocol: None, address });
    }
    signal
}

fn put(sink: &mut Sink, path: &str, kind: SignalId, mode: u32, owner: &str, group: &str) {
    let mut signal = sink.signal(kind).path(path).name(format!("{owner}:{group}"));
    signal.value = Value::Number(i64::from(mode));
    let signal = if kind == id("socket-file") { unix_target(signal, path) } else { signal };
    sink.put(signal);
}

/// `srw-rw----` → what it is and the mode; a trailing `+`, `.` or `@` stands for more access rules.
fn mode(word: &str) -> Option<(char, u32)> {
    let word = word.trim_end_matches(['+', '.', '@']);
    let mut chars = word.chars();
    let kind = chars.next().filter(|c| "-dlscbpDn".contains(*c))?;
    let mut bits = 0u32;
    let mut count = 0;
    for (place, c) in chars.enumerate() {
        let bit = 0o400u32.checked_shr(u32::try_from(place).ok()?)?;
        let letter = ["r", "w", "xsStT"][place % 3];
        let special = [0o4000, 0o2000, 0o1000].get(place / 3).copied().unwrap_or(0);
        match c {
            '-' => {}
            _ if !letter.contains(c) => return None,
            'S' | 'T' => bits |= special,
            's' | 't' => bits |= special | bit,
            _ => bits |= bit,
        }
        count += 1;
    }
    (count == 9).then_some((kind, bits))
}

fn kind_of(kind: char) -> Option<SignalId> {
    match kind {
        's' => Some(id("socket-file")),
        'd' => Some(id("folder-mode")),
        _ => None,
    }
}

impl Reader {
    fn heading(&mut self, text: &str) -> bool {
        if let Some(folder) = text.strip_suffix(':').filter(|f| f.starts_with('/') && !f.contains(' ')) {
            self.folder = Some(folder.to_owned());
            return true;
        }
        text.strip_prefix("total ").is_some_and(is_number)
    }

    /// `srw-rw---- 1 www-data www-data 0 Nov 22 00:39 /run/app.sock`
    fn listed(&mut self, text: &str, sink: &mut Sink) -> bool {
        if text.split_ascii_whitespace().next().and_then(mode).is_none() {
            return false;
        }
        let words = words(text);
        let [first, links, owner, group, size, ..] = words.as_slice() else { return false };
        let Some((kind, bits)) = mode(first) else { return false };
        if !is_number(links) || !(is_number(size) || size.ends_with(',')) {
            return false;
        }
        let date_at = if size.ends_with(',') { 6 } else { 5 };
        let iso = words.get(date_at).is_some_and(|w| w.len() == 10 && w.as_bytes().get(4) == Some(&b'-'));
        // "Nov 22 00:39", "22 Nov 00:39", "2026-11-22 00:39", "2026-11-22 00:39:01.0 +0000"
        let zone = iso && words.get(date_at + 2).is_some_and(|w| w.len() == 5 && w.starts_with(['+', '-']));
        let name = after_words(text, date_at + if iso && !zone { 2 } else { 3 }).trim_end();
        if name.is_empty() {
            return false;
        }
        let name = name.split(" -> ").next().unwrap_or(name).trim_matches('\'');
        let path = match &self.folder {
            Some(folder) if !name.starts_with('/') => format!("{}/{name}", folder.trim_end_matches('/')),
            _ => name.to_owned(),
        };
        if let Some(id) = kind_of(kind).filter(|_| name != "..") {
            let path = path.strip_suffix("/.").unwrap_or(&path);
            put(sink, path, id, bits, owner, group);
        }
        true
    }

    /// `f: /run/app.sock`, then a line for each part of the path.
    fn namei(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(path) = text.strip_prefix("f: ").filter(|p| p.starts_with('/')) {
            self.walk = Some(String::new());
            let _ = path;
            return true;
        }
        let Some(walked) = self.walk.as_mut() else { return false };
        let join = |walked: &str, part: &str| {
            if part == "/" { String::new() } else { format!("{walked}/{part}") }
        };
        let trimmed = text.trim();
        if let Some((part, why)) = trimmed.split_once(" - ") {
            let path = join(walked, part);
            if why.starts_with("No such file") {
                let signal = sink.signal(id("socket-file-absent")).path(path.clone());
                sink.put(unix_target(signal, &path));
            }
            return true;
        }
        let words = words(trimmed);
        let [first, owner, group, part] = words.as_slice() else { return false };
        let Some((kind, bits)) = mode(first) else { return false };
        *walked = join(walked, part);
        let path = if walked.is_empty() { "/" } else { walked.as_str() };
        if let Some(id) = kind_of(kind) {
            put(sink, path, id, bits, owner, group);
        }
        true
    }

    fn stat(&mut self, text: &str, sink: &mut Sink) -> bool {
        let trimmed = text.trim_start();
        if let Some(path) = trimmed.strip_prefix("File: ") {
            let path = path.split(" -> ").next().unwrap_or(path).trim().trim_matches(['\'', '‘', '’', '"']);
            self.stat = Some((path.to_owned(), None));
            return true;
        }
        let Some((path, kind)) = self.stat.as_mut() else { return false };
        if trimmed.starts_with("Size: ") && trimmed.contains("Blocks: ") {
            *kind = if trimmed.trim_end().ends_with("socket") {
                Some(id("socket-file"))
            } else if trimmed.trim_end().ends_with("directory") {
                Some(id("folder-mode"))
            } else {
                None
            };
            return true;
        }
        if trimmed.starts_with("Access: (") {
            let bits = between(trimmed, "(", "/").and_then(|octal| u32::from_str_radix(octal, 8).ok());
            let owner =
                between(trimmed, "Uid: (", ")").and_then(|u| u.split_once('/')).map(|(_, n)| n.trim());
            let group =
                between(trimmed, "Gid: (", ")").and_then(|u| u.split_once('/')).map(|(_, n)| n.trim());
            if let (Some(id), Some(bits), Some(owner), Some(group)) = (*kind, bits, owner, group) {
                put(sink, path, id, bits, owner, group);
            }
            return true;
        }
        ["Device: ", "Access: ", "Modify: ", "Change: ", "Birth: ", "Context: "]
            .iter()
            .any(|w| trimmed.starts_with(w))
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "drwxr-xr-x 2 root root 4096 Nov 22 00:31 /run/app\n\
               srw------- 1 root root 0 Nov 22 00:31 /run/app/app.sock",
        signals: &["folder-mode =493", "socket-file @unix:/run/app/app.sock =384"],
    },
    Sample {
        text: "ls: cannot access '/run/app/app.sock': No such file or directory",
        signals: &["socket-file-absent @unix:/run/app/app.sock"],
    },
    Sample {
        text: "/run/php:\ntotal 4\n\
               -rw-r--r-- 1 root root 3 Nov 22 05:00 php8.1-fpm.pid\n\
               srw-rw---- 1 www-data www-data 0 Nov 22 05:00 php8.1-fpm.sock\n\
               lrwxrwxrwx 1 root root 30 Nov 22 05:00 php-fpm.sock -> /etc/alternatives/php-fpm.sock",
        signals: &["socket-file @unix:/run/php/php8.1-fpm.sock =432"],
    },
    Sample {
        text: "f: /run/app/app.sock\n\
               drwxr-xr-x root root /\n\
               drwx------ app  app  run\n\
               \x20                    app - No such file or directory",
        signals: &["folder-mode =493", "folder-mode =448", "socket-file-absent @unix:/run/app"],
    },
    Sample {
        text: "  File: /run/app.sock\n\
               \x20 Size: 0         \tBlocks: 0          IO Block: 4096   socket\n\
               Device: 0,25\tInode: 1234        Links: 1\n\
               Access: (0660/srw-rw----)  Uid: (   33/www-data)   Gid: (   33/www-data)\n\
               Access: 2026-11-22 05:00:01.000000000 +0000",
        signals: &["socket-file @unix:/run/app.sock =432"],
    },
];
