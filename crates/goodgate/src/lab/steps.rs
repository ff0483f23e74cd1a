//! What a recipe's origin does, step by step, in plain sentences.

use std::time::Duration;

use goodgate_lab::{
    Act, Answer, App, DnsAnswer, Framing, H2Frame, Identity, Listen, Millis, Process, Recipe, Step,
};

/// So much of what is sent is shown; the recipe's file has the whole.
const SENT_CHARS_MAX: usize = 160;

/// A sentence for each thing that happens, in order.
pub(crate) fn sentences(recipe: &Recipe) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(dns) = &recipe.dns {
        out.push(format!("Asked for the origin's name, the name server {}.", name_server(dns.answer)));
    }
    if let Some(process) = &recipe.process {
        self::process(process, &mut out);
    }
    match recipe.listen {
        Listen::Accept if recipe.steps.is_empty() && out.is_empty() => {
            out.push("Accepts each connection and closes it in order (FIN) at once.".to_owned());
        }
        Listen::Accept if recipe.steps.is_empty() => {}
        Listen::Accept => out.push("Accepts the connection.".to_owned()),
        Listen::Refuse => {
            out.push(
                "Does not listen: the system refuses each connection (RST in answer to SYN).".to_owned(),
            );
        }
        Listen::NeverAccept => out.push(
            "Listens and never accepts: the system completes the connection, and nobody ever reads from it."
                .to_owned(),
        ),
        Listen::BacklogFull => {
            out.push("Its accept queue is full: nothing answers the attempt to connect.".to_owned());
        }
        Listen::Restart => out.push(
            "Is up and healthy for a while and down for a while, again and again, as under restarts."
                .to_owned(),
        ),
    }
    out.extend(recipe.steps.iter().map(sentence));
    out
}

/// Text as a piece of code, with what cannot be seen written as escapes.
fn code(text: &str) -> String {
    let mut shown: String = text.chars().take(SENT_CHARS_MAX).flat_map(escaped).collect();
    if text.chars().nth(SENT_CHARS_MAX).is_some() {
        shown.push('…');
    }
    if shown.contains('`') { format!("“{shown}”") } else { format!("`{shown}`") }
}

/// As Rust and most languages write it, but with quotes as they are.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let plain = matches!(c, '"' | '\'' | '\\');
    let escape = (!plain).then(|| c.escape_debug());
    plain.then_some(c).into_iter().chain(escape.into_iter().flatten())
}

fn time(time: Millis) -> String {
    span(time.into())
}

