//! Pages of recorded failures: the product is right where a gateway shows its own page.

use serde_json::Value;

/// The recordings lie beside the source tree; where they are absent there is nothing to hold against.
fn cases(stack: &str) -> Vec<Value> {
    let folder = std::env::var("GOODGATE_CORPUS").map_or_else(
        |_| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        std::path::PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(format!("{stack}.jsonl"))).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Head, blank line and body, as a person would have saved them.
fn page(case: &Value) -> String {
    let lines = case["response_headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let head: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    let body = case["body_head"].as_str().unwrap_or("");
    if head.is_empty() { body.to_owned() } else { format!("{}\r\n\r\n{body}", head.join("\r\n")) }
}

/// Stacks, the product that makes their pages, and a mark that only the product's own page bears.
const OWN: &[(&str, &str, &str)] = &[
    ("nginx", "nginx", "<hr><center>nginx/"),
    ("apache", "apache", "<title>502 Proxy Error</title>"),
    ("haproxy", "haproxy", "The server returned an invalid or incomplete response."),
    ("varnish", "varnish", "Guru Meditation"),
    ("lighttpd", "lighttpd", "xhtml1-transitional.dtd"),
    ("envoy", "envoy", "upstream connect error"),
    ("squid", "squid", "The Squid Software Foundation"),
    ("ats", "trafficserver", "BGCOLOR=\"white\" FGCOLOR=\"black\""),
    ("h2o", "h2o", "I/O timeout"),
    ("caddy", "wordpress", "wp-die-message"),
];

#[test]
fn gateways_own_pages_are_theirs() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (stack, product, mark) in OWN {
        for case in cases(stack) {
            let text = page(&case);
            let reading = goodgate_pages::read("page.html", &text);
            if std::env::var_os("SHOW").is_some() {
                let said: Vec<_> =
                    reading.evidence.signals().iter().map(|s| format!("{} {}", s.id, s.value)).collect();
                println!(
                    "{} {} {} -> {}",
                    case["id"],
                    case["status_seen"],
                    case["symptoms"],
                    said.join(", ")
                );
            }
            if !text.contains(mark) {
                continue;
            }
            seen += 1;
            let got = reading.generator.map_or("(none)", |(generator, _)| generator.id);
            if got != *product {
                wrong.push(format!("{}: {got} instead of {product}", case["id"]));
            }
        }
    }
    println!("{seen} pages looked at (none: no recordings here)");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
