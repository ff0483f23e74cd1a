//! What is to be looked at, and how much may be asked of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use goodgate_wire::Limits;
use url::{Host, Url};

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The site: `http` or `https`, with a host; user name, password and fragment are not sent.
    pub url: Url,
    /// Resolvers to compare with the system's own.
    pub resolvers: Vec<SocketAddr>,
    /// Addresses of the origin, to be asked past the network in front; Host and server name stay the site's.
    /// Port 0 stands for the URL's own port.
    pub origins: Vec<SocketAddr>,
    /// Addresses to ask in place of those that the URL's host has, as somebody would write them into the hosts file:
    /// the name is not looked up then.
    pub at: Vec<IpAddr>,
    /// How many requests the site may be sent at most, redirects and repetitions included.
    pub budget: u32,
    /// Limits of each exchange.
    pub limits: Limits,
    /// How often the URL is asked for, to see whether it always fails; at least 1.
    pub repeat: u32,
    /// Whether the zone's own name servers may be asked; without, only resolvers are.
    pub zone: bool,
    /// Whether only the page itself is asked for, once at each address: for looking again and again.
    pub only_page: bool,
    /// Whether addresses that are not public may be asked although only public DNS names them.
    pub private: bool,
    /// Certificates (PEM) of further authorities to trust.
    pub authorities: Vec<Vec<u8>>,
    /// The `User-Agent` field: says what asks, and where that is explained.
    pub user_agent: String,
}

impl Plan {
    /// Requests by default.
    pub const BUDGET: u32 = 24;

    /// A plan for this URL, with what is usual.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            resolvers: Vec::new(),
            origins: Vec::new(),
            at: Vec::new(),
            budget: Self::BUDGET,
            limits: Limits::default(),
            repeat: 3,
            zone: true,
            only_page: false,
            private: false,
            authorities: Vec::new(),
            user_agent: concat!("goodgate/", env!("CARGO_PKG_VERSION"), " (diagnosis of a failing site)")
                .to_owned(),
        }
    }
}

impl Plan {
    /// The name that has to be looked up: none where the host is an address, or where addresses are given.
    pub(crate) fn host_name(&self) -> Option<&str> {
        match self.url.host() {
            Some(Host::Domain(name)) if self.at.is_empty() => Some(name),
            _ => None,
        }
    }
}

/// Requests that may still be sent; shared by all checks.
#[derive(Debug)]
pub struct Budget {
    left: AtomicU32,
    all: u32,
    refused: AtomicBool,
}

impl Budget {
    /// So many requests.
    pub fn new(requests: u32) -> Self {
        Self { left: AtomicU32::new(requests), all: requests, refused: AtomicBool::new(false) }
    }

    /// Takes one request; `false` if none is left.
    pub fn take(&self) -> bool {
        let taken =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if !taken {
            self.refused.store(true, Ordering::Relaxed);
        }
        taken
    }

    /// Whether a request was wanted and none was left.
    pub fn refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Requests sent so far.
    pub fn spent(&self) -> u32 {
        self.all - self.left.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_spent_has_refused_nothing_yet() {
        let budget = Budget::new(1);
        assert!(budget.take() && budget.spent() == 1 && !budget.refused());
        assert!(!budget.take() && budget.spent() == 1 && budget.refused());
    }
}
