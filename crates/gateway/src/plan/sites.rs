//! Sites, their routes, and what answers.

use std::path::PathBuf;
use std::sync::Arc;

/// A site: hosts and what becomes of requests for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The hosts; one of them may be [`HostPattern::Any`].
    pub hosts: Vec<HostPattern>,
    /// The routes; the first that fits decides.
    pub routes: Vec<Route>,
}

/// Which hosts a site is for. Compared without regard to case, port and a final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This one, in lower case.
    Exact(String),
    /// Any below this domain (`*.shop.example` keeps `shop.example`), in lower case.
    Below(String),
    /// Any at all.
    Any,
}

/// What becomes of requests that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The path.
    pub path: PathPattern,
    /// The methods; empty for all.
    pub methods: Vec<String>,
    /// Fields that must be there, all of them.
    pub fields: Vec<FieldMatch>,
    /// What is done to the path before it goes on.
    pub rewrite: Option<Rewrite>,
    /// Fields set (`Some`) or removed (`None`) in requests that go on, by name.
    pub request_fields: Vec<(String, Option<String>)>,
    /// Fields set (`Some`) or removed (`None`) in answers, by name.
    pub response_fields: Vec<(String, Option<String>)>,
    /// Bytes that a request's body may have.
    pub body_bytes_max: u64,
    /// What answers.
    pub action: Action,
}

/// Which paths fit. Compared byte by byte, after dot segments are removed and unreserved characters decoded; runs of
/// slashes count as one, and `%2F` and `%5C` as slashes as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// This path only (`/status`).
    Exact(String),
    /// This path and all below it (`/api/*` keeps `/api`, and `/*` keeps the empty text).
    Below(String),
    /// Paths that end so (`*.php` keeps `.php`).
    Suffix(String),
}

/// A field that a request must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMatch {
    /// Its name, in lower case.
    pub name: String,
    /// Its value; `None` for any.
    pub value: Option<String>,
}

/// What is done to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// The beginning that the pattern matched is taken away (`/api/x` becomes `/x`).
    StripPrefix,
    /// The beginning that the pattern matched is replaced.
    ReplacePrefix(String),
    /// The whole path is replaced; the query stays.
    ReplacePath(String),
}

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A server of this upstream, by place in [`Plan::upstreams`].
    Proxy {
        /// The upstream.
        upstream: usize,
        /// The `Host` to send; `None` for the client's own.
        host: Option<String>,
    },
    /// A PHP site: files that exist are served, scripts and everything else go to FastCGI.
    Php(Php),
    /// Files.
    Files(Files),
    /// Another address. `{host}`, `{hostport}`, `{path}` and `{query}` (with its `?`) are filled in.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        to: String,
    },
    /// A fixed answer.
    Respond {
        /// The status.
        status: u16,
        /// The `Content-Type`.
        content_type: String,
        /// The body.
        body: Arc<[u8]>,
    },
}

/// Files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The folder. Nothing outside of it is ever served, except in the folders that `links` names.
    pub root: PathBuf,
    /// Names that stand for a folder, in order, such as `index.html`.
    pub index: Vec<String>,
    /// What to try in order: `{path}` for the request's own, `{path}/` for it as a folder, other paths as they stand,
    /// such as `/index.html`. The last may be `=404`.
    pub try_files: Vec<String>,
    /// Whether files and folders whose name begins with a dot are served; `.well-known` always is.
    pub hidden: bool,
    /// Folders outside that symbolic links may lead into; what lies behind other links that lead out is not found.
    pub links: Vec<PathBuf>,
    /// The encoding that files of text are said to be in.
    pub charset: Charset,
    /// Whether files are served whose name says that they are the source of scripts, or a copy of it (`.php`, `.phtml`,
    /// `.php.bak`). Never in a PHP site.
    pub sources: bool,
}

/// What is said of the encoding of files of text, beside their type. Browsers believe it before what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 for text that has no way to say it itself (`.txt`, `.csv`); nothing for HTML, XML, style sheets and scripts.
    #[default]
    Usual,
    /// Nothing.
    Unsaid,
    /// This one, for all text.
    Named(String),
}

/// A PHP site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Php {
    /// The upstream that speaks FastCGI, by place.
    pub upstream: usize,
    /// Its files as the gateway sees them. `try_files` decides what runs: a result that ends in `.php` goes to FastCGI,
    /// others are served.
    pub files: Files,
    /// The same folder as the FastCGI server sees it, for `SCRIPT_FILENAME`; mostly the same.
    pub script_root: PathBuf,
    /// More parameters.
    pub params: Vec<(String, String)>,
}
