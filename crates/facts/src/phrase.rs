//! Values of several parts, kept apart until somebody reads them: each language puts them together in its own way.

use std::fmt;
use std::sync::Arc;

use crate::Language;

/// A value of several parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Phrase {
    /// How long both ends of a leg wait, in seconds.
    Patience {
        /// The gateway, for an answer.
        gateway_s: f64,
        /// The application server, for one of its workers.
        application_s: f64,
    },
    /// Where a pool listens.
    PoolListens {
        /// The pool's name.
        pool: String,
        /// The address, as it is displayed.
        address: String,
        /// The file that says so.
        file: Arc<str>,
        /// The line in it, counted from 1.
        line: u32,
    },
    /// Who may use a file, and who has to.
    Permissions {
        /// The file's mode.
        mode: i64,
        /// Its owner.
        owner: String,
        /// Its group.
        group: String,
        /// The users that the gateway runs as.
        users: Vec<String>,
    },
    /// How many of the same attempts failed.
    Share {
        /// Those that failed.
        failed: usize,
        /// All of them.
        all: usize,
    },
    /// How long something is still good.
    DaysLeft(i64),
}

impl Phrase {
    /// The phrase of a look from outside that reads like this in English, as bundles keep it.
    pub fn of_look(english: &str) -> Option<Self> {
        if let Some(days) = english.strip_suffix(" days left") {
            return days.parse().ok().map(Self::DaysLeft);
        }
        let (failed, all) = english.split_once(" of ")?;
        Some(Self::Share { failed: failed.parse().ok()?, all: all.parse().ok()? })
    }

    /// The parts put together, without a full stop.
    pub fn says(&self, language: Language) -> String {
        match language {
            Language::En => self.english(),
            Language::Ru => self.russian(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Patience { gateway_s, application_s } => {
                format!("gateway {gateway_s} s, application server {application_s} s")
            }
            Self::PoolListens { pool, address, file, line } => {
                format!("pool {pool} listens on {address}, see {file}:{line}")
            }
            Self::Permissions { mode, owner, group, users } => {
                format!("mode {mode:04o} {owner}:{group}, gateway runs as {}", users.join(", "))
            }
            Self::Share { failed, all } => format!("{failed} of {all}"),
            Self::DaysLeft(days) => format!("{days} days left"),
        }
    }

    fn russian(&self) -> String {
        match self {
            Self::Patience { gateway_s, application_s } => {
                format!("шлюз — {gateway_s} с, сервер приложений — {application_s} с")
            }
            Self::PoolListens { pool, address, file, line } => {
                format!("пул {pool} слушает {address}, см. {file}:{line}")
            }
            Self::Permissions { mode, owner, group, users } => {
                format!("права {mode:04o} {owner}:{group}, шлюз работает от имени {}", users.join(", "))
            }
            Self::Share { failed, all } => format!("{failed} из {all}"),
            Self::DaysLeft(days) => format!("осталось дней: {days}"),
        }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_loses_a_part() {
        let all = [
            Phrase::Patience { gateway_s: 60.0, application_s: 0.5 },
            Phrase::PoolListens {
                pool: "www".into(),
                address: "unix:/run/app.sock".into(),
                file: "www.conf".into(),
                line: 7,
            },
            Phrase::Permissions {
                mode: 0o660,
                owner: "app".into(),
                group: "web".into(),
                users: vec!["nginx".into(), "caddy".into()],
            },
            Phrase::Share { failed: 3, all: 5 },
            Phrase::DaysLeft(9),
        ];
        let said = all.each_ref().map(Phrase::to_string);
        let wanted = [
            "gateway 60 s, application server 0.5 s",
            "pool www listens on unix:/run/app.sock, see www.conf:7",
            "mode 0660 app:web, gateway runs as nginx, caddy",
            "3 of 5",
            "9 days left",
        ];
        assert_eq!(said, wanted);
        let parts: [&[&str]; 5] = [
            &["60", "0.5"],
            &["www", "unix:/run/app.sock", "www.conf:7"],
            &["0660 app:web", "nginx, caddy"],
            &["3", "5"],
            &["9"],
        ];
        for (phrase, parts) in all.iter().zip(parts) {
            let russian = phrase.says(Language::Ru);
            assert!(parts.iter().all(|part| russian.contains(part)), "{russian}");
        }
        for phrase in &all[3..] {
            assert_eq!(Phrase::of_look(&phrase.to_string()).as_ref(), Some(phrase));
        }
        assert_eq!(Phrase::of_look("HTTP/2").or(Phrase::of_look("one of two")), None);
    }
}
