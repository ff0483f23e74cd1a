//! Real files in folders of their own.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::plan;

mod answering;
mod finding;
mod php;

/// A time at which files of tests were written, long enough ago.
const WRITTEN: u64 = 1_760_000_000;
/// `WRITTEN` as a date of HTTP.
const WRITTEN_DATE: &str = "Thu, 09 Oct 2025 08:53:20 GMT";

/// A folder that goes when the test does.
struct Ground {
    path: PathBuf,
}

impl Ground {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("goodgate-files-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("root")).unwrap();
        Self { path: path.canonicalize().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.path.join("root")
    }

    /// Writes a file, below the root or (`../x`) beside it.
    fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.date(&path, WRITTEN)
    }

    fn date(&self, path: &Path, seconds: u64) -> &Self {
        File::options().append(true).open(path).unwrap().set_modified(at(seconds)).unwrap();
        self
    }

    fn link(&self, path: &str, to: impl AsRef<Path>) -> &Self {
        symlink(to, self.root().join(path)).unwrap();
        self
    }

    fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.root().join(path), Permissions::from_mode(mode)).unwrap();
        self
    }

    fn files(&self, try_files: &[&str]) -> plan::Files {
        plan::Files {
            root: self.root(),
            index: vec!["index.php".to_owned(), "index.html".to_owned()],
            try_files: try_files.iter().map(|text| (*text).to_owned()).collect(),
            hidden: false,
            links: Vec::new(),
            charset: plan::Charset::default(),
            sources: false,
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
