//! From what was typed to what is meant: every default filled in, every name resolved, everything held against
//! everything else.

mod actions;
mod covered;
mod listen;
mod pems;
mod sites;
mod upstreams;

pub(super) use actions::usual_php;
pub(super) use listen::LISTEN;
pub(super) use sites::bare;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::ReadFile;
use super::amounts::{Pause, Size, Time};
use super::keys::{AccessLogKeys, CollectKeys, ErrorPageKeys, File, LimitKeys, ProcessKeys};
use super::typed::{At, Many, Reading};
use super::values::{Count, FilePath, Text};
use crate::plan::{
    AccessLog, Action, Clients, Collect, ErrorPage, Listener, LogFormat, Network, Plan, Process, Site,
    Upstream,
};

/// What a configuration is read with.
pub(super) struct Around<'a> {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Reads what it names.
    pub(super) files: ReadFile<'a>,
}

/// How long requests in hand are waited for when stopping.
pub(super) const STOP_WAIT: Duration = Duration::from_secs(30);

/// The name by which a gateway goes that was given none.
pub(super) const NAME: &str = "goodgate";

/// The plan, and its problems. What stands in the plan where there are errors is of no use.
pub(super) fn plan(file: &File, around: &Around<'_>, reading: &mut Reading<'_>) -> Option<Plan> {
    let listeners = listen::listeners(file, around, reading);
    let upstreams = upstreams::upstreams(file, around, reading);
    let limits = file.limits.as_ref().map(|at| &at.value);
    let sites = sites::sites(file, around, &upstreams, body_bytes(limits), reading);
    wide_open(
        file.full_account_for.as_ref(),
        "everybody is told what is inside",
        "name your own addresses only",
        reading,
    );
    told_through_a_proxy(file, &listeners, reading);
    let hint = "name the proxies in front only: whoever is trusted can claim any address";
    wide_open(file.trusted_proxies.as_ref(), "everybody can claim any address", hint, reading);
    let sites = sites?;
    let mut upstreams: Vec<Upstream> = upstreams.into_iter().filter_map(|known| known.upstream).collect();
    place_scripts(&sites, &mut upstreams);
    let admin = listen::admin(file, &listeners, around, reading);
    Some(Plan {
        listeners,
        sites,
        upstreams,
        admin,
        access_log: access_log(file.access_log.as_ref().map(|at| &at.value), around),
        trusted_proxies: networks(file.trusted_proxies.as_ref()),
        full_account_for: networks(file.full_account_for.as_ref()),
        name: file.name.as_ref().map_or_else(|| NAME.to_owned(), |name| name.value.0.clone()),
        clients: clients(limits),
        collect: collect(file.collect.as_ref().map(|at| &at.value), around),
        error_pages: error_pages(file.error_page.as_ref(), around, reading),
        process: process(file.process.as_ref().map(|at| &at.value), reading),
    })
}

/// Finds the scripts by which FastCGI servers tell that they are well: below the folder of the first site that they
/// serve.
fn place_scripts(sites: &[Site], upstreams: &mut [Upstream]) {
    for (place, upstream) in upstreams.iter_mut().enumerate() {
        let routes = || sites.iter().flat_map(|site| &site.routes);
        let root = routes().find_map(|route| match &route.action {
            Action::Php(php) if php.upstream == place => Some(&php.script_root),
            _ => None,
        });
        let script = upstream.health.as_mut().and_then(|health| health.script.as_mut());
        if let (Some(root), Some(script)) = (root, script) {
            *script = format!("{}{script}", root.to_string_lossy().trim_end_matches('/'));
        }
    }
}

/// A time that was typed, or the default.
fn time(given: Option<&At<Time>>, default: Duration) -> Duration {
    given.map_or(default, |at| at.value.0)
}

/// A pause that was typed, or the default.
fn pause(given: Option<&At<Pause>>, default: Duration) -> Duration {
    given.map_or(default, |at| at.value.0)
}

/// A number that was typed, or the default.
fn count<const MIN: u64, const MAX: u64, T: TryFrom<u64>>(
    given: Option<&At<Count<MIN, MAX>>>,
    default: T,
) -> T {
    given.and_then(|at| T::try_from(at.value.0).ok()).unwrap_or(default)
}

/// A size that was typed, or the default.
fn size<T: TryFrom<u64>>(given: Option<&At<Size>>, default: T) -> T {
    given.and_then(|at| T::try_from(at.value.0).ok()).unwrap_or(default)
}

/// Texts that were typed, or the defaults.
fn texts(given: Option<&At<Many<Text>>>, default: &[&str]) -> Vec<String> {
    match given {
        Some(at) => at.value.0.iter().map(|at| at.value.0.clone()).collect(),
        None => default.iter().map(|&text| text.to_owned()).collect(),
    }
}

fn networks(given: Option<&At<Many<Network>>>) -> Vec<Network> {
    given.map(|at| at.value.0.iter().map(|at| at.value).collect()).unwrap_or_default()
}

/// Warns where everybody may be told everything: whoever comes through another proxy on this machine comes from a
/// loopback address. Where only this machine can connect, there mostly is one.
fn told_through_a_proxy(file: &File, listeners: &[Listener], reading: &mut Reading<'_>) {
    let from_here = listeners.iter().all(|listener| listener.address.ip().is_loopback());
    if !from_here || file.trusted_proxies.is_some() {
        return;
    }
    let told = file.full_account_for.as_ref().map_or(&[][..], |at| &at.value.0);
    if let Some(at) = told.iter().find(|at| at.value.address.is_loopback()) {
        let what = "whoever comes through another proxy on this machine comes from this address, and is told everything";
        let hint = "name that proxy, so that its clients are known by their own addresses: trusted_proxies = \"127.0.0.1\"";
        reading.warn(&at.spot, what, hint);
    }
}

