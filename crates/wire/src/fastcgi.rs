//! The gateway's half of FastCGI 1.0 in the responder role (sections 3, 5 and 6.2 of its specification) and of the
//! CGI/1.1 that it carries (RFC 3875): a request to bytes, and bytes to what the script answered. One request at a time
//! on a connection. It knows no socket and no clock, and nothing of sites and routes.
//!
//! What is refused is a [`Fault`](crate::Fault). Where the specifications leave a choice, it is made so:
//!
//! | what comes | what is done | why |
//! |---|---|---|
//! | a record of a type that is unknown | skipped, up to a bound | section 4.2 foresees new types |
//! | a record that only a gateway sends | refused | whatever is there repeats our own words |
//! | a record for another request | refused | nobody asked; only one request is on its way |
//! | a version other than 1 | refused at its first byte; HTTP and TLS are known as such | section 3.3 |
//! | an empty record of standard output | nothing | [END_REQUEST](ResponseReader::read) alone ends the answer (section 5.5), so that nothing hangs on it |
//! | a connection that ends without END_REQUEST | refused as incomplete, unless all of the announced length came | section 5.5 |
//! | more bytes than `Content-Length` says | taken as far as announced, the rest dropped and counted | END_REQUEST says where the answer ends, so no one can take the rest for another |
//! | fewer bytes than it says | refused as incomplete | RFC 9112 section 8, which is how it would look to the client |
//! | a lone LF for the end of a line | taken | RFC 3875 section 6.2 lets the system say what ends a line |
//! | a status line of HTTP/1.x for the first line | taken | what php-fpm sends with `cgi.rfc2616_headers` |
//! | `Status` with text before its number, or below 200 | refused | RFC 3875 section 6.3.3; nobody can answer with an interim status alone |
//! | none of `Content-Type`, `Location` and `Status` | taken as 200 | RFC 3875 section 6.2 asks for one of them, but the answer's meaning is clear |
//! | no field at all, or a first line that is no field | refused | a page without a head, or warnings before it |
//! | `Transfer-Encoding` | left out | RFC 3875 section 6.3.4: such fields are not the script's to set, and FastCGI frames the answer |

mod head;
mod params;
mod reader;
mod record;
mod stderr;
mod step;
mod variables;

pub use head::{CgiHead, Redirect, cgi_head};
pub use params::Params;
pub use reader::ResponseReader;
pub use record::{ABORT_REQUEST, Afterwards, CONTENT_MAX, STDIN_END, begin_request, stdin, stdin_header};
pub use stderr::Stderr;
pub use step::{BodyLength, FcgiEnd, FcgiHead, FcgiStep};
pub use variables::{CgiRequest, write_request};
