//! What can be wrong with upstreams, sites and routes.

use super::*;

/// What can be wrong with an upstream.
const UPSTREAMS: &[Case] = &[
    case("[upstream.b]\nservers = []", 2, "upstream.b.servers", "no server", "servers ="),
    case("[upstream.b]\nbalance = \"random\"", 2, "upstream.b.balance", "not known", "two-choices"),
    case(
        "[upstream.b]\nservers = \"127.0.0.1:1\"",
        2,
        "upstream.b.servers",
        "no URL",
        "\"http://127.0.0.1:1\"",
    ),
    case(
        "[upstream.b]\nservers = [{ url = \"http://a\", weight = 0 }]",
        2,
        "upstream.b.servers[0].weight",
        "out of",
        "1 to 1000",
    ),
    case(
        "[upstream.b]\nservers = [\"http://a\", \"http://a:80\"]",
        2,
        "upstream.b.servers[1]",
        "twice",
        "weight",
    ),
    case(
        "[upstream.b]\nservers = [\"http://a\", \"fastcgi://b:9000\"]",
        2,
        "upstream.b.servers[1]",
        "do not speak the same",
        "two upstreams",
    ),
    case(
        "[upstream.b]\nservers = \"http://a\"\nretry = { attempts = 11 }",
        3,
        "upstream.b.retry.attempts",
        "range",
        "1 to 10",
    ),
    case(
        "[upstream.b]\nservers = \"http://a\"\nretry.budget = 20",
        3,
        "upstream.b.retry.budget",
        "a share",
        "20%",
    ),
    case(
        "[upstream.b]\nservers = \"fastcgi://a:9000\"\nhealth.path = \"/health.php?quick=1\"",
        3,
        "upstream.b.health.path",
        "no query",
        "leave out",
    ),
    case(
        "[upstream.\"b c\"]\nservers = \"http://a\"",
        1,
        "upstream.\"b c\"",
        "cannot be the name",
        "letters",
    ),
];

#[test]
fn upstreams() {
    // Those that are read are not used either, and that is told only where nothing worse is.
    for case in UPSTREAMS {
        let text = format!("{}{SITE}", case.text);
        let problems = problems(&text);
        let found = |problem: &Problem| {
            (problem.line, problem.key.as_str()) == (case.line, case.key)
                && problem.what.contains(case.says)
                && problem.hint.as_deref().unwrap_or("").contains(case.hint)
                && problem.severity == Severity::Error
        };
        assert!(problems.iter().any(found), "{problems:#?}\n{text}");
    }
}

