//! The kernel's log: `dmesg`, `journalctl -k`, syslog lines of the kernel, and the audit log. Recognised by its
//! stamps or by the kernel's own words. Knows nothing of which process serves which site.

use std::sync::LazyLock;

use goodgate_facts::{Address, Looked, Moment, Signal, SignalId, Target, Value, id};

use super::columns::{between, leading_number, text, value_of};
use super::kernel_stamp::{Stamp, could_be, could_be_stamped, names_a_part_of_the_kernel, unstamp};
use crate::clock;
use crate::patterns::Words;
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "kernel",
    title: "kernel log",
    reference: "linux: mm/oom_kill.c, net/ipv4/tcp_input.c, arch/x86/mm/fault.c, security/selinux/avc.c",
    product: "kernel",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Each message that is read below holds one of these.
const TELLING: &[&str] = &[
    " invoked oom-killer: ",
    "oom_reaper: reaped process ",
    "oom-kill:constraint=",
    "out of memory",
    "Out of memory: Kill",
    "Killed process ",
    ": segfault at ",
    "traps: ",
    " general protection ip:",
    "ossible SYN flooding",
    "conntrack: table full",
    "too many orphaned sockets",
    "VFS: file-max limit ",
    "fork rejected by pids",
    "eighbor table overflow",
    "eighbour table overflow",
    "audit(",
    "audit: type=",
    "avc: ",
    "apparmor=",
    "IN=",
    " blocked for more than ",
    "EXT4-fs ",
    "I/O error",
    "blk_update_request: ",
    "critical medium error",
    "critical target error",
    "BTRFS error",
    "Aborting journal on device",
    "XFS (",
];

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(TELLING));

/// Facts that a kernel log would show; their absence speaks where one was read.
const WOULD_SHOW: &[SignalId] = &[id("oom-kill"), id("oom-kill-cgroup"), id("segfault")];

#[derive(Default)]
struct Reader {
    /// A line with words that only the kernel uses has been seen.
    certain: bool,
    /// The process of the last `oom-kill:` line, which "Killed process" repeats.
    killed: Option<u32>,
    lines: u32,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let told = sink.program().is_some_and(|program| program == "kernel");
        if !told && !could_be(line) {
            return Verdict::Foreign;
        }
        if !told && !could_be_stamped(line) && !WORDS.any_in(line) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let (stamp, body) = unstamp(&text);
        let stamp = if told { Stamp::Sure } else { stamp };
        if stamp == Stamp::Calendar {
            sink.set_time(
                clock::asctime(line.trim_ascii_start().get(1..).unwrap_or_default()).map(|(time, _)| time),
            );
        }
        let said = audit_time(body, sink) | self.meaning(body, sink);
        let mine = match stamp {
            Stamp::Sure => true,
            Stamp::Calendar => said || self.certain || names_a_part_of_the_kernel(body),
            Stamp::None => said,
        };
        if !mine {
            return Verdict::Foreign;
        }
        self.certain |= said || stamp == Stamp::Sure;
        self.lines += 1;
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        // A line or two may be quoted out of a log; only a longer piece is a look at it.
        const LINES_MIN: u32 = 3;
        for &id in WOULD_SHOW {
            let looked = Looked {
                id,
                about: goodgate_facts::About::default(),
                window: None,
                complete: self.lines >= LINES_MIN,
                source: sink.source(),
            };
            sink.evidence.add_looked(looked);
        }
    }
}

impl Reader {
    /// Puts what the message means into the sink; says whether these are the kernel's words.
    fn meaning(&mut self, body: &str, sink: &mut Sink) -> bool {
        self.memory(body, sink)
            || crash(body, sink)
            || network(body, sink)
            || denial(body, sink)
            || packet(body, sink)
            || trouble(body, sink)
    }

    fn memory(&mut self, body: &str, sink: &mut Sink) -> bool {
        if body.contains(" invoked oom-killer: gfp_mask=") || body.starts_with("oom_reaper: reaped process ")
        {
            return true;
        }
        if let Some(rest) = body.strip_prefix("oom-kill:constraint=") {
            let group = rest.starts_with("CONSTRAINT_MEMCG");
            let pid = value_of(rest, "pid").and_then(leading_number).and_then(|n| u32::try_from(n).ok());
            let mut signal = sink.signal(oom_id(group)).worker(pid);
            signal.about.name = value_of(rest, "task").map(str::to_owned);
            if group {
                signal.about.path = value_of(rest, "task_memcg").map(str::to_owned);
            }
            self.killed = pid;
            sink.put(signal);
            return true;
        }
        let group = body.starts_with("Memory cgroup out of memory: Kill");
        if !group && !body.starts_with("Out of memory: Kill") && !body.starts_with("Killed process ") {
            return false;
        }
        let Some((pid, name)) = process_in(body) else { return false };
        // The older kernels write "Kill process" and then "Killed process" for the same one.
        if self.killed != Some(pid) {
            self.killed = Some(pid);
            let signal = sink.signal(oom_id(group)).worker(pid).name(name);
            sink.put(signal);
        }
        true
    }
}

