//! HAProxy's everyday noise.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::Day;
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, Service};
use crate::noisy::traffic::Request;

pub(super) const GATEWAY: Gateway = Gateway { name: "haproxy", program: "haproxy", php: false, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let mut log = String::new();
    for request in requests {
        let at = day.at(request.ms);
        let head = format!("{} web1 haproxy[812]: ", at.syslog());
        log += &head;
        log += &traffic_line(dice, &at.haproxy(), request);
        if dice.percent(2) {
            log += &format!(
                "{head}{}:{} [{}] www/1: SSL handshake failure\n",
                request.client,
                request.port,
                at.haproxy()
            );
        }
        if dice.percent(1) {
            log += &reload(dice, &head);
        }
    }
    let mut out = vec![("haproxy.log".to_owned(), log)];
    if dice.percent(70) {
        out.push(("haproxy.cfg".to_owned(), CONFIG.to_owned()));
        out.push(service::config(service));
    }
    out
}

/// HAProxy writes control characters and quotes of a request as `#XX`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() || matches!(c, '"' | '#' | '{' | '}' | '|') {
            out.push_str(&format!("#{:02X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

fn traffic_line(dice: &mut Dice, when: &str, request: &Request) -> String {
    let took = request.took_ms;
    let head = format!("{}:{} [{when}] www ", request.client, request.port);
    let uri = format!("\"{} {} HTTP/1.1\"", request.method, escaped(&request.path));
    let counts = format!("{}/{}/0/0/0 0/0", dice.range(1, 40), dice.range(1, 40));
    if request.gave_up {
        return match dice.range(0, 4) {
            // While the request was read, while the server worked, while the answer was sent, and without a word.
            0 => format!("{head}www/<NOSRV> {took}/-1/-1/-1/{took} 400 0 - - CR-- {counts} \"<BADREQ>\"\n"),
            1 => format!("{head}app/a1 0/0/0/-1/{took} -1 0 - - CH-- {counts} {uri}\n"),
            2 => format!("{head}app/a1 0/0/0/{}/{took} 200 14480 - - CD-- {counts} {uri}\n", took / 2),
            _ => format!("{head}app/a1 0/0/0/{}/{took} 200 2896 - - cD-- {counts} {uri}\n", took / 2),
        };
    }
    if request.status == 405 {
        return format!("{head}www/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- {counts} \"<BADREQ>\"\n");
    }
    if request.status == 403 {
        return format!("{head}www/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- {counts} {uri}\n");
    }
    let cookie = dice.pick(&["----", "--NI", "--VN", "--II"]);
    let status = request.status;
    format!(
        "{head}app/a1 0/0/1/{took}/{} {status} {} - - {cookie} {counts} {uri}\n",
        took + 1,
        request.bytes + 220
    )
}

/// A reload: the old process hands its listeners over and goes.
fn reload(dice: &mut Dice, head: &str) -> String {
    let (old, new) = (dice.range(813, 990), dice.range(4000, 9000));
    let mut text = format!("{head}[NOTICE]   (812) : haproxy version is 2.6.12-1+deb12u1\n");
    for line in [
        "[WARNING]  (812) : Reexecuting Master process".to_owned(),
        format!("[NOTICE]   (812) : New worker ({new}) forked"),
        "[NOTICE]   (812) : Loading success.".to_owned(),
        format!("[WARNING]  ({old}) : Proxy www stopped (cumulated conns: FE: 3120, BE: 0)."),
        format!("[WARNING]  ({old}) : Proxy app stopped (cumulated conns: FE: 0, BE: 2877)."),
        format!("[NOTICE]   (812) : Former worker ({old}) exited with code 0 (Exit)"),
    ] {
        text += &format!("{head}{line}\n");
    }
    text
}

const CONFIG: &str = "global
    log /dev/log local0
    maxconn 4000
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 60s
    timeout server 90s
frontend www
    bind :80
    default_backend app
backend app
    option httpchk GET /login
    cookie SRV insert indirect nocache
    server a1 127.0.0.1:8000 check cookie a1
";
