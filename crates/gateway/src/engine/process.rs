//! The process: as many descriptors as the system grants, and no more privileges than serving needs.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Gid, Group, User, initgroups, setgid, setuid};

use crate::plan::Process;
use crate::record::Owner;

/// Why privileges cannot be given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessError {
    /// There is no such user.
    UserUnknown(String),
    /// There is no such group.
    GroupUnknown(String),
    /// The system does not let us become this user: only root may.
    Denied(String),
}

impl std::fmt::Display for ProcessError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UserUnknown(user) => write!(f, "this machine has no user `{user}` (process.user)"),
            Self::GroupUnknown(group) => write!(f, "this machine has no group `{group}` (process.group)"),
            Self::Denied(user) => {
                write!(f, "cannot become user `{user}`: start as root, or leave process.user out")
            }
        }
    }
}

impl std::error::Error for ProcessError {}

/// Raises the limit of open files to what the system grants without asking: each request in hand needs two.
pub(super) fn raise_descriptors() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // Where it fails the old limit stays, and accepting pauses when it is reached.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// Whom files are given to that are made before privileges are given up: the user that the plan names, if it does.
pub(super) fn owner(process: &Process) -> Result<Option<Owner>, ProcessError> {
    let named = named(process)?;
    Ok(named.map(|(user, group)| Owner { user: user.uid.as_raw(), group: group.as_raw() }))
}

/// Becomes the user that the plan names, all threads of the process included. Nothing where it names none, or where we
/// are that user already.
pub(super) fn give_up_privileges(process: &Process) -> Result<(), ProcessError> {
    let Some((user, group)) = named(process)? else { return Ok(()) };
    if nix::unistd::geteuid() == user.uid && nix::unistd::getegid() == group {
        return Ok(());
    }
    let become_user = || -> Result<(), Errno> {
        let name = std::ffi::CString::new(user.name.as_str()).map_err(|_| Errno::EINVAL)?;
        initgroups(&name, group)?;
        setgid(group)?;
        setuid(user.uid)
    };
    become_user().map_err(|_| ProcessError::Denied(user.name))
}

/// The user and the group that the plan names.
fn named(process: &Process) -> Result<Option<(User, Gid)>, ProcessError> {
    let Some(name) = &process.user else { return Ok(None) };
    let user = User::from_name(name).ok().flatten().ok_or_else(|| ProcessError::UserUnknown(name.clone()))?;
    let group = group(process, user.gid)?;
    Ok(Some((user, group)))
}

fn group(process: &Process, own: Gid) -> Result<Gid, ProcessError> {
    let Some(name) = &process.group else { return Ok(own) };
    let found = Group::from_name(name).ok().flatten();
    found.map(|group| group.gid).ok_or_else(|| ProcessError::GroupUnknown(name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_nothing_and_strangers_are_told() {
        assert_eq!(give_up_privileges(&Process::default()), Ok(()));
        let of = |user: &str, group: Option<&str>| Process {
            user: Some(user.to_owned()),
            group: group.map(str::to_owned),
            ..Process::default()
        };
        let unknown = ProcessError::UserUnknown("no-such-user".to_owned());
        assert_eq!(give_up_privileges(&of("no-such-user", None)), Err(unknown));
        let unknown = ProcessError::GroupUnknown("no-such-group".to_owned());
        assert_eq!(give_up_privileges(&of("root", Some("no-such-group"))), Err(unknown));
    }

    #[test]
    fn descriptors_are_as_many_as_may_be() {
        raise_descriptors();
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(soft, hard);
    }
}
