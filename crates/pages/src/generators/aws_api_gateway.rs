//! Amazon API Gateway: one JSON message, and request ids of its own.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "aws-api-gateway",
    title: "Amazon API Gateway",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.json("message").or_else(|| message.json("Message"))?;
    let known = MESSAGES.iter().any(|(words, _)| text == *words);
    let fields = message.header("x-amz-apigw-id").is_some() || message.header("apigw-requestid").is_some();
    let named = fields || message.header("x-amzn-errortype").is_some();
    let alone = message.json_members() == 1;
    match (known && alone, named) {
        (true, true) => sure(90, None),
        // The words of two services only; the others are anybody's.
        (true, false) if OWN.contains(&text) && message.failed() => sure(65, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.json("message").or_else(|| message.json("Message")).unwrap_or("");
    MESSAGES.iter().find(|(words, _)| text == *words).map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

/// "Internal server error" stands for an integration that answered what cannot be used.
const MESSAGES: &[(&str, SignalId)] = &[
    ("Internal server error", id("gateway-answered-502")),
    ("Internal Server Error", id("gateway-answered-500")),
    ("Endpoint request timed out", id("response-timed-out")),
    ("Network error communicating with endpoint", id("connect-failed")),
    ("Service Unavailable", id("gateway-answered-503")),
    ("Too Many Requests", id("rate-limited")),
    ("Limit Exceeded", id("rate-limited")),
    ("Missing Authentication Token", id("request-forbidden")),
    ("Forbidden", id("request-forbidden")),
];

const OWN: &[&str] = &[
    "Endpoint request timed out",
    "Network error communicating with endpoint",
    "Missing Authentication Token",
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 504
content-type: application/json
x-amzn-requestid: 1
x-amz-apigw-id: 2=
x-amzn-errortype: InternalServerErrorException

{"message": "Endpoint request timed out"}"##,
        version: None,
        failures: &["response-timed-out"],
    },
    Sample {
        text: r##"HTTP/2 502
x-amz-apigw-id: 2=

{"message": "Internal server error"}"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"HTTP/1.1 500 X

{"message": "Internal server error"}"##,
                r##"{"message":"Service Unavailable"}"##,
                r##"{"message": "Endpoint request timed out", "level": "error"}"##,
            ],
        );
    }
}
