//! The gateway's own configuration: any text is read to a plan or to problems, each at a place in the text.

use goodgate_gateway::config::{Severity, read_with};

/// What must hold for any of them.
pub(crate) fn play(text: &str) {
    // What a configuration names is not looked for: it could be anything on this machine.
    let files =
        |_: &std::path::Path| Ok(b"-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n".to_vec());
    let (plan, problems) = read_with(text, "fuzz.toml", &files);
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(plan.is_none(), failed);
    let lines = text.split('\n').count();
    for problem in problems {
        assert!((1..=lines).contains(&problem.line) && problem.column >= 1 && !problem.what.is_empty());
    }
}