fn oom_id(group: bool) -> SignalId {
    if group { id("oom-kill-cgroup") } else { id("oom-kill") }
}

/// `… process 123 (name) …`
fn process_in(body: &str) -> Option<(u32, &str)> {
    let (_, rest) = body.split_once(" process ")?;
    let (pid, rest) = rest.split_once(" (")?;
    Some((pid.trim_end_matches(',').parse().ok()?, rest.split_once(')')?.0))
}

/// `name[pid]` at the beginning of a text that may hold more.
fn name_and_pid(text: &str) -> Option<(&str, u32)> {
    let (name, rest) = text.rsplit_once('[')?;
    let pid = rest.trim_end_matches([']', ':']).parse().ok()?;
    (!name.is_empty() && name.len() <= 32).then_some((name, pid))
}

fn crash(body: &str, sink: &mut Sink) -> bool {
    let (who, what) = if let Some((who, _)) = body.split_once(": segfault at ") {
        (who, "segfault")
    } else if let Some(rest) = body.strip_prefix("traps: ") {
        let Some(at) = rest.find("] ") else { return false };
        let what = &rest[at + 2..];
        let word = if what.starts_with("general protection") {
            "general-protection"
        } else if what.starts_with("trap invalid opcode") {
            "invalid-opcode"
        } else {
            "trap"
        };
        (&rest[..=at], word)
    } else if let Some((who, _)) = body.split_once(" general protection ip:") {
        (who, "general-protection")
    } else {
        return false;
    };
    let Some((name, pid)) = name_and_pid(who) else { return false };
    let mut signal = sink.signal(id("segfault")).worker(pid).name(name).value(Value::Word(what.to_owned()));
    signal.about.path =
        body.rsplit_once(" in ").and_then(|(_, f)| f.split('[').next()).map(|f| f.trim().to_owned());
    sink.put(signal);
    true
}

fn any_host(port: u16) -> Target {
    Target { protocol: None, address: Address::Tcp { host: "*".to_owned(), port } }
}

fn network(body: &str, sink: &mut Sink) -> bool {
    if let Some((_, rest)) = body.split_once("ossible SYN flooding on port ") {
        let place = rest.split(['.', ' ']).next().unwrap_or("");
        // Newer kernels write the address as well: `0.0.0.0:80`, `[::]:80`.
        let address = rest.split(". ").next().unwrap_or(rest).split_whitespace().next().unwrap_or("");
        let target = match place.parse() {
            Ok(port) if !address.contains(':') => Some(any_host(port)),
            _ => Target::parse(address.trim_end_matches('.')),
        };
        let signal = sink.signal(id("syn-flooding")).target(target);
        sink.put(signal);
        return true;
    }
    if body.contains("conntrack: table full, dropping packet") {
        let signal = sink.signal(id("conntrack-full"));
        sink.put(signal);
        return true;
    }
    const LIMITS: &[(&str, &str)] = &[
        ("TCP: out of memory", "tcp-memory"),
        ("TCP: too many orphaned sockets", "tcp-orphans"),
        ("too many orphaned sockets", "tcp-orphans"),
        ("VFS: file-max limit ", "open-files"),
        ("cgroup: fork rejected by pids controller", "processes"),
        ("neighbour: arp_cache: neighbor table overflow", "neighbours"),
        ("neighbour: ndisc_cache: neighbor table overflow", "neighbours"),
        ("Neighbour table overflow", "neighbours"),
    ];
    for (words, limit) in LIMITS {
        if body.starts_with(words) {
            let signal = sink.signal(id("kernel-limit-hit")).value(Value::Word((*limit).to_owned()));
            sink.put(signal);
            return true;
        }
    }
    false
}

