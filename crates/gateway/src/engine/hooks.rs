//! What the binary hands in: words for people, and somebody to tell what happens.

use std::sync::Arc;

use goodgate_wire::{Reload, TlsFilesError};

use crate::answer::{FirstCauses, Pages};
use crate::plan::Plan;

/// What the binary hands in.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Where the configuration came from, for whoever asks: a file's name, or `command line`.
    pub configuration: String,
    /// Says what may be behind a failure, for whoever gets the full account.
    pub first_causes: Option<Arc<FirstCauses>>,
    /// Told that certificates were renewed and cannot be used, so that those before are still shown: why, once for each
    /// change of the files. May be called by any thread.
    pub certificate_kept: Option<Arc<CertificateKept>>,
}

/// Told why a renewed certificate cannot be used.
pub type CertificateKept = dyn Fn(&TlsFilesError) + Send + Sync;

impl Hooks {
    /// Tells what came of reading certificates anew, where that is worth telling.
    pub(super) fn certificates_kept(&self, reload: &Reload) {
        if let Some(tell) = &self.certificate_kept {
            reload.kept.iter().for_each(|error| tell(error));
        }
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").field("first_causes", &self.first_causes.is_some()).finish()
    }
}

/// Pages in this plan's name.
pub(super) fn pages(plan: &Plan, hooks: &Hooks) -> Arc<Pages> {
    let pages = Pages::new(&plan.name, &plan.error_pages);
    Arc::new(match &hooks.first_causes {
        Some(causes) => {
            let causes = Arc::clone(causes);
            pages.first_causes(Box::new(move |account, tag| causes(account, tag)))
        }
        None => pages,
    })
}
