//! Varnish: one backend a route with its own timeouts, nothing cached, as
//! <https://varnish-cache.org/docs/trunk/reference/vcl-backend.html> shows it. It has no log of its own: `varnishlog`
//! and `varnishncsa` run beside it and write what it keeps in shared memory.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::Speaks;

use super::{CONNECT, Lines, Plan, Product, Route, To, millis, program, version_after};

#[derive(Debug)]
pub(super) struct Varnish;

/// What `varnishlog` writes.
const LOG: &str = "varnishlog.txt";
/// What `varnishncsa` writes.
const ACCESS: &str = "varnishncsa.log";

impl Product for Varnish {
    fn id(&self) -> &'static str {
        "varnish"
    }

    fn title(&self) -> &'static str {
        "Varnish"
    }

    fn package(&self) -> &'static str {
        "varnish"
    }

    fn program(&self) -> &'static str {
        "varnishd"
    }

    fn version_argument(&self) -> &'static str {
        "-V"
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "varnish-")
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http]
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = "vcl 4.1;\n\nbackend default none;\n".to_owned();
        for route in &plan.routes {
            text.push_str(&backend(route));
        }
        text.push_str("\nsub vcl_recv {\n    if (req.url !~ \"^/r/\") { return (synth(404)); }\n");
        for route in &plan.routes {
            let _ = writeln!(
                text,
                "    if (req.url ~ \"^{}\") {{ set req.backend_hint = {}; }}",
                route.prefix(),
                name(route)
            );
        }
        // Nothing is cached, so that every request is seen by the origin.
        text.push_str("    return (pass);\n}\n");
        vec![("default.vcl".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.arg("-F").arg("-a").arg(plan.listen.to_string()).arg("-f").arg(plan.file("default.vcl"));
        command.arg("-n").arg(plan.file("varnish")).args(["-s", "malloc,32m"]);
        command
    }

    fn companions(&self, plan: &Plan) -> Vec<(String, Command)> {
        let arguments: [(&str, &str, &[&str]); 2] =
            [("varnishlog", LOG, &["-g", "request", "-A"]), ("varnishncsa", ACCESS, &[])];
        arguments
            .into_iter()
            .filter_map(|(name, file, arguments)| {
                let mut command = Command::new(program(name)?);
                // They start before there is anything to read, and wait for it.
                command.args(["-t", "off", "-n"]).arg(plan.file("varnish")).args(arguments);
                command.arg("-w").arg(plan.file(file));
                Some((format!("{name}.out"), command))
            })
            .collect()
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![(LOG, Lines::Blocks), (ACCESS, Lines::Alone)]
    }
}

/// A name that VCL allows; the prefix keeps it apart from words of the language.
fn name(route: &Route) -> String {
    format!("r_{}", route.name.replace('-', "_"))
}

fn backend(route: &Route) -> String {
    let at = match &route.to {
        To::Tcp(address) => format!(".host = \"{}\"; .port = \"{}\";", address.ip(), address.port()),
        To::Unix(path) => format!(".path = \"{}\";", path.display()),
        To::Name { host, port, .. } => format!(".host = \"{host}\"; .port = \"{port}\";"),
    };
    let [connect, read] = [CONNECT, route.read()].map(millis);
    format!(
        "\nbackend {} {{\n    {at}\n    .connect_timeout = {connect};\n    .first_byte_timeout = {read};\n    \
         .between_bytes_timeout = {read};\n}}\n",
        name(route)
    )
}
