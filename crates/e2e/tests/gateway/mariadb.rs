//! MariaDB with data of the test's own, on a socket of the test's own and no port.

use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::product::{Running, find, is_root, wait_for};
use crate::room::Room;

/// The database, its user and the password.
pub(crate) const NAME: &str = "blog";
pub(crate) const PASSWORD: &str = "a-password-of-the-test";
/// Where it listens, in the room.
pub(crate) const SOCKET: &str = "db.sock";

/// Makes an empty database; `None` after saying what is not installed.
pub(crate) fn make(room: &Room) -> Option<()> {
    find("mariadbd")?;
    let mut command = Command::new(find("mariadb-install-db")?);
    let data = format!("--datadir={}", room.file("data").display());
    command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", &data]);
    command.args(owner());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    room.put(
        "first.sql",
        &format!(
            "CREATE DATABASE IF NOT EXISTS {NAME};\n\
             CREATE USER IF NOT EXISTS {NAME}@localhost IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL ON {NAME}.* TO {NAME}@localhost;\n"
        ),
    );
    Some(())
}

/// Starts it on what it had before.
pub(crate) fn start(room: &Room) -> Option<Running> {
    let socket = room.file(SOCKET);
    let mut command = Command::new(find("mariadbd")?);
    command.args(["--no-defaults", "--skip-networking", "--innodb-flush-log-at-trx-commit=0"]);
    for (option, file) in
        [("datadir", "data"), ("socket", SOCKET), ("pid-file", "db.pid"), ("init-file", "first.sql")]
    {
        command.arg(format!("--{option}={}", room.file(file).display()));
    }
    let running = Running::start(command.args(owner()), &room.file("db.out"));
    wait_for("MariaDB", || UnixStream::connect(&socket).ok());
    Some(running)
}

/// It refuses to run as root unless it is told to.
fn owner() -> Option<&'static str> {
    is_root().then_some("--user=root")
}
