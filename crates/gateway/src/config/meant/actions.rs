//! What answers.

use std::path::PathBuf;
use std::sync::Arc;

use super::sites::Ground;
use super::texts;
use crate::config::keys::{FilesKeys, PhpKeys, RedirectKeys, RespondKeys};
use crate::config::matches::{HostField, sendable};
use crate::config::nearest::nearest;
use crate::config::typed::{At, Many, Reading, Spot};
use crate::config::values::{FilePath, Text};
use crate::plan::{Action, Charset, Files, Php, Protocol};
use crate::redirect;

/// What a site or a route says of what answers.
pub(super) struct Given<'a> {
    pub(super) upstream: Option<&'a At<Text>>,
    pub(super) php: Option<&'a At<PhpKeys>>,
    pub(super) files: Option<&'a At<FilesKeys>>,
    pub(super) redirect: Option<&'a At<RedirectKeys>>,
    pub(super) respond: Option<&'a At<RespondKeys>>,
    pub(super) host: Option<&'a At<HostField>>,
}

impl Given<'_> {
    /// Where the first of them stands.
    pub(super) fn spot(&self) -> Option<Spot> {
        let spots = [
            self.upstream.map(|at| &at.spot),
            self.php.map(|at| &at.spot),
            self.files.map(|at| &at.spot),
            self.redirect.map(|at| &at.spot),
            self.respond.map(|at| &at.spot),
        ];
        spots.into_iter().flatten().next().cloned()
    }
}

/// What answers, or a problem and `None`. `around` is where the site or the route stands.
pub(super) fn action(
    given: &Given<'_>,
    around: &Spot,
    ground: &Ground<'_>,
    reading: &mut Reading<'_>,
) -> Option<Action> {
    if let (Some(host), None) = (given.host, given.upstream) {
        let hint = "it belongs to upstream = \"…\"";
        reading.warn(
            &host.spot,
            "nothing is sent to an upstream from here, so send_host has no effect",
            hint,
        );
    }
    if let Some(name) = given.upstream {
        let upstream = named(name, ground, false, reading)?;
        return Some(Action::Proxy { upstream, host: given.host.map(|at| at.value.0.clone()) });
    }
    if let Some(at) = given.php {
        return php(&at.value, ground, reading);
    }
    if let Some(at) = given.files {
        let keys = &at.value;
        let folder = Folder {
            root: keys.root.as_ref()?,
            index: keys.index.as_ref(),
            tries: keys.try_files.as_ref(),
            hidden: keys.hidden.as_ref(),
            links: keys.links.as_ref(),
            charset: keys.charset.as_ref(),
            sources: keys.sources.as_ref(),
        };
        return Some(Action::Files(folder.files(&FILES, ground, reading)));
    }
    if let Some(at) = given.redirect {
        return elsewhere(&at.value, reading);
    }
    if let Some(at) = given.respond {
        return Some(respond(&at.value, reading));
    }
    if !reading.told_below(&around.key) {
        let hint = "say one of upstream, php, files, redirect, respond; for example: upstream = \"shop\"";
        reading.error(around, "nothing answers for this route", hint);
    }
    None
}

/// The place of the upstream of this name; it must speak FastCGI, or must not.
fn named(name: &At<Text>, ground: &Ground<'_>, fast: bool, reading: &mut Reading<'_>) -> Option<usize> {
    let known = |text: &str| ground.upstreams.iter().position(|known| known.name.value == text);
    let wanted = name.value.0.as_str();
    let Some(place) = known(wanted) else {
        if reading.told_below(&format!("upstream.{wanted}")) {
            return None;
        }
        let names = ground.upstreams.iter().map(|known| known.name.value.as_str());
        let hint = match nearest(wanted, names) {
            Some(meant) => format!("perhaps \"{meant}\" is meant"),
            None if wanted.contains(':') => {
                format!(
                    "upstreams are named here and described below: [upstream.shop] with servers = [{wanted:?}]"
                )
            }
            None => format!("describe it: [upstream.{wanted}] with servers = [\"http://127.0.0.1:3000\"]"),
        };
        reading.error(&name.spot, format!("there is no upstream {wanted:?}"), hint);
        return None;
    };
    // What is broken was told; its place still counts, since nothing is run then.
    let speaks = ground.upstreams[place].upstream.as_ref().and_then(|upstream| upstream.servers.first());
    if let Some(server) = speaks.filter(|server| (server.protocol == Protocol::FastCgi) != fast) {
        let (what, hint) = if fast {
            (
                "speaks no FastCGI",
                format!(
                    "let php-fpm listen there and write fastcgi://, or pass all on: upstream = {wanted:?}"
                ),
            )
        } else {
            (
                "speaks FastCGI, which needs to be told where scripts are",
                format!("php = {{ upstream = {wanted:?}, root = \"/var/www/site\" }}"),
            )
        };
        reading.error(&name.spot, format!("the upstream {wanted:?} ({}) {what}", server.written), hint);
    }
    Some(place)
}

