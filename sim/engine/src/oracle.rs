//! The oracle: who is in the ring at this moment, and who is truly responsible for a key. Judges
//! and metrics ask it; nodes never do.

use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::overlay::peer::{Member, Peer};
use compup2p_protocol::rules::Rules;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// All addresses in order of their identifiers, and which of them are members now.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// Addresses by rank.
    addrs: Vec<Addr>,
    /// Identifiers by rank.
    ids: Vec<Id>,
    /// Ranks by address.
    ranks: Vec<u32>,
    /// A bit for each rank.
    members: Vec<u64>,
    count: usize,
}

impl Oracle {
    /// An oracle of a run in which the node at address n has identifier `ids[n]`; no two are the
    /// same. Nobody is a member yet.
    pub fn new(ids: &[Id]) -> Self {
        let mut addrs: Vec<Addr> = (0..ids.len() as u32).map(Addr).collect();
        addrs.sort_unstable_by_key(|addr| ids[addr.0 as usize]);
        let mut ranks = vec![0; ids.len()];
        for (rank, addr) in addrs.iter().enumerate() {
            ranks[addr.0 as usize] = rank as u32;
        }
        let ids = addrs.iter().map(|addr| ids[addr.0 as usize]).collect();
        let members = vec![0; addrs.len().div_ceil(64)];
        Self { addrs, ids, ranks, members, count: 0 }
    }

    /// Whether the node at `addr` is a member.
    pub fn is_member(&self, addr: Addr) -> bool {
        let rank = self.ranks[addr.0 as usize];
        self.members[rank as usize / 64] >> (rank % 64) & 1 == 1
    }

    /// The node at `addr` is a member from now on.
    pub fn enter(&mut self, addr: Addr) {
        if !self.is_member(addr) {
            let rank = self.ranks[addr.0 as usize];
            self.members[rank as usize / 64] |= 1 << (rank % 64);
            self.count += 1;
        }
    }

    /// The node at `addr` is no member from now on.
    pub fn exit(&mut self, addr: Addr) {
        if self.is_member(addr) {
            let rank = self.ranks[addr.0 as usize];
            self.members[rank as usize / 64] &= !(1 << (rank % 64));
            self.count -= 1;
        }
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.count
    }

    /// The member that is responsible for `key`: the first at or after it.
    pub fn owner(&self, key: Id) -> Option<Addr> {
        self.from(self.rank_of(key))
    }

    /// The member that follows the node at `addr`, which is itself on a ring of one.
    pub fn successor(&self, addr: Addr) -> Option<Addr> {
        self.from(self.ranks[addr.0 as usize] as usize + 1)
    }

    /// The member before the node at `addr`.
    pub fn predecessor(&self, addr: Addr) -> Option<Addr> {
        let rank = self.ranks[addr.0 as usize] as usize;
        let words = self.members.len();
        let (word, bit) = (rank / 64, rank % 64);
        let first = self.members[word] & ((1 << bit) - 1);
        let rest = (1..=words).map(|back| (word + words - back) % words);
        let found = std::iter::once((word, first))
            .chain(rest.map(|word| (word, self.members[word])))
            .find(|(_, bits)| *bits != 0)?;
        Some(self.addrs[found.0 * 64 + 63 - found.1.leading_zeros() as usize])
    }

    /// Every member, in order of identifiers.
    pub fn ring(&self) -> impl Iterator<Item = Addr> + '_ {
        self.addrs.iter().copied().filter(|&addr| self.is_member(addr))
    }

    /// The first member of rank `rank` or beyond, going round.
    fn from(&self, rank: usize) -> Option<Addr> {
        let rank = if rank >= self.addrs.len() { 0 } else { rank };
        let words = self.members.len();
        let word = rank / 64;
        let first = self.members.get(word)? & (u64::MAX << (rank % 64));
        let rest = (1..=words).map(|on| (word + on) % words);
        let found = std::iter::once((word, first))
            .chain(rest.map(|word| (word, self.members[word])))
            .find(|(_, bits)| *bits != 0)?;
        Some(self.addrs[found.0 * 64 + found.1.trailing_zeros() as usize])
    }

    /// The rank of the first identifier at or after `key`, which may be one beyond the last.
    /// Identifiers are hashes: the place is guessed, and found a few steps from there.
    fn rank_of(&self, key: Id) -> usize {
        let count = self.ids.len();
        let guess = ((u128::from(key.0) * count as u128) >> 64) as usize;
        let (mut low, mut high) = (guess, guess);
        let mut step = 8;
        while low > 0 && self.ids[low - 1] >= key {
            high = low;
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 8;
        while high < count && self.ids[high] < key {
            low = high;
            high = (high + step).min(count);
            step *= 2;
        }
        low + self.ids[low..high].partition_point(|&id| id < key)
    }
}

