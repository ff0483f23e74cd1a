//! The list of formats. Adding one is a file and a line here.

mod answer_times;
mod app_words;
mod extension_path;
mod php_words;
mod columns;
mod haproxy_admin;
mod haproxy_line;
mod haproxy_log;
mod kernel;
mod ss;
mod ps;
mod ls_socket;

mod connect_words;
mod h2o_error;
mod lighttpd_error;
mod php_message;
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
    haproxy_log::FORMAT,
    haproxy_admin::FORMAT,
    kernel::FORMAT,
    ss::FORMAT,
    ps::FORMAT,
    ls_socket::FORMAT,
    h2o_error::FORMAT,
    lighttpd_error::FORMAT,
    ats_access::FORMAT,
    ats_error::FORMAT,
    mariadb::FORMAT,
    squid_access::FORMAT,
    squid_cache::FORMAT,
];
