//! goodgate's configuration: everything that a site would have on is on.

use std::fmt::Write as _;

use super::{ANSWER_MS, CONNECT_MS, Origins, Purpose, Task};

/// Two sites and four routes, of which the last of the last answers what is asked here.
pub(super) fn configuration(task: &Task<'_>) -> String {
    let mut out = String::new();
    let doors = task.doors;
    let tls = task.certificate.map(|_| format!(", \"https://{}\"", doors.tls)).unwrap_or_default();
    let _ = writeln!(out, "listen = [\"http://{}\"{tls}]", doors.plain);
    if let Some(certificate) = task.certificate {
        let _ = writeln!(
            out,
            "\n[[tls.certificates]]\nchain = \"{}\"\nkey = \"{}\"",
            certificate.chain.display(),
            certificate.key.display()
        );
    }
    out.push_str(
        "\n[[site]]\nhost = \"shop.example.com\"\nupstream = \"origin\"\n\n[[site]]\nhost = \"*\"\n\n\
         [[site.route]]\npath = \"/closed\"\nrespond = { status = 503, body = \"Back at noon.\" }\n\n\
         [[site.route]]\npath = \"/old/*\"\nredirect = \"https://{host}{path}{query}\"\n",
    );
    if let Some((_, root)) = task.php {
        let root = root.display();
        let _ = writeln!(
            out,
            "\n[[site.route]]\npath = \"*.php\"\nphp = {{ upstream = \"php\", root = \"{root}\" }}"
        );
    }
    out.push_str("\n[[site.route]]\npath = \"/*\"\nupstream = \"origin\"\n");
    upstream(&mut out, task);
    if let Some((socket, _)) = task.php {
        let _ = writeln!(out, "\n[upstream.php]\nservers = [\"fastcgi+unix:{}\"]", socket.display());
    }
    let _ = writeln!(
        out,
        "\n[access_log]\npath = \"{}\"\nformat = \"json\"\n\n[admin]\naddress = \"{}\"\n\n[process]\ncores = {}\n\
         stop_wait = \"2s\"",
        task.room.join("goodgate.access.log").display(),
        doors.admin,
        task.cores
    );
    out
}

fn upstream(out: &mut String, task: &Task<'_>) {
    let servers: Vec<String> = match task.origins {
        Origins::At(addresses) => addresses.iter().map(|origin| format!("\"http://{origin}\"")).collect(),
        Origins::Named(name) => vec![format!("\"http://{}:{}\"", name.host, name.port)],
    };
    let _ = writeln!(
        out,
        "\n[upstream.origin]\nservers = [{}]\nqueue = {{ concurrency = 20000 }}\nconnections = {{ idle_max = 256 }}",
        servers.join(", ")
    );
    if let Origins::Named(name) = task.origins {
        let _ = writeln!(out, "resolver = \"{}\"", name.resolver);
    }
    if task.purpose == Purpose::Survival {
        let _ = writeln!(
            out,
            "timeout = {{ connect = \"{CONNECT_MS}ms\", head = \"{ANSWER_MS}ms\" }}\nretry = {{ attempts = 3 }}\n\
             health = {{ path = \"/healthz\", every = \"1s\" }}"
        );
    }
}
