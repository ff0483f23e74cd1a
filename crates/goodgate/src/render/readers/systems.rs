//! Steps that are done differently on each operating system: under a heading each, the one that goodgate runs on first.

use super::super::blocks::Block;
use crate::words::say;

/// Something to do on the reader's own device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Turn the network off and on again.
    Network,
    /// Open a private window.
    Private,
    /// Delete what the site left in the browser.
    Cookies,
    /// Turn off a VPN.
    Vpn,
    /// Make the computer forget addresses.
    Flush,
    /// Use another resolver for a while.
    Resolver,
    /// Take a line out of the hosts file.
    Hosts,
    /// Look for a proxy.
    Proxy,
}

/// A system with the message of each task; empty where the task cannot be done there.
struct System {
    /// As the compiler calls it.
    id: &'static str,
    title: &'static str,
    network: &'static str,
    private: &'static str,
    cookies: &'static str,
    vpn: &'static str,
    flush: &'static str,
    resolver: &'static str,
    hosts: &'static str,
    proxy: &'static str,
}

impl System {
    fn step(&self, task: Task) -> &'static str {
        match task {
            Task::Network => self.network,
            Task::Private => self.private,
            Task::Cookies => self.cookies,
            Task::Vpn => self.vpn,
            Task::Flush => self.flush,
            Task::Resolver => self.resolver,
            Task::Hosts => self.hosts,
            Task::Proxy => self.proxy,
        }
    }
}

const SYSTEMS: &[System] = &[
    System {
        id: "windows",
        title: "system-windows",
        network: "windows-network",
        private: "windows-private",
        cookies: "windows-cookies",
        vpn: "windows-vpn",
        flush: "windows-flush",
        resolver: "windows-resolver",
        hosts: "windows-hosts",
        proxy: "windows-proxy",
    },
    System {
        id: "macos",
        title: "system-macos",
        network: "macos-network",
        private: "macos-private",
        cookies: "macos-cookies",
        vpn: "macos-vpn",
        flush: "macos-flush",
        resolver: "macos-resolver",
        hosts: "macos-hosts",
        proxy: "macos-proxy",
    },
    System {
        id: "linux",
        title: "system-linux",
        network: "linux-network",
        private: "linux-private",
        cookies: "linux-cookies",
        vpn: "linux-vpn",
        flush: "linux-flush",
        resolver: "linux-resolver",
        hosts: "linux-hosts",
        proxy: "linux-proxy",
    },
    System {
        id: "android",
        title: "system-android",
        network: "android-network",
        private: "android-private",
        cookies: "android-cookies",
        vpn: "android-vpn",
        flush: "android-flush",
        resolver: "android-resolver",
        hosts: "",
        proxy: "android-proxy",
    },
    System {
        id: "ios",
        title: "system-iphone",
        network: "iphone-network",
        private: "iphone-private",
        cookies: "iphone-cookies",
        vpn: "iphone-vpn",
        flush: "iphone-flush",
        resolver: "iphone-resolver",
        hosts: "",
        proxy: "iphone-proxy",
    },
];

/// The tasks on each system.
pub(super) fn blocks(tasks: &[Task], blocks: &mut Vec<Block>) {
    if tasks.is_empty() {
        return;
    }
    blocks.push(Block::Heading(say("visitor-on-your-device")));
    if tasks.contains(&Task::Resolver) {
        blocks.push(Block::Text(say("visitor-resolver-means")));
    }
    let here = |system: &&System| system.id == std::env::consts::OS;
    let (first, rest): (Vec<&System>, Vec<&System>) = SYSTEMS.iter().partition(here);
    for system in first.into_iter().chain(rest) {
        let steps: Vec<&str> =
            tasks.iter().map(|task| system.step(*task)).filter(|step| !step.is_empty()).collect();
        if !steps.is_empty() {
            blocks.push(Block::Subheading(say(system.title)));
            blocks.push(Block::Steps(steps.into_iter().map(say).collect()));
        }
    }
}
