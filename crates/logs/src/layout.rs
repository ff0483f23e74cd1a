//! Access-log layouts in the vendors' own notations, compiled to byte operations.
//!
//! A [`Layout`] is compiled once from the line that a vendor's configuration would hold and then cuts log lines
//! into a [`Row`] of slices: literals are compared, fields end where the next literal begins. No regex and no
//! allocation per line. What the fields mean together is for the formats to say.

mod notation;
mod row;

use memchr::memchr;

pub(crate) use notation::Notation;
pub(crate) use row::Row;

use crate::clock;

/// What a field of an access log is, whatever the vendor calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A field that no question needs.
    Other,
    /// When the request began or ended.
    Time,
    /// Address of the client, with or without port.
    Client,
    /// `METHOD target HTTP/x` as one text.
    Request,
    /// The request method alone.
    Method,
    /// The request target alone.
    Path,
    /// Status sent to the client.
    Status,
    /// Bytes sent to the client.
    Bytes,
    /// From the begin of the request to the end of the answer.
    RequestTime,
    /// Address (or name) of the upstream server, possibly a list.
    UpstreamAddr,
    /// Name of the upstream group (backend, cluster).
    UpstreamGroup,
    /// Name of the server in the group.
    UpstreamServer,
    /// Status that the upstream answered, possibly a list.
    UpstreamStatus,
    /// Time to connect to the upstream, possibly a list.
    ConnectTime,
    /// Time to the upstream's response head, possibly a list.
    HeaderTime,
    /// Time to the end of the upstream's response, possibly a list.
    ResponseTime,
    /// Bytes received from the upstream, possibly a list.
    UpstreamBytes,
    /// Time in the gateway's queue.
    QueueTime,
    /// Envoy's response flags.
    ResponseFlags,
    /// Envoy's response code details.
    ResponseCodeDetails,
    /// Envoy's reason for a transport failure upstream.
    TransportFailure,
    /// Envoy's reason for ending the connection.
    ConnectionTermination,
    /// HAProxy's termination state.
    TerminationState,
    /// How often the gateway retried.
    Retries,
    /// Position in or length of a queue.
    QueueLength,
    /// Apache's `error-notes`, H2O's `error`.
    ErrorNotes,
    /// Apache's `%X`, Traffic Server's finish codes: how the client's connection ended.
    ConnectionStatus,
    /// Squid's and Traffic Server's result code (`TCP_MISS`, `ERR_CONNECT_FAIL`).
    ResultCode,
    /// Squid's and Traffic Server's hierarchy code (`HIER_DIRECT`).
    Hierarchy,
    /// Name of the site or host asked for.
    Host,
    /// An identifier of the request.
    RequestId,
    /// The user agent; never evidence.
    UserAgent,
    /// The referrer; never evidence.
    Referrer,
}

/// Number of fields.
const FIELDS: usize = Field::Referrer as usize + 1;

/// One step over a line.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// These bytes must stand here.
    Literal(Box<[u8]>),
    /// A field; so many of its units make a second. Padded fields may begin with spaces.
    Field { field: Field, scale: f64, padded: bool },
    /// HAProxy's captured headers: `{…}` and a space, or nothing at all.
    Braces,
}

/// A compiled layout.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pieces: Vec<Piece>,
}

impl Layout {
    /// Compiles a layout; `None` if it names no field at all, or none that tells a status or a time.
    pub(crate) fn compile(notation: Notation, text: &str) -> Option<Self> {
        let pieces = notation::pieces(notation, text);
        let has = |wanted| pieces.iter().any(|p| matches!(p, Piece::Field { field, .. } if *field == wanted));
        (has(Field::Status) || has(Field::Time)).then_some(Self { pieces })
    }

    /// How many fields with a meaning the layout has.
    pub(crate) fn fields(&self) -> usize {
        let named = |p: &&Piece| matches!(p, Piece::Field { field, .. } if *field != Field::Other);
        self.pieces.iter().filter(named).count()
    }

    /// Cuts a line; `None` if it does not have this layout.
    pub(crate) fn cut<'a>(&self, line: &'a [u8]) -> Option<Row<'a>> {
        let mut row = Row::new();
        let mut rest = line;
        let mut before: &[u8] = b"";
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => {
                    rest = rest.strip_prefix(&**literal)?;
                    before = literal;
                }
                Piece::Braces => rest = after_braces(rest),
                Piece::Field { field, scale, padded } => {
                    if *padded {
                        rest = rest.trim_ascii_start();
                    }
                    let next = match self.pieces.get(index + 1) {
                        Some(Piece::Literal(next)) => Some(&**next),
                        Some(_) => Some(b"".as_slice()),
                        None => None,
                    };
                    let length = length_of(*field, before, rest, next)?;
                    let (value, after) = rest.split_at_checked(length)?;
                    row.set(*field, value, *scale);
                    rest = after;
                    before = b"";
                }
            }
        }
        // More behind the last literal than the layout says is a longer, later layout of the same kind.
        Some(row)
    }
}

/// How long the field at the beginning of `rest` is, given the literals before and behind it.
fn length_of(field: Field, before: &[u8], rest: &[u8], next: Option<&[u8]>) -> Option<usize> {
    let Some(next) = next else { return Some(rest.len()) };
    let Some(&first) = next.first() else { return Some(0) };
    if field == Field::Time
        && let Some((_, after)) = clock::any(rest)
        && after.starts_with(next)
    {
        return Some(rest.len() - after.len());
    }
    let quoted = first == b'"' && before.last() == Some(&b'"');
    let mut from = 0;
    while let Some(found) = memchr(first, rest.get(from..)?) {
        let at = from + found;
        let ends = rest[at..].starts_with(next)
            && !(quoted && is_escaped(&rest[..at]))
            && !(first == b' ' && next.len() == 1 && list_goes_on(&rest[..at], &rest[at..]));
        if ends {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether an odd number of backslashes stands at the end.
fn is_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// Whether the space between belongs to nginx's list of upstream attempts (`a, b : c`).
fn list_goes_on(before: &[u8], after: &[u8]) -> bool {
    before.ends_with(b",") || before.ends_with(b" :") || after.starts_with(b" : ")
}

fn after_braces(rest: &[u8]) -> &[u8] {
    if !rest.starts_with(b"{") {
        return rest;
    }
    match memchr(b'}', rest) {
        Some(end) => {
            let after = rest.get(end + 1..).unwrap_or_default();
            after.strip_prefix(b" ").unwrap_or(after)
        }
        None => rest,
    }
}

#[cfg(test)]
mod tests;
