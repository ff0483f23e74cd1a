//! Real application servers, broken as every process recipe says, asked directly. Where a server is not installed its
//! recipes are passed over with a message, unless `GOODGATE_REQUIRE_PRODUCTS` is `1`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test; what it passes over it says where the test runner shows it"
)]

use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use goodgate_lab::{Act, App, Application, LabError, Reach, Recipe, Speaks, recipes};

/// Longer than any server here takes to give up by itself, and shorter than its slow requests.
const PATIENCE: Duration = Duration::from_secs(6);
/// Where silence is what is expected, it does not have to be a long one.
const SHORT: Duration = Duration::from_millis(700);

/// A folder that is gone with the test. Short, because the path of a unix socket must be.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gg-lab-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every process recipe of these servers, or those that fit.
fn chosen(wanted: impl Fn(&Recipe) -> bool) -> Vec<&'static Arc<Recipe>> {
    recipes().iter().filter(|recipe| recipe.process.is_some() && wanted(recipe)).collect()
}

fn runs_on(recipe: &Recipe, app: App) -> bool {
    recipe.process.as_ref().is_some_and(|process| process.app == app)
}

/// The application, or a message why it is passed over.
fn prepare(recipe: &Recipe, folder: &Folder) -> Option<Application> {
    match Application::prepare(recipe, &folder.0) {
        Ok(application) => Some(application),
        Err(LabError::Unplayable { recipe, why, mend }) => {
            let required = std::env::var_os("GOODGATE_REQUIRE_PRODUCTS").is_some_and(|value| value == "1");
            assert!(!required || !why.contains("installed"), "{recipe}: {why}; {mend}");
            eprintln!("passed over {recipe}: {why}; {mend}");
            None
        }
        Err(other) => panic!("{}: {other}", recipe.name),
    }
}

/// What an asker sees, in the words of the recipe's symptoms as far as somebody can who is no gateway.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Refused,
    NotAllowed,
    Unroutable,
    NoConnection,
    Silence,
    Closed,
    Answer(Option<u16>),
}

fn see(application: &Application, recipe: &Recipe) -> Seen {
    let waits = recipe.process.as_ref().is_some_and(|process| process.gateway_waits.is_some());
    let killed = acts(recipe).iter().any(|act| matches!(act, Act::KillWorker(_)));
    let silent = recipe.truth.symptom.iter().any(|symptom| {
        matches!(symptom.as_str(), "connection_timeout" | "connection_read_timeout" | "http_response_timeout")
    });
    let patience = if silent && !waits && !killed { SHORT } else { PATIENCE };
    let target = format!("/r/{}/0502{}", recipe.name, application.path());
    match application.ask(&target, patience) {
        Ok(answer) if answer.is_empty() => Seen::Closed,
        Ok(answer) => Seen::Answer(status(&answer, application.speaks())),
        Err(problem) => match problem.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Seen::Refused,
            io::ErrorKind::PermissionDenied => Seen::NotAllowed,
            io::ErrorKind::HostUnreachable => Seen::Unroutable,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Seen::Closed,
            io::ErrorKind::TimedOut => Seen::NoConnection,
            // A read that runs into its time limit, and a unix socket whose queue is full.
            io::ErrorKind::WouldBlock if acts(recipe).iter().any(is_backlog) => Seen::NoConnection,
            io::ErrorKind::WouldBlock => Seen::Silence,
            _ => panic!("{}: {problem}", recipe.name),
        },
    }
}

fn acts(recipe: &Recipe) -> &[Act] {
    recipe.process.as_ref().map_or(&[], |process| &process.acts)
}

fn is_backlog(act: &Act) -> bool {
    matches!(act, Act::Setting(line) if line.contains("backlog"))
}

/// The status of an answer; a CGI program that says none means 200 (RFC 3875 §6.3.3).
fn status(answer: &[u8], speaks: Speaks) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let code = |line: &str| line.split(' ').nth(1)?.parse().ok();
    if speaks == Speaks::Fastcgi {
        return head.lines().find(|line| line.starts_with("Status: ")).map_or(Some(200), code);
    }
    text.starts_with("HTTP/1.").then(|| head.lines().next().and_then(code))?
}

