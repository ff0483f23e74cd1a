//! What the signal that ended a worker says, whichever application server tells of it.

use goodgate_facts::{SignalId, id};

/// The signal of the registry for a worker that was ended by this signal of the operating system.
pub(crate) fn ended_by(os_signal: i32) -> SignalId {
    match os_signal {
        4 | 5 | 6 | 7 | 8 | 11 | 31 => id("worker-crashed-signal"),
        9 => id("worker-killed-sigkill"),
        1 | 2 | 3 | 15 => id("worker-killed-sigterm"),
        _ => id("worker-exited-on-signal"),
    }
}

/// The number of a signal's name on Linux (`SIGSEGV`).
pub(crate) fn number_of(name: &str) -> Option<i32> {
    Some(match name {
        "SIGHUP" => 1,
        "SIGINT" => 2,
        "SIGQUIT" => 3,
        "SIGILL" => 4,
        "SIGTRAP" => 5,
        "SIGABRT" | "SIGIOT" => 6,
        "SIGBUS" => 7,
        "SIGFPE" => 8,
        "SIGKILL" => 9,
        "SIGUSR1" => 10,
        "SIGSEGV" => 11,
        "SIGUSR2" => 12,
        "SIGPIPE" => 13,
        "SIGALRM" => 14,
        "SIGTERM" => 15,
        "SIGXCPU" => 24,
        "SIGXFSZ" => 25,
        "SIGSYS" => 31,
        _ => return None,
    })
}