/// Audit lines carry their own time: `audit(1700000000.123:45)`. Says whether this is an audit line.
fn audit_time(body: &str, sink: &mut Sink) -> bool {
    let framed = body.starts_with("type=") && body.contains(" msg=audit(");
    if !framed && !body.starts_with("audit: type=") {
        return false;
    }
    if let Some((seconds, rest)) = between(body, "audit(", ")").and_then(|stamp| stamp.split_once('.'))
        && let Ok(seconds) = seconds.parse::<i64>()
        && let Some(millis) = leading_number(rest).filter(|n| *n < 1000)
    {
        let millis = seconds.saturating_mul(1000).saturating_add(i64::try_from(millis).unwrap_or(0));
        sink.set_time(Moment::from_millisecond(millis).ok());
    }
    true
}

fn denial(body: &str, sink: &mut Sink) -> bool {
    let selinux = body.contains("avc:  denied  {") || body.contains("avc: denied {");
    let apparmor = body.contains("apparmor=\"DENIED\"");
    if !selinux && !apparmor {
        return false;
    }
    if selinux && value_of(body, "permissive") == Some("1") {
        return true;
    }
    let what = if selinux { between(body, "{", "}").map(str::trim) } else { value_of(body, "operation") };
    let pid = value_of(body, "pid").and_then(|pid| pid.parse().ok());
    let mut signal: Signal = sink.signal(id("security-module-denial")).worker(pid);
    signal.about.name = value_of(body, "comm").map(str::to_owned);
    signal.about.path = value_of(body, "path").or_else(|| value_of(body, "name")).map(str::to_owned);
    if let Some(port) = value_of(body, "dest").and_then(|port| port.parse().ok()) {
        let host = value_of(body, "daddr").unwrap_or("*").to_owned();
        signal.about.target = Some(Target { protocol: None, address: Address::Tcp { host, port } });
    }
    if let Some(what) = what {
        signal.value = Value::Word(what.to_owned());
    }
    sink.put(signal);
    true
}

/// A packet that a firewall rule logged. Only a rule that says so in its prefix has dropped it.
fn packet(body: &str, sink: &mut Sink) -> bool {
    let Some(at) = body.find("IN=") else { return false };
    let (prefix, fields) = body.split_at(at);
    let (Some(host), Some(proto)) = (value_of(fields, "DST"), value_of(fields, "PROTO")) else {
        return false;
    };
    if value_of(fields, "SRC").is_none() {
        return false;
    }
    let prefix = prefix.to_ascii_uppercase();
    let dropped = ["BLOCK", "DROP", "DENY", "DENIED", "REJECT"].iter().any(|word| prefix.contains(word));
    if dropped && let Some(port) = value_of(fields, "DPT").and_then(|port| port.parse().ok()) {
        let target =
            Target { protocol: None, address: Address::Tcp { host: host.to_ascii_lowercase(), port } };
        let signal = sink
            .signal(id("firewall-logged-drop"))
            .target(target)
            .value(Value::Word(proto.to_ascii_lowercase()));
        sink.put(signal);
    }
    true
}

fn trouble(body: &str, sink: &mut Sink) -> bool {
    let hung = body.strip_prefix("INFO: task ").or_else(|| body.strip_prefix("task "));
    if let Some((who, _)) = hung.and_then(|rest| rest.split_once(" blocked for more than ")) {
        let (name, pid) = who.rsplit_once(':').unwrap_or((who, ""));
        let signal = sink.signal(id("process-uninterruptible")).worker(pid.parse().ok()).name(name);
        sink.put(signal);
        return true;
    }
    const DISK: &[&str] = &[
        "EXT4-fs error",
        "EXT4-fs (",
        "Buffer I/O error on dev",
        "blk_update_request: I/O error",
        "blk_update_request: critical",
        "I/O error, dev ",
        "critical medium error, dev ",
        "critical target error, dev ",
        "BTRFS error",
        "Aborting journal on device",
    ];
    let Some(words) = DISK.iter().find(|words| body.starts_with(*words)) else {
        return xfs(body, sink);
    };
    // "EXT4-fs (sda1): mounted filesystem" is everyday; what it remounts read-only is not.
    if *words == "EXT4-fs ("
        && !body.contains("Remounting filesystem read-only")
        && !body.contains("I/O error")
    {
        return true;
    }
    let signal = sink.signal(id("disk-error"));
    sink.put(signal);
    true
}

