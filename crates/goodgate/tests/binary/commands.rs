//! What the commands promise: exit codes, forms, where input may come from.

use crate::harness::Folder;

const LINE: &str = "2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\"\n";
const FINE: &str =
    "192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 157 \"-\" \"Mozilla/5.0\"\n";

#[test]
fn exit_codes_of_diagnose() {
    let folder = Folder::new(&[("error.log", LINE), ("access.log", FINE), ("words.txt", "hello\n")]);
    for (arguments, code) in [
        (&["diagnose", "access.log"][..], 0),
        (&["diagnose", "error.log"], 1),
        (&["diagnose", "nothing-here"], 2),
        (&["diagnose"], 2),
        (&["diagnose", "error.log", "--told", "colour=red"], 2),
        (&["diagnose", "access.log", "nothing-here"], 3),
        (&["diagnose", "words.txt"], 3),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
}

#[test]
fn exit_codes_of_explain() {
    let folder = Folder::new(&[("error.log", LINE)]);
    for (arguments, code) in [
        (&["explain", "502"][..], 0),
        (&["explain", "error.log"], 0),
        (&["explain", "words that mean nothing"], 0),
        (&["explain", "nothing-here.log"], 2),
        (&["explain", "--lang", "xx", "502"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
}

#[test]
fn explain_takes_arguments_files_and_standard_input() {
    let folder = Folder::new(&[("error.log", LINE)]);
    let runs = [
        folder.run(&["explain", LINE.trim()]),
        folder.run(&["explain", "error.log"]),
        folder.run_with(&["explain"], LINE),
        folder.run_with(&["explain", "-"], LINE),
        folder.run(&[
            "explain",
            "connect()",
            "failed",
            "(111:",
            "Connection",
            "refused)",
            "while",
            "connecting",
            "to",
            "upstream",
        ]),
    ];
    for ran in runs {
        assert!(ran.out.contains("upstream-not-running"), "{ran:?}");
    }
    let ran = folder.run_with(&["explain"], "502\n");
    assert!(ran.out.contains("502 Bad Gateway"), "{ran:?}");
    let ran = folder.run(&["explain", "502", "SC--"]);
    assert!(ran.out.contains("502 Bad Gateway") && ran.out.contains("HAProxy"), "{ran:?}");
}

#[test]
fn what_is_not_understood_is_said_plainly() {
    let ran = Folder::new(&[]).run(&["explain", "the weather is fine today"]);
    assert!(ran.out.contains("not understood") && ran.out.contains("What to try"), "{ran:?}");
}

#[test]
fn what_was_told_is_evidence() {
    let folder = Folder::new(&[("error.log", LINE)]);
    let ran = folder.run(&["diagnose", "error.log", "--told", "since=this morning", "--format", "json"]);
    assert!(ran.out.contains("told-since") && ran.out.contains("this morning"), "{}", ran.out);
    let ran = folder.run(&["diagnose", "error.log", "--told", "colour=red"]);
    assert!(ran.err.contains("since=TEXT") && ran.err.contains("pages=all|some"), "{}", ran.err);
}

#[test]
fn answers_go_to_files_without_colours() {
    let folder = Folder::new(&[("error.log", LINE)]);
    let ran = folder.run(&["diagnose", "error.log", "-o", "answer.txt"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let answer = folder.read("answer.txt");
    assert!(answer.contains("127.0.0.1:9000") && !answer.contains('\u{1b}'), "{answer}");
    let html = folder.run(&["diagnose", "error.log", "--format", "html"]).out;
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<details>") && !html.contains("src="),
        "{html}"
    );
    let md = folder.run(&["diagnose", "error.log", "--format", "md"]).out;
    assert!(md.contains("## Because") && md.contains("**✗"), "{md}");
}

#[test]
fn help_shows_examples() {
    let folder = Folder::new(&[]);
    for (arguments, wanted) in [
        (&["--help"][..], "goodgate explain 502"),
        (&["diagnose", "--help"], "--told since="),
        (&["explain", "--help"], "UF,URX"),
    ] {
        let ran = folder.run(arguments);
        assert!(ran.code == 0 && ran.out.contains(wanted), "{ran:?}");
    }
}
