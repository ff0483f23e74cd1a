//! One message's pieces in one system call: what stands before a piece of a body, the piece, what stands behind it.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use goodgate_wire::Channel;

/// How far a frame went out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent(usize);

impl Sent {
    /// Bytes that went out.
    pub(crate) fn count(self) -> usize {
        self.0
    }

    /// Writes on until all three are out; to be called with the same until then.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        channel: &mut Channel,
        before: &[u8],
        piece: &[u8],
        behind: &[u8],
    ) -> Poll<io::Result<()>> {
        let total = before.len() + piece.len() + behind.len();
        while self.0 < total {
            if before.len() == total {
                let rest = before.get(self.0..).unwrap_or_default();
                self.0 += taken(ready!(channel.poll_write(cx, rest)))?;
                continue;
            }
            let mut slices = [IoSlice::new(&[]); 3];
            let (mut skip, mut count) = (self.0, 0);
            for part in [before, piece, behind] {
                let rest = part.get(skip.min(part.len())..).unwrap_or_default();
                skip = skip.saturating_sub(part.len());
                if !rest.is_empty() {
                    slices[count] = IoSlice::new(rest);
                    count += 1;
                }
            }
            let written = match slices.get(..count) {
                Some([only]) => ready!(channel.poll_write(cx, only)),
                Some(several) => ready!(channel.poll_write_vectored(cx, several)),
                None => return Poll::Ready(Ok(())),
            };
            self.0 += taken(written)?;
        }
        channel.poll_flush(cx)
    }
}

/// How many bytes were taken; a channel that takes none will never take any.
fn taken(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        written => written,
    }
}
