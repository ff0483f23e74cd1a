//! The proxy error types of RFC 9209 section 2.3.

/// A proxy error type: what a gateway saw go wrong (RFC 9209 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorType {
    /// `dns_timeout`: DNS Timeout (RFC 9209 section 2.3.1).
    DnsTimeout,
    /// `dns_error`: DNS Error (RFC 9209 section 2.3.2).
    DnsError,
    /// `destination_not_found`: Destination Not Found (RFC 9209 section 2.3.3).
    DestinationNotFound,
    /// `destination_unavailable`: Destination Unavailable (RFC 9209 section 2.3.4).
    DestinationUnavailable,
    /// `destination_ip_prohibited`: Destination IP Prohibited (RFC 9209 section 2.3.5).
    DestinationIpProhibited,
    /// `destination_ip_unroutable`: Destination IP Unroutable (RFC 9209 section 2.3.6).
    DestinationIpUnroutable,
    /// `connection_refused`: Connection Refused (RFC 9209 section 2.3.7).
    ConnectionRefused,
    /// `connection_terminated`: Connection Terminated (RFC 9209 section 2.3.8).
    ConnectionTerminated,
    /// `connection_timeout`: Connection Timeout (RFC 9209 section 2.3.9).
    ConnectionTimeout,
    /// `connection_read_timeout`: Connection Read Timeout (RFC 9209 section 2.3.10).
    ConnectionReadTimeout,
    /// `connection_write_timeout`: Connection Write Timeout (RFC 9209 section 2.3.11).
    ConnectionWriteTimeout,
    /// `connection_limit_reached`: Connection Limit Reached (RFC 9209 section 2.3.12).
    ConnectionLimitReached,
    /// `tls_protocol_error`: TLS Protocol Error (RFC 9209 section 2.3.13).
    TlsProtocolError,
    /// `tls_certificate_error`: TLS Certificate Error (RFC 9209 section 2.3.14).
    TlsCertificateError,
    /// `tls_alert_received`: TLS Alert Received (RFC 9209 section 2.3.15).
    TlsAlertReceived,
    /// `http_request_error`: HTTP Request Error (RFC 9209 section 2.3.16).
    HttpRequestError,
    /// `http_request_denied`: HTTP Request Denied (RFC 9209 section 2.3.17).
    HttpRequestDenied,
    /// `http_response_incomplete`: HTTP Incomplete Response (RFC 9209 section 2.3.18).
    HttpResponseIncomplete,
    /// `http_response_header_section_size`: HTTP Response Header Section Too Large (RFC 9209 section 2.3.19).
    HttpResponseHeaderSectionSize,
    /// `http_response_header_size`: HTTP Response Header Field Line Too Large (RFC 9209 section 2.3.20).
    HttpResponseHeaderSize,
    /// `http_response_body_size`: HTTP Response Body Too Large (RFC 9209 section 2.3.21).
    HttpResponseBodySize,
    /// `http_response_trailer_section_size`: HTTP Response Trailer Section Too Large (RFC 9209 section 2.3.22).
    HttpResponseTrailerSectionSize,
    /// `http_response_trailer_size`: HTTP Response Trailer Field Line Too Large (RFC 9209 section 2.3.23).
    HttpResponseTrailerSize,
    /// `http_response_transfer_coding`: HTTP Response Transfer-Coding Error (RFC 9209 section 2.3.24).
    HttpResponseTransferCoding,
    /// `http_response_content_coding`: HTTP Response Content-Coding Error (RFC 9209 section 2.3.25).
    HttpResponseContentCoding,
    /// `http_response_timeout`: HTTP Response Timeout (RFC 9209 section 2.3.26).
    HttpResponseTimeout,
    /// `http_upgrade_failed`: HTTP Upgrade Failed (RFC 9209 section 2.3.27).
    HttpUpgradeFailed,
    /// `http_protocol_error`: HTTP Protocol Error (RFC 9209 section 2.3.28).
    HttpProtocolError,
    /// `proxy_internal_response`: Proxy Internal Response (RFC 9209 section 2.3.29).
    ProxyInternalResponse,
    /// `proxy_internal_error`: Proxy Internal Error (RFC 9209 section 2.3.30).
    ProxyInternalError,
    /// `proxy_configuration_error`: Proxy Configuration Error (RFC 9209 section 2.3.31).
    ProxyConfigurationError,
    /// `proxy_loop_detected`: Proxy Loop Detected (RFC 9209 section 2.3.32).
    ProxyLoopDetected,
}

struct Row {
    error: ErrorType,
    token: &'static str,
    title: &'static str,
    section: &'static str,
    status: Option<u16>,
    by_intermediary_only: bool,
}

