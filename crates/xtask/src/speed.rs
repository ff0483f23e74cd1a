//! `speed`: a folder of mixed logs, and how long the answer takes beside `grep -c` over the same files.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The promise: an answer for a folder of 100 MB in less than this.
const SECONDS_MAX: f64 = 2.0;
/// The size of that folder.
const MEGABYTES: u64 = 100;
/// Each measurement is the best of so many, since other programs run, too.
const RUNS: u32 = 3;
/// What the peer searches: the words that the failures in the folder have in common with no other line.
const PATTERN: &str = "Connection refused";

struct Options {
    megabytes: u64,
    binary: Option<PathBuf>,
}

/// Seconds of one run.
#[derive(Clone, Copy)]
struct Took {
    wall_s: f64,
    /// Of all threads together; `None` where the system does not tell.
    cpu_s: Option<f64>,
}

/// A log: its name, its share of the folder in percent, and its lines by number.
struct Log {
    name: &'static str,
    percent: u64,
    line: fn(u64) -> String,
}

#[rustfmt::skip]
const LOGS: &[Log] = &[
    Log { name: "access.log", percent: 35, line: access },
    Log { name: "error.log", percent: 10, line: error },
    Log { name: "haproxy.log", percent: 25, line: haproxy },
    Log { name: "php8.2-fpm.log", percent: 10, line: php_fpm },
    Log { name: "orders.log", percent: 20, line: unknown },
];

/// Measures; says whether the promise is kept.
#[expect(clippy::print_stdout, reason = "a command-line tool")]
pub(crate) fn run(words: &[&str]) -> Result<bool, String> {
    let options = options(words)?;
    let binary = match options.binary {
        Some(binary) => binary,
        None => crate::score::build()?,
    };
    let room = PathBuf::from("target/speed");
    let files = write(&room, options.megabytes).map_err(|e| format!("{}: {e}", room.display()))?;
    println!(
        "{:<18} {:>6} {:>15} {:>15} {:>15} {:>15}",
        "", "MB", "goodgate wall", "CPU", "grep wall", "CPU"
    );
    let mut whole = None;
    let folder = std::iter::once(("the whole folder", vec![room.clone()], options.megabytes));
    let each = LOGS
        .iter()
        .zip(&files)
        .map(|(log, file)| (log.name, vec![file.clone()], options.megabytes * log.percent / 100));
    for (name, paths, megabytes) in folder.chain(each) {
        let ours =
            best(|| Command::new(&binary).arg("diagnose").args(&paths).stdout(Stdio::null()).status())?;
        let searched = if paths.len() == 1 && paths[0] == room { files.as_slice() } else { paths.as_slice() };
        let peer = best(|| {
            Command::new("grep").args(["-c", PATTERN]).args(searched).stdout(Stdio::null()).status()
        })?;
        println!(
            "{name:<18} {megabytes:>6} {:>13.2} s {:>15} {:>13.2} s {:>15}",
            ours.wall_s,
            shown(ours.cpu_s),
            peer.wall_s,
            shown(peer.cpu_s)
        );
        whole.get_or_insert(ours);
    }
    let kept = whole.is_some_and(|took| took.wall_s < SECONDS_MAX);
    if options.megabytes == MEGABYTES {
        println!("less than {SECONDS_MAX} s for the folder: {}", if kept { "yes" } else { "no" });
    }
    Ok(kept || options.megabytes != MEGABYTES)
}

fn shown(cpu_s: Option<f64>) -> String {
    cpu_s.map_or_else(|| "?".to_owned(), |s| format!("{s:.2} s"))
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options { megabytes: MEGABYTES, binary: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match *word {
            "--megabytes" => {
                options.megabytes = value.parse().map_err(|_| format!("{value} is no number"))?;
            }
            "--binary" => options.binary = Some(PathBuf::from(value)),
            other => return Err(format!("there is no option {other}; see `cargo xtask help`")),
        }
    }
    Ok(options)
}

/// Runs a command several times. Its exit code says what it found; only failing to start is a failure.
fn best(run: impl Fn() -> io::Result<std::process::ExitStatus>) -> Result<Took, String> {
    let mut best: Option<Took> = None;
    for _ in 0..RUNS {
        let (cpu_before, start) = (children_cpu_s(), Instant::now());
        run().map_err(|e| format!("a command could not be started: {e}"))?;
        let wall_s = start.elapsed().as_secs_f64();
        let cpu_s = children_cpu_s().zip(cpu_before).map(|(after, before)| after - before);
        if best.is_none_or(|best| wall_s < best.wall_s) {
            best = Some(Took { wall_s, cpu_s });
        }
    }
    best.ok_or_else(|| "nothing was run".to_owned())
}

/// Processor time of finished children so far (`proc(5)`, fields 16 and 17 of `stat`).
fn children_cpu_s() -> Option<f64> {
    /// What Linux counts in on every architecture that it tells user space about.
    const TICKS_PER_S: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses, in which anything may stand.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = |n: usize| fields.split(' ').nth(n)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / TICKS_PER_S)
}

