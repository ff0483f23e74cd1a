//! nginx in front of PHP-FPM, as most sites run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::product::{is_root, signal, wait_for};
use crate::room::{Room, get, get_often};
use crate::verdict::{expect_cause, expect_healthy};
use crate::{nginx, php_fpm};

/// The server block for PHP behind this socket.
fn site(room: &Room, socket: &str) -> String {
    let folder = room.path.display();
    format!(
        "        location ~ \\.php$ {{\n            include /etc/nginx/fastcgi_params;\n            \
         fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n            \
         fastcgi_pass unix:{folder}/{socket};\n        }}"
    )
}

fn script(room: &Room, name: &str, text: &str) {
    room.put(&format!("site/{name}"), text);
    // Workers of another user read it, and write beside it.
    fs::set_permissions(room.file("site"), fs::Permissions::from_mode(0o777)).unwrap();
}

fn hand_in(room: &Room) {
    room.hand_in(nginx::FILES);
    room.hand_in(php_fpm::FILES);
    room.capture();
}

#[test]
fn socket_has_another_path() {
    let room = Room::new("php-path");
    let Some(_fpm) = php_fpm::start(&room, "php-new.sock", "") else { return };
    script(&room, "index.php", "<?php echo 'ok';");
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php-old.sock")) else { return };
    assert_eq!(get_often(port, "/index.php", 4), [502; 4]);
    hand_in(&room);
    expect_cause(&room, &["socket-path-mismatch"], "proven");
}

#[test]
fn socket_may_not_be_opened() {
    if !is_root() {
        eprintln!("skipped: only root can keep a socket from nginx's workers");
        return;
    }
    let room = Room::new("php-mode");
    let pool = "listen.owner = root\nlisten.group = root\nlisten.mode = 0600";
    let Some(_fpm) = php_fpm::start(&room, "php.sock", pool) else { return };
    script(&room, "index.php", "<?php echo 'ok';");
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    assert_eq!(get_often(port, "/index.php", 4), [502; 4]);
    hand_in(&room);
    expect_cause(&room, &["socket-permission-denied"], "proven");
}

/// Sends a signal to the worker that has a request in hand, several times.
fn strike_workers(room: &Room, port: u16, name: &str) {
    for _ in 0..3 {
        let pid = room.file("site/pid");
        let _ = fs::remove_file(&pid);
        let request = std::thread::spawn(move || get(port, "/slow.php"));
        let worker: u32 = wait_for("the worker's pid", || {
            fs::read_to_string(&pid).ok().filter(|text| text.ends_with('\n'))?.trim().parse().ok()
        });
        signal(name, worker);
        assert_eq!(request.join().unwrap(), 502);
    }
    wait_for("the end of the worker in the log", || {
        fs::read_to_string(room.file("php-fpm.log")).ok()?.contains(&format!("SIG{name}")).then_some(())
    });
}

const SLOW: &str = "<?php file_put_contents(__DIR__ . '/pid', getmypid() . \"\\n\"); sleep(60); echo 'late';";

#[test]
fn worker_dies_of_a_segmentation_fault() {
    let room = Room::new("php-segv");
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "") else { return };
    script(&room, "slow.php", SLOW);
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    strike_workers(&room, port, "SEGV");
    hand_in(&room);
    expect_cause(&room, &["worker-crashed"], "proven");
}

#[test]
fn worker_is_killed() {
    let room = Room::new("php-kill");
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "") else { return };
    script(&room, "slow.php", SLOW);
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    strike_workers(&room, port, "KILL");
    hand_in(&room);
    // Without the kernel's log, who killed it stays open.
    expect_cause(&room, &["worker-killed-by-signal", "worker-killed-out-of-memory"], "likely");
}

#[test]
fn worker_is_ended_for_taking_too_long() {
    let room = Room::new("php-timeout");
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "request_terminate_timeout = 1s") else { return };
    script(&room, "slow.php", "<?php sleep(60); echo 'late';");
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    for status in get_often(port, "/slow.php", 2) {
        assert!(matches!(status, 502 | 504), "{status}");
    }
    hand_in(&room);
    expect_cause(&room, &["worker-killed-by-timeout"], "proven");
}

#[test]
fn plugin_throws() {
    let room = Room::new("php-plugin");
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "") else { return };
    script(
        &room,
        "wp-content/plugins/acme-slider/acme-slider.php",
        "<?php\nfunction acme() { acme_missing(); }\nacme();\n",
    );
    script(
        &room,
        "index.php",
        "<?php require __DIR__ . '/wp-content/plugins/acme-slider/acme-slider.php'; echo 'ok';",
    );
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    assert_eq!(get_often(port, "/index.php", 4), [500; 4]);
    hand_in(&room);
    expect_cause(&room, &["plugin-or-theme-fault"], "proven");
}

#[test]
fn healthy_with_warnings() {
    let room = Room::new("php-healthy");
    let Some(_fpm) = php_fpm::start(&room, "php.sock", "pm.max_requests = 3") else { return };
    script(&room, "index.php", "<?php $page = $_GET['page']; trigger_error('an old notice'); echo 'ok';");
    let Some((_nginx, port)) = nginx::start(&room, &site(&room, "php.sock")) else { return };
    assert_eq!(get_often(port, "/index.php", 12), [200; 12]);
    assert_eq!(get(port, "/favicon.ico"), 404);
    hand_in(&room);
    expect_healthy(&room);
}