const fn row(
    error: ErrorType,
    token: &'static str,
    title: &'static str,
    section: &'static str,
    status: Option<u16>,
    by_intermediary_only: bool,
) -> Row {
    Row { error, token, title, section, status, by_intermediary_only }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(ErrorType::DnsTimeout, "dns_timeout", "DNS Timeout", "2.3.1", Some(504), true),
    row(ErrorType::DnsError, "dns_error", "DNS Error", "2.3.2", Some(502), true),
    row(ErrorType::DestinationNotFound, "destination_not_found", "Destination Not Found", "2.3.3", Some(500), true),
    row(ErrorType::DestinationUnavailable, "destination_unavailable", "Destination Unavailable", "2.3.4", Some(503), true),
    row(ErrorType::DestinationIpProhibited, "destination_ip_prohibited", "Destination IP Prohibited", "2.3.5", Some(502), true),
    row(ErrorType::DestinationIpUnroutable, "destination_ip_unroutable", "Destination IP Unroutable", "2.3.6", Some(502), true),
    row(ErrorType::ConnectionRefused, "connection_refused", "Connection Refused", "2.3.7", Some(502), true),
    row(ErrorType::ConnectionTerminated, "connection_terminated", "Connection Terminated", "2.3.8", Some(502), false),
    row(ErrorType::ConnectionTimeout, "connection_timeout", "Connection Timeout", "2.3.9", Some(504), true),
    row(ErrorType::ConnectionReadTimeout, "connection_read_timeout", "Connection Read Timeout", "2.3.10", Some(504), false),
    row(ErrorType::ConnectionWriteTimeout, "connection_write_timeout", "Connection Write Timeout", "2.3.11", Some(504), false),
    row(ErrorType::ConnectionLimitReached, "connection_limit_reached", "Connection Limit Reached", "2.3.12", Some(503), true),
    row(ErrorType::TlsProtocolError, "tls_protocol_error", "TLS Protocol Error", "2.3.13", Some(502), false),
    row(ErrorType::TlsCertificateError, "tls_certificate_error", "TLS Certificate Error", "2.3.14", Some(502), true),
    row(ErrorType::TlsAlertReceived, "tls_alert_received", "TLS Alert Received", "2.3.15", Some(502), false),
    row(ErrorType::HttpRequestError, "http_request_error", "HTTP Request Error", "2.3.16", None, true),
    row(ErrorType::HttpRequestDenied, "http_request_denied", "HTTP Request Denied", "2.3.17", Some(403), true),
    row(ErrorType::HttpResponseIncomplete, "http_response_incomplete", "HTTP Incomplete Response", "2.3.18", Some(502), false),
    row(ErrorType::HttpResponseHeaderSectionSize, "http_response_header_section_size", "HTTP Response Header Section Too Large", "2.3.19", Some(502), false),
    row(ErrorType::HttpResponseHeaderSize, "http_response_header_size", "HTTP Response Header Field Line Too Large", "2.3.20", Some(502), false),
    row(ErrorType::HttpResponseBodySize, "http_response_body_size", "HTTP Response Body Too Large", "2.3.21", Some(502), false),
    row(ErrorType::HttpResponseTrailerSectionSize, "http_response_trailer_section_size", "HTTP Response Trailer Section Too Large", "2.3.22", Some(502), false),
    row(ErrorType::HttpResponseTrailerSize, "http_response_trailer_size", "HTTP Response Trailer Field Line Too Large", "2.3.23", Some(502), false),
    row(ErrorType::HttpResponseTransferCoding, "http_response_transfer_coding", "HTTP Response Transfer-Coding Error", "2.3.24", Some(502), false),
    row(ErrorType::HttpResponseContentCoding, "http_response_content_coding", "HTTP Response Content-Coding Error", "2.3.25", Some(502), false),
    row(ErrorType::HttpResponseTimeout, "http_response_timeout", "HTTP Response Timeout", "2.3.26", Some(504), false),
    row(ErrorType::HttpUpgradeFailed, "http_upgrade_failed", "HTTP Upgrade Failed", "2.3.27", Some(502), true),
    row(ErrorType::HttpProtocolError, "http_protocol_error", "HTTP Protocol Error", "2.3.28", Some(502), false),
    row(ErrorType::ProxyInternalResponse, "proxy_internal_response", "Proxy Internal Response", "2.3.29", None, true),
    row(ErrorType::ProxyInternalError, "proxy_internal_error", "Proxy Internal Error", "2.3.30", Some(500), true),
    row(ErrorType::ProxyConfigurationError, "proxy_configuration_error", "Proxy Configuration Error", "2.3.31", Some(500), true),
    row(ErrorType::ProxyLoopDetected, "proxy_loop_detected", "Proxy Loop Detected", "2.3.32", Some(502), true),
];

impl ErrorType {
    /// All registered types, in the order of the RFC.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.error)
    }

    fn row(self) -> &'static Row {
        // The table stands in the order of the enum; a test holds the two together.
        &ROWS[self as usize]
    }

    /// The token of the `error` parameter, such as `connection_refused`.
    pub fn token(self) -> &'static str {
        self.row().token
    }

    /// The type with this token, if it is registered.
    pub fn from_token(token: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.token == token).map(|row| row.error)
    }

    /// The registry's title, such as "Connection Refused".
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// The section of RFC 9209 that defines the type, such as "2.3.7".
    pub fn section(self) -> &'static str {
        self.row().section
    }

    /// The recommended status code; `None` where the RFC leaves it open
    /// (`http_request_error`: the applicable 4xx; `proxy_internal_response`: the most appropriate).
    pub fn recommended_status(self) -> Option<u16> {
        self.row().status
    }

    /// Whether a response with this error was certainly made by an intermediary
    /// (the registry's "Response Only Generated by Intermediaries").
    pub fn by_intermediary_only(self) -> bool {
        self.row().by_intermediary_only
    }
}

impl std::fmt::Display for ErrorType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (position, row) in ROWS.iter().enumerate() {
            assert_eq!(row.error as usize, position, "{}", row.token);
            assert_eq!(ErrorType::from_token(row.token), Some(row.error));
        }
        assert_eq!(ROWS.len(), 32);
    }
}
