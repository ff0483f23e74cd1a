//! Buffers, lent by a core: taken when bytes are there to be read and given back when they are gone, so that an idle
//! connection holds none.

use std::cell::RefCell;

/// Bytes for a head and what comes with it.
pub(crate) const SMALL: usize = 16 << 10;
/// Bytes for a body that is larger than one small read.
pub(crate) const LARGE: usize = 64 << 10;
/// Bytes for a long transfer.
pub(crate) const HUGE: usize = 256 << 10;

/// Bytes of each size that a core keeps for later; what is given back beyond is freed.
const KEPT_BYTES: usize = 8 << 20;

/// The free buffers of a core.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// The small one that was given back last, which is the one that is taken next nearly always; empty for none.
    last: RefCell<Box<[u8]>>,
    small: RefCell<Vec<Box<[u8]>>>,
    large: RefCell<Vec<Box<[u8]>>>,
    huge: RefCell<Vec<Box<[u8]>>>,
}

impl Buffers {
    /// A buffer of one of the three sizes.
    #[inline]
    pub(crate) fn take(&self, size: usize) -> Buffer {
        let last = self.last.take();
        if last.len() == size {
            return Buffer { bytes: last, begin: 0, end: 0 };
        }
        drop(self.last.replace(last));
        self.another(size)
    }

    fn another(&self, size: usize) -> Buffer {
        let bytes = match self.of(size) {
            Some(free) => free.borrow_mut().pop().unwrap_or_else(|| fresh(size)),
            None => fresh(size),
        };
        Buffer { bytes, begin: 0, end: 0 }
    }

    /// Gives it back. Other sizes than the three are freed.
    #[inline]
    pub(crate) fn give(&self, buffer: Buffer) {
        let last = if buffer.size() == SMALL { self.last.replace(buffer.bytes) } else { buffer.bytes };
        if !last.is_empty() {
            self.keep(last);
        }
    }

    fn keep(&self, bytes: Box<[u8]>) {
        let Some(free) = self.of(bytes.len()) else { return };
        let mut free = free.borrow_mut();
        if free.len() * bytes.len() < KEPT_BYTES {
            free.push(bytes);
        }
    }

    fn of(&self, size: usize) -> Option<&RefCell<Vec<Box<[u8]>>>> {
        match size {
            SMALL => Some(&self.small),
            LARGE => Some(&self.large),
            HUGE => Some(&self.huge),
            _ => None,
        }
    }
}

fn fresh(size: usize) -> Box<[u8]> {
    vec![0; size].into_boxed_slice()
}

/// Bytes that came and were not taken yet, and room for more.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Box<[u8]>,
    begin: usize,
    end: usize,
}

impl Buffer {
    /// What came.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.begin..self.end).unwrap_or_default()
    }

    /// What came, to be changed in place.
    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.begin..self.end).unwrap_or_default()
    }

    /// Whether nothing is left of what came.
    pub(crate) fn is_empty(&self) -> bool {
        self.begin >= self.end
    }

    /// Whether there is memory behind it at all.
    pub(crate) fn is_lent(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Its size.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Where more can be read to.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// That so many bytes were read into the room.
    pub(crate) fn came(&mut self, count: usize) {
        self.end = (self.end + count).min(self.bytes.len());
    }

    /// That so many bytes at the front are done with.
    pub(crate) fn consume(&mut self, count: usize) {
        self.begin = (self.begin + count).min(self.end);
    }

    /// Moves what is left to the front, so that all the room is behind it.
    pub(crate) fn compact(&mut self) {
        if self.begin > 0 {
            self.bytes.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
    }

    /// The same bytes in a larger buffer.
    pub(crate) fn grown(self, buffers: &Buffers, size: usize) -> Self {
        let mut larger =
            if size <= HUGE { buffers.take(size) } else { Self { bytes: fresh(size), begin: 0, end: 0 } };
        let filled = self.filled();
        if let Some(room) = larger.bytes.get_mut(..filled.len()) {
            room.copy_from_slice(filled);
            larger.end = filled.len();
        }
        buffers.give(self);
        larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_moving_and_growing() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take(SMALL);
        buffer.room()[..5].copy_from_slice(b"hello");
        buffer.came(5);
        buffer.consume(2);
        assert_eq!(buffer.filled(), b"llo");
        buffer.compact();
        assert_eq!(buffer.room().len(), SMALL - 3);
        assert_eq!(buffer.filled(), b"llo");
        let mut buffer = buffer.grown(&buffers, LARGE);
        assert_eq!((buffer.filled(), buffer.size()), (&b"llo"[..], LARGE));
        buffer.consume(9);
        assert!(buffer.is_empty());
        assert_eq!(buffer.room().len(), LARGE);
        buffers.give(buffer);
        assert_eq!(buffers.last.borrow().len(), SMALL);
        assert_eq!(buffers.large.borrow().len(), 1);
        assert!(!Buffer::default().is_lent());
        buffers.give(buffers.another(SMALL));
        assert_eq!((buffers.last.borrow().len(), buffers.small.borrow().len()), (SMALL, 1));
        buffers.take(SMALL);
        assert_eq!((buffers.last.borrow().len(), buffers.small.borrow().len()), (0, 1));
    }
}