/// What can be wrong with a site or a route.
const ROUTES: &[Case] = &[
    case("[[site]]\nupstream = \"shp\"", 2, "site[0].upstream", "no upstream \"shp\"", "perhaps \"shop\""),
    case("[[site]]\nupstream = \"http://a\"", 2, "site[0].upstream", "no upstream", "described below"),
    case("[[site]]\nhost = \"a.example\"", 1, "site[0]", "nothing answers", "upstream ="),
    case(
        "[[site]]\nhost = \"shop.example:80\"\nrespond = \"\"",
        2,
        "site[0].host",
        "no host",
        "without a port",
    ),
    case("[[site]]\n[[site.route]]\npath = \"/\"", 2, "site[0].route[0]", "nothing answers", "redirect"),
    case(
        "[[site]]\n[[site.route]]\npath = \"api\"\nrespond = \"\"",
        3,
        "site[0].route[0].path",
        "no path",
        "\"/api\"",
    ),
    case(
        "[[site]]\nrespond = \"\"\nredirect = \"/x\"",
        3,
        "site[0].redirect",
        "exclude each other",
        "keep one",
    ),
    case(
        "[[site]]\nphp = { upstream = \"shop\", root = \"/w\" }",
        2,
        "site[0].php.upstream",
        "speaks no FastCGI",
        "php-fpm",
    ),
    case("[[site]]\nupstream = \"php\"", 2, "site[0].upstream", "speaks FastCGI", "php = {"),
    case("[[site]]\nredirect = { to = \"/x\", status = 304 }", 2, "site[0].redirect.status", "304", "308"),
    case(
        "[[site]]\n[[site.route]]\nfiles = \"/srv\"\nrewrite = { path = \"/x?y\" }",
        4,
        "site[0].route[0].rewrite.path",
        "no query",
        "leave out",
    ),
    case(
        "[[site]]\nfiles = { root = \"/srv\", charset = \"a b\" }",
        2,
        "site[0].files.charset",
        "no name of an encoding",
        "utf-8",
    ),
    case("[[site]]\nredirect = \"http://{hostport}:81\"", 2, "site[0].redirect", "has a port", "{host}:"),
    case("[[site]]\nredirect = \"https://$host\"", 2, "site[0].redirect", "no variables", "{host}"),
    case("[[site]]\nredirect = \"shop.example\"", 2, "site[0].redirect", "where to", "https://"),
    case(
        "[[site]]\nredirect = \"https://{path}\"",
        2,
        "site[0].redirect",
        "choose the host",
        "https://{host}{path}",
    ),
    case("[[site]]\nredirect = \"https://www.{path}\"", 2, "site[0].redirect", "choose the host", "{host}"),
    case("[[site]]\nredirect = \"//{path}\"", 2, "site[0].redirect", "choose the host", "{host}"),
    case("[[site]]\nredirect = \"{query}\"", 2, "site[0].redirect", "where to", "https://"),
    case("[[site]]\nredirect = \"/{uri}\"", 2, "site[0].redirect", "only {host}", "{path}"),
    case("[[site]]\nredirect = \"/{path}\"", 2, "site[0].redirect", "for ever", "https"),
    case("[[site]]\nredirect = \"{path}\"", 2, "site[0].redirect", "for ever", "https"),
    case(
        "[[site]]\nfiles = { root = \"/w\", try_files = [\"=404\", \"/a\"] }",
        2,
        "site[0].files.try_files[0]",
        "never tried",
        "end",
    ),
    case(
        "[[site]]\nfiles = { root = \"/w\", try_files = [\"$uri\", \"=404\"] }",
        2,
        "site[0].files.try_files[0]",
        "no variables",
        "{path}",
    ),
    case(
        "[[site]]\nrespond = { status = 204, body = \"x\" }",
        2,
        "site[0].respond.body",
        "no body",
        "status",
    ),
    case(
        "[[site]]\n[[site.route]]\nrespond = \"\"\nresponse_headers = { \"X Y\" = \"\" }",
        4,
        "site[0].route[0].response_headers.\"X Y\"",
        "cannot be the name",
        "X-Tenant",
    ),
    case(
        "[[site]]\n[[site.route]]\nrespond = \"\"\nresponse_headers.A = \"a\\nb\"",
        4,
        "site[0].route[0].response_headers.A",
        "cannot be sent",
        "line ends",
    ),
    case(
        "[[site]]\n[[site.route]]\nrespond = \"\"\nrequest_headers.Host = \"a\"",
        4,
        "site[0].route[0].request_headers.Host",
        "not set here",
        "send_host",
    ),
    case(
        "[[site]]\n[[site.route]]\nrespond = \"\"\nmethods = \"get\"",
        4,
        "site[0].route[0].methods",
        "no method",
        "\"GET\"",
    ),
];

#[test]
fn routes() {
    let rest = "\n[[site]]\nhost = \"rest.example\"\nupstream = \"shop\"\n[[site.route]]\npath = \"/p/*\"\nphp = { upstream = \"php\", root = \"/w\" }
[upstream.shop]\nservers = \"http://127.0.0.1:3000\"\n[upstream.php]\nservers = \"fastcgi://127.0.0.1:9000\"\n";
    hold(ROUTES, rest, Severity::Error);
    let twice = "[[site]]\nhosts = [\"a.example\", \"B.example\"]\nrespond = \"\"\n[[site]]\nhost = \"b.example\"\nrespond = \"\"";
    let problems = problems(twice);
    assert_eq!((problems[0].line, problems[0].key.as_str(), problems.len()), (5, "site[1].host", 1));
    assert!(problems[0].what.contains("(line 2)"), "{problems:#?}");
}
