//! Lengths of time, sizes, shares, statuses and networks as people write them.

use std::net::IpAddr;
use std::time::Duration;

use super::kind::Form;
use super::typed::Formed;
use crate::plan::Network;

type Wrong = (String, String);

/// A length of time above nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Duration);

/// A length of time that may be nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pause(pub(super) Duration);

/// What nobody means by a time-out; a larger number is a slip, and instants far beyond cannot be told.
const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Longer texts are no amounts.
const TEXT_BYTES_MAX: usize = 40;

const TIME_PATTERN: &str = "^([0-9]+(ms|s|m|h|d) ?)+$";

impl Formed for Time {
    const FORM: Form = Form {
        is: "a length of time",
        examples: &["30s", "500ms", "1m30s"],
        pattern: TIME_PATTERN,
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        match time(text)? {
            Duration::ZERO => Err(("this must be more than nothing".to_owned(), String::new())),
            time => Ok(Self(time)),
        }
    }
}

impl Formed for Pause {
    const FORM: Form = Form {
        is: "a length of time, or \"0s\" for none",
        examples: &["5s", "25ms"],
        pattern: TIME_PATTERN,
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        time(text).map(Self)
    }
}

fn time(text: &str) -> Result<Duration, Wrong> {
    let wrong = |hint: String| (format!("{text:?} is no length of time"), hint);
    let mut sum = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > TEXT_BYTES_MAX {
        return Err(wrong(String::new()));
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let number: u64 = number.parse().map_err(|_| wrong(String::new()))?;
        let ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" => {
                return Err(wrong(format!(
                    "with its unit, such as \"{number}s\" for seconds or \"{number}ms\""
                )));
            }
            _ => return Err(wrong("units are ms, s, m, h and d, such as in \"30s\"".to_owned())),
        };
        sum = sum.saturating_add(Duration::from_millis(number.saturating_mul(ms)));
        rest = behind.trim_start();
    }
    if sum > TIME_MAX {
        return Err(("this is longer than a year".to_owned(), String::new()));
    }
    Ok(sum)
}

/// Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

impl Formed for Size {
    const FORM: Form = Form {
        is: "a size",
        examples: &["64KiB", "10MB", "1GiB"],
        pattern: "^[0-9]+ ?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$",
        number: true,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let text = text.trim();
        let wrong = |hint: &str| (format!("{text:?} is no size"), hint.to_owned());
        if text.len() > TEXT_BYTES_MAX {
            return Err(wrong(""));
        }
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let number: u64 = number.parse().map_err(|_| wrong(""))?;
        let factor: u64 = match unit.trim_start() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "KiB" => 1 << 10,
            "MB" => 1_000_000,
            "MiB" => 1 << 20,
            "GB" => 1_000_000_000,
            "GiB" => 1 << 30,
            "TB" => 1_000_000_000_000,
            "TiB" => 1 << 40,
            _ => {
                return Err(wrong(
                    "units are B, KiB, MiB, GiB (by 1024) and kB, MB, GB (by 1000), such as in \"64KiB\"",
                ));
            }
        };
        number.checked_mul(factor).map(Self).ok_or_else(|| wrong("this is more than there can be"))
    }
}

/// A share in percent, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Percent(pub(super) u32);

impl Formed for Percent {
    const FORM: Form =
        Form { is: "a share", examples: &["20%"], pattern: "^(100|[0-9]{1,2}) ?%$", number: false };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let number = text.trim().strip_suffix('%').map(str::trim_end);
        let number: Option<u32> = number.and_then(|number| number.parse().ok());
        match number {
            Some(number @ 0..=100) => Ok(Self(number)),
            Some(_) => Err((format!("{text:?} is more than all"), "from \"0%\" to \"100%\"".to_owned())),
            None => Err((format!("{text:?} is no share"), String::new())),
        }
    }
}

/// Statuses: from, to, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statuses(pub(super) (u16, u16));

