//! `goodgate check` and what `goodgate run` says before it runs.

use crate::harness::Folder;
use crate::schema_check::fits;

const GOOD: &str = "[[site]]\nupstream = \"shop\"\n\n[upstream.shop]\nservers = \"http://127.0.0.1:3000\"\n";
const BROKEN: &str =
    "lisen = \":80\"\n[[site]]\nupstream = \"shp\"\n\n[upstream.shop]\nservers = \"http://127.0.0.1:3000\"\n";
const NGINX: &str =
    "http {\n  server {\n    listen 80;\n    location / { proxy_pass http://127.0.0.1:3000; }\n  }\n}\n";

#[test]
fn configurations_are_checked() {
    let folder = Folder::new(&[
        ("goodgate.toml", GOOD),
        ("broken.toml", BROKEN),
        (
            "warned.toml",
            &GOOD.replace("http:", "https:").replace("\n[up", "\n[upstream.shop.tls]\ninsecure = true\n[up"),
        ),
        ("nginx.conf", NGINX),
    ]);
    for (arguments, code) in [
        (&["check"][..], 0),
        (&["check", "goodgate.toml", "broken.toml"], 1),
        (&["check", "warned.toml"], 1),
        (&["check", "nothing.toml"], 2),
        (&["check", "nginx.conf"], 2),
        (&["check", "goodgate.toml", "nothing.toml"], 2),
        (&["check", "--schema"], 0),
        (&["run", "-t"], 0),
        (&["run", "-t", "-c", "broken.toml"], 1),
        (&["run", "-c", "broken.toml"], 2),
        (&["run", "--to", "fastcgi://127.0.0.1:9000"], 2),
        (&["run", "-c", "goodgate.toml", "--to", "http://127.0.0.1:1"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
    let ran = folder.run(&["check", "broken.toml"]);
    assert!(
        ran.out.contains("broken.toml:1:1 error: lisen: ") && ran.out.contains("perhaps listen"),
        "{ran:?}"
    );
    assert!(ran.out.contains("broken.toml:3:12 error: site[0].upstream: "), "{ran:?}");
    let ran = folder.run(&["check", "nginx.conf"]);
    assert!(ran.err.contains("configuration of nginx"), "{ran:?}");
    let ran = folder.run(&["run", "--to", "fastcgi://127.0.0.1:9000"]);
    assert!(ran.err.contains("error: --to: ") && ran.err.contains("--root"), "{ran:?}");
}

#[test]
fn the_reference_is_printed_and_passes_its_own_check() {
    let folder = Folder::new(&[("broken.toml", BROKEN)]);
    let reference = folder.run(&["check", "--reference"]).out;
    let ran = folder.run_with(&["check", "-", "--format", "json"], &reference);
    assert_eq!(ran.code, 0, "{ran:?}");
    fits("check", &ran.out);
    fits("check", &folder.run(&["check", "broken.toml", "--format", "json"]).out);
}
