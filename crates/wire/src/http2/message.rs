//! A request and a response as the library `h2` has them.

use std::time::Duration;

use goodgate_facts::Phase;

use crate::http1::check;
use crate::{BodyEnd, Failure, Fault, Framing, Request, Response, Retry, Timings, Version};

/// The request as the library wants it.
pub(super) fn message(request: &Request) -> Result<http::Request<()>, Failure> {
    let refused = || Failure::new(Fault::RequestInvalid, Phase::Send).retry(Retry::Safe);
    check(request).map_err(|_| refused())?;
    let invalid = |_| refused();
    let scheme = if request.secure { "https" } else { "http" };
    let uri = http::Uri::builder()
        .scheme(scheme)
        .authority(request.authority.as_str())
        .path_and_query(request.target.as_str())
        .build();
    let uri = uri.map_err(invalid)?;
    let mut builder = http::Request::builder().method(request.method).version(http::Version::HTTP_2).uri(uri);
    for (name, value) in &request.fields {
        builder = builder.header(name.as_str(), value.as_bytes());
    }
    builder.body(()).map_err(invalid)
}

/// The response as we tell it, without its body.
pub(super) fn response(head: &http::response::Parts, interim: Vec<u16>) -> Response {
    let fields: Vec<(String, Vec<u8>)> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let length = head.headers.get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    Response {
        version: Version::Http2,
        status: head.status.as_u16(),
        reason: Vec::new(),
        fields,
        interim,
        framing: Framing::Frames(length),
        body: Vec::new(),
        end: BodyEnd::Complete,
        surplus: 0,
        received: 0,
        reusable: false,
        timings: Timings { body: Some(Duration::ZERO), ..Timings::default() },
    }
}
