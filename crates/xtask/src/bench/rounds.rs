//! The rounds: every load to every contender, again and again, another one first each time.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bench::Options;
use crate::bench::contender::{Certificate, Doors, Origins, Product, Purpose, Running, Task};
use crate::bench::loads::{KINDS, Kind};
use crate::bench::origin::Origin;
use crate::bench::said::Load;
use crate::bench::{process, statistics};

/// One load to one contender in one round.
pub(crate) struct Sample {
    pub(crate) kind: &'static str,
    pub(crate) product: Product,
    /// Processor time of the contender for a request, in microseconds.
    pub(crate) cpu_us: f64,
    pub(crate) load: Load,
}

/// A contender, by its own word.
pub(crate) struct Named {
    pub(crate) product: Product,
    pub(crate) version: String,
}

pub(crate) struct Measured {
    pub(crate) named: Vec<Named>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) rounds: usize,
    pub(crate) seconds: u32,
    /// What was not measured, and why.
    pub(crate) missing: Vec<String>,
    /// The load average before and after.
    pub(crate) busy: (String, String),
}

/// Runs all rounds.
pub(super) fn measure(binary: &Path, room: &Path, options: &Options) -> Result<Measured, String> {
    process::find("taskset").ok_or("taskset is not installed; Debian's package is util-linux")?;
    // The contenders have a core of their own where there are two.
    let others = 0;
    let own = usize::from(std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1));
    let mut missing = Vec::new();
    let php = Php::start(room, others).map_err(|why| missing.push(why)).ok();
    let certificate = Certificate::make(room)?;
    let [address] = process::free_ports(1)?[..] else { return Err("there is no free port".to_owned()) };
    let mut origin = Origin::at(address, None);
    origin.start(Some(others))?;
    let wrapper = ["taskset".to_owned(), "-c".to_owned(), own.to_string()];
    let mut running = Vec::new();
    let mut named = Vec::new();
    for product in options.products.iter().copied() {
        let Some(binary) = product.find(binary) else {
            missing.push(format!("{} is not installed", product.title()));
            continue;
        };
        let socket = room.join(Php::socket(product));
        let php = php.as_ref().map(|php| (socket.as_path(), php.scripts.as_path()));
        let task = Task {
            room,
            doors: Doors::free()?,
            origins: Origins::At(&[address]),
            cores: 1,
            certificate: Some(&certificate),
            php: php.filter(|_| SPEAK_PHP.contains(&product)),
            purpose: Purpose::Cost,
        };
        running.push(Running::start(product, &binary, &task, &wrapper)?);
        named.push(Named { product, version: product.version(&binary) });
    }
    let kinds = possible(&options.load, php.is_some(), &mut missing);
    if kinds.is_empty() {
        return Err(format!("no load can be sent: {}", missing.join("; ")));
    }
    let before = process::load();
    let mut samples = Vec::new();
    for round in 0..options.rounds {
        for kind in &kinds {
            for at in statistics::order(running.len(), round) {
                samples.extend(sample(kind, &running[at], others, options.seconds, room, &mut missing));
            }
        }
    }
    for running in running {
        running.stop();
    }
    let busy = (before, process::load());
    Ok(Measured { named, samples, rounds: options.rounds, seconds: options.seconds, missing, busy })
}

/// The loads whose tools are there.
fn possible(wanted: &str, php: bool, missing: &mut Vec<String>) -> Vec<&'static Kind> {
    let mut kinds = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.name.contains(wanted)) {
        let (tool, package) = kind.tool();
        if process::find(tool).is_none() {
            missing.push(format!("{}: {tool} is not installed; Debian's package is {package}", kind.name));
        } else if php || !kind.needs_php() {
            kinds.push(kind);
        }
    }
    kinds
}

fn sample(
    kind: &Kind,
    running: &Running,
    core: usize,
    seconds: u32,
    room: &Path,
    missing: &mut Vec<String>,
) -> Option<Sample> {
    if kind.needs_php() && !SPEAK_PHP.contains(&running.product) {
        return None;
    }
    let before = running.cpu_ns();
    match kind.send(running.doors, core, seconds, room) {
        Ok(load) => {
            let spent = running.cpu_ns().saturating_sub(before) as f64 / 1000.0;
            Some(Sample {
                kind: kind.name,
                product: running.product,
                cpu_us: spent / load.requests as f64,
                load,
            })
        }
        Err(problem) => {
            let why = format!("{}, {problem}", running.product.title());
            if !missing.contains(&why) {
                missing.push(why);
            }
            None
        }
    }
}

/// HAProxy speaks FastCGI as well, but serves no files beside it, so that it would do other work.
const SPEAK_PHP: &[Product] = &[Product::Goodgate, Product::Nginx];

/// php-fpm with one script, which answers 1 KiB. Each contender has a pool of its own: a connection that one of them
/// keeps occupies a child.
struct Php {
    scripts: PathBuf,
    child: Child,
}

impl Php {
    fn socket(product: Product) -> String {
        format!("php.{}.sock", product.title())
    }

    fn start(room: &Path, core: usize) -> Result<Self, String> {
        let program =
            process::find_php_fpm().ok_or("php-fpm is not installed; Debian's package is php-fpm")?;
        let scripts = room.join("scripts");
        fs::create_dir_all(&scripts).map_err(|e| e.to_string())?;
        fs::write(scripts.join("1k.php"), "<?php echo str_repeat('x', 1024);\n")
            .map_err(|e| e.to_string())?;
        let file = room.join("php-fpm.conf");
        let mut text = format!("[global]\nerror_log = {}/php-fpm.log\ndaemonize = no\n", room.display());
        let sockets: Vec<PathBuf> =
            SPEAK_PHP.iter().map(|product| room.join(Self::socket(*product))).collect();
        for (product, socket) in SPEAK_PHP.iter().zip(&sockets) {
            let _ = writeln!(
                text,
                "[{}]\nuser = root\ngroup = root\nlisten = {}\npm = static\npm.max_children = 8",
                product.title(),
                socket.display()
            );
        }
        fs::write(&file, text).map_err(|e| e.to_string())?;
        let mut command = process::pinned(core, program);
        // -R lets it run as root, where this is; else user and group above mean nothing to it.
        let child = command.arg("-F").arg("-R").arg("-y").arg(&file).stderr(Stdio::null()).spawn();
        let php = Self { child: child.map_err(|e| format!("php-fpm: {e}"))?, scripts };
        let until = Instant::now() + Duration::from_secs(10);
        while !sockets.iter().all(|socket| socket.exists()) {
            if Instant::now() > until {
                return Err("php-fpm does not start".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(php)
    }
}

impl Drop for Php {
    fn drop(&mut self) {
        let _ = process::signal(self.child.id(), "TERM");
        if !process::ends(&mut self.child, Instant::now() + Duration::from_secs(5)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
