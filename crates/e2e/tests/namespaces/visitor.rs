//! Somebody in a world who asks goodgate about a site, and what must come of it.

use goodgate_e2e::binary;
use serde_json::Value;

use crate::internet::RESOLVER;
use crate::land::Land;

/// Own configuration of names for one command alone: seen by nobody else, gone with it.
const WITH_OWN_NAMES: &str =
    r#"mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@""#;

/// A question.
pub(crate) struct Visitor<'a> {
    pub(crate) land: &'a Land,
    pub(crate) resolver: &'a str,
    pub(crate) hosts: &'a str,
    pub(crate) environment: &'a [(&'a str, &'a str)],
    pub(crate) arguments: &'a [&'a str],
}

impl<'a> Visitor<'a> {
    pub(crate) fn of(land: &'a Land) -> Self {
        Self { land, resolver: RESOLVER, hosts: "", environment: &[], arguments: &[] }
    }

    /// Asks.
    pub(crate) fn ask(&self, url: &str) -> Answer {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let resolvers =
            self.land.put(&format!("resolv-{number}"), &format!("nameserver {}\n", self.resolver));
        let hosts =
            self.land.put(&format!("hosts-{number}"), &format!("127.0.0.1 localhost\n{}\n", self.hosts));
        let mut command = self.land.command("unshare");
        command.args(["--mount", "sh", "-c", WITH_OWN_NAMES, "sh"]).arg(resolvers).arg(hosts).arg(binary());
        command.args(["diagnose", url, "--format", "json"]).args(self.arguments);
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().copied());
        let began = std::time::Instant::now();
        let output = command.output().unwrap();
        let took = began.elapsed();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let told =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {errors}"));
        let answer = Answer { url: url.to_owned(), code: output.status.code(), told };
        eprintln!("{} in {took:.1?}", answer.summary());
        answer
    }
}

/// What goodgate said.
pub(crate) struct Answer {
    url: String,
    code: Option<i32>,
    pub(crate) told: Value,
}

impl Answer {
    /// Nothing is wrong with the site.
    #[track_caller]
    pub(crate) fn is_well(&self) -> &Self {
        assert_eq!(self.told["outcome"], "no-fault", "{}", self.summary());
        assert_eq!(self.code, Some(0), "{}", self.summary());
        self
    }

    /// Nothing is known of the site.
    #[track_caller]
    pub(crate) fn leaves_open(&self) -> &Self {
        assert_eq!(self.told["outcome"], "cannot-tell", "{}", self.summary());
        assert_eq!(self.code, Some(3), "{}", self.summary());
        self
    }

    /// Something is wrong: this symptom, and first of all one of these causes.
    #[track_caller]
    pub(crate) fn fails(&self, symptom: &str, causes: &[&str]) -> &Self {
        assert_eq!(self.told["outcome"], "fault", "{}", self.summary());
        assert_eq!(self.code, Some(1), "{}", self.summary());
        let symptom_told = &self.told["findings"][0]["symptom"]["error"];
        assert_eq!(symptom_told, symptom, "{}", self.summary());
        self.leads_to(causes)
    }

    /// First of all one of these causes.
    #[track_caller]
    pub(crate) fn leads_to(&self, causes: &[&str]) -> &Self {
        let first = self.told["findings"][0]["causes"][0]["id"].as_str().unwrap_or("none");
        assert!(causes.contains(&first), "wanted one of {causes:?}\n{}", self.summary());
        self
    }

    /// How sure the answer is.
    #[track_caller]
    pub(crate) fn surely(&self, certainty: &str) -> &Self {
        assert_eq!(self.told["findings"][0]["certainty"], certainty, "{}", self.summary());
        self
    }

    #[track_caller]
    pub(crate) fn shows(&self, signals: &[&str]) -> &Self {
        let seen = self.signals();
        let missing: Vec<_> = signals.iter().filter(|signal| !seen.contains(signal)).collect();
        assert!(missing.is_empty(), "{missing:?} is missing\n{}", self.summary());
        self
    }

    #[track_caller]
    pub(crate) fn never_shows(&self, signals: &[&str]) -> &Self {
        let seen = self.signals();
        let wrong: Vec<_> = signals.iter().filter(|signal| seen.contains(signal)).collect();
        assert!(wrong.is_empty(), "{wrong:?} is wrong\n{}", self.summary());
        self
    }

    /// The sentence that tells a signal has this in it.
    #[track_caller]
    pub(crate) fn tells(&self, signal: &str, part: &str) -> &Self {
        let all = self.told["evidence"].as_array().into_iter().flatten();
        let told: Vec<String> = all.filter(|e| e["signal"] == signal).map(Value::to_string).collect();
        assert!(told.iter().any(|told| told.contains(part)), "{signal}: no {part} in {told:?}");
        self
    }

    pub(crate) fn signals(&self) -> Vec<&str> {
        let all = self.told["evidence"].as_array().into_iter().flatten();
        all.filter_map(|e| e["signal"].as_str()).collect()
    }

    pub(crate) fn summary(&self) -> String {
        let finding = &self.told["findings"][0];
        let causes = finding["causes"].as_array().into_iter().flatten().take(4).map(|cause| {
            format!(
                "{} {:.2}",
                cause["id"].as_str().unwrap_or("?"),
                cause["probability"].as_f64().unwrap_or(0.0)
            )
        });
        format!(
            "{}: {} (exit code {:?}) {} {}\n  {}\n  {}\n ",
            self.url,
            self.told["outcome"],
            self.code,
            finding["certainty"],
            finding["symptom"],
            causes.collect::<Vec<_>>().join(", "),
            self.signals().join(" "),
        )
    }
}
