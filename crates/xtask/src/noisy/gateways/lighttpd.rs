//! lighttpd's everyday noise.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::{Day, Instant};
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, SOCKET, Service};
use crate::noisy::traffic::{Request, combined, escaped_apache};

pub(super) const GATEWAY: Gateway = Gateway { name: "lighttpd", program: "lighttpd", php: true, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut error) = (String::new(), String::new());
    for request in requests {
        let at = day.at(request.ms);
        let status = if request.gave_up { 200 } else { request.status };
        access += &combined(request, &at.common(), status, escaped_apache);
        if dice.percent(5) {
            error += &remark(dice, at, service, request);
        }
    }
    let mut out = vec![("access.log".to_owned(), access), ("error.log".to_owned(), error)];
    if dice.percent(70) {
        out.push(("lighttpd.conf".to_owned(), config(service)));
        out.push(service::config(service));
    }
    out
}

fn remark(dice: &mut Dice, at: Instant, service: Service, request: &Request) -> String {
    let when = at.dashed();
    let client = &request.client;
    match dice.range(0, 7) {
        0 => format!("{when}: (server.c.1704) logfiles cycled UID = 0 PID = 1\n"),
        1 => format!(
            "{when}: (server.c.2097) server stopped by UID = 0 PID = 1\n{when}: (server.c.1588) server started (lighttpd/1.4.69)\n"
        ),
        2 => format!(
            "{when}: (mod_openssl.c.3294) SSL: 1 error:0A000076:SSL routines::no suitable signature algorithm ({client})\n"
        ),
        3 => format!("{when}: (mod_openssl.c.3251) SSL (error): 5 -1: Connection reset by peer ({client})\n"),
        4 => format!("{when}: (connections.c.718) invalid request-line -> sending Status 400\n"),
        5 if service == Service::PhpFpm => {
            format!("{when}: (mod_fastcgi.c.421) FastCGI-stderr:{}\n", service::remark(dice))
        }
        _ => format!("{when}: (configfile.c.1279) WARNING: unknown config-key: server.not-known (ignored)\n"),
    }
}

fn config(service: Service) -> String {
    let pass = match service {
        Service::PhpFpm => format!("server.modules += ( \"mod_fastcgi\" )\nfastcgi.server = ( \".php\" => (( \"socket\" => \"{SOCKET}\" )) )\n"),
        Service::Gunicorn => "server.modules += ( \"mod_proxy\" )\nproxy.server = ( \"\" => (( \"host\" => \"127.0.0.1\", \"port\" => 8000 )) )\n".to_owned(),
    };
    format!(
        "server.modules = ( \"mod_access\", \"mod_accesslog\" )\nserver.document-root = \"/srv/site/public\"\nserver.errorlog = \"/var/log/lighttpd/error.log\"\naccesslog.filename = \"/var/log/lighttpd/access.log\"\nserver.port = 80\n{pass}"
    )
}
