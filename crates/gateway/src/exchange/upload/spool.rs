//! A temporary file for what is too large for memory: without a name, readable by nobody else, gone with its request.
//!
//! Knows nothing of bodies: bytes go in at the end and come out anywhere. The disk is waited for by threads that may
//! wait, one piece at a time, so that who writes faster than the disk has to wait as well.

use std::fs::File;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use goodgate_facts::Errno;
use rustix::fs::{Mode, OFlags, open, unlink};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::NotKept;
use crate::plan::Collect;

/// Bytes in all temporary files of the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spooled(Arc<AtomicU64>);

/// Bytes that are read at once.
pub(super) const PIECE: usize = 4 * super::RECORD;

/// The file, made when the first byte is written.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    file: Option<Arc<File>>,
    len: u64,
    /// What a thread does just now. Whoever asked for it waits.
    work: Option<JoinHandle<Done>>,
    all: Spooled,
    all_max: u64,
    reserved: u64,
    /// Bytes that are kept in memory before a file is made.
    pub(super) memory: usize,
}

/// What a thread hands back.
#[derive(Debug)]
struct Done {
    bytes: Vec<u8>,
    file: Result<Arc<File>, NotKept>,
}

impl Spool {
    pub(crate) fn new(rules: &Collect, all: &Spooled) -> Self {
        Self {
            folder: rules.folder.clone().unwrap_or_else(std::env::temp_dir),
            file: None,
            len: 0,
            work: None,
            all: all.clone(),
            all_max: rules.total_bytes,
            reserved: 0,
            memory: rules.memory_bytes,
        }
    }

    /// Bytes that were written.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Whether anything is in the file, or on its way there.
    pub(super) fn is_used(&self) -> bool {
        self.file.is_some() || self.work.is_some()
    }

    /// Writes the bytes behind what is there, and leaves them empty. To be called again until it is done.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut Vec<u8>,
    ) -> Poll<Result<(), NotKept>> {
        if self.work.is_none() {
            if bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.reserve(bytes.len() as u64)?;
            let (bytes, at) = (std::mem::take(bytes), self.len);
            let (file, folder) = (self.file.clone(), self.folder.clone());
            self.len += bytes.len() as u64;
            self.work = Some(spawn_blocking(move || {
                let file = file.map_or_else(|| unnamed(&folder).map(Arc::new), Ok);
                let file = file.and_then(|file| match file.write_all_at(&bytes, at) {
                    Ok(()) => Ok(file),
                    Err(error) => Err(of(&error)),
                });
                Done { bytes, file }
            }));
        }
        ready!(self.poll_work(cx, bytes))?;
        bytes.clear();
        Poll::Ready(Ok(()))
    }

    /// Puts the next bytes from there on in the place of `bytes`: at most [`PIECE`], and none at the end. To be called
    /// again until it is done.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        at: u64,
        bytes: &mut Vec<u8>,
    ) -> Poll<Result<(), NotKept>> {
        if self.work.is_none() {
            let Some(file) = self.file.clone() else { return Poll::Ready(Ok(())) };
            let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
            let (mut bytes, count) = (std::mem::take(bytes), left.min(PIECE));
            self.work = Some(spawn_blocking(move || {
                bytes.resize(count, 0);
                let read = file.read_exact_at(&mut bytes, at).map_err(|error| of(&error));
                Done { bytes, file: read.map(|()| file) }
            }));
        }
        self.poll_work(cx, bytes)
    }

    /// Forgets what is being read.
    pub(super) fn leave(&mut self) {
        self.work = None;
    }

    fn poll_work(&mut self, cx: &mut Context<'_>, bytes: &mut Vec<u8>) -> Poll<Result<(), NotKept>> {
        let Some(work) = &mut self.work else { return Poll::Ready(Ok(())) };
        let done = ready!(Pin::new(work).poll(cx));
        self.work = None;
        // It is lost only where the runtime ends.
        let Ok(done) = done else { return Poll::Ready(Err(NotKept::Broken(Errno(0)))) };
        *bytes = done.bytes;
        self.file = Some(done.file?);
        Poll::Ready(Ok(()))
    }

    fn reserve(&mut self, count: u64) -> Result<(), NotKept> {
        let before = self.all.0.fetch_add(count, Ordering::Relaxed);
        self.reserved += count;
        if before.saturating_add(count) > self.all_max { Err(NotKept::TotalReached) } else { Ok(()) }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.reserved, Ordering::Relaxed);
        // The end of a large file takes the file system a while.
        if let (Some(file), Ok(runtime)) = (self.file.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn_blocking(move || drop(file));
        }
    }
}

/// Times that another name is tried, where a file must have one for a moment.
const NAMES: usize = 8;

