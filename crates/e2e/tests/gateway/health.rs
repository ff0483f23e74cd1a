//! What the status at the admin address says of servers, and PHP-FPM asked whether it is well.

use serde_json::Value;

use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate};
use crate::php_fpm;
use crate::product::wait_for;
use crate::room::{Room, free_port};
use crate::script::{ECHO, serve};

/// A gateway whose state can be asked for.
struct Watched {
    gateway: Goodgate,
    admin: u16,
    curl: Curl,
}

impl Watched {
    fn start(room: &Room, sites: &str) -> Option<Self> {
        let (curl, admin) = (Curl::new(room)?, free_port());
        let text = format!("listen = [\"{ANY}\"]\nadmin = \"127.0.0.1:{admin}\"\n{sites}");
        Some(Self { gateway: Goodgate::start(room, &text), admin, curl })
    }

    fn told(&self, path: &str) -> String {
        self.curl.ask(&[&format!("http://127.0.0.1:{}{path}", self.admin)]).text()
    }

    /// Waits until the state of the first upstream is so; that state.
    fn until(&self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || {
            let state: Value = serde_json::from_str(&self.told("/status")).unwrap();
            Some(state["upstreams"][0].clone()).filter(|upstream| so(upstream))
        })
    }
}

#[test]
fn php_fpm_is_asked_whether_it_is_well() {
    let room = Room::new("php-health");
    room.put("site/check.php", "<?php http_response_code(file_exists(__DIR__ . '/../sick') ? 503 : 200);");
    room.put("site/index.php", "<?php echo 'fine';");
    let Some(fpm) = php_fpm::start(&room, "php.sock", "ping.path = /ping\n") else { return };
    let socket = room.file("php.sock").display().to_string();
    let sites = |path: &str| {
        format!(
            "[[site]]\nphp = {{ upstream = \"php\", root = \"site\" }}\n[upstream.php]\n\
             servers = [\"fastcgi+unix:{socket}\"]\n\
             health = {{ path = \"{path}\", every = \"100ms\", timeout = \"10s\", slow_start = \"0s\" }}\n"
        )
    };
    let Some(script) = Watched::start(&room, &sites("/check.php")) else { return };
    let first = |upstream: &Value| upstream["servers"][0].clone();
    let well = script.until("a script that is well", |up| first(up)["last_check"]["status"] == 200);
    assert_eq!(first(&well)["state"], "up", "{well}");
    room.put("sick", "");
    let down = script.until("a server that is down", |up| first(up)["state"] == "down");
    assert_eq!(first(&down)["last_check"]["status"], 503, "{down}");
    assert!(first(&down)["since"].is_string() && first(&down)["last_failure"].is_null(), "{down}");
    assert_eq!(script.curl.ask(&[&script.gateway.page("/")]).status, 503);
    std::fs::remove_file(room.file("sick")).unwrap();
    script.until("a server that is up again", |up| first(up)["state"] == "up");
    assert_eq!(script.curl.ask(&[&script.gateway.page("/")]).text(), "fine");
    // What php-fpm answers itself, and no script.
    let other = Room::new("php-ping");
    other.put("site/index.php", "");
    let Some(ping) = Watched::start(&other, &sites("/ping")) else { return };
    ping.until("an answer to the ping", |up| first(up)["last_check"]["status"] == 200);
    let third = Room::new("php-no-ping");
    third.put("site/index.php", "");
    let Some(missing) = Watched::start(&third, &sites("/no-such-ping")) else { return };
    missing.until("no answer to another path", |up| first(up)["last_check"]["status"] == 404);
    drop(fpm);
    let gone = ping.until("a server that is gone", |up| first(up)["state"] == "down");
    assert_eq!(first(&gone)["last_check"]["error"], "connection_refused", "{gone}");
}

#[test]
fn the_state_tells_of_each_server() {
    let room = Room::new("server-state");
    let (Some((_one, port)), gone) = (serve(&room, ECHO), free_port()) else { return };
    let sites = format!(
        "[[site]]\nupstream = \"app\"\n[upstream.app]\n\
         servers = [{{ url = \"http://127.0.0.1:{port}\", weight = 3 }}, \"http://127.0.0.1:{gone}\",\n\
         {{ url = \"http://127.0.0.1:{}\", backup = true }}]\n[upstream.app.eject]\nafter = 1\ntime = \"1m\"\n",
        free_port()
    );
    let Some(watched) = Watched::start(&room, &sites) else { return };
    for _ in 0..8 {
        assert_eq!(watched.curl.ask(&[&watched.gateway.page("/page")]).status, 200);
    }
    let state = watched.until("an idle connection", |up| up["servers"][0]["idle"].as_u64() > Some(0));
    let servers = state["servers"].as_array().unwrap();
    assert_eq!(servers[0]["connections"], servers[0]["idle"], "{state}");
    assert_eq!(
        (&servers[0]["weight"], &servers[0]["in_hand"], &servers[0]["state"]),
        (&3.into(), &0.into(), &"up".into())
    );
    assert_eq!((&servers[1]["state"], &servers[1]["connections"]), (&"ejected".into(), &0.into()), "{state}");
    assert_eq!(servers[1]["last_failure"]["error"], "connection_refused", "{state}");
    assert!(servers[1]["until"].as_str() > servers[1]["since"].as_str(), "{state}");
    assert_eq!((&servers[2]["backup"], &servers[2]["since"]), (&true.into(), &Value::Null), "{state}");
    let numbers = watched.told("/metrics");
    let idle =
        format!("goodgate_server_connections_idle{{upstream=\"app\",server=\"http://127.0.0.1:{port}\"}}");
    let shown = numbers.lines().find_map(|line| line.strip_prefix(&idle)).unwrap().trim();
    assert_ne!(shown, "0", "{numbers}");
}
