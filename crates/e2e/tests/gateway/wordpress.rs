//! WordPress as Debian packages it, with MariaDB and PHP-FPM: set up, written in and read through the gateway, which is
//! configured as `docs/php-sites.md` says.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::json;

use crate::bodies::sha256;
use crate::curl::{Answer, Curl};
use crate::goodgate::{ANY, Goodgate, recorded};
use crate::product::{Running, wait_for};
use crate::room::Room;
use crate::script::has_library;
use crate::{mariadb, php_fpm};

/// Where Debian has it, and what is added to it.
const PACKAGE: &str = "/usr/share/wordpress";
const ADDED: &str = "/var/lib/wordpress";
const THEME: &str = "wp-content/themes/twentytwentythree";

const DOCUMENT: &str = include_str!("../../../../docs/php-sites.md");
const RECIPE: &str = "## WordPress from Debian's package";

struct Blog {
    database: Option<Running>,
    fpm: Option<Running>,
    gateway: Goodgate,
    curl: Curl,
    room: Room,
}

impl Blog {
    fn new() -> Option<Self> {
        for (part, package) in [("wp-includes", "wordpress"), (THEME, "wordpress-theme-twentytwentythree")] {
            if !has_library(&format!("{PACKAGE}/{part}"), package) {
                return None;
            }
        }
        let room = Room::new("wordpress");
        let curl = Curl::new(&room)?;
        mariadb::make(&room)?;
        let database = mariadb::start(&room);
        // Nothing is to be mailed.
        let fpm = php_fpm::start(&room, "php.sock", "php_admin_value[sendmail_path] = /bin/true")?;
        unpack(&room);
        let gateway = Goodgate::start(&room, &configuration(&room));
        Some(Self { database, fpm: Some(fpm), gateway, curl, room })
    }

    /// Asks with the cookies of the one browser that there is.
    fn ask(&self, path: &str, words: &[&str]) -> Answer {
        let jar = self.room.file("cookies").display().to_string();
        let page = if path.starts_with("http") { path.to_owned() } else { self.gateway.page(path) };
        self.curl.ask(&[&["--cookie", &jar, "--cookie-jar", &jar], words, &[&page]].concat())
    }

    /// Asks as somebody who never was here.
    fn visit(&self, path: &str, words: &[&str]) -> Answer {
        let page = if path.starts_with("http") { path.to_owned() } else { self.gateway.page(path) };
        self.curl.ask(&[words, &[&page]].concat())
    }

    /// A call of the REST interface, and what it made.
    fn call(&self, path: &str, words: &[&str], status: u16) -> serde_json::Value {
        let nonce = self.ask("/wp-admin/admin-ajax.php?action=rest-nonce", &[]).text();
        let nonce = format!("X-WP-Nonce: {nonce}");
        let answer = self.ask(&format!("/wp-json/wp/v2{path}"), &[&["--header", &nonce], words].concat());
        assert_eq!(answer.came(), (0, status), "{path}: {answer:?}");
        answer.document()
    }
}

/// A copy of the package in the room, in the same two folders and with the same links.
fn unpack(room: &Room) {
    let site = room.file("wordpress");
    copy(Path::new(PACKAGE), &site);
    copy(&Path::new(ADDED).join("wp-content"), &room.file("added/wp-content"));
    let theme = room.file("added").join(THEME);
    fs::remove_file(&theme).unwrap();
    symlink(site.join(THEME), theme).unwrap();
    // PHP's workers may run as another user.
    let uploads = room.file("added/wp-content/uploads");
    fs::set_permissions(uploads, fs::Permissions::from_mode(0o777)).unwrap();
    // Debian's reads /etc/wordpress, which is not the test's.
    fs::remove_file(site.join("wp-config.php")).unwrap();
    let (name, password, folder) = (mariadb::NAME, mariadb::PASSWORD, room.path.display());
    let settings = format!(
        "<?php\ndefine('DB_NAME', '{name}');\ndefine('DB_USER', '{name}');\ndefine('DB_PASSWORD', '{password}');\n\
         define('DB_HOST', 'localhost:{folder}/{socket}');\ndefine('DB_CHARSET', 'utf8mb4');\n$table_prefix = 'wp_';\n\
         define('WP_CONTENT_DIR', '{folder}/added/wp-content');\ndefine('DISABLE_WP_CRON', true);\n\
         define('WP_HTTP_BLOCK_EXTERNAL', true);\ndefine('ABSPATH', __DIR__ . '/');\n\
         require_once ABSPATH . 'wp-settings.php';\n",
        socket = mariadb::SOCKET
    );
    room.put("wordpress/wp-config.php", &settings);
}

/// Copies a folder; links lead to where they led.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        } else if let Ok(meant) = entry.path().canonicalize() {
            symlink(meant, target).unwrap();
        }
    }
}

