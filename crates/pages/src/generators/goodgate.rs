//! goodgate itself: a page, a problem document or a few lines of text, each with the token of RFC 9209 that it also
//! states in Proxy-Status. The token is the symptom; the words around it are for visitors, in their language.

use goodgate_facts::{ErrorType, Member, Role, SignalId, Target, Value, id, parse_proxy_status};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::head::of_error_type;
use crate::marks::{by_status, status_in, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "goodgate",
    title: "goodgate",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let body = page(message).or_else(|| problem(message)).or_else(|| text(message));
    let status = body.as_ref().and_then(|said| said.status);
    // Beside the field a page may be the site's own, made for the gateway to show.
    let sure = match (body, own_member(message)) {
        (Some(_), _) => 96,
        (None, Some(_)) => 60,
        (None, None) => return None,
    };
    Some(Made { version: None, sure, status })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let said = page(message).or_else(|| problem(message)).or_else(|| text(message));
    let said_error = said.as_ref().and_then(|said| said.error);
    // A body that is this gateway's own was sent with the last member, whatever name it goes by.
    let member = own_member(message)
        .or_else(|| members(message).last().filter(|last| said.is_some() && last.error_type() == said_error));
    let target = member.as_ref().and_then(|member| member.next_hop.as_deref()).and_then(Target::parse);
    let error = member.as_ref().and_then(Member::error_type).or(said_error);
    let particular =
        member.as_ref().and_then(|member| member.details.as_deref()).zip(error).and_then(of_details);
    let status = message.status.or(said.and_then(|said| said.status));
    match error {
        Some(ErrorType::HttpRequestError) => of_request(status),
        Some(_) if particular.is_some() => {
            particular.map(|id| Told { id, value: Value::None, target }).into_iter().collect()
        }
        Some(error) => match of_error_type(error) {
            Some(id) => vec![Told { id, value: Value::None, target }],
            None => by_status(status),
        },
        None => by_status(status),
    }
}

/// What was wrong with a request, which its status tells.
fn of_request(status: Option<u16>) -> Vec<Told> {
    match status {
        Some(408) => told(id("client-timed-out")),
        Some(413) => told(id("request-body-too-big")),
        Some(414 | 431) => told(id("request-header-too-big")),
        _ => told(id("client-request-bad")),
    }
}

/// What the body says.
struct Said {
    error: Option<ErrorType>,
    status: Option<u16>,
}

/// The word of this gateway in Proxy-Status, if it goes by its own name: the last one that says an error.
fn own_member(message: &Message<'_>) -> Option<Member> {
    members(message).filter(|member| member.proxy == "goodgate" && member.error.is_some()).last()
}

fn members<'a>(message: &'a Message<'_>) -> impl Iterator<Item = Member> + 'a {
    message.all("proxy-status").filter_map(|field| parse_proxy_status(field).ok()).flatten()
}

/// What `details` says beyond the error type. Its words are fixed; whoever may know more is told it behind them, in
/// brackets.
fn of_details((details, error): (&str, ErrorType)) -> Option<SignalId> {
    let words = details.split_once(" (").map_or(details, |(words, _)| words);
    let found = DETAILS.iter().find(|(known, _)| *known == words).map(|(_, found)| *found)?;
    matches!(found.kind().role, Role::Failure(Some(of_signal), _) if of_signal == error).then_some(found)
}

/// The words that tell more than the error type beside them does.
#[rustfmt::skip]
const DETAILS: &[(&str, SignalId)] = &[
    ("the server's name does not exist", id("name-not-found")),
    ("the server's name has no address", id("name-lookup-empty")),
    ("the server's name is not a valid host name", id("proxy-url-invalid")),
    ("nothing listens on the name server's port", id("resolver-refused")),
    ("the connection was reset while it was being opened", id("connect-reset")),
    ("the server's socket does not exist", id("connect-socket-missing")),
    ("the gateway is not permitted to open this connection", id("connect-denied")),
    ("the server's accept queue is full", id("connect-queue-full")),
    ("the gateway has no local port left", id("connect-no-local-port")),
    ("the gateway has no file descriptor left", id("gateway-out-of-descriptors")),
    ("the gateway has no memory left for connections", id("gateway-out-of-memory")),
    ("the connection could not be opened", id("connect-failed")),
    ("the connection broke while the request was being sent", id("send-broken")),
    ("the request waited in the queue until its time was up", id("queue-timed-out")),
    ("the server does not speak TLS", id("tls-peer-not-tls")),
    ("the server closed the connection during the TLS handshake", id("tls-closed-in-handshake")),
    ("the server reset the connection during the TLS handshake", id("tls-reset-in-handshake")),
    ("the TLS handshake was not finished in time", id("tls-handshake-timed-out")),
    ("gateway and server have no TLS version or cipher in common", id("tls-nothing-in-common")),
    ("the server's certificate has expired", id("certificate-expired")),
    ("the server's certificate is not valid yet", id("certificate-expired")),
    ("the server's certificate is signed by itself", id("certificate-untrusted")),
    ("an intermediate certificate is missing", id("certificate-untrusted")),
    ("the issuer of the server's certificate is not trusted", id("certificate-untrusted")),
    ("the server's certificate is for other names", id("certificate-name-mismatch")),
    ("the server closed the connection before it answered", id("closed-before-response")),
    ("the server reset the connection before it answered", id("reset-before-response")),
    ("the server closed the connection in the middle of the answer's head", id("closed-in-head")),
    ("the server reset the connection in the middle of the answer's head", id("reset-before-response")),
    ("the answer's head was not finished in time", id("head-never-completed")),
    ("the answer does not begin like HTTP", id("status-line-invalid")),
    ("the answer's status code is not valid", id("status-code-invalid")),
    ("a field line of the answer is not valid", id("header-invalid")),
    ("the answer's Content-Length is not valid", id("content-length-invalid")),
    ("the server switched protocols although nobody asked", id("upgrade-unasked")),
    ("the HTTP/2 exchange broke a rule of the protocol", id("http2-protocol-error")),
    ("the server closed the connection before the end of the body", id("body-incomplete")),
    ("the server reset the connection in the body", id("body-reset")),
    ("the body stopped coming", id("body-timed-out")),
    ("a chunk of the body is not valid", id("chunk-invalid")),
];