/// A length of time as people write it.
pub(crate) fn span(time: Duration) -> String {
    match time.as_millis() {
        0 => "less than 1 ms".to_owned(),
        ms @ 1..1000 => format!("{ms} ms"),
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn sentence(step: &Step) -> String {
    match step {
        Step::ReadRequest => "Reads the request, with its body.".to_owned(),
        Step::ReadHead => "Reads the head of the request and leaves the body unread.".to_owned(),
        Step::Send(text) => format!("Sends {}.", code(text)),
        Step::SendHex(bytes) => format!("Sends the bytes {} (hexadecimal).", code(bytes)),
        Step::Fill(fill) => format!("Sends {} over and over, {} times.", code(&fill.text), fill.times),
        Step::Random(random) => {
            format!("Sends {} bytes that look random and are the same each time.", random.bytes)
        }
        Step::Trickle(trickle) => format!(
            "Sends {} in pieces of {}, with {} between two of them.",
            code(&trickle.text),
            crate::render::counted(u64::from(trickle.piece), "byte"),
            time(trickle.every)
        ),
        Step::Answer(answer) => self::answer(answer),
        Step::Pause(pause) => format!("Waits {}.", time(*pause)),
        Step::Hang => "Does nothing more until the gateway leaves.".to_owned(),
        Step::Serve => "Goes on as a healthy origin until the gateway leaves.".to_owned(),
        Step::HalfClose => "Ends its half of the connection in order (FIN) and keeps reading.".to_owned(),
        Step::Close => "Closes the connection in order (FIN).".to_owned(),
        Step::Reset => "Throws the connection away (RST).".to_owned(),
        Step::Tls(identity) => format!("Makes the TLS handshake {}.", self::identity(*identity)),
        Step::ReadHello => "Reads the first TLS message (ClientHello) and does not answer it.".to_owned(),
        Step::Alert(number) => format!("Sends the fatal TLS alert {number} in the clear."),
        Step::CloseNotify => "Ends the TLS connection in order (close_notify, then FIN).".to_owned(),
        _ => other_protocols(step),
    }
}

fn other_protocols(step: &Step) -> String {
    match step {
        Step::FcgiReadRequest => "Reads the records of one FastCGI request.".to_owned(),
        Step::FcgiStdout(text) => format!("Sends {} as FastCGI standard output.", code(text)),
        Step::FcgiStdoutFill(fill) => {
            format!("Sends {} as FastCGI standard output, {} times.", code(&fill.text), fill.times)
        }
        Step::FcgiStderr(fill) => {
            format!("Sends {} as FastCGI standard error, {} times.", code(&fill.text), fill.times)
        }
        Step::FcgiEnd(end) => format!(
            "Ends the FastCGI request: the application's exit status is {}, the protocol status {} ({}).",
            end.app,
            end.protocol,
            match end.protocol {
                0 => "complete",
                1 => "cannot multiplex",
                2 => "overloaded",
                3 => "unknown role",
                _ => "of no known meaning",
            }
        ),
        Step::UwsgiReadRequest => "Reads one request of the uwsgi protocol.".to_owned(),
        Step::H2Start => "Exchanges the HTTP/2 preface and SETTINGS.".to_owned(),
        Step::H2ReadRequest => "Reads HTTP/2 frames until a request is complete.".to_owned(),
        Step::H2Headers(headers) => {
            format!("Sends HEADERS with the status {}{}.", code(&headers.status), ends(headers.end))
        }
        Step::H2Data(data) => format!("Sends {} in a DATA frame{}.", code(&data.text), ends(data.end)),
        Step::H2Reset(number) => format!("Ends the stream with RST_STREAM, code {number}."),
        Step::H2Goaway(goaway) => match goaway.last {
            Some(last) => format!("Sends GOAWAY with code {} and {last} as the last stream.", goaway.code),
            None => format!("Sends GOAWAY with code {} and this stream as the last one.", goaway.code),
        },
        Step::H2Frame(frame) => h2_frame(frame),
        // Those of HTTP/1.1 and TLS have their sentences above.
        step => format!("{step:?}."),
    }
}

fn ends(end: bool) -> &'static str {
    if end { ", which ends the stream" } else { "" }
}

fn h2_frame(frame: &H2Frame) -> String {
    let payload = match frame.hex.trim() {
        "" => "no payload".to_owned(),
        hex => format!("the payload {}", code(hex)),
    };
    let length = frame.length.map(|length| format!(" and a claimed length of {length}")).unwrap_or_default();
    format!(
        "Sends an HTTP/2 frame of kind {} with flags {:#04x}, {payload}{length}.",
        frame.kind, frame.flags
    )
}

fn answer(answer: &Answer) -> String {
    let framing = match answer.framing {
        Framing::Length => "its length told by Content-Length",
        Framing::Chunked => "in chunks",
        Framing::Close => "its end told by closing the connection",
        Framing::Http10 => "in HTTP/1.0, its end told by closing the connection",
    };
    let headers = match answer.headers.as_slice() {
        [] => String::new(),
        lines => format!(" and {}", lines.iter().map(|line| code(line)).collect::<Vec<_>>().join(", ")),
    };
    let reason = answer.reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
    format!("Answers {}{reason} with the body {}{headers}, {framing}.", answer.status, code(&answer.body))
}

fn identity(identity: Identity) -> &'static str {
    match identity {
        Identity::Valid => "with a valid certificate",
        Identity::Expired => "with a certificate that has expired",
        Identity::NotYetValid => "with a certificate that is not valid yet",
        Identity::SelfSigned => "with a certificate signed by itself",
        Identity::UnknownAuthority => "with a certificate of an authority that nobody was told to trust",
        Identity::WrongName => "with a certificate for another name",
        Identity::MissingIntermediate => "without sending its intermediate certificate along",
        Identity::ClientCertificate => "with a valid certificate, and demands one of the gateway",
    }
}

