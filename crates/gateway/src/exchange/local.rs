//! What the gateway answers itself, and scripts among the files of a PHP site.

use std::time::SystemTime;

use super::onward::{Script, Towards};
use super::{Exchange, Left};
use crate::core::Room;
use crate::files::{self, FileBody, FileFault, Place};
use crate::forward::Edits;
use crate::front::{Client, ClientEnd};
use crate::plan::{Php, Route};
use crate::{Failed, redirect};

/// Bytes of a file that are read and sent at once.
const PIECE: usize = 128 << 10;

impl<C: Client> Exchange<'_, C> {
    /// Serves a file, or has FastCGI run the script that the path stands for: the path as it was asked for, and as the
    /// route rewrote it.
    pub(super) async fn serve_folder(
        &mut self,
        folder: &files::Folder,
        php: Option<&Php>,
        route: &Route,
        (asked, path): (&[u8], &[u8]),
        room: &mut Room,
    ) -> Result<Left, Failed> {
        match folder.find(path).await.map_err(file_failed)? {
            Place::File(file) => self.file(file, route).await,
            Place::Script(script) => {
                let Some(php) = php else { return Err(Failed::NoRoute) };
                let root = php.script_root.to_string_lossy();
                let script = Script {
                    root: root.trim_end_matches('/').as_bytes(),
                    name: &script.name,
                    filename: &script.filename,
                    path_info: &script.path_info,
                    params: &php.params,
                };
                let host = self.ask.request.authority;
                let towards =
                    Towards { upstream: php.upstream, route, host, target: b"", script: Some(script) };
                self.proxy(&towards, room).await
            }
            Place::WithoutSlash => {
                let mut location = Vec::new();
                redirect::folder_location(asked, self.ask.request.query, &mut location);
                // 308 keeps the method and the body (RFC 9110 section 15.4.9).
                let status = if matches!(self.ask.request.method, b"GET" | b"HEAD") { 301 } else { 308 };
                self.fixed(status, &[(b"Location", &location)], &[], Edits(&route.response_fields)).await
            }
            Place::Nothing => Err(Failed::NoRoute),
            Place::Denied => Err(Failed::Denied),
        }
    }

    async fn file(&mut self, file: files::OpenFile, route: &Route) -> Result<Left, Failed> {
        let mut fields = Vec::new();
        let answer = files::answer(file, &self.ask.request, SystemTime::now(), &mut fields)?;
        self.begin_own(answer.status, &fields, answer.length, Edits(&route.response_fields)).await;
        match answer.body {
            Some(body) => self.send_file(body).await,
            None => Ok(self.send_rest(&[]).await),
        }
    }

    async fn send_file(&mut self, mut body: FileBody) -> Result<Left, Failed> {
        let mut piece = Vec::new();
        loop {
            piece.clear();
            match body.read(&mut piece, PIECE).await {
                Ok(0) => return Ok(self.send_rest(&[]).await),
                Ok(_) if body.remaining() == 0 => return Ok(self.send_rest(&piece).await),
                Ok(_) => {}
                Err(fault) => return Err(file_failed(fault)),
            }
            let sent = std::future::poll_fn(|cx| self.client.poll_send(cx, &piece, false)).await;
            if let Err(end) = sent {
                return Ok(self.client_ended(end));
            }
        }
    }

    /// Sends the last piece of an answer of our own.
    pub(super) async fn send_rest(&mut self, piece: &[u8]) -> Left {
        match std::future::poll_fn(|cx| self.client.poll_send(cx, piece, true)).await {
            Ok(()) => Left::Open,
            Err(end) => self.client_ended(end),
        }
    }

    fn client_ended(&mut self, end: ClientEnd) -> Left {
        self.told.end = end.of_answer();
        Left::Closed
    }
}

fn file_failed(fault: FileFault) -> Failed {
    Failed::Internal(match fault {
        FileFault::Root(_) => "the folder of the site cannot be opened",
        FileFault::System(_) => "a file of the site cannot be opened or read",
        FileFault::Shrunk { .. } => "a file became shorter while it was being sent",
        FileFault::Stopped => "the gateway is stopping",
    })
}
