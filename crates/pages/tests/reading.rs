//! Whole readings: who made an answer, through whose hands it went, and good answers that are none.

use goodgate_pages::{looks_like_page, read, read_from_outside};

/// Generator, front, status and signals of a message.
fn told(text: &str) -> (Option<&'static str>, Option<&'static str>, Option<u16>, Vec<&'static str>) {
    let reading = read("page", text);
    let signals = reading.evidence.signals().iter().map(|signal| signal.id.as_str()).collect();
    (
        reading.generator.map(|(generator, _)| generator.id),
        reading.front.map(|front| front.id),
        reading.status,
        signals,
    )
}

const NGINX: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

#[test]
fn the_body_tells_more_than_the_head() {
    let (generator, front, status, signals) =
        told(&format!("HTTP/2 502\r\nserver: cloudflare\r\ncf-ray: 8a-FRA\r\n\r\n{NGINX}"));
    assert_eq!((generator, front, status), (Some("nginx"), Some("cloudflare"), Some(502)));
    assert!(signals.contains(&"page-nested-gateway"), "{signals:?}");
    assert!(signals.contains(&"upstream-answered-nested-gateway"), "{signals:?}");
    let own = NGINX.replace("nginx", "cloudflare");
    let (generator, front, _, signals) =
        told(&format!("HTTP/2 502\r\nserver: cloudflare\r\ncf-ray: 8a-FRA\r\n\r\n{own}"));
    assert_eq!((generator, front), (Some("cloudflare"), None));
    assert!(signals.contains(&"page-made-by-gateway"), "{signals:?}");
}

#[test]
fn through_an_edge_the_inner_gateway_speaks() {
    let words = "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused";
    let (generator, _, _, signals) =
        told(&format!("HTTP/2 503\nserver: cloudflare\ncf-ray: 8a-FRA\n\n{words}"));
    assert_eq!(generator, Some("envoy"));
    assert!(signals.contains(&"connect-refused"), "{signals:?}");
    // Between two gateways of one's own the inner one's words are about its own upstream.
    let (_, _, _, signals) = told(&format!("HTTP/1.1 503 X\nserver: nginx\n\n{words}"));
    assert!(!signals.contains(&"connect-refused"), "{signals:?}");
}

#[test]
fn from_outside_a_page_is_of_the_gateway_that_made_it() {
    let page = format!("HTTP/1.1 502 X\nServer: nginx\nVia: 1.1 varnish (Varnish/7.1)\n\n{NGINX}");
    let ids = |reading: &goodgate_pages::PageReading| -> Vec<&'static str> {
        reading.evidence.signals().iter().map(|signal| signal.id.as_str()).collect()
    };
    let (saved, fetched) = (ids(&read("page", &page)), ids(&read_from_outside("page", &page)));
    for id in ["page-nested-gateway", "upstream-answered-nested-gateway", "upstream-answered-5xx"] {
        assert!(saved.contains(&id) && !fetched.contains(&id), "{id}: {saved:?} {fetched:?}");
    }
    for id in ["page-made-by-gateway", "gateway-answered-502"] {
        assert!(fetched.contains(&id) && !saved.contains(&id), "{id}: {saved:?} {fetched:?}");
    }
    // A page that no gateway made is none of theirs from there either.
    let of_another = ids(&read_from_outside("page", "HTTP/1.1 502 X\nServer: gunicorn\n\n<h1>oops</h1>"));
    assert!(!of_another.contains(&"page-made-by-gateway"), "{of_another:?}");
}

#[test]
fn a_gateway_that_runs_scripts_may_have_set_the_status() {
    let doubt = |head: &str| {
        let (_, _, _, signals) =
            told(&format!("{head}\nContent-Type: text/plain\n\nwhat the script printed\n"));
        assert!(signals.contains(&"page-not-from-gateway"), "{signals:?}");
        signals.contains(&"page-status-in-doubt")
    };
    assert!(doubt("HTTP/1.1 500 Internal Server Error\nServer: Apache/2.4.62 (Debian)"));
    assert!(doubt("HTTP/1.1 500 Internal Server Error\nServer: lighttpd/1.4.69"));
    assert!(!doubt("HTTP/1.1 502 Bad Gateway\nServer: Apache/2.4.62 (Debian)"));
    assert!(!doubt("HTTP/1.1 500 Internal Server Error\nServer: nginx/1.22.1"));
    assert!(!doubt("HTTP/1.1 500 Internal Server Error\nServer: Apache\nX-Powered-By: Acme"));
}

