//! Records that are one JSON object a line. Knows no keys.

use serde_json::Value;

/// Objects longer than this are no records of requests.
const BYTES_MAX: usize = 32 * 1024;

/// The object of a line that holds this mark; `None` for any other line. Taking an object apart is dear, and the mark,
/// such as a key that every record has, turns away cheaply what cannot be one.
pub(super) fn object(line: &[u8], mark: &str) -> Option<Value> {
    if line.first() != Some(&b'{') || line.len() > BYTES_MAX {
        return None;
    }
    memchr::memmem::find(line, mark.as_bytes())?;
    serde_json::from_slice(line).ok()
}
