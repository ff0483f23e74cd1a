//! Secrets in command lines (as `ps` shows them) and in the arguments of a stack trace.

use std::ops::Range;

/// Functions whose arguments are credentials.
const CALLS: &[&str] = &[
    "mysqli_connect(",
    "mysqli_real_connect(",
    "mysqli->__construct(",
    "mysqli->real_connect(",
    "PDO->__construct(",
    "wpdb->__construct(",
    "pg_connect(",
    "ldap_bind(",
    "ftp_login(",
    "password_verify(",
];

/// Programs with the option that a secret follows, and whether it is glued to it.
const OPTIONS: &[(&str, &str, Place)] = &[
    ("mysql", " -p", Place::Glued),
    ("mariadb", " -p", Place::Glued),
    ("stats", " auth ", Place::Apart),
    ("curl", " -u ", Place::Apart),
    ("curl", " --user ", Place::Apart),
    ("curl", " --proxy-user ", Place::Apart),
    ("redis-cli", " -a ", Place::Apart),
    ("sshpass", " -p ", Place::Apart),
    ("wget", " --http-password ", Place::Apart),
];

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Glued,
    Apart,
}

/// Finds credentials of commands and calls.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    for call in CALLS {
        for (at, _) in text.match_indices(call) {
            let start = at + call.len();
            let rest = text.get(start..).unwrap_or_default();
            secrets.push(start..start + rest.rfind(')').unwrap_or(rest.len()));
        }
    }
    for (program, option, place) in OPTIONS {
        if !text.contains(program) {
            continue;
        }
        for (at, _) in text.match_indices(option) {
            let start = at + option.len();
            let rest = text.get(start..).unwrap_or_default();
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            // `-p 3306` and `-port` style options are no passwords: a glued one has no blank behind the letter.
            if *place == Place::Apart
                || length > 0 && !rest.starts_with("ort") && !rest.starts_with("rotocol")
            {
                secrets.push(start..start + length);
            }
        }
    }
}
