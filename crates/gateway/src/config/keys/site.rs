//! Sites, their routes, and what answers.

use super::super::amounts::Size;
use super::super::kind::Absent::{Is, Means, Needed};
use super::super::matches::{HostField, Method, ParamNames, SeenFields, SentFields, UrlPath};
use super::super::typed::{ByName, Many, table};
use super::super::values::{Count, FilePath, Set, Text, Wanted};
use crate::plan::{Charset, HostPattern, PathPattern};

table! {
    /// A site: hosts, and what becomes of requests for them. What answers may stand in the site itself, then it is for
    /// all paths that no route is for.
    SiteKeys either [upstream, php, files, redirect, respond] {
        /// The host. `*.shop.example` is any name below, `*` any at all.
        host: HostPattern, Means("any host, unless hosts names some"), r#""shop.example""#;
        /// Several hosts.
        hosts: Many<HostPattern>, Means("host alone"), r#"["shop.example", "www.shop.example"]"#;
        /// The routes, tried in order: the first that fits decides.
        route: Many<RouteKeys>, Means("what answers stands in the site itself"),
            r#"[{ path = "/api/*", upstream = "shop" }]"#;
        /// What answers where no route does: an upstream.
        upstream: Text, Means("404 where no route fits"), r#""shop""#;
        /// What answers where no route does: a PHP site.
        php: PhpKeys, Means("404 where no route fits"), r#"{ upstream = "php", root = "/var/www/blog" }"#;
        /// What answers where no route does: files.
        files: FilesKeys, Means("404 where no route fits"), r#""/var/www/shop""#;
        /// What answers where no route does: another address.
        redirect: RedirectKeys, Means("404 where no route fits"), r#""https://{host}{path}{query}""#;
        /// What answers where no route does: a fixed answer.
        respond: RespondKeys, Means("404 where no route fits"), r#"{ status = 503, body = "Back at noon." }"#;
    }

    /// A route: which requests fit, what is changed in them, and what answers. One of upstream, php, files, redirect
    /// and respond must be there.
    RouteKeys either [upstream, php, files, redirect, respond] {
        /// The paths: one (`/status`), one and all below it (`/api/*`), or all with an ending (`*.php`). A rule cannot be
        /// walked around by writing a path otherwise: `//admin`, `/%61dmin` and `/admin%2Fx` fit `/admin/*` as well.
        path: Many<PathPattern>, Is(r#""/*""#), r#"["/api/*", "/status"]"#;
        /// The methods.
        methods: Many<Method>, Means("all"), r#"["GET", "HEAD"]"#;
        /// Fields that must be there, each with its value, or true for any.
        headers: ByName<SeenFields, Wanted>, Means("all requests fit"), r#"{ X-Tenant = "blue", Authorization = true }"#;
        /// What is done to the path before the request goes on.
        rewrite: RewriteKeys, Means("it goes on as it came"), "{ strip_prefix = true }";
        /// Fields set in requests that go on; false takes a field away. "{client}" alone stands for the client's address.
        request_headers: ByName<SentFields, Set>, Means("none are changed"), r#"{ X-Real-IP = "{client}", X-Debug = false }"#;
        /// Fields set in answers; false takes a field away. Error pages of this gateway's own get them as well, but for what
        /// speaks of an answer's content or how long it is kept (Content-Type, Cache-Control, ETag, Location …).
        response_headers: ByName<SentFields, Set>, Means("none are changed"),
            r#"{ Strict-Transport-Security = "max-age=31536000", X-Powered-By = false }"#;
        /// The largest body of a request; more is answered 413.
        body_size: Size, Means("limits.body_size"), r#""100MB""#;
        /// What answers: a server of this upstream.
        upstream: Text, Means("something else answers"), r#""shop""#;
        /// The Host that is sent to the upstream's servers.
        send_host: HostField, Means("the client's own"), r#""app.example""#;
        /// What answers: a PHP site. Files that exist are served, scripts and everything else go to FastCGI.
        php: PhpKeys, Means("something else answers"), r#"{ upstream = "php", root = "/var/www/blog" }"#;
        /// What answers: files of a folder.
        files: FilesKeys, Means("something else answers"), r#""/var/www/shop""#;
        /// What answers: another address.
        redirect: RedirectKeys, Means("something else answers"), r#""https://{host}{path}{query}""#;
        /// What answers: a fixed answer.
        respond: RespondKeys, Means("something else answers"), r#"{ status = 503, body = "Back at noon." }"#;
    }

    /// What is done to a path before the request goes on.
    RewriteKeys either [strip_prefix, prefix, path] {
        /// Whether the beginning that the route's path matched is taken away: where that is /api/*, /api/x goes on as /x.
        strip_prefix: bool, Is("false"), "true";
        /// What stands in place of the beginning that the route's path matched.
        prefix: UrlPath, Means("it stays"), r#""/v2""#;
        /// What stands in place of the whole path; the query stays.
        path: UrlPath, Means("it stays"), r#""/index.php""#;
    }

    /// A PHP site.
    PhpKeys {
        /// The upstream that speaks FastCGI, such as php-fpm.
        upstream: Text, Needed, r#""php""#;
        /// The folder with the site's files, as this machine sees it.
        root: FilePath, Needed, r#""/var/www/blog""#;
        /// The same folder as the FastCGI server sees it, such as inside of its container.
        script_root: FilePath, Means("the same path"), r#""/srv/blog""#;
        /// Names that stand for a folder, in order.
        index: Many<Text>, Is(r#"["index.php", "index.html"]"#), r#"["index.php"]"#;
        /// What to try in order: {path} for the request's own, {path}/ for it as a folder, and paths as they stand. The
        /// last one ends the search: a path that exists, or =404. What ends in .php runs, other files are served.
        try_files: Many<Text>, Is(r#"["{path}", "{path}/", "/index.php"]"#), r#"["{path}", "=404"]"#;
        /// Whether files and folders whose name begins with a dot are served. /.well-known always is.
        hidden: bool, Is("false"), "true";
        /// Folders outside of root that symbolic links in it may lead into.
        links: Many<FilePath>, Means("what lies behind a link that leads out of root is not found"), r#""/usr/share/javascript""#;
        /// The encoding that files of text are said to be in, whatever they say of themselves; off to say none.
        charset: Charset, Means("utf-8 for text that cannot say it itself, such as .txt and .csv"), r#""windows-1251""#;
        /// More parameters for FastCGI.
        params: ByName<ParamNames, Text>, Means("the usual ones alone"), r#"{ APP_ENV = "production" }"#;
    }

    /// Files of a folder. Nothing outside of it is ever served, except in the folders that `links` names.
    FilesKeys short root {
        /// The folder.
        root: FilePath, Needed, r#""/var/www/shop""#;
        /// Names that stand for a folder, in order.
        index: Many<Text>, Is(r#"["index.html"]"#), r#"["index.html", "index.htm"]"#;
        /// What to try in order: {path} for the request's own, {path}/ for it as a folder, and paths as they stand. The
        /// last one ends the search: a path that exists, or =404.
        try_files: Many<Text>, Is(r#"["{path}", "{path}/", "=404"]"#), r#"["{path}", "/index.html"]"#;
        /// Whether files and folders whose name begins with a dot are served. /.well-known always is.
        hidden: bool, Is("false"), "true";
        /// Folders outside of root that symbolic links in it may lead into.
        links: Many<FilePath>, Means("what lies behind a link that leads out of root is not found"), r#""/var/www/shared""#;
        /// The encoding that files of text are said to be in, whatever they say of themselves; off to say none.
        charset: Charset, Means("utf-8 for text that cannot say it itself, such as .txt and .csv"), r#""windows-1251""#;
        /// Whether files are served that are by their names the source of PHP scripts, or copies of it (.php, .phtml,
        /// .php.bak, .php~): such files often have passwords in them.
        sources: bool, Is("false"), "true";
    }

    /// Another address.
    RedirectKeys short to {
        /// Where to. {host} (without the port), {hostport} (with the port, if the client named one),
        /// {path} and {query} (with its ?) are filled in.
        to: Text, Needed, r#""https://{host}{path}{query}""#;
        /// 301 and 308 for good, 302, 303 and 307 for now; 307 and 308 keep the method.
        status: Count<300, 399>, Is("302"), "308";
    }

    /// A fixed answer.
    RespondKeys short body {
        /// The status.
        status: Count<200, 599>, Is("200"), "503";
        /// What kind of text the body is.
        content_type: Text, Is(r#""text/plain; charset=utf-8""#), r#""application/json""#;
        /// The body.
        body: Text, Is(r#""""#), r#""Back at noon.""#;
    }
}