/// What an asker has to see of a recipe.
fn fits(recipe: &Recipe, seen: &Seen) -> bool {
    let delivered = recipe.gateway.delivers.as_ref().map(|delivery| delivery.status);
    if recipe.truth.symptom.is_empty() {
        return *seen == Seen::Answer(delivered);
    }
    recipe.truth.symptom.iter().any(|symptom| match symptom.as_str() {
        "connection_refused" => *seen == Seen::Refused,
        // Root is never refused by a file's mode; that the mode is so is held by a test of its own.
        "proxy_configuration_error" => matches!(seen, Seen::NotAllowed | Seen::Answer(Some(200))),
        "destination_ip_unroutable" => *seen == Seen::Unroutable,
        "connection_timeout" => *seen == Seen::NoConnection,
        "connection_read_timeout" | "http_response_timeout" => *seen == Seen::Silence,
        "connection_terminated" => *seen == Seen::Closed,
        _ => *seen == Seen::Answer(Some(200)),
    })
}

/// Breaks, looks and mends, so many times: what was done once has to work again.
fn play(recipe: &Recipe, rounds: u32) {
    let folder = Folder::new();
    let Some(mut application) = prepare(recipe, &folder) else { return };
    for round in 1..=rounds {
        application.start().unwrap_or_else(|problem| panic!("{}: {problem}", recipe.name));
        let seen = see(&application, recipe);
        application.during().unwrap_or_else(|problem| panic!("{}: {problem}", recipe.name));
        assert!(
            fits(recipe, &seen),
            "{} (round {round}): seen {seen:?}\n{:#?}\n{:#?}",
            recipe.name,
            application.logs(),
            application.host()
        );
        let host = application.host();
        assert!(
            host.iter().any(|(name, text)| name == "ss.txt" && text.starts_with("$ ss -ltnpx\n")),
            "{host:?}"
        );
        application.heal().unwrap_or_else(|problem| panic!("{}: {problem}", recipe.name));
        let healthy = application.ask("/r/x/c0ffee", PATIENCE).unwrap();
        assert!(String::from_utf8_lossy(&healthy).ends_with("\r\n\r\nlab c0ffee\n"), "{}", recipe.name);
    }
}

#[test]
fn php_fpm_on_a_unix_socket_fails_as_its_recipes_say() {
    chosen(|recipe| runs_on(recipe, App::PhpFpm)).into_iter().for_each(|recipe| play(recipe, 2));
}

#[test]
fn php_fpm_on_a_port_fails_as_its_recipes_say() {
    chosen(|recipe| runs_on(recipe, App::PhpFpmTcp)).into_iter().for_each(|recipe| play(recipe, 2));
}

// These take a second to start.

#[test]
fn gunicorn_fails_as_its_recipes_say() {
    chosen(|recipe| runs_on(recipe, App::Gunicorn)).into_iter().for_each(|recipe| play(recipe, 1));
}

#[test]
fn uwsgi_fails_as_its_recipes_say() {
    chosen(|recipe| runs_on(recipe, App::Uwsgi)).into_iter().for_each(|recipe| play(recipe, 1));
}

fn recipe(name: &str) -> &'static Recipe {
    recipes().iter().find(|recipe| recipe.name == name).unwrap()
}

#[test]
fn its_own_log_names_the_cause() {
    for (name, log, says) in [
        ("php-fpm-segfault", "php-fpm.log", "exited on signal 11 (SIGSEGV"),
        ("php-fpm-worker-killed", "php-fpm.log", "exited on signal 9 (SIGKILL"),
        ("php-fpm-terminate-timeout", "php-fpm.log", "execution timed out"),
        ("php-fpm-bad-setting", "php-fpm.log", "pm.max_children"),
        ("php-fpm-fatal-own-log", "php-errors.log", "PHP Fatal error"),
        ("gunicorn-worker-timeout", "gunicorn.log", "WORKER TIMEOUT"),
        ("gunicorn-import-error", "gunicorn.log", "No module named 'shelf_of_the_shop'"),
        ("uwsgi-harakiri", "uwsgi.log", "HARAKIRI"),
        ("uwsgi-import-error", "uwsgi.log", "no python application found"),
    ] {
        let folder = Folder::new();
        let Some(mut application) = prepare(recipe(name), &folder) else { continue };
        application.start().unwrap();
        see(&application, recipe(name));
        // The main process hears of a worker's end a moment after the client.
        let written = until(|| {
            application.logs().iter().any(|(file, text)| file.starts_with(log) && text.contains(says))
        });
        assert!(written || is_printed(&application, says), "{name}: {:#?}", application.logs());
    }
}