#[test]
fn platforms_with_a_rented_edge_are_one_hop() {
    let head = "HTTP/2 503\nserver: cloudflare\ncf-ray: 8a-FRA\nrndr-id: 1\nx-render-routing: hibernate-wake-error\n\n";
    let (generator, front, _, signals) = told(head);
    assert_eq!((generator, front), (Some("render"), None));
    assert!(signals.contains(&"page-made-by-gateway"), "{signals:?}");
}

#[test]
fn fields_tell_an_upstream_answer_from_a_gateways_own() {
    let body = "{\"message\":\"An invalid response was received from the upstream server\"}";
    let (_, _, _, own) =
        told(&format!("HTTP/1.1 502 X\nServer: kong/3.9.0\nX-Kong-Proxy-Latency: 1\n\n{body}"));
    assert!(own.contains(&"page-made-by-gateway"), "{own:?}");
    let (_, _, _, passed) =
        told(&format!("HTTP/1.1 502 X\nServer: kong/3.9.0\nX-Kong-Upstream-Latency: 4\n\n{body}"));
    assert!(passed.contains(&"page-nested-gateway"), "{passed:?}");
    // CloudFront says "Error from cloudfront" of its origin's errors as well.
    let (generator, front, _, signals) =
        told("HTTP/1.1 500 X\nServer: gunicorn\nX-Cache: Error from cloudfront\n\n<h1>oops</h1>");
    assert_eq!((generator, front), (None, Some("cloudfront")));
    assert!(signals.contains(&"page-not-from-gateway"), "{signals:?}");
}

#[test]
fn good_answers_that_are_error_pages() {
    for body in [
        NGINX,
        "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1><p>Please try again later.</p></body></html>",
        "<!DOCTYPE html><title>Oops</title><h1>Bad Gateway</h1>",
        "Bad Gateway",
    ] {
        let (_, _, status, signals) = told(&format!("HTTP/1.1 200 OK\nContent-Type: text/html\n\n{body}"));
        assert_eq!(status, Some(200));
        assert!(signals.contains(&"site-page-says-error"), "{body}: {signals:?}");
        assert!(!signals.iter().any(|id| id.starts_with("gateway-answered-")), "{signals:?}");
    }
    let (generator, ..) = told(&format!("HTTP/1.1 200 OK\nContent-Type: text/html\n\n{NGINX}"));
    assert_eq!(generator, Some("nginx"));
}

#[test]
fn good_answers_about_errors() {
    let long = "Many things can go wrong between a gateway and its upstream. ".repeat(60);
    for body in [
        format!("<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><p>{long}</p>"),
        format!("<title>How to fix a 502</title><pre>{NGINX}</pre><p>{long}</p>"),
        "<title>Shop</title><h1>Welcome</h1><p>Service Unavailable posters, 3 EUR</p>".to_owned(),
        "<title>502 Bad Gateway: what it means</title><h1>What a 502 means</h1>".to_owned(),
        "{\"errors\": 502}".to_owned(),
        String::new(),
    ] {
        let (generator, _, _, signals) = told(&format!("HTTP/1.1 200 OK\nServer: nginx\n\n{body}"));
        assert_eq!(generator, None, "{body}");
        assert!(!signals.contains(&"site-page-says-error"), "{body}: {signals:?}");
    }
}

#[test]
fn redirects_and_missing_pages_are_no_failures() {
    let moved = NGINX.replace("502 Bad Gateway", "301 Moved Permanently");
    let (_, _, _, signals) = told(&format!("HTTP/1.1 301 X\nServer: nginx\nLocation: /a\n\n{moved}"));
    assert!(!signals.contains(&"site-page-says-error"), "{signals:?}");
    let missing = NGINX.replace("502 Bad Gateway", "404 Not Found");
    let (_, _, _, signals) = told(&format!("HTTP/1.1 200 X\nServer: nginx\n\n{missing}"));
    assert!(!signals.contains(&"site-page-says-error"), "{signals:?}");
}

