//! A file that was found: open, with what is known of it.

use std::fs::File;
use std::sync::Arc;

use rustix::fs::Stat;

use super::encoding::Encoding;

/// A regular file, opened for reading. Size and times are of the moment when it was opened.
#[derive(Debug)]
pub struct OpenFile {
    pub(super) file: File,
    pub(super) size: u64,
    /// Seconds since 1970.
    pub(super) modified: i64,
    /// Tells this state of this file from all others.
    pub(super) mark: u64,
    /// Its media type, by its name.
    pub(super) media_type: &'static str,
    /// The encoding that it is said to be in, if it is text.
    pub(super) charset: Option<Arc<str>>,
}

impl OpenFile {
    pub(super) fn new(file: File, stat: &Stat, name: &[u8], encoding: &Encoding) -> Self {
        let modified = stat.st_mtime;
        let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
        let media_type = media_type(name);
        let parts = [stat.st_ino, modified.cast_unsigned(), u64::from(nanoseconds)];
        Self {
            file,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified,
            mark: parts.into_iter().fold(0, mix),
            charset: encoding.of(media_type),
            media_type,
        }
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its media type, by its name.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }
}

/// Mixes another number into one: multiplication and shifts with the constants of SplitMix64. That inodes cannot be
/// read from the result is a courtesy, not a secret.
pub(super) fn mix(so_far: u64, part: u64) -> u64 {
    let mut mixed = (so_far ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The media type that a name's ending stands for.
fn media_type(name: &[u8]) -> &'static str {
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let ending = name.iter().rposition(|byte| *byte == b'.').and_then(|dot| name.get(dot + 1..));
    let known = ending.and_then(|ending| std::str::from_utf8(ending).ok());
    match known.and_then(|ending| mime_guess::from_ext(ending).first_raw()) {
        // Retired by RFC 9239.
        Some("application/javascript") => "text/javascript",
        Some(known) => known,
        None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_the_type() {
        for (name, expected) in [
            ("/index.html", "text/html"),
            ("/a.b/STYLE.CSS", "text/css"),
            ("/app.js", "text/javascript"),
            ("/app.mjs", "text/javascript"),
            ("/data.json", "application/json"),
            ("/logo.svg", "image/svg+xml"),
            ("/photo.webp", "image/webp"),
            ("/photo.avif", "image/avif"),
            ("/font.woff2", "font/woff2"),
            ("/app.wasm", "application/wasm"),
            ("/film.mp4", "video/mp4"),
            ("/paper.pdf", "application/pdf"),
            ("/a.tar.gz", "application/gzip"),
            ("/favicon.ico", "image/x-icon"),
            ("/a.html/README", "application/octet-stream"),
            ("/a.unheard-of", "application/octet-stream"),
            ("/.", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(media_type(b"/a.\xff"), "application/octet-stream");
    }
}
