//! Files of a folder, and the scripts of a PHP site among them: what a path stands for, and what is answered.
//!
//! In three steps: [`Folder::find`] says what the path stands for, [`answer`] decides by the request's conditions and
//! ranges what is sent of a file, [`FileBody::read`] brings it piece by piece, as fast as the client takes it.
//!
//! A core serves all its connections on one thread, which a slow disk must not hold up. So paths are first looked up
//! among those that the kernel has in memory (`RESOLVE_CACHED`) and files read from the page cache (`RWF_NOWAIT`), which
//! takes less than handing the work to another thread; what is not there goes to tokio's pool of blocking threads.
//!
//! Knows no routes: the path is what the route made of it.

mod answer;
mod body;
mod conditional;
mod contain;
mod encoding;
mod fault;
mod find;
mod open_file;
mod ranges;

pub use answer::{FileAnswer, METHODS, answer};
pub use body::FileBody;
pub use fault::FileFault;
pub use find::{Folder, Place, Script};
pub use open_file::OpenFile;
pub use ranges::{RANGES_MAX, Ranges, read_ranges};

#[cfg(test)]
mod tests;
