//! The zones of the world, signed from the root down.

use std::fs;
use std::process::Command;

use crate::land::Land;

/// The name servers: one for the root, the registries and the domain, two for what lies under that.
pub(crate) const UPPER: &str = "192.175.48.1";
pub(crate) const ONE: &str = "192.175.48.2";
pub(crate) const TWO: &str = "192.175.48.3";
/// Whose questions are dropped.
pub(crate) const HUSH: &str = "192.175.48.9";

const SHOP: &str = "\
@ NS one.example.com.
@ NS two.example.com.
www A 192.52.193.80
www AAAA 2620:4f:8000::80
four A 192.52.193.80
other-name A 192.52.193.80
onlysix AAAA 2620:4f:8000::80
halfdead A 192.52.193.80
halfdead AAAA 2620:4f:8000::82
refused A 192.52.193.81
dropped A 192.52.193.82
prohibited A 192.52.193.83
other A 192.52.193.84
unreachable A 192.52.193.85
unrouted A 192.52.193.90
inside A 10.1.2.3
mail MX 10 www
";

/// Writes and signs all zones; the files are named after the server and the zone. Leaves the root's key as `anchor`.
pub(crate) fn write(land: &Land) {
    let served = |others: &str| format!("@ NS one.example.com.\n@ NS two.example.com.\n{others}");
    let shop = sign(land, "shop.example.com.", SHOP);
    sign(land, "bogus.example.com.", &served("www A 192.52.193.80\n"));
    // The parent vouches for a key that the zone does not have.
    let wrong = key(land, "bogus.example.com.").1;
    plain(land, "apart-one", "apart.example.com.", &served("www A 192.52.193.80\n"));
    plain(land, "apart-two", "apart.example.com.", &served("www A 192.88.99.80\n"));
    plain(land, "halflame", "halflame.example.com.", &served("www A 192.52.193.80\n"));
    let mut example = format!(
        "@ NS ns\nns A {UPPER}\none A {ONE}\ntwo A {TWO}\nhush A {HUSH}\n{shop}{wrong}\
         silent NS hush\nhalfsilent NS hush\nhalfsilent NS one\n"
    );
    for zone in ["shop", "bogus", "apart", "lame", "halflame", "torn"] {
        example.push_str(&format!("{zone} NS one\n{zone} NS two\n"));
    }
    plain(land, "halfsilent", "halfsilent.example.com.", "@ NS one.example.com.\nwww A 192.52.193.80\n");
    let example = sign(land, "example.com.", &example);
    let glue = format!("@ NS ns.root.\nexample NS ns.example\nns.example A {UPPER}\n");
    let com = sign(land, "com.", &format!("{glue}{example}"));
    plain(land, "org", "org.", "@ NS ns.root.\n");
    let root = format!("@ NS ns.root.\nns.root. A {UPPER}\ncom. NS ns.root.\norg. NS ns.root.\n{com}");
    let anchor = sign(land, ".", &root);
    land.put("anchor", &anchor);
    land.put("hints", &format!(". 3600 NS ns.root.\nns.root. 3600 A {UPPER}\n"));
}

/// The text with what begins a zone.
fn whole(zone: &str, records: &str) -> String {
    format!(
        "$ORIGIN {zone}\n$TTL 300\n@ SOA ns.example.com. owner.example.com. 1 3600 600 864000 60\n{records}"
    )
}

fn plain(land: &Land, file: &str, zone: &str, records: &str) {
    land.put(&format!("{file}.zone"), &whole(zone, records));
}

/// The name of a new key's files, and the record that vouches for it.
fn key(land: &Land, zone: &str) -> (String, String) {
    let mut command = Command::new("ldns-keygen");
    let output =
        command.args(["-k", "-a", "ECDSAP256SHA256", zone]).current_dir(&land.path).output().unwrap();
    let name = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let ds = fs::read_to_string(land.path.join(format!("{name}.ds"))).unwrap();
    (name, ds)
}

/// Writes a zone, signed; the record that vouches for its key.
fn sign(land: &Land, zone: &str, records: &str) -> String {
    let file = match zone.trim_end_matches('.') {
        "" => "root",
        zone => zone.split('.').next().unwrap(),
    };
    plain(land, file, zone, records);
    let (key, ds) = key(land, zone);
    let mut command = Command::new("ldns-signzone");
    let (out, from) = (format!("{file}.signed"), format!("{file}.zone"));
    command.args(["-o", zone, "-f", &out, &from, &key]).current_dir(&land.path);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{zone}: {}", String::from_utf8_lossy(&output.stderr));
    ds
}
