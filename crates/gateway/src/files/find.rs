//! What a path stands for in a folder: a file, a script, a folder that wants its slash, or nothing.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::contain::{Opened, Purpose, Root, Stop, Wait};
use super::encoding::Encoding;
use super::fault::FileFault;
use super::open_file::OpenFile;
use crate::plan;
use crate::route::escape;

/// A folder whose files are served. Clones share it.
#[derive(Clone, Debug)]
pub struct Folder {
    inner: Arc<Inner>,
}

/// What a path stands for.
#[derive(Debug)]
pub enum Place {
    /// A file to be served.
    File(OpenFile),
    /// A script to be run; only of PHP sites.
    Script(Script),
    /// A folder with something to show that was asked for without its slash: the client is told to ask with it (301).
    WithoutSlash,
    /// Nothing (404).
    Nothing,
    /// Something that the operating system keeps from the gateway (403).
    Denied,
}

/// A script that exists, in the terms of RFC 3875.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// `SCRIPT_NAME`: its path in the site.
    pub name: Vec<u8>,
    /// `SCRIPT_FILENAME`: its path as the FastCGI server sees it.
    pub filename: Vec<u8>,
    /// `PATH_INFO`: what follows it in the request's path; empty or beginning with `/`.
    pub path_info: Vec<u8>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Where symbolic links may lead to besides.
    links: Vec<PathBuf>,
    index: Vec<Vec<u8>>,
    attempts: Vec<Attempt>,
    hidden: bool,
    sources: bool,
    encoding: Encoding,
    /// The folder as the FastCGI server sees it, where scripts are run.
    script_root: Option<Vec<u8>>,
}

/// One element of `try`.
#[derive(Debug)]
enum Attempt {
    /// `{path}`.
    Path,
    /// `{path}/`.
    AsFolder,
    /// With the path in its middle: what stands before and after it.
    Around(Vec<u8>, Vec<u8>),
    /// A path as it stands.
    Fixed(Vec<u8>),
    /// `=404`.
    Nothing,
}

/// Who named a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// The client: hidden names do not count.
    ByRequest,
    /// The client named a folder, and this is its index: not a script with path info either.
    AsIndex,
    /// The configuration.
    Outright,
}

impl Folder {
    /// For a site of files.
    pub fn new(files: &plan::Files) -> Self {
        Self::with(files, None)
    }

    /// For a PHP site.
    pub fn of_php(php: &plan::Php) -> Self {
        let root = php.script_root.as_os_str().as_bytes();
        Self::with(&php.files, Some(root.strip_suffix(b"/").unwrap_or(root).to_vec()))
    }

    fn with(files: &plan::Files, script_root: Option<Vec<u8>>) -> Self {
        let mut attempts: Vec<Attempt> = files.try_files.iter().map(|text| Attempt::new(text)).collect();
        if attempts.is_empty() {
            attempts = vec![Attempt::Path, Attempt::AsFolder];
        }
        let index = files.index.iter().map(|name| name.as_bytes().to_vec()).collect();
        let (root, links) = (files.root.clone(), files.links.clone());
        let (hidden, sources) = (files.hidden, files.sources);
        let encoding = Encoding::new(&files.charset);
        let inner = Inner { root, links, index, attempts, hidden, sources, encoding, script_root };
        Self { inner: Arc::new(inner) }
    }

    /// What a path (in normal form) stands for. Does not keep the thread waiting for a disk.
    ///
    /// `{path}` finds a file only where no name begins with a dot (but `.well-known`, or where hidden files are
    /// served) and no slash is escaped: such paths have what `try` names outright, or nothing.
    ///
    /// In a PHP site a path runs the first `.php` file on its way that exists, and the rest is its path info. A file
    /// whose name shows that it is source otherwise (`.php.bak`, `.phtml`, `.PHP`) is neither run nor served; among plain
    /// files it is served only where the plan says so.
    ///
    /// # Errors
    /// The folder is gone, or the operating system fails.
    pub async fn find(&self, path: &[u8]) -> Result<Place, FileFault> {
        match self.inner.find(path, Wait::Never) {
            Ok(place) => Ok(place),
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::WouldWait) => {
                let (folder, path) = (self.clone(), path.to_vec());
                let found = tokio::task::spawn_blocking(move || folder.find_waiting(&path));
                found.await.unwrap_or(Err(FileFault::Stopped))
            }
        }
    }

    /// As [`Folder::find`], but keeps the thread waiting.
    ///
    /// # Errors
    /// As there.
    pub fn find_waiting(&self, path: &[u8]) -> Result<Place, FileFault> {
        self.inner.find(path, Wait::AsLongAsItTakes).map_err(|stop| match stop {
            Stop::Fault(fault) => fault,
            Stop::WouldWait => FileFault::System(super::fault::errno(rustix::io::Errno::AGAIN)),
        })
    }
}

