//! A row of a CSV file under construction, and how times, money and numbers are written in one:
//! exactly, without trailing zeros, the same on every machine.

use compup2p_protocol::id::Id;
use compup2p_protocol::time::{Span, Time};
use std::fmt::{self, Display, Write};

/// A row; its memory is used again for the next one.
#[derive(Default)]
pub(crate) struct Row {
    record: csv::ByteRecord,
    field: String,
}

impl Row {
    /// Begins a new row.
    pub(crate) fn begin(&mut self) -> &mut Self {
        self.record.clear();
        self
    }

    /// Begins a new row with these fields.
    pub(crate) fn begin_with(
        &mut self,
        fields: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> &mut Self {
        self.begin();
        fields.into_iter().for_each(|field| self.record.push_field(field.as_ref().as_bytes()));
        self
    }

    /// One more field.
    pub(crate) fn put(&mut self, value: impl Display) -> &mut Self {
        self.field.clear();
        write!(self.field, "{value}").expect("a String takes all that is written to it");
        self.record.push_field(self.field.as_bytes());
        self
    }

    /// One more field, empty if there is no value.
    pub(crate) fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.put(value),
            None => self.put(""),
        }
    }

    /// The row.
    pub(crate) fn record(&self) -> &csv::ByteRecord {
        &self.record
    }
}

/// A whole number of parts, `digits` of which make a unit, as a decimal number of units.
pub(crate) struct Decimal {
    parts: u64,
    digits: u32,
}

/// Seconds since the start.
pub(crate) fn seconds(time: Time) -> Decimal {
    Decimal { parts: time.0, digits: 9 }
}

/// Seconds that something lasts.
pub(crate) fn span(span: Span) -> Decimal {
    Decimal { parts: span.0, digits: 9 }
}

/// Where on the circle an identifier is, from 0 to 1, to the 18th digit: rounded down, so that no
/// place is 1.
pub(crate) fn position(id: Id) -> Decimal {
    const DIGITS: u32 = 18;
    let parts = (u128::from(id.0) * u128::from(10u64.pow(DIGITS))) >> 64;
    Decimal { parts: parts as u64, digits: DIGITS }
}

/// Milliseconds.
pub(crate) fn milliseconds(span: Span) -> Decimal {
    Decimal { parts: span.0, digits: 6 }
}

/// Credits, of micro-credits.
pub(crate) fn credits(micro: u64) -> Decimal {
    Decimal { parts: micro, digits: 6 }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10u64.pow(self.digits);
        write!(f, "{}", self.parts / unit)?;
        let (mut rest, mut digits) = (self.parts % unit, self.digits as usize);
        if rest == 0 {
            return Ok(());
        }
        while rest % 10 == 0 {
            rest /= 10;
            digits -= 1;
        }
        write!(f, ".{rest:0digits$}")
    }
}

/// A measured number; nothing if there was nothing to measure.
pub(crate) fn number(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_exactly_and_without_trailing_zeros() {
        for (parts, text) in [
            (0, "0"),
            (1, "0.000001"),
            (1_000_000, "1"),
            (1_500_000, "1.5"),
            (120_030_000, "120.03"),
        ] {
            assert_eq!(credits(parts).to_string(), text);
        }
        for (id, text) in [
            (0, "0"),
            (1 << 63, "0.5"),
            (3 << 61, "0.375"),
            (1 << 40, "0.000000059604644775"),
            (u64::MAX, "0.999999999999999999"),
        ] {
            assert_eq!(position(Id(id)).to_string(), text);
        }
        assert_eq!(seconds(Time(u64::MAX)).to_string(), "18446744073.709551615");
    }
}
