//! Caddy's everyday noise: JSON lines.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::{Day, Instant};
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, SOCKET, Service};
use crate::noisy::traffic::Request;

pub(super) const GATEWAY: Gateway = Gateway { name: "caddy", program: "caddy", php: true, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut log) = (String::new(), String::new());
    for request in requests {
        let at = day.at(request.ms);
        // A client that leaves before the head is logged as 499; one that leaves later got its 200 and a part.
        let had_head = request.gave_up && dice.percent(60);
        let status = if had_head { 200 } else { request.status };
        access += &access_line(at, request, status);
        if had_head {
            log += &aborted(at, service, request);
        } else if dice.percent(6) {
            log += &remark(dice, at, request);
        }
    }
    let mut out = vec![("access.log".to_owned(), access), ("caddy.log".to_owned(), log)];
    if dice.percent(70) {
        out.push(("Caddyfile".to_owned(), config(service)));
        out.push(service::config(service));
    }
    out
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn request_part(request: &Request) -> String {
    format!(
        "\"request\":{{\"remote_ip\":{},\"remote_port\":\"{}\",\"client_ip\":{},\"proto\":\"HTTP/2.0\",\"method\":\"{}\",\"host\":\"site.example\",\"uri\":{},\"headers\":{{\"User-Agent\":[{}],\"Referer\":[{}]}}}}",
        string(&request.client),
        request.port,
        string(&request.client),
        request.method,
        string(&request.path),
        string(&request.agent),
        string(&request.referrer),
    )
}

fn access_line(at: Instant, request: &Request, status: u16) -> String {
    format!(
        "{{\"level\":\"info\",\"ts\":{},\"logger\":\"http.log.access.log0\",\"msg\":\"handled request\",{},\"bytes_read\":0,\"user_id\":\"\",\"duration\":{}.{:03}12,\"size\":{},\"status\":{status},\"resp_headers\":{{\"Server\":[\"Caddy\"]}}}}\n",
        at.epoch(),
        request_part(request),
        request.took_ms / 1000,
        request.took_ms % 1000,
        request.bytes,
    )
}

fn aborted(at: Instant, service: Service, request: &Request) -> String {
    let upstream = match service {
        Service::PhpFpm => format!("unix/{SOCKET}"),
        Service::Gunicorn => "127.0.0.1:8000".to_owned(),
    };
    format!(
        "{{\"level\":\"warn\",\"ts\":{},\"logger\":\"http.handlers.reverse_proxy\",\"msg\":\"aborting with incomplete response\",\"upstream\":\"{upstream}\",\"duration\":0.02,{},\"error\":\"writing: write tcp 192.0.2.10:443->{}:{}: write: broken pipe\"}}\n",
        at.epoch(),
        request_part(request),
        request.client,
        request.port,
    )
}

fn remark(dice: &mut Dice, at: Instant, request: &Request) -> String {
    let ts = at.epoch();
    let line = |level: &str, logger: &str, rest: &str| {
        format!("{{\"level\":\"{level}\",\"ts\":{ts},\"logger\":\"{logger}\",{rest}}}\n")
    };
    match dice.range(0, 8) {
        0 => line(
            "info",
            "tls.cache.maintenance",
            "\"msg\":\"started background certificate maintenance\",\"cache\":\"0xc0001\"",
        ),
        1 => line(
            "info",
            "tls.obtain",
            "\"msg\":\"certificate obtained successfully\",\"identifier\":\"site.example\",\"issuer\":\"acme-v02.api.letsencrypt.org-directory\"",
        ),
        2 => line(
            "warn",
            "config",
            "\"msg\":\"Caddyfile input is not formatted; run 'caddy fmt --overwrite' to fix inconsistencies\",\"adapter\":\"caddyfile\",\"file\":\"/etc/caddy/Caddyfile\",\"line\":2",
        ),
        3 => line("info", "admin.api", "\"msg\":\"load complete\""),
        4 => line(
            "debug",
            "http.stdlib",
            &format!("\"msg\":\"http: TLS handshake error from {}:{}: EOF\"", request.client, request.port),
        ),
        5 => line(
            "debug",
            "http.stdlib",
            &format!(
                "\"msg\":\"http: TLS handshake error from {}:{}: tls: client offered only unsupported versions: [302 301]\"",
                request.client, request.port
            ),
        ),
        6 => line(
            "info",
            "tls",
            "\"msg\":\"cleaning storage unit\",\"storage\":\"FileStorage:/var/lib/caddy/.local/share/caddy\"",
        ),
        _ => line(
            "info",
            "tls.renew",
            "\"msg\":\"certificate renewed successfully\",\"identifier\":\"site.example\"",
        ),
    }
}

fn config(service: Service) -> String {
    let pass = match service {
        Service::PhpFpm => format!("\troot * /srv/site/public\n\tphp_fastcgi unix/{SOCKET}\n\tfile_server\n"),
        Service::Gunicorn => "\treverse_proxy 127.0.0.1:8000\n".to_owned(),
    };
    format!("site.example {{\n\tlog {{\n\t\toutput file /var/log/caddy/access.log\n\t}}\n{pass}}}\n")
}
