//! Sites: hosts and routes.

use super::actions::{self, Given};
use super::covered::covers;
use super::upstreams::Known;
use super::{Around, size};
use crate::config::keys::{File, RewriteKeys, RouteKeys, SiteKeys};
use crate::config::matches::{SentFields, sendable};
use crate::config::typed::{At, ByName, Reading, Spot};
use crate::config::values::Set;
use crate::plan::{Action, FieldMatch, HostPattern, PathPattern, Rewrite, Route, Site};

/// What routes are read with.
pub(super) struct Ground<'a> {
    pub(super) around: &'a Around<'a>,
    pub(super) upstreams: &'a [Known],
    body_bytes: u64,
}

pub(super) fn sites(
    file: &File,
    around: &Around<'_>,
    upstreams: &[Known],
    body_bytes: u64,
    reading: &mut Reading<'_>,
) -> Option<Vec<Site>> {
    let given = file.site.as_ref()?;
    if given.value.0.is_empty() && !reading.told_below(&given.spot.key) {
        reading.error(&given.spot, "there is no site", "for example: [[site]] with upstream = \"shop\"");
    }
    let ground = Ground { around, upstreams, body_bytes };
    let mut seen: Vec<(HostPattern, Spot)> = Vec::new();
    let sites: Vec<Site> = given.value.0.iter().map(|at| site(at, &ground, &mut seen, reading)).collect();
    unused(file, &sites, upstreams, reading);
    Some(sites)
}

/// Says which upstreams nothing leads to, unless what should is itself broken.
fn unused(file: &File, sites: &[Site], upstreams: &[Known], reading: &mut Reading<'_>) {
    let used: Vec<usize> = sites
        .iter()
        .flat_map(|site| &site.routes)
        .filter_map(|route| match &route.action {
            Action::Proxy { upstream, .. } => Some(*upstream),
            Action::Php(php) => Some(php.upstream),
            _ => None,
        })
        .collect();
    if file.site.as_ref().is_some_and(|site| reading.told_below(&site.spot.key)) {
        return;
    }
    for (_, known) in upstreams.iter().enumerate().filter(|(place, _)| !used.contains(place)) {
        let name = &known.name.value;
        let hint = format!("name it in a route: upstream = {name:?}");
        reading.warn(&known.name.spot, format!("no route leads to the upstream {name}"), hint);
    }
}

fn site(
    at: &At<SiteKeys>,
    ground: &Ground<'_>,
    seen: &mut Vec<(HostPattern, Spot)>,
    reading: &mut Reading<'_>,
) -> Site {
    let keys = &at.value;
    let hosts = hosts(at, seen, reading);
    let mut routes: Vec<(Route, Spot)> = Vec::new();
    for route in keys.route.as_ref().map_or(&[][..], |at| &at.value.0) {
        routes.extend(read_route(route, ground, reading));
    }
    let own = Given {
        upstream: keys.upstream.as_ref(),
        php: keys.php.as_ref(),
        files: keys.files.as_ref(),
        redirect: keys.redirect.as_ref(),
        respond: keys.respond.as_ref(),
        host: None,
    };
    match own.spot() {
        Some(spot) => {
            let action = actions::action(&own, &at.spot, ground, reading);
            routes.extend(action.map(|action| (bare(action, ground.body_bytes), spot)));
        }
        None if routes.is_empty() && !reading.told_below(&at.spot.key) => {
            let hint = "for example: upstream = \"shop\", or [[site.route]] below";
            reading.error(&at.spot, "nothing answers for this site", hint);
        }
        None => {}
    }
    unreachable(&routes, reading);
    Site { hosts, routes: routes.into_iter().map(|(route, _)| route).collect() }
}

/// A route for all requests.
pub(in crate::config) fn bare(action: Action, body_bytes_max: u64) -> Route {
    Route {
        path: PathPattern::Below(String::new()),
        methods: Vec::new(),
        fields: Vec::new(),
        rewrite: None,
        request_fields: Vec::new(),
        response_fields: Vec::new(),
        body_bytes_max,
        action,
    }
}

fn hosts(
    at: &At<SiteKeys>,
    seen: &mut Vec<(HostPattern, Spot)>,
    reading: &mut Reading<'_>,
) -> Vec<HostPattern> {
    let keys = &at.value;
    let several = keys.hosts.iter().flat_map(|at| &at.value.0);
    let mut given: Vec<At<HostPattern>> = keys.host.iter().chain(several).cloned().collect();
    if given.is_empty() {
        if reading.told_below(&at.spot.key) {
            return Vec::new();
        }
        if let Some(hosts) = &keys.hosts {
            reading.error(&hosts.spot, "there is no host", "name one, or take hosts away for any host");
        }
        given.push(At { value: HostPattern::Any, spot: at.spot.clone() });
    }
    for host in &given {
        match seen.iter().find(|(other, _)| *other == host.value) {
            Some((_, first)) => {
                let (line, _) = reading.lines().place(first.start);
                let what = match &host.value {
                    HostPattern::Any => format!("another site is for any host already (line {line})"),
                    HostPattern::Exact(name) => format!("{name} belongs to a site already (line {line})"),
                    HostPattern::Below(name) => format!("*.{name} belongs to a site already (line {line})"),
                };
                reading.error(&host.spot, what, "a host stands in one site: put the routes of both together");
            }
            None => seen.push((host.value.clone(), host.spot.clone())),
        }
    }
    given.into_iter().map(|at| at.value).collect()
}

