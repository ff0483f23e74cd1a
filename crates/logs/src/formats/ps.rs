//! Processes as `ps` lists them, read by the names in its heading. Knows no gateway.

use goodgate_facts::{About, Looked, Source, Value, id};

use super::columns::{after_words, is_number, text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "ps",
    title: "list of processes (ps)",
    reference: "procps ps(1)",
    product: "ps",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Processes told; a list that is longer is cut.
const PROCESSES_MAX: usize = 5000;

#[derive(Clone, Debug)]
struct Columns {
    pid: usize,
    user: Option<usize>,
    stat: Option<usize>,
    command: usize,
    /// The column of `lstart`, whose date is five words.
    long_date: Option<usize>,
}

#[derive(Default)]
struct Reader {
    columns: Option<Columns>,
    heading: Option<Source>,
    told: usize,
}

const COMMANDS: &[&str] = &["COMMAND", "CMD", "ARGS"];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if !matches!(line.trim_ascii_start().first(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            return Verdict::Foreign;
        }
        if self.columns.is_none() && !could_begin(line) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let words = words(&text);
        if let Some(columns) = columns(&words) {
            self.columns = Some(columns);
            self.heading.get_or_insert_with(|| sink.source());
            return Verdict::Mine;
        }
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => match headless(&words) {
                Some(columns) => columns,
                None => return Verdict::Foreign,
            },
        };
        if self.row(&columns, &text, &words, sink) { Verdict::Mine } else { Verdict::Foreign }
    }

    fn end(&mut self, sink: &mut Sink) {
        // Without its heading the list went through a filter, and what is not in it may still run.
        let Some(source) = self.heading.clone() else { return };
        let complete = self.told < PROCESSES_MAX;
        let looked =
            Looked { id: id("process-runs"), about: About::default(), window: None, complete, source };
        sink.evidence.add_looked(looked);
    }
}

/// Whether the line may be a heading, which ends with the command's column, or a row, whose second or first word
/// is a number: a cheap look, since every line of every file is offered.
fn could_begin(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    COMMANDS.iter().any(|name| line.ends_with(name.as_bytes()))
        || line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .take(2)
            .any(|word| word.iter().all(u8::is_ascii_digit))
}

fn columns(words: &[&str]) -> Option<Columns> {
    let find = |names: &[&str]| words.iter().position(|word| names.contains(word));
    let command = find(COMMANDS)?;
    let pid = find(&["PID"])?;
    (command + 1 == words.len() && pid < command).then(|| Columns {
        pid,
        user: find(&["USER", "UID", "EUSER", "RUSER"]),
        stat: find(&["STAT", "S"]),
        command,
        long_date: find(&["STARTED"]),
    })
}

/// A row of `ps aux` or `ps -ef` that a filter let through without the heading.
fn headless(words: &[&str]) -> Option<Columns> {
    let number = |n: usize| words.get(n).is_some_and(|w| is_number(w));
    let decimal = |n: usize| words.get(n).is_some_and(|w| w.parse::<f32>().is_ok() && w.contains('.'));
    let clock = |n: usize| {
        words.get(n).is_some_and(|w| {
            w.contains(':') && w.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'-'))
        })
    };
    if words.len() >= 11 && number(1) && decimal(2) && decimal(3) && number(4) && number(5) && clock(9) {
        return Some(Columns { pid: 1, user: Some(0), stat: Some(7), command: 10, long_date: None });
    }
    let ef = words.len() >= 8 && !number(0) && number(1) && number(2) && number(3) && clock(6);
    ef.then_some(Columns { pid: 1, user: Some(0), stat: None, command: 7, long_date: None })
}

