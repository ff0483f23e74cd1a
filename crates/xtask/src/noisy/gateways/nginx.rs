//! nginx's everyday noise.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::{Day, Instant};
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, SOCKET, Service};
use crate::noisy::traffic::{Request, combined, escaped_nginx};

pub(super) const GATEWAY: Gateway = Gateway { name: "nginx", program: "nginx", php: true, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut error) = (String::new(), String::new());
    let timed = dice.percent(40);
    for request in requests {
        let at = day.at(request.ms);
        let mut line = combined(request, &at.common(), request.status, escaped_nginx);
        if timed {
            let took = format!("{}.{:03}", request.took_ms / 1000, request.took_ms % 1000);
            let upstream = if request.from_app { took.as_str() } else { "-" };
            line = format!("{} rt={took} uct=0.000 uht={upstream} urt={upstream}\n", line.trim_end());
        }
        access += &line;
        if dice.percent(12) || request.gave_up {
            error += &remark(dice, at, service, request);
        }
        if dice.percent(1) {
            error += &reload(dice, at);
        }
    }
    let mut out = vec![("access.log".to_owned(), access), ("error.log".to_owned(), error)];
    if dice.percent(70) {
        out.push(("nginx.conf".to_owned(), config(service, timed)));
        out.push(service::config(service));
    }
    out
}

fn upstream(service: Service) -> String {
    match service {
        Service::PhpFpm => format!("fastcgi://unix:{SOCKET}:"),
        Service::Gunicorn => "http://127.0.0.1:8000/".to_owned(),
    }
}

/// The tail of a message about a request.
fn about(service: Service, request: &Request, with_upstream: bool) -> String {
    let path = escaped_nginx(&request.path);
    let mut text = format!(
        ", client: {}, server: site.example, request: \"{} {path} HTTP/1.1\"",
        request.client, request.method
    );
    if with_upstream {
        text += &format!(", upstream: \"{}\"", upstream(service));
    }
    text += ", host: \"site.example\"";
    if request.referrer != "-" {
        text += &format!(", referrer: \"{}\"", escaped_nginx(&request.referrer));
    }
    text
}

/// What of the request nginx appends to a message.
#[derive(Clone, Copy)]
enum Tail {
    Nothing,
    Request,
    Upstream,
}

/// Level, words and tail; `{client}`, `{file}` and `{n}` are filled in.
#[rustfmt::skip]
const REMARKS: &[(&str, &str, Tail)] = &[
    ("warn", "a client request body is buffered to a temporary file /var/lib/nginx/body/{n}", Tail::Request),
    ("warn", "an upstream response is buffered to a temporary file /var/lib/nginx/fastcgi/1/00/{n} while reading upstream", Tail::Upstream),
    ("info", "client {client} closed keepalive connection", Tail::Nothing),
    ("info", "client {client} closed keepalive connection (104: Connection reset by peer)", Tail::Nothing),
    ("info", "client closed connection while waiting for request, client: {client}, server: 0.0.0.0:443", Tail::Nothing),
    ("info", "recv() failed (104: Connection reset by peer) while reading client request line, client: {client}, server: site.example", Tail::Nothing),
    ("info", "recv() failed (104: Connection reset by peer) while reading client request headers, client: {client}, server: site.example", Tail::Nothing),
    ("crit", "SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client: {client}, server: 0.0.0.0:443", Tail::Nothing),
    ("info", "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking, client: {client}, server: 0.0.0.0:443", Tail::Nothing),
    ("error", "open() \"/srv/site/public{file}\" failed (2: No such file or directory)", Tail::Request),
    ("error", "directory index of \"/srv/site/public/\" is forbidden", Tail::Request),
    ("error", "access forbidden by rule", Tail::Request),
    ("error", "user \"admin\" was not found in \"/etc/nginx/.htpasswd\"", Tail::Request),
    ("error", "client intended to send too large body: 20971520 bytes", Tail::Request),
    ("info", "client timed out (110: Connection timed out) while waiting for request, client: {client}, server: 0.0.0.0:443", Tail::Nothing),
    ("info", "client sent invalid request while reading client request line, client: {client}, server: site.example, request: \"{file}\"", Tail::Nothing),
    ("info", "writev() failed (32: Broken pipe) while sending to client", Tail::Upstream),
];

