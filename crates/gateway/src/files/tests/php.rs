use super::*;
use crate::files::{Folder, Place};

fn found(folder: &Folder, path: &str) -> String {
    let place = folder.find_waiting(path.as_bytes()).unwrap();
    assert_eq!(
        std::mem::discriminant(&run(folder.find(path.as_bytes())).unwrap()),
        std::mem::discriminant(&place)
    );
    match place {
        Place::File(file) => format!("file {}", file.media_type()),
        Place::Script(script) => {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            assert_eq!(text(&script.filename), format!("/srv/site{}", text(&script.name)));
            format!("{} + {:?}", text(&script.name), text(&script.path_info))
        }
        other => format!("{other:?}"),
    }
}

fn site(ground: &Ground, try_files: &[&str]) -> Folder {
    let php = plan::Php {
        upstream: 0,
        files: ground.files(try_files),
        script_root: PathBuf::from("/srv/site/"),
        params: Vec::new(),
    };
    Folder::of_php(&php)
}

#[test]
fn a_wordpress_site_finds_its_scripts_and_files() {
    let ground = Ground::new();
    ground
        .write("index.php", "")
        .write("wp-login.php", "")
        .write("wp-admin/index.php", "")
        .write("wp-admin/css/a.css", "")
        .write("wp-content/uploads/image.jpg", "")
        .write("wp-content/uploads/a b.jpg", "")
        .write("manual/index.html", "")
        .write("odd.php/style.css", "")
        .write("odd.php/inner.php", "")
        .write("wp-config.php.bak", "secret")
        .write("wp-config.php~", "secret")
        .write("Old.PHP", "secret")
        .write("part.phtml", "secret")
        .write(".user.ini", "secret")
        .write("../outside.php", "")
        .link("outside.php", "../outside.php")
        .link("linked.php", "index.php");
    let folder = site(&ground, &["{path}", "{path}/", "/index.php"]);
    let front = "/index.php + \"\"";
    for (path, expected) in [
        ("/", front),
        ("/2026/01/hello-world/", front),
        ("/index.php", front),
        ("/index.php/2026/hello", "/index.php + \"/2026/hello\""),
        ("/index.php/", "/index.php + \"/\""),
        ("/index.php/2026/", "/index.php + \"/2026/\""),
        ("/index.php/.NET", "/index.php + \"/.NET\""),
        ("//wp-login.php", "/wp-login.php + \"\""),
        ("/wp-login.php", "/wp-login.php + \"\""),
        ("/wp-login.php/a%20b.php", "/wp-login.php + \"/a b.php\""),
        ("/linked.php", "/linked.php + \"\""),
        ("/wp-admin", "WithoutSlash"),
        ("/wp-admin/", "/wp-admin/index.php + \"\""),
        ("/wp-admin/css/a.css", "file text/css"),
        ("/manual/", "file text/html"),
        ("/wp-content/uploads/image.jpg", "file image/jpeg"),
        ("/wp-content/uploads/a%20b.jpg", "file image/jpeg"),
        ("/odd.php/style.css", "file text/css"),
        ("/odd.php/inner.php/x", "/odd.php/inner.php + \"/x\""),
        // Nothing but scripts that exist is run, and no source is shown.
        ("/wp-content/uploads/image.jpg/x.php", front),
        ("/wp-content/uploads/image.jpg/.php", front),
        ("/nowhere.php", front),
        ("/nowhere.php/index.php", front),
        ("/outside.php", front),
        ("/wp-config.php.bak", front),
        ("/wp-config.php~", front),
        ("/Old.PHP", front),
        ("/part.phtml", front),
        ("/.user.ini", front),
        ("/index.php%2Fx", front),
        ("/index.php/a%2Fb", front),
    ] {
        assert_eq!(found(&folder, path), expected, "{path}");
    }
    let strict = site(&ground, &["{path}", "{path}/"]);
    for path in [
        "/nowhere.php",
        "/wp-config.php.bak",
        "/Old.PHP",
        "/outside.php",
        "/wp-content/uploads/image.jpg/x.php",
    ] {
        assert_eq!(found(&strict, path), "Nothing", "{path}");
    }
    // Where the front controller takes the path as its path info.
    let info = site(&ground, &["{path}", "/index.php{path}"]);
    assert_eq!(found(&info, "/a/b"), "/index.php + \"/a/b\"");
}

#[test]
fn scripts_need_not_be_readable_by_the_gateway() {
    let ground = Ground::new();
    ground.write("index.php", "").mode("index.php", 0o000);
    assert_eq!(found(&site(&ground, &[]), "/"), "/index.php + \"\"");
}
