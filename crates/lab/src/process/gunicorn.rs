//! Gunicorn: two synchronous workers and the lab's WSGI application.

use std::fs;
use std::io;
use std::process::Command;

use super::{Reach, site::Site};

/// Writes its configuration, with the recipe's settings or as it should be.
pub(super) fn write(site: &Site, listens: &Reach, settings: &str) -> io::Result<()> {
    let user = site
        .user
        .as_ref()
        .map_or(String::new(), |user| format!("user = {}\ngroup = {}\n", user.uid, user.gid));
    let folder = site.folder.display();
    let text = format!(
        "bind = \"{}\"\nworkers = 2\ntimeout = 30\ngraceful_timeout = 1\nchdir = \"{folder}/public\"\n\
         errorlog = \"{folder}/log/gunicorn.log\"\naccesslog = \"{folder}/log/gunicorn-access.log\"\n\
         capture_output = True\nworker_tmp_dir = \"{folder}/state\"\n{user}{settings}",
        listens.text()
    );
    fs::write(site.folder.join("gunicorn.conf.py"), text)
}

/// How it is started, in the foreground.
pub(super) fn command(site: &Site, mut command: Command) -> Command {
    command.arg("--config").arg(site.folder.join("gunicorn.conf.py")).arg("app:application");
    command
}