fn wide_open(given: Option<&At<Many<Network>>>, what: &str, hint: &str, reading: &mut Reading<'_>) {
    for at in given.map_or(&[][..], |at| &at.value.0).iter().filter(|at| at.value.bits == 0) {
        reading.warn(&at.spot, what, hint);
    }
}

/// Bytes that a request's body may have where its route says nothing: enough for most uploads, and streamed, so that
/// it costs no memory.
pub(super) const BODY_BYTES: u64 = 1 << 30;

fn body_bytes(limits: Option<&LimitKeys>) -> u64 {
    size(limits.and_then(|limits| limits.body_size.as_ref()), BODY_BYTES)
}

fn clients(limits: Option<&LimitKeys>) -> Clients {
    let base = Clients::default();
    let Some(limits) = limits else { return base };
    Clients {
        connections_max: count(limits.connections.as_ref(), base.connections_max),
        head_bytes: size(limits.head_size.as_ref(), base.head_bytes),
        target_bytes: size(limits.target_size.as_ref(), base.target_bytes),
        fields: count(limits.header_count.as_ref(), base.fields),
        tls: time(limits.tls_timeout.as_ref(), base.tls),
        head: time(limits.head_timeout.as_ref(), base.head),
        body_gap: time(limits.body_timeout.as_ref(), base.body_gap),
        body_rate: size(limits.body_rate.as_ref(), base.body_rate),
        send_gap: time(limits.send_timeout.as_ref(), base.send_gap),
        idle: time(limits.idle_timeout.as_ref(), base.idle),
        streams: count(limits.streams.as_ref(), base.streams),
    }
}

fn collect(given: Option<&CollectKeys>, around: &Around<'_>) -> Collect {
    let base = Collect::default();
    let folder = given.and_then(|collect| collect.folder.as_ref());
    Collect {
        memory_bytes: size(given.and_then(|collect| collect.memory_size.as_ref()), base.memory_bytes),
        folder: folder.map(|at| at.value.from(&around.folder)),
        total_bytes: size(given.and_then(|collect| collect.total_size.as_ref()), base.total_bytes),
    }
}

fn access_log(given: Option<&AccessLogKeys>, around: &Around<'_>) -> Option<AccessLog> {
    let format = given.and_then(|log| log.format.as_ref()).map_or(Some(LogFormat::Json), |at| at.value.0)?;
    let path = given.and_then(|log| log.path.as_ref()).map(|at| &at.value);
    let path = path.filter(|path| path.0 != Path::new("-")).map(|path| path.from(&around.folder));
    Some(AccessLog { path, format })
}

fn process(given: Option<&ProcessKeys>, reading: &mut Reading<'_>) -> Process {
    if let Some(ProcessKeys { user: None, group: Some(group), .. }) = given {
        let hint = "name the user as well: user = \"www-data\"";
        reading.error(&group.spot, "the group changes only together with the user", hint);
    }
    let text = |at: Option<&At<Text>>| at.map(|at| at.value.0.clone());
    Process {
        cores: count(given.and_then(|process| process.cores.as_ref()), 0),
        user: text(given.and_then(|process| process.user.as_ref())),
        group: text(given.and_then(|process| process.group.as_ref())),
        stop_wait: pause(given.and_then(|process| process.stop_wait.as_ref()), STOP_WAIT),
        watch_config: given.and_then(|process| process.watch_config.as_ref()).is_none_or(|at| at.value),
    }
}

fn error_pages(
    given: Option<&At<Many<ErrorPageKeys>>>,
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) -> Vec<ErrorPage> {
    let mut out = Vec::new();
    for page in given.map_or(&[][..], |at| &at.value.0) {
        let (Some(status), Some(file)) = (&page.value.status, &page.value.file) else { continue };
        for at in status.value.0.iter().filter(|at| at.value.0.0 < 400) {
            let what = "error pages are for 400 to 599";
            reading.error(&at.spot, what, "for example: status = \"500-599\"");
        }
        let Some(html) = contents(file, around, reading).map(String::from_utf8) else { continue };
        let Ok(html) = html else {
            reading.error(&file.spot, "the page is not written in UTF-8", "save it in UTF-8");
            continue;
        };
        let html: Arc<str> = html.into();
        out.extend(
            status.value.0.iter().map(|at| ErrorPage { statuses: at.value.0, html: Arc::clone(&html) }),
        );
    }
    out
}

/// What stands in a file that the configuration names, or a problem and `None`.
fn contents(file: &At<FilePath>, around: &Around<'_>, reading: &mut Reading<'_>) -> Option<Vec<u8>> {
    let path = file.value.from(&around.folder);
    match (around.files)(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let shown = path.display();
            match error.kind() {
                ErrorKind::NotFound => {
                    let hint = "paths are relative to the configuration's folder; write the whole path where it is elsewhere";
                    reading.error(&file.spot, format!("there is no file {shown}"), hint);
                }
                // Whoever checks is often another user than whoever runs it.
                ErrorKind::PermissionDenied => {
                    let hint = "check as the user who starts goodgate, or let this one read it";
                    reading.warn(
                        &file.spot,
                        format!("{shown} may not be read by this user, so it was not looked at"),
                        hint,
                    );
                }
                _ => reading.error(&file.spot, format!("{shown} cannot be read: {error}"), ""),
            }
            None
        }
    }
}
