//! Bodies that are collected before they go on: FastCGI is told the length of a body before the body, which nobody knows
//! of one that comes in chunks, or over HTTP/2 without `content-length`.

use std::future::poll_fn;

use goodgate_wire::Framing;

use super::Exchange;
use super::proxy::client_failed;
use super::upload::{Spool, Stopped, Upload};
use crate::Failed;
use crate::front::Client;

impl<C: Client> Exchange<'_, C> {
    /// Collects the body, and makes its length known.
    pub(super) async fn collect(&mut self, upload: &mut Upload<'_>) -> Result<(), Failed> {
        if self.expects_continue {
            self.invite().await?;
        }
        upload.collect_in(Spool::new(&self.loaded.plan.collect, &self.core.shared.spooled));
        let collected = poll_fn(|cx| upload.poll_collect(cx, &mut *self.client)).await;
        self.framing = Framing::Length(collected.map_err(|stopped| match stopped {
            Stopped::Client(end) => client_failed(end),
            Stopped::Own(fault) => Failed::NotKept(fault),
            Stopped::Server(_) => Failed::Internal("a server spoke before it was asked"),
        })?);
        Ok(())
    }

    /// Has a client that waits for a 100 send its body.
    pub(super) async fn invite(&mut self) -> Result<(), Failed> {
        self.expects_continue = false;
        self.client.interim(100, b"Continue", &mut |_| {});
        poll_fn(|cx| self.client.poll_send(cx, &[], false)).await.map_err(client_failed)
    }
}