#[test]
fn words_about_the_application_leave_the_failure_to_be_told() {
    let (_, _, _, signals) = told(
        "HTTP/1.1 502 Bad Gateway\nServer: Microsoft-IIS/10.0\n\n<h2>HTTP Error 502.5 - Process Failure</h2>",
    );
    for id in ["app-start-failed", "gateway-answered-502"] {
        assert!(signals.contains(&id), "{signals:?}");
    }
}

#[test]
fn a_saved_article_is_no_error_page() {
    let long = "Many things can go wrong between a gateway and its upstream. ".repeat(80);
    let (generator, _, status, _) = told(&format!("<html><title>Notes</title>{NGINX}<p>{long}</p></html>"));
    assert_eq!((generator, status), (None, None));
}

#[test]
fn words_that_people_paste() {
    for (words, status, generator) in [
        ("HTTP Error 502", 502, None),
        ("Error 502", 502, None),
        ("502 Bad Gateway", 502, None),
        ("502 Service Temporarily Overloaded", 502, None),
        ("503 Gateway timeout", 503, None),
        ("504 Gateway Time-out\n", 504, None),
        ("502 Bad Gateway\nnginx/1.24.0 (Ubuntu)", 502, Some("nginx")),
        ("502 Bad Gateway\nopenresty", 502, Some("openresty")),
        ("Temporary Error (502)", 502, Some("google-front-end")),
        ("502. That’s an error.", 502, Some("google-front-end")),
        ("HTTP Error 502.3 - Bad Gateway", 502, Some("iis-arr")),
        ("HTTP Error 502.5 - Process Failure", 502, Some("aspnet-core-module")),
        ("Error 522: Connection timed out", 522, Some("cloudflare")),
        ("error code: 1016", 530, Some("cloudflare")),
        ("Error 54113", 503, Some("fastly")),
    ] {
        assert!(looks_like_page(words), "{words}");
        let (made, _, said, _) = told(words);
        assert_eq!((said, made), (Some(status), generator), "{words}");
    }
}

#[test]
fn a_visitors_program_is_no_server() {
    let reading = read("page", "502 Server Error: Bad Gateway for url: https://www.example.com/");
    assert!(reading.generator.is_none());
    assert_eq!(reading.client.map(|(client, _)| client.id), Some("client-library"));
    assert_eq!(reading.status, Some(502));
    let ids: Vec<_> = reading.evidence.signals().iter().map(|signal| signal.id.as_str()).collect();
    assert_eq!(ids, ["page-status", "page-from-client", "gateway-answered-502"]);
    let browser = read(
        "page",
        "This site can’t be reached\nwww.example.com refused to connect.\nERR_CONNECTION_REFUSED",
    );
    assert_eq!(browser.client.map(|(client, _)| client.id), Some("browser"));
}

#[test]
fn logs_and_configurations_are_no_pages() {
    for text in [
        "2026/11/22 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
        "192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"-\"",
        "{\"level\":\"error\",\"msg\":\"dial tcp 127.0.0.1:3000: connect: connection refused\",\"status\":502}",
        "{\"message\":\"Service Unavailable\",\"level\":\"error\",\"time\":1}",
        "ERROR 1045 (28000): Access denied for user 'a'@'localhost'",
        "Error code: 1045. Access denied",
        "Traceback (most recent call last):\n  File \"/srv/app/a.py\", line 1\nrequests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: https://www.example.com/",
        "AxiosError: Request failed with status code 502\n    at settle (/srv/app/node_modules/a.js:1:2)",
        "curl: (22) The requested URL returned error: 502",
        "upstream app {\n    server 127.0.0.1:3000;\n}",
        "ERROR: 502 responses rise since noon",
        "error: connection refused",
        "Connection timed out",
        "502",
        "",
    ] {
        assert!(!looks_like_page(text), "{text}");
    }
}