impl Attempt {
    fn new(text: &str) -> Self {
        match (text, text.split_once("{path}")) {
            ("{path}", _) => Self::Path,
            ("{path}/", _) => Self::AsFolder,
            (_, Some((before, after))) => Self::Around(before.as_bytes().to_vec(), after.as_bytes().to_vec()),
            _ if text.starts_with('=') => Self::Nothing,
            _ => Self::Fixed(text.as_bytes().to_vec()),
        }
    }
}

impl Inner {
    fn find(&self, path: &[u8], wait: Wait) -> Result<Place, Stop> {
        let root = Root::open(&self.root, &self.links, wait)?;
        let own = decoded(path);
        let mut denied = false;
        for attempt in &self.attempts {
            let place = match (attempt, own.as_deref()) {
                (Attempt::Nothing, _) => break,
                (Attempt::Fixed(fixed), _) => self.look(&root, fixed, Named::Outright)?,
                (_, None) => continue,
                (Attempt::Path, Some(own)) => self.look(&root, own, Named::ByRequest)?,
                (Attempt::AsFolder, Some(own)) => self.look_for_index(&root, own)?,
                (Attempt::Around(before, after), Some(own)) => {
                    self.look(&root, &[before, own, after].concat(), Named::ByRequest)?
                }
            };
            match place {
                Place::Nothing => {}
                Place::Denied => denied = true,
                found => return Ok(found),
            }
        }
        Ok(if denied { Place::Denied } else { Place::Nothing })
    }

    fn look_for_index(&self, root: &Root<'_>, folder: &[u8]) -> Result<Place, Stop> {
        let mut denied = false;
        for name in &self.index {
            let slash: &[u8] = if folder.ends_with(b"/") { b"" } else { b"/" };
            match self.look(root, &[folder, slash, name].concat(), Named::AsIndex)? {
                Place::Nothing => {}
                Place::Denied => denied = true,
                _ if !slash.is_empty() => return Ok(Place::WithoutSlash),
                found => return Ok(found),
            }
        }
        Ok(if denied { Place::Denied } else { Place::Nothing })
    }

    /// What is at a path: a script on the way to its end, or the file at its end.
    fn look(&self, root: &Root<'_>, path: &[u8], named: Named) -> Result<Place, Stop> {
        let shown = |path: &[u8]| self.hidden || named == Named::Outright || !has_hidden_name(path);
        if let Some(script_root) = &self.script_root {
            let mut denied = false;
            let ends = script_ends(path).filter(|end| named != Named::AsIndex || *end == path.len());
            for (script, path_info) in ends.map(|end| path.split_at(end)).filter(|(script, _)| shown(script))
            {
                match root.look(script, Purpose::Presence)? {
                    Opened::Regular(..) => {
                        return Ok(Place::Script(Script::new(script_root, script, path_info)));
                    }
                    Opened::Absent => {}
                    Opened::Denied => denied = true,
                }
            }
            if denied {
                return Ok(Place::Denied);
            }
        }
        let passed_out = self.sources && self.script_root.is_none();
        if !shown(path) || !passed_out && is_source(path) {
            return Ok(Place::Nothing);
        }
        Ok(match root.look(path, Purpose::Content)? {
            Opened::Regular(file, stat) => Place::File(OpenFile::new(file, &stat, path, &self.encoding)),
            Opened::Absent => Place::Nothing,
            Opened::Denied => Place::Denied,
        })
    }
}

impl Script {
    fn new(script_root: &[u8], script: &[u8], path_info: &[u8]) -> Self {
        let mut name = Vec::with_capacity(script.len() + 1);
        for part in script.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            name.push(b'/');
            name.extend_from_slice(part);
        }
        Self { filename: [script_root, &name].concat(), name, path_info: path_info.to_vec() }
    }
}

/// The path as file names, without escapes; `None` where it can name no file: an escaped slash is no separator, and no
/// name has one. (Dots are unreserved, so that the normal form has none left escaped.)
fn decoded(path: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !path.contains(&b'%') {
        return path.starts_with(b"/").then_some(Cow::Borrowed(path));
    }
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        let (value, after) = if byte == b'%' { escape(after)? } else { (byte, after) };
        if byte == b'%' && matches!(value, b'/' | 0) {
            return None;
        }
        out.push(value);
        rest = after;
    }
    out.starts_with(b"/").then_some(Cow::Owned(out))
}

fn has_hidden_name(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').any(|name| name.starts_with(b".") && name != b".well-known")
}

/// The places at which a name that ends in `.php` ends.
fn script_ends(path: &[u8]) -> impl Iterator<Item = usize> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    ends.chain([path.len()]).filter(|end| path.get(..*end).is_some_and(|before| before.ends_with(b".php")))
}

/// Whether a file's name says that it is PHP source, or a copy of some, that is not to be run: passing it out would
/// show passwords.
fn is_source(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let has = |mark: &[u8]| name.windows(mark.len()).any(|part| part.eq_ignore_ascii_case(mark));
    has(b".php") || has(b".phtml") || has(b".phar") || name.to_ascii_lowercase().ends_with(b".pht")
}
