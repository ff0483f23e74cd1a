//! Which servers of an upstream may be asked now, and which of them come first. How one of those is picked is the
//! business of `choose`.
//!
//! Pure: how each server stands is handed in.

/// How servers of one kind stand.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    /// Those that are not down by their health checks: checks know.
    all: usize,
    /// Those of them that are not ejected either.
    usable: usize,
}

impl Kind {
    fn count(&mut self, usable: bool) {
        self.all += 1;
        self.usable += usize::from(usable);
    }

    /// Whether so many are ejected that nobody is left out any more: ejection only guesses.
    fn panics(self, percent: u32) -> bool {
        (self.all - self.usable) * 100 > self.all * percent as usize
    }
}

/// How the servers of an upstream stand together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranking {
    primaries: Kind,
    backups: Kind,
    panic_percent: u32,
}

/// What comes first is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Primary,
    Backup,
    /// Ejected, while a backup is well: only where nobody else is left to be asked.
    Resort,
}

impl Ranking {
    /// From each server that is not down: whether it is a backup, and whether it is usable.
    pub(super) fn of(servers: impl Iterator<Item = (bool, bool)>, panic_percent: u32) -> Self {
        let mut ranking = Self { primaries: Kind::default(), backups: Kind::default(), panic_percent };
        for (backup, usable) in servers {
            let kind = if backup { &mut ranking.backups } else { &mut ranking.primaries };
            kind.count(usable);
        }
        ranking
    }

    /// The rank of a server that is not down; `None` where it is left out.
    pub(super) fn rank(&self, backup: bool, usable: bool) -> Option<Rank> {
        let kind = if backup { self.backups } else { self.primaries };
        match (backup, usable) {
            (false, true) => Some(Rank::Primary),
            (true, true) => Some(Rank::Backup),
            _ if !kind.panics(self.panic_percent) => None,
            (true, false) => Some(Rank::Backup),
            (false, false) if self.backups.usable > 0 => Some(Rank::Resort),
            (false, false) => Some(Rank::Primary),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMARY: (bool, bool) = (false, true);
    const EJECTED: (bool, bool) = (false, false);
    const BACKUP: (bool, bool) = (true, true);
    const EJECTED_BACKUP: (bool, bool) = (true, false);

    /// The rank of the first of these.
    fn first(servers: &[(bool, bool)], percent: u32) -> Option<Rank> {
        let (backup, usable) = servers[0];
        Ranking::of(servers.iter().copied(), percent).rank(backup, usable)
    }

    #[test]
    fn a_backup_that_is_well_comes_before_servers_that_are_ejected() {
        assert_eq!(first(&[EJECTED, BACKUP], 50), Some(Rank::Resort));
        assert_eq!(first(&[BACKUP, EJECTED, EJECTED], 50), Some(Rank::Backup));
        assert_eq!(first(&[EJECTED, PRIMARY, BACKUP], 50), None);
        assert_eq!(first(&[EJECTED, EJECTED, PRIMARY, BACKUP], 50), Some(Rank::Resort));
    }

    #[test]
    fn where_too_many_are_ejected_and_no_backup_is_well_all_are_asked() {
        assert_eq!(first(&[EJECTED, EJECTED, PRIMARY], 50), Some(Rank::Primary));
        assert_eq!(first(&[EJECTED, EJECTED_BACKUP], 50), Some(Rank::Primary));
        assert_eq!(first(&[EJECTED_BACKUP, EJECTED], 50), Some(Rank::Backup));
        assert_eq!(first(&[EJECTED, PRIMARY], 50), None);
        assert_eq!(first(&[EJECTED, EJECTED], 100), None);
    }
}