/// The true processor overlay: every market that stands, in order of identifiers.
#[derive(Clone, Debug, Default)]
pub struct MarketRing {
    members: BTreeMap<Id, Member>,
}

impl MarketRing {
    /// A market was opened.
    pub fn enter(&mut self, member: Member, rules: &Rules) {
        self.members.insert(member.id(rules), member);
    }

    /// A market was closed, or its host went down.
    pub fn exit(&mut self, member: Member, rules: &Rules) {
        self.members.remove(&member.id(rules));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The host of the first market at or after `key`, going round.
    pub fn owner(&self, key: Id) -> Option<Addr> {
        let mut from = self.members.range(key..);
        from.next().or_else(|| self.members.iter().next()).map(|(_, member)| member.host)
    }

    /// The market after `member`, which is itself on a ring of one.
    pub fn successor(&self, member: Member, rules: &Rules) -> Option<Member> {
        let mut from = self.members.range((Excluded(member.id(rules)), Unbounded));
        from.next().or_else(|| self.members.iter().next()).map(|(_, &next)| next)
    }

    /// The market before `member`.
    pub fn predecessor(&self, member: Member, rules: &Rules) -> Option<Member> {
        let mut until = self.members.range(..member.id(rules));
        until.next_back().or_else(|| self.members.iter().next_back()).map(|(_, &last)| last)
    }

    /// Markets that stand beside another for the same commodity: all but one of each.
    pub fn doubled(&self) -> usize {
        let mut last = None;
        self.iter()
            .filter(|market| last.replace(market.commodity) == Some(market.commodity))
            .count()
    }

    /// Every market, in order.
    pub fn iter(&self) -> impl Iterator<Item = Member> + '_ {
        self.members.values().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::tests::rules;
    use compup2p_protocol::commodity::{Commodity, ResourceKind};

    #[test]
    fn the_oracle_agrees_with_looking_at_every_member() {
        let ids: Vec<Id> = (0..300u64).map(|n| Id(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let mut oracle = Oracle::new(&ids);
        assert_eq!(oracle.owner(Id(5)), None);
        let member = |n: u32| n.is_multiple_of(3) && n != 0;
        for n in (0..300).filter(|&n| member(n)) {
            oracle.enter(Addr(n));
        }
        assert_eq!(oracle.members(), 99);
        let id = |addr: Addr| ids[addr.0 as usize];
        let members: Vec<Addr> = (0..300).filter(|&n| member(n)).map(Addr).collect();
        for n in 0..5_000u64 {
            let key = Id(n.wrapping_mul(0xd134_2543_de82_ef95));
            let owner = members.iter().copied().min_by_key(|&a| key.distance_to(id(a)));
            assert_eq!(oracle.owner(key), owner);
        }
        for &addr in &members {
            let others = members.iter().copied().filter(|&a| a != addr);
            let next = others.clone().min_by_key(|&a| id(addr).distance_to(id(a)));
            assert_eq!(oracle.successor(addr), next);
            let last = others.min_by_key(|&a| id(a).distance_to(id(addr)));
            assert_eq!(oracle.predecessor(addr), last);
        }
    }

    #[test]
    fn all_but_one_of_the_claims_to_a_commodity_are_doubled() {
        let rules = rules(Vec::new());
        let mut markets = MarketRing::default();
        for (host, number) in [(1, 7), (2, 7), (3, 7), (1, 8), (4, 9)] {
            let commodity = Commodity::new(ResourceKind::Cpu, number);
            markets.enter(Member { host: Addr(host), commodity }, &rules);
        }
        assert_eq!(markets.doubled(), 2);
    }

    #[test]
    fn who_left_owns_nothing() {
        let ids = [Id(10), Id(20), Id(30)];
        let mut oracle = Oracle::new(&ids);
        for n in 0..3 {
            oracle.enter(Addr(n));
        }
        oracle.exit(Addr(1));
        assert_eq!(oracle.owner(Id(15)), Some(Addr(2)));
        assert_eq!(oracle.owner(Id(31)), Some(Addr(0)));
        oracle.exit(Addr(0));
        assert_eq!(oracle.successor(Addr(2)), Some(Addr(2)));
        assert_eq!(oracle.predecessor(Addr(2)), Some(Addr(2)));
    }
}
