//! The command line of `goodgate lab`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use goodgate_lab::{Drive, Front, Speaks};

use super::Format;
use crate::words::{args, say, say_with};

/// An origin that fails on purpose, and a test of what gateways make of it.
#[derive(Debug, Args)]
#[command(after_help = "Start here:
  goodgate lab list                                 the ways to fail
  goodgate lab show fin-in-status-line              one of them, step by step
  goodgate lab serve                                an origin to ask with curl or to put behind a gateway
  goodgate lab test --gateway http://127.0.0.1:8080 what your gateway makes of each
  goodgate lab compare nginx haproxy                what gateways that are installed here make of each")]
pub(crate) struct Lab {
    #[command(subcommand)]
    pub(crate) command: LabCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    List(List),
    Show(Show),
    Serve(Serve),
    Test(Test),
    Compare(Compare),
}

/// Lists the recipes: the ways to fail (and to be healthy) that the lab's origin knows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate lab list
  goodgate lab list --group body
  goodgate lab list --speaks tls --format json

Exit codes: 0, or 2 if there is no such group.")]
pub(crate) struct List {
    /// Only recipes of this group, such as connect, tls, head or body.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Only recipes that are played to a gateway that speaks this to its upstream.
    #[arg(long, value_parser = speaks(), value_name = "PROTOCOL")]
    pub(crate) speaks: Option<Speaks>,
    /// Form of the answer.
    #[arg(long, value_parser = forms(&["text", "json"]), default_value = "text")]
    pub(crate) format: Format,
}

/// Says what a recipe does, what stands behind it in life, and what a correct gateway makes of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate lab show fin-in-status-line
  goodgate lab show fin-in-status-line --format md > recipe.md

Exit codes: 0, or 2 if there is no such recipe.")]
pub(crate) struct Show {
    /// Name of the recipe, as `goodgate lab list` prints it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Serves as an origin that fails as the path of each request says, until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate lab serve
  curl -i http://127.0.0.1:8502/r/fin-in-status-line      plays this recipe
  curl -i 'http://127.0.0.1:8502/status/502?retry-after=30'
  goodgate lab serve --recipe healthy --listen 127.0.0.1:9000
  goodgate lab serve --ports 20000                        recipes that need a port of their own get one each

Whoever can reach the address can use it; it is that of this machine alone unless --listen says otherwise.

Exit codes: 0 when it was told to end; 2 if it could not listen.")]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8502")]
    pub(crate) listen: SocketAddr,
    /// Plays this recipe to every connection, whatever is asked for.
    #[arg(long, value_name = "NAME", conflicts_with = "ports")]
    pub(crate) recipe: Option<String>,
    /// Gives every recipe a port of its own, from this one on.
    #[arg(long, value_name = "FIRST")]
    pub(crate) ports: Option<u16>,
    /// Writes the authority that vouches for the lab's TLS certificates to FILE.
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<String>,
}

/// Tests a gateway whose only upstream is the lab: plays recipe after recipe to it and judges what its clients get.
#[derive(Debug, Args)]
#[command(after_help = "How to:
  1. Let the gateway forward everything to 127.0.0.1:8503 (or what --listen says), and to nothing else. Give it
     short timeouts, below --patience: recipes that are silent cost them in full.
  2. goodgate lab test --gateway http://127.0.0.1:8080

Examples:
  goodgate lab test --gateway http://127.0.0.1:8080 --recipe fin-in-status-line
  goodgate lab test --gateway https://gateway.example/lab --drive get,post --patience 10s
  goodgate lab test --gateway http://127.0.0.1:8080 --speaks tls --authority lab.pem
  goodgate lab test --gateway http://127.0.0.1:8080 --format html -o gateway.html

Exit codes: 0 all right or tolerable; 1 something is worse; 2 could not look.")]
pub(crate) struct Test {
    /// Address of the gateway, as a client writes it; a path in it stands before the lab's own paths.
    #[arg(long, value_name = "URL")]
    pub(crate) gateway: String,
    /// Address on which the lab listens as the gateway's upstream.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8503")]
    pub(crate) listen: SocketAddr,
    /// What the gateway speaks to its upstream.
    #[arg(long, value_parser = speaks(), default_value = "http", value_name = "PROTOCOL")]
    pub(crate) speaks: Speaks,
    /// Writes the authority that the gateway has to trust to FILE, for --speaks tls.
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<String>,
    /// Ways to ask the gateway; all of them if none is named.
    #[arg(long, value_parser = drives(), value_delimiter = ',', value_name = "WAY")]
    pub(crate) drive: Vec<Drive>,
    /// So long a client waits for an answer; longer than the gateway's own timeouts.
    #[arg(long, value_parser = duration, default_value = "5s", value_name = "TIME")]
    pub(crate) patience: Duration,
    /// Waits so long for a first healthy answer through the gateway, while you set it up.
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) wait: Option<Duration>,
    #[command(flatten)]
    pub(crate) measure: Measure,
}

/// Starts gateways that are installed here, each in front of the lab, plays all recipes to them, and compares.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate lab compare --list                       which gateways can be started here
  goodgate lab compare                              all of them, all recipes
  goodgate lab compare nginx haproxy --recipe fin-in-status-line
  goodgate lab compare goodgate --front http2       the same, asked over HTTP/2
  goodgate lab compare --format html -o matrix.html

