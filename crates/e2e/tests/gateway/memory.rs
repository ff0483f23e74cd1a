//! Bodies far larger than the memory that the gateway may take for them.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::bodies::sha256;
use crate::certificate::{make, tls};
use crate::curl::Curl;
use crate::files::nginx;
use crate::goodgate::{ANY, Goodgate};
use crate::room::Room;
use crate::script::{ECHO, serve};

const BYTES: u64 = 300 * 1024 * 1024;
/// What it may have more than before, in KiB.
const GROWTH_KIB_MAX: u64 = 16 * 1024;

/// A large file of which every piece is another, and which takes little room on the disk.
fn large(room: &Room) -> PathBuf {
    let path = room.put("site/large", "");
    let mut file = File::create(&path).unwrap();
    file.set_len(BYTES).unwrap();
    for place in (0..BYTES).step_by(128 * 1024) {
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&place.to_be_bytes()).unwrap();
    }
    path
}

/// Whether what is read is the file, byte by byte.
fn is_same(came: impl Read, file: &Path) -> bool {
    let mut came = BufReader::with_capacity(1 << 18, came);
    let mut file = File::open(file).unwrap();
    let (mut one, mut other) = (vec![0; 1 << 18], vec![0; 1 << 18]);
    loop {
        let count = file.read(&mut other).unwrap();
        if count == 0 {
            return came.read(&mut one).unwrap() == 0;
        }
        if came.read_exact(&mut one[..count]).is_err() || one[..count] != other[..count] {
            return false;
        }
    }
}

#[test]
fn three_hundred_megabytes_each_way() {
    let room = Room::new("memory");
    let Some(curl) = Curl::new(&room) else { return };
    let Some(()) = make(&room, "first") else { return };
    let path = large(&room);
    std::fs::create_dir(room.file("site/own")).unwrap();
    std::fs::hard_link(&path, room.file("site/own/large")).unwrap();
    let Some((_nginx, nginx)) = nginx(&room) else { return };
    let Some((_echo, echo)) = serve(&room, ECHO) else { return };
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\", \"https://{ANY}\"]\n[tls]\n{}[[site]]\n\
             [[site.route]]\npath = \"/up\"\nupstream = \"echo\"\n\
             [[site.route]]\npath = \"/own/*\"\nfiles = \"site\"\n\
             [[site.route]]\nupstream = \"nginx\"\n[upstream.nginx]\nservers = [\"http://127.0.0.1:{nginx}\"]\n\
             [upstream.echo]\nservers = [\"http://127.0.0.1:{echo}\"]\n",
            tls("first")
        ),
    );
    let secret = |path: &str| format!("https://127.0.0.1:{}{path}", gateway.ports[1]);
    // What every way needs once is there beforehand.
    for address in [gateway.page("/none"), gateway.page("/own/none"), secret("/none"), gateway.page("/up")] {
        let answer = curl.ask(&["-k", &address]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
    let before = gateway.resident();
    let flat = |what: &str| {
        let now = gateway.resident();
        assert!(now <= before + GROWTH_KIB_MAX, "{what}: {before} KiB before, {now} KiB after");
    };
    for (what, words, address) in [
        ("from nginx", &["--http1.1"][..], gateway.page("/large")),
        ("from the disk", &["--http1.1"], gateway.page("/own/large")),
        ("over HTTP/2", &["--http2", "-k"], secret("/large")),
    ] {
        let mut command = curl.command();
        let mut child = command.args(words).arg(&address).stdout(Stdio::piped()).spawn().unwrap();
        let same = is_same(child.stdout.take().unwrap(), &path);
        assert_eq!((child.wait().unwrap().code(), same), (Some(0), true), "{what}");
        flat(what);
    }
    let upload = path.display().to_string();
    let answer = curl.ask(&["--http1.1", "--upload-file", &upload, &gateway.page("/up")]);
    assert_eq!(answer.came(), (0, 200), "{answer:?}");
    assert_eq!(answer.document()["sha256"], sha256(&path).as_str());
    flat("to a server");
}
