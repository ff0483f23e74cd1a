//! `goodgate lab test`: the lab as the only upstream of a gateway that somebody else runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodgate_lab::{
    Drive, End, Gateway, Identities, Kind, Limits, Observation, Origin, Recipe, Speaks, Verdict, examine,
    recipes,
};
use goodgate_witness::{Cell, Matrix, NotPlayed, Said};

use super::{chosen, names, plays_alone, runtime, steps, warn_of_others};
use crate::arguments::{Format, Test};
use crate::lab::address::Target;
use crate::render::{counted, matrix};
use crate::roles::{COULD_NOT_LOOK, FINE, PROBLEM, complain, complain_at_length, deliver};

/// A gateway that speaks TLS to the lab has to be told to trust an authority that was made a moment ago: whoever does
/// that gets so long.
const TRUST_WAIT: Duration = Duration::from_secs(60);
/// A gateway may give an upstream that failed a rest before it asks it again, a minute by Apache's default; what comes
/// next is not to be judged by that.
const RECOVERY: Duration = Duration::from_secs(75);
/// Between two attempts at the control while it is waited for.
const CONTROL_EVERY: Duration = Duration::from_millis(500);

pub(super) fn run(command: &Test) -> u8 {
    let measured = prepare(command).and_then(|(target, recipes)| {
        let runtime = runtime().map_err(|problem| vec![problem])?;
        warn_of_others(command.listen);
        runtime.block_on(measure(command, &target, &recipes))
    });
    let matrix = match measured {
        Ok(matrix) => matrix,
        Err(problems) => {
            complain(&problems);
            return COULD_NOT_LOOK;
        }
    };
    let text = if told_as_it_goes(command) {
        matrix::sums(&matrix)
    } else {
        matrix::matrix(&matrix, command.measure.format)
    };
    if let Err(code) = deliver(&text, command.measure.format, command.measure.output.as_deref()) {
        return code;
    }
    match matrix.cells.is_empty() {
        true => COULD_NOT_LOOK,
        false if matrix::anything_wrong(&matrix) => PROBLEM,
        false => FINE,
    }
}

/// Whether each recipe is printed when it is done; a file gets the whole instead.
fn told_as_it_goes(command: &Test) -> bool {
    command.measure.format == Format::Text && command.measure.output.is_none()
}

/// What can be wrong before anything is listened on.
fn prepare(command: &Test) -> Result<(Target, Vec<Arc<Recipe>>), Vec<String>> {
    let target = Target::read(&command.gateway).map_err(|problem| vec![problem])?;
    let all = chosen(&command.measure)?;
    let (played, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|recipe| plays_alone(recipe, command.speaks));
    let by_name = |recipe: &&Arc<Recipe>| command.measure.recipe.contains(&recipe.name);
    let not_here: Vec<String> = others.iter().filter(by_name).map(|recipe| elsewhere(recipe)).collect();
    if !not_here.is_empty() {
        return Err(not_here);
    }
    if played.is_empty() {
        let speaks = names::speaks(command.speaks);
        return Err(vec![format!("none of these recipes can be played with --speaks {speaks}")]);
    }
    Ok((target, played))
}

fn elsewhere(recipe: &Recipe) -> String {
    let name = &recipe.name;
    if recipe.process.is_some() || recipe.dns.is_some() {
        return format!(
            "{name} needs more than one port of the lab; it can be played with goodgate lab compare --recipe {name}"
        );
    }
    let speaks = names::speaks(recipe.speaks);
    format!("{name} is for a gateway that speaks {speaks} to its upstream; add --speaks {speaks}")
}

