//! The lab's commands: what they print, what they exit with, and that a gateway is told apart from a bad one.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::harness::Folder;
use crate::schema_check::fits;

/// A port that was free a moment ago, for a lab that is started with it.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What every connection gets that is made to an address of ours, until the test ends.
fn listen(each: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let each = each.clone();
            thread::spawn(move || each(client));
        }
    });
    at
}

/// A gateway that looks at nothing: bytes go both ways as they are.
fn forwarder(to: SocketAddr) -> SocketAddr {
    listen(move |client| {
        let Ok(origin) = TcpStream::connect(to) else { return };
        let (from, into) = (client.try_clone().unwrap(), origin.try_clone().unwrap());
        let there = thread::spawn(move || copy(from, into));
        copy(origin, client);
        let _ = there.join();
    })
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A web server that has never heard of the lab.
fn stranger() -> SocketAddr {
    listen(|mut client| {
        let mut head = [0; 4096];
        let _ = client.read(&mut head);
        let _ = client.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    })
}

#[test]
fn recipes_are_listed_and_shown() {
    let folder = Folder::new(&[]);
    let all = folder.run(&["lab", "list"]);
    assert_eq!(all.code, 0, "{all:?}");
    assert!(all.out.contains("fin-in-status-line"), "{all:?}");
    let some = folder.run(&["lab", "list", "--group", "status-line", "--format", "json"]);
    fits("lab-recipes", &some.out);
    assert!(some.out.contains("fin-in-status-line") && !some.out.contains("\"healthy\""), "{some:?}");
    for (arguments, code) in [
        (&["lab", "list", "--group", "nowhere"][..], 2),
        (&["lab", "list", "--speaks", "gopher"], 2),
        (&["lab", "show", "healthy"], 0),
        (&["lab", "show"], 2),
        (&["lab"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
    let ran = folder.run(&["lab", "show", "fin-in-staus-line"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("near are fin-in-status-line"), "{ran:?}");
}

#[test]
fn every_shown_recipe_fits_its_schema() {
    let folder = Folder::new(&[]);
    let listed: serde_json::Value =
        serde_json::from_str(&folder.run(&["lab", "list", "--format", "json"]).out).unwrap();
    // One of each group is enough: the form does not depend on more.
    let mut groups = Vec::new();
    for recipe in listed["recipes"].as_array().unwrap() {
        if groups.contains(&&recipe["group"]) {
            continue;
        }
        groups.push(&recipe["group"]);
        let name = recipe["name"].as_str().unwrap();
        fits("lab-recipe", &folder.run(&["lab", "show", name, "--format", "json"]).out);
        assert!(folder.run(&["lab", "show", name]).out.contains("What the origin does"), "{name}");
    }
    assert!(groups.len() > 5, "{groups:?}");
}

#[test]
fn a_gateway_is_tested() {
    let folder = Folder::new(&[]);
    let lab = free_port();
    let url = format!("http://{}", forwarder(lab));
    let lab = lab.to_string();
    let test = ["lab", "test", "--gateway", &url, "--listen", &lab, "--patience", "2s", "--recipe"];
    let right = folder.run(&[&test[..], &["healthy"]].concat());
    assert_eq!(right.code, 0, "{right:?}");
    assert!(right.out.contains("healthy  ok 200") && right.out.contains("1 recipe: 1 right."), "{right:?}");

    let bad = ["fin-in-status-line", "--recipe", "healthy", "--drive", "get", "--format"];
    let ran = folder.run(&[&test[..], &bad, &["json"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    fits("lab-matrix", &ran.out);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["gateways"][0]["id"], "gateway");
    assert_eq!(document["gateways"][0]["title"], url.as_str());
    assert_eq!(document["summary"][0]["right"], 1);
    assert_eq!(document["summary"][0]["misleading"], 1);

    let ran = folder.run(&[&test[..], &bad, &["html", "-o", "page.html"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(folder.read("page.html").contains("id=\"r-fin-in-status-line\""));
}

#[test]
fn a_gateway_that_does_not_lead_to_the_lab_is_told_so() {
    let folder = Folder::new(&[]);
    let lab = free_port().to_string();
    let test = ["lab", "test", "--listen", &lab, "--recipe", "healthy", "--patience", "1s", "--gateway"];
    let stranger = format!("http://{}", stranger());
    let ran = folder.run(&[&test[..], &[&stranger]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    for wanted in ["answered 404", "did not connect to the lab", &lab, "proxy_pass"] {
        assert!(ran.err.contains(wanted), "{wanted}: {ran:?}");
    }
    let nobody = format!("http://{}", free_port());
    let ran = folder.run(&[&test[..], &[&nobody]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("no gateway can be reached"), "{ran:?}");
    for (more, said) in [
        (&["ftp://h/"][..], "http://"),
        (&["http://h/", "--recipe", "nothing-like-it"], "no recipe nothing-like-it"),
        (&["http://h/", "--speaks", "tls"], "--speaks http"),
    ] {
        let ran = folder.run(&[&test[..], more].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
}

#[test]
fn products_are_listed_and_unknown_ones_refused() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["lab", "compare", "--list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("nginx") && ran.out.contains("haproxy"), "{ran:?}");
    let ran = folder.run(&["lab", "compare", "ngnix"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("nginx"), "{ran:?}");
    let ran = folder.run(&["lab", "compare", "--front", "http2", "--drive", "http10"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("--drive http10 does not go with --front http2"), "{ran:?}");
}
