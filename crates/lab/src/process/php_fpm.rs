//! php-fpm: one pool and one script that answers every request.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::{Reach, site::Site};
use crate::recipe::Act;

const SCRIPT: &str = include_str!("index.php");
/// As an edit that was saved too early.
const BROKEN_SCRIPT: &str = "<?php\nfunction shelf( {\n    return 1;\n}\n";

/// Writes configuration and script, with the recipe's settings or as they should be.
pub(super) fn write(site: &Site, listens: &Reach, settings: &str, broken: bool) -> io::Result<()> {
    let user = site
        .user
        .as_ref()
        .map_or(String::new(), |user| format!("user = {}\ngroup = {}\n", user.name, user.gid));
    let folder = site.folder.display();
    // Messages of PHP itself go to the gateway, as where nobody has set `error_log`.
    let text = format!(
        "[global]\nerror_log = {folder}/log/php-fpm.log\ndaemonize = no\n\n[www]\n{user}listen = {}\n\
         listen.mode = 0666\npm = static\npm.max_children = 2\nclear_env = yes\n\
         php_admin_flag[log_errors] = on\nphp_admin_flag[display_errors] = off\n\
         php_admin_flag[opcache.enable] = off\nphp_admin_value[ffi.enable] = 1\n\
         php_admin_value[session.save_path] = {folder}/state\n{settings}",
        listens.text()
    );
    fs::write(site.folder.join("php-fpm.conf"), text)?;
    let moved = broken && site.process.acts.contains(&Act::MoveScripts);
    let breaks = broken && site.process.acts.contains(&Act::BreakCode);
    let script = if breaks { BROKEN_SCRIPT.to_owned() } else { site.fill(SCRIPT) };
    if moved {
        let _ = fs::remove_file(site.script());
        fs::create_dir_all(site.folder.join("site"))?;
        return fs::write(site.folder.join("site/index.php"), script);
    }
    fs::write(site.script(), script)
}

/// How it is started, in the foreground.
pub(super) fn command(site: &Site, mut command: Command) -> Command {
    command.arg("--nodaemonize").arg("--fpm-config").arg(site.folder.join("php-fpm.conf"));
    command
}

/// Whether a program of this name is php-fpm, and how good a choice it is: the plain name first, then the newest.
pub(super) fn rank(program: &Path) -> Option<(u32, u32)> {
    let version = program.file_name()?.to_str()?.strip_prefix("php-fpm")?;
    if version.is_empty() {
        return Some((u32::MAX, 0));
    }
    let (major, minor) = version.trim_start_matches('-').split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_chosen_by_its_number() {
        let rank = |name| rank(Path::new(name));
        assert!(rank("/usr/sbin/php-fpm8.10") > rank("/usr/sbin/php-fpm8.2"));
        assert!(rank("/usr/sbin/php-fpm") > rank("/usr/sbin/php-fpm8.4"));
        assert_eq!(rank("/usr/sbin/php-fpm-stop"), None);
        assert_eq!(rank("/usr/sbin/phpdismod"), None);
    }
}
