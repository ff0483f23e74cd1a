//! The command line of `goodgate run` and `goodgate check`.

use clap::Args;

use super::Format;

/// Runs the gateway: routes, balances, retries; every failure says which.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate run --listen :8080 --to http://127.0.0.1:3000     everything to one application
  goodgate run --to http://127.0.0.1:3000 --to http://127.0.0.1:3001
                                                             to two, in balance
  goodgate run --listen :80 --to fastcgi+unix:/run/php/php-fpm.sock --root /var/www/site
                                                             a PHP site
  goodgate run -c goodgate.toml                              as a configuration says
  goodgate run -c goodgate.toml -t                           only says whether that could be run

goodgate check --reference prints a configuration with every key explained. A configuration that changes is loaded \
anew without a restart, by itself or at SIGHUP; a broken one is told, and the old one stays in force. SIGTERM and \
Ctrl-C let requests in hand end first.

Exit codes: 0 when it was told to end; 1 if the configuration has problems (with -t); 2 if it could not run.")]
pub(crate) struct Run {
    /// The configuration; goodgate.toml if there is one here and nothing else is said.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<String>,
    /// Where clients connect, such as :8080 or 127.0.0.1:8080 (which it is if not said); may be given several times.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "config")]
    pub(crate) listen: Vec<String>,
    /// A server that requests go to: http://, https://, fastcgi://, or http+unix: and fastcgi+unix: with a path; may be
    /// given several times.
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    pub(crate) to: Vec<String>,
    /// The folder with a site's files: with FastCGI servers a PHP site, without any server files alone.
    #[arg(long, value_name = "FOLDER", conflicts_with = "config")]
    pub(crate) root: Option<String>,
    /// Only says what is wrong with the configuration.
    #[arg(short = 't', long)]
    pub(crate) check: bool,
}

/// Reads goodgate's own configuration and says everything that is wrong with it: line, key, and what to do.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate check                             goodgate.toml here
  goodgate check /etc/goodgate/goodgate.toml
  goodgate check --reference > goodgate.toml every key, explained
  goodgate check --schema > schema.json      a JSON Schema, for editors

Configurations of other gateways are read by goodgate diagnose, together with logs.

Exit codes: 0 nothing wrong found; 1 a problem found; 2 could not look.")]
pub(crate) struct Check {
    /// The configurations; goodgate.toml if none is named, - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Prints a configuration with every key explained.
    #[arg(long, conflicts_with_all = ["files", "schema"])]
    pub(crate) reference: bool,
    /// Prints the JSON Schema of configurations.
    #[arg(long, conflicts_with = "files")]
    pub(crate) schema: bool,
    /// Form of the answer.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    pub(crate) format: String,
}

impl Check {
    /// The form of the answer: the others have nothing to add to a list.
    pub(crate) fn form(&self) -> Format {
        if self.format == "json" { Format::Json } else { Format::Text }
    }
}
