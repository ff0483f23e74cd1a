//! nginx's configuration.

use std::fmt::Write as _;

use super::{ANSWER_MS, CONNECT_MS, Origins, Purpose, Task};

/// What php-fpm is told, as Debian's `fastcgi_params` has it.
const FASTCGI: &[(&str, &str)] = &[
    ("SCRIPT_FILENAME", "$document_root$fastcgi_script_name"),
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

pub(super) fn configuration(task: &Task<'_>, root: bool) -> String {
    let mut out = String::new();
    let room = task.room.display();
    if root {
        out.push_str("user root;\n");
    }
    let _ = writeln!(
        out,
        "daemon off;\nworker_processes {};\npid {room}/nginx.pid;\n\
         error_log {room}/nginx.error.log warn;\nevents {{ worker_connections 8192; }}\nhttp {{\n  access_log off;\n  keepalive_requests 1000000;",
        task.cores
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(out, "  {kind}_temp_path {room}/nginx-{kind};");
    }
    let survival = task.purpose == Purpose::Survival;
    let pass = upstream(&mut out, task.origins, survival);
    out.push_str("  server {\n");
    let _ = writeln!(out, "    listen {};", task.doors.plain);
    if let Some(certificate) = task.certificate {
        let _ = writeln!(
            out,
            "    listen {} ssl http2;\n    ssl_certificate {};\n    ssl_certificate_key {};",
            task.doors.tls,
            certificate.chain.display(),
            certificate.key.display()
        );
    }
    let _ = writeln!(out, "    location / {{\n      {pass}");
    out.push_str(
        "      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n      proxy_set_header Host $http_host;\n      \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n      proxy_set_header Via \"1.1 nginx\";\n      \
         add_header Via \"1.1 nginx\" always;\n",
    );
    if survival {
        let _ = writeln!(
            out,
            "      proxy_connect_timeout {CONNECT_MS}ms;\n      proxy_read_timeout {ANSWER_MS}ms;\n      \
             proxy_next_upstream error timeout;\n      proxy_next_upstream_tries 3;"
        );
    }
    out.push_str("    }\n");
    if let Some((socket, scripts)) = task.php {
        let _ = writeln!(out, "    location ~ \\.php$ {{\n      root {};", scripts.display());
        for (name, value) in FASTCGI {
            let _ = writeln!(out, "      fastcgi_param {name} {value};");
        }
        let _ = writeln!(out, "      fastcgi_pass unix:{};\n    }}", socket.display());
    }
    out.push_str("  }\n}\n");
    out
}

/// Writes where the servers are; the lines that pass a request on to them. A name is asked for again only where it
/// stands in a variable, and then there is no group of servers that could keep connections.
fn upstream(out: &mut String, origins: Origins<'_>, survival: bool) -> String {
    match origins {
        Origins::At(addresses) => {
            let passive = if survival { " max_fails=3 fail_timeout=5s" } else { "" };
            out.push_str("  upstream origin {\n");
            for origin in addresses {
                let _ = writeln!(out, "    server {origin}{passive};");
            }
            out.push_str("    keepalive 256;\n  }\n");
            "proxy_pass http://origin;".to_owned()
        }
        Origins::Named(name) => format!(
            "resolver {} ipv6=off;\n      set $origin {};\n      proxy_pass http://$origin:{};",
            name.resolver, name.host, name.port
        ),
    }
}