fn remark(dice: &mut Dice, at: Instant, service: Service, request: &Request) -> String {
    let (worker, number) = (dice.range(813, 817), dice.range(100, 90_000));
    let (level, words, tail) = if request.gave_up {
        ("info", gone(dice), Tail::Upstream)
    } else if service == Service::PhpFpm && dice.percent(15) {
        let text = service::remark(dice);
        let words = format!(
            "FastCGI sent in stderr: \"PHP message: {text}\" while reading response header from upstream"
        );
        ("error", words, Tail::Upstream)
    } else {
        let index = usize::try_from(dice.range(0, REMARKS.len() as u64)).unwrap_or(0);
        let (level, words, tail) = REMARKS[index];
        let words = words.replace("{n}", &format!("{number:010}"));
        let words =
            words.replace("{client}", &request.client).replace("{file}", &escaped_nginx(&request.path));
        (level, words, tail)
    };
    let tail = match tail {
        Tail::Nothing => String::new(),
        Tail::Request => about(service, request, false),
        Tail::Upstream => about(service, request, true),
    };
    format!("{} [{level}] {worker}#{worker}: *{number} {words}{tail}\n", at.nginx())
}

/// A client that went away while its request was with the upstream.
fn gone(dice: &mut Dice) -> String {
    let doing = dice.pick(&[
        "sending request to upstream",
        "reading upstream",
        "reading response header from upstream",
    ]);
    format!(
        "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while {doing}"
    )
}

/// A reload: the old workers finish, the new ones take over.
fn reload(dice: &mut Dice, at: Instant) -> String {
    let when = at.nginx();
    let (old, new) = (dice.range(813, 899), dice.range(4000, 9000));
    let mut lines = vec![
        "[warn] 812#812: conflicting server name \"www.site.example\" on 0.0.0.0:80, ignored".to_owned(),
        "[warn] 812#812: the \"listen ... http2\" directive is deprecated, use the \"http2\" directive instead in /etc/nginx/sites-enabled/site:3".to_owned(),
        "[warn] 812#812: 4096 worker_connections exceed open file resource limit: 1024".to_owned(),
        "[warn] 812#812: \"ssl_stapling\" ignored, no OCSP responder URL in the certificate \"/etc/ssl/site.pem\"".to_owned(),
        "[warn] 812#812: could not build optimal types_hash, you should increase either types_hash_max_size: 1024 or types_hash_bucket_size: 64; ignoring types_hash_bucket_size".to_owned(),
    ];
    lines.retain(|_| dice.percent(30));
    lines.extend([
        "[notice] 812#812: signal 1 (SIGHUP) received from 9001, reconfiguring".to_owned(),
        "[notice] 812#812: reconfiguring".to_owned(),
        "[notice] 812#812: using the \"epoll\" event method".to_owned(),
        "[notice] 812#812: start worker processes".to_owned(),
        format!("[notice] 812#812: start worker process {new}"),
        format!("[notice] {old}#{old}: gracefully shutting down"),
        format!("[notice] {old}#{old}: exiting"),
        format!("[notice] {old}#{old}: exit"),
        format!("[notice] 812#812: signal 17 (SIGCHLD) received from {old}"),
        format!("[notice] 812#812: worker process {old} exited with code 0"),
        "[notice] 812#812: signal 29 (SIGIO) received".to_owned(),
    ]);
    lines.iter().map(|line| format!("{when} {line}\n")).collect()
}

fn config(service: Service, timed: bool) -> String {
    let pass = match service {
        Service::PhpFpm => format!(
            "    location / {{ try_files $uri $uri/ /index.php?$args; }}\n    location ~ \\.php$ {{\n        include fastcgi_params;\n        \
             fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n        fastcgi_pass unix:{SOCKET};\n    }}\n"
        ),
        Service::Gunicorn => "    location / {\n        proxy_set_header Host $host;\n        proxy_read_timeout 90s;\n        proxy_pass http://127.0.0.1:8000;\n    }\n".to_owned(),
    };
    let layout = if timed {
        "    log_format timed '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" rt=$request_time uct=$upstream_connect_time uht=$upstream_header_time urt=$upstream_response_time';\n    access_log /var/log/nginx/access.log timed;\n"
    } else {
        "    access_log /var/log/nginx/access.log combined;\n"
    };
    format!(
        "worker_processes auto;\nerror_log /var/log/nginx/error.log info;\nevents {{ worker_connections 1024; }}\nhttp {{\n{layout}    server {{\n    listen 80;\n    server_name site.example;\n    root /srv/site/public;\n{pass}    }}\n}}\n"
    )
}
