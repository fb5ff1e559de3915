//! Exact decimals, as people write them.

use std::fmt;

/// So many parts is one.
const ONE: i128 = 1_000_000_000_000_000_000;
/// Places after the point.
const PLACES: u32 = 18;
/// Significant digits to which what has no end is rounded.
const DIGITS: u32 = 12;

/// A number of at most 18 digits before the point and 18 behind it, exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Number(i128);

impl Number {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(ONE);

    /// The number with which `text` begins, and what comes behind it.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let text = text.trim();
        let body = text.strip_prefix(['+', '-']).unwrap_or(text);
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = body.split_at(digits(body));
        let behind = rest.strip_prefix('.').unwrap_or("");
        let (fraction, rest) = match rest.starts_with('.') {
            true => behind.split_at(digits(behind)),
            false => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (exponent, rest) = exponent(rest);
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let shift = i64::from(PLACES) + i64::from(exponent) - fraction.len() as i64;
        let parts = if digits.is_empty() { 0 } else { shifted(digits, shift)? };
        let number = Self(if text.starts_with('-') { -parts } else { parts });
        number.is_in_bounds().then_some((number, rest))
    }

    /// The nearest that has at most 12 significant digits.
    pub(super) fn nearest(float: f64) -> Option<Self> {
        let text = format!("{float:.*e}", DIGITS as usize - 1);
        Self::split(&text).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number)
    }

    pub(super) fn as_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    fn is_in_bounds(self) -> bool {
        self.0.unsigned_abs() < (ONE * ONE).unsigned_abs()
    }

    /// As many steps above `self`.
    pub(super) fn stepped(self, step: Self, times: usize) -> Self {
        Self(self.0 + step.0 * times as i128)
    }

    /// How many whole steps there are from `self` to `to`, which is above it.
    pub(super) fn steps_to(self, to: Self, step: Self) -> u128 {
        ((to.0 - self.0) / step.0).unsigned_abs()
    }

    /// The `nth` of so many equal parts of the way to `to`; rounded if it has no end.
    pub(super) fn part_of_way(self, to: Self, nth: usize, parts: usize) -> Self {
        let (nth, parts) = (nth as i128, parts as i128);
        let (each, left) = ((to.0 - self.0) / parts, (to.0 - self.0) % parts);
        let number = Self(self.0 + each * nth + left * nth / parts);
        if left * nth % parts == 0 { number } else { number.rounded() }
    }

    /// `self` times `factor`, both above zero; nothing if it is out of bounds.
    pub(super) fn times(self, factor: Self) -> Option<Self> {
        let (whole, part) = (self.0 / ONE, self.0 % ONE);
        let (by, by_part) = (factor.0 / ONE, factor.0 % ONE);
        let ones = (whole * by).checked_mul(ONE)?;
        let parts = whole * by_part + part * by + (part * by_part + ONE / 2) / ONE;
        Some(Self(ones.checked_add(parts)?)).filter(|number| number.is_in_bounds())
    }

    /// To 12 significant digits, or to a whole number if that is finer.
    pub(super) fn rounded(self) -> Self {
        let digits = self.0.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1);
        let unit = 10i128.pow(digits.saturating_sub(DIGITS).min(PLACES));
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        Self((self.0 + half) / unit * unit)
    }

    /// In parts of `1 / parts`, which divides the least that there is; the nearest.
    pub(super) fn in_parts(self, parts: u64) -> i128 {
        let unit = ONE / i128::from(parts);
        (self.0 + unit / 2) / unit
    }

    /// So many parts of `1 / parts`.
    pub(super) fn of_parts(number: u64, parts: u64) -> Self {
        Self(i128::from(number) * (ONE / i128::from(parts)))
    }
}

/// `digits` with so many zeros behind them; or without so many, if zeros they are.
fn shifted(digits: &str, shift: i64) -> Option<i128> {
    let most = 2 * i64::from(PLACES);
    if digits.len() as i64 + shift > most {
        return None;
    }
    if shift >= 0 {
        return format!("{digits}{}", "0".repeat(shift as usize)).parse().ok();
    }
    let kept = digits.len().checked_sub(shift.unsigned_abs() as usize)?;
    let (kept, zeros) = digits.split_at(kept);
    let is_exact = zeros.bytes().all(|digit| digit == b'0');
    if is_exact { kept.parse().ok() } else { None }
}

/// The power of ten of a number such as `1e9`, which may be followed by a unit.
fn exponent(text: &str) -> (i32, &str) {
    let read = || {
        let body = text.strip_prefix(['e', 'E'])?;
        let sign = usize::from(body.starts_with(['+', '-']));
        let digits = body[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = body.split_at(sign + digits);
        Some((number.parse().ok()?, rest))
    };
    read().unwrap_or((0, text))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = self.0.unsigned_abs();
        let (whole, fraction) = (parts / ONE.unsigned_abs(), parts % ONE.unsigned_abs());
        let fraction = format!("{fraction:018}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::split(text).map(|(number, _)| number).expect("a number")
    }

    #[test]
    fn a_number_is_read_exactly_with_what_comes_behind_it() {
        for (text, written, rest) in [
            ("100", "100", ""),
            ("-0.250", "-0.25", ""),
            (".5", "0.5", ""),
            ("5.", "5", ""),
            ("1e9", "1000000000", ""),
            ("1.5e-3", "0.0015", ""),
            ("10min", "10", "min"),
            ("2 h", "2", " h"),
            ("1.5Mbit/s", "1.5", "Mbit/s"),
            ("7e", "7", "e"),
            ("1h30min", "1", "h30min"),
            ("0.000000000000000001", "0.000000000000000001", ""),
            ("999999999999999999", "999999999999999999", ""),
        ] {
            let (number, behind) = Number::split(text).expect(text);
            assert_eq!((number.to_string().as_str(), behind), (written, rest), "{text}");
        }
        for text in ["", "naive", "-", ".", "e5", "1e18", "1e-19", "1e99999999", "~"] {
            assert_eq!(Number::split(text), None, "{text}");
        }
    }

    #[test]
    fn products_and_parts_are_exact_or_rounded_to_twelve_digits() {
        assert_eq!(number("1.5").times(number("1.1")), Some(number("1.65")));
        assert_eq!(number("1e9").times(number("1e9")), None);
        assert_eq!(number("1e17").times(number("9.9")), Some(number("9.9e17")));
        assert_eq!(number("1").part_of_way(number("2"), 1, 3).to_string(), "1.33333333333");
        assert_eq!(number("-1").part_of_way(number("0"), 1, 3).to_string(), "-0.666666666667");
        assert_eq!(number("0").part_of_way(number("1"), 3, 4).to_string(), "0.75");
        assert_eq!(number("1234567890123456.7").rounded().to_string(), "1234567890123457");
        assert_eq!(Number::nearest(libm::sqrt(2.0)), Some(number("1.41421356237")));
    }
}
