//! What a response head says by itself: its reason phrase, framing, Retry-After and Proxy-Status.

use goodgate_facts::{ErrorType, SignalId, Target, Value, id, parse_proxy_status};

use crate::reading::{Page, Told};

impl Page<'_> {
    /// What the head says.
    pub(crate) fn head(&mut self) {
        let message = self.message;
        let failed = message.status.is_some_and(|status| status >= 400);
        if failed && message.body.trim().is_empty() {
            self.put(self.signal(id("page-empty")));
        }
        if let Some(after) = message.header("retry-after") {
            let value =
                after.parse().map_or_else(|_| Value::Word(after.chars().take(64).collect()), Value::Seconds);
            self.put(self.signal(id("page-retry-after")).value(value));
        }
        if failed && own_reason(message.reason) {
            let words = message.reason.chars().take(120).collect();
            self.put(self.signal(id("page-reason-phrase")).value(Value::Word(words)));
        }
        let announced: Option<usize> =
            message.header("content-length").and_then(|length| length.parse().ok());
        // Saving a page changes its line ends and little else.
        let kept = message.body.len() + message.body.lines().count().max(SAVED_BYTES);
        if announced.is_some_and(|announced| announced > kept) && self.body_is_whole() {
            self.put(self.signal(id("page-body-short")));
        }
        for field in message.all("proxy-status") {
            self.proxy_status(field);
        }
        self.framing();
    }

    /// What the head that a gateway passed on shows of the upstream's own head (RFC 9112 sections 2.3 and 6.3).
    fn framing(&mut self) {
        let message = self.message;
        let lengths: Vec<&str> = message.all("content-length").collect();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if lengths.iter().any(|length| !digits(length)) || lengths.windows(2).any(|pair| pair[0] != pair[1]) {
            self.put(self.signal(id("content-length-invalid")));
        } else if let Some(bytes) = lengths.first().and_then(|length| length.parse().ok()) {
            self.put(self.signal(id("page-had-length")).value(Value::Bytes(bytes)));
        }
        if let Some(protocol) = foreign_protocol(message.body) {
            self.put(self.signal(protocol));
        }
        if message.all("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked")) {
            self.put(self.signal(id("page-was-chunked")));
        }
        let announces = message.all("transfer-encoding").next().is_some()
            || lengths.first().is_some_and(|length| length.trim() != "0");
        if message.status == Some(200) && announces && message.body.trim().is_empty() {
            self.put(self.signal(id("page-good-but-empty")));
        }
        let bodiless = matches!(message.status, Some(204 | 304));
        if bodiless && (!message.body.trim().is_empty() || message.status == Some(204) && !lengths.is_empty())
        {
            self.put(self.signal(id("body-not-allowed")));
        }
        match message.status {
            // Whoever saved a page did not ask for another protocol.
            Some(101) => self.put(self.signal(id("upgrade-unasked")).value(Value::Status(101))),
            Some(status) if !(100..600).contains(&status) => {
                self.put(self.signal(id("answer-invalid-status")).value(Value::Status(status)));
            }
            _ => {}
        }
    }

    /// Whether the file seems to hold all of the body: saved pages are often cut at a round size, and an answer to
    /// HEAD or a bodiless status has none.
    fn body_is_whole(&self) -> bool {
        let length = self.message.body.len();
        let bodiless = self.message.status.is_some_and(|s| s < 200 || s == 204 || s == 304);
        length > 0 && !bodiless && !length.is_multiple_of(256) && !length.is_multiple_of(1000)
    }

    /// RFC 9209: each member is one hop's word on the failure.
    fn proxy_status(&mut self, field: &str) {
        let Ok(members) = parse_proxy_status(field) else { return };
        for member in members {
            let target = member.next_hop.as_deref().and_then(Target::parse);
            let word =
                member.error.clone().or_else(|| member.received_status.map(|status| status.to_string()));
            let mut signal =
                self.signal(id("page-proxy-status")).name(member.proxy.clone()).target(target.clone());
            if let Some(word) = word {
                signal = signal.value(Value::Word(word));
            }
            self.put(signal);
            // The gateway's own page may have said the same, or what it was in particular.
            let meaning = member.error_type().and_then(of_error_type);
            if let Some(meaning) = meaning.filter(|meaning| !self.has_told(*meaning, target.as_ref())) {
                self.tell(Told { id: meaning, value: Value::None, target: target.clone() });
            }
            if let Some(status) = member.received_status.filter(|status| *status >= 500) {
                self.tell(Told { id: id("upstream-answered-5xx"), value: Value::Status(status), target });
            }
        }
    }
}