fn xfs(body: &str, sink: &mut Sink) -> bool {
    if !body.starts_with("XFS (") {
        return false;
    }
    if ["metadata I/O error", "Corruption", "Shutting down filesystem", "shut down"]
        .iter()
        .any(|w| body.contains(w))
    {
        let signal = sink.signal(id("disk-error"));
        sink.put(signal);
    }
    true
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[ 2985.514749] php-fpm8.2 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n\
               [ 2985.514762] CPU: 0 UID: 33 PID: 12138 Comm: php-fpm8.2 Not tainted 6.18.44 #1 PREEMPT(none) \n\
               [ 2985.515161] [  12133]     0 12133    50534     5327     1056     3695       576   143360        0             0 php-fpm8.2\n\
               [ 2985.515228] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/app,task_memcg=/app,task=php-fpm8.2,pid=12138,uid=33\n\
               [ 2985.515245] Memory cgroup out of memory: Killed process 12138 (php-fpm8.2) total-vm:380632kB, anon-rss:94260kB, file-rss:7308kB, shmem-rss:548kB, UID:33 pgtables:488kB oom_score_adj:0",
        signals: &["oom-kill-cgroup"],
    },
    Sample {
        text: "<3>[12345.678901] Out of memory: Killed process 4242 (node) total-vm:1kB, anon-rss:1kB",
        signals: &["oom-kill"],
    },
    Sample {
        text: "Nov 22 05:00:01 web1 kernel: [12345.678901] Out of memory: Kill process 4242 (mysqld) score 900 or sacrifice child\n\
               Nov 22 05:00:01 web1 kernel: [12345.678990] Killed process 4242 (mysqld) total-vm:1kB, anon-rss:1kB, file-rss:0kB",
        signals: &["oom-kill"],
    },
    Sample {
        text: "[ 2936.438091] gunicorn[5111]: segfault at 0 ip 00007fb2ff6cfad8 sp 00007ffc1e0a0728 error 4 in libc.so.6[167ad8,7fb2ff58e000+156000] likely on CPU 1 (core 1, socket 0)",
        signals: &["segfault =segfault"],
    },
    Sample {
        text: "[Sun Nov 22 05:00:01 2026] traps: php-fpm[77] general protection fault ip:55d sp:7ff error:0 in opcache.so[7f+9]",
        signals: &["segfault =general-protection"],
    },
    Sample {
        text: "[  100.000001] TCP: request_sock_TCP: Possible SYN flooding on port 8000. Sending cookies.  Check SNMP counters.\n\
               [  101.000001] TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:9000. Sending cookies.\n\
               [  102.000001] nf_conntrack: nf_conntrack: table full, dropping packet\n\
               [  103.000001] TCP: out of memory -- consider tuning tcp_mem",
        signals: &[
            "syn-flooding @*:8000",
            "syn-flooding @0.0.0.0:9000",
            "conntrack-full",
            "kernel-limit-hit =tcp-memory",
        ],
    },
    Sample {
        text: "type=AVC msg=audit(1700000000.123:456): avc:  denied  { name_connect } for  pid=1234 comm=\"nginx\" dest=9000 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:http_port_t:s0 tclass=tcp_socket permissive=0\n\
               type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e syscall=42 success=no exit=-13 pid=1234 comm=\"nginx\"",
        signals: &["security-module-denial @*:9000 =name_connect"],
    },
    Sample {
        text: "[  200.123456] audit: type=1400 audit(1700000000.123:45): apparmor=\"DENIED\" operation=\"connect\" profile=\"/usr/sbin/nginx\" name=\"/run/app.sock\" pid=12 comm=\"nginx\" requested_mask=\"w\" denied_mask=\"w\"",
        signals: &["security-module-denial =connect"],
    },
    Sample {
        text: "[  300.123456] [UFW BLOCK] IN=eth0 OUT= MAC=00:00 SRC=192.0.2.9 DST=192.0.2.1 LEN=60 TOS=0x00 PROTO=TCP SPT=40000 DPT=9000 WINDOW=64240 SYN URGP=0",
        signals: &["firewall-logged-drop @192.0.2.1:9000 =tcp"],
    },
    Sample {
        text: "[  400.123456] INFO: task php-fpm8.1:991 blocked for more than 120 seconds.\n\
               [  401.123456] EXT4-fs (sda1): mounted filesystem with ordered data mode\n\
               [  402.123456] EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm nginx: reading directory lblock 0\n\
               [  403.123456] I/O error, dev sda, sector 12345 op 0x0:(READ)",
        signals: &["process-uninterruptible", "disk-error"],
    },
];
