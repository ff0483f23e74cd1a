//! A configuration in the making: the file being read and what was found in it so far.
//!
//! Knows no product.

use goodgate_facts::{Address, Protocol, Target};

use crate::text::Source;
use crate::{Configuration, Layout, Leg, Limit, Listen, Place, Problem, Setting};

/// The configuration that a reader fills, with the file for making places.
pub(super) struct Draft {
    source: Source,
    /// What was found so far.
    pub(super) found: Configuration,
}

impl Draft {
    /// Nothing found yet.
    pub(super) fn new(product: &'static str, file: &str) -> Self {
        Self { source: Source::new(file), found: Configuration { product, ..Configuration::default() } }
    }

    /// The place at a line, counted from 1.
    pub(super) fn at(&self, line: u32) -> Place {
        self.source.at(line)
    }

    /// Notes a directive that bears on failures.
    pub(super) fn setting(&mut self, directive: impl Into<String>, value: impl Into<String>, line: u32) {
        let place = self.at(line);
        self.found.settings.push(Setting { directive: directive.into(), value: value.into(), place });
    }

    /// Notes a limit.
    pub(super) fn limit(&mut self, directive: impl Into<String>, value: f64, line: u32) {
        let place = self.at(line);
        self.found.limits.push(Limit { directive: directive.into(), value, place });
    }

    /// Notes something that could not be read.
    pub(super) fn problem(&mut self, what: impl Into<String>, line: u32) {
        let place = self.at(line);
        self.found.problems.push(Problem { place, what: what.into() });
    }

    /// Notes an address that the program listens on.
    pub(super) fn listen(&mut self, address: Address, tls: bool, line: u32) {
        let place = self.at(line);
        let listen = Listen { address, tls, place };
        if !self.found.listens.contains(&listen) {
            self.found.listens.push(listen);
        }
    }

    /// Notes a log layout; one that is there already is not repeated.
    pub(super) fn layout(&mut self, format: &'static str, layout: impl Into<String>, file: Option<String>) {
        let layout = Layout { format, layout: layout.into(), file };
        if !self.found.layouts.contains(&layout) {
            self.found.layouts.push(layout);
        }
    }

    /// A leg with nothing stated but protocol and address.
    pub(super) fn leg(&self, protocol: Option<Protocol>, address: Address, line: u32) -> Leg {
        Leg::new(Target { protocol, address }, self.at(line))
    }
}

/// Whether the address is a host name, so that somebody must resolve it.
pub(super) fn is_name(address: &Address) -> bool {
    match address {
        Address::Tcp { host, .. } => host != "*" && host.parse::<std::net::IpAddr>().is_err(),
        Address::Unix(_) | Address::Group(_) => false,
    }
}
