use std::path::Path;

use proptest::prelude::*;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::*;
use crate::files::contain::{Purpose, open_by_component};
use crate::files::{FileFault, Folder, Place};

/// What is found, shortly; the two ways of looking must agree.
fn found(folder: &Folder, path: &str) -> String {
    let say = |place: Result<Place, FileFault>| match place {
        Ok(Place::File(file)) => {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut &file.file, &mut bytes).unwrap();
            assert_eq!(file.size(), bytes.len() as u64);
            format!("file {}", String::from_utf8(bytes).unwrap())
        }
        Ok(Place::Script(script)) => format!("script {}", String::from_utf8_lossy(&script.name)),
        Ok(Place::WithoutSlash) => "without slash".to_owned(),
        Ok(Place::Nothing) => "nothing".to_owned(),
        Ok(Place::Denied) => "denied".to_owned(),
        Err(fault) => format!("{fault:?}"),
    };
    let waiting = say(folder.find_waiting(path.as_bytes()));
    assert_eq!(say(run(folder.find(path.as_bytes()))), waiting, "{path}");
    waiting
}

#[test]
fn the_source_of_scripts_is_served_only_where_that_is_wanted() {
    let ground = Ground::new();
    let names = ["x.PHP", "config.php.bak", "config.php~", "a.phtml", "index.php"];
    for name in names {
        ground.write(name, "secret");
    }
    ground.write("photo.phplike", "fine");
    let careful = Folder::new(&ground.files(&["{path}", "{path}/", "/index.php"]));
    let wanted = Folder::new(&plan::Files { sources: true, ..ground.files(&["{path}"]) });
    for name in names {
        assert_eq!(found(&careful, &format!("/{name}")), "nothing", "{name}");
        assert_eq!(found(&wanted, &format!("/{name}")), "file secret", "{name}");
    }
    assert_eq!(found(&careful, "/"), "nothing");
}

#[test]
fn paths_find_files_folders_and_what_is_tried_after_them() {
    let ground = Ground::new();
    ground
        .write("a.txt", "a")
        .write("b c/é.txt", "b")
        .write("docs/index.html", "docs")
        .write("empty/x/y", "")
        .write("app.html", "app")
        .write("page.html", "page");
    let plain = Folder::new(&ground.files(&[]));
    let single = Folder::new(&ground.files(&["{path}", "{path}.html", "/app.html"]));
    let strict = Folder::new(&ground.files(&["{path}", "=404", "/app.html"]));
    for (path, of_plain, of_single, of_strict) in [
        ("/a.txt", "file a", "file a", "file a"),
        ("//a.txt", "file a", "file a", "file a"),
        ("/a.txt/", "nothing", "file app", "nothing"),
        ("/A.TXT", "nothing", "file app", "nothing"),
        ("/b%20c/%C3%A9.txt", "file b", "file b", "file b"),
        ("/b%20c%2F%C3%A9.txt", "nothing", "file app", "nothing"),
        ("/docs", "without slash", "file app", "nothing"),
        ("/docs/", "file docs", "file app", "nothing"),
        ("/docs//", "file docs", "file app", "nothing"),
        ("/docs/index.html/", "nothing", "file app", "nothing"),
        ("/empty", "nothing", "file app", "nothing"),
        ("/empty/", "nothing", "file app", "nothing"),
        ("/page", "nothing", "file page", "nothing"),
        ("/", "nothing", "file app", "nothing"),
        ("*", "nothing", "file app", "nothing"),
        ("", "nothing", "file app", "nothing"),
        ("/a.txt%5C", "nothing", "file app", "nothing"),
        ("/%", "nothing", "file app", "nothing"),
        ("/a.txt%00", "nothing", "file app", "nothing"),
    ] {
        assert_eq!(found(&plain, path), of_plain, "{path}");
        assert_eq!(found(&single, path), of_single, "{path}");
        assert_eq!(found(&strict, path), of_strict, "{path}");
    }
    let long = format!("/{}", "x".repeat(5000));
    assert_eq!(found(&plain, &long), "nothing");
    let gone = plan::Files { root: ground.root().join("gone"), ..ground.files(&[]) };
    assert_eq!(found(&Folder::new(&gone), "/a"), "Root(Errno(2))");
}

#[test]
fn nothing_outside_of_the_folder_is_found() {
    let ground = Ground::new();
    ground
        .write("../secret.txt", "secret")
        .write("../root-beside/x", "beside")
        .write("inside/a.txt", "a")
        .link("out", "../secret.txt")
        .link("out-absolute", ground.path.join("secret.txt"))
        .link("up", "..")
        .link("beside", ground.path.join("root-beside"))
        .link("within", "inside/a.txt")
        .link("inside/back", "../within")
        .link("within-absolute", ground.root().join("inside"))
        .link("loop", "loop")
        .link("broken", "gone")
        .link("proc", "/proc/self/root")
        .link("device", "/dev/zero");
    let folder = Folder::new(&ground.files(&[]));
    for (path, expected) in [
        ("/out", "nothing"),
        ("/out-absolute", "nothing"),
        ("/up/secret.txt", "nothing"),
        // Out and in again: what is inside is inside.
        ("/up/root/inside/a.txt", "file a"),
        ("/beside/x", "nothing"),
        ("/../secret.txt", "nothing"),
        ("/inside/../../secret.txt", "nothing"),
        ("/within", "file a"),
        ("/inside/back", "file a"),
        ("/within-absolute/a.txt", "file a"),
        ("/loop", "nothing"),
        ("/broken", "nothing"),
        ("/proc/etc/hostname", "nothing"),
        ("/device", "nothing"),
    ] {
        assert_eq!(found(&folder, path), expected, "{path}");
    }
    // The same of paths that a configuration names.
    let bold = Folder::new(&ground.files(&["/../secret.txt", "/out", "{path}/../../../secret.txt"]));
    assert_eq!(found(&bold, "/inside"), "nothing");
    // The root itself may be a link, and is looked at anew each time.
    let current = ground.path.join("current");
    symlink(ground.root(), &current).unwrap();
    let linked = Folder::new(&plan::Files { root: current.clone(), ..ground.files(&[]) });
    assert_eq!(found(&linked, "/within-absolute/a.txt"), "file a");
    fs::remove_file(&current).unwrap();
    symlink(ground.path.join("root-beside"), &current).unwrap();
    assert_eq!(found(&linked, "/x"), "file beside");
}

