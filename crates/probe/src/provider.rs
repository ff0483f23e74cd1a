//! Whose front or machines stand between visitors and the site, and what that provider says of itself if it may be
//! asked.

use goodgate_pages::providers::{self, Provider};
use goodgate_wire::{Hello, Limits, Peer, Request, Roots, open};
use serde::Deserialize;
use url::Url;

use crate::ask::Asked;
use crate::look::Look;
use crate::name;
use crate::plan::Plan;

/// The providers that a look shows, the one nearest the visitor first: by the marks of answers, by where the name
/// leads, and by the certificate's issuer.
pub fn providers(look: &Look) -> Vec<&'static Provider> {
    let mut found: Vec<&'static Provider> = Vec::new();
    let mut add = |provider: Option<&'static Provider>| {
        if let Some(provider) = provider.filter(|new| found.iter().all(|known| known.id != new.id)) {
            found.push(provider);
        }
    };
    for answer in look.asked.iter().filter_map(|asked: &Asked| asked.result.as_ref().ok()) {
        add(providers::by_head(&goodgate_pages::Message::parse(&answer.text)));
        add(answer.maker.front.and_then(providers::by_generator));
        add(answer.maker.generator.and_then(providers::by_generator));
    }
    for alias in look.name.iter().flat_map(|name| &name.system.aliases) {
        add(providers::by_name(alias));
    }
    found
}

/// What a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusWord {
    /// Its status page can be read by programs and says this; an incident if not `well`.
    Says {
        /// Whether it says that all is well.
        well: bool,
        /// Its words.
        words: String,
    },
    /// The page answered, but only a person can read it.
    ForPeople,
    /// The page could not be reached.
    Silent,
}

/// The document that status pages of one widely used maker offer beside the page (`/api/v2/status.json`).
#[derive(Deserialize)]
struct StatusDocument {
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    indicator: String,
    description: String,
}

/// Bytes of a status document that are read.
const BYTES_MAX: usize = 64 << 10;
/// Characters of its words that are kept.
const WORDS_MAX: usize = 200;

/// Asks a provider's status page: one request, and only where the user wants it.
pub async fn status(provider: &Provider, plan: &Plan, roots: &Roots) -> Option<StatusWord> {
    let page = Url::parse(provider.status_page?).ok()?;
    let document = page.join("/api/v2/status.json").ok()?;
    Some(match fetch(&document, plan, roots).await {
        None => StatusWord::Silent,
        Some(body) => read(&body),
    })
}

fn read(body: &[u8]) -> StatusWord {
    match serde_json::from_slice::<StatusDocument>(body) {
        Err(_) => StatusWord::ForPeople,
        Ok(document) => StatusWord::Says {
            well: document.status.indicator == "none",
            words: document.status.description.chars().take(WORDS_MAX).collect(),
        },
    }
}

async fn fetch(url: &Url, plan: &Plan, roots: &Roots) -> Option<Vec<u8>> {
    let host = url.host_str()?.to_owned();
    let addresses = name::addresses_of(plan, &host).await;
    let address = addresses.into_iter().find(|ip| plan.private || crate::is_public(*ip))?;
    let limits = Limits { wait: plan.limits.connect * 2, body_bytes: BYTES_MAX, ..plan.limits.clone() };
    let hello = Hello {
        server_name: Some(host.clone()),
        expected: host.clone(),
        alpn: vec!["http/1.1"],
        accept_invalid: false,
        roots: roots.clone(),
    };
    let peer = Peer::Tcp((address, url.port_or_known_default()?).into());
    let mut connection = open(&peer, Some(&hello), &limits).await.connection.ok()?;
    let request = Request {
        method: "GET",
        target: url.path().to_owned(),
        authority: host,
        secure: true,
        fields: vec![("User-Agent".to_owned(), plan.user_agent.clone())],
        keep_alive: false,
    };
    let response = connection.exchange(&request, &limits).await.ok()?;
    (response.status < 500).then_some(response.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_documents_are_read_and_pages_left_to_people() {
        let body =
            br#"{"page":{"name":"X"},"status":{"indicator":"major","description":"Partial System Outage"}}"#;
        assert_eq!(read(body), StatusWord::Says { well: false, words: "Partial System Outage".into() });
        let body = br#"{"status":{"indicator":"none","description":"All Systems Operational"}}"#;
        assert!(matches!(read(body), StatusWord::Says { well: true, .. }));
        assert_eq!(read(b"<html>"), StatusWord::ForPeople);
    }
}
