//! A correct ring at t = 0, made by sorting: O(N log N) and no messages.

use crate::oracle::Oracle;
use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::rules::Rules;

/// The neighbours of one member of a correct ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The member.
    pub addr: Addr,
    /// The one before.
    pub predecessor: Addr,
    /// The next ones, nearest first.
    pub successors: Vec<Addr>,
    /// The distinct fingers.
    pub fingers: Vec<Addr>,
}

/// Shows every member's place to `each`, in order of identifiers. One `Place` is used for all.
pub fn ring(oracle: &Oracle, rules: &Rules, mut each: impl FnMut(&Place)) {
    let members: Vec<Addr> = oracle.ring().collect();
    let count = members.len();
    // For each bit b, the number of the first member at or after `me + 2^b`. As `me` goes round,
    // these only move forward: each goes round once.
    let mut ends = [0usize; 64];
    let mut place =
        Place { addr: Addr(0), predecessor: Addr(0), successors: Vec::new(), fingers: Vec::new() };
    for (number, &addr) in members.iter().enumerate() {
        let me = rules.id(addr);
        let at = |n: usize| members[n % count];
        place.addr = addr;
        place.predecessor = at(number + count - 1);
        place.successors.clear();
        place.successors.extend((1..count).take(rules.successors).map(|n| at(number + n)));
        place.fingers.clear();
        let first = place.successors.first().map_or(64, |&s| highest_bit(me, rules.id(s)));
        for bit in first..64 {
            let end = &mut ends[bit as usize];
            *end = (*end).max(number + 1);
            while *end < number + count && me.distance_to(rules.id(at(*end))) < 1 << bit {
                *end += 1;
            }
            if *end < number + count && highest_bit(me, rules.id(at(*end))) == bit {
                place.fingers.push(at(*end));
            }
        }
        each(&place);
    }
}

fn highest_bit(me: Id, other: Id) -> u32 {
    63 - me.distance_to(other).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::tests::rules;

    #[test]
    fn every_finger_is_the_first_member_at_or_after_its_start() {
        let ids: Vec<Id> = (0..200).map(|n| Id::of_addr(Addr(n), 0, 64)).collect();
        let mut oracle = Oracle::new(&ids);
        (0..200).filter(|n| n % 4 != 0).for_each(|n| oracle.enter(Addr(n)));
        let rules = rules(ids);
        let mut seen = 0;
        ring(&oracle, &rules, |place| {
            seen += 1;
            let me = rules.id(place.addr);
            assert_eq!(Some(place.predecessor), oracle.predecessor(place.addr));
            assert_eq!(place.successors.first().copied(), oracle.successor(place.addr));
            let first = highest_bit(me, rules.id(place.successors[0]));
            let mut fingers: Vec<Addr> = (first..64)
                .filter_map(|bit| oracle.owner(me.plus(1 << bit)))
                .filter(|&f| f != place.addr)
                .collect();
            fingers.dedup();
            // The wrap past the member itself is no finger.
            fingers.sort_by_key(|&f| me.distance_to(rules.id(f)));
            fingers.dedup();
            assert_eq!(place.fingers, fingers);
        });
        assert_eq!(seen, 150);
    }
}
