//! Bytes from outside, handed to every reader of this crate: what the fuzz target calls, which sees only what is
//! public. Nothing comes of it; it has to return.

/// Reads the bytes as a request, as an answer, as FastCGI records, uwsgi variables, HTTP/2 frames and a question of
/// DNS, and, where they are text, as a recipe.
pub fn read_by_all(bytes: &[u8]) {
    if let crate::http1::Parsed::Complete(head, _) = crate::http1::parse(bytes, 0) {
        let _ = (head.asked(), head.announced());
    }
    crate::client::read_any(bytes);
    crate::fastcgi::read_any(bytes);
    crate::uwsgi::read_any(bytes);
    crate::http2::read_any(bytes);
    crate::name_server::read_any(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = crate::read("fuzzed", text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_comes_is_read_to_its_end(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            super::read_by_all(&bytes);
        }
    }
}
