//! What is captured on a healthy host: listeners, processes, kernel messages, cron, space.

use super::day::Day;
use super::dice::Dice;
use super::service::{SOCKET, Service};

/// Captures: name and text. `gateway` is the program's name.
pub(super) fn captures(
    dice: &mut Dice,
    day: Day,
    start_ms: u64,
    gateway: &str,
    service: Service,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if dice.percent(60) {
        out.push(("ss.txt".to_owned(), listeners(gateway, service)));
    }
    if dice.percent(60) {
        out.push(("ps.txt".to_owned(), processes(gateway, service)));
    }
    if dice.percent(50) {
        out.push(("dmesg.txt".to_owned(), kernel(dice)));
    }
    if dice.percent(50) {
        out.push(("syslog".to_owned(), syslog(dice, day, start_ms)));
    }
    if dice.percent(40) {
        out.push(("df.txt".to_owned(), SPACE.to_owned()));
        out.push(("free.txt".to_owned(), MEMORY.to_owned()));
    }
    out
}

fn listeners(gateway: &str, service: Service) -> String {
    let mut text = "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n".to_owned();
    text += &format!(
        "tcp   LISTEN 0      511    0.0.0.0:80           0.0.0.0:*    users:((\"{gateway}\",pid=812,fd=6))\n"
    );
    text += &format!(
        "tcp   LISTEN 0      511    0.0.0.0:443          0.0.0.0:*    users:((\"{gateway}\",pid=812,fd=7))\n"
    );
    text += "tcp   LISTEN 0      128    0.0.0.0:22           0.0.0.0:*    users:((\"sshd\",pid=655,fd=3))\n";
    text +=
        "tcp   LISTEN 0      80     127.0.0.1:3306       0.0.0.0:*    users:((\"mariadbd\",pid=702,fd=19))\n";
    match service {
        Service::PhpFpm => {
            text += &format!(
                "u_str LISTEN 0      511    {SOCKET} 21877  * 0  users:((\"php-fpm8.2\",pid=733,fd=8),(\"php-fpm8.2\",pid=734,fd=8))\n"
            );
        }
        Service::Gunicorn => {
            text += "tcp   LISTEN 0      2048   127.0.0.1:8000       0.0.0.0:*    users:((\"gunicorn\",pid=900,fd=5),(\"gunicorn\",pid=901,fd=5))\n";
        }
    }
    text
}

fn processes(gateway: &str, service: Service) -> String {
    let mut text = "UID          PID    PPID  C STIME TTY          TIME CMD\nroot           1       0  0 Jan02 ?        00:01:12 /sbin/init\n".to_owned();
    text += "root         655       1  0 Jan02 ?        00:00:03 sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\n";
    text += "mysql        702       1  0 Jan02 ?        00:21:40 /usr/sbin/mariadbd\n";
    text += &format!(
        "root         812       1  0 Jan02 ?        00:00:01 {gateway}: master process /usr/sbin/{gateway}\nwww-data     813     812  0 Jan02 ?        00:02:10 {gateway}: worker process\n"
    );
    match service {
        Service::PhpFpm => {
            text += "root         733       1  0 Jan02 ?        00:00:20 php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)\n";
            for pid in 734..740 {
                text += &format!("www-data     {pid}     733  0 06:02 ?        00:00:02 php-fpm: pool www\n");
            }
        }
        Service::Gunicorn => {
            text += "www-data     900       1  0 Jan02 ?        00:00:09 /srv/site/venv/bin/python3 /srv/site/venv/bin/gunicorn -c gunicorn.conf.py site.wsgi\n";
            for pid in 901..905 {
                text += &format!(
                    "www-data     {pid}     900  0 Jan02 ?        00:01:02 /srv/site/venv/bin/python3 /srv/site/venv/bin/gunicorn -c gunicorn.conf.py site.wsgi\n"
                );
            }
        }
    }
    text
}

const KERNEL: &[&str] = &[
    "usb 1-1: new high-speed USB device number 4 using xhci_hcd",
    "usb 1-1: USB disconnect, device number 4",
    "e1000e 0000:00:1f.6 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None",
    "virtio_net virtio0 ens3: renamed from eth0",
    "audit: type=1400 audit(1773460000.123:45): apparmor=\"STATUS\" operation=\"profile_load\" profile=\"unconfined\" name=\"/usr/sbin/mariadbd\" pid=610 comm=\"apparmor_parser\"",
    "EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.",
    "systemd[1]: Starting logrotate.service - Rotate log files...",
    "perf: interrupt took too long (2511 > 2500), lowering kernel.perf_event_max_sample_rate to 79500",
    "IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready",
    "[UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01 SRC=203.0.113.99 DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=54321 PROTO=TCP SPT=44711 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0",
    "loop0: detected capacity change from 0 to 8",
    "clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable because the skew is too large:",
];

fn kernel(dice: &mut Dice) -> String {
    let mut at = dice.range(1, 900);
    let mut text = String::new();
    for _ in 0..dice.range(4, 14) {
        at += dice.range(1, 9000);
        text += &format!("[{at:>5}.{:06}] {}\n", dice.range(0, 999_999), dice.pick(KERNEL));
    }
    text
}

fn syslog(dice: &mut Dice, day: Day, start_ms: u64) -> String {
    let mut text = String::new();
    for n in 0..dice.range(5, 20) {
        let at = day.at(start_ms + n * 180_000).syslog();
        let pid = dice.range(1000, 30_000);
        text += &match dice.range(0, 8) {
            0 => format!(
                "{at} web1 CRON[{pid}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)\n"
            ),
            1 => format!("{at} web1 CRON[{pid}]: (www-data) CMD (php /srv/site/cron.php >/dev/null 2>&1)\n"),
            2 => format!(
                "{at} web1 systemd[1]: Starting phpsessionclean.service - Clean php session files...\n{at} web1 systemd[1]: phpsessionclean.service: Deactivated successfully.\n{at} web1 systemd[1]: Finished phpsessionclean.service - Clean php session files.\n"
            ),
            3 => format!("{at} web1 systemd[1]: logrotate.service: Deactivated successfully.\n"),
            4 => format!(
                "{at} web1 sshd[{pid}]: Failed password for invalid user admin from 203.0.113.9 port 40222 ssh2\n"
            ),
            5 => format!(
                "{at} web1 systemd[1]: Reloading nginx.service - A high performance web server and a reverse proxy server...\n{at} web1 systemd[1]: Reloaded nginx.service - A high performance web server and a reverse proxy server.\n"
            ),
            6 => format!(
                "{at} web1 systemd-timesyncd[410]: Timed out waiting for reply from 198.51.100.123:123 (ntp.example).\n"
            ),
            _ => format!("{at} web1 kernel: [{pid}.000001] {}\n", dice.pick(KERNEL)),
        };
    }
    text
}

const SPACE: &str = "Filesystem      Size  Used Avail Use% Mounted on
/dev/vda1        40G   21G   18G  55% /
tmpfs           2.0G     0  2.0G   0% /dev/shm
tmpfs           395M  1.1M  394M   1% /run
";
const MEMORY: &str = "               total        used        free      shared  buff/cache   available
Mem:         4028964     1402812      702112       48112     1924040     2413908
Swap:        1048572       12288     1036284
";
