//! The service behind the gateway: PHP-FPM behind a socket, or Gunicorn behind a port, with its everyday logs.

use super::day::{Day, Instant};
use super::dice::Dice;
use super::traffic::{self, Request};

/// Who answers behind the gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    PhpFpm,
    Gunicorn,
}

/// Where PHP-FPM listens.
pub(super) const SOCKET: &str = "/run/php/php8.2-fpm.sock";

const SCRIPTS: &[&str] =
    &["/srv/site/public/index.php", "/srv/site/lib/cart.php", "/srv/site/lib/Template.php"];
const REMARKS: &[&str] = &[
    "PHP Warning:  Undefined array key \"page\" in",
    "PHP Notice:  session_start(): Ignoring session_start() because a session is already active in",
    "PHP Deprecated:  Creation of dynamic property Cart::$total is deprecated in",
    "PHP Warning:  Undefined variable $title in",
    "PHP Deprecated:  strlen(): Passing null to parameter #1 ($string) of type string is deprecated in",
    "PHP Warning:  filemtime(): stat failed for /srv/site/cache/menu.html in",
];

/// What PHP remarks on while it answers well.
pub(super) fn remark(dice: &mut Dice) -> String {
    format!("{} {} on line {}", dice.pick(REMARKS), dice.pick(SCRIPTS), dice.range(3, 400))
}

/// The logs of the service: name and text.
pub(super) fn logs(
    dice: &mut Dice,
    service: Service,
    day: Day,
    requests: &[Request],
) -> Vec<(String, String)> {
    let times: Vec<Instant> = requests.iter().map(|r| day.at(r.ms)).collect();
    match service {
        Service::PhpFpm => php(dice, &times),
        Service::Gunicorn => gunicorn(dice, &times, requests),
    }
}

/// Its configuration: name and text.
pub(super) fn config(service: Service) -> (String, String) {
    match service {
        Service::PhpFpm => (
            "www.conf".to_owned(),
            format!(
                "[www]\nuser = www-data\ngroup = www-data\nlisten = {SOCKET}\nlisten.owner = www-data\n\
                 listen.group = www-data\npm = dynamic\npm.max_children = 40\npm.start_servers = 6\n\
                 pm.min_spare_servers = 4\npm.max_spare_servers = 10\npm.max_requests = 500\n"
            ),
        ),
        Service::Gunicorn => (
            "gunicorn.conf.py".to_owned(),
            "bind = \"127.0.0.1:8000\"\nworkers = 4\ntimeout = 60\nmax_requests = 1000\nkeepalive = 75\n"
                .to_owned(),
        ),
    }
}

fn php(dice: &mut Dice, times: &[Instant]) -> Vec<(String, String)> {
    let (mut fpm, mut errors) = (String::new(), String::new());
    let start = times.first().copied();
    for (index, at) in times.iter().enumerate() {
        let child = dice.range(2000, 9000);
        match dice.range(0, 60) {
            0..=2 => {
                let lived = dice.range(100, 9000);
                fpm += &format!(
                    "[{}] NOTICE: [pool www] child {child} exited with code 0 after {lived}.123456 seconds from start\n",
                    at.php()
                );
                fpm += &format!("[{}] NOTICE: [pool www] child {} started\n", at.php(), child + 7);
            }
            3 if dice.percent(40) => fpm += &restart(dice, *at, start),
            4..=6 => {
                let text = remark(dice);
                fpm += &format!(
                    "[{}] WARNING: [pool www] child {child} said into stderr: \"NOTICE: PHP message: {text}\"\n",
                    at.php()
                );
            }
            7..=10 => errors += &format!("[{} UTC] {}\n", at.php(), remark(dice)),
            11 if index > 10 && dice.percent(20) => {
                fpm += &format!(
                    "[{}] WARNING: [pool www] seems busy (you may need to increase pm.start_servers, or pm.min/max_spare_servers), spawning 8 children, there are 3 idle, and 11 total children\n",
                    at.php()
                );
            }
            _ => {}
        }
    }
    vec![("php8.2-fpm.log".to_owned(), fpm), ("php_errors.log".to_owned(), errors)]
}

/// A reload (or, first thing in the log, a start): the socket stays open, nobody notices.
fn restart(dice: &mut Dice, at: Instant, start: Option<Instant>) -> String {
    let when = at.php();
    let pid = dice.range(600, 1900);
    let mut text = String::new();
    if start.is_some_and(|s| s.ms < at.ms) {
        text += &format!(
            "[{when}] NOTICE: Reloading in progress ...\n[{when}] NOTICE: reloading: execvp(\"/usr/sbin/php-fpm8.2\", {{\"/usr/sbin/php-fpm8.2\", \"--nodaemonize\", \"--fpm-config\", \"/etc/php/8.2/fpm/php-fpm.conf\"}})\n"
        );
        text += &format!("[{when}] NOTICE: using inherited socket fd=8, \"{SOCKET}\"\n");
    }
    text + &format!(
        "[{when}] NOTICE: fpm is running, pid {pid}\n[{when}] NOTICE: ready to handle connections\n[{when}] NOTICE: systemd monitor interval set to 10000ms\n"
    )
}

fn gunicorn(dice: &mut Dice, times: &[Instant], requests: &[Request]) -> Vec<(String, String)> {
    let mut log = String::new();
    if let Some(first) = times.first() {
        let when = first.dashed();
        log += &format!(
            "[{when} +0000] [900] [INFO] Starting gunicorn 20.1.0\n[{when} +0000] [900] [INFO] Listening at: http://127.0.0.1:8000 (900)\n[{when} +0000] [900] [INFO] Using worker: sync\n"
        );
        for pid in 901..905 {
            log += &format!("[{when} +0000] [{pid}] [INFO] Booting worker with pid: {pid}\n");
        }
    }
    let mut access = String::new();
    for (at, request) in times.iter().zip(requests) {
        let when = at.dashed();
        let pid = dice.range(901, 999);
        match dice.range(0, 70) {
            0..=1 => {
                log += &format!(
                    "[{when} +0000] [{pid}] [INFO] Autorestarting worker after current request.\n[{when} +0000] [{pid}] [INFO] Worker exiting (pid: {pid})\n[{when} +0000] [{}] [INFO] Booting worker with pid: {}\n",
                    pid + 40,
                    pid + 40
                );
            }
            2 if dice.percent(30) => {
                log += &format!(
                    "[{when} +0000] [900] [INFO] Handling signal: hup\n[{when} +0000] [900] [INFO] Hang up: Master\n[{when} +0000] [{}] [INFO] Booting worker with pid: {}\n[{when} +0000] [{pid}] [INFO] Worker exiting (pid: {pid})\n",
                    pid + 60,
                    pid + 60
                );
            }
            3 => {
                log += "/srv/site/app/views.py:31: DeprecationWarning: datetime.datetime.utcnow() is deprecated\n  now = datetime.utcnow()\n";
            }
            4..=5 => log += &format!("Not Found: {}\n", traffic::escaped_apache(&request.path)),
            6 => {
                log += "Invalid HTTP_HOST header: 'x.example'. You may need to add 'x.example' to ALLOWED_HOSTS.\n";
            }
            _ => {}
        }
        if request.from_app && !request.gave_up {
            access += &traffic::combined(request, &at.common(), request.status, traffic::escaped_apache)
                .replacen(&request.client, "127.0.0.1", 1);
        }
    }
    vec![("gunicorn-error.log".to_owned(), log), ("gunicorn-access.log".to_owned(), access)]
}
