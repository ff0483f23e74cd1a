//! Names of errors that AWS, Vercel and Fly.io write into logs, header fields and pages.

use super::{Code, Explanation, Kind, code, row};

#[rustfmt::skip]
pub(super) const CODES: &[Code] = &[
    code("OriginCommError", "CloudFront waited too long for the origin, either to be connected or for its answer.", &["connection_read_timeout", "connection_timeout"]),
    code("OriginConnectError", "CloudFront could not connect to the origin.", &["connection_refused", "connection_timeout"]),
    code("OriginDnsError", "CloudFront could not resolve the origin's name.", &["dns_error"]),
    code("OriginError", "CloudFront got a wrong answer from the origin.", &["http_protocol_error"]),
    code("OriginInvalidResponseError", "CloudFront got an invalid answer from the origin.", &["http_protocol_error"]),
    code("OriginReadError", "CloudFront could not read the origin's answer.", &["connection_terminated", "connection_read_timeout"]),
    code("OriginWriteError", "CloudFront could not send the request to the origin.", &["connection_terminated", "connection_write_timeout"]),
    code("OriginZeroSizeObjectError", "CloudFront got an empty object from the origin.", &["http_response_incomplete"]),
    code("OriginHeaderTooBigError", "The header fields of the origin's answer are too big for CloudFront.", &["http_response_header_section_size"]),
    code("OriginContentRangeLengthError", "The length in Content-Range does not fit the body.", &["http_protocol_error"]),
    code("AbortedOrigin", "CloudFront broke off the exchange with the origin.", &["connection_terminated"]),
    code("ClientCommError", "The client left while CloudFront answered.", &[]),
    code("CapacityExceeded", "CloudFront itself had no capacity (503).", &["connection_limit_reached"]),
    code("LimitExceeded", "A limit of CloudFront was reached.", &["connection_limit_reached"]),
    code("LambdaInvalidResponse", "The Lambda function's answer is not in the form that the load balancer expects.", &["http_protocol_error"]),
    code("LambdaResponseTooLarge", "The Lambda function's answer is bigger than 1 MB.", &["http_response_body_size"]),
    code("LambdaThrottling", "Lambda turned the call away: too many at once.", &["connection_limit_reached"]),
    code("LambdaUnhandled", "The Lambda function ended with an unhandled exception.", &["http_protocol_error"]),
    code("LambdaConnectionTimeout", "The load balancer could not reach Lambda in time.", &["connection_timeout"]),
    code("LambdaAccessDenied", "The load balancer may not call the Lambda function.", &["proxy_configuration_error"]),
    code("LambdaResourceNotFound", "The Lambda function does not exist.", &["destination_not_found"]),
    code("INTEGRATION_TIMEOUT", "API Gateway waited for the integration for as long as it may (29 s by default).", &["http_response_timeout"]),
    code("INTEGRATION_FAILURE", "API Gateway could not reach the integration.", &["destination_unavailable"]),
    code("Target.FailedHealthChecks", "The load balancer holds the target for down: its health checks fail.", &["destination_unavailable"]),
    code("Target.Timeout", "The target did not answer the health check in time.", &["destination_unavailable"]),
    code("Target.ResponseCodeMismatch", "The target answered the health check with a status that is not expected.", &["destination_unavailable"]),
    code("DNS_HOSTNAME_NOT_FOUND", "Vercel could not resolve the external host: no such name.", &["dns_error"]),
    code("DNS_HOSTNAME_RESOLVE_FAILED", "Vercel could not resolve the external host.", &["dns_error"]),
    code("DNS_HOSTNAME_SERVER_ERROR", "The name servers of the external host answer Vercel with an error.", &["dns_error"]),
    code("ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", "Vercel could not connect to the external host.", &["connection_refused", "connection_timeout"]),
    code("ROUTER_EXTERNAL_TARGET_HANDSHAKE_ERROR", "Vercel's TLS handshake with the external host failed.", &["tls_protocol_error"]),
    code("ROUTER_EXTERNAL_TARGET_ERROR", "Vercel got no usable answer from the external host.", &["http_protocol_error", "connection_terminated"]),
    code("NO_RESPONSE_FROM_FUNCTION", "The function on Vercel ended without an answer.", &["connection_terminated"]),
    code("BODY_NOT_A_STRING_FROM_FUNCTION", "The function on Vercel answered with a body that is no string.", &["http_protocol_error"]),
    code("FUNCTION_INVOCATION_TIMEOUT", "The function on Vercel took longer than it may.", &["http_response_timeout"]),
    code("EDGE_FUNCTION_INVOCATION_TIMEOUT", "The edge function on Vercel took longer than it may.", &["http_response_timeout"]),
    code("FUNCTION_INVOCATION_FAILED", "The function on Vercel threw an exception or ended.", &[]),
    code("FUNCTION_THROTTLED", "Vercel turned the call away: too many at once.", &["connection_limit_reached"]),
    code("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE", "The function's answer is too big for Vercel.", &["http_response_body_size"]),
    code("DEPLOYMENT_NOT_FOUND", "There is no such deployment on Vercel.", &["destination_not_found"]),
    code("DEPLOYMENT_PAUSED", "The deployment on Vercel is paused.", &["destination_unavailable"]),
    code("INFINITE_LOOP_DETECTED", "The request came round to Vercel in a circle.", &["proxy_loop_detected"]),
    code("PC01", "Fly.io: the instance refused the connection; the app must listen on 0.0.0.0 and on the configured port.", &["connection_refused"]),
    code("PC05", "Fly.io: the connection to the instance could not be opened in time.", &["connection_timeout"]),
    code("PR03", "Fly.io: no instance is fit to take the request.", &["destination_unavailable"]),
    code("PR04", "Fly.io: no instance is fit to take the request.", &["destination_unavailable"]),
    code("PU02", "Fly.io: the instance closed the connection before its answer was complete.", &["connection_terminated"]),
    code("PM01", "Fly.io: the API for machines answered with an error.", &["proxy_internal_error"]),
];

/// Explains such a name.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let name = asked.trim_matches(['[', ']', '"']);
    let known = CODES.iter().find(|known| known.code.eq_ignore_ascii_case(name))?;
    Some(row(asked, Kind::PlatformCode, known))
}
