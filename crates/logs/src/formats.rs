//! The list of formats. Adding one is a file and a line here.

mod answer_times;
mod app_trace;
mod app_words;
mod aws_alb;
mod azure_lb;
mod caddy_entry;
mod caddy_log;
mod cgroup;
mod cloudfront_access;
mod code_table;
mod columns;
mod curl_v;
mod df;
mod dig;
mod dpkg_log;
mod envoy_access;
mod envoy_app;
mod envoy_pairs;
mod envoy_words;
mod extension_path;
mod firewall_rules;
mod fly_proxy;
mod free;
mod go_net;
mod goodgate_access;
mod google_lb;
mod gunicorn_error;
mod haproxy_admin;
mod haproxy_capture;
mod haproxy_line;
mod haproxy_log;
mod haproxy_show;
mod heroku_router;
mod http_sys_error;
mod iis_access;
mod ip_route;
mod iptables;
mod json_line;
mod kernel;
mod kernel_stamp;
mod linkerd;
mod ls_socket;
mod netstat_counters;
mod nft;
mod own_answers;
mod passenger_log;
mod php_error;
mod php_fpm_access;
mod php_fpm_log;
mod php_fpm_slow;
mod php_words;
mod pingora;
mod ps;
mod py_trace;
mod routed;
mod ss;
mod systemctl_status;
mod systemd;
mod traefik_log;
mod ufw;
mod uwsgi;
mod varnish_access;
mod varnish_backend_list;
mod varnish_daemon;
mod varnish_fetch;
mod varnish_log;
mod varnishstat;
mod w3c_fields;
mod worker_end;

mod access_guess;
mod access_json;
mod access_record;
mod access_waits;
mod apache_error;
mod apache_line;
mod apache_words;
mod ats_access;
mod ats_error;
mod clf_access;
mod connect_words;
mod fastcgi_relay;
mod h2o_access;
mod h2o_error;
mod lighttpd_access;
mod lighttpd_error;
mod mariadb;
mod nginx_error;
mod nginx_line;
mod nginx_words;
mod php_message;
mod plain_access;
mod squid_access;
mod squid_cache;
mod squid_record;

use crate::Format;

/// All formats; the more particular stand before the more general.
pub fn all() -> &'static [Format] {
    ALL
}

const ALL: &[Format] = &[
    // (keep one per line)
    nginx_error::FORMAT,
    apache_error::FORMAT,
    php_fpm_log::FORMAT,
    php_fpm_slow::FORMAT,
    php_fpm_access::FORMAT,
    php_error::FORMAT,
    gunicorn_error::FORMAT,
    uwsgi::FORMAT,
    haproxy_log::FORMAT,
    varnish_access::FORMAT,
    varnish_log::FORMAT,
    haproxy_show::FORMAT,
    varnishstat::FORMAT,
    varnish_backend_list::FORMAT,
    caddy_log::FORMAT,
    goodgate_access::FORMAT,
    envoy_access::FORMAT,
    envoy_app::FORMAT,
    haproxy_admin::FORMAT,
    kernel::FORMAT,
    ss::FORMAT,
    ps::FORMAT,
    ls_socket::FORMAT,
    nft::FORMAT,
    iptables::FORMAT,
    ufw::FORMAT,
    netstat_counters::FORMAT,
    cgroup::FORMAT,
    systemd::FORMAT,
    systemctl_status::FORMAT,
    df::FORMAT,
    free::FORMAT,
    ip_route::FORMAT,
    dpkg_log::FORMAT,
    dig::FORMAT,
    curl_v::FORMAT,
    h2o_access::FORMAT,
    lighttpd_access::FORMAT,
    h2o_error::FORMAT,
    lighttpd_error::FORMAT,
    ats_access::FORMAT,
    ats_error::FORMAT,
    mariadb::FORMAT,
    squid_access::FORMAT,
    squid_cache::FORMAT,
    heroku_router::FORMAT,
    aws_alb::FORMAT,
    google_lb::FORMAT,
    azure_lb::FORMAT,
    http_sys_error::FORMAT,
    iis_access::FORMAT,
    cloudfront_access::FORMAT,
    fly_proxy::FORMAT,
    pingora::FORMAT,
    linkerd::FORMAT,
    passenger_log::FORMAT,
    traefik_log::FORMAT,
    clf_access::FORMAT,
    app_trace::FORMAT,
];
