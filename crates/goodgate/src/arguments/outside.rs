//! Arguments of a look from outside.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};

/// How a site is looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looking at a site")]
pub(crate) struct Outside {
    /// Asks this address, too, straight past the network in front (Host and server name stay); may be given several
    /// times.
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(crate) origin: Vec<String>,
    /// Compares this resolver's answer with the others; may be given several times.
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(crate) resolver: Vec<String>,
    /// Takes in what the same command with --format json found elsewhere; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Vec<String>,
    /// Sends at most this many requests.
    #[arg(long, value_name = "N", default_value_t = goodgate_probe::Plan::BUDGET)]
    pub(crate) budget: u32,
    /// Waits this long for an answer; many gateways give up after 60 seconds and then say why.
    #[arg(long, value_name = "SECONDS", default_value_t = 65)]
    pub(crate) patience: u64,
    /// Trusts the authorities in this file (PEM), too; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<String>,
    /// Looks again every so many seconds until the site is well, and tells when, what changed and how long it was down.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30")]
    pub(crate) watch: Option<u64>,
    /// Asks the status pages of the networks and hosts that are recognised (one request each); without this their
    /// addresses are only shown.
    #[arg(long)]
    pub(crate) status_pages: bool,
    /// Asks addresses of private networks even if public DNS is what names them.
    #[arg(long)]
    pub(crate) private: bool,
    /// Those of these arguments that were given, by their ids; clap's values alone do not tell them from what is usual.
    #[arg(skip)]
    pub(crate) given: Vec<&'static str>,
}

/// Arguments that make sense only where a site is looked at. What is to be said of `--watch` is said for itself.
const NEED_A_SITE: &[&str] =
    &["origin", "resolver", "with", "ca", "budget", "patience", "status_pages", "private"];

impl Outside {
    /// Notes which of the arguments were given.
    pub(super) fn note(&mut self, matches: &ArgMatches) {
        let given = |id: &&&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        self.given = NEED_A_SITE.iter().filter(given).copied().collect();
    }
}
