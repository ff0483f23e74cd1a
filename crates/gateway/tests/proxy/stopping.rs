//! A gateway that is told to stop while clients are there.

use std::io::Write;

use crate::setting::{End, OK, in_front_of, read_all, until, well};

#[test]
fn who_has_just_connected_is_still_answered() {
    let server = well();
    let setting = in_front_of(&[&server]);
    let mut client = setting.connect();
    until(|| setting.gateway.connections() == 1);
    let address = setting.address;
    let gateway = setting.gateway;
    let stopping = std::thread::spawn(move || gateway.stop());
    // It listens no more: the stop has come to it.
    until(|| std::net::TcpStream::connect(address).is_err());
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").unwrap();
    let (text, end) = read_all(&mut client);
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("Connection: close\r\n"), "{text}");
    assert!(text.ends_with(OK.rsplit("\r\n").next().unwrap()), "{text}");
    assert_eq!(end, End::Closed);
    drop(client);
    assert!(stopping.join().unwrap());
}
