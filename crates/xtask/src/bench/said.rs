//! What the measuring tools print, read: wrk, h2load, `openssl s_time`, strace and callgrind. Pure.

/// What a load generator did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    /// Of those, not answered as they should be.
    pub(crate) failed: u64,
    /// Half of the answers took no longer; where the tool says so.
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
}

/// `wrk --latency`.
pub(crate) fn wrk(text: &str) -> Option<Load> {
    let mut load = Load { requests: number_before(text, " requests in ")?, ..Load::default() };
    for line in text.lines().map(str::trim) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("50%"), Some(time)) => load.p50_ms = milliseconds(time),
            (Some("99%"), Some(time)) => load.p99_ms = milliseconds(time),
            _ => {}
        }
        if let Some(bad) = line.strip_prefix("Non-2xx or 3xx responses: ") {
            load.failed += bad.parse::<u64>().ok()?;
        }
        if let Some(errors) = line.strip_prefix("Socket errors: ") {
            load.failed +=
                errors.split(", ").filter_map(|e| e.split(' ').nth(1)?.parse::<u64>().ok()).sum::<u64>();
        }
    }
    Some(load)
}

/// `h2load`: it counts requests that were cut off by the end of the time as begun, so only answered ones count here.
pub(crate) fn h2load(text: &str) -> Option<Load> {
    let line = text.lines().find(|line| line.starts_with("requests: "))?;
    let count = |word: &str| number_before(line, word);
    let failed = count(" failed")? + count(" errored")?;
    let mut load = Load { requests: count(" succeeded")? + failed, failed, ..Load::default() };
    // Least, greatest, mean, deviation: the mean stands for the middle, and there is no 99 %.
    let times = text.lines().find_map(|line| line.strip_prefix("time for request:"));
    load.p50_ms = times.and_then(|times| milliseconds(times.split_whitespace().nth(2)?));
    Some(load)
}

/// `openssl s_time -new`.
pub(crate) fn s_time(text: &str) -> Option<Load> {
    Some(Load { requests: number_before(text, " connections in ")?, ..Load::default() })
}

/// A time with its unit, as wrk and h2load write it.
fn milliseconds(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// The number that stands before some words.
fn number_before(text: &str, words: &str) -> Option<u64> {
    let before = text.get(..text.find(words)?)?;
    let begin = before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    before.get(begin..)?.parse().ok()
}

/// Calls by name, of the table that `strace -c` writes.
pub(crate) fn strace(text: &str) -> Vec<(String, u64)> {
    let rows = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [share, _, _, calls, .., name] = words.as_slice() else { return None };
        share.parse::<f64>().ok()?;
        Some(((*name).to_owned(), calls.parse().ok()?))
    });
    rows.filter(|(name, _)| name != "total").collect()
}

/// Instructions in all, of a file that callgrind wrote.
pub(crate) fn callgrind(text: &str) -> Option<u64> {
    let sum = |key: &str| -> Option<u64> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(|value| value.split_whitespace().next()?.parse::<u64>().ok()).sum()
    };
    // A file of several parts has one summary each, and the total may be missing.
    match sum("totals:") {
        Some(total) if total > 0 => Some(total),
        _ => sum("summary:").filter(|total| *total > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrk_says_requests_latency_and_errors() {
        let text = "Running 2s test @ http://127.0.0.1:20001/1k\n  1 threads and 64 connections\n  Thread Stats   Avg\n  \
            Latency Distribution\n     50%    1.90ms\n     75%    2.10ms\n     90%  950.00us\n     99%    1.20s\n  \
            80322 requests in 2.00s, 98.05MB read\n  Socket errors: connect 0, read 3, write 1, timeout 2\n  \
            Non-2xx or 3xx responses: 7\nRequests/sec:  40161.02\n";
        let load = Load { requests: 80_322, failed: 13, p50_ms: Some(1.9), p99_ms: Some(1200.0) };
        assert_eq!(wrk(text), Some(load));
        assert_eq!(wrk("unable to connect"), None);
    }

    #[test]
    fn h2load_says_requests_and_failures() {
        let text = "finished in 2.00s, 19000.50 req/s, 20.00MB/s\nrequests: 38001 total, 38129 started, 38001 done, 37990 \
            succeeded, 11 failed, 2 errored, 0 timeout\nstatus codes: 37990 2xx\n                     min         max         \
            mean         sd        +/- sd\ntime for request:      331us     12.20ms      2.51ms       901us    71.10%\n";
        let load = h2load(text).unwrap();
        assert_eq!((load.requests, load.failed, load.p50_ms), (38_003, 13, Some(2.51)));
        assert_eq!(h2load("nothing"), None);
    }

    #[test]
    fn s_time_says_connections() {
        let text = "1200 connections in 0.72s; 1666.67 connections/user sec, bytes read 0\n1200 connections in 3 real seconds";
        assert_eq!(s_time(text).map(|load| load.requests), Some(1200));
    }

    #[test]
    fn strace_counts_calls_by_name() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- --------- \
            --------- ----------------\n 52.04    0.019520           4     40010         3 recvfrom\n 41.00    0.015000           \
            3     40000           sendto\n  0.00    0.000000           0         1           brk\n------ ----------- ----------- \
            --------- --------- ----------------\n100.00    0.037512           4     80011         3 total\n";
        let calls = strace(text);
        assert_eq!(calls.len(), 3);
        assert_eq!(calls[0], ("recvfrom".to_owned(), 40_010));
        assert_eq!(calls.iter().map(|(_, calls)| calls).sum::<u64>(), 80_011);
    }

    #[test]
    fn callgrind_sums_what_its_parts_say() {
        assert_eq!(
            callgrind("version: 1\nevents: Ir\nsummary: 123456\nfn=(1) main\n1 2\ntotals: 123457\n"),
            Some(123_457)
        );
        assert_eq!(callgrind("summary: 5\nsummary: 6\n"), Some(11));
        assert_eq!(callgrind("events: Ir\n"), None);
    }
}
