//! nginx: `ngx_http_proxy_module`, `ngx_http_fastcgi_module` and `ngx_http_uwsgi_module` with kept connections, as
//! <https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive> recommends.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::{Front, Speaks};

use super::{CONNECT, KEPT, Lines, NAME, Plan, Product, READ, Route, SEND, To, millis, version_after};

#[derive(Debug)]
pub(super) struct Nginx;

/// What an application is told over FastCGI: the file `fastcgi_params` of the distribution.
const FASTCGI_PARAMS: &[(&str, &str)] = &[
    ("QUERY_STRING", "$query_string"),
    ("REQUEST_METHOD", "$request_method"),
    ("CONTENT_TYPE", "$content_type"),
    ("CONTENT_LENGTH", "$content_length"),
    ("SCRIPT_NAME", "$fastcgi_script_name"),
    ("REQUEST_URI", "$request_uri"),
    ("DOCUMENT_URI", "$document_uri"),
    ("DOCUMENT_ROOT", "$document_root"),
    ("SERVER_PROTOCOL", "$server_protocol"),
    ("REQUEST_SCHEME", "$scheme"),
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("SERVER_SOFTWARE", "nginx/$nginx_version"),
    ("REMOTE_ADDR", "$remote_addr"),
    ("REMOTE_PORT", "$remote_port"),
    ("SERVER_ADDR", "$server_addr"),
    ("SERVER_PORT", "$server_port"),
    ("SERVER_NAME", "$server_name"),
    ("REDIRECT_STATUS", "200"),
];

/// What an application is told over uwsgi: the file `uwsgi_params` of the distribution.
const UWSGI_PARAMS: &[(&str, &str)] = &[
    ("QUERY_STRING", "$query_string"),
    ("REQUEST_METHOD", "$request_method"),
    ("CONTENT_TYPE", "$content_type"),
    ("CONTENT_LENGTH", "$content_length"),
    ("REQUEST_URI", "$request_uri"),
    ("PATH_INFO", "$document_uri"),
    ("DOCUMENT_ROOT", "$document_root"),
    ("SERVER_PROTOCOL", "$server_protocol"),
    ("REQUEST_SCHEME", "$scheme"),
    ("REMOTE_ADDR", "$remote_addr"),
    ("REMOTE_PORT", "$remote_port"),
    ("SERVER_PORT", "$server_port"),
    ("SERVER_NAME", "$server_name"),
];

impl Product for Nginx {
    fn id(&self) -> &'static str {
        "nginx"
    }

    fn title(&self) -> &'static str {
        "nginx"
    }

    fn package(&self) -> &'static str {
        "nginx"
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "nginx/")
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Tls, Speaks::Fastcgi, Speaks::Uwsgi]
    }

    fn fronts(&self) -> Vec<Front> {
        Front::ALL.to_vec()
    }

    fn resolves(&self) -> bool {
        true
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let user = plan.worker.as_ref().map(|(user, group)| format!("user {user} {group};\n"));
        let mut text = format!(
            "{}worker_processes 1;\npid {};\nerror_log {} info;\n\nevents {{\n    worker_connections 1024;\n}}\n\nhttp {{\n",
            user.unwrap_or_default(),
            plan.file("nginx.pid"),
            plan.file("error.log"),
        );
        // The combined format, and behind it what upstreams did.
        let _ = writeln!(
            text,
            "    log_format upstreams '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent '\n                         \
             '\"$http_referer\" \"$http_user_agent\" request_time=$request_time '\n                         \
             'upstream_addr=\"$upstream_addr\" upstream_status=\"$upstream_status\" '\n                         \
             'upstream_connect_time=\"$upstream_connect_time\" upstream_header_time=\"$upstream_header_time\" '\n                         \
             'upstream_response_time=\"$upstream_response_time\"';\n    access_log {} upstreams;",
            plan.file("access.log"),
        );
        for folder in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let _ = writeln!(text, "    {folder}_temp_path {};", plan.file(folder));
        }
        for kind in used(plan) {
            let _ = writeln!(
                text,
                "    {kind}_connect_timeout {};\n    {kind}_send_timeout {};\n    {kind}_read_timeout {};",
                millis(CONNECT),
                millis(SEND),
                millis(READ)
            );
        }
        for route in &plan.routes {
            text.push_str(&upstream(route));
        }
        let _ = write!(
            text,
            "\n    server {{\n        listen {}{};\n        server_name {NAME};\n        root {};\n",
            plan.listen,
            match plan.front {
                Front::Http1 => "",
                Front::Tls => " ssl",
                Front::Http2 => " ssl http2",
            },
            plan.file("site")
        );
        if plan.front.is_tls() {
            let identity = plan.identity.display();
            let _ = writeln!(
                text,
                "        ssl_certificate {identity};\n        ssl_certificate_key {identity};"
            );
        }
        for route in &plan.routes {
            let _ = write!(text, "\n        location {} {{\n", route.prefix());
            for line in location(route, plan) {
                let _ = writeln!(text, "            {line}");
            }
            if let Some(waits) = route.waits {
                let _ = writeln!(text, "            {}_read_timeout {};", kind(route), millis(waits));
            }
            text.push_str("        }\n");
        }
        text.push_str("    }\n}\n");
        vec![("nginx.conf".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.arg("-p").arg(&plan.room).arg("-c").arg(plan.file("nginx.conf"));
        command.arg("-e").arg(plan.file("error.log")).args(["-g", "daemon off;"]);
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![("error.log", Lines::Marked(connection)), ("access.log", Lines::Alone)]
    }
}

