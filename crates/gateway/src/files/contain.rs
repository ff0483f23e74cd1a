//! Opening what lies in a folder, and nothing else: symbolic links are followed as long as they stay inside, or lead
//! into one of the other folders that the configuration names for that.
//!
//! The kernel holds the line where it can (`openat2` with `RESOLVE_BENEATH`, Linux 5.6), so that no change of the tree
//! in the middle leads out. It refuses absolute links even where they lead back inside, and sandboxes refuse the call;
//! then the path is resolved first and its result opened component by component, from the folder that it is in, without
//! following anything.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2};
use rustix::io::Errno;

use super::fault::{FileFault, errno};

/// How often a lookup that a rename elsewhere disturbed is repeated (`EAGAIN` of openat2).
const DISTURBED_MAX: u32 = 16;

/// Whether the caller may be kept waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// No: what is not in the kernel's memory is [`Stop::WouldWait`].
    Never,
    /// Yes.
    AsLongAsItTakes,
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading.
    Content,
    /// Knowing that it is there, which needs no right to read it.
    Presence,
}

/// Why looking stopped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It would have had to wait.
    WouldWait,
    /// It failed.
    Fault(FileFault),
}

/// What is at a path.
pub(super) enum Opened {
    /// A regular file.
    Regular(File, Stat),
    /// Nothing that may be served: nothing at all, a folder, a device, a link that leads out.
    Absent,
    /// Something that the operating system keeps from us.
    Denied,
}

/// A folder that was opened for one lookup. Not kept: a deployment that swaps a link at the root shows at once.
pub(super) struct Root<'a> {
    fd: OwnedFd,
    path: &'a Path,
    links: &'a [PathBuf],
    wait: Wait,
}

impl<'a> Root<'a> {
    /// The folder, and those that links in it may lead into.
    pub(super) fn open(path: &'a Path, links: &'a [PathBuf], wait: Wait) -> Result<Self, Stop> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = match wait {
            Wait::Never => {
                openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).map_err(|_| Stop::WouldWait)
            }
            Wait::AsLongAsItTakes => openat(CWD, path, flags, Mode::empty())
                .map_err(|error| Stop::Fault(FileFault::Root(errno(error)))),
        };
        opened.map(|fd| Self { fd, path, links, wait })
    }

    /// Opens what lies at a path in the folder; slashes in front do not count.
    pub(super) fn look(&self, path: &[u8], purpose: Purpose) -> Result<Opened, Stop> {
        let begin = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
        let path = path.get(begin..).unwrap_or_default();
        // A NUL would end the path for the kernel, and no name has one.
        if path.is_empty() || path.contains(&0) {
            return Ok(Opened::Absent);
        }
        let opened = match self.open_beneath(path, purpose) {
            // NOSYS, PERM: no openat2 here. XDEV: a link that leads out, or an absolute one.
            Err(Errno::NOSYS | Errno::PERM | Errno::XDEV) if self.wait == Wait::AsLongAsItTakes => {
                self.open_resolved(path, purpose)
            }
            opened => opened,
        };
        match opened.and_then(|fd| fstat(&fd).map(|stat| (fd, stat))) {
            Ok((fd, stat)) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Ok(Opened::Regular(File::from(fd), stat))
            }
            Ok(_) => Ok(Opened::Absent),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::NXIO) => {
                Ok(Opened::Absent)
            }
            Err(Errno::ACCESS) => Ok(Opened::Denied),
            Err(_) if self.wait == Wait::Never => Err(Stop::WouldWait),
            Err(Errno::XDEV) => Ok(Opened::Absent),
            Err(Errno::PERM) => Ok(Opened::Denied),
            Err(error) => Err(Stop::Fault(FileFault::System(errno(error)))),
        }
    }

    fn open_beneath(&self, path: &[u8], purpose: Purpose) -> Result<OwnedFd, Errno> {
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if self.wait == Wait::Never {
            resolve |= ResolveFlags::CACHED;
        }
        let mut tried = 0;
        loop {
            match openat2(&self.fd, path, flags(purpose), Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) if self.wait != Wait::Never && tried < DISTURBED_MAX => {
                    tried += 1;
                }
                opened => return opened,
            }
        }
    }

    fn open_resolved(&self, path: &[u8], purpose: Purpose) -> Result<OwnedFd, Errno> {
        let root = resolve(self.path)?;
        let path = resolve(&root.join(OsStr::from_bytes(path)))?;
        // A folder that is not there (any more) has nothing in it.
        let linked = self.links.iter().filter_map(|folder| resolve(folder).ok());
        let mut folders = std::iter::once(root).chain(linked);
        let around = folders.find(|folder| path.starts_with(folder)).ok_or(Errno::XDEV)?;
        let inside = path.strip_prefix(&around).map_err(|_| Errno::XDEV)?;
        let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        open_by_component(openat(CWD, &around, folder, Mode::empty())?.as_fd(), inside, purpose)
    }
}

fn flags(purpose: Purpose) -> OFlags {
    // Without NONBLOCK, opening a FIFO would wait for somebody to write into it.
    match purpose {
        Purpose::Content => OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC,
        Purpose::Presence => OFlags::PATH | OFlags::CLOEXEC,
    }
}

fn resolve(path: &Path) -> Result<PathBuf, Errno> {
    path.canonicalize().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// Opens a path of plain names, following no link: one that was put there since the path was resolved is `ELOOP`.
pub(super) fn open_by_component(
    root: BorrowedFd<'_>,
    path: &Path,
    purpose: Purpose,
) -> Result<OwnedFd, Errno> {
    let mut names = path.components().peekable();
    let mut folder: Option<OwnedFd> = None;
    while let Some(Component::Normal(name)) = names.next() {
        let at = folder.as_ref().map_or(root, AsFd::as_fd);
        if names.peek().is_none() {
            return openat(at, name, flags(purpose) | OFlags::NOFOLLOW, Mode::empty());
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        folder = Some(openat(at, name, flags, Mode::empty())?);
    }
    Err(Errno::NOENT)
}
