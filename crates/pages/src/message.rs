//! A response as it was saved: perhaps a head, perhaps only a body.

/// A response head and body, as slices of what was given.
#[derive(Clone, Debug, Default)]
pub struct Message<'a> {
    /// Status code of the status line.
    pub status: Option<u16>,
    /// Reason phrase of the status line; HTTP/2 and HTTP/3 have none.
    pub reason: &'a str,
    /// Header fields in order, names as written.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The body.
    pub body: &'a str,
}

/// Heads that may stand before the last one: redirects, interim answers, a proxy's own (RFC 9110 section 15.2).
const HEADS_MAX: usize = 20;

impl<'a> Message<'a> {
    /// Reads a saved response: status line and headers, a blank line, the body; or a body alone. Of several heads, as
    /// `curl -i -L` prints them, the last one counts.
    pub fn parse(text: &'a str) -> Self {
        let mut message = Self::one(text);
        for _ in 0..HEADS_MAX {
            let more = message.body.starts_with("HTTP/") && message.announces_another();
            if !more {
                break;
            }
            message = Self::one(message.body);
        }
        message
    }

    /// A head whose body may be another head: an interim answer, a redirect, or a proxy's word that the tunnel is
    /// open.
    fn announces_another(&self) -> bool {
        match self.status {
            Some(100..=199 | 300..=399 | 401 | 407) => true,
            Some(200) => self.reason.to_ascii_lowercase().contains("connection established"),
            _ => false,
        }
    }

    fn one(text: &'a str) -> Self {
        if !text.starts_with("HTTP/") && !text.starts_with(":status") {
            return Self { body: text, ..Self::default() };
        }
        let (head, body) = match (text.find("\r\n\r\n"), text.find("\n\n")) {
            (Some(at), other) if other.is_none_or(|o| at < o) => (&text[..at], &text[at + 4..]),
            (_, Some(at)) => (&text[..at], &text[at + 2..]),
            _ => (text, ""),
        };
        let mut lines = head.lines();
        let status_line = lines.next().unwrap_or("").trim();
        let mut words = status_line.splitn(3, [' ', '\t']);
        let status = words.nth(1).and_then(|code| code.trim().parse().ok());
        let reason = words.next().unwrap_or("").trim();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(n, v)| (n.trim(), v.trim()))
            .filter(|(n, _)| !n.is_empty())
            .collect();
        Self { status, reason, headers, body }
    }

    /// The first header field with this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_without_reason_phrase() {
        let message = Message::parse("HTTP/2 502 \r\nserver: cloudflare\r\n\r\nerror code: 502");
        assert_eq!((message.status, message.reason, message.body), (Some(502), "", "error code: 502"));
        assert_eq!(Message::parse("HTTP/2 503\nserver: x\n\n").status, Some(503));
        assert_eq!(Message::parse("HTTP/3 504").status, Some(504));
        let pseudo = Message::parse(":status: 502\nserver: envoy\n\nno healthy upstream");
        assert_eq!((pseudo.status, pseudo.header("server")), (Some(502), Some("envoy")));
    }

    #[test]
    fn the_last_of_several_heads_counts() {
        let followed = "HTTP/1.1 301 Moved\nLocation: /a\n\nHTTP/2 502\nserver: x\n\nbody";
        assert_eq!(Message::parse(followed).status, Some(502));
        let tunnel = "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 503 X\r\n\r\n";
        assert_eq!(Message::parse(tunnel).status, Some(503));
        let quoted = Message::parse("HTTP/1.1 200 OK\n\nHTTP/1.1 502 Bad Gateway\n\nis what it said");
        assert_eq!(quoted.status, Some(200));
    }
}
