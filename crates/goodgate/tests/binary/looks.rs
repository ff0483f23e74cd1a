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
