//! Apache httpd: the server's file, virtual hosts, `.htaccess`.

mod legs;
mod syntax;

use super::Product;
use crate::text::{Source, base_name, listen_address};
use crate::{Configuration, Layout, Limit, Listen, Problem, Role, Setting};
use syntax::{Line, Text};

/// Apache httpd.
pub(super) const PRODUCT: Product = Product {
    id: "apache",
    reference: "https://httpd.apache.org/docs/2.4/mod/quickreference.html",
    recognise,
    read,
};

/// Directives that hardly another language has at the start of a line; in lower case.
const TELLING: &[&str] = &[
    "proxypass",
    "proxypassreverse",
    "proxypassmatch",
    "proxyset",
    "proxytimeout",
    "proxypreservehost",
    "proxyerroroverride",
    "proxyrequests",
    "balancermember",
    "sethandler",
    "rewriteengine",
    "rewriterule",
    "rewritecond",
    "customlog",
    "logformat",
    "errordocument",
    "documentroot",
    "directoryindex",
    "serverroot",
    "servername",
    "serveralias",
    "serveradmin",
    "maxrequestworkers",
    "maxclients",
    "threadsperchild",
    "loadmodule",
    "allowoverride",
    "sslproxyengine",
    "sslengine",
    "sslcertificatefile",
    "includeoptional",
];

/// Sections that hardly another language has.
const SECTIONS: &[&str] = &[
    "virtualhost",
    "directory",
    "location",
    "locationmatch",
    "directorymatch",
    "files",
    "filesmatch",
    "proxy",
    "proxymatch",
    "ifmodule",
];

/// Directives whose first argument is a number that bounds something; in lower case.
const LIMITS: &[&str] = &[
    "maxrequestworkers",
    "maxclients",
    "serverlimit",
    "threadsperchild",
    "threadlimit",
    "listenbacklog",
    "maxconnectionsperchild",
    "limitrequestfieldsize",
    "limitrequestfields",
    "limitrequestline",
    "limitrequestbody",
    "proxyiobuffersize",
    "proxyreceivebuffersize",
    "maxkeepaliverequests",
];

/// Directives kept as settings; in lower case.
const KEPT: &[&str] = &[
    "include",
    "includeoptional",
    "serverroot",
    "servername",
    "documentroot",
    "directoryindex",
    "errorlog",
    "loglevel",
    "errordocument",
    "proxyerroroverride",
    "proxypreservehost",
    "proxybadheader",
    "proxyvia",
    "proxyfcgibackendtype",
    "proxyfcgisetenvif",
    "requestreadtimeout",
    "timeout",
    "proxytimeout",
    "keepalive",
    "keepalivetimeout",
    "sslproxyengine",
    "sslproxyverify",
    "sslproxyprotocol",
    "sslproxyciphersuite",
    "sslproxycheckpeername",
    "sslproxycheckpeercn",
    "sslproxycheckpeerexpire",
    "sslproxycacertificatefile",
    "sslproxymachinecertificatefile",
    "sslengine",
    "sslcertificatefile",
    "user",
    "group",
    "chrootdir",
    "php_value",
    "php_admin_value",
];

