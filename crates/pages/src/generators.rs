//! The list of generators. Adding one is a file and a line here.

mod akamai;
mod apache;
mod aws_alb;
mod azure_app_gateway;
mod caddy;
mod cloudflare;
mod cloudfront;
mod envoy;
mod fastly;
mod google_lb;
mod gunicorn;
mod h2o;
mod haproxy;
mod heroku;
mod lighttpd;
mod nginx;
mod node;
mod php;
mod python;
mod squid;
mod tomcat;
mod trafficserver;
mod uwsgi;
mod varnish;
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
    apache::GENERATOR,
    aws_alb::GENERATOR,
    azure_app_gateway::GENERATOR,
    caddy::GENERATOR,
    cloudflare::GENERATOR,
    cloudfront::GENERATOR,
    envoy::GENERATOR,
    fastly::GENERATOR,
    google_lb::GENERATOR,
    gunicorn::GENERATOR,
    h2o::GENERATOR,
    haproxy::GENERATOR,
    heroku::GENERATOR,
    lighttpd::GENERATOR,
    nginx::GENERATOR,
    node::GENERATOR,
    php::GENERATOR,
    python::GENERATOR,
    squid::GENERATOR,
    tomcat::GENERATOR,
    trafficserver::GENERATOR,
    uwsgi::GENERATOR,
    varnish::GENERATOR,
    wordpress::GENERATOR,
];
