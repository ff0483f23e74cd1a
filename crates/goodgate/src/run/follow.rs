//! Whether the files that a gateway was started from have changed: the configuration and what it names.
//!
//! Files are looked at again and again rather than announced by the kernel: so a file that is replaced by another, one
//! that is edited where it lies, a symbolic link that is switched (as Kubernetes does) and a folder of another machine
//! are all the same. A look costs one system call a file; what stands in them is read only where that tells a change.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goodgate_gateway::config;

/// Time between two looks.
pub(super) const EVERY: Duration = Duration::from_millis(500);

/// A change is taken for whole when no file has changed for so long: editors and scripts write in several steps.
const STILL: Duration = Duration::from_secs(1);

/// The files that were read while a configuration was loaded.
#[derive(Debug, Default)]
pub(super) struct Read(RefCell<Vec<(PathBuf, Option<u64>)>>);

impl Read {
    /// Notes a file with what was read from it; `None` where it could not be read.
    pub(super) fn note(&self, path: &Path, content: Option<&[u8]>) {
        let mut files = self.0.borrow_mut();
        if files.iter().all(|(known, _)| known != path) {
            files.push((path.to_owned(), content.map(digest)));
        }
    }
}

/// The files that are followed; none by default.
#[derive(Debug, Default)]
pub(super) struct Followed {
    files: Vec<File>,
    /// A change that may not be whole yet: how the files looked, and since when they look so.
    moved: Option<(Vec<Option<Shape>>, Instant)>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// What stood in it when it was read; `None` where it could not be read.
    content: Option<u64>,
    /// How it looked then; `None` where there was no such file, and before the first look.
    shape: Option<Shape>,
}

/// What the file system says of a file. Any write changes one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    place: (u64, u64),
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Shape {
    /// Whether the file was written since it looked like `before`, and not only given to others.
    fn rewritten(&self, before: &Self) -> bool {
        (self.place, self.size, self.written) != (before.place, before.size, before.written)
    }
}

impl Followed {
    /// Follows these.
    pub(super) fn of(read: Read) -> Self {
        let file = |(path, content)| File { path, content, shape: None };
        Self { files: read.0.into_inner().into_iter().map(file).collect(), moved: None }
    }

    /// Whether there is nothing to follow.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Looks at the files. The first of those that have other content than when they were read, once all of them have
    /// held still; each change is told once. That a file may not be read any more is no change of it, which is how most
    /// stand once root's privileges were given up; what is written to it then shows by its size and time alone.
    pub(super) fn changed(&mut self, now: Instant) -> Option<PathBuf> {
        self.changed_as(now, content)
    }

    fn changed_as(&mut self, now: Instant, content: impl Fn(&Path) -> Content) -> Option<PathBuf> {
        let shapes: Vec<_> = self.files.iter().map(|file| shape(&file.path)).collect();
        if self.files.iter().zip(&shapes).all(|(file, shape)| file.shape == *shape) {
            self.moved = None;
            return None;
        }
        match &self.moved {
            Some((before, since)) if *before == shapes => {
                if now.saturating_duration_since(*since) < STILL {
                    return None;
                }
            }
            _ => {
                self.moved = Some((shapes, now));
                return None;
            }
        }
        self.moved = None;
        let mut first = None;
        for (file, shape) in self.files.iter_mut().zip(shapes).filter(|(file, shape)| file.shape != *shape) {
            let before = std::mem::replace(&mut file.shape, shape);
            let changed = match content(&file.path) {
                Content::Denied => before.zip(shape).is_some_and(|(before, shape)| shape.rewritten(&before)),
                Content::Missing => file.content.take().is_some(),
                Content::Is(digest) => file.content.replace(digest) != Some(digest),
            };
            if changed {
                first = first.or_else(|| Some(file.path.clone()));
            }
        }
        first
    }
}

/// Links are followed: a switched one leads to another place. A pipe is no file, and reading it would take from it.
fn shape(path: &Path) -> Option<Shape> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some(Shape {
        place: (about.dev(), about.ino()),
        size: about.len(),
        written: (about.mtime(), about.mtime_nsec()),
        changed: (about.ctime(), about.ctime_nsec()),
    })
}

/// What stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// There is no such file, or none that is read: it may be too large.
    Missing,
    /// It may not be read by us.
    Denied,
    /// The digest of it.
    Is(u64),
}