fn recognise(name: &str, text: &str) -> u8 {
    let parsed = syntax::parse(text);
    let lines = parsed.lines.iter().filter(|line| {
        TELLING.contains(&line.name.as_str())
            && !line.args.is_empty()
            && !line.args.iter().any(|arg| arg.ends_with([';', '{']) || arg == "=")
    });
    let sections =
        parsed.sections.iter().filter(|s| SECTIONS.contains(&s.name.as_str()) && !s.args.is_empty());
    let told = lines.count() + sections.count();
    let hinted = ["apache", "httpd", "htaccess"].iter().any(|hint| name.contains(hint));
    match told {
        0 => 0,
        1 => 45 + if hinted { 30 } else { 0 },
        2 => 70 + if hinted { 20 } else { 0 },
        _ => 90,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let mut parsed = syntax::parse(text);
    let problems = std::mem::take(&mut parsed.problems);
    let problems =
        problems.into_iter().map(|(line, what)| Problem { place: source.at(line), what }).collect();
    let mut into =
        Configuration { product: "apache", role: Role::Gateway, problems, ..Configuration::default() };
    for line in &parsed.lines {
        record(line, &source, &mut into);
    }
    into.listens = listens(&parsed, &source);
    into.layouts = layouts(&parsed);
    into.legs = legs::legs(&parsed, &source, &mut into.settings);
    into
}

fn record(line: &Line, source: &Source, into: &mut Configuration) {
    let place = source.at(line.line);
    if line.name == "user" && into.user.is_none() && !line.arg(0).starts_with("${") {
        into.user = Some(line.arg(0).to_owned());
    }
    if let Some(value) = line.arg(0).parse().ok().filter(|_| LIMITS.contains(&line.name.as_str())) {
        into.limits.push(Limit { directive: line.written.clone(), value, place: place.clone() });
    }
    let proxied_env = line.name == "setenv" || line.name == "setenvif" || line.name == "setenvifnocase";
    let kept = KEPT.contains(&line.name.as_str())
        || (proxied_env && line.args.iter().any(|arg| arg.contains("proxy-")))
        || fixed_answer(line).is_some_and(|status| status >= 400);
    if kept {
        into.settings.push(Setting { directive: line.written.clone(), value: line.args.join(" "), place });
    }
}

/// The status that a line answers with by itself: `Redirect 503 /`, `RewriteRule ^ - [R=503,L]`.
fn fixed_answer(line: &Line) -> Option<u16> {
    match line.name.as_str() {
        "redirect" | "redirectmatch" => line.arg(0).parse().ok(),
        "rewriterule" => {
            let flags = line.args.last()?.trim_matches(['[', ']']);
            flags.split(',').find_map(|flag| flag.trim().strip_prefix("R=")?.parse().ok())
        }
        _ => None,
    }
}

fn listens(parsed: &Text, source: &Source) -> Vec<Listen> {
    let tls_on = |line: &&Line| line.name == "sslengine" && line.arg(0).eq_ignore_ascii_case("on");
    let mut tls: Vec<&str> = Vec::new();
    for line in parsed.lines.iter().filter(tls_on) {
        let sections = line.within.iter().filter_map(|at| parsed.sections.get(*at));
        for section in sections.filter(|section| section.name == "virtualhost") {
            tls.extend(section.args.iter().filter_map(|arg| Some(arg.rsplit_once(':')?.1)));
        }
    }
    let lines = parsed.lines.iter().filter(|line| line.name == "listen");
    lines
        .filter_map(|line| {
            let text = line.arg(0);
            let address = listen_address(text, 80)?;
            let port = text.rsplit(':').next().unwrap_or(text);
            let tls = line.arg(1).eq_ignore_ascii_case("https") || tls.contains(&port);
            Some(Listen { address, tls, place: source.at(line.line) })
        })
        .collect()
}

/// The log layouts, once for each file that they are written to; those that no file uses without one.
fn layouts(parsed: &Text) -> Vec<Layout> {
    let formats: Vec<(&str, &str)> = parsed
        .lines
        .iter()
        .filter(|line| line.name == "logformat")
        .map(|line| (line.arg(0), line.arg(1)))
        .collect();
    let mut used: Vec<&str> = Vec::new();
    let mut layouts = Vec::new();
    for log in parsed.lines.iter().filter(|line| line.name == "customlog") {
        let named = log.arg(1);
        let layout = match formats.iter().rev().find(|(_, nickname)| *nickname == named) {
            Some((layout, _)) => *layout,
            None if named.contains('%') => named,
            None => continue,
        };
        used.push(layout);
        // A program that the lines are piped to names no file.
        let file = (!log.arg(0).starts_with('|')).then(|| base_name(log.arg(0)).to_owned());
        layouts.push(Layout { format: "apache-access", layout: layout.to_owned(), file });
    }
    for (layout, _) in formats.iter().filter(|(layout, _)| layout.contains('%') && !used.contains(layout)) {
        layouts.push(Layout { format: "apache-access", layout: (*layout).to_owned(), file: None });
    }
    layouts
}

#[cfg(test)]
mod tests;
