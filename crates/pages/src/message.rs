//! A response as it was saved: perhaps a head, perhaps only a body.

/// A response head and body, as slices of what was given.
#[derive(Clone, Debug, Default)]
pub struct Message<'a> {
    /// Status code of the status line.
    pub status: Option<u16>,
    /// Reason phrase of the status line.
    pub reason: &'a str,
    /// Header fields in order, names as written.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body.
    pub body: &'a str,
}

impl<'a> Message<'a> {
    /// Reads a saved response: status line and headers, a blank line, the body; or a body alone.
    pub fn parse(text: &'a str) -> Self {
        if !text.starts_with("HTTP/") {
            return Self { body: text, ..Self::default() };
        }
        let (head, body) = match (text.find("\r\n\r\n"), text.find("\n\n")) {
            (Some(at), other) if other.is_none_or(|o| at < o) => (&text[..at], &text[at + 4..]),
            (_, Some(at)) => (&text[..at], &text[at + 2..]),
            _ => (text, ""),
        };
        let mut lines = head.lines();
        let status_line = lines.next().unwrap_or("");
        let mut words = status_line.splitn(3, ' ');
        let status = words.nth(1).and_then(|code| code.parse().ok());
        let reason = words.next().unwrap_or("").trim();
        let headers =
            lines.filter_map(|line| line.split_once(':')).map(|(n, v)| (n.trim(), v.trim())).collect();
        Self { status, reason, headers, body }
    }

    /// The first header field with this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }
}
