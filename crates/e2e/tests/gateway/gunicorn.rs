//! An application under Gunicorn, behind a socket in the file system.

use std::process::Command;

use crate::curl::Curl;
use crate::goodgate::{ANY, Goodgate};
use crate::product::{Running, find, wait_for};
use crate::room::Room;

const APPLICATION: &str = r#"
def app(environ, start):
    path = environ["PATH_INFO"]
    if path == "/stream":
        # No length: Gunicorn sends it in chunks.
        start("200 OK", [("Content-Type", "text/plain")])
        return (b"line %d\n" % number for number in range(1000))
    if path == "/fails":
        raise RuntimeError("on purpose")
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    who = (environ.get("HTTP_X_FORWARDED_FOR", ""), environ.get("HTTP_X_FORWARDED_PROTO", ""))
    return [("%s %s %d bytes from %s by %s" % (environ["REQUEST_METHOD"], path, len(body), *who)).encode()]
"#;

/// Starts an application, `app` in this text, behind the socket `app.sock`; `None` after saying that it is not
/// installed.
pub(crate) fn start(room: &Room, application: &str) -> Option<Running> {
    let program = find("gunicorn")?;
    room.put("app/site_app.py", application);
    room.put(
        "gunicorn.conf.py",
        &format!("bind = \"unix:{}\"\nworkers = 1\n", room.file("app.sock").display()),
    );
    let mut command = Command::new(program);
    command.arg("-c").arg(room.file("gunicorn.conf.py")).arg("site_app:app");
    // Bytecode beside the sources would outlive the test.
    command.current_dir(room.file("app")).env("PYTHONDONTWRITEBYTECODE", "1");
    let running = Running::start(&mut command, &room.file("gunicorn.out"));
    wait_for("Gunicorn's socket", || std::os::unix::net::UnixStream::connect(room.file("app.sock")).ok());
    Some(running)
}

#[test]
fn an_application_is_served_and_its_end_is_named() {
    let room = Room::new("gunicorn");
    let Some(curl) = Curl::new(&room) else { return };
    let Some(gunicorn) = start(&room, APPLICATION) else { return };
    let socket = room.file("app.sock").display().to_string();
    let gateway = Goodgate::start(
        &room,
        &format!(
            "listen = [\"{ANY}\"]\n[[site]]\nupstream = \"app\"\n[upstream.app]\nservers = [\"http+unix:{socket}\"]\n"
        ),
    );
    let page = curl.ask(&["--data", "12345", &gateway.page("/page")]);
    assert_eq!((page.came(), page.text().as_str()), ((0, 200), "POST /page 5 bytes from 127.0.0.1 by http"));
    assert_eq!(page.head.to_ascii_lowercase().matches("set-cookie: ").count(), 2, "{page:?}");
    let stream = curl.ask(&[&gateway.page("/stream")]);
    assert_eq!((stream.came(), stream.text().lines().count()), ((0, 200), 1000));
    // What the application itself answers stays as it is.
    let fails = curl.ask(&[&gateway.page("/fails")]);
    assert_eq!(fails.came(), (0, 500), "{fails:?}");
    assert!(!fails.head.contains("error="), "{fails:?}");
    drop(gunicorn);
    let gone = curl.ask(&[&gateway.page("/page")]);
    assert_eq!(gone.came(), (0, 502), "{gone:?}");
    let named = gone.field("proxy-status").unwrap();
    assert!(named.contains("error=connection_refused"), "{named}");
    assert!(
        !gone.text().contains("app.sock") && !named.contains("app.sock"),
        "the public reads of no inside"
    );
}
