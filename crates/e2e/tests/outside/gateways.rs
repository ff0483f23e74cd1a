//! Gateways in front of one upstream: short timeouts, no retries, otherwise as they come.

use std::process::Command;

use crate::product::{Running, find};
use crate::room::{Room, free_port, wait_for_port};

/// A gateway that runs.
pub(crate) struct Gateway {
    _running: Running,
    _room: Room,
    pub(crate) port: u16,
}

impl Gateway {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

/// Starts a product in front of this port; `None` after saying that it is not installed.
pub(crate) fn start(product: &str, upstream: u16) -> Option<Gateway> {
    let program = find(match product {
        "apache" => "apache2",
        "varnish" => "varnishd",
        other => other,
    })?;
    let room = Room::new(product);
    let (port, folder) = (free_port(), room.path.display().to_string());
    let mut command = Command::new(program);
    match product {
        "nginx" => {
            room.put("nginx.conf", &nginx(&folder, port, upstream));
            command.args(["-p", &folder, "-e", "error.log", "-c"]).arg(room.file("nginx.conf"));
        }
        "apache" => {
            room.put("apache2.conf", &apache(&folder, port, upstream));
            command.args(["-D", "FOREGROUND", "-f"]).arg(room.file("apache2.conf"));
        }
        "haproxy" => {
            room.put("haproxy.cfg", &haproxy(port, upstream));
            command.args(["-db", "-f"]).arg(room.file("haproxy.cfg"));
        }
        "caddy" => {
            room.put("Caddyfile", &caddy(port, upstream));
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(room.file("Caddyfile"));
            command.env("HOME", &folder).env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
        }
        "varnish" => {
            room.put("default.vcl", &varnish(upstream));
            let listen = format!("127.0.0.1:{port}");
            command.args(["-F", "-j", "none", "-a", &listen, "-n"]).arg(room.file("workdir"));
            command.args(["-s", "malloc,8M", "-f"]).arg(room.file("default.vcl"));
        }
        other => panic!("nobody knows {other} here"),
    }
    let running = Running::start(&mut command, &room.file("output"));
    wait_for_port(port);
    Some(Gateway { _running: running, _room: room, port })
}

fn nginx(folder: &str, port: u16, upstream: u16) -> String {
    format!(
        "daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{}access_log off;\n\
         server {{ listen 127.0.0.1:{port};\n  location / {{ proxy_pass http://127.0.0.1:{upstream};\n  \
         proxy_connect_timeout 1s; proxy_read_timeout 1s; }} }}\n}}\n",
        temp_paths(folder)
    )
}

/// Where nginx may write what it keeps for a moment.
pub(crate) fn temp_paths(folder: &str) -> String {
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    kinds.map(|kind| format!("{kind}_temp_path {folder}/{kind};\n")).concat()
}

fn apache(folder: &str, port: u16, upstream: u16) -> String {
    let modules = "/usr/lib/apache2/modules";
    let mut text = String::new();
    for name in ["mpm_event", "authz_core", "proxy", "proxy_http"] {
        text += &format!("LoadModule {name}_module {modules}/mod_{name}.so\n");
    }
    text + &format!(
        "ServerName site.example\nServerRoot {folder}\nPidFile {folder}/apache.pid\nDefaultRuntimeDir {folder}\n\
         Mutex file:{folder} default\nListen 127.0.0.1:{port}\nErrorLog {folder}/error.log\nProxyTimeout 1\n\
         ProxyPass / http://127.0.0.1:{upstream}/ retry=0\n"
    )
}

fn haproxy(port: u16, upstream: u16) -> String {
    format!(
        "defaults\n  mode http\n  retries 0\n  timeout connect 1s\n  timeout client 5s\n  timeout server 1s\n\
         frontend www\n  bind 127.0.0.1:{port}\n  default_backend app\nbackend app\n  server a1 127.0.0.1:{upstream}\n"
    )
}

fn caddy(port: u16, upstream: u16) -> String {
    format!(
        "{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{port} {{\n\tbind 127.0.0.1\n\treverse_proxy 127.0.0.1:{upstream} {{\n\
         \t\ttransport http {{\n\t\t\tdial_timeout 1s\n\t\t\tresponse_header_timeout 1s\n\t\t}}\n\t}}\n}}\n"
    )
}

fn varnish(upstream: u16) -> String {
    format!(
        "vcl 4.1;\nbackend app {{\n  .host = \"127.0.0.1\"; .port = \"{upstream}\";\n  .connect_timeout = 1s; \
         .first_byte_timeout = 1s;\n}}\nsub vcl_recv {{ return (pass); }}\n"
    )
}
