//! Moments for letters: in UTC and in this computer's own zone, each with its offset.

use goodgate_facts::Moment;
use jiff::tz::TimeZone;

use crate::words::{args, say_with};

/// "2026-01-01 13:00:00 (UTC+01:00), which is 12:00:00 UTC"; only UTC where that is the zone here.
pub(super) fn both(moment: Moment) -> String {
    in_zone(moment, &TimeZone::system())
}

fn in_zone(moment: Moment, zone: &TimeZone) -> String {
    let utc = moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let here = moment.to_zoned(zone.clone());
    if here.offset().is_zero() {
        return utc;
    }
    let here = here.strftime("%Y-%m-%d %H:%M:%S (UTC%:z)").to_string();
    say_with("moment-both", &args![here = here, utc = utc])
}

/// The time of day here, as on the reader's clock.
pub(super) fn clock(moment: Moment) -> String {
    moment.to_zoned(TimeZone::system()).strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_has_its_zone() {
        let moment: Moment = "2026-01-01T12:00:00Z".parse().unwrap();
        assert_eq!(in_zone(moment, &TimeZone::UTC), "2026-01-01 12:00:00 UTC");
        let kolkata = TimeZone::fixed(jiff::tz::Offset::from_seconds(19_800).unwrap());
        let shown = in_zone(moment, &kolkata);
        assert!(
            shown.contains("2026-01-01 17:30:00 (UTC+05:30)") && shown.contains("12:00:00 UTC"),
            "{shown}"
        );
    }
}