/// The documented one, with the room's folders.
fn configuration(room: &Room) -> String {
    let (_, text) = DOCUMENT.split_once(RECIPE).unwrap();
    let (_, text) = text.split_once("```toml\n").unwrap();
    let mut text = text.split_once("```").unwrap().0.to_owned();
    for (written, here) in [
        ("\"http://:80\"", format!("\"{ANY}\"")),
        ("\"blog.example\"", "\"127.0.0.1\"".to_owned()),
        (PACKAGE, room.file("wordpress").display().to_string()),
        (ADDED, room.file("added").display().to_string()),
        ("/run/php/php8.2-fpm.sock", room.file("php.sock").display().to_string()),
        ("[process]\nuser = \"www-data\"\n", String::new()),
    ] {
        assert!(text.contains(written), "{written} is not in the document");
        text = text.replace(written, &here);
    }
    text
}

#[test]
fn wordpress_is_set_up_written_in_and_read() {
    let Some(mut blog) = Blog::new() else { return };
    set_up(&blog);
    log_in(&blog);
    styles_and_scripts_are_there(&blog);
    let link = publish(&blog);
    upload(&blog);
    visitors_come(&blog, &link);
    fail(&mut blog, &link);
}

fn set_up(blog: &Blog) {
    let first = blog.ask("/", &[]);
    assert_eq!(
        (first.came(), first.field("location")),
        ((0, 302), Some(&*blog.gateway.page("/wp-admin/install.php")))
    );
    let form = blog.ask("/wp-admin/install.php", &[]);
    assert!(form.came() == (0, 200) && form.text().contains("id=\"setup\""), "{form:?}");
    // It asks itself, through the gateway, whether readable addresses work.
    let said = "weblog_title=A+shop&user_name=ada&admin_password=pass-of-ada&admin_password2=pass-of-ada&pw_weak=1&\
                admin_email=ada%40example.com&blog_public=0&language=";
    let done = blog.ask("/wp-admin/install.php?step=2", &["--data", said]);
    assert!(done.came() == (0, 200) && done.text().contains("<h1>Success!</h1>"), "{}", done.text());
}

fn log_in(blog: &Blog) {
    let closed = blog.visit("/wp-admin/", &[]);
    assert_eq!(closed.came(), (0, 302));
    assert!(closed.field("location").unwrap().contains("/wp-login.php?redirect_to="), "{closed:?}");
    let cookies =
        |answer: &Answer| answer.head.to_ascii_lowercase().matches("set-cookie: wordpress_").count();
    assert_eq!(cookies(&blog.ask("/wp-login.php", &[])), 1);
    let wrong = blog.ask("/wp-login.php", &["--data", "log=ada&pwd=no&testcookie=1"]);
    assert!(wrong.came() == (0, 200) && wrong.text().contains("login_error"), "{wrong:?}");
    let right = blog.ask("/wp-login.php", &["--data", "log=ada&pwd=pass-of-ada&testcookie=1"]);
    assert_eq!((right.came(), right.field("location")), ((0, 302), Some(&*blog.gateway.page("/wp-admin/"))));
    assert!(cookies(&right) >= 3, "{right:?}");
    let slash = blog.ask("/wp-admin", &[]);
    assert_eq!(slash.came(), (0, 301), "{slash:?}");
}

/// What the dashboard and the home page name, Debian's links among them.
fn styles_and_scripts_are_there(blog: &Blog) {
    let dashboard = blog.ask("/wp-admin/", &[]);
    assert!(dashboard.came() == (0, 200) && dashboard.text().contains("<title>Dashboard"), "{dashboard:?}");
    let here = blog.gateway.page("/");
    let text = dashboard.text() + &blog.visit("/", &[]).text();
    let named = text.split(['\'', '"']).filter(|word| word.starts_with(&here));
    let mut files: Vec<String> = named
        .filter(|word| [".css?", ".js?"].iter().any(|end| word.contains(end)))
        .map(|word| word.replace("&#038;", "&"))
        .collect();
    files.sort();
    files.dedup();
    assert!(files.len() > 20 && files.iter().any(|file| file.contains("underscore.min.js")), "{files:?}");
    for file in files {
        let answer = blog.ask(&file, &[]);
        assert_eq!(answer.came(), (0, 200), "{file}: {answer:?}");
        let kind = answer.field("content-type").unwrap();
        assert!(kind.starts_with("text/css") || kind.contains("javascript"), "{file}: {kind}");
    }
    let style = blog.visit(&format!("/{THEME}/style.css"), &[]);
    assert!(style.came() == (0, 200) && style.text().contains("Theme Name"), "{style:?}");
}

/// Writes an article; its address.
fn publish(blog: &Blog) -> String {
    let article = json!({"title": "Grand opening", "content": "<p>All is new.</p>", "status": "publish"});
    let words = ["--header", "Content-Type: application/json", "--data", &article.to_string()];
    let made = blog.call("/posts", &words, 201);
    let link = made["link"].as_str().unwrap().to_owned();
    assert!(link.ends_with("/grand-opening/"), "{link}");
    let page = blog.visit(&link, &[]);
    assert!(page.came() == (0, 200) && page.text().contains("All is new."), "{page:?}");
    assert_eq!(blog.visit(&link, &["--head"]).came(), (0, 200));
    for other in [link.trim_end_matches('/').to_owned(), blog.gateway.page(&format!("/?p={}", made["id"]))] {
        let moved = blog.visit(&other, &[]);
        assert_eq!((moved.came(), moved.field("location")), ((0, 301), Some(&*link)), "{other}");
    }
    blog.call("/posts/1", &["--request", "DELETE"], 200);
    link
}