#[test]
fn links_lead_out_into_the_folders_that_are_named() {
    let ground = Ground::new();
    ground
        .write("../shared/a.txt", "a")
        .write("../shared/run.php", "<?php")
        .write("../shared/.env", "key")
        .write("../shared-not/b.txt", "b")
        .link("../shared/on", "../shared-not")
        .link("up", "../shared")
        .link("away", ground.path.join("shared"))
        .link("file", "../shared/a.txt")
        .link("not", "../shared-not");
    let links = vec![ground.path.join("gone"), ground.path.join("shared")];
    let files = plan::Files { links, ..ground.files(&[]) };
    let folder = Folder::new(&files);
    for (path, expected) in [
        ("/up/a.txt", "file a"),
        ("/away/a.txt", "file a"),
        ("/file", "file a"),
        ("/up/.env", "nothing"),
        ("/not/b.txt", "nothing"),
        // From there a link leads on to where none may lead.
        ("/up/on/b.txt", "nothing"),
    ] {
        assert_eq!(found(&folder, path), expected, "{path}");
    }
    let php = plan::Php { upstream: 0, files, script_root: ground.root(), params: Vec::new() };
    let script = Folder::of_php(&php).find_waiting(b"/up/run.php");
    assert!(matches!(script, Ok(Place::Script(script)) if script.name == b"/up/run.php"));
}

#[test]
fn resolved_paths_follow_no_link_that_came_since() {
    let ground = Ground::new();
    ground.write("a/b/c.txt", "c").link("a/link", "b").link("a/b/file", "c.txt");
    let root = openat(CWD, ground.root(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
    let open =
        |path: &str| open_by_component(std::os::fd::AsFd::as_fd(&root), Path::new(path), Purpose::Content);
    assert!(open("a/b/c.txt").is_ok());
    assert_eq!(open("a/link/c.txt").unwrap_err(), Errno::NOTDIR);
    assert_eq!(open("a/b/file").unwrap_err(), Errno::LOOP);
    assert_eq!(open("../root/a/b/c.txt").unwrap_err(), Errno::NOENT);
    assert_eq!(open("").unwrap_err(), Errno::NOENT);
}

#[test]
fn hidden_and_irregular_files_are_not_found() {
    let ground = Ground::new();
    ground
        .write(".env", "key")
        .write(".git/config", "git")
        .write(".well-known/acme-challenge/token", "token")
        .write(".well-known/.secret", "secret")
        .write("a/.htpasswd", "users")
        .write("x/.html", "hidden page");
    let fifo = ground.root().join("fifo");
    rustix::fs::mknodat(CWD, &fifo, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(ground.root().join("socket")).unwrap();
    let folder = Folder::new(&ground.files(&["{path}", "{path}/", "{path}.html"]));
    for path in
        ["/.env", "/.git/config", "/.git", "/.well-known/.secret", "/a/.htpasswd", "/x/", "/fifo", "/socket"]
    {
        assert_eq!(found(&folder, path), "nothing", "{path}");
    }
    assert_eq!(found(&folder, "/.well-known/acme-challenge/token"), "file token");
    let open = Folder::new(&plan::Files { hidden: true, ..ground.files(&[]) });
    assert_eq!(found(&open, "/.git/config"), "file git");
}

#[test]
fn what_the_system_denies_is_said_so() {
    let ground = Ground::new();
    ground.write("locked.txt", "x").write("shut/x", "x").write("a.html", "a");
    ground.mode("locked.txt", 0o000).mode("shut", 0o000);
    // The superuser is denied nothing.
    let superuser = fs::read(ground.root().join("locked.txt")).is_ok();
    let denied = if superuser { ["file x", "file x"] } else { ["denied", "denied"] };
    let folder = Folder::new(&ground.files(&[]));
    assert_eq!([found(&folder, "/locked.txt"), found(&folder, "/shut/x")], denied);
    ground.mode("shut", 0o755);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_path_leads_out_or_fails(path in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..24),
        "(/|\\.\\.|\\.|up|inside|a\\.txt|secret\\.txt|%2[ef]|%00|%){0,10}".prop_map(String::into_bytes),
    ]) {
        let ground = Ground::new();
        ground.write("../secret.txt", "secret").write("inside/a.txt", "a").link("up", "..");
        for try_files in [&["{path}", "{path}/"][..], &["{path}/../{path}", "/up{path}"]] {
            match Folder::new(&ground.files(try_files)).find_waiting(&path) {
                Ok(Place::File(file)) => prop_assert_eq!(file.size(), 1),
                Ok(Place::Nothing) => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
