//! What holds from the start of a gateway to its end, whatever is loaded in between.

use super::cores;
use crate::plan::Plan;

/// What of a plan is looked at once, at the start.
#[derive(Clone, Debug)]
pub(super) struct Lasting {
    name: String,
    cores: usize,
    user: Option<String>,
    group: Option<String>,
}

impl Lasting {
    pub(super) fn of(plan: &Plan) -> Self {
        let process = &plan.process;
        let (user, group) = (process.user.clone(), process.group.clone());
        Self { name: plan.name.clone(), cores: cores(plan), user, group }
    }

    /// The keys that another plan says otherwise, which has to wait for a restart.
    pub(super) fn otherwise(&self, plan: &Plan) -> Vec<&'static str> {
        let other = Self::of(plan);
        let keys = [
            ("name", self.name == other.name),
            ("process.cores", self.cores == other.cores),
            ("process.user", self.user == other.user),
            ("process.group", self.group == other.group),
        ];
        keys.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
    }
}
