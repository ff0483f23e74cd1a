//! What can be wrong with a request, as a server sees it.

/// What is wrong with what the client sent, or with how it sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestFault {
    /// The request cannot be read, or its framing has more than one meaning (RFC 9112): the part that is at fault.
    Malformed(Part),
    /// The head is larger than the limit (431, RFC 6585 section 5).
    HeadTooBig,
    /// The target alone is larger than the limit (414).
    TargetTooLong,
    /// The body is larger than the limit (413).
    BodyTooBig,
    /// The head or the body did not come in time (408).
    TooSlow,
    /// A version of HTTP that is not spoken here (505).
    VersionUnknown,
    /// A transfer coding that is not understood (501, RFC 9112 section 6.1).
    CodingUnknown,
    /// CONNECT, which a gateway does not serve (405).
    ConnectRefused,
    /// An expectation that cannot be met (417, RFC 9110 section 10.1.1).
    ExpectationUnknown,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The request line.
    RequestLine,
    /// The method.
    Method,
    /// The request target.
    Target,
    /// `Host`: missing in HTTP/1.1, doubled, invalid, or another than the target names.
    Host,
    /// A field line: its name, its colon, its value, or a folded line.
    Field,
    /// `Content-Length`.
    ContentLength,
    /// `Transfer-Encoding`, or both of the two.
    TransferEncoding,
    /// A chunk's size, its extension or its end.
    Chunk,
    /// A trailer field.
    Trailer,
}