fn upload(blog: &Blog) {
    let image = blog.room.file("wordpress").join(THEME).join("screenshot.png");
    let file = format!("file=@{}", image.display());
    let made = blog.call("/media", &["--form", "title=The shop", "--form", &file], 201);
    let address = made["source_url"].as_str().unwrap();
    let whole = blog.visit(address, &["--output", &blog.room.file("got.png").display().to_string()]);
    assert_eq!((whole.came(), whole.field("content-type")), ((0, 200), Some("image/png")), "{whole:?}");
    assert_eq!(sha256(&blog.room.file("got.png")), sha256(&image));
    let bytes = fs::read(&image).unwrap();
    let part = blog.visit(address, &["--range", "1000-1999"]);
    assert_eq!((part.came(), &part.body[..]), ((0, 206), &bytes[1000..2000]));
    assert_eq!(part.field("content-range"), Some(&*format!("bytes 1000-1999/{}", bytes.len())));
    let known = format!("If-None-Match: {}", part.field("etag").unwrap());
    assert_eq!(blog.visit(address, &["--header", &known]).came(), (0, 304));
    // Smaller ones that PHP made of it.
    let small = made["media_details"]["sizes"]["thumbnail"]["source_url"].as_str().unwrap();
    assert_eq!(blog.visit(small, &[]).came(), (0, 200));
    // A script among the uploads is a file like any other.
    blog.room.put("added/wp-content/uploads/sneaky.php", "<?php echo 6 * 7;");
    assert_ne!(blog.visit("/wp-content/uploads/sneaky.php", &[]).text(), "42");
}

fn visitors_come(blog: &Blog, link: &str) {
    let feed = blog.visit("/feed/", &[]);
    assert!(feed.field("content-type").unwrap().starts_with("application/rss+xml"), "{feed:?}");
    let known = ["etag", "last-modified"].map(|name| feed.field(name).unwrap().to_owned());
    let known = [format!("If-None-Match: {}", known[0]), format!("If-Modified-Since: {}", known[1])];
    let again = blog.visit("/feed/", &["--header", &known[0], "--header", &known[1]]);
    assert_eq!((again.came(), again.body.len()), ((0, 304), 0), "{again:?}");

    let article = blog.visit(link, &[]).text();
    let (_, id) = article.split_once("name='comment_post_ID' value='").unwrap();
    let id = id.split('\'').next().unwrap();
    let said = format!("comment=Congratulations&author=Bob&email=bob%40example.com&comment_post_ID={id}");
    let commented = blog.visit("/wp-comments-post.php", &["--data", &said]);
    assert_eq!(commented.came(), (0, 302), "{commented:?}");
    assert!(commented.field("location").unwrap().starts_with(link), "{commented:?}");

    let ajax = blog.visit("/wp-admin/admin-ajax.php", &["--data", "action=none"]);
    assert_eq!((ajax.came(), ajax.text().as_str()), ((0, 400), "0"));
    let lost = blog.visit("/no/such/page/", &[]);
    assert!(lost.came() == (0, 404) && lost.text().contains("Page not found"), "{lost:?}");
    assert!(lost.field("proxy-status").is_none_or(|told| !told.contains("error=")), "{lost:?}");
    // What is nobody's business: settings are run, not shown.
    assert_eq!(blog.visit("/wp-config.php", &[]).text(), "");
    let hidden = blog.visit("/.htaccess", &[]);
    assert!(hidden.came() == (0, 404) && !hidden.text().contains("Rewrite"), "{hidden:?}");
}

fn fail(blog: &mut Blog, link: &str) {
    // WordPress's own failure is WordPress's.
    blog.database = None;
    let without = blog.visit(link, &[]);
    assert!(without.came() == (0, 500) && without.text().contains("database connection"), "{without:?}");
    assert!(without.field("proxy-status").is_none_or(|told| !told.contains("error=")), "{without:?}");
    blog.database = mariadb::start(&blog.room);
    assert_eq!(blog.visit(link, &[]).came(), (0, 200));

    blog.fpm = None;
    let gone = blog.visit(link, &["--header", "Accept: text/html"]);
    assert_eq!(gone.came(), (0, 502), "{gone:?}");
    assert!(gone.field("proxy-status").unwrap().contains("error=connection_refused"), "{gone:?}");
    assert!(gone.text().contains("<html") && !gone.text().contains("php.sock"), "{gone:?}");
    let path = link.strip_prefix(blog.gateway.page("").as_str()).unwrap();
    let named = wait_for("the access log", || {
        // Cores hand over their lines each for itself: the line of the visit before may come behind this one.
        recorded(&blog.room, path).into_iter().find(|record| record["status"] == 502)
    });
    assert_eq!(named["error"], "connection_refused", "{named}");
    // Files need no PHP.
    assert_eq!(blog.visit(&format!("/{THEME}/style.css"), &[]).came(), (0, 200));
}