impl Reader {
    fn row(&mut self, columns: &Columns, text: &str, words: &[&str], sink: &mut Sink) -> bool {
        const LONG_DATE_WORDS_MORE: usize = 4;
        let shift = |n: usize| {
            n + if columns.long_date.is_some_and(|date| date < n) { LONG_DATE_WORDS_MORE } else { 0 }
        };
        let at = |n: usize| words.get(shift(n)).copied();
        let Some(pid) = at(columns.pid).and_then(|w| w.parse::<u32>().ok()) else { return false };
        let command = after_words(text, shift(columns.command));
        if command.is_empty() {
            return false;
        }
        let stat = columns.stat.and_then(at).unwrap_or("");
        if !stat.is_empty() && !stat.starts_with(|c: char| "RSDTtZXIWKPL".contains(c)) {
            return false;
        }
        let program = Program::of(command);
        if program.of_the_kernel(stat) || program.name == "ps" || self.told >= PROCESSES_MAX {
            return true;
        }
        self.told += 1;
        let mut signal = sink.signal(id("process-runs")).worker(pid).name(program.name.clone());
        signal.about.path = program.title.clone();
        if let Some(user) = columns.user.and_then(at) {
            signal.value = Value::Word(user.to_owned());
        }
        let state = match stat.chars().next() {
            // Traffic Server's crash logger is stopped by design until there is a crash to log.
            Some('T' | 't') if program.name == "traffic_crashlog" => None,
            Some('T' | 't') => Some(id("process-stopped")),
            Some('D') => Some(id("process-uninterruptible")),
            Some('Z') => Some(id("process-zombie")),
            Some('R') => Some(id("process-busy")),
            _ => None,
        };
        // A zombie has ended: it does not run.
        if state != Some(id("process-zombie")) {
            sink.put(signal);
        }
        if let Some(state) = state {
            let mut signal = sink.signal(state).worker(pid).name(program.name);
            signal.about.path = program.title;
            sink.put(signal);
        }
        true
    }
}

/// What a command line says of the program.
struct Program {
    /// Base name of the program, or of the server that an interpreter runs.
    name: String,
    /// What the process calls itself behind its name: "pool www", "worker process".
    title: Option<String>,
    bracketed: bool,
    defunct: bool,
}

impl Program {
    fn of(command: &str) -> Self {
        let defunct = command.ends_with("<defunct>");
        if let Some(name) = command.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or(name).to_owned();
            return Self { name, title: None, bracketed: true, defunct };
        }
        let first = command.split_whitespace().next().unwrap_or(command);
        if let Some(name) = first.strip_suffix(':') {
            let title = after_words(command, 1);
            let title = (!title.is_empty()).then(|| title.to_owned());
            return Self { name: base(name).to_owned(), title, bracketed: false, defunct };
        }
        let name = base(first.trim_start_matches('-'));
        let name = served_by(name, command).unwrap_or(name);
        Self { name: name.to_owned(), title: None, bracketed: false, defunct }
    }

    /// Threads of the kernel stand in brackets, as does a program without a command line, such as a zombie.
    fn of_the_kernel(&self, stat: &str) -> bool {
        self.bracketed && !self.defunct && !stat.starts_with('Z')
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Servers that run inside an interpreter, by the base name of their script.
const SERVERS: &[&str] = &[
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "waitress-serve",
    "celery",
    "puma",
    "unicorn",
    "thin",
    "flask",
    "uwsgi",
    "supervisord",
    "passenger",
    "pm2",
    "next",
    "nuxt",
];

fn served_by<'a>(name: &str, command: &'a str) -> Option<&'a str> {
    let interpreter = ["python", "ruby", "node", "perl", "pypy"].iter().any(|i| name.starts_with(i));
    if !interpreter {
        return None;
    }
    let mut words = command.split_whitespace().skip(1);
    let script = words.by_ref().find(|word| !word.starts_with('-') || *word == "-m")?;
    let script = if script == "-m" { words.next()? } else { script };
    let script = base(script);
    SERVERS.contains(&script).then_some(script)
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "  PID  PPID USER     STAT WCHAN                COMMAND\n\
               29004 28419 root     S    do_epoll_wait        /usr/bin/python3 /srv/app/app.py --port 8000\n\
               29050 28419 root     Ts   sigsuspend           nginx: master process nginx -c /etc/nginx/nginx.conf\n\
               29052 29050 www-data R    -                    php-fpm: pool www\n\
               29053 29050 www-data Z    do_exit              [php-fpm] <defunct>\n\
               \x20  2     0 root     S    kthreadd             [kthreadd]",
        signals: &[
            "process-runs =root",
            "process-runs =root",
            "process-stopped",
            "process-runs =www-data",
            "process-busy",
            "process-zombie",
        ],
    },
    Sample {
        text: "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n\
               root           1  0.0  0.1 167744 11824 ?        Ss   05:00   0:01 /sbin/init\n\
               app         1200  0.5  2.0 500000 90000 ?        Dl   05:00   0:31 /srv/venv/bin/python3 /srv/venv/bin/gunicorn app:app",
        signals: &["process-runs =root", "process-runs =app", "process-uninterruptible"],
    },
    Sample {
        text: "www-data    1201  0.5  2.0 500000 90000 ?        S    05:00   0:31 php-fpm: pool shop",
        signals: &["process-runs =www-data"],
    },
    Sample {
        text: "UID          PID    PPID  C STIME TTY          TIME CMD\n\
               mysql        801       1  0 05:00 ?        00:00:02 /usr/sbin/mariadbd",
        signals: &["process-runs =mysql"],
    },
];