/// What holds where nothing is said.
struct Usual {
    index: &'static [&'static str],
    tries: &'static [&'static str],
}

const FILES: Usual = Usual { index: &["index.html"], tries: &["{path}", "{path}/", "=404"] };
const PHP: Usual = Usual { index: &["index.php", "index.html"], tries: &["{path}", "{path}/", "/index.php"] };

/// A PHP site of which only the folder is known.
pub(in crate::config) fn usual_php(upstream: usize, root: PathBuf) -> Php {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let files = Files {
        root: root.clone(),
        index: own(PHP.index),
        try_files: own(PHP.tries),
        hidden: false,
        links: Vec::new(),
        charset: Charset::default(),
        sources: false,
    };
    Php { upstream, files, script_root: root, params: Vec::new() }
}

fn php(keys: &PhpKeys, ground: &Ground<'_>, reading: &mut Reading<'_>) -> Option<Action> {
    let upstream = keys.upstream.as_ref().and_then(|name| named(name, ground, true, reading));
    let folder = Folder {
        root: keys.root.as_ref()?,
        index: keys.index.as_ref(),
        tries: keys.try_files.as_ref(),
        hidden: keys.hidden.as_ref(),
        links: keys.links.as_ref(),
        charset: keys.charset.as_ref(),
        sources: None,
    };
    let files = folder.files(&PHP, ground, reading);
    let mut params = Vec::new();
    for (name, value) in keys.params.iter().flat_map(|at| &at.value.0) {
        if value.value.0.contains('\0') {
            reading.error(&value.spot, "this value cannot be sent", "without NUL");
        }
        params.push((name.value.clone(), value.value.0.clone()));
    }
    let script_root = keys.script_root.as_ref().map_or_else(|| files.root.clone(), |at| at.value.0.clone());
    if let Some(at) = keys.script_root.as_ref().filter(|at| at.value.0.is_relative()) {
        reading.error(
            &at.spot,
            "the FastCGI server needs the whole path",
            "for example: script_root = \"/srv/blog\"",
        );
    }
    Some(Action::Php(Php { upstream: upstream?, files, script_root, params }))
}

/// What a site says of its files.
struct Folder<'a> {
    root: &'a At<FilePath>,
    index: Option<&'a At<Many<Text>>>,
    tries: Option<&'a At<Many<Text>>>,
    hidden: Option<&'a At<bool>>,
    links: Option<&'a At<Many<FilePath>>>,
    charset: Option<&'a At<Charset>>,
    sources: Option<&'a At<bool>>,
}

impl Folder<'_> {
    fn files(&self, usual: &Usual, ground: &Ground<'_>, reading: &mut Reading<'_>) -> Files {
        for at in self.index.map_or(&[][..], |at| &at.value.0) {
            if at.value.0.is_empty() || at.value.0.contains(['/', '\0']) {
                reading.error(
                    &at.spot,
                    format!("{:?} is no file's name", at.value.0),
                    "for example: index = [\"index.html\"]",
                );
            }
        }
        if let Some(at) = self.tries {
            tried(at, reading);
        }
        let here = &ground.around.folder;
        let links = self.links.map_or(&[][..], |at| &at.value.0);
        Files {
            root: self.root.value.from(here),
            index: texts(self.index, usual.index),
            try_files: texts(self.tries, usual.tries),
            hidden: self.hidden.is_some_and(|at| at.value),
            links: links.iter().map(|at| at.value.from(here)).collect(),
            charset: self.charset.map(|at| at.value.clone()).unwrap_or_default(),
            sources: self.sources.is_some_and(|at| at.value),
        }
    }
}