/// Read as loading reads it: otherwise what the one cannot read would have changed, in the other's eyes, each time.
fn content(path: &Path) -> Content {
    match config::read_file(path) {
        Ok(bytes) => Content::Is(digest(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Content::Denied,
        Err(_) => Content::Missing,
    }
}

/// Two contents with one digest would be a change that goes unnoticed, which nobody brings about by chance.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("goodgate-follow-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn put(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// Followed files, and a clock that goes on by one look each time.
    struct Looks(Followed, Instant);

    impl Looks {
        fn of(files: &[(&Path, &str)]) -> Self {
            let read = Read::default();
            files.iter().for_each(|(path, text)| read.note(path, Some(text.as_bytes())));
            Self(Followed::of(read), Instant::now())
        }

        fn next(&mut self) -> Option<PathBuf> {
            self.1 += EVERY;
            self.0.changed(self.1)
        }

        /// What is told after so many looks with nothing to tell.
        fn after(&mut self, quiet: usize) -> Option<PathBuf> {
            for look in 0..quiet {
                assert_eq!(self.next(), None, "look {look}");
            }
            self.next()
        }
    }

    #[test]
    fn a_change_is_told_once_when_it_has_held_still() {
        let folder = Folder::new("still");
        let (path, page) = (folder.put("goodgate.toml", "one"), folder.put("error.html", "page"));
        let mut looks = Looks::of(&[(&path, "one"), (&page, "page")]);
        assert_eq!(looks.after(5), None, "nothing has changed since it was read");
        folder.put("goodgate.toml", "half of ");
        assert_eq!(looks.next(), None);
        assert_eq!(looks.next(), None);
        folder.put("goodgate.toml", "half of two, and the rest");
        assert_eq!(looks.after(2), Some(path));
        assert_eq!(looks.after(4), None);
        folder.put("error.html", "another");
        assert_eq!(looks.after(2), Some(page));
    }

    #[test]
    fn files_replaced_removed_and_led_to_by_links_are_followed() {
        let folder = Folder::new("replaced");
        let (one, two) = (folder.put("one", "one"), folder.put("two", "two"));
        let path = folder.0.join("goodgate.toml");
        symlink(&one, &path).unwrap();
        let mut looks = Looks::of(&[(&path, "one")]);
        assert_eq!(looks.after(4), None);
        symlink(&two, folder.0.join("next")).unwrap();
        std::fs::rename(folder.0.join("next"), &path).unwrap();
        assert_eq!(looks.after(2), Some(path.clone()));
        folder.put("new", "three");
        std::fs::rename(folder.0.join("new"), &path).unwrap();
        assert_eq!(looks.after(2), Some(path.clone()));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(looks.after(2), Some(path.clone()));
        assert_eq!(looks.after(4), None, "that it is gone is told once");
        folder.put("goodgate.toml", "three");
        assert_eq!(looks.after(2), Some(path));
    }

    #[test]
    fn what_may_not_be_read_any_more_has_not_changed_until_it_is_written() {
        let folder = Folder::new("denied");
        let path = folder.put("admin.token", "one");
        let mut looks = Looks::of(&[(&path, "one")]);
        let mut denied = |quiet: usize| {
            let mut next = || {
                looks.1 += EVERY;
                looks.0.changed_as(looks.1, |_| Content::Denied)
            };
            for look in 0..quiet {
                assert_eq!(next(), None, "look {look}");
            }
            next()
        };
        assert_eq!(denied(5), None, "the first look as another user");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(denied(5), None, "given to somebody else alone");
        folder.put("admin.token", "another");
        assert_eq!(denied(2), Some(path.clone()));
        assert_eq!(denied(4), None);
        folder.put("admin.token", "one");
        assert_eq!(denied(2), Some(path.clone()));
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert_eq!(looks.after(4), None, "what may be read again is what was read first");
    }

    #[test]
    fn what_is_too_large_to_be_read_has_not_changed_until_it_is_smaller() {
        const TOO_LARGE: usize = 5 << 20;
        let folder = Folder::new("large");
        let text = "[[site]]\nrespond = \"\"\n[[error_page]]\nstatus = 502\nfile = \"error.html\"\n";
        let loaded = |main: &Path| {
            let read = Read::default();
            let _ =
                crate::check::look(&main.display().to_string(), &|path, content| read.note(path, content));
            Looks(Followed::of(read), Instant::now())
        };
        let main = folder.put("goodgate.toml", text);
        let page = folder.put("error.html", &"x".repeat(TOO_LARGE));
        let mut looks = loaded(&main);
        assert_eq!(looks.after(5), None, "a page that was not read");
        folder.put("error.html", "short");
        assert_eq!(looks.after(2), Some(page));
        folder.put("goodgate.toml", &format!("{text}#{}", "x".repeat(TOO_LARGE)));
        let mut looks = loaded(&main);
        assert_eq!(looks.after(5), None, "a configuration that was not read");
        folder.put("goodgate.toml", text);
        assert_eq!(looks.after(2), Some(main));
    }

    #[test]
    fn what_is_only_touched_has_not_changed() {
        let folder = Folder::new("touched");
        let path = folder.put("goodgate.toml", "one");
        let mut looks = Looks::of(&[(&path, "one")]);
        assert_eq!(looks.after(4), None);
        folder.put("new", "one");
        std::fs::rename(folder.0.join("new"), &path).unwrap();
        assert_eq!(looks.after(4), None);
        assert!(Followed::default().is_empty() && !looks.0.is_empty());
    }
}
