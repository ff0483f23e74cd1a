//! The documents are what docs/schema promises.

use crate::harness::Folder;
use crate::schema_check::fits;

const ERROR_LOG: &str = "\
2026/01/01 10:00:00 [error] 7#7: *1 connect() to unix:/run/php/php-fpm.sock failed (2: No such file or directory) while connecting to upstream, client: 192.0.2.1, server: example.com, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/php/php-fpm.sock:\", host: \"example.com\"
";

#[test]
fn diagnoses_and_bundles_fit() {
    let folder = Folder::new(&[("error.log", ERROR_LOG), ("empty.txt", ""), ("words.txt", "hello\nworld\n")]);
    for paths in
        [&["error.log"][..], &["error.log", "empty.txt", "words.txt"], &["empty.txt"], &["words.txt"]]
    {
        let told = ["--format", "json", "--told", "since=today", "--bundle", "b.json"];
        let ran = folder.run(&[&["diagnose"], paths, &told].concat());
        fits("diagnosis", &ran.out);
        fits("bundle", &folder.read("b.json"));
    }
}

#[test]
fn explanations_fit() {
    let folder = Folder::new(&[("error.log", ERROR_LOG)]);
    for word in [
        "502",
        "SC--",
        "UF,URX",
        "AH01102",
        "socket-missing",
        "connect-refused",
        "dns_error",
        "H12",
        "1016",
        "ECONNREFUSED",
        "TCP_MISS/502",
        "OriginConnectError",
        "LR",
    ] {
        fits("explanation", &folder.run(&["explain", word, "--format", "json"]).out);
    }
    fits("diagnosis", &folder.run(&["explain", "error.log", "--format", "json"]).out);
    fits("diagnosis", &folder.run(&["explain", "hello world", "--format", "json"]).out);
    fits(
        "diagnosis",
        &folder
            .run(&[
                "explain",
                "connect() failed (111: Connection refused) while connecting to upstream",
                "--format",
                "json",
            ])
            .out,
    );
}
