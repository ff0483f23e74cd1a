//! The steady gates: instructions and system calls of one small request, which no neighbour on the machine can change.
//!
//! Each is the difference of two runs, one with twice the requests of the other, so that start and end fall out.

use std::fs;
use std::path::Path;

use crate::bench::client;
use crate::bench::contender::{Doors, Origins, Product, Purpose, Running, Task};
use crate::bench::origin::Origin;
use crate::bench::{process, said, statistics};

/// User instructions of a request for 1 KiB on a kept connection, with everything on: nginx bare takes 23 600.
const INSTRUCTIONS_MAX: f64 = 14_000.0;
/// Its system calls: two to receive, two to send, and a share of those that are made for many requests at once.
const CALLS_MAX: f64 = 4.2;

/// Requests of the shorter run; enough that the tenth of a call shows, few enough for valgrind's pace.
const INSTRUCTIONS_OF: u64 = 4000;
const CALLS_OF: u64 = 15_000;
/// Enough that there is always the next request when one is done.
const CONNECTIONS: u64 = 64;
const PATH: &str = "/1k";

/// Measures both; whether both are kept.
pub(crate) fn run(binary: &Path, room: &Path) -> Result<bool, String> {
    for (tool, package) in [("valgrind", "valgrind"), ("strace", "strace")] {
        process::find(tool)
            .ok_or_else(|| format!("{tool} is not installed; Debian's package is {package}"))?;
    }
    let calls_kept = keeps(CALLS_MAX, || calls(binary, room))?;
    let instructions_kept = keeps(INSTRUCTIONS_MAX, || instructions(binary, room))?;
    Ok(calls_kept && instructions_kept)
}

/// Times that is counted where it was too much.
const TRIES: usize = 3;

/// Whether the count is kept. A busy machine wakes the gateway more often, which adds something and takes nothing away: the
/// least tells.
fn keeps(most: f64, count: impl Fn() -> Result<f64, String>) -> Result<bool, String> {
    for _ in 0..TRIES {
        if verdict(count()?, most) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn calls(binary: &Path, room: &Path) -> Result<f64, String> {
    let counts = Counted::by_strace(binary, room)?;
    let calls = counts.iter().map(|counted| counted.each).sum();
    let parts: Vec<String> = counts
        .iter()
        .filter(|counted| counted.each >= 0.005)
        .map(|counted| format!("{} {:.2}", counted.name, counted.each))
        .collect();
    say(&format!("system calls a request: {calls:.2} ({})", parts.join(", ")));
    Ok(calls)
}

fn verdict(measured: f64, most: f64) -> bool {
    let kept = measured <= most;
    say(&format!("  at most {most}: {}", if kept { "kept" } else { "NOT KEPT" }));
    kept
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn say(line: &str) {
    println!("{line}");
}

/// How often a request makes one kind of system call.
struct Counted {
    name: String,
    each: f64,
}

impl Counted {
    fn by_strace(binary: &Path, room: &Path) -> Result<Vec<Self>, String> {
        let run = |requests: u64| -> Result<Vec<(String, u64)>, String> {
            let file = room.join(format!("strace.{requests}"));
            let shown = file.display().to_string();
            let wrapper = ["strace", "-c", "-f", "-o", &shown].map(str::to_owned);
            serve(binary, room, &wrapper, requests)?;
            let calls = said::strace(&fs::read_to_string(&file).map_err(|e| format!("{shown}: {e}"))?);
            if calls.is_empty() { Err(format!("strace counted nothing; see {shown}")) } else { Ok(calls) }
        };
        let (few, many) = (run(CALLS_OF)?, run(2 * CALLS_OF)?);
        let mut counted: Vec<Self> =
            many.iter().map(|(name, calls)| Self::between(name, *calls, &few)).collect();
        counted.sort_by(|a, b| b.each.total_cmp(&a.each));
        Ok(counted)
    }

    fn between(name: &str, many: u64, few: &[(String, u64)]) -> Self {
        let few = few.iter().find(|(other, _)| other == name).map_or(0, |(_, calls)| *calls);
        Self { name: name.to_owned(), each: statistics::each((CALLS_OF, few), (2 * CALLS_OF, many)) }
    }
}

fn instructions(binary: &Path, room: &Path) -> Result<f64, String> {
    let run = |requests: u64| -> Result<u64, String> {
        let file = room.join(format!("callgrind.{requests}"));
        let shown = file.display().to_string();
        let wrapper = [
            "valgrind".to_owned(),
            "--tool=callgrind".to_owned(),
            format!("--callgrind-out-file={shown}"),
            "--quiet".to_owned(),
        ];
        serve(binary, room, &wrapper, requests)?;
        let text = fs::read(&file).map_err(|e| format!("{shown}: {e}"))?;
        said::callgrind(&String::from_utf8_lossy(&text))
            .ok_or(format!("callgrind counted nothing; see {shown}"))
    };
    let (few, many) = (run(INSTRUCTIONS_OF)?, run(2 * INSTRUCTIONS_OF)?);
    let instructions = statistics::each((INSTRUCTIONS_OF, few), (2 * INSTRUCTIONS_OF, many));
    say(&format!("user instructions a request: {instructions:.0}"));
    Ok(instructions)
}

/// Starts goodgate behind a wrapper, sends it so many requests, and ends it.
fn serve(binary: &Path, room: &Path, wrapper: &[String], requests: u64) -> Result<(), String> {
    let [address] = process::free_ports(1)?[..] else { return Err("there is no free port".to_owned()) };
    let mut origin = Origin::at(address, None);
    origin.start(None)?;
    let doors = Doors::free()?;
    let origins = [address];
    let task = Task {
        room,
        doors,
        origins: Origins::At(&origins),
        cores: 1,
        certificate: None,
        php: None,
        purpose: Purpose::Cost,
    };
    let running = Running::start(Product::Goodgate, binary, &task, wrapper)?;
    let driven = client::drive(doors.plain, PATH, CONNECTIONS, requests).map_err(|e| e.to_string())?;
    running.stop();
    match driven.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of {requests} requests failed, so that nothing was measured")),
    }
}
