//! What is traded: kinds of resources, and ranges of amounts of them.

use core::fmt;

/// A kind of computing resource.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// Compute power, in cycles per second.
    #[default]
    Cpu = 0,
    /// Disk space, in bytes.
    Storage = 1,
}

/// Every kind.
pub const KINDS: [ResourceKind; 2] = [ResourceKind::Cpu, ResourceKind::Storage];

/// A resource kind and a range of amounts (CompuP2P, IV-A). The commodity's number is the range's
/// place: number n of a kind with width w stands for the amounts from n * w up to (n + 1) * w, so
/// that every seller in it has at least n * w.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Commodity(u32);

/// Bits of a commodity's number; the others tell the kind.
const NUMBER_BITS: u32 = 28;

/// The largest number of a commodity of one kind.
pub const NUMBER_MAX: u32 = (1 << NUMBER_BITS) - 1;

impl Commodity {
    /// Commodity `number` of `kind`.
    pub fn new(kind: ResourceKind, number: u32) -> Self {
        assert!(number <= NUMBER_MAX, "a commodity's number fits {NUMBER_BITS} bits");
        Self((kind as u32) << NUMBER_BITS | number)
    }

    /// The commodity in whose range `amount` lies: where a seller of `amount` lists.
    pub fn offered(kind: ResourceKind, amount: u64, width: u64) -> Self {
        Self::new(kind, (amount / width).min(u64::from(NUMBER_MAX)) as u32)
    }

    /// The least commodity whose every seller has `amount`: where a buyer of `amount` looks.
    pub fn wanted(kind: ResourceKind, amount: u64, width: u64) -> Self {
        Self::new(kind, amount.div_ceil(width).min(u64::from(NUMBER_MAX)) as u32)
    }

    /// The kind of resource.
    pub fn kind(self) -> ResourceKind {
        match self.0 >> NUMBER_BITS {
            0 => ResourceKind::Cpu,
            _ => ResourceKind::Storage,
        }
    }

    /// The range's place.
    pub fn number(self) -> u32 {
        self.0 & NUMBER_MAX
    }

    /// The lower end of the range, in the kind's unit.
    pub fn value(self, width: u64) -> u64 {
        u64::from(self.number()) * width
    }
}

impl fmt::Debug for Commodity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}#{}", self.kind(), self.number())
    }
}

/// What a seller's machine is: one of at most 16 combinations of OS type, OS version, processor and
/// so on that a scenario tells apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Platform(pub u8);

/// Most platforms that a scenario can tell apart.
pub const PLATFORMS_MAX: u8 = 16;

/// The platforms that a buyer's code runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Platforms(pub u16);

impl Platforms {
    /// All of them.
    pub const ANY: Self = Self(u16::MAX);
    /// None of them.
    pub const NONE: Self = Self(0);

    /// These and `platform`.
    #[must_use]
    pub fn with(self, platform: Platform) -> Self {
        assert!(platform.0 < PLATFORMS_MAX, "a scenario tells {PLATFORMS_MAX} platforms apart");
        Self(self.0 | 1 << platform.0)
    }

    /// Whether `platform` is one of them.
    pub fn has(self, platform: Platform) -> bool {
        self.0 & (1 << platform.0) != 0
    }

    /// Those that are among `others` too.
    #[must_use]
    pub fn among(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Platform> {
        (0..PLATFORMS_MAX).filter(move |&n| self.0 & (1 << n) != 0).map(Platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seller_of_a_wanted_commodity_has_the_amount() {
        for amount in [1, 49, 50, 51, 99, 100, 101] {
            let wanted = Commodity::wanted(ResourceKind::Cpu, amount, 50);
            assert!(wanted.value(50) >= amount);
            assert!(wanted.value(50) - amount < 50);
        }
    }

    #[test]
    fn a_seller_lists_at_the_lower_end_of_its_range() {
        let commodity = Commodity::offered(ResourceKind::Storage, 149, 50);
        assert_eq!(commodity.value(50), 100);
        assert_eq!(commodity.kind(), ResourceKind::Storage);
    }
}
