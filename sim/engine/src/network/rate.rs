//! Rate: how many bytes a link carries in a second.

use core::fmt;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// Bytes per second. Written by people as `10Mbit`, `1MB`, `56kbit/s`, or a plain number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Rate(pub u64);

/// The units a person may write, with their length in bytes; `Display` takes the first that fits.
/// A `k` is a thousand, a `Ki` is 1,024; a `bit` is an eighth of a byte.
const UNITS: [(&str, u64); 11] = [
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("Gbit", 125_000_000),
    ("Mbit", 125_000),
    ("kbit", 125),
];

impl fmt::Display for Rate {
    /// As `parse` reads it, nothing lost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits =
            UNITS.iter().find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes));
        match fits {
            Some((unit, bytes)) => write!(f, "{}{unit}", self.0 / bytes),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// Why a text is not a rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotARate(String);

impl fmt::Display for NotARate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not a rate such as 10Mbit, 1MB, 56kbit/s, 125000", self.0)
    }
}

impl FromStr for Rate {
    type Err = NotARate;

    /// Reads a decimal number and a unit, with or without `/s`; rounded down to whole bytes.
    fn from_str(text: &str) -> Result<Self, NotARate> {
        let fail = || NotARate(text.to_string());
        let body = text.trim();
        let body = body.strip_suffix("/s").unwrap_or(body);
        let end = body.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(body.len());
        let (number, unit) = body.split_at(end);
        let scale = match unit.trim_start() {
            "" => 1,
            name => UNITS.iter().find(|(unit, _)| *unit == name).ok_or_else(fail)?.1,
        };
        decimal(number, scale).map(Self).ok_or_else(fail)
    }
}

/// `number` (decimal, such as `1.5`) times `scale`, exactly, rounded down to a whole.
fn decimal(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 18 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let digits = |s: &str| if s.is_empty() { Some(0u64) } else { s.parse::<u64>().ok() };
    let part =
        u128::from(digits(fraction)?) * u128::from(scale) / 10u128.pow(fraction.len() as u32);
    digits(whole)?.checked_mul(scale)?.checked_add(part as u64)
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Rate;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate such as 10Mbit, 1MB, 56kbit/s, or bytes per second")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Rate, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: Error>(self, bytes: u64) -> Result<Rate, E> {
                Ok(Rate(bytes))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_as_people_write_it() {
        for (text, bytes) in [
            ("10Mbit", 1_250_000),
            ("1MB", 1_000_000),
            ("1 MB/s", 1_000_000),
            ("56kbit/s", 7_000),
            ("1.5MB", 1_500_000),
            ("4KiB", 4_096),
            ("125000", 125_000),
            ("0.1B", 0),
        ] {
            assert_eq!(text.parse(), Ok(Rate(bytes)), "{text}");
        }
    }

    #[test]
    fn an_unknown_unit_or_a_sign_is_refused() {
        for text in ["", "MB", "-1MB", "1mb", "10Mb", "1e6", "1..5MB", "99999999999TB", "/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_is_written_as_it_is_read() {
        for bytes in [0, 1, 999, 7_000, 1_250_000, 1_000_000_000, u64::MAX] {
            assert_eq!(Rate(bytes).to_string().parse(), Ok(Rate(bytes)));
        }
        assert_eq!(Rate(1_250_000).to_string(), "1250kB");
    }
}
