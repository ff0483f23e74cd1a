//! The list of formats. Adding one is a file and a line here.

mod answer_times;
mod app_words;
mod extension_path;
mod php_fpm_log;
mod php_fpm_slow;
mod gunicorn_error;
mod app_trace;
mod own_answers;
mod py_trace;
mod uwsgi;
mod php_error;
mod php_fpm_access;
mod php_words;
mod worker_end;
mod columns;
mod caddy_entry;
mod caddy_log;
mod envoy_access;
mod envoy_app;
mod envoy_pairs;
mod envoy_words;
mod go_net;
mod haproxy_admin;
mod haproxy_line;
mod haproxy_log;
mod haproxy_capture;
mod haproxy_show;
mod varnish_backend_list;
mod varnishstat;
mod varnish_access;
mod varnish_daemon;
mod varnish_fetch;
mod varnish_log;
mod kernel;
mod kernel_stamp;
mod ss;
mod ps;
mod ls_socket;
mod firewall_rules;
mod nft;
mod iptables;
mod ufw;
mod netstat_counters;
mod cgroup;
mod systemd;
mod systemctl_status;
mod df;
mod free;
mod ip_route;
mod dpkg_log;
mod dig;
mod curl_v;

mod access_guess;
mod access_json;
mod access_record;
mod access_waits;
mod fastcgi_relay;
mod apache_error;
mod apache_line;
mod apache_words;
mod clf_access;
mod nginx_error;
mod nginx_line;
mod nginx_words;
mod connect_words;
mod h2o_error;
mod lighttpd_error;
mod h2o_access;
mod lighttpd_access;
mod php_message;
mod plain_access;
mod ats_access;
mod ats_error;
mod mariadb;
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
    clf_access::FORMAT,
    app_trace::FORMAT,
];
