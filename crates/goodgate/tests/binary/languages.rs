//! `--lang ru`: reports, complaints and help speak Russian; documents keep their ids.

use crate::harness::Folder;

const ERROR_LOG: &str = "2026/03/14 06:25:48 [error] 7#7: *1 connect() failed (111: Connection refused) while \
    connecting to upstream, client: 192.0.2.44, server: shop.example, request: \"GET / HTTP/1.1\", upstream: \
    \"http://127.0.0.1:9000/\", host: \"shop.example\"\n";

fn folder() -> Folder {
    Folder::new(&[("error.log", ERROR_LOG)])
}

fn is_russian(text: &str) -> bool {
    text.chars().any(|c| ('а'..='я').contains(&c))
}

#[test]
fn reports_speak_russian_to_every_reader() {
    let folder = folder();
    for reader in ["visitor", "owner", "operator", "support"] {
        let arguments = ["diagnose", "error.log", "--lang", "ru", "--format", "md", "--for", reader];
        let ran = folder.run(&arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let ours = |line: &&str| line.starts_with('#') || line.starts_with("**");
        let lines: Vec<&str> = ran.out.lines().filter(ours).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| is_russian(line)), "{reader}: {lines:?}");
    }
    let page = folder.run(&["diagnose", "error.log", "--lang", "ru", "--format", "html"]).out;
    assert!(page.contains("<html lang=\"ru\">"), "{page}");
    let page = folder.run(&["diagnose", "error.log", "--format", "html"]).out;
    assert!(page.contains("<html lang=\"en\">") && !is_russian(&page), "{page}");
}

#[test]
fn documents_keep_their_ids_in_every_language() {
    let folder = folder();
    let document = |language: &str| {
        let ran = folder.run(&["diagnose", "error.log", "--format", "json", "--lang", language]);
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()
    };
    let (en, ru) = (document("en"), document("ru"));
    for path in ["/findings/0/causes/0/id", "/findings/0/symptom/error", "/evidence/0/signal", "/outcome"] {
        assert!(en.pointer(path).is_some() && en.pointer(path) == ru.pointer(path), "{path}");
    }
    for path in
        ["/findings/0/causes/0/title", "/evidence/0/what", "/not_seen/0/what", "/findings/0/next/0/ask"]
    {
        let words = ru.pointer(path).and_then(|words| words.as_str()).unwrap_or_default();
        assert!(is_russian(words), "{path}: {words}");
    }
}

#[test]
fn complaints_and_help_speak_russian() {
    let folder = folder();
    for (arguments, code) in [
        (&["diagnose", "nowhere.log", "--lang", "ru"][..], 2),
        (&["--lang=ru", "diagnose", "error.log", "--told", "pages=three"], 2),
        (&["diagnose", "--lang", "ru"], 2),
        (&["diagnos", "--lang", "ru"], 2),
        (&["explain", "--format", "pdf", "--lang", "ru"], 2),
    ] {
        let ran = folder.run(arguments);
        assert!(ran.code == code && is_russian(&ran.err) && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
    for arguments in [
        &["--help", "--lang", "ru"][..],
        &["--lang", "ru", "diagnose", "-h"],
        &["lab", "--lang", "ru", "test", "--help"],
        &["--lang", "ru", "help", "explain"],
    ] {
        let ran = folder.run(arguments);
        let english = ["Usage", "Options", "Print", "Possible", "default", "Examples", "Exit"];
        let said = ran.code == 0 && ran.out.contains("Использование: goodgate");
        assert!(said && !english.iter().any(|word| ran.out.contains(word)), "{arguments:?}: {ran:?}");
    }
}