/// The page: its style sheet, and a line of status, token and time.
fn page(message: &Message<'_>) -> Option<Said> {
    const STYLE: &str = "<style>:root{color-scheme:light dark;--ink:";
    if !message.has(STYLE) || !message.has("<span class=\"id\">") {
        return None;
    }
    let line = message.between("<p class=\"small\">", "</p>").unwrap_or("");
    let mut parts = line.split(" · ");
    let status = status_in(parts.next().and_then(|label| label.rsplit(' ').next()));
    Some(Said { error: parts.next().and_then(|token| ErrorType::from_token(token.trim())), status })
}

/// The problem document (RFC 9457): its type is the section of RFC 9209 that explains its error.
fn problem(message: &Message<'_>) -> Option<Said> {
    let kind = message.json("type")?;
    let error = ErrorType::from_token(message.json("error")?)?;
    let own = kind.contains("/rfc9209.html#section-") && kind.ends_with(error.section());
    (own && message.json("request_id").is_some())
        .then(|| Said { error: Some(error), status: status_in(message.json("status")) })
}

/// The lines of text: status and title first; token, request number and time last, each behind a label in the
/// reader's language.
fn text(message: &Message<'_>) -> Option<Said> {
    let mut lines = message.plain_lines();
    let (status, _) = lines.next()?.split_once(' ')?;
    let status = status_in(Some(status))?;
    let error = lines.find_map(|line| ErrorType::from_token(line.rsplit_once(": ")?.1))?;
    lines.next().filter(|line| line.contains(": "))?;
    lines.next().filter(|line| line.contains(": ") && line.ends_with(" UTC"))?;
    Some(Said { error: Some(error), status: Some(status) })
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Date: Sun, 22 Nov 2026 00:34:07 GMT
Content-Type: text/html; charset=utf-8
Content-Language: en
Vary: Accept, Accept-Language
Cache-Control: no-store
Proxy-Status: goodgate; error=connection_refused; details="the connection was refused"
X-Request-ID: 000000gxk00000000001

<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The site&#39;s server cannot be reached</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<style>:root{color-scheme:light dark;--ink:#1d232b;--soft:#56606c}</style>
</head>
<body>
<main>
<h1>The site&#39;s server cannot be reached</h1>
<p>The part of this site that makes its pages cannot be reached at the moment.</p>
<p>Your device and your internet connection are fine: what you asked for has arrived here.</p>
<p>If it stays like this, please tell whoever looks after this site, and give them this number: <span class="id">000000gxk00000000001</span></p>
<p class="small">Error 502 · connection_refused · 2026-11-22 00:34:07 UTC</p>
</main>
</body>
</html>
"##,
        version: None,
        failures: &["connect-refused"],
    },
    // A saved page has no head, and a gateway may go by another name.
    Sample {
        text: r##"<!doctype html>
<html lang="ru">
<head>
<title>Сервер сайта не ответил</title>
<style>:root{color-scheme:light dark;--ink:#1d232b}</style>
</head>
<body>
<main>
<h1>Сервер сайта не ответил</h1>
<p>Номер: <span class="id">000000gxk00000000001</span></p>
<p class="small">Ошибка 504 · connection_read_timeout · 2026-11-22 00:34:07 UTC</p>
</main>
</body>
</html>
"##,
        version: None,
        failures: &["read-timed-out"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Content-Type: text/plain; charset=utf-8
Content-Language: ru
Proxy-Status: edge-1; error=http_response_header_size; details="a field line of the answer is larger than the limit"

502 Bad Gateway: Ответ сервера сайта невозможно понять

Та часть сайта, которая создаёт его страницы, ответила, но её ответ невозможно понять.

Ошибка: http_response_header_size
Номер запроса: 000000gxk00000000001
Время: 2026-11-22 00:34:07 UTC
"##,
        version: None,
        failures: &["header-too-big"],
    },
    Sample {
        text: r##"{"type":"https://www.rfc-editor.org/rfc/rfc9209.html#section-2.3.10","title":"The site's server did not answer","status":504,"detail":"The part of this site that makes its pages was asked, but did not answer in time.","error":"connection_read_timeout","request_id":"000000gxk00000000001","time":"2026-11-22T00:34:07.000000Z"}"##,
        version: None,
        failures: &["read-timed-out"],
    },
    Sample {
        text: r##"HTTP/1.1 431 Request Header Fields Too Large
Proxy-Status: goodgate; error=http_request_error; status-code=431; status-phrase="Request Header Fields Too Large"
Content-Length: 0

"##,
        version: None,
        failures: &["request-header-too-big"],
    },
    // What the public may know says more than the error type.
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Proxy-Status: goodgate; error=http_protocol_error; details="a field line of the answer is not valid"
Content-Length: 900

"##,
        version: None,
        failures: &["header-invalid"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Proxy-Status: goodgate; error=connection_terminated; next-hop="192.0.2.5:3000"; details="the server reset the connection before it answered (wait phase, 1203 ms, 512 bytes sent, 0 received, ECONNRESET)"
Content-Length: 900

"##,
        version: None,
        failures: &["reset-before-response"],
    },
    // Words that do not belong to the error are not its own.
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Proxy-Status: goodgate; error=http_protocol_error; details="the server's certificate has expired"
Content-Length: 900

"##,
        version: None,
        failures: &["response-unreadable"],
    },
    // To HEAD there is no body, and whoever may know it is told the server.
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Proxy-Status: goodgate; error=destination_unavailable; next-hop="192.0.2.5:3000"; details="no server may be asked: all are down or left out after failures"
Retry-After: 10
Content-Length: 900

"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

#[cfg(test)]
mod tests {
    use goodgate_facts::{ErrorType, Role};

    use crate::generators::assert_unlike;
    use crate::read;

    #[test]
    fn likenesses_are_not_its_own() {
        assert_unlike(
            super::recognise,
            &[
                // Passed on, and another gateway's word.
                "HTTP/1.1 502 Bad Gateway\nProxy-Status: goodgate; received-status=502\n\n<h1>oops</h1>",
                "HTTP/1.1 502 Bad Gateway\nProxy-Status: edge; error=connection_refused\n\n<h1>oops</h1>",
                // An application's problem document, and one that explains another error than it names.
                r##"{"type":"about:blank","title":"Bad Gateway","status":502,"error":"connection_refused","request_id":"7"}"##,
                r##"{"type":"https://www.rfc-editor.org/rfc/rfc9209.html#section-2.3.7","error":"dns_error","request_id":"7"}"##,
                "502 Bad Gateway: sorry\n\nError: no such thing\nNumber: 7\nTime: 2026-11-22 00:34:07 UTC\n",
                "502 Bad Gateway\n\nError: connection_refused\n",
            ],
        );
    }

    /// Types without a signal of just that type: another is nearest, or the status says what there is to say.
    const NEAREST: &[(ErrorType, Option<ErrorType>)] = &[
        (ErrorType::HttpRequestError, None),
        (ErrorType::HttpRequestDenied, None),
        (ErrorType::HttpResponseHeaderSize, Some(ErrorType::HttpResponseHeaderSectionSize)),
        (ErrorType::HttpResponseTrailerSectionSize, Some(ErrorType::HttpResponseTransferCoding)),
        (ErrorType::HttpResponseTrailerSize, Some(ErrorType::HttpResponseTransferCoding)),
        (ErrorType::ProxyInternalResponse, None),
    ];

    #[test]
    fn each_token_is_the_symptom() {
        for error in ErrorType::all() {
            let token = error.token();
            let page =
                format!("HTTP/1.1 502 X\nProxy-Status: goodgate; error={token}\nContent-Length: 0\n\n");
            let reading = read("page", &page);
            assert_eq!(reading.generator.map(|(generator, _)| generator.id), Some("goodgate"), "{token}");
            let mut types = Vec::new();
            for signal in reading.evidence.signals() {
                if let Role::Failure(Some(of_signal), _) = signal.id.kind().role {
                    assert_eq!(signal.count, 1, "{token} is told twice");
                    types.push(of_signal);
                }
            }
            let nearest = NEAREST.iter().find(|(known, _)| *known == error);
            let expected = nearest.map_or(Some(error), |(_, nearest)| *nearest);
            assert_eq!(types, expected.into_iter().collect::<Vec<_>>(), "{token}");
        }
    }

    #[test]
    fn what_it_passes_on_is_not_its_own() {
        let reading = read("page", "HTTP/1.1 502 Bad Gateway\nVia: 1.1 goodgate-0badcafe\n\n<h1>oops</h1>");
        assert!(reading.generator.is_none());
        assert_eq!(reading.front.map(|front| front.id), Some("goodgate"));
        let ids: Vec<_> = reading.evidence.signals().iter().map(|signal| signal.id.as_str()).collect();
        assert!(ids.contains(&"page-not-from-gateway") && ids.contains(&"upstream-answered-5xx"), "{ids:?}");
    }
}