fn write(room: &Path, megabytes: u64) -> io::Result<Vec<PathBuf>> {
    let _ = fs::remove_dir_all(room);
    fs::create_dir_all(room)?;
    let mut files = Vec::new();
    for log in LOGS {
        let path = room.join(log.name);
        let mut file = BufWriter::new(fs::File::create(&path)?);
        let (mut left, mut number) = (megabytes * 1_000_000 * log.percent / 100, 0);
        while left > 0 {
            let line = (log.line)(number);
            writeln!(file, "{line}")?;
            left = left.saturating_sub(line.len() as u64 + 1);
            number += 1;
        }
        file.flush()?;
        files.push(path);
    }
    Ok(files)
}

/// The time of day of a line, so that the log covers some hours.
fn clock(number: u64) -> String {
    let second = 6 * 3600 + number / 20;
    format!("{:02}:{:02}:{:02}", second / 3600 % 24, second / 60 % 60, second % 60)
}

/// A number that looks accidental and is the same in each run.
fn accident(number: u64, below: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) % below
}

/// One in five requests meets an upstream that is gone.
fn fails(number: u64) -> bool {
    accident(number, 5) == 0
}

fn access(n: u64) -> String {
    format!(
        "192.0.2.{} - - [22/Nov/2026:{} +0000] \"GET /shop/item/{}?page={} HTTP/1.1\" {} {} \
         \"https://shop.example.com/shop\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\"",
        accident(n, 250),
        clock(n),
        accident(n, 90_000),
        n % 7,
        if fails(n) { 502 } else { 200 },
        accident(n, 40_000)
    )
}

fn error(n: u64) -> String {
    format!(
        "2026/11/22 {} [error] 812#812: *{n} connect() failed (111: Connection refused) while connecting to upstream, \
         client: 192.0.2.{}, server: shop.example.com, request: \"GET /shop/item/{} HTTP/1.1\", upstream: \
         \"http://127.0.0.1:8080/shop/item/{}\", host: \"shop.example.com\"",
        clock(n),
        accident(n, 250),
        accident(n, 90_000),
        accident(n, 90_000)
    )
}

fn haproxy(n: u64) -> String {
    let (times, status, state, retries) =
        if fails(n) { ("0/0/-1/-1/3004", 503, "SC--", 3) } else { ("0/0/1/12/14", 200, "----", 0) };
    format!(
        "Nov 22 {0} lb haproxy[812]: 192.0.2.{1}:{2} [22/Nov/2026:{0}.{3:03}] web app/app{4} {times} {status} {5} - - \
         {state} 12/12/3/1/{retries} 0/0 \"GET /shop/item/{6} HTTP/1.1\"",
        clock(n),
        accident(n, 250),
        1024 + accident(n, 60_000),
        n % 1000,
        n % 3,
        accident(n, 40_000),
        accident(n, 90_000)
    )
}

fn php_fpm(n: u64) -> String {
    let pid = 1000 + n % 60_000;
    match n % 3 {
        0 => format!("[22-Nov-2026 {}] NOTICE: [pool www] child {pid} started", clock(n)),
        1 => format!(
            "[22-Nov-2026 {}] WARNING: [pool www] child {pid}, script '/srv/app/index.php' (request: \"GET /index.php\") \
             executing too slow (5.{:06} sec), logging",
            clock(n),
            accident(n, 1_000_000)
        ),
        _ => format!(
            "[22-Nov-2026 {}] NOTICE: [pool www] child {pid} exited with code 0 after 61.5 seconds from start",
            clock(n)
        ),
    }
}

/// Lines of programs that no format knows, in the manners that loggers have.
fn unknown(n: u64) -> String {
    let (time, order) = (clock(n), accident(n, 1_000_000));
    match n % 7 {
        0 => format!(
            "worker handled message {n} of queue mail-outgoing with nothing wrong in it, next in {} ms",
            n % 90
        ),
        1 => format!(
            "2026-11-22 {time},123 INFO  [exec-{}] c.e.shop.OrderService - order {order} placed, 3 items",
            n % 10
        ),
        2 => format!(
            "2026-11-22T{time}.123Z shop[812]: info order {order} placed total=12.99 items=3 path=/shop/cart"
        ),
        3 => format!(
            "{{\"time\":\"2026-11-22T{time}.123Z\",\"severity\":\"info\",\"event\":\"order placed\",\"order\":{order}}}"
        ),
        4 => format!(
            "level=info ts=2026-11-22T{time}.123Z caller=main.go:12 msg=\"order placed\" order={order} items=3"
        ),
        5 => format!(
            "[2026-11-22 {time}] production.INFO: order {order} placed {{\"items\":3,\"total\":12.99}} []"
        ),
        _ => format!(
            "Nov 22 {time} web1 shop[812]: order {order} placed by customer 8123, 3 items, total 12.99"
        ),
    }
}
