//! The binary's answer about a site.

use std::process::{Command, Stdio};

use goodgate_e2e::binary;
use serde_json::Value;

/// What it said, and how it ended.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) document: Value,
}

/// Looks at a site from outside.
pub(crate) fn diagnose(url: &str, more: &[&str]) -> Answer {
    let mut command = Command::new(binary());
    command.args(["diagnose", url, "--format", "json", "--patience", "10"]).args(more);
    // What the environment says of proxies is not the site's.
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| {
        panic!("{problem}: {}", String::from_utf8_lossy(&output.stderr));
    });
    Answer { code: output.status.code(), document }
}

impl Answer {
    pub(crate) fn outcome(&self) -> &str {
        self.document["outcome"].as_str().unwrap()
    }

    /// Whose marks the page bears, whoever passed it on.
    pub(crate) fn maker(&self) -> &str {
        let asked = self.document["look"]["asked"].as_array().unwrap();
        let page = asked.iter().find(|asked| asked["purpose"] == "page").unwrap();
        page["generator"].as_str().unwrap_or("")
    }

    /// The gateway that gave up, where it is the one that was asked.
    pub(crate) fn generator(&self) -> &str {
        self.document["findings"][0]["generator"]["product"].as_str().unwrap_or("")
    }

    pub(crate) fn status(&self) -> u64 {
        self.document["findings"][0]["symptom"]["status"].as_u64().unwrap_or(0)
    }

    /// How sure it is of its first cause.
    pub(crate) fn certainty(&self) -> &str {
        self.document["findings"][0]["certainty"].as_str().unwrap_or("")
    }

    pub(crate) fn has(&self, signal: &str) -> bool {
        self.document["evidence"].as_array().unwrap().iter().any(|one| one["signal"] == signal)
    }

    /// The stretches of the way, as they are called.
    pub(crate) fn hops(&self) -> Vec<&str> {
        let path = self.document["path"].as_array().unwrap();
        path.iter().map(|hop| hop["hop"].as_str().unwrap()).collect()
    }
}
