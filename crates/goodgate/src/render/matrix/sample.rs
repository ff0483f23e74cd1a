//! A small matrix that nobody measured, with text from outside that wants to do harm.

use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{After, Drive, End, Front, Kind, Observation, Reply, Upstream, Verdict, read};
use goodgate_witness::{
    AtPlace, Cell, Gateway, LeftOut, Matrix, NotPlayed, Outside, Place, ProductNamed, Reading, Said, Stated,
};

/// Markup, a terminal's escapes and a secret, as an origin or a log may hold them.
pub(crate) const HOSTILE: &str =
    "</pre><script>alert('x')</script>\x1b[31mred\u{202e} password=hunter2hunter2";

fn seen(drive: Drive, status: Option<u16>, end: End) -> Observation {
    Observation {
        drive,
        token: "00ff".into(),
        reply: Reply {
            status,
            interim: vec![103],
            headers: vec![b"Server: lab".to_vec(), HOSTILE.as_bytes().to_vec()],
            body: HOSTILE.as_bytes().to_vec(),
            body_bytes: 12,
            end,
            first_byte: Some(Duration::from_micros(2340)),
            total: Duration::from_millis(1500),
            ..Reply::default()
        },
        upstream: Upstream { connections: 2, requests: 1 },
        after: After {
            recovery: Some(Duration::from_millis(5)),
            failed: 1,
            mixed_up: 0,
            neighbour_failed: Some(false),
        },
    }
}

fn verdict(kind: Kind, says: &str) -> Verdict {
    Verdict { kind, says: says.into(), see: "RFC 9112 §8".into() }
}

fn cell(recipe: usize, gateway: usize, drives: &[(Drive, Kind, Option<u16>, End)]) -> Cell {
    let drives = drives.iter().map(|(drive, kind, status, end)| {
        let says = if *kind == Kind::Right { "It answers as it should." } else { HOSTILE };
        (seen(*drive, *status, *end), verdict(*kind, says))
    });
    Cell {
        recipe,
        gateway,
        drives: drives.collect(),
        died: None,
        said: Said {
            page: Some(HOSTILE.as_bytes().to_vec()),
            logs: vec![("error.log".into(), format!("first line\n{HOSTILE}\n"))],
            ..Said::default()
        },
        stated: Vec::new(),
        reading: None,
    }
}

fn reading() -> Reading {
    let at = |place, settled| AtPlace {
        place,
        error: Some("connection_terminated".into()),
        symptom_right: true,
        set: vec![("worker-crashed".into(), 0.7)],
        truth_in_set: true,
        truth_first: settled,
        settled,
    };
    Reading {
        places: vec![at(Place::Page, false), at(Place::GatewayLog, true)],
        decided: Some(Place::GatewayLog),
        outside: Some(Outside {
            answer: at(Place::Outside, false),
            wrong: true,
            outcome: "fault",
            failed: true,
            status: Some(502),
            passed_on: false,
            maker: Some("nginx".into()),
            product: Some(ProductNamed::Wrong),
            signals: vec!["fails-every-time"],
            requests: 5,
            took: Duration::from_millis(120),
            slowest: Duration::from_millis(100),
        }),
    }
}

/// Two gateways, three recipes, one cell missing.
pub(crate) fn matrix() -> Matrix {
    let recipe = |name: &str, group: &str| {
        let text = format!(
            "title = \"Does <b>{name}</b>\"\nabout = \"In life.\"\ngroup = \"{group}\"\nsteps = [\"read-request\", \
             {{ send = \"<i>{{token}}\" }}, \"close\"]\n[truth]\nsymptom = [\"connection_terminated\"]\n\
             causes = [\"worker-crashed\"]\n[gateway]\nmay = [\"error\"]\nstatus = [502]\n\
             why = [{{ says = \"So it is.\", see = \"RFC 9110 §15.6.3\" }}]\n"
        );
        Arc::new(read(name, &text).unwrap())
    };
    let gateway = |id, title| Gateway {
        id,
        title,
        version: "1.2.3".into(),
        configuration: "location / {\n  proxy_pass http://127.0.0.1:8503;\n}\n".into(),
    };
    use {Drive as D, End as E, Kind as K};
    let mut read = cell(1, 1, &[(D::Get, K::SmugglingRisk, None, E::Unreadable)]);
    read.reading = Some(reading());
    read.died = Some("signal: 11 (SIGSEGV)".into());
    read.stated = vec![Stated {
        drive: D::Get,
        is_logged: true,
        logged: Some("connection_terminated".into()),
        told: None,
        right: true,
    }];
    Matrix {
        front: Front::Tls,
        gateways: vec![gateway("nginx", "nginx"), gateway("haproxy", "HAProxy")],
        recipes: vec![
            recipe("fin-in-the-middle-of-a-chunk-with-a-very-long-name", "body"),
            recipe("fin-in-status-line", "status-line"),
            recipe("rst-mid-body", "body"),
        ],
        cells: vec![
            cell(
                0,
                0,
                &[
                    (D::Get, K::Right, Some(200), E::Cut),
                    (D::Http10, K::HidesTruncation, Some(200), E::CompleteByClose),
                    (D::Head, K::Tolerable, Some(503), E::Complete),
                ],
            ),
            cell(0, 1, &[(D::Get, K::Hangs, None, E::HangBeforeHead)]),
            cell(
                1,
                0,
                &[
                    (D::Get, K::Right, Some(502), E::Complete),
                    (D::Post, K::UnsafeRetry, Some(502), E::Complete),
                ],
            ),
            read,
            cell(2, 0, &[(D::Get, K::Misleading, None, E::Nothing)]),
        ],
        not_played: vec![NotPlayed { recipe: 2, gateway: 1, why: HOSTILE.into() }],
        left_out: vec![LeftOut { id: "caddy".into(), why: HOSTILE.into() }],
    }
}
