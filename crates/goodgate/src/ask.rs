//! `--ask`: questions on the terminal, one at a time, always the one whose answer tells most between the causes that
//! are left. Each answer is a `--told` like any other.

use std::io::{self, BufRead, Write};

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::information_gain;
use goodgate_facts::SignalId;

use crate::arguments::Reader;
use crate::told::{KEYS, Key, Knows};
use crate::words::{args, say, say_with};

/// More is an interrogation.
const QUESTIONS_MAX: usize = 6;
/// A question that is expected to tell less (in nats) is not worth asking.
const GAIN_MIN: f64 = 0.01;
/// What is asked where the site is well as seen from here, in this order.
const OF_WELL: &[&str] = &["who", "other-browser"];
/// How often a question is put again after an answer that was not understood.
const TRIES: usize = 3;

/// Asks until nothing is left that would tell more, nobody answers any more, or enough is known. `again` judges anew
/// with what was told, `KEY=VALUE`. Gives the last judgement.
pub(crate) fn dialogue(
    mut diagnosis: Diagnosis,
    reader: Reader,
    again: &mut dyn FnMut(&str) -> Diagnosis,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Diagnosis {
    let (mut asked, mut told): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    while asked.len() < QUESTIONS_MAX {
        let Some(key) = next(&diagnosis, reader, &asked) else { break };
        if asked.is_empty() {
            let _ = writeln!(output, "{}", say_with("ask-begin", &args![n = QUESTIONS_MAX]));
        }
        asked.push(key.name);
        match put(key, asked.len(), input, output) {
            // Whoever cannot be asked does not know.
            Err(_) | Ok(Said::Nothing) => break,
            Ok(Said::Unknown) => {}
            Ok(Said::Word(word)) => {
                let one = format!("{}={word}", key.name);
                diagnosis = again(&one);
                told.push(one);
            }
        }
    }
    if !told.is_empty() {
        let told: Vec<String> = told.iter().map(|one| format!("--told {one}")).collect();
        let _ = writeln!(output, "\n{}\n", say_with("ask-again", &args![told = told.join(" ")]));
    }
    diagnosis
}

/// The question whose answer would tell most; `None` where none is worth asking.
fn next(diagnosis: &Diagnosis, reader: Reader, asked: &[&str]) -> Option<&'static Key> {
    let finding = diagnosis.findings.iter().find(|finding| !finding.recovered);
    if finding.is_some_and(|finding| finding.judgement.certainty.is_settled()) {
        return None;
    }
    let has = |name: &str| SignalId::find(name).is_some_and(|id| diagnosis.evidence.has(id));
    let known = |key: &&Key| {
        asked.contains(&key.name)
            || key.seen.iter().any(|id| has(id))
            || key.answers.iter().any(|answer| has(answer.signal))
    };
    let askable = |key: &&Key| !key.question.is_empty() && key.knows <= knows(reader) && !known(key);
    let Some(finding) = finding else {
        // Without a failure nothing competes; but a person knows whether it is theirs alone.
        return OF_WELL
            .iter()
            .filter_map(|name| KEYS.iter().find(|key| key.name == *name))
            .find(|key| askable(key) && !diagnosis.evidence.signals().is_empty());
    };
    let worth = |key: &'static Key| (gain(finding, key), key);
    let best = KEYS.iter().filter(askable).map(worth).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= GAIN_MIN).then_some(best.1)
}

/// What an answer is expected to tell between the finding's causes.
fn gain(finding: &Finding, key: &Key) -> f64 {
    let mut answers: Vec<SignalId> =
        key.answers.iter().filter_map(|answer| SignalId::find(answer.signal)).collect();
    answers.dedup();
    information_gain(&finding.judgement.ranked, &answers)
}

fn knows(reader: Reader) -> Knows {
    match reader {
        Reader::Visitor => Knows::Anybody,
        Reader::Owner | Reader::Support => Knows::Owner,
        Reader::Operator => Knows::Operator,
    }
}

/// What somebody said.
enum Said {
    Word(&'static str),
    Unknown,
    /// Nobody is there any more.
    Nothing,
}

fn put(key: &Key, number: usize, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Said> {
    let question = args![n = number, question = say(key.question)];
    writeln!(output, "\n{}", say_with("ask-question", &question))?;
    for (at, answer) in key.answers.iter().enumerate() {
        let line = say_with("ask-answer", &args![n = at + 1, answer = say(answer.says)]);
        writeln!(output, "  {line}")?;
    }
    for _ in 0..TRIES {
        write!(output, "{} ", say("ask-prompt"))?;
        output.flush()?;
        let Some(line) = line(input)? else {
            writeln!(output)?;
            return Ok(Said::Nothing);
        };
        let line = line.trim();
        if line.is_empty() || line == "0" || line == "?" {
            return Ok(Said::Unknown);
        }
        let numbered = line.parse::<usize>().ok().and_then(|n| key.answers.get(n.checked_sub(1)?));
        let worded = || key.answers.iter().find(|answer| answer.word.eq_ignore_ascii_case(line));
        if let Some(answer) = numbered.or_else(worded) {
            return Ok(Said::Word(answer.word));
        }
        writeln!(output, "{}", say_with("ask-number", &args![n = key.answers.len()]))?;
    }
    Ok(Said::Unknown)
}

/// A line; `None` at the end of the input. Whatever is longer than an answer can be is cut.
fn line(input: &mut dyn BufRead) -> io::Result<Option<String>> {
    const BYTES: usize = 1024;
    let mut bytes = Vec::new();
    let mut any = false;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then(|| String::from_utf8_lossy(&bytes).into_owned()));
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        let room = BYTES.saturating_sub(bytes.len());
        bytes.extend(buffer.iter().take(taken.min(room)));
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}
