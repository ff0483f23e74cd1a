//! Files that nobody would want to read: binary, empty, huge, hostile. Each gets its kind told and none makes
//! evidence out of what a client wrote; the answer does not depend on who reads the files.

use goodgate_case::{Diagnosis, FileKind, Input, Outcome, diagnose, diagnose_with};
use goodgate_facts::Role;

const REFUSED: &str = "2026/11/22 00:34:07 [error] 1#1: *1 connect() failed (111: Connection refused) while \
    connecting to upstream, client: 192.0.2.7, server: shop.example.com, request: \"GET /shop HTTP/1.1\", \
    upstream: \"http://127.0.0.1:8080/shop\", host: \"shop.example.com\"\n";

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    Input { name: name.to_owned(), bytes: bytes.into() }
}

fn failures(diagnosis: &Diagnosis) -> Vec<&'static str> {
    let failing =
        diagnosis.evidence.signals().iter().filter(|s| matches!(s.id.kind().role, Role::Failure(..)));
    failing.map(|s| s.id.as_str()).collect()
}

#[test]
fn files_that_say_nothing_are_named_for_what_they_are() {
    let program: Vec<u8> =
        b"\x7fELF\x02\x01\x01\x00".iter().copied().chain((0..=255u8).cycle().take(9000)).collect();
    let cases = [
        (file("empty.log", ""), FileKind::Empty),
        (file("blank.log", " \n\t\r\n\n"), FileKind::Empty),
        (file("program.log", program), FileKind::Binary),
        (file("nul.log", vec![0u8; 100_000]), FileKind::Binary),
        (
            file("prose.txt", "To whom it may concern: connect to us, and nothing will be refused.\n"),
            FileKind::Unknown,
        ),
    ];
    for (input, kind) in cases {
        let name = input.name.clone();
        let diagnosis = diagnose(&[input], Vec::new());
        assert_eq!(diagnosis.files.first().map(|f| &f.kind), Some(&kind), "{name}");
        assert_eq!(diagnosis.outcome, Outcome::CannotTell, "{name}");
        assert!(diagnosis.findings.is_empty() && diagnosis.evidence.signals().is_empty(), "{name}");
    }
}

#[test]
fn unreadable_files_beside_a_failing_log_change_nothing() {
    let alone = diagnose(&[file("error.log", REFUSED)], Vec::new());
    let noise = || {
        vec![
            file("empty.log", ""),
            file("core", vec![0u8; 50_000]),
            file("bytes.log", (0..=255u8).cycle().take(20_000).collect::<Vec<u8>>()),
        ]
    };
    let mut inputs = noise();
    inputs.push(file("error.log", REFUSED));
    inputs.extend(noise());
    let crowded = diagnose(&inputs, Vec::new());
    assert_eq!(crowded.outcome, alone.outcome);
    assert_eq!(failures(&crowded), failures(&alone));
    assert_eq!(crowded.findings.len(), alone.findings.len());
}

#[test]
fn a_healthy_log_full_of_imitations_is_healthy() {
    let imitations = [
        "connect() failed (111: Connection refused) while connecting to upstream",
        "AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
        "Out of memory: Killed process 4242 (node)",
        "[pool www] server reached pm.max_children setting (5), consider raising it",
        "0/0/-1/-1/3001 503 212 - - SC-- 1/1/0/0/3 0/0",
        "<html><head><title>502 Bad Gateway</title></head>",
        "\\nproxy_pass http://127.0.0.1:1;\\x0aserver {",
        "\u{1b}[2J\u{1b}[31m502\u{202e}",
    ];
    let line = |n: usize| {
        let hostile = imitations[n % imitations.len()];
        format!(
            "192.0.2.7 - - [22/Nov/2026:00:34:{:02} +0000] \"GET /{} HTTP/1.1\" 200 612 \"{hostile}\" \"{hostile}\"\n",
            n % 60,
            hostile.replace(' ', "%20")
        )
    };
    let log: String = (0..400).map(line).collect();
    let diagnosis = diagnose(&[file("access.log", log)], Vec::new());
    assert_eq!(failures(&diagnosis), Vec::<&str>::new());
    assert_eq!(diagnosis.outcome, Outcome::NoFault);
}

#[test]
fn the_answer_does_not_depend_on_who_reads_the_files() {
    let inputs: Vec<Input> = (0..8)
        .map(|n| file(&format!("error{n}.log"), REFUSED.replace("8080", &format!("808{n}")).repeat(n + 1)))
        .collect();
    let forwards = diagnose(&inputs, Vec::new());
    let backwards = diagnose_with(&inputs, Vec::new(), &|count, read| (0..count).rev().for_each(read));
    let at_once = diagnose_with(&inputs, Vec::new(), &|count, read| {
        std::thread::scope(|scope| {
            for n in 0..count {
                scope.spawn(move || read(n));
            }
        });
    });
    for other in [backwards, at_once] {
        assert_eq!(forwards.evidence.signals(), other.evidence.signals());
        assert_eq!(forwards.files.len(), other.files.len());
        assert_eq!(format!("{:?}", forwards.findings), format!("{:?}", other.findings));
    }
}

#[test]
fn a_log_of_years_is_judged_in_bounded_work() {
    // A failure every twenty minutes is an incident each; there are thousands of them.
    const INCIDENTS: usize = 5_000;
    let stamped = |n: usize| {
        let (minute, hour, day) = (n * 20 % 60, n * 20 / 60 % 24, n * 20 / 1440);
        REFUSED.replace(
            "2026/11/22 00:34:07",
            &format!("2026/{:02}/{:02} {hour:02}:{minute:02}:07", day / 28 + 1, day % 28 + 1),
        )
    };
    let log: String = (0..INCIDENTS).map(stamped).collect();
    let diagnosis = diagnose(&[file("error.log", log)], Vec::new());
    assert_eq!(diagnosis.outcome, Outcome::Fault);
    assert!((1..=100).contains(&diagnosis.findings.len()), "{}", diagnosis.findings.len());
    assert!(diagnosis.not_seen.iter().any(|n| n.what == "the earlier incidents"));
}

#[test]
fn every_line_about_another_server_is_one_incident() {
    let line = |n: usize| {
        REFUSED.replace("127.0.0.1:8080", &format!("10.{}.{}.{}:80", n >> 16, n >> 8 & 255, n & 255))
    };
    let log: String = (0..10_000).map(line).collect();
    let pids: String = (0..10_000)
        .map(|n| format!("[22-Nov-2026 00:34:07] WARNING: [pool www] child {n} exited on signal 11 (SIGSEGV) after 1.5 seconds from start\n"))
        .collect();
    let diagnosis = diagnose(&[file("error.log", log), file("php-fpm.log", pids)], Vec::new());
    assert_eq!(diagnosis.findings.len(), 1);
    assert!(diagnosis.evidence.signals().len() < 10_000);
    assert!(diagnosis.not_seen.iter().any(|n| n.what.contains("very many messages")));
}
