//! What is said of each thing that can be wrong: a configuration, and the line, the key and parts of the words.

use std::path::Path;

use super::*;

mod any_text;
mod sites;

/// A configuration with one thing wrong, and where and how that is told.
struct Case {
    text: &'static str,
    line: usize,
    key: &'static str,
    says: &'static str,
    hint: &'static str,
}

const fn case(
    text: &'static str,
    line: usize,
    key: &'static str,
    says: &'static str,
    hint: &'static str,
) -> Case {
    Case { text, line, key, says, hint }
}

/// A site, so that only what is asked about is wrong.
const SITE: &str = "\n[[site]]\nrespond = \"ok\"\n";
/// A site and an upstream that it uses, likewise.
const SHOP: &str = "\n[[site]]\nupstream = \"shop\"\n[upstream.shop]\nservers = \"http://127.0.0.1:3000\"\n";

/// Files that a configuration names: anything that ends in `.pem` is a certificate and a key.
fn files(path: &Path) -> io::Result<Vec<u8>> {
    match path.extension().and_then(|end| end.to_str()) {
        Some("pem") => Ok(b"-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n".to_vec()),
        Some("empty") => Ok(Vec::new()),
        Some("secret") => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn problems(text: &str) -> Vec<Problem> {
    let (plan, problems) = read_with(text, "goodgate.toml", &files);
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(plan.is_none(), failed, "{problems:#?}\n{text}");
    problems
}

/// Each alone, above or below what makes the rest right.
fn hold(cases: &[Case], rest: &str, severity: Severity) {
    for case in cases {
        let text = format!("{}{rest}", case.text);
        let problems = problems(&text);
        let [problem] = problems.as_slice() else { panic!("{problems:#?}\n{text}") };
        assert_eq!((problem.line, problem.key.as_str()), (case.line, case.key), "{problem:#?}\n{text}");
        assert_eq!(problem.severity, severity, "{problem:#?}");
        assert!(problem.what.contains(case.says), "{problem:#?}");
        assert!(problem.hint.as_deref().unwrap_or("").contains(case.hint), "{problem:#?}");
    }
}

#[test]
fn keys_and_values() {
    let cases = [
        case("lisen = \":80\"", 1, "lisen", "no key", "perhaps listen"),
        case("include = \"other.toml\"", 1, "include", "no key", "one file says everything"),
        case(
            "[limits]\nhead_timeout = 5",
            2,
            "limits.head_timeout",
            "a length of time",
            "head_timeout = \"10s\"",
        ),
        case("[limits]\nhead_timeout = \"5\"", 2, "limits.head_timeout", "no length of time", "\"5s\""),
        case("[limits]\nbody_size = \"5 apples\"", 2, "limits.body_size", "no size", "KiB"),
        case("[limits]\nstreams = 0", 2, "limits.streams", "out of range", "from 1 to 1000"),
        case("[limits]\nstreams = -1", 2, "limits.streams", "out of range", "from 1 to 1000"),
        case("[access_log]\nformat = \"jsn\"", 2, "access_log.format", "not known", "perhaps \"json\""),
        case("[access_log]\nformat = 3", 2, "access_log.format", "one of", "for example: format ="),
        case("trusted_proxies = [\"192.0.2.0/40\"]", 1, "trusted_proxies[0]", "too many bits", "32"),
        case(
            "trusted_proxies = [\"192.0.2.0/24\", 7]",
            1,
            "trusted_proxies[1]",
            "an address or",
            "for example",
        ),
        case("name = \"a b\"", 1, "name", "cannot be sent", "goodgate"),
        case(
            "[[error_page]]\nstatus = 502\nfile = \"none.html\"",
            3,
            "error_page[0].file",
            "there is no file",
            "folder",
        ),
        case("[[error_page]]\nstatus = 502", 1, "error_page[0].file", "file is missing", "file ="),
        case(
            "[[error_page]]\nstatus = 200\nfile = \"a.pem\"",
            2,
            "error_page[0].status",
            "400 to 599",
            "500",
        ),
        case("[process]\ngroup = \"www-data\"", 2, "process.group", "together with the user", "user ="),
    ];
    hold(&cases, SITE, Severity::Error);
}

#[test]
fn addresses() {
    let cases = [
        case("listen = [\":80\", \"0.0.0.0:80\"]", 1, "listen[1]", "already (line 1)", "away"),
        case(
            "listen = [\":80\", \"127.0.0.1:80\"]",
            1,
            "listen[1]",
            "already (line 1)",
            "127.0.0.1:80 (it is among",
        ),
        case(
            "listen = [\"192.0.2.1:80\", \":80\"]",
            1,
            "listen[1]",
            "takes in 192.0.2.1:80",
            "take 192.0.2.1:80",
        ),
        case(
            "listen = [\"0.0.0.0:80\", \"[::]:80\"]",
            1,
            "listen[1]",
            "takes in 0.0.0.0:80",
            "take 0.0.0.0:80",
        ),
        case("admin = \"127.0.0.1:80\"\nlisten = \":80\"", 1, "admin", "clients", "port of its own"),
        case("admin = \"localhost:8080\"", 1, "admin", "clients", "port of its own"),
        case("listen = \":443x\"", 1, "listen", "no port", "65535"),
        case("listen = \"https://:443\"", 1, "listen", "no certificate", "certificates = "),
        case("listen = []", 1, "listen", "nobody can connect", "127.0.0.1:8080"),
        case("admin = \":9180\"", 1, "admin", "no token", "127.0.0.1:9180"),
        case(
            "[[listen]]\naddress = \"http://:1\"\ntls = true\n[tls]\ncertificates = []",
            3,
            "listen[0].tls",
            "otherwise",
            "one",
        ),
    ];
    hold(&cases, SITE, Severity::Error);
}

#[test]
fn certificates() {
    let with =
        |certificate: &str| format!("listen = \"https://:443\"\ntls.certificates = [{certificate}]{SITE}");
    assert_eq!(problems(&with("{ chain = \"a.pem\", key = \"b.pem\" }")), []);
    for (certificate, key, says) in [
        ("{ chain = \"a.pem\" }", "tls.certificates[0].key", "key is missing"),
        ("{ chain = \"a.empty\", key = \"b.pem\" }", "tls.certificates[0].chain", "holds no certificate"),
        ("{ chain = \"a.pem\", key = \"b.empty\" }", "tls.certificates[0].key", "holds no private key"),
        ("{ chain = \"a.pem\", key = \"b.secret\" }", "tls.certificates[0].key", "may not be read"),
    ] {
        let problems = problems(&with(certificate));
        let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
        assert_eq!((problem.line, problem.key.as_str()), (2, key));
        assert!(problem.what.contains(says), "{problem:#?}");
    }
}

#[test]
fn a_token_that_may_not_be_read_is_not_forgotten() {
    let text = format!("admin = {{ address = \":9180\", token_file = \"admin.secret\" }}{SITE}");
    let (plan, problems) = read_with(&text, "/etc/goodgate/goodgate.toml", &files);
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!((problem.key.as_str(), problem.severity), ("admin.token_file", Severity::Warning));
    let token = plan.unwrap().admin.unwrap().token.unwrap();
    assert_eq!((token.file.to_str(), token.text), (Some("/etc/goodgate/admin.secret"), None));
}

#[test]
fn warnings() {
    let cases = [
        case("[upstream.b]\nservers = \"http://a\"", 1, "upstream.b", "no route leads", "upstream = \"b\""),
        case(
            "full_account_for = [\"192.0.2.1\", \"127.0.0.1\"]",
            1,
            "full_account_for[1]",
            "through another proxy",
            "trusted_proxies",
        ),
        case("full_account_for = \"0.0.0.0/0\"", 1, "full_account_for", "everybody", "your own"),
        case("trusted_proxies = [\"::/0\"]", 1, "trusted_proxies[0]", "claim any", "in front only"),
        case(
            "tls.certificates = { chain = \"a.pem\", key = \"a.pem\" }",
            1,
            "tls.certificates",
            "not used",
            "https://",
        ),
        case(
            "[[site]]\nhost = \"a.example\"\n[[site.route]]\npath = \"/a/*\"\nrespond = \"\"\n[[site.route]]\npath = \"/a/b\"\nrespond = \"\"",
            7,
            "site[0].route[1].path",
            "(line 4)",
            "in front",
        ),
        case(
            "[[site]]\nhost = \"a.example\"\nfiles = { root = \"/w\", try_files = \"{path}\" }",
            3,
            "site[0].files.try_files",
            "no end",
            "=404",
        ),
        case(
            "[[site]]\nhost = \"a.example\"\n[[site.route]]\nrespond = \"\"\nsend_host = \"a\"",
            5,
            "site[0].route[0].send_host",
            "no effect",
            "upstream",
        ),
    ];
    hold(&cases, SHOP, Severity::Warning);
    let cases = [
        case(
            "health = { every = \"2s\", timeout = \"2s\" }",
            5,
            "upstream.a.health.timeout",
            "2s",
            "shorter",
        ),
        case("timeout = { head = \"500ms\" }", 5, "upstream.a.timeout.head", "less time", "longer"),
        case("eject = { time = \"2m\" }", 5, "upstream.a.eject.time", "longer", "time_max"),
        case("queue = 50\nconnections = 10", 5, "upstream.a.queue", "50 requests", "connections.max"),
        case("tls.insecure = true", 5, "upstream.a.tls.insecure", "any certificate", "ca = "),
        case(
            "tls = { insecure = true, ca = \"a.pem\" }",
            5,
            "upstream.a.tls.insecure",
            "any certificate",
            "take insecure away",
        ),
    ];
    for one in cases {
        let text = format!(
            "[[site]]\nupstream = \"a\"\n[upstream.a]\nservers = \"https://a.example\"\n{}",
            one.text
        );
        let problems = problems(&text);
        let [problem] = problems.as_slice() else { panic!("{problems:#?}\n{text}") };
        assert_eq!(
            (problem.line, problem.key.as_str(), problem.severity),
            (one.line, one.key, Severity::Warning)
        );
        assert!(
            problem.what.contains(one.says) && problem.hint.as_deref().unwrap_or("").contains(one.hint),
            "{problem:#?}"
        );
    }
    let backups =
        "[[site]]\nupstream = \"a\"\n[upstream.a]\nservers = [{ url = \"http://a\", backup = true }]";
    assert!(problems(backups)[0].what.contains("backups"));
}

#[test]
fn everything_is_told_at_once_and_nothing_for_what_follows_from_it() {
    let text = "lisen = \":80\"\n[[site]]\nhost = \"a b\"\nupstrem = \"shop\"\n[upstream.shop]\nservers = 5\n[limits]\nstreams = \"x\"\n";
    let told: Vec<(usize, String)> = problems(text).into_iter().map(|one| (one.line, one.key)).collect();
    let wanted = [
        (1, "lisen"),
        (3, "site[0].host"),
        (4, "site[0].upstrem"),
        (6, "upstream.shop.servers"),
        (8, "limits.streams"),
    ];
    assert_eq!(told, wanted.map(|(line, key)| (line, key.to_owned())));
}

#[test]
fn syntax_in_plain_words() {
    for (text, line, says, hint) in [
        ("listen = 127.0.0.1:80", 1, "no value in TOML", "listen = \"127.0.0.1:80\""),
        ("name = goodgate", 1, "no value", "name = \"goodgate\""),
        ("\nname = \"goodgate", 2, "no end", "quotes"),
        ("name =", 1, "no value", "name ="),
        ("[[site]\nhost = \"a\"", 1, "heading", "[[list of tables]]"),
        ("[site\nhost = \"a\"", 1, "heading", "bracket"),
        ("listen: \":80\"", 1, "no =", "listen = \":80\""),
        ("server {\n}\n", 1, "no TOML", "semicolon"),
        ("listen 80;", 1, "no TOML", "semicolon"),
        ("name = \"a\"\nname = \"b\"", 2, "second time", "once"),
        ("[[site]]\nx = [1, 2", 2, "list", "square brackets"),
        ("include other.toml", 1, "no include", "one file"),
        ("\u{0}", 1, "", ""),
    ] {
        let problems = problems(text);
        let problem = &problems[0];
        assert_eq!((problem.line, problem.severity), (line, Severity::Error), "{text}: {problems:#?}");
        assert!(problem.what.contains(says), "{text}: {problems:#?}");
        assert!(problem.hint.as_deref().unwrap_or("").contains(hint), "{text}: {problems:#?}");
    }
}

#[test]
fn command_lines() {
    let plan = |listen: &[&str], to: &[&str], root: Option<&str>| {
        let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        from_arguments(&Arguments { listen: own(listen), to: own(to), root: root.map(Into::into) })
    };
    let two = plan(&[":8080"], &["http://127.0.0.1:3000", "127.0.0.1:3001"], None).unwrap();
    assert_eq!(two.listeners[0].address.to_string(), "[::]:8080");
    assert_eq!(two.upstreams[0].servers.len(), 2);
    // The same as a file that says so.
    let (file, _) = read_with(
        "listen = \":8080\"\n[[site]]\nupstream = \"upstream\"\n[upstream.upstream]\n\
         servers = [\"http://127.0.0.1:3000\", \"http://127.0.0.1:3001\"]",
        "goodgate.toml",
        &files,
    );
    assert_eq!(Some(two), file);
    let php = plan(&[], &["fastcgi+unix:/run/php.sock"], Some("/var/www")).unwrap();
    let (file, _) = read_with(
        "[[site]]\nphp = { upstream = \"upstream\", root = \"/var/www\" }\n[upstream.upstream]\n\
         servers = \"fastcgi+unix:/run/php.sock\"",
        "goodgate.toml",
        &files,
    );
    assert_eq!(Some(php), file);
    assert!(plan(&[], &[], Some("/var/www")).is_ok());
    for (listen, to, root, key, says) in [
        (&["8080"][..], &["http://a"][..], None, "--listen", "port alone"),
        (&["https://:443"], &["http://a"], None, "--listen", "certificate"),
        (&[":1", ":1"], &["http://a"], None, "--listen", "already"),
        (&["[::]:1", "127.0.0.1:1"], &["http://a"], None, "--listen", "already"),
        (&[], &[], None, "--to", "no server"),
        (&[], &["http://a", "http://a:80"], None, "--to", "twice"),
        (&[], &["http://a", "fastcgi://b:1"], None, "--to", "do not speak"),
        (&[], &["fastcgi://b:1"], None, "--to", "where scripts are"),
        (&[], &["http://a"], Some("/w"), "--root", "themselves"),
        (&[], &["ftp://a"], None, "--to", "not spoken"),
    ] {
        let problems = plan(listen, to, root).unwrap_err();
        assert_eq!((problems.len(), problems[0].key.as_str()), (1, key), "{problems:#?}");
        assert!(problems[0].what.contains(says), "{problems:#?}");
    }
}

#[test]
fn its_own_file_is_recognised() {
    assert!(recognise("/etc/goodgate/goodgate.toml", ""));
    assert!(recognise("edge.toml", SHOP) && recognise("-", SHOP));
    assert!(
        !recognise("Cargo.toml", "[package]\nname = \"x\"\n") && !recognise("nginx.conf", "server {\n}\n")
    );
}
