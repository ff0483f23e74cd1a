//! What HTTP libraries say of an answer: python-requests, .NET, axios, Java. No server wrote these words.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::status_in;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "client-library",
    title: "An HTTP client library",
    kind: Kind::Client,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.plain().filter(|_| message.headers.is_empty())?;
    let line = text.lines().next().unwrap_or(text);
    let status = SHAPES.iter().find_map(|(before, behind)| {
        let (_, rest) = line.split_once(before).filter(|(begin, _)| begin.len() <= BEGIN_BYTES_MAX)?;
        let code = rest.get(..3)?;
        rest.get(3..)?.starts_with(behind).then(|| status_in(Some(code))).flatten()
    })?;
    // The library's sentence, not a server's that shares its begin.
    let requests = !line.contains(" Server Error: ") || line.contains(" for url: ");
    requests.then_some(Made { version: None, sure: 85, status: Some(status) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let _ = message;
    Vec::new()
}

/// The name of an exception may stand before its sentence.
const BEGIN_BYTES_MAX: usize = 60;

/// What stands before and behind the status.
const SHAPES: &[(&str, &str)] = &[
    ("HTTPError: ", " Server Error: "),
    ("HTTPError: HTTP Error ", ": "),
    ("Response status code does not indicate success: ", " ("),
    ("Request failed with status code ", ""),
    ("Server returned HTTP response code: ", " for URL"),
    ("The remote server returned an error: (", ") "),
    ("", " Server Error: "),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"502 Server Error: Bad Gateway for url: https://www.example.com/api"##,
        version: None,
        failures: &[],
    },
    Sample {
        text: r##"requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://www.example.com/"##,
        version: None,
        failures: &[],
    },
    Sample {
        text: r##"Response status code does not indicate success: 502 (Bad Gateway)."##,
        version: None,
        failures: &[],
    },
    Sample { text: r##"AxiosError: Request failed with status code 502"##, version: None, failures: &[] },
    Sample {
        text: r##"java.io.IOException: Server returned HTTP response code: 502 for URL: https://www.example.com/"##,
        version: None,
        failures: &[],
    },
    Sample {
        text: r##"The remote server returned an error: (502) Bad Gateway."##,
        version: None,
        failures: &[],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"502 Server Error: The server encountered a temporary error and could not complete your request"##,
                r##"Request failed with status code"##,
                r##"<p>Request failed with status code 502</p>"##,
            ],
        );
    }
}
