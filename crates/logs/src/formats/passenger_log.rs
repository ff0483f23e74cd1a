//! Phusion Passenger's own log: `[ W 2026-11-22 10:00:00.1234 812/T1 age/Cor/… ]: [Client 1-1] Sending 502 response: …`.

use goodgate_facts::{SignalId, id};

use super::code_table::holding;
use super::columns::text;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "passenger-log",
    title: "Passenger log",
    reference: "phusion/passenger: src/agent/Core",
    product: "passenger",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

#[rustfmt::skip]
const MESSAGES: &[(&str, SignalId)] = &[
    ("Sending 502 response: application did not send a complete response", id("ended-before-response")),
    ("Sending 502 response: application socket read error", id("reset-before-response")),
    ("app socket write error", id("send-broken")),
    ("Returning HTTP 503 due to", id("upstream-limit-reached")),
    ("Cannot checkout session because a spawning error occurred", id("app-start-failed")),
    ("Could not spawn process for application", id("app-start-failed")),
    ("Request queue is full", id("app-listen-queue-full")),
    ("no longer exists! Detaching it from the pool", id("worker-exited-with-code")),
    ("Disconnecting client with error", id("client-gone")),
];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        // `[ W `, `[ E `, `[ N `, `[ C `, `[ D `: the level is one letter.
        let framed = line.starts_with(b"[ ") && line.get(2).is_some_and(u8::is_ascii_uppercase);
        if !framed || line.get(3) != Some(&b' ') {
            return Verdict::Foreign;
        }
        let Some((when, _)) = line.get(4..).and_then(clock::iso) else { return Verdict::Foreign };
        sink.set_time(when);
        let text = text(line);
        let message = text.split_once(" ]: ").map_or("", |(_, message)| message);
        let message = match message.strip_prefix("[Client ") {
            Some(rest) => rest.split_once("] ").map_or("", |(_, message)| message),
            None => message,
        };
        // What the application printed follows `App 812 output: ` and is its own.
        let own = !message.starts_with("App ");
        let abandoned = message.contains("client half-closed");
        if let Some(found) = holding(MESSAGES, message).filter(|_| own) {
            sink.put(sink.signal(if abandoned { id("client-gone") } else { found }));
        }
        Verdict::Mine
    }
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "[ W 2026-11-22 10:00:00.1234 812/T1 age/Cor/Con/InternalUtils.cpp:96 ]: [Client 1-1] Sending 502 response: application did not send a complete response",
        signals: &["ended-before-response"],
    },
    Sample {
        text: "[ E 2026-11-22 10:00:00.1234 812/T1 age/Cor/App/Implementation.cpp:221 ]: Could not spawn process for application /srv/shop: The application process exited prematurely.",
        signals: &["app-start-failed"],
    },
    Sample {
        text: "[ W 2026-11-22 10:00:00.1234 812/T1 age/Cor/Con/CheckoutSession.cpp:285 ]: [Client 1-1] Returning HTTP 503 due to: request queue is full",
        signals: &["upstream-limit-reached"],
    },
    Sample { text: "[ N 2026-11-22 10:00:00.1234 812/T1 age/Cor/CoreMain.cpp:1325 ]: Passenger core running in multi-application mode.", signals: &[] },
    Sample { text: "[ N 2026-11-22 10:00:00.1234 812/T1 age/Cor/x.cpp:1 ]: App 900 output: Could not spawn process for application", signals: &[] },
];
