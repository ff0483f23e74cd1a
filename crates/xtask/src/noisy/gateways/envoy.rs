//! Envoy's everyday noise: its default access log and its own log.

use super::Gateway;
use crate::noisy::Files;
use crate::noisy::day::{Day, Instant};
use crate::noisy::dice::Dice;
use crate::noisy::service::{self, Service};
use crate::noisy::traffic::Request;

pub(super) const GATEWAY: Gateway = Gateway { name: "envoy", program: "envoy", php: false, files };

fn files(dice: &mut Dice, day: Day, service: Service, requests: &[Request]) -> Files {
    let (mut access, mut log) = (String::new(), String::new());
    for request in requests {
        let at = day.at(request.ms);
        access += &access_line(dice, at, request);
        if dice.percent(4) {
            log += &remark(dice, at);
        }
    }
    let mut out = vec![("access.log".to_owned(), access), ("envoy.log".to_owned(), log)];
    if dice.percent(70) {
        out.push(("envoy.yaml".to_owned(), CONFIG.to_owned()));
        out.push(service::config(service));
    }
    out
}

fn access_line(dice: &mut Dice, at: Instant, request: &Request) -> String {
    let clean = |text: &str| text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>();
    let id = format!("{:08x}-0000-4000-8000-{:012x}", dice.range(0, 0xffff_ffff), dice.range(0, 0xffff_ffff));
    let (status, flags) = if request.gave_up { (0, "DC") } else { (request.status, "-") };
    let waited = if request.gave_up { "-".to_owned() } else { request.took_ms.to_string() };
    format!(
        "[{}Z] \"{} {} HTTP/2\" {status} {flags} 0 {} {} {waited} \"{}\" \"{}\" \"{id}\" \"site.example\" \"127.0.0.1:8000\"\n",
        at.iso(),
        request.method,
        clean(&request.path),
        request.bytes,
        request.took_ms + 1,
        request.client,
        clean(&request.agent),
    )
}

const REMARKS: &[&str] = &[
    "[info][main] [source/server/server.cc:978] starting main dispatch loop",
    "[info][upstream] [source/common/upstream/cluster_manager_impl.cc:240] cm init: all clusters initialized",
    "[info][config] [source/extensions/listener_managers/listener_manager/listener_manager_impl.cc:950] all dependencies initialized. starting workers",
    "[info][main] [source/server/drain_manager_impl.cc:175] shutting down parent after drain",
    "[warning][misc] [source/common/protobuf/message_validator_impl.cc:21] Deprecated field: type envoy.config.cluster.v3.Cluster Using deprecated option 'envoy.config.cluster.v3.Cluster.http2_protocol_options'",
    "[warning][main] [source/server/server.cc:840] There is no configured limit to the number of allowed active downstream connections. Configure a limit in `envoy.resource_monitors.downstream_connections` resource monitor.",
    "[info][runtime] [source/common/runtime/runtime_impl.cc:625] RTDS has finished initialization",
];

fn remark(dice: &mut Dice, at: Instant) -> String {
    format!("[{}][1]{}\n", at.iso().replace('T', " "), dice.pick(REMARKS))
}

const CONFIG: &str = "static_resources:
  listeners:
  - name: www
    address:
      socket_address: { address: 0.0.0.0, port_value: 80 }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: www
          route_config:
            virtual_hosts:
            - name: site
              domains: [\"*\"]
              routes:
              - match: { prefix: / }
                route: { cluster: app, timeout: 90s }
  clusters:
  - name: app
    connect_timeout: 5s
    type: STATIC
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: { address: 127.0.0.1, port_value: 8000 }
";
