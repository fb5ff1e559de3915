//! The single overlay scheme (CompuP2P, IV-A.1): the value C is the Chord identifier of its
//! market.

use super::last_number;
use crate::commodity::Commodity;
use crate::id::{BITS_MAX, Id};
use crate::rules::{Rules, Scale};

/// The identifier that value C is.
pub(super) fn key(commodity: Commodity, rules: &Rules) -> Id {
    let (bits, value_bits) = (rules.overlay.bits, rules.market.value_bits);
    let value = rules.value(commodity);
    match rules.market.scale {
        // C * 2^(m - c) [ours]: on a circle whose m bits are the upper ones, C at the top.
        Scale::Full => {
            Id(value.min(largest(value_bits)) << (BITS_MAX - value_bits)).truncated(bits)
        }
        Scale::None => Id(value.min(largest(bits)) << (BITS_MAX - bits)),
    }
}

/// The largest number of so many bits.
fn largest(bits: u32) -> u64 {
    u64::MAX >> (BITS_MAX - bits)
}

/// The first commodity above `asked` whose market is not at the owner that was asked, whose
/// identifier is `owner`: its books were searched whole [ours]. Nobody beyond the last value: the
/// search does not wrap.
pub(super) fn beyond(owner: Id, asked: Commodity, rules: &Rules) -> Option<Commodity> {
    let last = last_number(asked.kind(), rules);
    let mut low = asked.number() + 1;
    if owner < key(asked, rules) || low > last {
        // The owner is beyond the end of the circle: it owns all that is above.
        return None;
    }
    // Keys grow with the number: the first that is greater than the owner's identifier.
    let mut high = last + 1;
    while low < high {
        let middle = low + (high - low) / 2;
        if key(Commodity::new(asked.kind(), middle), rules) > owner {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    (low <= last).then(|| Commodity::new(asked.kind(), low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commodity::ResourceKind;
    use alloc::vec::Vec;

    fn rules(scale: Scale, bits: u32, value_bits: u32, width: u64) -> Rules {
        let mut rules = Rules::for_tests(Vec::new());
        rules.market.scale = scale;
        rules.overlay.bits = bits;
        rules.market.value_bits = value_bits;
        rules.market.width = width;
        rules
    }

    fn commodity(number: u32) -> Commodity {
        Commodity::new(ResourceKind::Cpu, number)
    }

    #[test]
    fn full_scale_spreads_the_values_over_the_circle() {
        let rules = rules(Scale::Full, 64, 4, 1);
        assert_eq!(key(commodity(0), &rules), Id(0));
        assert_eq!(key(commodity(8), &rules), Id(1 << 63));
        assert_eq!(key(commodity(15), &rules), Id(15 << 60));
    }

    #[test]
    fn unscaled_values_are_the_lowest_identifiers() {
        let rules = rules(Scale::None, 64, 40, 50);
        assert_eq!(key(commodity(3), &rules), Id(150));
    }

    #[test]
    fn the_next_market_asked_lies_beyond_the_last_owner() {
        for width in [1, 3] {
            let rules = rules(Scale::Full, 64, 4, width);
            let last = last_number(ResourceKind::Cpu, &rules);
            for owner in 0..16 {
                for asked in 0..=last {
                    let owner = Id(owner << 60);
                    let wraps = owner < key(commodity(asked), &rules);
                    let counted = (asked + 1..=last)
                        .map(commodity)
                        .find(|&c| !wraps && key(c, &rules) > owner);
                    assert_eq!(beyond(owner, commodity(asked), &rules), counted);
                }
            }
        }
    }
}
