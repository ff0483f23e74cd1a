//! What can be seen of a server from its own machine: its logs, and what commands print about it.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Reach;
use super::running::Running;
use super::site::Site;
use crate::recipe::App;

/// The last so many bytes of a log are kept; a recipe writes a few hundred lines at most.
const LOG_BYTES_MAX: u64 = 256 * 1024;

/// Where the server's own printing goes: for uWSGI that is its log.
pub(super) fn output(site: &Site) -> PathBuf {
    site.logs().join(match site.process.app {
        App::PhpFpm | App::PhpFpmTcp => "php-fpm.out",
        App::Gunicorn => "gunicorn.out",
        App::Uwsgi => "uwsgi.log",
    })
}

/// The server's logs with something in them, by name.
pub(super) fn logs(site: &Site) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(site.logs()) else { return Vec::new() };
    let mut found: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, tail(&entry.path()))))
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    found.sort();
    found
}

/// The last line that it wrote, for a message of ours.
pub(super) fn last_line(site: &Site) -> String {
    logs(site)
        .iter()
        .filter_map(|(name, text)| {
            Some(format!("{name}: {}", text.lines().rev().find(|line| !line.trim().is_empty())?))
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn tail(path: &Path) -> String {
    let Ok(mut file) = fs::File::open(path) else { return String::new() };
    let length = file.metadata().map_or(0, |file| file.len());
    let mut bytes = Vec::new();
    let begin = length.saturating_sub(LOG_BYTES_MAX);
    if file
        .seek(SeekFrom::Start(begin))
        .and_then(|_| file.take(LOG_BYTES_MAX).read_to_end(&mut bytes))
        .is_err()
    {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    // A line that was cut in two says something else than it said.
    let whole = if begin == 0 { &*text } else { text.split_once('\n').map_or("", |(_, rest)| rest) };
    whole.to_owned()
}

/// What commands print about it now.
pub(super) fn host(site: &Site, running: Option<&Running>) -> Vec<(String, String)> {
    let mut seen =
        vec![("ss.txt".to_owned(), listeners(site)), ("ps.txt".to_owned(), processes(site, running))];
    if let Some(path) = site.told.path() {
        let folder = path.parent().unwrap_or(path);
        seen.push(("ls-socket.txt".to_owned(), print("ls", &["-ld", &text(folder), &text(path)])));
        seen.push(("ls-run.txt".to_owned(), print("ls", &["-la", &text(folder)])));
    }
    if let Some(namespace) = &site.namespace {
        let rules = namespace.nft(&["list", "ruleset"]).unwrap_or_else(|problem| format!("{problem}\n"));
        seen.push(("nft.txt".to_owned(), format!("$ nft list ruleset\n{rules}")));
    }
    let faults = faults(site);
    if !faults.is_empty() {
        seen.push(("dmesg.txt".to_owned(), format!("$ dmesg\n{faults}")));
    }
    seen
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The listeners, cut down to this server's and the port that the gateway was told: the machine has others that are
/// nobody's business.
fn listeners(site: &Site) -> String {
    let arguments = ["-ltnpx"];
    let printed = match &site.namespace {
        None => print("ss", &arguments),
        Some(namespace) => {
            let output = namespace.command(Path::new("ss")).args(arguments).stdin(Stdio::null()).output();
            said("ss", &arguments, output)
        }
    };
    let places = [&site.told, &site.listens].map(|reach| match reach {
        Reach::Tcp(address) => format!(":{} ", address.port()),
        Reach::Unix(path) => format!("{} ", path.display()),
    });
    keep(&printed, |line| {
        line.starts_with("$ ")
            || line.starts_with("Netid")
            || places.iter().any(|place| line.contains(place.as_str()))
    })
}

/// The server's processes; only the heading where none runs.
fn processes(site: &Site, running: Option<&Running>) -> String {
    const COLUMNS: &str = "user,pid,ppid,stat,wchan:20,etime,args";
    let name = site.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    match running {
        Some(running) => {
            let mut pids = vec![running.pid().to_string()];
            pids.extend(running.workers().iter().map(ToString::to_string));
            print("ps", &["-o", COLUMNS, "-p", &pids.join(",")])
        }
        // As a person would look for it; the lab's other servers are not this one.
        None => format!(
            "$ ps -o {COLUMNS} -C {name}\nUSER         PID    PPID STAT WCHAN                    ELAPSED COMMAND\n"
        ),
    }
}

/// Lines of the kernel's log about processes that this server's own log names.
fn faults(site: &Site) -> String {
    const FAULTS: [&str; 4] = ["segfault", "general protection", "Out of memory", "oom-kill"];
    let named: HashSet<String> = logs(site)
        .iter()
        .flat_map(|(_, text)| text.split(|letter: char| !letter.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    // `php-fpm8.2[4711]: segfault at ...`
    let process = |line: &str| Some(line.split_once("]: ")?.0.rsplit_once('[')?.1.to_owned());
    let about = |line: &str| line.split_once("] ").and_then(|(_, rest)| process(rest));
    keep(&print("dmesg", &[]), |line| {
        FAULTS.iter().any(|fault| line.contains(fault)) && about(line).is_some_and(|pid| named.contains(&pid))
    })
}

fn keep(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    text.lines().filter(|line| wanted(line)).fold(String::new(), |kept, line| kept + line + "\n")
}

fn print(program: &str, arguments: &[&str]) -> String {
    said(program, arguments, Command::new(program).args(arguments).stdin(Stdio::null()).output())
}

/// The command and what it printed, complaints included, as a terminal shows it.
fn said(program: &str, arguments: &[&str], output: std::io::Result<std::process::Output>) -> String {
    let mut text = format!("$ {}\n", [&[program], arguments].concat().join(" "));
    match output {
        Ok(output) => {
            text.push_str(&String::from_utf8_lossy(&output.stdout));
            text.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        Err(problem) => text.push_str(&format!("{program}: {problem}\n")),
    }
    text
}