/// The routes that one in the text stands for: one for each path.
fn read_route(at: &At<RouteKeys>, ground: &Ground<'_>, reading: &mut Reading<'_>) -> Vec<(Route, Spot)> {
    let keys = &at.value;
    let given = Given {
        upstream: keys.upstream.as_ref(),
        php: keys.php.as_ref(),
        files: keys.files.as_ref(),
        redirect: keys.redirect.as_ref(),
        respond: keys.respond.as_ref(),
        host: keys.send_host.as_ref(),
    };
    let request_fields = fields(keys.request_headers.as_ref(), reading);
    let response_fields = fields(keys.response_headers.as_ref(), reading);
    let wanted = wanted(keys, reading);
    let paths = match &keys.path {
        Some(at) => at.value.0.clone(),
        None => vec![At { value: PathPattern::Below(String::new()), spot: at.spot.clone() }],
    };
    if keys.path.is_some() && paths.is_empty() && !reading.told_below(&at.spot.key) {
        reading.error(&at.spot, "there is no path", "for example: path = \"/*\"");
    }
    let rewrite = keys.rewrite.as_ref().and_then(|rewrite| read_rewrite(rewrite, &paths, reading));
    let Some(action) = actions::action(&given, &at.spot, ground, reading) else { return Vec::new() };
    query_for_files(keys, &action, reading);
    let methods = keys.methods.iter().flat_map(|at| &at.value.0).map(|at| at.value.0.clone()).collect();
    let body_bytes_max = size(keys.body_size.as_ref(), ground.body_bytes);
    let base = Route {
        methods,
        fields: wanted,
        rewrite,
        request_fields,
        response_fields,
        ..bare(action, body_bytes_max)
    };
    paths.into_iter().map(|at| (Route { path: at.value, ..base.clone() }, at.spot)).collect()
}

/// Complains of a rewrite that brings a query where a path stands for a file: it would be looked for under that name.
fn query_for_files(keys: &RouteKeys, action: &Action, reading: &mut Reading<'_>) {
    let Some(rewrite) = keys.rewrite.as_ref().filter(|_| matches!(action, Action::Files(_) | Action::Php(_)))
    else {
        return;
    };
    for path in [&rewrite.value.path, &rewrite.value.prefix].into_iter().flatten() {
        if path.value.0.contains('?') {
            let hint = "leave out what begins with ?; the client's own query reaches scripts by itself";
            reading.error(&path.spot, "the path of a file has no query", hint);
        }
    }
}

fn wanted(keys: &RouteKeys, reading: &mut Reading<'_>) -> Vec<FieldMatch> {
    let mut out = Vec::new();
    for (name, value) in keys.headers.iter().flat_map(|at| &at.value.0) {
        if value.value.0.as_deref().is_some_and(|value| !sendable(value)) {
            reading.error(
                &value.spot,
                "no field can have this value",
                "without line ends and spaces around it",
            );
        }
        out.push(FieldMatch { name: name.value.to_ascii_lowercase(), value: value.value.0.clone() });
    }
    out
}

/// What is set and taken away.
fn fields(
    given: Option<&At<ByName<SentFields, Set>>>,
    reading: &mut Reading<'_>,
) -> Vec<(String, Option<String>)> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    for (name, value) in given.map_or(&[][..], |at| &at.value.0) {
        if value.value.0.as_deref().is_some_and(|value| !sendable(value)) {
            reading.error(&value.spot, "this value cannot be sent", "without line ends and spaces around it");
        }
        if out.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name.value)) {
            let hint = "capitals do not count in names of fields";
            reading.error(&name.spot, format!("{} stands here twice", name.value), hint);
        }
        out.push((name.value.clone(), value.value.0.clone()));
    }
    out
}

fn read_rewrite(
    at: &At<RewriteKeys>,
    paths: &[At<PathPattern>],
    reading: &mut Reading<'_>,
) -> Option<Rewrite> {
    let keys = &at.value;
    let strip = keys.strip_prefix.as_ref().filter(|at| at.value);
    let prefixed = strip.map(|at| &at.spot).or(keys.prefix.as_ref().map(|at| &at.spot));
    if let Some(spot) = prefixed {
        let without = |path: &At<PathPattern>| match &path.value {
            PathPattern::Below(prefix) => strip.is_some() && prefix.is_empty(),
            PathPattern::Suffix(_) => true,
            PathPattern::Exact(_) => false,
        };
        if paths.iter().any(without) {
            let hint = "it is for paths such as \"/api/*\"";
            reading.warn(spot, "this route's path has no beginning that could be replaced", hint);
        }
    }
    if let Some(path) = &keys.path {
        return Some(Rewrite::ReplacePath(path.value.0.clone()));
    }
    if let Some(prefix) = &keys.prefix {
        return Some(Rewrite::ReplacePrefix(prefix.value.0.clone()));
    }
    if keys.strip_prefix.is_none() && !reading.told_below(&at.spot.key) {
        reading.error(&at.spot, "nothing is said of how", "for example: rewrite = { strip_prefix = true }");
    }
    strip.map(|_| Rewrite::StripPrefix)
}

fn unreachable(routes: &[(Route, Spot)], reading: &mut Reading<'_>) {
    for (place, (later, spot)) in routes.iter().enumerate() {
        let Some((_, first)) = routes[..place].iter().find(|(earlier, _)| covers(earlier, later)) else {
            continue;
        };
        let (line, _) = reading.lines().place(first.start);
        let what =
            format!("this route is never reached: an earlier one (line {line}) takes all that it would");
        reading.warn(spot, what, "the first route that fits decides: put this one in front of it");
    }
}