/// So many bytes may be lost when somebody saves a page.
const SAVED_BYTES: usize = 64;

/// Whether a reason phrase is more than the status code's usual words.
fn own_reason(reason: &str) -> bool {
    const USUAL: &[&str] = &[
        "",
        "bad request",
        "unauthorized",
        "forbidden",
        "not found",
        "method not allowed",
        "request timeout",
        "request time-out",
        "payload too large",
        "request entity too large",
        "content too large",
        "misdirected request",
        "too many requests",
        "request header fields too large",
        "internal server error",
        "not implemented",
        "bad gateway",
        "service unavailable",
        "service temporarily unavailable",
        "gateway timeout",
        "gateway time-out",
        "http version not supported",
        "insufficient storage",
        "loop detected",
        "unknown",
        "unassigned",
        "<none>",
    ];
    !USUAL.contains(&reason.to_ascii_lowercase().as_str())
}

/// The signal of an RFC 9209 type: one that says just that, or the nearest. `None` for what is no failure of a server.
pub(crate) fn of_error_type(error: ErrorType) -> Option<SignalId> {
    Some(match error {
        ErrorType::DnsTimeout => id("name-lookup-timed-out"),
        ErrorType::DnsError => id("name-lookup-failed"),
        ErrorType::DestinationNotFound => id("no-upstream-configured"),
        ErrorType::DestinationUnavailable => id("no-live-upstream"),
        ErrorType::DestinationIpProhibited => id("address-prohibited"),
        ErrorType::DestinationIpUnroutable => id("connect-unreachable"),
        ErrorType::ConnectionRefused => id("connect-refused"),
        ErrorType::ConnectionTerminated => id("ended-before-response"),
        ErrorType::ConnectionTimeout => id("connect-timed-out"),
        ErrorType::ConnectionReadTimeout => id("read-timed-out"),
        ErrorType::ConnectionWriteTimeout => id("send-timed-out"),
        ErrorType::ConnectionLimitReached => id("upstream-limit-reached"),
        ErrorType::TlsProtocolError => id("tls-handshake-failed"),
        ErrorType::TlsCertificateError => id("certificate-rejected"),
        ErrorType::TlsAlertReceived => id("tls-alert-received"),
        ErrorType::HttpResponseIncomplete => id("body-cut"),
        ErrorType::HttpResponseHeaderSectionSize | ErrorType::HttpResponseHeaderSize => id("header-too-big"),
        ErrorType::HttpResponseBodySize => id("body-too-big"),
        ErrorType::HttpResponseTransferCoding => id("transfer-encoding-invalid"),
        // Trailers are a part of the chunked coding (RFC 9112 section 7.1.2).
        ErrorType::HttpResponseTrailerSectionSize | ErrorType::HttpResponseTrailerSize => id("chunk-invalid"),
        ErrorType::HttpResponseContentCoding => id("content-coding-invalid"),
        ErrorType::HttpResponseTimeout => id("response-timed-out"),
        ErrorType::HttpUpgradeFailed => id("upgrade-failed"),
        ErrorType::HttpProtocolError => id("response-unreadable"),
        ErrorType::ProxyInternalError => id("gateway-internal-error"),
        ErrorType::ProxyConfigurationError => id("gateway-config-error"),
        ErrorType::ProxyLoopDetected => id("loop-detected"),
        ErrorType::HttpRequestDenied => id("request-forbidden"),
        // What was wrong with the request, or with what, only the status tells.
        ErrorType::HttpRequestError | ErrorType::ProxyInternalResponse => return None,
    })
}

/// Another protocol's greeting where a body should be: a gateway took it for HTTP/0.9.
fn foreign_protocol(body: &str) -> Option<SignalId> {
    if body.starts_with("SSH-") {
        return Some(id("answer-looks-like-ssh"));
    }
    let head: String = body.chars().take(200).collect();
    if head.contains("mysql_native_password") || head.contains("caching_sha2_password") {
        return Some(id("answer-looks-like-mysql"));
    }
    // The first frame of an HTTP/2 connection is SETTINGS (type 4) on stream 0 (RFC 9113 section 3.4); its length
    // byte may have been lost when the page was saved as text.
    let begin: Vec<char> = head.chars().take(12).collect();
    let settings =
        begin.windows(6).any(|w| w[0] == '\u{4}' && w[1..].iter().filter(|c| **c == '\0').count() >= 4);
    (head.starts_with('\0') && settings).then(|| id("answer-looks-like-http2"))
}
