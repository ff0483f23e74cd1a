//! The client's half of HTTP/1.1 (RFC 9112): a request to bytes, and bytes to a response. It knows no socket and no
//! clock: whoever reads hands the bytes in, in whatever pieces they came, and says how the stream ended.
//!
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
pub use request::{Preface, RequestHead, preface, request_head};
pub use response::{LeanResponse, response_failure, response_head};
pub use target::{TargetScheme, is_authority};
pub use write::{put_chunk_size, put_decimal, put_field, put_last_chunk, put_status_line, reason};
