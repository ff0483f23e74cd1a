//! HAProxy's configuration.

use std::fmt::Write as _;

use super::{ANSWER_MS, CONNECT_MS, Origins, Purpose, Task};

pub(super) fn configuration(task: &Task<'_>) -> String {
    let mut out = String::new();
    let survival = task.purpose == Purpose::Survival;
    let _ = writeln!(out, "global\n  nbthread {}\n  maxconn 8000", task.cores);
    if survival {
        // The new process takes the sockets over from the old one.
        let socket = task.room.join("haproxy.sock");
        let _ = writeln!(out, "  stats socket {} mode 600 level admin expose-fd listeners", socket.display());
    }
    let answer_ms = if survival { ANSWER_MS } else { 60_000 };
    let _ = writeln!(
        out,
        "defaults\n  mode http\n  timeout connect {CONNECT_MS}ms\n  timeout client 60s\n  timeout server {answer_ms}ms\n  \
         option forwardfor\n  http-reuse always"
    );
    if survival {
        out.push_str("  retries 3\n  option redispatch 1\n  retry-on all-retryable-errors\n");
    }
    let _ = writeln!(out, "frontend front\n  bind {}", task.doors.plain);
    if let Some(certificate) = task.certificate {
        let _ = writeln!(
            out,
            "  bind {} ssl crt {} alpn h2,http/1.1",
            task.doors.tls,
            certificate.both.display()
        );
    }
    out.push_str(
        "  http-request add-header Via 1.1\\ haproxy\n  http-response add-header Via 1.1\\ haproxy\n  \
         default_backend origin\nbackend origin\n  balance roundrobin\n",
    );
    if survival {
        out.push_str("  option httpchk GET /healthz\n  default-server check inter 1s fall 2 rise 2\n");
    }
    match task.origins {
        Origins::At(addresses) => {
            for (number, origin) in addresses.iter().enumerate() {
                let _ = writeln!(out, "  server s{number} {origin}");
            }
        }
        Origins::Named(name) => {
            let _ = writeln!(
                out,
                "  server-template s {} {}:{} resolvers names resolve-prefer ipv4 init-addr none\nresolvers names\n  \
                 nameserver one {}\n  hold valid 1s\n  timeout resolve 1s\n  timeout retry 1s",
                name.servers, name.host, name.port, name.resolver
            );
        }
    }
    out
}