async fn measure(command: &Test, target: &Target, recipes: &[Arc<Recipe>]) -> Result<Matrix, Vec<String>> {
    let one = |problem: goodgate_lab::LabError| vec![problem.to_string()];
    let identities = Arc::new(Identities::new().map_err(one)?);
    authority(command, &identities)?;
    let origin = Origin::bind(command.listen, command.speaks, Arc::clone(&identities)).await.map_err(one)?;
    let limits = Limits { patience: command.patience, recovery: RECOVERY };
    let gateway = target.gateway(command.patience).await.map_err(|problem| vec![problem])?;
    // The control finds out whether the way leads here at all, which needs no such patience.
    let at_first = Limits { patience: command.patience, ..Limits::default() };
    control(command, &gateway, &origin, &at_first).await?;
    let drives = if command.drive.is_empty() { Drive::ALL.to_vec() } else { command.drive.clone() };
    let title = String::leak(command.gateway.clone());
    let mut matrix = Matrix {
        front: gateway.front,
        gateways: vec![goodgate_witness::Gateway {
            id: "gateway",
            // Once in a run of the program, which keeps it to the end anyway.
            title,
            version: String::new(),
            configuration: String::new(),
        }],
        recipes: recipes.to_vec(),
        ..Matrix::default()
    };
    let named = recipes.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0);
    let begun = Instant::now();
    let mut recovered = true;
    for (place, recipe) in recipes.iter().enumerate() {
        if !recovered {
            matrix.not_played.push(NotPlayed { recipe: place, gateway: 0, why: not_recovered(&matrix) });
            continue;
        }
        if !told_as_it_goes(command) {
            super::progress(&format!("{} of {}: {}", place + 1, recipes.len(), recipe.name));
        }
        match examine(&gateway, &origin, None, recipe, &drives, &limits).await {
            Ok(drives) => {
                recovered = drives.last().is_none_or(|(seen, _)| seen.after.recovery.is_some());
                let cell = Cell {
                    recipe: place,
                    gateway: 0,
                    drives,
                    said: Said::default(),
                    stated: Vec::new(),
                    died: None,
                    reading: None,
                };
                if told_as_it_goes(command) {
                    // A reader that has gone away is noticed at the end.
                    let _ = deliver(&matrix::line(recipe, &cell, named), Format::Text, None);
                }
                matrix.cells.push(cell);
            }
            Err(problem) => {
                matrix.not_played.push(NotPlayed { recipe: place, gateway: 0, why: problem.to_string() });
            }
        }
    }
    super::progress(&format!(
        "{} in {}\n",
        counted(recipes.len() as u64, "recipe"),
        steps::span(begun.elapsed())
    ));
    Ok(matrix)
}

/// Why nothing more is played: whatever was seen next would be the last recipe's doing.
fn not_recovered(matrix: &Matrix) -> String {
    let last = matrix.cells.last().and_then(|cell| matrix.recipes.get(cell.recipe));
    format!(
        "the gateway gave no right answer within {} after {}, though the lab was healthy again; restart the gateway, and \
         go on with --recipe",
        steps::span(RECOVERY),
        last.map_or("the recipe before", |recipe| recipe.name.as_str())
    )
}

/// Writes the authority to trust to a file, and says so.
fn authority(command: &Test, identities: &Identities) -> Result<(), Vec<String>> {
    let Some(file) = &command.authority else {
        if command.speaks == Speaks::Tls {
            return Err(vec![
                "with --speaks tls the gateway has to trust the lab's authority, which is new each time; say with \
                 --authority FILE where to write it"
                    .to_owned(),
            ]);
        }
        return Ok(());
    };
    if let Err(e) = std::fs::write(file, identities.authority_pem()) {
        return Err(vec![format!("{file} could not be written: {e}")]);
    }
    complain(&[format!(
        "wrote the lab's authority to {file}; let the gateway verify its upstream with it, expect the name {} and \
         send it as SNI, then reload the gateway. The authority is new each time.",
        goodgate_lab::identities::NAME
    )]);
    Ok(())
}

/// The control: a healthy answer has to come through the gateway, else nothing that is measured counts.
async fn control(
    command: &Test,
    gateway: &Gateway,
    origin: &Origin,
    limits: &Limits,
) -> Result<(), Vec<String>> {
    // The first healthy one is the plainest of its protocol.
    let healthy = recipes().iter().find(|recipe| recipe.is_healthy() && plays_alone(recipe, command.speaks));
    let Some(healthy) = healthy else {
        let speaks = names::speaks(command.speaks);
        return Err(vec![format!("there is no healthy recipe for --speaks {speaks} to begin with")]);
    };
    let wait = command.wait.unwrap_or(match command.speaks {
        Speaks::Tls => TRUST_WAIT,
        _ => Duration::ZERO,
    });
    let end = Instant::now() + wait;
    let mut told = false;
    loop {
        let seen = examine(gateway, origin, None, healthy, &[Drive::Get], limits).await;
        let seen = seen.map_err(|problem| vec![problem.to_string()])?;
        match seen.first() {
            Some((_, verdict)) if verdict.kind == Kind::Right => return Ok(()),
            Some((seen, verdict)) if Instant::now() >= end => {
                let why = not_through(command, seen, verdict);
                let lines: Vec<String> =
                    [why, "For example:".to_owned()].into_iter().chain(example(command)).collect();
                let url = &command.gateway;
                complain_at_length(
                    &format!(
                        "no healthy answer of the lab comes through the gateway at {url}, so nothing was tested"
                    ),
                    &lines,
                );
                return Err(Vec::new());
            }
            _ if !told => {
                told = true;
                complain(&[format!(
                    "no healthy answer comes through the gateway yet; trying for {} more",
                    steps::span(wait)
                )]);
            }
            _ => {}
        }
        tokio::time::sleep(CONTROL_EVERY).await;
    }
}

