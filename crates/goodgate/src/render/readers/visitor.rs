//! "Is it me?", answered first; then what to do, and a message for the site's owner.

use super::super::blocks::{Block, Tone};
use super::side::{Side, Yours};
use super::systems::{self, Task};
use super::trouble::Trouble;
use super::{Given, message, moment};
use crate::words::{args, say, say_with};

/// The report for a visitor.
pub(super) fn blocks(given: &Given<'_>) -> Vec<Block> {
    let (side, trouble) = (Side::of(given), Trouble::of(given));
    let mut blocks = vec![verdict(given, side, trouble)];
    if let Side::Site { sure: true } = side {
        blocks.push(Block::Text(say("visitor-nothing-to-repair")));
    }
    let checked = checked(given, side);
    if !checked.is_empty() {
        blocks.push(Block::Heading(say("visitor-checked")));
        blocks.push(Block::Points(checked));
    }
    blocks.push(Block::Heading(say("visitor-what-to-do")));
    blocks.push(Block::Steps(steps(given, side, trouble)));
    systems::blocks(tasks(given, side), &mut blocks);
    if matches!(side, Side::Site { .. } | Side::Blocked | Side::Cookies | Side::Unclear) {
        message::for_owner(given, side, &mut blocks);
    }
    blocks
}

fn verdict(given: &Given<'_>, side: Side, trouble: Trouble) -> Block {
    let host = given.visit.as_ref().map(|visit| visit.host.clone()).filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| say("visitor-the-site"));
    let said = args![host = host, trouble = trouble.sentence()];
    let (tone, text) = match side {
        Side::Site { sure: true } => (Tone::Bad, say_with("visitor-not-you", &said)),
        Side::Site { sure: false } => (Tone::Unsure, say_with("visitor-probably-not-you", &said)),
        Side::Blocked => (Tone::Unsure, say_with("visitor-blocked", &said)),
        Side::Cookies => (Tone::Unsure, say_with("visitor-cookies", &said)),
        Side::Well => (Tone::Good, say_with("visitor-well", &said)),
        Side::Refused => (Tone::Unsure, say_with("visitor-refused", &said)),
        Side::Unclear => (Tone::Unsure, say("visitor-unclear")),
        Side::Yours(yours) => {
            let text = match yours {
                Yours::Offline => say("visitor-offline"),
                Yours::Portal => say("visitor-portal"),
                Yours::AddressBook => say("visitor-address-book"),
                Yours::OldAddress => say_with("visitor-old-address", &said),
                Yours::HostsFile => say_with("visitor-hosts-file", &said),
                Yours::Between => say_with("visitor-between", &said),
                Yours::Browser => say_with("visitor-browser", &said),
                Yours::Network => say_with("visitor-network", &said),
            };
            (Tone::Unsure, text)
        }
    };
    Block::Verdict { tone, text }
}

/// What the look has answered already, so that nobody has to try it.
pub(super) fn checked(given: &Given<'_>, side: Side) -> Vec<String> {
    let mut points = Vec::new();
    let mut tell = |ids: &[&str], point: &str| {
        if given.has_any(ids) {
            points.push(say(point));
        }
    };
    let yours = matches!(side, Side::Yours(_));
    if !matches!(side, Side::Yours(Yours::Offline | Yours::Portal)) {
        tell(&["own-network-up"], "checked-network");
    }
    if !matches!(side, Side::Yours(Yours::AddressBook | Yours::OldAddress | Yours::Portal)) {
        tell(&["own-resolver-works"], "checked-address-book");
    }
    tell(&["fails-every-time"], "checked-every-time");
    tell(&["fails-sometimes", "fails-then-recovers"], "checked-sometimes");
    tell(&["every-page-fails"], "checked-every-page");
    tell(&["some-pages-fail"], "checked-some-pages");
    if !yours {
        tell(&["cookies-make-no-difference"], "checked-cookies");
    }
    tell(&["elsewhere-fails-too"], "checked-elsewhere-fails");
    tell(&["elsewhere-works"], "checked-elsewhere-works");
    points
}

