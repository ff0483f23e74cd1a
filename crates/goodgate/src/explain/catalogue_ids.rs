//! Ids of causes and of signals.

use goodgate_facts::{Role, SignalId};

use super::{Explanation, Kind, error_types};
use crate::words::{self, args, say, say_with};

/// Explains a cause by its id.
pub(super) fn cause(asked: &str) -> Option<Explanation> {
    let cause = goodgate_causes::get(&asked.to_ascii_lowercase())?;
    let language = words::language();
    let prose = cause.prose(language);
    let title = format!("{} ({})", cause.title(language), cause.id);
    let mut out = Explanation::new(asked, Kind::Cause, title);
    out.text.push(prose.sentence.clone());
    out.text.extend([&prose.going_on].into_iter().filter(|text| !text.is_empty()).cloned());
    let lines = |prose: &str| -> Vec<String> {
        prose
            .lines()
            .map(|line| line.trim().trim_start_matches("- ").to_owned())
            .filter(|l| !l.is_empty())
            .collect()
    };
    out.points(say("how-to-recognise"), lines(&prose.recognise));
    let symptoms =
        cause.symptoms.iter().map(|error| format!("{}: {}", error.token(), error_types::in_short(*error)));
    out.points(say("what-a-gateway-sees"), symptoms.collect());
    out.errors.clone_from(&cause.symptoms);
    out.status = cause.symptoms.first().and_then(|error| error.recommended_status());
    out.causes = cause.roots.iter().filter_map(|root| goodgate_causes::get(root)).collect();
    out.cause = Some(cause);
    Some(out)
}

/// Explains a signal by its id.
pub(super) fn signal(asked: &str) -> Option<Explanation> {
    let id = SignalId::find(&asked.to_ascii_lowercase())?;
    let kind = id.kind();
    let mut out = Explanation::new(asked, Kind::Signal, kind.id.to_owned());
    out.text.push(id.says(words::language()).to_owned());
    match kind.role {
        Role::Failure(Some(error), phase) => {
            let (token, short) = (error.token(), error_types::in_short(error));
            out.text.push(match phase {
                Some(phase) => say_with(
                    "signal-is-failure-in",
                    &args![error = token, phase = phase.as_str(), short = short],
                ),
                None => say_with("signal-is-failure-of", &args![error = token, short = short]),
            });
            out.errors = vec![error];
            out.status = error.recommended_status();
        }
        Role::Failure(None, _) => out.text.push(say("signal-is-failure")),
        Role::Circumstance => {
            out.text.push(say("signal-is-circumstance"));
        }
        Role::Noise => out.text.push(say("signal-is-noise")),
    }
    let catalogue = goodgate_causes::catalogue().unwrap_or(&[]);
    let mut weighed: Vec<_> = catalogue
        .iter()
        .filter_map(|cause| {
            let proves = cause.proof.iter().any(|set| set.contains(&id));
            let weight = cause
                .clues
                .iter()
                .filter(|clue| clue.all.contains(&id))
                .map(|clue| clue.weight)
                .fold(0.0, f64::max);
            (proves || weight > 0.0).then_some((if proves { f64::INFINITY } else { weight }, cause))
        })
        .collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(b.1.id)));
    out.causes = weighed.into_iter().map(|(_, cause)| cause).collect();
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodgate_facts::ErrorType;

    #[test]
    fn every_id_is_explained() {
        for one in goodgate_causes::catalogue().unwrap() {
            assert!(cause(one.id).is_some_and(|e| !e.text.is_empty()), "{}", one.id);
        }
        for id in SignalId::all() {
            assert!(signal(id.as_str()).is_some(), "{id}");
        }
        assert!(ErrorType::all().all(|error| signal(error.token()).is_none()));
    }
}
