//! `--ask` and `--for` with the real binary.

use crate::harness::Folder;

/// A page that leaves open what stands behind it.
const PAGE: &str = "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\nContent-Type: text/html\n\n<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>\n";

#[test]
fn questions_are_asked_one_at_a_time_and_answers_are_repeated() {
    let folder = Folder::new(&[("page.html", PAGE)]);
    let ran = folder.run_with(&["diagnose", "page.html", "--ask"], "1\n\nnonsense\n2\n1\n1\n1\n1\n");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("Question 1:") && ran.err.contains("  1  "), "{ran:?}");
    assert!(!ran.err.contains("Question 7:"), "{ran:?}");
    assert!(ran.err.contains("Type a number from 1 to"), "{ran:?}");
    let told = ran.err.lines().find(|line| line.contains("--told ")).unwrap_or_default();
    let words: Vec<&str> = told.split_once("--told ").unwrap().1.split(" --told ").collect();
    assert!(!words.is_empty() && words.iter().all(|word| word.contains('=')), "{told}");
    assert!(!ran.out.contains("Question"), "the answer alone is the answer: {ran:?}");
    // The same without a dialogue gives the same report.
    let mut arguments = vec!["diagnose", "page.html"];
    for word in &words {
        arguments.extend(["--told", word.trim()]);
    }
    assert_eq!(folder.run(&arguments).out, ran.out);
}

#[test]
fn nobody_there_to_answer_is_no_answer() {
    let folder = Folder::new(&[("page.html", PAGE)]);
    let ran = folder.run_with(&["diagnose", "page.html", "--ask"], "");
    assert_eq!(ran.out, folder.run(&["diagnose", "page.html"]).out);
    assert!(ran.err.contains("Question 1:") && !ran.err.contains("Question 2:"), "{ran:?}");
    assert!(!ran.err.contains("--told"), "{ran:?}");
    let ran = folder.run_with(&["diagnose", "page.html", "--ask"], "\n\n\n\n\n\n\n\n");
    assert_eq!(ran.out, folder.run(&["diagnose", "page.html"]).out);
    let ran = folder.run_with(&["--lang", "ru", "diagnose", "page.html", "--ask", "--for", "visitor"], "1\n");
    assert!(ran.err.contains("Вопрос 1:") && ran.out.contains("Дело не в вас"), "{ran:?}");
}

#[test]
fn what_was_told_is_not_asked_again() {
    let folder = Folder::new(&[("page.html", PAGE)]);
    let told = ["pages=all", "who=everybody", "other-browser=no", "changed=nothing", "moved=no", "bill=paid"];
    let told = told.into_iter().chain(["panel=opens", "other-sites=work", "load=any", "restarted=useless"]);
    let mut arguments = vec!["diagnose", "page.html", "--ask", "--told", "running=yes"];
    for word in told {
        arguments.extend(["--told", word]);
    }
    let ran = folder.run_with(&arguments, "1\n");
    assert!(!ran.err.contains("Question"), "{ran:?}");
}

#[test]
fn each_reader_gets_an_own_text() {
    let folder = Folder::new(&[("page.html", PAGE)]);
    let visitor = folder.run(&["diagnose", "page.html", "--for", "visitor"]).out;
    assert!(visitor.contains("It is not you") && !visitor.to_lowercase().contains("upstream"), "{visitor}");
    let owner = folder.run(&["diagnose", "page.html", "--for", "owner"]).out;
    assert!(owner.contains("status page") && owner.contains("--for support"), "{owner}");
    let letter = folder.run(&["diagnose", "page.html", "--for", "support"]).out;
    assert!(letter.contains("[since when") && letter.contains("no password"), "{letter}");
    let page = folder.run(&["diagnose", "page.html", "--for", "owner", "--format", "html"]).out;
    assert!(
        page.contains("<figcaption>") && page.contains("broken here") && !page.contains("<script"),
        "{page}"
    );
}
