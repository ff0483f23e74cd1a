//! A strict reader of one HTTP/1.1 answer to a GET: whatever bends a rule is an error. It knows no recipe's meaning.

use goodgate_lab::Step;

/// What a list of steps puts on the wire until it closes, resets, hangs or hands over.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) bytes: Vec<u8>,
    /// It ends with an orderly close.
    pub(crate) closed: bool,
}

/// One whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Bytes after it.
    pub(crate) left: usize,
}

/// A valid Content-Length, and how many bytes came after the head.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) bytes: u64,
    pub(crate) came: u64,
}

impl Sent {
    pub(crate) fn of(steps: &[Step]) -> Self {
        let mut sent = Self::default();
        for step in steps {
            match step {
                Step::Send(text) => sent.bytes.extend_from_slice(text.as_bytes()),
                Step::SendHex(hex) => {
                    let bytes = hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap());
                    sent.bytes.extend(bytes);
                }
                Step::Fill(fill) => {
                    for n in 0..fill.times {
                        sent.bytes.extend_from_slice(fill.text.replace("{n}", &n.to_string()).as_bytes());
                    }
                }
                Step::Trickle(trickle) => sent.bytes.extend_from_slice(trickle.text.as_bytes()),
                Step::Close => sent.closed = true,
                _ => {}
            }
        }
        sent
    }
}

/// The fields of a head, names in small letters.
struct Head {
    minor: u8,
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    fn all(&self, name: &str) -> Vec<&[u8]> {
        self.fields.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_slice()).collect()
    }
}

/// Reads one whole and valid answer to a GET.
pub(crate) fn read(sent: &Sent) -> Result<Answer, String> {
    let (head, rest) = final_head(&sent.bytes)?;
    let lengths = head.all("content-length");
    let codings = head.all("transfer-encoding");
    let whole = |body: &[u8], left| Ok(Answer { status: head.status, body: body.to_vec(), left });
    if matches!(head.status, 204 | 304) {
        return whole(b"", rest.len());
    }
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) if sent.closed => whole(rest, 0),
        ([], []) => Err("ends by close, and is not closed in order".to_owned()),
        ([coding], []) if *coding == b"chunked" && head.minor > 0 => {
            let (body, left) = chunks(rest)?;
            whole(&body, left)
        }
        ([], [length]) => {
            let length = number(length).ok_or("a Content-Length that is no number")?;
            let body = rest.get(..length).ok_or("shorter than announced")?;
            whole(body, rest.len() - length)
        }
        _ => Err("its length is told in two ways".to_owned()),
    }
}

/// The one valid Content-Length of the final head, where there is no transfer coding.
pub(crate) fn announced(sent: &Sent) -> Option<Announced> {
    let (head, rest) = final_head(&sent.bytes).ok()?;
    let lengths = head.all("content-length");
    let [length] = lengths.as_slice() else { return None };
    let bodiless = matches!(head.status, 204 | 304) || !head.all("transfer-encoding").is_empty();
    let bytes = number(length)? as u64;
    (!bodiless).then_some(Announced { bytes, came: rest.len() as u64 })
}

fn final_head(mut bytes: &[u8]) -> Result<(Head, &[u8]), String> {
    loop {
        let (head, rest) = head(bytes)?;
        match head.status {
            101 => return Err("changes to a protocol that nobody asked for".to_owned()),
            100..=199 => bytes = rest,
            200..=599 => return Ok((head, rest)),
            _ => return Err("a status that there is not".to_owned()),
        }
    }
}

fn head(bytes: &[u8]) -> Result<(Head, &[u8]), String> {
    let (line, mut rest) = line(bytes).ok_or("no status line")?;
    let after = line.strip_prefix(b"HTTP/1.").ok_or("no HTTP/1 status line")?;
    let [minor @ b'0'..=b'9', b' ', a, b, c, b' ', ..] = after else {
        return Err("a bad status line".to_owned());
    };
    let status =
        std::str::from_utf8(&[*a, *b, *c]).ok().and_then(|code| code.parse().ok()).ok_or("no number")?;
    let mut fields = Vec::new();
    loop {
        let (line, after) = self::line(rest).ok_or("the head does not end")?;
        rest = after;
        if line.is_empty() {
            return Ok((Head { minor: minor - b'0', status, fields }, rest));
        }
        fields.push(field(line)?);
    }
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>), String> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or("a line without a colon")?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(token) {
        return Err("a bad field name".to_owned());
    }
    if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err("a control character in a value".to_owned());
    }
    Ok((String::from_utf8_lossy(name).to_ascii_lowercase(), value.trim_ascii().to_vec()))
}

/// A line that ends with CRLF, and what follows it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

fn number(digits: &[u8]) -> Option<usize> {
    let only = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| only)?.parse().ok()
}

/// The bytes of a chunked body, and how many follow it.
fn chunks(mut bytes: &[u8]) -> Result<(Vec<u8>, usize), String> {
    let mut body = Vec::new();
    loop {
        let (size, rest) = line(bytes).ok_or("no chunk size")?;
        let digits = size.split(|byte| *byte == b';').next().unwrap_or_default();
        let hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
        let size =
            std::str::from_utf8(digits).ok().filter(|_| hex).and_then(|d| usize::from_str_radix(d, 16).ok());
        let size = size.ok_or("a bad chunk size")?;
        if size == 0 {
            return trailers(rest).map(|left| (body, left));
        }
        let (data, after) = rest.split_at_checked(size).ok_or("a chunk is cut")?;
        body.extend_from_slice(data);
        bytes = after.strip_prefix(b"\r\n").ok_or("a chunk does not end where it should")?;
    }
}

fn trailers(mut bytes: &[u8]) -> Result<usize, String> {
    loop {
        let (line, rest) = line(bytes).ok_or("the trailers do not end")?;
        if line.is_empty() {
            return Ok(rest.len());
        }
        field(line)?;
        bytes = rest;
    }
}
