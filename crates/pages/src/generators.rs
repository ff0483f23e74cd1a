//! The list of generators. Adding one is a file and a line here.

mod akamai;
mod apache;
mod aspnet_core_module;
mod aws_alb;
mod aws_api_gateway;
mod aws_clb;
mod aws_s3;
mod azure_app_gateway;
mod azure_app_service;
mod azure_front_door;
mod bare_edges;
mod browser;
mod caddy;
mod client_library;
mod cloud_run;
mod cloudflare;
mod cloudflared;
mod cloudfront;
mod default_backend;
mod digitalocean;
mod envoy;
mod fastly;
mod fly;
mod github;
mod github_pages;
mod gitlab;
mod go_proxy;
mod goodgate;
mod google_front_end;
mod google_lb;
mod gorouter;
mod gunicorn;
mod h2o;
mod haproxy;
mod heroku;
mod http_sys;
mod iis;
mod iis_arr;
mod imperva;
mod kong;
mod lighttpd;
mod linkerd;
mod mitmproxy;
mod netlify;
mod nginx;
mod nginx_relatives;
mod nginx_unit;
mod node;
mod node_proxy;
mod openshift;
mod pantheon;
mod passenger;
mod php;
mod python;
mod railway;
mod render;
mod sozu;
mod squid;
mod sucuri;
mod tomcat;
mod traefik;
mod trafficserver;
mod tyk;
mod uwsgi;
mod varnish;
mod vercel;
mod wordpress;

use crate::Message;
use crate::reading::{Made, Told};

/// What sort of software makes a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A gateway that somebody runs.
    Gateway,
    /// A network's or cloud's front.
    Edge,
    /// The server in which an application runs.
    AppServer,
    /// An application or framework.
    Application,
    /// A visitor's own program: a browser or an HTTP client library. No server wrote these words.
    Client,
}

/// A message with what must come out of it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Head and body, or a body alone.
    pub text: &'static str,
    /// The generator's version, where the message tells it.
    pub version: Option<&'static str>,
    /// What the page says of the failure.
    pub failures: &'static [&'static str],
}

/// Software that makes error pages.
pub struct Generator {
    /// Permanent name: "nginx", "varnish".
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// What sort of software it is.
    pub kind: Kind,
    /// Looks at a message; says what marks it found.
    pub recognise: fn(&Message<'_>) -> Option<Made>,
    /// What a page of this generator says of the failure.
    pub failures: fn(&Message<'_>) -> Vec<Told>,
    /// Messages; a generator without samples fails the tests.
    pub samples: &'static [Sample],
}

/// All generators; special ones before general ones.
pub fn all() -> &'static [Generator] {
    ALL
}

const ALL: &[Generator] = &[
    // (keep one per line)
    akamai::GENERATOR,
    nginx_relatives::ANGIE,
    apache::GENERATOR,
    aspnet_core_module::GENERATOR,
    aws_alb::GENERATOR,
    aws_api_gateway::GENERATOR,
    aws_clb::GENERATOR,
    aws_s3::GENERATOR,
    azure_app_gateway::GENERATOR,
    azure_app_service::GENERATOR,
    azure_front_door::GENERATOR,
    browser::GENERATOR,
    bare_edges::BUNNY,
    caddy::GENERATOR,
    client_library::GENERATOR,
    cloud_run::GENERATOR,
    cloudflare::GENERATOR,
    cloudflared::GENERATOR,
    cloudfront::GENERATOR,
    default_backend::GENERATOR,
    digitalocean::GENERATOR,
    envoy::GENERATOR,
    fastly::GENERATOR,
    fly::GENERATOR,
    nginx_relatives::FREENGINX,
    github::GENERATOR,
    github_pages::GENERATOR,
    gitlab::GENERATOR,
    go_proxy::GENERATOR,
    goodgate::GENERATOR,
    google_front_end::GENERATOR,
    google_lb::GENERATOR,
    gorouter::GENERATOR,
    gunicorn::GENERATOR,
    h2o::GENERATOR,
    haproxy::GENERATOR,
    heroku::GENERATOR,
    http_sys::GENERATOR,
    iis::GENERATOR,
    iis_arr::GENERATOR,
    imperva::GENERATOR,
    bare_edges::KEYCDN,
    kong::GENERATOR,
    lighttpd::GENERATOR,
    linkerd::GENERATOR,
    mitmproxy::GENERATOR,
    netlify::GENERATOR,
    nginx::GENERATOR,
    nginx_unit::GENERATOR,
    node::GENERATOR,
    node_proxy::GENERATOR,
    nginx_relatives::OPENRESTY,
    openshift::GENERATOR,
    pantheon::GENERATOR,
    passenger::GENERATOR,
    php::GENERATOR,
    python::GENERATOR,
    railway::GENERATOR,
    render::GENERATOR,
    sozu::GENERATOR,
    squid::GENERATOR,
    sucuri::GENERATOR,
    nginx_relatives::TENGINE,
    tomcat::GENERATOR,
    traefik::GENERATOR,
    trafficserver::GENERATOR,
    tyk::GENERATOR,
    uwsgi::GENERATOR,
    varnish::GENERATOR,
    vercel::GENERATOR,
    wordpress::GENERATOR,
];

/// Near misses: texts that resemble a generator's pages and are not its.
#[cfg(test)]
fn assert_unlike(recognise: fn(&Message<'_>) -> Option<Made>, texts: &[&str]) {
    for text in texts {
        assert_eq!(recognise(&Message::parse(text)), None, "{text}");
    }
}
