use super::*;

const SAMPLE: &str = r#"
static_resources:
  listeners:
  - address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: /var/log/wide.log
              log_format:
                text_format_source: {inline_string: "%START_TIME% %RESPONSE_CODE%\n"}
          route_config:
            virtual_hosts:
            - name: all
              domains: ['*']
              routes:
              - match: {prefix: /old}
                direct_response: {status: 503}
              - match: {prefix: /}
                route: {cluster: app, timeout: 3s, retry_policy: {retry_on: connect-failure, num_retries: 2}}
  clusters:
  - name: app
    type: STRICT_DNS
    connect_timeout: 0.5s
    circuit_breakers: {thresholds: [{max_connections: 20, max_pending_requests: 5}]}
    health_checks: [{timeout: 1s, interval: 5s}]
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: app.example.com, port_value: 8443}}}
        - endpoint: {address: {pipe: {path: /run/app.sock}}}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: app.example.com
        common_tls_context:
          tls_params: {tls_minimum_protocol_version: TLSv1_3}
          validation_context: {trusted_ca: {filename: /ca.crt}}
"#;

#[test]
fn reads_a_bootstrap_file() {
    let found = read("envoy.yaml", SAMPLE);
    assert_eq!(found.legs.len(), 2);
    let leg = &found.legs[0];
    assert_eq!(
        (leg.target.to_string().as_str(), leg.group.as_deref()),
        ("app.example.com:8443", Some("app"))
    );
    assert_eq!((leg.connect_timeout_s, leg.total_timeout_s), (Some(0.5), Some(3.0)));
    assert_eq!(
        (leg.connections_max, leg.health_check, leg.resolved_at_runtime),
        (Some(20), true, Some(true))
    );
    let tls = leg.tls.clone().unwrap();
    assert_eq!((tls.verify, tls.sni, tls.name.as_deref()), (Some(true), Some(true), Some("app.example.com")));
    assert!(tls.versions.unwrap().contains("TLSv1_3"));
    assert_eq!(leg.place.line, 36);
    assert_eq!(found.legs[1].target.to_string(), "unix:/run/app.sock");
    assert_eq!(found.listens[0].address.to_string(), "*:8080");
    assert_eq!(found.layouts.len(), 1);
    assert_eq!(found.layouts[0].layout, "%START_TIME% %RESPONSE_CODE%");
    assert_eq!(found.layouts[0].file.as_deref(), Some("wide.log"));
    assert_eq!(found.settings_of("direct_response").next().unwrap().value, "503");
    assert_eq!(found.settings_of("retry_policy").count(), 1);
    assert!(found.limits.iter().any(|l| l.directive == "max_pending_requests" && l.value == 5.0));
    assert_eq!(found.problems, []);
}

#[test]
fn reads_camel_case_json() {
    let text = r#"{"staticResources": {"clusters": [{"name": "app", "type": "STATIC", "connectTimeout": "2s",
      "typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "explicitHttpConfig": {"http2ProtocolOptions": {}}, "commonHttpProtocolOptions": {"idleTimeout": "30s"}}},
      "loadAssignment": {"endpoints": [{"lbEndpoints": [{"endpoint": {"address": {"socketAddress":
        {"address": "app.internal", "portValue": 3000}}}}]}]}}]}}"#;
    assert!(recognise("x", text) > 90);
    let found = read("envoy.json", text);
    let leg = &found.legs[0];
    assert_eq!(leg.target.protocol, Some(goodgate_facts::Protocol::H2c));
    assert_eq!((leg.connect_timeout_s, leg.keepalive_idle_s), (Some(2.0), Some(30.0)));
    assert_eq!(leg.resolved_at_runtime, Some(false));
    assert_eq!(found.problems.len(), 1);
}

#[test]
fn tells_itself_from_others() {
    assert!(recognise("x", SAMPLE) > 90);
    assert_eq!(recognise("x", "records:\n  http:\n    a: 1\n"), 0);
    assert_eq!(recognise("x", "no filter_chains match for socket_address 192.0.2.1"), 0);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "((clusters|load_assignment|endpoints|address|route|match|[:{}\\[\\],]|[a-z0-9\"' -]){0,6}[ \\n]?){0,12}") {
        let _ = (recognise("", &text), read("", &text));
    }
}
