//! Handshakes on loopback with peers that do everything wrong.

mod certificates;
pub(crate) mod folder;
mod hostile;
pub(crate) mod peers;
mod serving;
mod unfinished;
mod upstream;
