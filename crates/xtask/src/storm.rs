//! `storm`: a steady stream of requests while upstream servers restart, die, hang, refuse and move and the configuration
//! is loaded anew, against goodgate, nginx and HAProxy: how many requests each of them loses.
//!
//! Everything runs on this machine's loopback interface, and ends with the chore.

mod load;
mod name_server;
mod scenario;
mod schedule;
mod servers;
mod table;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::bench::contender::{Doors, PRODUCTS, Product, Purpose, Running, Task};
use crate::bench::{self, client, page, process, statistics};
use scenario::{Known, SCENARIOS, Scenario};
use schedule::Schedule;
use servers::Servers;
use tally::Tally;

const BEGIN: &str = "<!-- storm: begin -->";
const END: &str = "<!-- storm: end -->";

/// Requests of a scenario.
const REQUESTS: u64 = 200_000;
const REQUESTS_QUICK: u64 = 20_000;
/// Half of what the slowest contender manages lies within these on any machine that this is meant for.
const RATE: std::ops::RangeInclusive<u32> = 300..=8000;
/// How many requests tell what a contender manages, and over how many connections.
const TRIAL: (u64, u64) = (20_000, 64);
/// A contender that takes connections answers within this time.
const READY_MAX: Duration = Duration::from_secs(10);
/// Workers or threads of each contender.
const CORES: usize = 2;
pub(crate) const PATH: &str = "/1k";

struct Options {
    write: bool,
    binary: Option<PathBuf>,
    requests: u64,
    /// Requests a second; measured where it is not said.
    rate: Option<u32>,
    products: Vec<Product>,
    /// Only scenarios whose names hold this.
    scenario: String,
}

/// One scenario against one contender.
pub(crate) struct Outcome {
    pub(crate) scenario: &'static str,
    pub(crate) product: Product,
    pub(crate) tally: Tally,
}

/// Plays every scenario against every contender; whether goodgate lost none.
pub(crate) fn run(words: &[&str]) -> Result<bool, String> {
    let options = options(words)?;
    let binary = bench::built(options.binary.clone())?;
    let room = bench::room("target/storm")?;
    let (mut present, mut missing) = (Vec::new(), Vec::new());
    for product in options.products.iter().copied() {
        match product.find(&binary) {
            Some(binary) => present.push((product, binary)),
            None => missing.push(format!("{} is not installed", product.title())),
        }
    }
    let rate = match options.rate {
        Some(rate) => rate,
        None => half_capacity(&present, &room)?,
    };
    let wanted = SCENARIOS.iter().filter(|scenario| scenario.name.contains(&options.scenario));
    let (before, mut outcomes) = (process::load(), Vec::new());
    for (round, scenario) in wanted.enumerate() {
        for at in statistics::order(present.len(), round) {
            let (product, binary) = &present[at];
            let schedule = Schedule { rate_per_s: rate, requests: options.requests, pace: scenario.pace };
            let tally = play(scenario, *product, binary, schedule, &room)?;
            page::print(&format!("{}, {}: {}", scenario.name, product.title(), tally.summary()));
            outcomes.push(Outcome { scenario: scenario.name, product: *product, tally });
        }
    }
    let versions: Vec<(Product, String)> =
        present.iter().map(|(p, binary)| (*p, p.version(binary))).collect();
    let conditions = table::Conditions {
        rate,
        requests: options.requests,
        busy: (before, process::load()),
        versions,
        missing,
    };
    let table = table::written(&outcomes, &conditions);
    page::print(&table);
    if options.write {
        page::put(&table, (BEGIN, END))?;
    }
    let ours = outcomes.iter().filter(|outcome| outcome.product == Product::Goodgate);
    Ok(ours.map(|outcome| outcome.tally.failed() + outcome.tally.unsent).sum::<u64>() == 0)
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        write: false,
        binary: None,
        requests: REQUESTS,
        rate: None,
        products: PRODUCTS.to_vec(),
        scenario: String::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().copied().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is no number"));
        match *word {
            "--quick" => options.requests = REQUESTS_QUICK,
            "--write" => options.write = true,
            "--binary" => options.binary = Some(PathBuf::from(value()?)),
            "--requests" => options.requests = u64::from(number(value()?)?.clamp(100, 10_000_000)),
            "--rate" => options.rate = Some(number(value()?)?.clamp(1, 100_000)),
            "--only" => options.products = bench::products(value()?)?,
            "--scenario" => options.scenario = value()?.to_owned(),
            other => return Err(format!("there is no option {other}; see `cargo xtask help`")),
        }
    }
    Ok(options)
}

