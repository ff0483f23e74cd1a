//! HTTP/1.1 (RFC 9112) on bytes alone. It knows no socket and no clock: whoever reads hands the bytes in, in whatever
//! pieces they came, and says how the stream ended.
//!
//! The client's half of a single exchange keeps what it reads: [`encode`] and [`Decoder`]. What relays reads in place, in
//! a buffer that it holds itself: [`request_head`], [`response_head`] and [`BodyReader`]; and writes with the `put_`
//! functions. Both take and refuse the same responses.
//!
//! # Responses
//! What is refused is a [`Fault`](crate::Fault) with the phase and the bytes at which it was seen. Where the
//! specification leaves a choice, it is made so:
//!
//! | what comes | what is done | why |
//! |---|---|---|
//! | a lone LF for the end of the status line or of a field line | taken | RFC 9112 section 2.2 allows it |
//! | a lone LF in the framing of chunks | refused | section 2.2 speaks of the start line and fields only, and disagreement about the end of a chunk is how responses are smuggled |
//! | a CR that no LF follows | refused | section 2.2 |
//! | empty lines before the status line | refused | section 2.2 lets a server skip them before a request; for a response there is no such rule |
//! | `HTTP/1.2` to `HTTP/1.9` | read as HTTP/1.1 | RFC 9110 section 2.5 |
//! | `http/1.1`, `HTTP/1`, `HTTP/1.10`, `HTTP/2`, `ICY` | refused | section 2.3: the name is case-sensitive, the version is digit, dot, digit; another major version is another protocol |
//! | two spaces, a tab, or nothing before the status code | refused as a status line | section 4: a single space; reading by words is a choice, not taken |
//! | a status code of two or four digits, or with letters | refused as a status code | section 4: three digits |
//! | 000 to 099 and 600 to 999 | refused as a status code | RFC 9110 section 15: invalid; to be treated like a 5xx, which is what a gateway's own 502 is |
//! | no reason phrase, with or without the space before it | taken | section 4: the space belongs there, but many servers leave it out, and whoever reads by words does not see it |
//! | a space before the colon, a line that continues the one before | refused | sections 5.1 and 5.2 |
//! | `Content-Length` twice or as a list with equal numbers | taken | section 6.3 |
//! | `Content-Length` beside `Transfer-Encoding` | refused | section 6.3: it ought to be handled as an error |
//! | `Transfer-Encoding` other than one `chunked` | refused | nothing else was asked for (RFC 9110 section 10.1.4) |
//! | `Transfer-Encoding` in HTTP/1.0 | refused | section 6.1: the framing is faulty |
//! | either of the two where there can be no body (HEAD, 1xx, 204, 304) | not looked at | section 6.3: whatever the fields say |
//! | a 1xx or 204 that announces a body | taken, but the connection is not used again | RFC 9110 section 8.6 and RFC 9112 section 6.1 forbid it: whoever believes the fields reads on |
//! | spaces behind a chunk's size | taken | bad whitespace must be parsed (RFC 9110 section 5.6.3) |
//! | a close-delimited body that ends without TLS's close_notify | refused as incomplete | section 9.8 |
//!
//! # Requests
//! What is refused is a [`RequestFault`](crate::RequestFault), as soon as the bytes tell. A choice that the specification
//! leaves is made against whoever could be understood in two ways, because others read the same bytes:
//!
//! | what comes | what is done | why |
//! |---|---|---|
//! | a lone LF for the end of any line | refused | RFC 9112 section 2.2 lets a recipient take it; another that does not sees other lines |
//! | a CR that no LF follows, a NUL or another control character but the tab in a value | refused | section 2.2 and RFC 9110 section 5.5 |
//! | one or two empty lines before the request line | skipped | section 2.2 asks for one; whoever sends more sends something else |
//! | whitespace before the request line, two spaces or tabs in it, a space behind it | refused | section 3: single spaces; reading by words is a choice, not taken |
//! | a first byte that begins no method, such as that of a TLS record | refused at once | nothing that follows could mend it |
//! | a method in small letters, or one that nobody registered | taken | RFC 9110 section 9.1: any token; what is allowed is for routes to say |
//! | a method of more than 32 bytes | refused | the longest registered one has 17 |
//! | CONNECT | refused (405) | a gateway is no tunnel |
//! | `HTTP/1.2` to `HTTP/1.9` | read as HTTP/1.1 | RFC 9110 section 2.5 |
//! | another major version | refused (505) | section 2.5 |
//! | `http/1.1`, `HTTP/1`, `HTTP/1.10`, no version (HTTP/0.9) | refused | section 2.3 |
//! | a space, a control character, `#` or a byte beyond ASCII in the target | refused | section 3.2: they want percent-encoding |
//! | other characters that RFC 3986 has no room for (quotes, braces, the backslash) | taken | many clients send them, and they frame nothing |
//! | a target in absolute form | taken; `Host` must be there and name the same host | sections 3.2 and 3.2.2: a client sends both alike |
//! | another scheme than http and https, user information, no host | refused | RFC 9110 sections 4.2.1 and 4.2.4 |
//! | `*` for another method than OPTIONS, the authority form | refused | sections 3.2.3 and 3.2.4 |
//! | no `Host` in HTTP/1.1, two in any version, one that is no host or empty | refused | section 3.2 |
//! | a `Host` with sub-delimiters, such as a comma | refused | no name that is resolved has them, and a comma joins two |
//! | a space before the colon, an empty name, a name that is no token, a folded line | refused | sections 5.1 and 5.2 |
//! | `Content-Length` twice or as a list, even of equal numbers | refused | section 6.3 lets a recipient take it; others take the first or the last |
//! | zeros before the digits of `Content-Length` | taken | RFC 9110 section 8.6: digits |
//! | `Content-Length` beside `Transfer-Encoding` | refused | section 6.1: it ought to be handled as an error |
//! | `Transfer-Encoding` in HTTP/1.0 | refused | section 6.1 |
//! | `chunked` twice, not last, with a parameter; an empty element; what is no token | refused (400) | sections 6.1, 6.3 and 7; RFC 9110 section 5.6.1.2 lets empty elements pass, others do not |
//! | another coding, before `chunked` or without it | refused (501) | section 6.1 |
//! | no length and no coding | no body | section 6.3 |
//! | a body with any method | taken | RFC 9110 section 9.3: its framing does not depend on the method |
//! | `Expect` other than `100-continue` | refused (417) | RFC 9110 section 10.1.1 |
//! | `Expect` in HTTP/1.0 | not looked at | section 10.1.1 |
//! | `Upgrade` in HTTP/1.0, without `Connection: upgrade`, or to `h2c` | read as no wish to upgrade | RFC 9110 section 7.8; RFC 9113 section 3.1, and what is behind such a switch is read by nobody between |
//! | spaces behind a chunk's size | refused, but before an extension | section 7.1.1 has whitespace there only |
//! | a chunk's size with a sign, `0x`, or beyond 64 bits | refused | section 7.1 |
//! | chunk extensions | dropped; controls in them, 4 KiB in a line, 64 KiB in a body refused | section 7.1.1 |

mod body;
mod chunks;
mod decode;
mod encode;
mod field_lines;
mod fields;
mod framing;
mod head;
mod limits;
mod lines;
mod request;
mod response;
mod scan;
mod target;
mod write;

pub use body::{BodyFault, BodyReader, BodyStep};
pub use decode::{Decoder, Ended, Step};
pub(crate) use encode::check;
pub use encode::{RequestInvalid, encode};
pub use fields::Fields;
pub use head::ResponseHead;
pub use limits::HeadLimits;
pub use request::{METHOD_BYTES, Preface, RequestHead, asks_to_continue, preface, request_head};
pub use response::{LeanResponse, response_failure, response_head};
pub use target::{TargetScheme, is_authority, is_same_authority};
pub use write::{put_chunk_size, put_field, put_last_chunk, put_status_line, reason};
