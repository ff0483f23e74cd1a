//! Short runs of the fuzz targets for paths, ranges and configurations.

#[path = "../../../../fuzz/parsers/gateway_config.rs"]
mod gateway_config;
#[path = "../../../../fuzz/parsers/path.rs"]
mod path;

use crate::short;

#[test]
fn paths_and_ranges() {
    let beginnings: &[&[u8]] = &[
        b"/a/./b/../%2e%2E/c%2Fd//e",
        b"/%41%c3%a4?x#y",
        b"*",
        b"http://example.com/a",
        b"\x64\x00\x00\x000-9,20-29,-5,90-",
        b"\x00\x10\x00\x00bytes=0-0,-1",
    ];
    short::run(20_000, beginnings, path::play);
}

#[test]
fn configurations() {
    let beginnings: &[&[u8]] = &[
        b"listen = [\"http://127.0.0.1:8080\"]\n[[site]]\nhost = \"example.com\"\nupstream = \"app\"\n[upstream.app]\nservers = [\"http://127.0.0.1:3000\"]\n",
        b"[[site]]\nhost = \"*\"\n[[site.route]]\npath = \"/a/*\"\nredirect = \"https://{host}{path}\"\n[limits]\nconnections = 10\n",
        b"[admin]\naddress = \"127.0.0.1:9000\"\n[access_log]\npath = \"/tmp/a.log\"\nformat = \"json\"\n[process]\ncores = 1\n",
    ];
    short::run(5000, beginnings, |bytes| gateway_config::play(&String::from_utf8_lossy(bytes)));
}
