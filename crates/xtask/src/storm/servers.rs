//! The servers behind the gateway, and what is done to them.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::bench::contender::{Name, Origins, Running};
use crate::bench::origin::Origin;
use crate::bench::process;
use crate::storm::name_server::NameServer;
use crate::storm::scenario::{Deed, Event, Known, SERVERS};

/// The name that servers have where they are known by one.
const HOST: &str = "origin.example";
/// The last part of the loopback addresses that it has at first, and of those that it moves to.
const FIRST: u8 = 11;
const SECOND: u8 = 21;

pub(crate) struct Servers {
    all: Vec<Origin>,
    addresses: Vec<SocketAddr>,
    name: Option<NameServer>,
}

impl Servers {
    pub(crate) fn start(known: Known, keep_alive: Option<Duration>) -> Result<Self, String> {
        let ports = process::free_ports(SERVERS)?;
        let (addresses, name) = match (known, ports.first()) {
            (Known::ByName, Some(port)) => {
                let at = |address| SocketAddr::from((address, port.port()));
                let all = [named(FIRST), named(SECOND)].concat();
                (all.into_iter().map(at).collect(), Some(NameServer::start(named(FIRST))?))
            }
            _ => (ports, None),
        };
        let mut all = Vec::new();
        for address in &addresses {
            let mut server = Origin::at(*address, keep_alive);
            server.start(None)?;
            all.push(server);
        }
        Ok(Self { all, addresses, name })
    }

    /// What a gateway is told.
    pub(crate) fn origins(&self) -> Origins<'_> {
        match (&self.name, self.addresses.first()) {
            (Some(name), Some(one)) => Origins::Named(Name {
                host: HOST,
                port: one.port(),
                servers: SERVERS,
                resolver: name.address,
            }),
            _ => Origins::At(&self.addresses),
        }
    }

    /// Does one thing after the other, each at its time.
    pub(crate) fn undergo(
        &mut self,
        events: &[Event],
        begun: Instant,
        gateway: &Running,
    ) -> Result<(), String> {
        for event in events {
            sleep((begun + event.at).saturating_duration_since(Instant::now()));
            match event.deed {
                Deed::Reload => gateway.reload()?,
                Deed::Move => self.name.as_ref().ok_or("they have no name")?.change(named(SECOND)),
                Deed::Stop(one)
                | Deed::Start(one)
                | Deed::Kill(one)
                | Deed::Freeze(one)
                | Deed::Thaw(one) => {
                    let server = self.all.get_mut(one).ok_or("there is no such server")?;
                    to_one(event.deed, server)?;
                }
            }
        }
        Ok(())
    }
}

fn to_one(deed: Deed, server: &mut Origin) -> Result<(), String> {
    match deed {
        Deed::Stop(_) => server.stop(),
        Deed::Start(_) => server.start(None)?,
        Deed::Kill(_) => server.kill(),
        Deed::Freeze(_) => server.signal("STOP")?,
        Deed::Thaw(_) => server.signal("CONT")?,
        Deed::Reload | Deed::Move => {}
    }
    Ok(())
}

/// The addresses of one generation of servers with a name.
fn named(first: u8) -> Vec<Ipv4Addr> {
    (first..).take(SERVERS).map(|last| Ipv4Addr::new(127, 0, 0, last)).collect()
}
