//! What is sent, and what is not.

use goodgate_wire::Request;
use goodgate_wire::http1::{RequestInvalid, encode};

fn request() -> Request {
    Request {
        method: "GET",
        target: "/a?b=c".to_owned(),
        authority: "example.com:8080".to_owned(),
        secure: false,
        fields: vec![("Accept".to_owned(), "*/*".to_owned()), ("X-Empty".to_owned(), String::new())],
        keep_alive: false,
    }
}

fn sent(request: &Request) -> Result<String, RequestInvalid> {
    let mut out = b"before ".to_vec();
    let result = encode(request, &mut out);
    let out = String::from_utf8(out).expect("text");
    let written = out.strip_prefix("before ").expect("what stood there").to_owned();
    assert!(result.is_ok() || written.is_empty(), "nothing of an invalid request is written");
    result.map(|()| written)
}

#[test]
fn a_request_stands_as_it_should() {
    let text = "GET /a?b=c HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\nX-Empty: \r\nConnection: close\r\n\r\n";
    assert_eq!(sent(&request()).as_deref(), Ok(text));
    let text = text.replace("Connection: close\r\n", "");
    assert_eq!(sent(&Request { keep_alive: true, ..request() }), Ok(text));
    for method in ["POST", "PUT", "PATCH"] {
        let text = format!("{method} /a?b=c HTTP/1.1\r\nHost: example.com:8080\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(sent(&Request { method, keep_alive: true, fields: Vec::new(), ..request() }), Ok(text));
    }
    let options = Request { method: "OPTIONS", target: "*".to_owned(), ..request() };
    assert!(sent(&options).is_ok_and(|text| text.starts_with("OPTIONS * HTTP/1.1\r\nHost: ")));
}

#[test]
fn nothing_can_be_smuggled_into_a_request() {
    for method in ["", "GET ", "G\r\nET", "G\0", "GE T", "G\u{e9}T", "GET/"] {
        assert_eq!(sent(&Request { method, ..request() }), Err(RequestInvalid::Method), "{method:?}");
    }
    for target in
        ["", "a", "*", "http://x/", "/a b", "/\r\nX: y", "/\n", "/\0", "/\t", "/\u{e9}", "/#x", "/\x7f"]
    {
        let request = Request { target: target.to_owned(), ..request() };
        assert_eq!(sent(&request), Err(RequestInvalid::Target), "{target:?}");
    }
    for target in ["/", "//", "/%20?a[]={}|\"<>", "/../x"] {
        assert!(sent(&Request { target: target.to_owned(), ..request() }).is_ok(), "{target:?}");
    }
    for authority in ["", "a b", "a\r\nX: y", "a\n", "a\0", "a/b", "u@a", "a?b", "a#b", "\u{e9}.com", "a\\b"]
    {
        let request = Request { authority: authority.to_owned(), ..request() };
        assert_eq!(sent(&request), Err(RequestInvalid::Authority), "{authority:?}");
    }
    for authority in ["a", "xn--e1afmkfd.xn--p1ai", "192.0.2.1:81", "[2001:db8::1]:443", "a_b.example"] {
        assert!(sent(&Request { authority: authority.to_owned(), ..request() }).is_ok(), "{authority:?}");
    }
    let field = |name: &str, value: &str| {
        let mut request = request();
        request.fields[1] = (name.to_owned(), value.to_owned());
        sent(&request)
    };
    for name in ["", "X Y", "X:", "X\r\nY", "X\0", "\u{e9}", " X"] {
        assert_eq!(field(name, "v"), Err(RequestInvalid::FieldName(1)), "{name:?}");
    }
    for value in ["a\r\nX: y", "a\n", "a\r", "\0", "a\x1b", "a\x7f", " a", "a ", "\ta"] {
        assert_eq!(field("X", value), Err(RequestInvalid::FieldValue(1)), "{value:?}");
    }
    for value in ["", "a b", "a\tb", "\u{e9}", "\"a, b\""] {
        assert!(field("X", value).is_ok(), "{value:?}");
    }
    for name in ["Host", "HOST", "connection", "Content-Length", "transfer-encoding", "Upgrade"] {
        assert_eq!(field(name, "1"), Err(RequestInvalid::FieldReserved(1)), "{name:?}");
    }
}
