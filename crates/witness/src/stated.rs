//! What a gateway states itself of a request, in its log and in `Proxy-Status` (RFC 9209), against what was the matter.
//!
//! Only gateways that speak the words of RFC 9209 are asked; what others say is read by goodgate as a person would
//! have it read. Pure.

use goodgate_facts::parse_proxy_status;
use goodgate_lab::{Drive, End, Kind, Observation, Recipe, Reply, Verdict};

use crate::products::{Product, Statement};

/// The symptom that a gateway stated of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// How it was asked.
    pub drive: Drive,
    /// Whether its log has the request at all.
    pub is_logged: bool,
    /// The error type in its log; `None` where it says that nothing failed.
    pub logged: Option<String>,
    /// The error type in the `Proxy-Status` of its answer.
    pub told: Option<String>,
    /// Whether both are true and do not contradict each other.
    pub right: bool,
}

/// What was stated of each drive; empty for products that state nothing of the kind.
pub(crate) fn stated(
    product: &dyn Product,
    recipe: &Recipe,
    drives: &[(Observation, Verdict)],
    logs: &[(String, String)],
) -> Vec<Stated> {
    let lines = logs.iter().flat_map(|(_, text)| text.lines());
    let statements: Vec<Statement> = lines.filter_map(|line| product.states(line)).collect();
    if statements.is_empty() {
        return Vec::new();
    }
    let about = |seen: &Observation| {
        let names = |statement: &&Statement| statement.path.rsplit('/').next() == Some(seen.token.as_str());
        statements.iter().find(names)
    };
    drives.iter().map(|(seen, verdict)| one(recipe, seen, verdict, about(seen))).collect()
}

fn one(recipe: &Recipe, seen: &Observation, verdict: &Verdict, statement: Option<&Statement>) -> Stated {
    let logged = statement.and_then(|statement| statement.error.clone());
    let told = told(&seen.reply);
    let symptom = &recipe.truth.symptom;
    let true_or_silent = match &logged {
        Some(error) => symptom.contains(error),
        None => symptom.is_empty() || is_whole(recipe, seen, verdict),
    };
    // The page is for the public, which may be told less, but nothing else.
    let agrees = told.is_none() || told == logged;
    Stated {
        drive: seen.drive,
        is_logged: statement.is_some(),
        right: statement.is_some() && true_or_silent && agrees,
        logged,
        told,
    }
}

/// Whether the fault was mended or may pass as it came, so that there is no failure to name.
fn is_whole(recipe: &Recipe, seen: &Observation, verdict: &Verdict) -> bool {
    let delivered = recipe.gateway.delivers.as_ref().map(|delivery| delivery.status);
    let status = seen.reply.status;
    verdict.kind == Kind::Right
        && matches!(seen.reply.end, End::Complete | End::CompleteByClose)
        && (status.is_some_and(|status| status < 400) || status == delivered)
}

/// The error type in the answer's `Proxy-Status`: that of the proxy nearest to the client, which stands last.
fn told(reply: &Reply) -> Option<String> {
    let values = reply.headers.iter().filter_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-status").then_some(value)
    });
    let members = values.filter_map(|value| parse_proxy_status(value.trim()).ok()).flatten();
    members.last().and_then(|member| member.error)
}

#[cfg(test)]
mod tests {
    use goodgate_lab::{After, Upstream};

    use super::*;

    fn recipe(symptom: &str) -> Recipe {
        let text = format!(
            "title = 't'\nabout = 'a'\ngroup = 'connect'\nlisten = 'refuse'\n[truth]\nsymptom = [{symptom}]\n\
             [gateway]\nmay = ['pass', 'error']\nstatus = [502]\ndelivers = {{ status = 413 }}\n\
             why = [{{ says = 's', see = 'RFC 9110 §15.6.3' }}]\n"
        );
        goodgate_lab::read("sample", &text).unwrap()
    }

    fn seen(status: u16, end: End, header: &str) -> Observation {
        let headers = vec![b"Server: other".to_vec(), header.as_bytes().to_vec()];
        Observation {
            drive: Drive::Get,
            token: "00ff".to_owned(),
            reply: Reply { status: Some(status), headers, end, ..Reply::default() },
            upstream: Upstream::default(),
            after: After::default(),
        }
    }

    fn right(symptom: &str, seen: &Observation, kind: Kind, logged: Option<&str>) -> bool {
        let verdict = Verdict { kind, says: String::new(), see: String::new() };
        let statement = Statement { path: "/r/sample/00ff".to_owned(), error: logged.map(str::to_owned) };
        one(&recipe(symptom), seen, &verdict, Some(&statement)).right
    }

    #[test]
    fn what_is_logged_has_to_be_true_and_the_page_has_to_agree() {
        let page = |error: &str| {
            seen(502, End::Complete, &format!("Proxy-Status: \"up\"; error=dns_error, gg; error={error}"))
        };
        let refused = Some("connection_refused");
        assert!(right("'connection_refused'", &page("connection_refused"), Kind::Right, refused));
        assert!(!right("'connection_refused'", &page("proxy_internal_error"), Kind::Right, refused));
        assert!(!right("'connection_terminated'", &page("connection_refused"), Kind::Right, refused));
        assert!(!right("", &page("connection_refused"), Kind::Right, refused));
        let silent = seen(502, End::Complete, "Date: today");
        assert!(right("'connection_refused'", &silent, Kind::Right, refused));
        assert!(!right("'connection_refused'", &silent, Kind::Right, None));
    }

    #[test]
    fn what_was_mended_or_may_pass_needs_no_name() {
        let symptom = "'connection_terminated'";
        assert!(right(symptom, &seen(200, End::Complete, ""), Kind::Right, None));
        assert!(right(symptom, &seen(413, End::CompleteByClose, ""), Kind::Right, None));
        assert!(right("", &seen(502, End::Complete, ""), Kind::Right, None));
        assert!(!right(symptom, &seen(200, End::Cut, ""), Kind::Right, None));
        assert!(!right(symptom, &seen(200, End::Complete, ""), Kind::HidesTruncation, None));
    }

    #[test]
    fn a_request_that_is_in_no_log_is_not_right() {
        let verdict = Verdict { kind: Kind::Right, says: String::new(), see: String::new() };
        let stated = one(&recipe(""), &seen(200, End::Complete, ""), &verdict, None);
        assert!(!stated.is_logged && !stated.right);
    }
}