/// What to do, in order; what the look has answered is left out.
fn steps(given: &Given<'_>, side: Side, trouble: Trouble) -> Vec<String> {
    let own_network = given.has("own-network-up");
    let keys: Vec<&str> = match side {
        Side::Site { sure } => return of_site(given, trouble, sure),
        Side::Blocked => vec!["step-blocked-vpn", "step-blocked-phone", "step-blocked-wait", "step-tell"],
        Side::Cookies => vec!["step-private", "step-cookies", "step-tell"],
        Side::Well => {
            vec!["step-fresh", "step-private", "step-extensions", "step-phone", "step-vpn", "step-forget"]
        }
        Side::Refused => vec!["step-spelling", "step-sign-in", "step-home", "step-tell-plain"],
        Side::Unclear => {
            let mut keys = vec![
                "step-reload",
                "step-phone",
                "step-private",
                "step-extensions",
                "step-vpn",
                "step-forget",
            ];
            if !own_network {
                keys.insert(1, "step-other-site");
                keys.push("step-router");
            }
            if !given.has("own-resolver-works") {
                keys.push("step-other-address-book");
            }
            keys.push("step-tell");
            keys
        }
        Side::Yours(yours) => match yours {
            Yours::Offline => {
                vec!["step-wifi", "step-cable", "step-router", "step-restart", "step-provider"]
            }
            Yours::Portal => vec!["step-portal", "step-portal-data", "step-portal-check"],
            Yours::AddressBook => {
                vec![
                    "step-router",
                    "step-vpn",
                    "step-forget",
                    "step-other-address-book",
                    "step-provider-names",
                ]
            }
            Yours::OldAddress => vec!["step-forget", "step-router", "step-moved-wait"],
            Yours::HostsFile => vec!["step-hosts", "step-hosts-who"],
            Yours::Between => vec!["step-private", "step-extensions", "step-vpn", "step-virus", "step-proxy"],
            Yours::Browser => vec!["step-fresh", "step-private", "step-extensions", "step-cookies"],
            Yours::Network => {
                vec!["step-phone", "step-vpn", "step-forget", "step-router", "step-provider-site"]
            }
        },
    };
    keys.into_iter().map(say).collect()
}

/// The few steps that help where the site is at fault.
fn of_site(given: &Given<'_>, trouble: Trouble, sure: bool) -> Vec<String> {
    let mut steps = Vec::new();
    match trouble {
        Trouble::NameMissing => steps.push(say("step-spelling")),
        _ if trouble.of_certificate() => {
            steps.push(say("step-certificate"));
            steps.push(say("step-clock"));
        }
        _ => {}
    }
    if given.has_any(&["fails-sometimes", "fails-then-recovers"]) {
        steps.push(say("step-again-now"));
    }
    steps.push(wait(given, trouble));
    let home = given.visit.as_ref().and_then(|visit| visit.home.clone());
    if let Some(home) = home.filter(|_| given.has("some-pages-fail")) {
        steps.push(say_with("step-other-page", &args![url = home]));
    }
    if !sure {
        steps.push(say("step-phone"));
    }
    if !trouble.before_any_page() {
        steps.push(say("step-paying"));
    }
    steps.push(say("step-tell"));
    steps
}

/// How long it is sensible to wait.
fn wait(given: &Given<'_>, trouble: Trouble) -> String {
    const MINUTE_S: u64 = 60;
    /// What asks for longer means something else.
    const SENSIBLE_S: u64 = 24 * 60 * MINUTE_S;
    let asked = given.visit.as_ref().and_then(|visit| Some((visit.at?, visit.retry_after_s?)));
    if let Some((at, after)) = asked.filter(|(_, after)| (1..=SENSIBLE_S).contains(after)) {
        let until = at.saturating_add(jiff::SignedDuration::from_secs(after.cast_signed())).unwrap_or(at);
        let minutes = after.div_ceil(MINUTE_S);
        return say_with("step-wait-asked", &args![n = minutes, at = moment::clock(until)]);
    }
    say(match trouble {
        Trouble::Starting => "step-wait-starting",
        Trouble::Maintenance => "step-wait-maintenance",
        Trouble::Busy | Trouble::Late => "step-wait-busy",
        Trouble::Suspended | Trouble::NameMissing | Trouble::Denied | Trouble::Circle => "step-wait-day",
        trouble if trouble.of_certificate() => "step-wait-day",
        _ => "step-wait",
    })
}

/// What is done differently on each system.
fn tasks(given: &Given<'_>, side: Side) -> &'static [Task] {
    match side {
        Side::Site { .. } | Side::Refused | Side::Yours(Yours::Portal) => &[],
        Side::Blocked => &[Task::Vpn],
        Side::Cookies => &[Task::Private, Task::Cookies],
        Side::Well => &[Task::Private, Task::Vpn, Task::Flush],
        Side::Unclear if given.has("own-resolver-works") => &[Task::Private, Task::Vpn, Task::Flush],
        Side::Unclear => &[Task::Private, Task::Vpn, Task::Flush, Task::Resolver],
        Side::Yours(yours) => match yours {
            Yours::Offline | Yours::Portal => &[Task::Network],
            Yours::AddressBook => &[Task::Vpn, Task::Flush, Task::Resolver],
            Yours::OldAddress => &[Task::Flush, Task::Resolver],
            Yours::HostsFile => &[Task::Hosts, Task::Flush],
            Yours::Between => &[Task::Private, Task::Vpn, Task::Proxy],
            Yours::Browser => &[Task::Private, Task::Cookies],
            Yours::Network => &[Task::Vpn, Task::Flush],
        },
    }
}
