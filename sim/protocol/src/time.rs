//! Simulated time: whole nanoseconds since the start of the run.

use alloc::string::{String, ToString};
use core::fmt;
use core::ops::{Add, AddAssign, Mul, Sub};
use core::str::FromStr;

/// An instant: nanoseconds since the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(pub u64);

/// A length of time in nanoseconds. Written by people as `30s`, `500ms`, `2h`, `1h30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(pub u64);

const NS_PER_S: u64 = 1_000_000_000;

/// The units a person may write, longest first, with their length in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400 * NS_PER_S),
    ("h", 3_600 * NS_PER_S),
    ("min", 60 * NS_PER_S),
    ("s", NS_PER_S),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Time {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// How long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Seconds since the start, for output only.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `s` whole seconds.
    pub const fn secs(s: u64) -> Self {
        Self(s * NS_PER_S)
    }

    /// `ms` whole milliseconds.
    pub const fn millis(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// The nearest span to `s` seconds; negative and absurd values saturate.
    pub fn from_secs_f64(s: f64) -> Self {
        Self((s * NS_PER_S as f64) as u64)
    }

    /// Seconds, for output only.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }

    /// Milliseconds, for output only.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// A uniform draw from `0..self`, given 64 random bits.
    pub fn fraction(self, bits: u64) -> Self {
        Self(((u128::from(self.0) * u128::from(bits)) >> 64) as u64)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl fmt::Display for Span {
    /// As `parse` reads it: the largest units first, nothing lost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, ns) in UNITS {
            if rest >= ns {
                write!(f, "{}{unit}", rest / ns)?;
                rest %= ns;
            }
        }
        Ok(())
    }
}

/// Why a text is not a length of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotASpan(String);

impl fmt::Display for NotASpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not a duration such as 30s, 500ms, 1h30min", self.0)
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    /// Reads one or more numbers with units (`1h30min`, `0.5s`, `2 h`). A bare number has no unit
    /// and is refused, except `0`.
    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let fail = || NotASpan(text.to_string());
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        let mut total: u64 = 0;
        if rest.is_empty() {
            return Err(fail());
        }
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(fail)?;
            let (number, tail) = rest.split_at(end);
            let tail = tail.trim_start();
            let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let unit = if unit == "m" { "min" } else { unit };
            let (_, ns) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(fail)?;
            total = total.checked_add(decimal(number, *ns).ok_or_else(fail)?).ok_or_else(fail)?;
            rest = tail.trim_start();
        }
        Ok(Self(total))
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

impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as 30s, 500ms, 1h30min")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Span, E> {
                if number == 0 {
                    return Ok(Span::ZERO);
                }
                Err(E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "duration".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = r"(\d+\.?\d*|\.\d+)\s*(ns|us|ms|s|min|m|h|d)\s*";
        schemars::json_schema!({
            "title": "duration",
            "anyOf": [
                { "type": "string", "pattern": alloc::format!(r"^\s*(({one})+|0\s*)$") },
                { "const": 0 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_as_people_write_it() {
        for (text, ns) in [
            ("30s", 30 * NS_PER_S),
            ("500ms", 500_000_000),
            ("2h", 7_200 * NS_PER_S),
            ("1h30min", 5_400 * NS_PER_S),
            ("1h 30m", 5_400 * NS_PER_S),
            ("0.5s", 500_000_000),
            ("1.000000001s", NS_PER_S + 1),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(Span(ns)), "{text}");
        }
    }

    #[test]
    fn what_has_no_unit_or_a_sign_is_refused() {
        for text in ["", "30", "-5s", "5 parsecs", "s", "1e3s", "1..5s", "99999999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for ns in [0, 1, 999, NS_PER_S, 5_400 * NS_PER_S + 7, u64::MAX] {
            assert_eq!(Span(ns).to_string().parse(), Ok(Span(ns)));
        }
    }
}
