//! Looks at a site on this computer.

use crate::harness::Folder;
use crate::site::Site;

#[test]
fn hosts_that_need_no_proxy_are_known() {
    let (folder, site) = (Folder::new(&[]), Site::new("200 OK", ""));
    let looked = |variables: &[(&str, &str)]| {
        folder.run_in(&["diagnose", &site.url("/"), "--format", "json"], "", variables).out
    };
    let proxy = ("http_proxy", "http://192.0.2.1:3128");
    assert!(looked(&[proxy, ("no_proxy", ""), ("NO_PROXY", "")]).contains("proxy-in-environment"));
    for name in ["no_proxy", "NO_PROXY"] {
        assert!(!looked(&[proxy, (name, "127.0.0.1")]).contains("proxy-in-environment"), "{name}");
    }
}

#[test]
fn a_budget_that_sufficed_leaves_nothing_open() {
    let (folder, site) = (Folder::new(&[]), Site::new("200 OK", ""));
    let looked =
        |budget: &str| folder.run(&["diagnose", &site.url("/"), "--budget", budget, "--format", "json"]);
    let ran = looked("100");
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let needed = document["look"]["requests"].as_u64().unwrap();
    assert_eq!((ran.code, looked(&needed.to_string()).code), (0, 0));
    assert_eq!(looked(&(needed - 1).to_string()).code, 3);
}

#[test]
fn resolvers_are_a_handful() {
    let mut arguments = vec!["diagnose", "http://127.0.0.1:9/"];
    for _ in 0..9 {
        arguments.extend(["--resolver", "127.0.0.1"]);
    }
    let ran = Folder::new(&[]).run(&arguments);
    assert!(ran.code == 2 && ran.err.contains("at most 8"), "{ran:?}");
}

#[test]
fn what_is_for_looking_needs_a_site() {
    let folder = Folder::new(&[("words.txt", "hello\n"), ("a.pem", "")]);
    for arguments in [
        &["--origin", "192.0.2.7"][..],
        &["--resolver", "192.0.2.53"],
        &["--with", "words.txt"],
        &["--ca", "a.pem"],
        &["--budget", "24"],
        &["--patience", "65"],
        &["--status-pages"],
        &["--private"],
        &["--watch"],
    ] {
        for lang in ["en", "ru"] {
            let ran = folder.run(&[&["--lang", lang, "diagnose", "words.txt"], arguments].concat());
            assert!(ran.code == 2 && ran.err.contains(arguments[0]), "{arguments:?}: {ran:?}");
        }
    }
    for arguments in [["--budget", "0"], ["--patience", "0"], ["--watch", "1"], ["--origin", "here"]] {
        let ran = folder.run(&[&["diagnose", "http://127.0.0.1:9/"], &arguments[..]].concat());
        assert!(ran.code == 2 && ran.err.contains(arguments[0]), "{arguments:?}: {ran:?}");
    }
    assert_eq!(folder.run(&["diagnose", "words.txt"]).code, 3);
}

#[test]
fn a_watch_writes_no_document_to_the_terminal_and_asks_nothing() {
    let folder = Folder::new(&[]);
    for (arguments, word) in [
        (&["--format", "json"][..], "-o FILE"),
        (&["--format", "md"], "-o FILE"),
        (&["--format", "html"], "-o FILE"),
        (&["--ask"], "--ask"),
    ] {
        let ran = folder.run(&[&["diagnose", "http://127.0.0.1:9/", "--watch"], arguments].concat());
        assert!(ran.code == 2 && ran.err.contains(word) && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_watch_judges_the_site_and_not_the_files() {
    const LINE: &str = "2026/01/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\", host: \"example.com\"\n";
    let folder = Folder::new(&[("error.log", LINE)]);
    let well = Site::new("200 OK", "");
    let ran = folder.run(&["diagnose", &well.url("/"), "error.log", "--watch", "5"]);
    assert!(!ran.err.contains("Looking again"), "{ran:?}");
    let began = std::time::Instant::now();
    let mends = Site::saying(move |_| {
        let status = if began.elapsed().as_secs() < 4 { "502 Bad Gateway" } else { "200 OK" };
        (status.to_owned(), String::new())
    });
    let arguments =
        ["diagnose", &mends.url("/"), "error.log", "--watch", "5", "--format", "json", "-o", "a.json"];
    let ran = folder.run(&arguments);
    assert!(ran.code == 0 && ran.out.contains("well again"), "{ran:?}");
    assert!(folder.read("a.json").contains("goodgate.diagnosis/1"));
}

/// A report of a look at this URL, at this time, that found these addresses.
fn from_elsewhere(url: &str, began: &str, outcome: &str, address: &str) -> String {
    format!(
        r#"{{"schema": "goodgate.diagnosis/1", "outcome": "{outcome}", "findings": [], "look": {{"url": "{url}", "began": "{began}", "addresses": ["{address}"]}}}}"#
    )
}

#[test]
fn only_looks_at_the_same_page_at_about_the_same_time_are_joined() {
    let site = Site::new("200 OK", "");
    let now = jiff::Timestamp::now();
    let (new, old) = (now.to_string(), (now - jiff::SignedDuration::from_mins(20)).to_string());
    let url = site.url("/a");
    let folder = Folder::new(&[
        ("same.json", &from_elsewhere(&site.url("/a?[redacted]"), &new, "fault", "198.51.100.7")),
        ("old.json", &from_elsewhere(&url, &old, "fault", "198.51.100.7")),
        ("path.json", &from_elsewhere(&site.url("/b?/CANARY"), &new, "fault", "198.51.100.7")),
        ("scheme.json", &from_elsewhere(&url.replace("http:", "https:"), &new, "fault", "198.51.100.7")),
        ("port.json", &from_elsewhere("http://127.0.0.1:1/a", &new, "fault", "198.51.100.7")),
        ("words.json", "hello"),
    ]);
    let joined = |file: &str| folder.run(&["diagnose", &url, "--with", file, "--format", "json"]);
    let ran = joined("same.json");
    assert!(ran.out.contains("elsewhere-fails-too"), "{ran:?}");
    let ran = joined("old.json");
    assert!(!ran.out.contains("elsewhere-fails-too") && ran.err.contains("20 minutes apart"), "{ran:?}");
    for file in ["path.json", "scheme.json", "port.json"] {
        let ran = joined(file);
        assert!(ran.code == 2 && ran.err.contains(&url) && !ran.err.contains("CANARY"), "{ran:?}");
    }
    // Before anything is looked at: nobody answers here.
    let ran = folder.run(&["diagnose", "http://192.0.2.1/", "--with", "words.json"]);
    assert!(ran.code == 2 && ran.err.contains("words.json"), "{ran:?}");
}