/// A contender in front of the servers, with an empty folder of its own.
fn start(product: Product, binary: &Path, servers: &Servers, room: &Path) -> Result<Running, String> {
    let room = room.join(product.title());
    let _ = fs::remove_dir_all(&room);
    fs::create_dir_all(&room).map_err(|e| format!("{}: {e}", room.display()))?;
    let task = Task {
        room: &room,
        doors: Doors::free()?,
        origins: servers.origins(),
        cores: CORES,
        certificate: None,
        php: None,
        purpose: Purpose::Survival,
    };
    let running = Running::start(product, binary, &task, &[])?;
    // Whoever has to ask for a name first, or to find servers well, is ready a moment later.
    let until = Instant::now() + READY_MAX;
    while client::drive(running.doors.plain, PATH, 1, 1).map_err(|e| e.to_string())?.answered == 0 {
        if Instant::now() > until {
            return Err(format!("{} does not answer when nothing happens", product.title()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(running)
}

/// Half of the requests a second that the slowest contender answers here, generator and servers included.
fn half_capacity(present: &[(Product, PathBuf)], room: &Path) -> Result<u32, String> {
    let mut least = f64::INFINITY;
    for (product, binary) in present {
        let servers = Servers::start(Known::ByAddress, None)?;
        let running = start(*product, binary, &servers, room)?;
        let (requests, connections) = TRIAL;
        let begun = Instant::now();
        let driven =
            client::drive(running.doors.plain, PATH, connections, requests).map_err(|e| e.to_string())?;
        if driven.failed > 0 {
            return Err(format!("{} loses {} requests when nothing happens", product.title(), driven.failed));
        }
        least = least.min(requests as f64 / begun.elapsed().as_secs_f64());
        running.stop();
    }
    Ok(((least / 2.0) as u32).clamp(*RATE.start(), *RATE.end()))
}

fn play(
    scenario: &Scenario,
    product: Product,
    binary: &Path,
    schedule: Schedule,
    room: &Path,
) -> Result<Tally, String> {
    let mut servers = Servers::start(scenario.known, scenario.keep_alive)?;
    let running = start(product, binary, &servers, room)?;
    let events = scenario.events(schedule.length());
    let (begun, address) = (Instant::now(), running.doors.plain);
    let (tally, problem) = std::thread::scope(|scope| {
        let deeds = scope.spawn(|| servers.undergo(&events, begun, &running));
        let tally = load::send(address, PATH, schedule);
        (tally, deeds.join().unwrap_or_else(|_| Err("the scenario broke off".to_owned())))
    });
    problem?;
    let tally = tally.map_err(|e| e.to_string())?;
    // What is written at the end of the log is there once the gateway is gone.
    running.stop();
    if !tally.failures.is_empty() {
        let log =
            fs::read_to_string(room.join(product.title()).join("goodgate.access.log")).unwrap_or_default();
        let file = room.join(format!("{}, {}.failed", product.title(), scenario.name));
        fs::write(&file, tally.told(&log)).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    // Connections of the scenario before are in nobody's way any more.
    std::thread::sleep(Duration::from_millis(200));
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let read =
            options(&["--quick", "--only", "goodgate", "--scenario", "killed", "--rate", "700"]).unwrap();
        assert_eq!((read.requests, read.rate, read.scenario.as_str()), (REQUESTS_QUICK, Some(700), "killed"));
        assert_eq!(options(&[]).unwrap().requests, REQUESTS);
        assert!(options(&["--slow"]).is_err());
    }
}