fn name_server(answer: DnsAnswer) -> &'static str {
    match answer {
        DnsAnswer::Right => "gives its address",
        DnsAnswer::Nxdomain => "says that there is no such name (NXDOMAIN)",
        DnsAnswer::Servfail => "says that it failed (SERVFAIL)",
        DnsAnswer::Refused => "refuses to answer (REFUSED)",
        DnsAnswer::Empty => "says that the name has no address",
        DnsAnswer::Silence => "does not answer",
        DnsAnswer::Garbage => "sends bytes that are no DNS message",
        DnsAnswer::Moves => "first gives an address where nobody listens, and later the right one",
    }
}

fn process(process: &Process, out: &mut Vec<String>) {
    let app = match process.app {
        App::PhpFpm => "php-fpm, listening on a unix socket",
        App::PhpFpmTcp => "php-fpm, listening on a TCP port",
        App::Gunicorn => "Gunicorn, listening on a TCP port",
        App::Uwsgi => "uWSGI, listening on a TCP port",
    };
    out.push(format!("The origin is a real application server: {app}."));
    out.extend(process.acts.iter().map(act));
}

fn act(act: &Act) -> String {
    match act {
        Act::DoNotStart => "It is never started.".to_owned(),
        Act::Stop => "It is stopped in order (SIGTERM) before the request.".to_owned(),
        Act::KillAll => {
            "All its processes are killed (SIGKILL) before the request; a unix socket stays behind."
                .to_owned()
        }
        Act::Suspend => "All its processes are suspended (SIGSTOP).".to_owned(),
        Act::StartFails => "It does not start: that ends with an error.".to_owned(),
        Act::ListenElsewhere => {
            "It listens at another socket path or port than the gateway was told.".to_owned()
        }
        Act::OnlyIpv6 => "The gateway is told 127.0.0.1, and it listens on ::1 only.".to_owned(),
        Act::OnlyIpv4 => "The gateway is told ::1, and it listens on 127.0.0.1 only.".to_owned(),
        Act::OnlyLoopback => {
            "The gateway is told the address of its machine, and it listens on loopback there.".to_owned()
        }
        Act::Speak(speaks) => format!("Its port speaks {}.", super::names::speaks_in_words(*speaks)),
        Act::SocketMode(mode) => format!("Its socket belongs to root and has the mode {mode}."),
        Act::FolderMode(mode) => format!("The folder of its socket belongs to root and has the mode {mode}."),
        Act::ScriptMode(mode) => format!("The script belongs to root and has the mode {mode}."),
        Act::MoveScripts => "The scripts lie elsewhere than where the gateway was told.".to_owned(),
        Act::Filter => "The gateway's packets to it are dropped.".to_owned(),
        Act::Reject(kind) => format!("The gateway's packets to it are answered with ICMP {kind}."),
        Act::RejectReset => "A packet filter refuses the gateway's connections with a TCP reset.".to_owned(),
        Act::Occupy(occupy) => format!(
            "Before that, {} that take long ({}) are made.",
            crate::render::counted(u64::from(occupy.requests), "request"),
            code(&occupy.ask)
        ),
        Act::Setting(line) => format!("Its configuration says {}.", code(line)),
        Act::Ask(behaviour) => format!("The request asks the test application for {}.", code(behaviour)),
        Act::KillWorker(signal) => {
            format!("The worker that has the request gets the signal SIG{signal} while it works.")
        }
        Act::BreakCode => "The application's code does not start.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_told_in_sentences() {
        for recipe in goodgate_lab::recipes() {
            let told = sentences(recipe);
            assert!(!told.is_empty(), "{}", recipe.name);
            for sentence in told {
                assert!(sentence.ends_with('.'), "{}: {sentence}", recipe.name);
                assert!(!sentence.contains(['\r', '\n']), "{}: {sentence}", recipe.name);
            }
        }
    }

    #[test]
    fn what_is_sent_is_shown_with_its_line_ends() {
        let step = Step::Send("HTTP/1.1 200 OK\r\n\"a\"\x1b".to_owned());
        assert_eq!(sentence(&step), "Sends `HTTP/1.1 200 OK\\r\\n\"a\"\\u{1b}`.");
        let long = sentence(&Step::Send("x".repeat(5000)));
        assert!(long.chars().count() < 200 && long.contains('…'));
    }
}
