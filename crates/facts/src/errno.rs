//! Error numbers of the operating system, by name and by the C library's text.

/// An error number as Linux counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(pub i32);

/// Number, name, glibc's text. Other systems count differently, so text is matched before numbers.
const TABLE: &[(i32, &str, &str)] = &[
    (1, "EPERM", "Operation not permitted"),
    (2, "ENOENT", "No such file or directory"),
    (5, "EIO", "Input/output error"),
    (9, "EBADF", "Bad file descriptor"),
    (11, "EAGAIN", "Resource temporarily unavailable"),
    (12, "ENOMEM", "Cannot allocate memory"),
    (13, "EACCES", "Permission denied"),
    (20, "ENOTDIR", "Not a directory"),
    (21, "EISDIR", "Is a directory"),
    (22, "EINVAL", "Invalid argument"),
    (23, "ENFILE", "Too many open files in system"),
    (24, "EMFILE", "Too many open files"),
    (28, "ENOSPC", "No space left on device"),
    (30, "EROFS", "Read-only file system"),
    (32, "EPIPE", "Broken pipe"),
    (71, "EPROTO", "Protocol error"),
    (98, "EADDRINUSE", "Address already in use"),
    (99, "EADDRNOTAVAIL", "Cannot assign requested address"),
    (100, "ENETDOWN", "Network is down"),
    (101, "ENETUNREACH", "Network is unreachable"),
    (103, "ECONNABORTED", "Software caused connection abort"),
    (104, "ECONNRESET", "Connection reset by peer"),
    (105, "ENOBUFS", "No buffer space available"),
    (107, "ENOTCONN", "Transport endpoint is not connected"),
    (110, "ETIMEDOUT", "Connection timed out"),
    (111, "ECONNREFUSED", "Connection refused"),
    (112, "EHOSTDOWN", "Host is down"),
    (113, "EHOSTUNREACH", "No route to host"),
    (115, "EINPROGRESS", "Operation now in progress"),
    (122, "EDQUOT", "Disk quota exceeded"),
];

/// Texts of musl, the BSDs and Go for the same conditions.
const OTHER_TEXTS: &[(i32, &str)] = &[
    (98, "Address in use"),
    (99, "Address not available"),
    (99, "can't assign requested address"),
    (101, "Network unreachable"),
    (110, "Operation timed out"),
    (110, "i/o timeout"),
    (113, "Host is unreachable"),
    (122, "Quota exceeded"),
];

impl Errno {
    /// The symbolic name, such as `ECONNREFUSED`.
    pub fn name(self) -> Option<&'static str> {
        TABLE.iter().find(|(number, ..)| *number == self.0).map(|(_, name, _)| *name)
    }

    /// What glibc's `strerror` says.
    pub fn text(self) -> Option<&'static str> {
        TABLE.iter().find(|(number, ..)| *number == self.0).map(|(.., text)| *text)
    }

    /// The number whose text (of any of the known C libraries, or Go's lower-case form) stands at the
    /// beginning of `text`; the longest match wins.
    pub fn from_text(text: &str) -> Option<Self> {
        let known = TABLE.iter().map(|(number, _, words)| (*number, *words));
        known
            .chain(OTHER_TEXTS.iter().copied())
            .filter(|(_, words)| text.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words)))
            .max_by_key(|(_, words)| words.len())
            .map(|(number, _)| Self(number))
    }

    /// The number with this symbolic name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| *known == name).map(|(number, ..)| Self(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_finds_the_longest_match() {
        assert_eq!(Errno::from_text("Too many open files in system)"), Some(Errno(23)));
        assert_eq!(Errno::from_text("too many open files"), Some(Errno(24)));
        assert_eq!(Errno::from_text("Host is unreachable"), Some(Errno(113)));
        assert_eq!(Errno::from_text("é"), None);
    }

    #[test]
    fn names_and_numbers_agree() {
        for (number, name, _) in TABLE {
            assert_eq!(Errno::from_name(name), Some(Errno(*number)));
        }
    }
}
