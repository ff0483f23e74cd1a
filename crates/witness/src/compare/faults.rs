//! Faults that are not made on the wire: by a name server, by a real application server.

use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{Application, DnsAnswer, Fault, LabError, NameServer, Origin, Upstream};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

/// A gateway may keep the answers of a name server for a second, which is what it is told; some count whole seconds and
/// keep them for nearly two, and others need some time to ask again and to give up.
const KEPT: Duration = Duration::from_millis(2500);

/// A name server that answers wrongly.
pub(super) struct Misnamed<'a> {
    pub(super) origin: &'a Origin,
    pub(super) server: &'a NameServer,
    pub(super) answer: DnsAnswer,
}

impl Fault for Misnamed<'_> {
    async fn begin(&mut self) -> Result<(), LabError> {
        self.server.answer(self.answer, self.origin.address().ip());
        // Nobody can see what a gateway remembers; this waits until it has forgotten.
        tokio::time::sleep(KEPT).await;
        self.origin.forget();
        Ok(())
    }

    async fn end(&mut self) -> Result<(), LabError> {
        self.server.heal();
        Ok(())
    }

    fn upstream(&self, token: &str) -> Upstream {
        self.origin.upstream(token)
    }
}

/// A real application server in trouble.
pub(super) struct Troubled {
    application: Arc<Mutex<Application>>,
    query: String,
    /// What commands on the server printed while it was in trouble for the first time.
    pub(super) host: Vec<(String, String)>,
    /// What its logs said then.
    pub(super) logs: Vec<(String, String)>,
}

impl Troubled {
    pub(super) async fn new(application: &Arc<Mutex<Application>>) -> Self {
        let query = application.lock().await.path();
        let application = Arc::clone(application);
        Self { application, query, host: Vec::new(), logs: Vec::new() }
    }

    /// Starting and stopping a server blocks, so it is done where that harms nobody.
    async fn on_it<T: Send + 'static>(
        &self,
        does: impl FnOnce(&mut OwnedMutexGuard<Application>) -> Result<T, LabError> + Send + 'static,
    ) -> Result<T, LabError> {
        let mut application = Arc::clone(&self.application).lock_owned().await;
        spawn_blocking(move || does(&mut application)).await.unwrap_or_else(|problem| {
            let source = std::io::Error::other(problem);
            Err(LabError::system("running an application server", source, "report this as a bug"))
        })
    }
}

impl Fault for Troubled {
    async fn begin(&mut self) -> Result<(), LabError> {
        self.on_it(|application| application.start()).await
    }

    async fn end(&mut self) -> Result<(), LabError> {
        let first = self.logs.is_empty() && self.host.is_empty();
        let seen = self.on_it(move |application| {
            // The worst that can come of it is that the fault was not made, which the answer shows as well.
            let _ = application.during();
            let seen = first.then(|| (application.host(), application.logs()));
            application.heal()?;
            Ok(seen)
        });
        if let Some((host, logs)) = seen.await? {
            (self.host, self.logs) = (host, logs);
        }
        Ok(())
    }

    /// Nothing counts what reaches a real server.
    fn upstream(&self, _token: &str) -> Upstream {
        Upstream::default()
    }

    fn query(&self) -> &str {
        &self.query
    }
}
