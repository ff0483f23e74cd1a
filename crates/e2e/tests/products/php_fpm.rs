//! Starting PHP-FPM with one pool.

use std::path::PathBuf;
use std::process::Command;

use crate::product::{Running, find, is_root, wait_for};
use crate::room::Room;

pub(crate) const FILES: &[&str] = &["php-fpm.log", "php_errors.log", "www.conf"];

/// Starts it listening on `socket`, with further lines for the pool; `None` if it is not installed.
pub(crate) fn start(room: &Room, socket: &str, pool: &str) -> Option<Running> {
    let program = find("php-fpm")?;
    let folder = room.path.display();
    let user = if is_root() {
        "user = www-data\ngroup = www-data\nlisten.owner = www-data\nlisten.group = www-data\n"
    } else {
        ""
    };
    // Written beforehand, so that workers of another user may write into it.
    let errors: PathBuf = room.put("php_errors.log", "");
    std::fs::set_permissions(&errors, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    room.put(
        "www.conf",
        &format!(
            "[www]\n{user}listen = {folder}/{socket}\npm = static\npm.max_children = 3\ncatch_workers_output = yes\n\
             php_admin_flag[log_errors] = on\nphp_admin_value[error_log] = {folder}/php_errors.log\n{pool}\n"
        ),
    );
    room.put(
        "php-fpm.conf",
        &format!("[global]\ndaemonize = no\npid = {folder}/php-fpm.pid\nerror_log = {folder}/php-fpm.log\ninclude = {folder}/www.conf\n"),
    );
    let mut command = Command::new(program);
    command.args(["--nodaemonize", "--fpm-config"]).arg(room.file("php-fpm.conf"));
    let running = Running::start(&mut command, &room.file("php-fpm.out"));
    wait_for("the pool's socket", || room.file(socket).exists().then_some(()));
    wait_for("the pool", || {
        std::fs::read_to_string(room.file("php-fpm.log")).ok()?.contains("ready to handle").then_some(())
    });
    Some(running)
}