/// A new file in the folder that has no name there.
fn unnamed(folder: &Path) -> Result<File, NotKept> {
    use rustix::io::Errno as E;
    let own = Mode::RUSR | Mode::WUSR;
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    match open(folder, flags | OFlags::TMPFILE | OFlags::EXCL, own) {
        Ok(file) => return Ok(file.into()),
        // Not every file system knows files that never had a name.
        Err(E::OPNOTSUPP | E::ISDIR | E::INVAL) => {}
        Err(error) => return Err(of_folder(&error.into())),
    }
    let mut result = Err(E::EXIST);
    for _ in 0..NAMES {
        let chance = std::hash::RandomState::new().build_hasher().finish();
        let path = folder.join(format!(".goodgate-{chance:016x}"));
        result = open(&path, flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW, own)
            .and_then(|file| unlink(&path).map(|()| file));
        if !matches!(result, Err(E::EXIST)) {
            break;
        }
    }
    result.map(File::from).map_err(|error| of_folder(&error.into()))
}

/// What a failure to make the file means.
fn of_folder(error: &io::Error) -> NotKept {
    match of(error) {
        NotKept::Broken(errno) => NotKept::Folder(errno),
        fault => fault,
    }
}

/// What a failure to write or read it means.
fn of(error: &io::Error) -> NotKept {
    use rustix::io::Errno as E;
    let errno = error.raw_os_error();
    match errno.map(E::from_raw_os_error) {
        Some(E::NOSPC | E::DQUOT) => NotKept::DiskFull,
        Some(E::MFILE | E::NFILE) => NotKept::NoDescriptor,
        _ => NotKept::Broken(Errno(errno.unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    fn spool(folder: &Path, all: &Spooled) -> Spool {
        let folder = Some(folder.to_owned());
        Spool::new(&Collect { folder, total_bytes: 1 << 20, ..Collect::default() }, all)
    }

    fn errno(code: i32) -> io::Error {
        io::Error::from_raw_os_error(code)
    }

    #[test]
    fn what_went_in_comes_out() {
        let all = Spooled::default();
        let sample: Vec<u8> = (0..PIECE as u32 + 1000).map(|at| (at % 251) as u8).collect();
        runtime().block_on(async {
            let mut spool = spool(&std::env::temp_dir(), &all);
            for half in sample.chunks(sample.len() / 2 + 1) {
                let mut bytes = half.to_vec();
                poll_fn(|cx| spool.poll_write(cx, &mut bytes)).await.unwrap();
                assert!(bytes.is_empty());
            }
            assert_eq!((spool.len(), all.0.load(Ordering::Relaxed)), (sample.len() as u64, spool.len()));
            let (mut came, mut bytes) = (Vec::new(), Vec::new());
            while came.len() < sample.len() {
                poll_fn(|cx| spool.poll_read(cx, came.len() as u64, &mut bytes)).await.unwrap();
                assert!(!bytes.is_empty() && bytes.len() <= PIECE);
                came.extend_from_slice(&bytes);
            }
            assert!(came == sample);
            // Nobody else can open it: it has no name, and is its owner's alone.
            let file = spool.file.as_ref().unwrap().metadata().unwrap();
            assert_eq!((file.nlink(), file.mode() & 0o777), (0, 0o600));
        });
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_has_no_room_is_told() {
        let (all, mut bytes) = (Spooled::default(), vec![0; 700_000]);
        runtime().block_on(async {
            let mut first = spool(&std::env::temp_dir(), &all);
            poll_fn(|cx| first.poll_write(cx, &mut bytes)).await.unwrap();
            let mut second = spool(&std::env::temp_dir(), &all);
            bytes = vec![0; 700_000];
            let refused = poll_fn(|cx| second.poll_write(cx, &mut bytes)).await;
            assert_eq!(refused, Err(NotKept::TotalReached));
            drop((first, second));
            let mut third = spool(&std::env::temp_dir(), &all);
            poll_fn(|cx| third.poll_write(cx, &mut bytes)).await.unwrap();
            let mut lost = spool(Path::new("/no/such/folder"), &all);
            let refused = poll_fn(|cx| lost.poll_write(cx, &mut vec![0; 10])).await;
            assert_eq!(refused, Err(NotKept::Folder(Errno(2))));
        });
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn each_failure_has_its_meaning() {
        assert_eq!(of(&errno(28)), NotKept::DiskFull);
        assert_eq!(of_folder(&errno(122)), NotKept::DiskFull);
        assert_eq!(of_folder(&errno(24)), NotKept::NoDescriptor);
        assert_eq!(of_folder(&errno(13)), NotKept::Folder(Errno(13)));
        assert_eq!(of(&errno(5)), NotKept::Broken(Errno(5)));
        assert_eq!(of(&io::ErrorKind::UnexpectedEof.into()), NotKept::Broken(Errno(0)));
    }
}
