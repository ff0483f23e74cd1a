//! The list of gateways whose noise is made. Adding one is a file and a line here.

mod apache;
mod caddy;
mod envoy;
mod haproxy;
mod lighttpd;
mod nginx;
mod varnish;

use super::Files;
use super::day::Day;
use super::dice::Dice;
use super::service::Service;
use super::traffic::Request;

/// What a gateway writes of a healthy hour.
pub(super) struct Gateway {
    pub(super) name: &'static str,
    /// What its process is called.
    pub(super) program: &'static str,
    /// Whether it can speak FastCGI to PHP-FPM.
    pub(super) php: bool,
    /// Logs and configuration: name and text.
    pub(super) files: fn(&mut Dice, Day, Service, &[Request]) -> Files,
}

pub(super) const ALL: &[Gateway] = &[
    // (keep one per line)
    nginx::GATEWAY,
    apache::GATEWAY,
    haproxy::GATEWAY,
    caddy::GATEWAY,
    lighttpd::GATEWAY,
    envoy::GATEWAY,
    varnish::GATEWAY,
];
