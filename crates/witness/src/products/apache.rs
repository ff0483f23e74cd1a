//! Apache httpd: `mod_proxy` with `ProxyPass`, as <https://httpd.apache.org/docs/2.4/mod/mod_proxy.html> shows it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::{Front, Speaks};

use super::{CONNECT, Lines, NAME, Plan, Product, Route, To, millis, version_after};

#[derive(Debug)]
pub(super) struct Apache;

/// Where modules are: Debian, Fedora (64 bit), Alpine and Arch.
const MODULES: [&str; 4] =
    ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/apache2", "/usr/lib/httpd/modules"];
/// What every set-up needs; a module that is built in has no file and is left out.
const LOADED: [&str; 5] = ["mpm_event", "unixd", "authz_core", "log_config", "proxy"];

impl Product for Apache {
    fn id(&self) -> &'static str {
        "apache"
    }

    fn title(&self) -> &'static str {
        "Apache httpd"
    }

    fn package(&self) -> &'static str {
        "apache2"
    }

    fn program(&self) -> &'static str {
        if super::program("apache2").is_some() { "apache2" } else { "httpd" }
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "Apache/")
    }

    fn speaks(&self) -> Vec<Speaks> {
        let all = [Speaks::Http, Speaks::Tls, Speaks::H2c, Speaks::Fastcgi, Speaks::Uwsgi];
        all.into_iter().filter(|speaks| modules(*speaks).iter().all(|name| module(name).is_some())).collect()
    }

    fn fronts(&self) -> Vec<Front> {
        let has = |front: &Front| shows(*front).iter().all(|name| module(name).is_some());
        Front::ALL.into_iter().filter(has).collect()
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = String::new();
        let mut names = LOADED.to_vec();
        names.extend(shows(plan.front));
        for route in &plan.routes {
            names.extend(modules(route.speaks));
        }
        let mut seen = Vec::new();
        for name in names {
            if let Some(path) = module(name).filter(|_| !seen.contains(&name)) {
                let _ = writeln!(text, "LoadModule {name}_module {path}");
                seen.push(name);
            }
        }
        if let Some((user, group)) = &plan.worker {
            let _ = writeln!(text, "User {user}\nGroup {group}");
        }
        // A level for a module that is not loaded is an error.
        let said = seen.iter().filter(|name| name.starts_with("proxy") || **name == "ssl");
        let levels: String = said.map(|name| format!(" {name}:info")).collect();
        let room = plan.room.display();
        let _ = write!(
            text,
            "ServerRoot {room}\nServerName {NAME}\nPidFile {room}/apache2.pid\nMutex file:{room}\n\
             DefaultRuntimeDir {room}\nListen {}\nErrorLog {room}/error.log\n\
             LogLevel warn{levels}\n\
             LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\" %D %{{remote}}p\" timed\n\
             CustomLog {room}/access.log timed\nProxyPreserveHost On\n",
            plan.listen
        );
        if plan.front.is_tls() {
            let identity = plan.identity.display();
            let protocols = if plan.front == Front::Http2 { "h2 http/1.1" } else { "http/1.1" };
            let _ = write!(
                text,
                "SSLEngine On\nSSLCertificateFile {identity}\nSSLCertificateKeyFile {identity}\nProtocols {protocols}\n"
            );
        }
        if plan.routes.iter().any(|route| route.speaks == Speaks::Tls) {
            // With ProxyPreserveHost the name that is sent and compared is the one that the client asked for.
            let _ = write!(
                text,
                "SSLProxyEngine On\nSSLProxyVerify require\nSSLProxyVerifyDepth 2\nSSLProxyCACertificateFile {}\n\
                 SSLProxyCheckPeerName On\nSSLProxyCheckPeerExpire On\n",
                plan.trust.display()
            );
        }
        for route in &plan.routes {
            text.push_str(&pass(route));
        }
        vec![("apache2.conf".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.args(["-D", "FOREGROUND", "-f"]).arg(plan.file("apache2.conf"));
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![("error.log", Lines::Marked(client)), ("access.log", Lines::Alone)]
    }
}

/// The modules that are needed to speak so to an upstream.
fn modules(speaks: Speaks) -> &'static [&'static str] {
    match speaks {
        Speaks::Http => &["proxy_http"],
        Speaks::Tls => &["proxy_http", "socache_shmcb", "ssl"],
        Speaks::H2c => &["http2", "proxy_http2"],
        Speaks::Fastcgi => &["proxy_fcgi"],
        Speaks::Uwsgi => &["proxy_uwsgi"],
    }
}

/// The modules that are needed for clients that speak so.
fn shows(front: Front) -> &'static [&'static str] {
    match front {
        Front::Http1 => &[],
        Front::Tls => &["socache_shmcb", "ssl"],
        Front::Http2 => &["socache_shmcb", "ssl", "http2"],
    }
}

/// The file of a module.
fn module(name: &str) -> Option<String> {
    MODULES.iter().map(|folder| format!("{folder}/mod_{name}.so")).find(|path| Path::new(path).is_file())
}

fn pass(route: &Route) -> String {
    let scheme = match route.speaks {
        Speaks::Http => "http",
        Speaks::Tls => "https",
        Speaks::H2c => "h2c",
        Speaks::Fastcgi => "fcgi",
        Speaks::Uwsgi => "uwsgi",
    };
    let prefix = route.prefix();
    let to = match &route.to {
        To::Unix(path) => format!("unix:{}|{scheme}://{}{prefix}", path.display(), route.name),
        To::Tcp(address) => format!("{scheme}://{address}{prefix}"),
        To::Name { host, port, .. } => format!("{scheme}://{host}:{port}{prefix}"),
    };
    // `timeout` only takes whole seconds. `retry` is how long a failed upstream is not asked again.
    let mut text = format!(
        "ProxyPass {prefix} {to} connectiontimeout={} timeout={} retry=1\n",
        millis(CONNECT),
        route.read_whole()
    );
    if let Some(script) = &route.script {
        let _ = write!(
            text,
            "<Location {prefix}>\n    ProxyFCGISetEnvIf \"true\" SCRIPT_FILENAME {}\n</Location>\n",
            script.display()
        );
    }
    text
}

/// The port of the client, which both logs have: `[client 192.0.2.1:41234]`, and the end of a line about a request.
/// Where the error log names no client, the thread: what one says about one request stands together.
fn client(line: &str) -> Option<&str> {
    if let Some((_, rest)) = line.split_once("[client ") {
        return rest.split(']').next()?.rsplit(':').next();
    }
    if let Some((_, rest)) = line.split_once("[pid ") {
        return rest.split(']').next();
    }
    line.rsplit(' ').next()
}
