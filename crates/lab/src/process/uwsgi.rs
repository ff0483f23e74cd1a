//! uWSGI: a master, two workers and the lab's WSGI application.

use std::fs;
use std::io;
use std::process::Command;

use super::{Reach, site::Site};
use crate::recipe::Speaks;

/// Writes its configuration, with the recipe's settings or as it should be.
pub(super) fn write(site: &Site, listens: &Reach, speaks: Speaks, settings: &str) -> io::Result<()> {
    let user =
        site.user.as_ref().map_or(String::new(), |user| format!("uid = {}\ngid = {}\n", user.uid, user.gid));
    let socket = match speaks {
        Speaks::Uwsgi => "socket",
        Speaks::Fastcgi => "fastcgi-socket",
        Speaks::Http | Speaks::Tls | Speaks::H2c => "http-socket",
    };
    // A worker that is told to end before it is ready to hear it would otherwise be waited for for a minute.
    let text = format!(
        "[uwsgi]\nplugins = python3\n{socket} = {}\nchdir = {folder}/public\nwsgi-file = {folder}/public/app.py\n\
         master = true\nprocesses = 2\ndie-on-term = true\nreload-mercy = 2\nworker-reload-mercy = 2\nvacuum = true\n{user}{settings}",
        listens.text(),
        folder = site.folder.display(),
    );
    fs::write(site.folder.join("uwsgi.ini"), text)
}

/// How it is started, in the foreground.
pub(super) fn command(site: &Site, mut command: Command) -> Command {
    command.arg("--ini").arg(site.folder.join("uwsgi.ini"));
    command
}
