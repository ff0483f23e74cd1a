//! Handshakes on loopback with peers that do everything wrong.
