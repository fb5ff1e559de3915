//! Money: whole micro-credits.

use core::fmt;

/// An amount of money in micro-credits. Never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Credits(pub u64);

/// Micro-credits of a credit.
pub const MICRO: u64 = 1_000_000;

impl Credits {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// So many whole credits.
    pub const fn whole(credits: u32) -> Self {
        Self(credits as u64 * MICRO)
    }

    /// The sum, if it can be held.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum.
    ///
    /// # Panics
    /// If it is more than 1.8 * 10^13 credits, more than any run can mint.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.checked_add(other).expect("a run mints less than 2^64 micro-credits")
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / MICRO)?;
        match self.0 % MICRO {
            0 => Ok(()),
            micro => write!(f, ".{micro:06}"),
        }
    }
}
