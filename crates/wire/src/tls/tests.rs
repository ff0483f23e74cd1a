//! Handshakes on loopback with peers that do everything wrong.

mod certificates;
mod hostile;
mod peers;
mod unfinished;
