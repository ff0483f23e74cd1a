//! Unix sockets: is the path asked for the one listened on, and may the gateway open it?

use goodgate_configs::Role;
use goodgate_facts::{Address, Phrase, Signal, Value, id};

use super::{derived, stated};
use crate::material::Material;

/// Whether two paths name the same socket; `/var/run` is a link to `/run` on every current system.
pub(super) fn same_path(a: &str, b: &str) -> bool {
    fn plain(path: &str) -> &str {
        path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path)
    }
    plain(a) == plain(b)
}

pub(super) fn join(material: &mut Material) {
    let mut found = Vec::new();
    pools_against_legs(material, &mut found);
    permissions(material, &mut found);
    stale(material, &mut found);
    for signal in found {
        material.evidence.add(signal);
    }
}

/// The pools' sockets against those that the gateway asks for.
fn pools_against_legs(material: &Material, found: &mut Vec<Signal>) {
    let pools = || material.configs.iter().filter(|c| c.role == Role::Application).flat_map(|c| &c.pools);
    let listening: Vec<&Address> = pools().filter_map(|pool| pool.listen.as_ref()).collect();
    if listening.is_empty() {
        return;
    }
    for config in material.configs.iter().filter(|c| c.role == Role::Gateway) {
        for leg in &config.legs {
            let Some(asked) = leg.target.address.socket_path() else { continue };
            let same = listening.iter().any(|l| l.socket_path().is_some_and(|path| same_path(path, asked)));
            let (which, other) = if same {
                (id("socket-expected-here"), None)
            } else {
                (id("socket-path-differs"), pools().find(|pool| pool.listen.is_some()))
            };
            let mut signal = stated(which, &leg.place, config.product).target(leg.target.clone());
            if let Some(other) = other {
                signal = signal.value(Value::Phrase(Phrase::PoolListens {
                    pool: other.name.clone(),
                    address: other.listen.as_ref().map(ToString::to_string).unwrap_or_default(),
                    file: other.place.file.clone(),
                    line: other.place.line,
                }));
            }
            found.push(signal);
        }
    }
}

/// Users that gateways run as: from the configuration, else from the process list.
fn gateway_users(material: &Material) -> Vec<String> {
    let mut users: Vec<String> = material
        .configs
        .iter()
        .filter(|c| c.role == Role::Gateway)
        .filter_map(|c| c.user.clone())
        .filter(|u| !u.starts_with('$'))
        .collect();
    for (_, signal) in material.evidence.of(id("process-runs")) {
        let gateway = signal.about.name.as_deref().is_some_and(super::processes::is_gateway);
        if let (true, Value::Word(user)) = (gateway, &signal.value)
            && !users.contains(user)
        {
            users.push(user.clone());
        }
    }
    // A gateway's main process runs as root and its workers do not; the workers connect.
    if users.iter().any(|u| u != "root") {
        users.retain(|u| u != "root");
    }
    users
}

/// Bits of a mode that let somebody in: socket write (2), folder search (1).
fn lets_in(mode: i64, bit: i64, owner: &str, group: &str, user: &str) -> bool {
    user == "root"
        || owner == user && mode & (bit << 6) != 0
        // Debian and its kin give a service user a group of the same name; other memberships are not known here.
        || owner != user && group == user && mode & (bit << 3) != 0
        || owner != user && group != user && mode & bit != 0
}

fn permissions(material: &Material, found: &mut Vec<Signal>) {
    let users = gateway_users(material);
    let asked: Vec<&str> = material
        .configs
        .iter()
        .filter(|c| c.role == Role::Gateway)
        .flat_map(|c| &c.legs)
        .filter_map(|leg| leg.target.address.socket_path())
        .collect();
    if users.is_empty() {
        return;
    }
    let judge = |name: &str, bit: i64, found: &mut Vec<Signal>| {
        for (position, signal) in
            material.evidence.of(id(if name == "socket" { "socket-file" } else { "folder-mode" }))
        {
            let (Some(path), Value::Number(mode)) = (&signal.about.path, &signal.value) else { continue };
            let on_the_way = asked.iter().any(|socket| {
                if name == "socket" {
                    same_path(socket, path)
                } else {
                    socket.starts_with(&format!("{}/", path.trim_end_matches('/')))
                }
            });
            if !on_the_way && !asked.is_empty() {
                continue;
            }
            let (owner, group) =
                signal.about.name.as_deref().and_then(|n| n.split_once(':')).unwrap_or(("", ""));
            let in_all = users.iter().all(|user| lets_in(*mode, bit, owner, group, user));
            let which = match (name, in_all) {
                ("socket", true) => id("socket-mode-allows"),
                ("socket", false) => id("socket-mode-forbids"),
                (_, false) => id("folder-mode-forbids"),
                _ => continue,
            };
            let permissions = Phrase::Permissions {
                mode: *mode,
                owner: owner.to_owned(),
                group: group.to_owned(),
                users: users.clone(),
            };
            found.push(derived(which, vec![position]).path(path.clone()).value(Value::Phrase(permissions)));
        }
    };
    judge("socket", 2, found);
    judge("folder", 1, found);
}

/// A socket file is there but nobody listens on it.
fn stale(material: &Material, found: &mut Vec<Signal>) {
    let signals = material.evidence.signals();
    let nobody: Vec<&str> = signals
        .iter()
        .filter(|s| s.id == id("nothing-listens"))
        .filter_map(|s| s.about.target.as_ref()?.address.socket_path())
        .collect();
    for (position, signal) in material.evidence.of(id("socket-file")) {
        if signal.about.path.as_deref().is_some_and(|path| nobody.iter().any(|n| same_path(n, path))) {
            found.push(
                derived(id("stale-socket"), vec![position])
                    .path(signal.about.path.clone().unwrap_or_default()),
            );
        }
    }
}
