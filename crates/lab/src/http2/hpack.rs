//! HPACK (RFC 7541): reading what a client sends, and writing answers in the plainest form there is.

use std::collections::VecDeque;

use super::huffman::unpack;

/// A name and a value.
pub(super) type Field = (Vec<u8>, Vec<u8>);

/// Size of the dynamic table that a client may use, in bytes as RFC 7541 §4.1 counts them: the default, which the
/// lab's SETTINGS leave alone.
const TABLE_MAX: usize = 4096;

/// What an entry of the dynamic table costs besides its bytes (RFC 7541 §4.1).
const ENTRY_COST: usize = 32;

/// A block can name one long entry again and again; more than this is no request of anybody's.
const FIELDS_BYTES_MAX: usize = 256 * 1024;

/// The static table (RFC 7541 appendix A), from index 1.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// Reads header blocks of one connection, in their order.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The newest entry first.
    table: VecDeque<Field>,
    used: usize,
    size: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { table: VecDeque::new(), used: 0, size: TABLE_MAX }
    }
}

impl Decoder {
    /// Reads a block; nothing where it is wrong, after which the connection is lost (RFC 9113 §4.3).
    pub(super) fn decode(&mut self, block: &[u8]) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        let mut bytes = 0;
        let mut rest = block;
        while let Some(&first) = rest.first() {
            let field = match first {
                0x80.. => {
                    let index;
                    (index, rest) = integer(rest, 7)?;
                    self.entry(index)?
                }
                0x40..0x80 => {
                    let field;
                    (field, rest) = self.literal(rest, 6)?;
                    self.remember(field.clone());
                    field
                }
                0x20..0x40 => {
                    let size;
                    (size, rest) = integer(rest, 5)?;
                    self.resize(size)?;
                    continue;
                }
                0x00..0x20 => {
                    let field;
                    (field, rest) = self.literal(rest, 4)?;
                    field
                }
            };
            bytes += field.0.len() + field.1.len() + ENTRY_COST;
            if bytes > FIELDS_BYTES_MAX {
                return None;
            }
            fields.push(field);
        }
        Some(fields)
    }

    fn literal<'a>(&self, bytes: &'a [u8], prefix: u8) -> Option<(Field, &'a [u8])> {
        let (index, rest) = integer(bytes, prefix)?;
        let (name, rest) = if index == 0 { string(rest)? } else { (self.entry(index)?.0, rest) };
        let (value, rest) = string(rest)?;
        Some(((name, value), rest))
    }

    fn entry(&self, index: usize) -> Option<Field> {
        let index = index.checked_sub(1)?;
        match STATIC.get(index) {
            Some((name, value)) => Some((name.as_bytes().to_vec(), value.as_bytes().to_vec())),
            None => self.table.get(index - STATIC.len()).cloned(),
        }
    }

    fn remember(&mut self, field: Field) {
        self.used += cost(&field);
        self.table.push_front(field);
        self.shrink();
    }

    fn resize(&mut self, size: usize) -> Option<()> {
        self.size = (size <= TABLE_MAX).then_some(size)?;
        self.shrink();
        Some(())
    }

    fn shrink(&mut self) {
        while self.used > self.size {
            let Some(oldest) = self.table.pop_back() else { break };
            self.used = self.used.saturating_sub(cost(&oldest));
        }
    }
}

fn cost(field: &Field) -> usize {
    field.0.len() + field.1.len() + ENTRY_COST
}

/// An integer with a prefix of so many bits (RFC 7541 §5.1); nothing where it is cut or beyond 28 bits more.
fn integer(bytes: &[u8], prefix: u8) -> Option<(usize, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let full = (1usize << prefix) - 1;
    let mut value = usize::from(*first) & full;
    if value < full {
        return Some((value, rest));
    }
    for place in [0, 7, 14, 21] {
        let byte;
        (byte, rest) = rest.split_first()?;
        value += usize::from(byte & 0x7f) << place;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

/// A string (RFC 7541 §5.2).
fn string(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let packed = bytes.first()? & 0x80 != 0;
    let (length, rest) = integer(bytes, 7)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((if packed { unpack(text)? } else { text.to_vec() }, rest))
}

/// A block in which every field is a literal with a name of its own that nobody has to remember (RFC 7541 §6.2.2).
pub(super) fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            write_length(&mut block, text.len());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

fn write_length(block: &mut Vec<u8>, length: usize) {
    const FULL: usize = 0x7f;
    if length < FULL {
        block.push(length as u8);
        return;
    }
    block.push(FULL as u8);
    let mut left = length - FULL;
    while left >= 0x80 {
        block.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    block.push(left as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace()
            .flat_map(|word| {
                (0..word.len()).step_by(2).map(move |at| u8::from_str_radix(&word[at..at + 2], 16).unwrap())
            })
            .collect()
    }

    fn show(fields: &[Field]) -> Vec<String> {
        fields
            .iter()
            .map(|(name, value)| {
                format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
            })
            .collect()
    }

    /// The requests of RFC 7541 appendix C.4, packed, with the dynamic table growing.
    #[test]
    fn requests_of_the_rfc_are_read() {
        let mut decoder = Decoder::default();
        let first = decoder.decode(&hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")).unwrap();
        let start = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
        assert_eq!(show(&first), start);
        let second = decoder.decode(&hex("8286 84be 5886 a8eb 1064 9cbf")).unwrap();
        assert_eq!(show(&second)[..4], start);
        assert_eq!(show(&second)[4], "cache-control: no-cache");
        let third =
            decoder.decode(&hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).unwrap();
        assert_eq!(show(&third)[2], ":path: /index.html");
        assert_eq!(show(&third)[3], ":authority: www.example.com");
        assert_eq!(show(&third)[4], "custom-key: custom-value");
        assert_eq!(decoder.used, 164);
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for wrong in ["80", "ff ff ff ff ff ff", "be", "40", "00 05 61", "3f ff ff 7f", "00 81 00 00"] {
            assert_eq!(Decoder::default().decode(&hex(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn a_smaller_table_forgets() {
        let mut decoder = Decoder::default();
        decoder.decode(&hex("40 01 61 01 62")).unwrap();
        assert_eq!(show(&decoder.decode(&hex("be")).unwrap()), ["a: b"]);
        assert_eq!(decoder.decode(&hex("20 be")), None);
    }

    #[test]
    fn one_long_entry_cannot_be_named_without_end() {
        let mut decoder = Decoder::default();
        let mut block = vec![0x40, 1, b'a'];
        write_length(&mut block, 4000);
        block.extend_from_slice(&[b'x'; 4000]);
        assert!(decoder.decode(&block).is_some());
        assert_eq!(decoder.decode(&[0xbe; 1000]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_block_or_not(blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..5)) {
            let mut decoder = Decoder::default();
            for block in &blocks {
                let _ = decoder.decode(block);
                prop_assert!(decoder.used <= TABLE_MAX);
            }
        }

        #[test]
        fn what_is_written_is_read_back(fields in proptest::collection::vec(("[a-z:-]{1,20}", "[ -~]{0,300}"), 0..5)) {
            let block = encode(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let read = Decoder::default().decode(&block).unwrap();
            let wrote: Vec<Field> = fields.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())).collect();
            prop_assert_eq!(read, wrote);
        }
    }
}