/// Why the control failed, and what to do about it.
fn not_through(command: &Test, seen: &Observation, verdict: &Verdict) -> String {
    let at = reachable(command.listen);
    let got = match (seen.reply.status, seen.reply.end) {
        (Some(status), _) => format!("answered {status}"),
        (None, End::HangBeforeHead | End::HangInside) => {
            format!("did not answer within {}", steps::span(command.patience))
        }
        (None, End::Refused) => "did not accept the connection, or its TLS handshake failed".to_owned(),
        (None, _) => "closed the connection without a readable answer".to_owned(),
    };
    match (seen.upstream.requests, seen.upstream.connections) {
        (0, 0) => format!(
            "It {got}, and did not connect to the lab. Its upstream has to be {at}, for every path and nothing else."
        ),
        (0, _) => format!(
            "It {got}. It did connect to the lab, but sent no request that could be read as {}. Check --speaks{}.",
            names::speaks_in_words(command.speaks),
            if command.speaks == Speaks::Tls { ", and that it trusts the authority" } else { "" }
        ),
        _ => format!(
            "It {got}. The request did reach the lab and was answered; the answer did not come back as it should: \
             {}",
            verdict.says
        ),
    }
}

/// Where a gateway on this machine finds the lab: `0.0.0.0` is a place to listen, and none to connect to.
fn reachable(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}

/// How the best-known gateways are pointed at the lab.
fn example(command: &Test) -> Vec<String> {
    let at = reachable(command.listen);
    match command.speaks {
        Speaks::Http => vec![
            format!("nginx     location / {{ proxy_pass http://{at}; proxy_http_version 1.1;"),
            "          proxy_connect_timeout 1s; proxy_read_timeout 2s; }".to_owned(),
            format!("HAProxy   server lab {at}"),
            format!("Apache    ProxyPass / http://{at}/ timeout=2"),
            format!("Caddy     reverse_proxy {at}"),
        ],
        Speaks::Tls => vec![
            format!("nginx     proxy_pass https://{at}; proxy_ssl_verify on; proxy_ssl_verify_depth 2;"),
            format!(
                "          proxy_ssl_server_name on; proxy_ssl_name {}; proxy_ssl_trusted_certificate {};",
                goodgate_lab::identities::NAME,
                command.authority.as_deref().unwrap_or("FILE")
            ),
            format!(
                "HAProxy   server lab {at} ssl verify required ca-file {} sni str({name}) verifyhost {name}",
                command.authority.as_deref().unwrap_or("FILE"),
                name = goodgate_lab::identities::NAME
            ),
        ],
        Speaks::H2c => {
            vec![format!("HAProxy   server lab {at} proto h2"), format!("Caddy     reverse_proxy h2c://{at}")]
        }
        Speaks::Fastcgi => vec![
            format!("nginx     location / {{ include fastcgi_params; fastcgi_pass {at};"),
            "          fastcgi_connect_timeout 1s; fastcgi_read_timeout 2s; }".to_owned(),
            format!("Apache    ProxyPass / fcgi://{at}/ timeout=2"),
        ],
        Speaks::Uwsgi => vec![
            format!("nginx     location / {{ include uwsgi_params; uwsgi_pass {at};"),
            "          uwsgi_connect_timeout 1s; uwsgi_read_timeout 2s; }".to_owned(),
            format!("Apache    ProxyPass / uwsgi://{at}/ timeout=2"),
        ],
    }
}
