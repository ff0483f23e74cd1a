//! Apache httpd's everyday noise.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::{Day, Instant};
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, SOCKET, Service};
use crate::noisy::traffic::{Request, combined, escaped_apache};

pub(super) const GATEWAY: Gateway = Gateway { name: "apache", program: "apache2", php: true, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut error) = (String::new(), String::new());
    for request in requests {
        let at = day.at(request.ms);
        // Apache has no status for a client that went away: it logs what it had sent.
        let status = if request.gave_up { 200 } else { request.status };
        access += &combined(request, &at.common(), status, escaped_apache);
        if dice.percent(12) {
            error += &remark(dice, at, service, request);
        }
        if dice.percent(1) {
            error += &reload(dice, at);
        }
    }
    let mut out = vec![("access.log".to_owned(), access), ("error.log".to_owned(), error)];
    if dice.percent(70) {
        out.push(("apache2.conf".to_owned(), config(service)));
        out.push(service::config(service));
    }
    out
}

fn remark(dice: &mut Dice, at: Instant, service: Service, request: &Request) -> String {
    let (pid, thread) = (dice.range(2000, 9000), dice.range(139_000_000_000_000, 140_000_000_000_000));
    let client = if request.client.contains(':') {
        format!("[{}]:{}", request.client, request.port)
    } else {
        format!("{}:{}", request.client, request.port)
    };
    let path = escaped_apache(&request.path);
    let line = |module: &str, text: String| {
        format!("[{}] [{module}] [pid {pid}:tid {thread}] [client {client}] {text}\n", at.apache())
    };
    let php = service == Service::PhpFpm;
    match dice.range(0, 12) {
        0 => line("authz_core:error", "AH01630: client denied by server configuration: /srv/site/public/.git".to_owned()),
        1 => line("autoindex:error", "AH01276: Cannot serve directory /srv/site/public/img/: No matching DirectoryIndex (index.php,index.html) found, and server-generated directory index forbidden by Options directive".to_owned()),
        2 => line("core:error", "AH10244: invalid URI path (/cgi-bin/.%2e/%2e%2e/%2e%2e/bin/sh)".to_owned()),
        3 => line("reqtimeout:info", "AH01382: Request header read timeout".to_owned()),
        4 => line("ssl:info", "AH02008: SSL library error 1 in handshake (server site.example:443)".to_owned()),
        5 => line("ssl:error", "AH02032: Hostname site.example provided via SNI and hostname x.example provided via HTTP have no compatible SSL setup".to_owned()),
        6 => line("auth_basic:error", format!("AH01618: user admin not found: {path}")),
        7 => line("core:info", format!("AH00128: File does not exist: /srv/site/public{path}")),
        8 => line("core:error", "AH00135: Invalid method in request \\x16\\x03\\x01".to_owned()),
        9 => line("core:info", "(32)Broken pipe: AH00646: Error writing to the client".to_owned()),
        10 => line("ssl:info", "(104)Connection reset by peer: AH01992: SSL input filter read failed.".to_owned()),
        _ if php => {
            let text = service::remark(dice);
            line("proxy_fcgi:error", format!("AH01071: Got error 'PHP message: {text}'"))
        }
        _ => line("deflate:debug", format!("AH01384: Zlib: Compressed 5120 to 1800 : URL {path}")),
    }
}

/// A graceful restart, with the remarks that Apache makes at every start.
fn reload(dice: &mut Dice, at: Instant) -> String {
    let when = at.apache();
    let head = |module: &str| format!("[{when}] [{module}] [pid 812:tid 139900000000000] ");
    let mut text =
        format!("{}AH00493: SIGUSR1 received.  Doing graceful restart\n", head("mpm_event:notice"));
    if dice.percent(50) {
        text += "AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using 192.0.2.10. Set the 'ServerName' directive globally to suppress this message\n";
    }
    if dice.percent(40) {
        text += &format!(
            "{}AH01909: www.site.example:443:0 server certificate does NOT include an ID which matches the server name\n",
            head("ssl:warn")
        );
    }
    text += &format!(
        "{}AH00489: Apache/2.4.62 (Debian) OpenSSL/3.0.15 configured -- resuming normal operations\n",
        head("mpm_event:notice")
    );
    text + &format!("{}AH00094: Command line: '/usr/sbin/apache2'\n", head("core:notice"))
}

fn config(service: Service) -> String {
    let pass = match service {
        Service::PhpFpm => format!("    <FilesMatch \\.php$>\n        SetHandler \"proxy:unix:{SOCKET}|fcgi://localhost\"\n    </FilesMatch>\n"),
        Service::Gunicorn => "    ProxyPass / http://127.0.0.1:8000/ timeout=90\n    ProxyPassReverse / http://127.0.0.1:8000/\n".to_owned(),
    };
    format!(
        "ErrorLog ${{APACHE_LOG_DIR}}/error.log\n<VirtualHost *:80>\n    ServerName site.example\n    DocumentRoot /srv/site/public\n    CustomLog ${{APACHE_LOG_DIR}}/access.log combined\n{pass}</VirtualHost>\n"
    )
}
