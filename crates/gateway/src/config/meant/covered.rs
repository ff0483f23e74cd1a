//! Routes that are never reached because an earlier one takes everything they would.

use crate::plan::{PathPattern, Route};

/// Whether every request that fits `later` fits `earlier` as well.
pub(super) fn covers(earlier: &Route, later: &Route) -> bool {
    let methods = earlier.methods.is_empty()
        || !later.methods.is_empty() && later.methods.iter().all(|method| earlier.methods.contains(method));
    let fields = earlier.fields.iter().all(|wanted| {
        later
            .fields
            .iter()
            .any(|other| other.name == wanted.name && (wanted.value.is_none() || wanted.value == other.value))
    });
    methods && fields && covers_path(&earlier.path, &later.path)
}

fn covers_path(earlier: &PathPattern, later: &PathPattern) -> bool {
    let below = |prefix: &str, path: &str| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match (earlier, later) {
        (PathPattern::Below(prefix), _) if prefix.is_empty() => true,
        (PathPattern::Below(prefix), PathPattern::Below(path) | PathPattern::Exact(path)) => {
            below(prefix, path)
        }
        (PathPattern::Suffix(end), PathPattern::Suffix(other) | PathPattern::Exact(other)) => {
            other.ends_with(end.as_str())
        }
        (PathPattern::Exact(one), PathPattern::Exact(other)) => one == other,
        _ => false,
    }
}
