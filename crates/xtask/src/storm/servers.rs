//! The servers behind the gateway, and what is done to them.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::bench::contender::Running;
use crate::bench::origin::Origin;
use crate::bench::process;
use crate::storm::scenario::{Deed, Event, SERVERS};

pub(crate) struct Servers {
    all: Vec<Origin>,
}

impl Servers {
    pub(crate) fn start(keep_alive: Option<Duration>) -> Result<Self, String> {
        let mut all = Vec::new();
        for address in process::free_ports(SERVERS)? {
            let mut server = Origin::at(address, keep_alive);
            server.start(None)?;
            all.push(server);
        }
        Ok(Self { all })
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.all.iter().map(|server| server.address).collect()
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
        Deed::Reload => {}
    }
    Ok(())
}