Gateways are started with configurations of our own in a temporary folder, on ports of this machine alone, and
stopped afterwards; those that are running are left alone.

Exit codes: 0 all right or tolerable; 1 something is worse; 2 could not look.")]
pub(crate) struct Compare {
    /// Gateways to compare; all that are installed if none is named.
    #[arg(value_name = "PRODUCT")]
    pub(crate) products: Vec<String>,
    /// Says which gateways are known and which of them are installed, and ends.
    #[arg(long)]
    pub(crate) list: bool,
    /// What clients speak to the gateways: HTTP/1.1, HTTP/1.1 over TLS, or HTTP/2 over TLS. The certificate is made
    /// for the occasion; HTTP/2 knows no HTTP/1.0, so that way to ask is left out.
    #[arg(long, value_parser = fronts(), default_value = "http1", value_name = "PROTOCOL")]
    pub(crate) front: Front,
    /// Ways to ask the gateways; all of them if none is named.
    #[arg(long, value_parser = drives(), value_delimiter = ',', value_name = "WAY")]
    pub(crate) drive: Vec<Drive>,
    /// Looks at every recipe from outside as well, as `goodgate diagnose URL` does, and says what that alone tells; each
    /// is asked for several times more. Without TLS only.
    #[arg(long)]
    pub(crate) outside: bool,
    #[command(flatten)]
    pub(crate) measure: Measure,
}

/// What both tests share: which recipes, and where the answer goes.
#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// Only this recipe; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) recipe: Vec<String>,
    /// Only recipes of this group, such as connect, tls, head or body; may be given several times.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// Form of the answer.
    #[arg(long, value_parser = forms(&["text", "json", "html"]), default_value = "text")]
    pub(crate) format: Format,
    /// Writes the answer to FILE instead of the terminal.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<String>,
}

/// Some of the forms of an answer.
fn forms(names: &'static [&'static str]) -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(names).try_map(|name| Format::from_str(&name, false))
}

/// Names of protocols, as recipes write them.
pub(crate) const SPEAKS: [(&str, Speaks); 5] = [
    ("http", Speaks::Http),
    ("tls", Speaks::Tls),
    ("h2c", Speaks::H2c),
    ("fastcgi", Speaks::Fastcgi),
    ("uwsgi", Speaks::Uwsgi),
];

fn speaks() -> impl TypedValueParser<Value = Speaks> {
    PossibleValuesParser::new(SPEAKS.map(|(name, _)| name)).try_map(|name| {
        let found = SPEAKS.iter().find(|(known, _)| *known == name);
        found.map(|(_, speaks)| *speaks).ok_or("no such protocol")
    })
}

fn fronts() -> impl TypedValueParser<Value = Front> {
    PossibleValuesParser::new(Front::ALL.map(Front::name))
        .try_map(|name| Front::ALL.into_iter().find(|front| front.name() == name).ok_or("no such protocol"))
}

fn drives() -> impl TypedValueParser<Value = Drive> {
    PossibleValuesParser::new(Drive::ALL.map(Drive::name))
        .try_map(|name| Drive::ALL.into_iter().find(|drive| drive.name() == name).ok_or("no such way to ask"))
}

/// A length of time: `5s`, `500ms`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    /// Nobody waits longer for a gateway; a larger number is a slip.
    const MAX: Duration = Duration::from_secs(600);
    let wrong = || say_with("help-wrong-time", &args![text = text]);
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let seconds: f64 = number.parse().map_err(|_| wrong())?;
    let time = Duration::try_from_secs_f64(seconds * factor).map_err(|_| wrong())?;
    if time.is_zero() || time > MAX {
        return Err(say("help-wrong-time-range"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Arguments, Command};
    use super::*;

    fn test(words: &[&str]) -> Result<Test, clap::Error> {
        let parsed = Arguments::try_parse_from([&["goodgate", "lab", "test"], words].concat())?;
        match parsed.command {
            Command::Lab(Lab { command: LabCommand::Test(test) }) => Ok(test),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_test_is_read() {
        let read = test(&[
            "--gateway",
            "http://h/",
            "--drive",
            "get,post",
            "--speaks",
            "tls",
            "--patience",
            "1500ms",
        ]);
        let read = read.unwrap();
        assert_eq!(read.drive, [Drive::Get, Drive::Post]);
        assert_eq!(read.speaks, Speaks::Tls);
        assert_eq!(read.patience, Duration::from_millis(1500));
        assert_eq!(read.listen.to_string(), "127.0.0.1:8503");
        assert_eq!(read.measure.format, Format::Text);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in [
            &["--speaks", "gopher"][..],
            &["--drive", "put"],
            &["--format", "md"],
            &["--patience", "0s"],
            &["--patience", "5x"],
            &["--patience", "-1"],
            &["--patience", "1e99"],
            &["--patience", "s"],
            &["--listen", "8503"],
        ] {
            assert!(test(&[&["--gateway", "http://h/"], words].concat()).is_err(), "{words:?}");
        }
        assert!(test(&[]).is_err(), "the gateway must be named");
    }

    #[test]
    fn one_recipe_and_ports_for_all_exclude_each_other() {
        let words = ["goodgate", "lab", "serve", "--recipe", "healthy", "--ports", "20000"];
        assert!(Arguments::try_parse_from(words).is_err());
    }
}
