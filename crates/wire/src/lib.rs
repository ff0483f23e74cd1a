//! The only honest socket code: resolve, dial, TLS, HTTP; every failure typed where it happens.
//!
//! Each part says in its own words what it did and how long it took; nothing here judges, and nothing is recognised by
//! matching text.

mod channel;
mod connection;
mod decimal;
mod dial;
mod failure;
pub mod fastcgi;
mod field_name;
mod head;
pub mod http1;
mod http2;
mod limits;
mod listen;
mod message;
mod request_fault;
mod resolve;
mod tls;

pub use channel::{Channel, Idle};
pub use connection::{Connection, Cut, Opened, open};
pub use decimal::{put_decimal, two_digits};
pub use dial::{Peer, Stream, dial};
pub use failure::{CertificateFault, Failure, Fault, Retry};
pub use field_name::{FieldName, FieldNames};
pub use head::{FieldLine, FieldLines, Found, Span, elements};
pub use limits::{Limits, Timings};
pub use listen::{AcceptTrouble, Bound, ListenError, ListenFault, Listener, bind};
pub use message::{BodyEnd, Framing, Request, Response, Version};
pub use request_fault::{Part, RequestFault};
pub use resolve::{
    Address, Authoritative, Delegation, Direct, Dnssec, Lookup, Parent, Servers, System, Zone, ZoneServer,
    inquire, lookup, resolver_works, system_servers, zone,
};
pub use tls::{
    AcceptFault, Accepted, Certificate, CertificateStanding, CertifiedFiles, Hello, Reload, Roots,
    RootsError, ServerTls, TlsFilesError, TlsFilesFault, TlsFilesWarning, TlsSeen, TlsSession, TlsStream,
    TlsVersion, Unaccepted, UpstreamTls, handshake, tls_fault,
};