/// The modules that the plan needs, by the beginning of their directives.
fn used(plan: &Plan) -> Vec<&'static str> {
    let mut kinds: Vec<_> = plan.routes.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn kind(route: &Route) -> &'static str {
    match route.speaks {
        Speaks::Http | Speaks::Tls | Speaks::H2c => "proxy",
        Speaks::Fastcgi => "fastcgi",
        Speaks::Uwsgi => "uwsgi",
    }
}

/// The group of servers; a name that is resolved while nginx runs has none.
fn upstream(route: &Route) -> String {
    let server = match &route.to {
        To::Tcp(address) => address.to_string(),
        To::Unix(path) => format!("unix:{}", path.display()),
        To::Name { .. } => return String::new(),
    };
    // Connections of the uwsgi protocol cannot be used again.
    let kept = if route.speaks == Speaks::Uwsgi { String::new() } else { format!(" keepalive {KEPT};") };
    format!("\n    upstream {} {{ server {server};{kept} }}\n", route.name)
}

fn location(route: &Route, plan: &Plan) -> Vec<String> {
    let name = &route.name;
    let mut lines = Vec::new();
    match route.speaks {
        Speaks::Http | Speaks::Tls | Speaks::H2c => {
            let scheme = if route.speaks == Speaks::Tls { "https" } else { "http" };
            if let To::Name { host, port, resolver } = &route.to {
                // A name in a variable is resolved for each request, as long as an answer is valid.
                lines.push(format!("resolver {resolver} valid=1s ipv6=off;"));
                lines.push(format!("resolver_timeout {};", millis(CONNECT)));
                lines.push(format!("set $origin {host};"));
                lines.push(format!("proxy_pass {scheme}://$origin:{port};"));
            } else {
                lines.push(format!("proxy_pass {scheme}://{name};"));
            }
            lines.push("proxy_http_version 1.1;".to_owned());
            lines.push("proxy_set_header Connection \"\";".to_owned());
            lines.push("proxy_set_header Host $host;".to_owned());
        }
        Speaks::Fastcgi => {
            lines.push(format!("fastcgi_pass {name};"));
            lines.push("fastcgi_keep_conn on;".to_owned());
            let script = route.script.as_ref().map_or_else(
                || "$document_root$fastcgi_script_name".to_owned(),
                |path| path.display().to_string(),
            );
            lines.push(format!("fastcgi_param SCRIPT_FILENAME {script};"));
            lines.extend(FASTCGI_PARAMS.iter().map(|(key, value)| format!("fastcgi_param {key} {value};")));
        }
        Speaks::Uwsgi => {
            lines.push(format!("uwsgi_pass {name};"));
            lines.extend(UWSGI_PARAMS.iter().map(|(key, value)| format!("uwsgi_param {key} {value};")));
        }
    }
    if route.speaks == Speaks::Tls {
        lines.push(format!("proxy_ssl_trusted_certificate {};", plan.trust.display()));
        lines.push("proxy_ssl_verify on;".to_owned());
        lines.push(format!("proxy_ssl_name {NAME};"));
        lines.push("proxy_ssl_server_name on;".to_owned());
    }
    lines
}

/// The number of the client's connection, such as `*17`, which stands at the beginning of a line about a request.
fn connection(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(": *")?;
    rest.split(' ').next().filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
}
