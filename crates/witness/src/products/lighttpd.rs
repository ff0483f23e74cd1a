//! lighttpd: `mod_proxy`, `mod_fastcgi` and `mod_scgi`, as <https://redmine.lighttpd.net/projects/lighttpd/wiki/Docs_ModProxy>
//! shows them. It speaks no TLS to its upstreams.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::{Front, Speaks};

use super::{CONNECT, Lines, OWN, Plan, Product, Route, To, WHOLE, version_after};

#[derive(Debug)]
pub(super) struct Lighttpd;

/// It opens its logs after it has become another user.
const ERRORS: &str = "own/error.log";
const ACCESS: &str = "own/access.log";
/// Where modules are: Debian, Fedora (64 bit), Alpine and Arch.
const MODULES: [&str; 2] = ["/usr/lib/lighttpd", "/usr/lib64/lighttpd"];
/// The module that speaks TLS.
const OPENSSL: &str = "mod_openssl.so";

impl Product for Lighttpd {
    fn id(&self) -> &'static str {
        "lighttpd"
    }

    fn title(&self) -> &'static str {
        "lighttpd"
    }

    fn package(&self) -> &'static str {
        "lighttpd"
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "lighttpd/")
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Fastcgi, Speaks::Uwsgi]
    }

    fn fronts(&self) -> Vec<Front> {
        // What speaks TLS is a package of its own; HTTP/2 is offered with it.
        let has_tls = MODULES.iter().any(|folder| Path::new(folder).join(OPENSSL).is_file());
        if has_tls { Front::ALL.to_vec() } else { vec![Front::Http1] }
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = format!(
            "server.modules = (\"mod_rewrite\", \"mod_proxy\", \"mod_fastcgi\", \"mod_scgi\", \"mod_accesslog\")\n\
             server.document-root = \"{}\"\nserver.bind = \"{}\"\nserver.port = {}\nserver.errorlog = \"{}\"\n\
             server.upload-dirs = (\"{}\")\naccesslog.filename = \"{}\"\n",
            plan.file("site"),
            plan.listen.ip(),
            plan.listen.port(),
            plan.file(ERRORS),
            plan.file(OWN),
            plan.file(ACCESS)
        );
        if let Some((user, group)) = &plan.worker {
            let _ = writeln!(text, "server.username = \"{user}\"\nserver.groupname = \"{group}\"");
        }
        if plan.front.is_tls() {
            let offers = if plan.front == Front::Http2 { "enable" } else { "disable" };
            let _ = writeln!(
                text,
                "server.modules += (\"mod_openssl\")\nssl.engine = \"enable\"\nssl.pemfile = \"{}\"\n\
                 server.feature-flags += (\"server.h2proto\" => \"{offers}\")",
                plan.identity.display()
            );
        }
        // One script answers for every path, as a front controller does; REQUEST_URI stays what the client asked for.
        let scripts: Vec<_> =
            plan.routes.iter().filter(|route| route.script.is_some()).map(rewritten).collect();
        if !scripts.is_empty() {
            let _ = writeln!(text, "url.rewrite-once = ({})", scripts.join(", "));
        }
        for route in &plan.routes {
            text.push_str(&condition(route));
        }
        vec![("lighttpd.conf".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.args(["-D", "-f"]).arg(plan.file("lighttpd.conf"));
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![(ERRORS, Lines::Alone), (ACCESS, Lines::Alone)]
    }
}

/// The path that a route with a script is known by after it was rewritten.
fn behind_script(route: &Route) -> Option<String> {
    let script = route.script.as_ref()?.file_name()?.to_str()?;
    Some(format!("/{script}{}", route.prefix()))
}

fn rewritten(route: &Route) -> String {
    let behind = behind_script(route).unwrap_or_else(|| route.prefix());
    format!("\"^{}(.*)$\" => \"{behind}$1\"", route.prefix())
}

fn condition(route: &Route) -> String {
    let (module, more) = match route.speaks {
        Speaks::Http | Speaks::Tls | Speaks::H2c => ("proxy", ""),
        // The request goes to the application, whether or not such a file exists.
        Speaks::Fastcgi => ("fastcgi", ", \"check-local\" => \"disable\""),
        Speaks::Uwsgi => ("scgi", ", \"check-local\" => \"disable\""),
    };
    let at = match &route.to {
        To::Tcp(address) => format!("\"host\" => \"{}\", \"port\" => {}", address.ip(), address.port()),
        To::Unix(path) => format!("\"socket\" => \"{}\"", path.display()),
        To::Name { host, port, .. } => format!("\"host\" => \"{host}\", \"port\" => {port}"),
    };
    let prefix = behind_script(route).unwrap_or_else(|| route.prefix());
    let mut text = format!("\n$HTTP[\"url\"] =^ \"{prefix}\" {{\n");
    let mut served = if route.speaks == Speaks::Http { String::new() } else { "/".to_owned() };
    if let Some((folder, script)) =
        route.script.as_ref().and_then(|path| Some((path.parent()?, path.file_name()?.to_str()?)))
    {
        let _ = writeln!(text, "    server.document-root = \"{}\"", folder.display());
        served.push_str(script);
    }
    if route.speaks == Speaks::Uwsgi {
        text.push_str("    scgi.protocol = \"uwsgi\"\n");
    }
    let whole = WHOLE.as_secs();
    let _ = write!(
        text,
        "    {module}.server = (\"{}\" => ((\n        {at}, \"connect-timeout\" => {}, \"read-timeout\" => {}, \
         \"write-timeout\" => {whole}{more}\n    )))\n}}\n",
        served,
        CONNECT.as_secs(),
        route.read_whole()
    );
    text
}