/// Before its log is open, a server can only print.
fn is_printed(application: &Application, says: &str) -> bool {
    application.logs().iter().any(|(file, text)| file.ends_with(".out") && text.contains(says))
}

fn until(mut is_so: impl FnMut() -> bool) -> bool {
    (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        is_so()
    })
}

#[test]
fn what_belongs_to_root_alone_is_closed_to_others_and_open_again_after_healing() {
    for name in ["php-fpm-socket-mode", "php-fpm-folder-mode"] {
        let folder = Folder::new();
        let Some(mut application) = prepare(recipe(name), &folder) else { continue };
        assert!(application.needs_gateway_without_root());
        let Reach::Unix(socket) = application.reach().clone() else {
            panic!("{name} is about a unix socket")
        };
        let others_may_connect = || {
            let mut command = std::process::Command::new("test");
            command.arg("-w").arg(&socket).uid(65534).gid(65534).status().unwrap().success()
        };
        application.start().unwrap();
        assert!(!others_may_connect(), "{name}");
        let host = application.host();
        assert!(
            host.iter().any(|(file, text)| file == "ls-socket.txt" && text.contains("root root")),
            "{host:?}"
        );
        application.heal().unwrap();
        assert!(others_may_connect(), "{name}");
    }
}

#[test]
fn what_the_packet_filter_does_is_seen_on_the_host_and_nothing_is_left_behind() {
    let folder = Folder::new();
    let Some(mut application) = prepare(recipe("gunicorn-filtered"), &folder) else { return };
    application.start().unwrap();
    let host = application.host();
    let seen = |file: &str, text: &str| host.iter().any(|(name, said)| name == file && said.contains(text));
    assert!(seen("nft.txt", "tcp dport 9000 drop") && seen("ss.txt", ":9000"), "{host:?}");
    // The namespace of its main process, which is the first that `ps` shows.
    let (_, processes) = host.iter().find(|(name, _)| name == "ps.txt").unwrap();
    let main = processes.lines().nth(2).and_then(|line| line.split_ascii_whitespace().nth(1)).unwrap();
    let said = std::process::Command::new("ip").args(["netns", "identify", main]).output().unwrap();
    let namespace = PathBuf::from("/run/netns").join(String::from_utf8(said.stdout).unwrap().trim());
    assert!(namespace.is_file(), "{}", namespace.display());
    application.heal().unwrap();
    drop(application);
    assert!(!namespace.exists(), "{}", namespace.display());
}

#[test]
fn what_is_dropped_leaves_no_process_and_no_listener() {
    let folder = Folder::new();
    let Some(mut application) = prepare(recipe("php-fpm-tcp-suspended"), &folder) else { return };
    application.start().unwrap();
    let Reach::Tcp(at) = *application.reach() else { panic!("it has an address") };
    assert!(std::net::TcpStream::connect_timeout(&at, PATIENCE).is_ok());
    drop(application);
    let refused = std::net::TcpStream::connect_timeout(&at, PATIENCE).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_recipe_without_an_application_is_passed_over_with_a_reason() {
    let folder = Folder::new();
    let problem = Application::prepare(recipe("healthy"), &folder.0).unwrap_err().to_string();
    assert!(problem.contains("recipe healthy cannot be played here"), "{problem}");
}

#[test]
fn a_process_recipe_says_the_cause_that_it_makes() {
    for recipe in chosen(|_| true) {
        assert_eq!(recipe.truth.made, !recipe.is_healthy(), "{}", recipe.name);
        assert_eq!(recipe.truth.causes.is_empty(), recipe.is_healthy(), "{}", recipe.name);
        assert!(recipe.steps.is_empty(), "{}: nobody would play its steps", recipe.name);
    }
}
