//! The list of products. Adding one is a file and a line here.

mod apache;
mod caddy;
mod draft;
mod envoy;
mod gunicorn;
mod h2o;
mod haproxy;
mod lighttpd;
mod nginx;
mod php_fpm;
mod squid;
mod systemd_unit;
mod trafficserver;
mod uwsgi;
mod varnish_vcl;
mod yaml_tree;

use crate::Configuration;

/// The reader of one product's configuration.
pub struct Product {
    /// Permanent name: "nginx", "php-fpm".
    pub id: &'static str,
    /// The vendor's reference of the language.
    pub reference: &'static str,
    /// How sure it is (0 to 100) that the text is this product's.
    pub recognise: fn(name: &str, text: &str) -> u8,
    /// What the text means.
    pub read: fn(name: &str, text: &str) -> Configuration,
}

/// All products.
pub fn all() -> &'static [Product] {
    ALL
}

const ALL: &[Product] = &[
    // (keep one per line)
    nginx::PRODUCT,
    systemd_unit::PRODUCT,
    uwsgi::PRODUCT,
    gunicorn::PRODUCT,
    h2o::PRODUCT,
    lighttpd::PRODUCT,
    php_fpm::PRODUCT,
    apache::PRODUCT,
    envoy::PRODUCT,
    haproxy::PRODUCT,
    caddy::PRODUCT,
    squid::PRODUCT,
    trafficserver::PRODUCT,
    varnish_vcl::PRODUCT,
];