/// Looks at what is to be tried in order.
fn tried(given: &At<Many<Text>>, reading: &mut Reading<'_>) {
    let tries = &given.value.0;
    for (place, at) in tries.iter().enumerate() {
        let (text, last) = (at.value.0.as_str(), place + 1 == tries.len());
        let told = match text {
            "{path}" | "{path}/" => None,
            "=404" if last => None,
            "=404" => Some(("what stands behind =404 is never tried", "put =404 at the end".to_owned())),
            _ if text.starts_with('=') => Some(("only =404 can end the search", "write =404".to_owned())),
            _ if text.contains('$') => Some((
                "there are no variables with $ here",
                "{path} stands for the request's path".to_owned(),
            )),
            _ if text.contains(['{', '}']) && text.replace("{path}", "").contains(['{', '}']) => {
                Some(("only {path} is filled in here", String::new()))
            }
            _ if text.contains('?') => {
                Some(("the query is passed on by itself", "leave out what begins with ?".to_owned()))
            }
            _ if !text.starts_with(['/', '{']) => {
                Some(("this is no path", format!("with a slash in front: \"/{text}\"")))
            }
            _ => None,
        };
        if let Some((what, hint)) = told {
            reading.error(&at.spot, format!("{text:?}: {what}"), hint);
        }
    }
    let Some(last) = tries.last() else {
        reading.error(
            &given.spot,
            "there is nothing to try",
            "for example: try_files = [\"{path}\", \"=404\"]",
        );
        return;
    };
    if last.value.0.contains("{path}") {
        let hint = "end with a path that exists, such as \"/index.html\", or with \"=404\"";
        reading.warn(&last.spot, "the search has no end: this may not exist either", hint);
    }
}

fn elsewhere(keys: &RedirectKeys, reading: &mut Reading<'_>) -> Option<Action> {
    let to = keys.to.as_ref()?;
    let text = to.value.0.as_str();
    if text.contains('$') {
        reading.error(
            &to.spot,
            "there are no variables with $ here",
            "for example: \"https://{host}{path}{query}\"",
        );
    } else if !sendable(text) || text.contains(' ') || !text.is_ascii() {
        reading.error(
            &to.spot,
            "this cannot be sent as an address",
            "spaces and other letters are written as %20 and the like",
        );
    } else if let Some((what, hint)) = redirect::problem(text) {
        reading.error(&to.spot, what, hint);
    } else if ["{path}", "{path}{query}", "/{path}", "/{path}{query}"].contains(&text) {
        reading.error(
            &to.spot,
            "this leads to where the request came from, for ever",
            "for example: \"https://{host}{path}{query}\"",
        );
    }
    let status = keys.status.as_ref().map_or(302, |at| at.value.0);
    if let Some(at) = keys.status.as_ref().filter(|at| ![301, 302, 303, 307, 308].contains(&at.value.0)) {
        let hint = "301 and 308 are for good, 302, 303 and 307 for now; 307 and 308 keep the method";
        reading.error(&at.spot, format!("{status} leads nowhere"), hint);
    }
    Some(Action::Redirect { status: u16::try_from(status).unwrap_or(302), to: text.to_owned() })
}

fn respond(keys: &RespondKeys, reading: &mut Reading<'_>) -> Action {
    let status = keys.status.as_ref().and_then(|at| u16::try_from(at.value.0).ok()).unwrap_or(200);
    let body: Arc<[u8]> = keys.body.as_ref().map_or(&[][..], |at| at.value.0.as_bytes()).into();
    if let Some(at) =
        keys.body.as_ref().filter(|at| [204, 205, 304].contains(&status) && !at.value.0.is_empty())
    {
        reading.error(
            &at.spot,
            format!("an answer with {status} has no body"),
            "take the body away, or choose another status",
        );
    }
    let content_type =
        keys.content_type.as_ref().map_or("text/plain; charset=utf-8", |at| at.value.0.as_str());
    if let Some(at) = keys.content_type.as_ref().filter(|at| at.value.0.is_empty() || !sendable(&at.value.0))
    {
        reading.error(
            &at.spot,
            "this cannot be sent as a content type",
            "for example: content_type = \"text/html; charset=utf-8\"",
        );
    }
    Action::Respond { status, content_type: content_type.to_owned(), body }
}