impl Formed for Statuses {
    const FORM: Form = Form {
        is: "a status or a range of them",
        examples: &["200-399", "502"],
        pattern: "^[1-5][0-9]{2}( ?- ?[1-5][0-9]{2})?$",
        number: true,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let one = |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
        let (from, to) = match text.split_once('-') {
            Some((from, to)) => (one(from), one(to)),
            None => (one(text), one(text)),
        };
        match (from, to) {
            (Some(from), Some(to)) if from <= to => Ok(Self((from, to))),
            (Some(from), Some(to)) => {
                Err((format!("{from}-{to} is empty"), format!("the lower one comes first: \"{to}-{from}\"")))
            }
            _ => Err((format!("{text:?} is no status, nor a range of them"), String::new())),
        }
    }
}

impl Formed for Network {
    const FORM: Form = Form {
        is: "an address or a network",
        examples: &["192.0.2.7", "192.0.2.0/24", "2001:db8::/32"],
        pattern: "^[0-9a-fA-F:.]+(/[0-9]{1,3})?$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let wrong = || (format!("{text:?} is neither an address nor a network"), String::new());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits_max: u8 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => bits_max,
            Some(bits) => match bits.parse::<u8>() {
                Ok(bits) if bits <= bits_max => bits,
                Ok(_) => {
                    return Err((
                        format!("{text:?} has too many bits"),
                        format!("at most {bits_max} behind the slash"),
                    ));
                }
                Err(_) => return Err(wrong()),
            },
        };
        let network = Self { address: first(address, bits), bits };
        if network.address != address {
            let meant = format!(
                "\"{}/{bits}\" for the network, or \"{address}\" for the address alone",
                network.address
            );
            return Err((format!("{text:?} is an address within a network"), meant));
        }
        Ok(network)
    }
}

/// The first address of the network that it lies in.
fn first(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(v4) => {
            IpAddr::V4((u32::from(v4) & u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0)).into())
        }
        IpAddr::V6(v6) => {
            IpAddr::V6((u128::from(v6) & u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, ms) in
            [("5s", 5_000), ("500ms", 500), ("1m30s", 90_000), ("1h 5m", 3_900_000), ("2d", 172_800_000)]
        {
            assert_eq!(Time::formed(text).unwrap().0.as_millis(), ms, "{text}");
        }
        for text in ["", "s", "-1s", "1.5s", "5x", "9999999999999999999s", "999d", "0s", "5 s s", "٣s"] {
            assert!(Time::formed(text).is_err(), "{text}");
        }
        assert!(Time::formed("30").unwrap_err().1.contains("\"30s\""));
        assert_eq!(Pause::formed("0s").unwrap().0, Duration::ZERO);
    }

    #[test]
    fn sizes_shares_and_statuses() {
        for (text, bytes) in
            [("64KiB", 65_536), ("10MB", 10_000_000), ("7", 7), ("1 GiB", 1 << 30), ("3 kB", 3_000)]
        {
            assert_eq!(Size::formed(text).unwrap().0, bytes, "{text}");
        }
        for text in ["", "KiB", "1k", "1.5MB", "99999999999TiB", "-1"] {
            assert!(Size::formed(text).is_err(), "{text}");
        }
        assert_eq!(Percent::formed("20%").unwrap().0, 20);
        for text in ["20", "101%", "%", "-1%"] {
            assert!(Percent::formed(text).is_err(), "{text}");
        }
        assert_eq!(Statuses::formed("200-399").unwrap().0, (200, 399));
        assert_eq!(Statuses::formed("502").unwrap().0, (502, 502));
        for text in ["399-200", "99", "5xx", "200-", "600"] {
            assert!(Statuses::formed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks() {
        let net = |text: &str| Network::formed(text).map(|net| format!("{}/{}", net.address, net.bits));
        assert_eq!(net("192.0.2.0/24").unwrap(), "192.0.2.0/24");
        assert_eq!(net("192.0.2.7").unwrap(), "192.0.2.7/32");
        assert_eq!(net("::/0").unwrap(), "::/0");
        assert!(net("192.0.2.7/24").unwrap_err().1.contains("192.0.2.0/24"));
        for text in ["192.0.2.0/33", "192.0.2", "2001:db8::/129", "10.0.0.0/8/8", "example.com"] {
            assert!(net(text).is_err(), "{text}");
        }
    }
}
