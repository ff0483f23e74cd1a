//! Varnish's everyday noise: varnishncsa, the daemon's words, and a list of healthy backends.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::Day;
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, Service};
use crate::noisy::traffic::{Request, combined, escaped_apache};

pub(super) const GATEWAY: Gateway = Gateway { name: "varnish", program: "varnishd", php: false, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut daemon) = (String::new(), String::new());
    for request in requests {
        let at = day.at(request.ms);
        let status = if request.gave_up { 200 } else { request.status };
        access += &combined(request, &at.common(), status, escaped_apache);
        if dice.percent(1) {
            daemon += &format!(
                "{} web1 varnishd[812]: CLI telnet 127.0.0.1 40100 127.0.0.1 6082 Rd vcl.load reload_{} /etc/varnish/default.vcl\n",
                at.syslog(),
                at.ms
            );
            daemon += &format!(
                "{} web1 varnishd[812]: CLI telnet 127.0.0.1 40100 127.0.0.1 6082 Wr 200 VCL compiled.\n",
                at.syslog()
            );
        }
    }
    let mut out = vec![("varnishncsa.log".to_owned(), access), ("varnishd.log".to_owned(), daemon)];
    if dice.percent(50) {
        let list = "Backend name  Admin  Probe  Health  Last change\nboot.app      probe  10/10  healthy Mon, 02 Mar 2026 08:00:01 GMT\n";
        out.push(("backend.list.txt".to_owned(), list.to_owned()));
    }
    if dice.percent(70) {
        out.push(("default.vcl".to_owned(), CONFIG.to_owned()));
        out.push(service::config(service));
    }
    out
}

const CONFIG: &str = "vcl 4.1;
backend app {
    .host = \"127.0.0.1\";
    .port = \"8000\";
    .first_byte_timeout = 90s;
    .probe = { .url = \"/login\"; .interval = 5s; }
}
sub vcl_backend_response {
    set beresp.grace = 1h;
}
";
