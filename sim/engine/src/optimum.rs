//! What an omniscient matcher would do for each purchase as it comes: take the seller whose own
//! cost is least of all that are up and have enough free, in whatever market [ours]. The sellers of
//! a kind stand in order of cost in a tree of the most that is free below: the first with enough is
//! found in O(log N) steps.

use crate::endowments::Endowments;
use compup2p_protocol::commodity::{Platforms, ResourceKind};
use compup2p_protocol::market::{Endowment, Offer};

/// The sellers of one kind by cost, and what they have free.
#[derive(Clone, Debug)]
pub struct Optimum {
    kind: ResourceKind,
    /// Hosts by cost.
    by_cost: Vec<u32>,
    /// Where in that order a host is.
    place: Vec<u32>,
    /// A binary tree in an array: the root at 1, the leaves, one a host, in the second half. Each
    /// holds the most that is free in a leaf below.
    most_free: Vec<u64>,
}

impl Optimum {
    /// Hosts `0..hosts` that are all down.
    pub fn new(kind: ResourceKind, hosts: u32, endowments: &Endowments) -> Self {
        let cost = |host: u32| offer(&endowments.of(host), kind).cost;
        let mut by_cost: Vec<(u32, u32)> = (0..hosts).map(|host| (cost(host), host)).collect();
        by_cost.sort_unstable();
        let by_cost: Vec<u32> = by_cost.into_iter().map(|(_, host)| host).collect();
        let mut place = vec![0; by_cost.len()];
        for (nth, &host) in by_cost.iter().enumerate() {
            place[host as usize] = nth as u32;
        }
        let leaves = by_cost.len().next_power_of_two();
        Self { kind, by_cost, place, most_free: vec![0; 2 * leaves] }
    }

    /// A host has so much free now.
    pub fn set(&mut self, host: u32, free: u64) {
        let leaves = self.most_free.len() / 2;
        let mut node = leaves + self.place[host as usize] as usize;
        self.most_free[node] = free;
        while node > 1 {
            node /= 2;
            let most = self.most_free[2 * node].max(self.most_free[2 * node + 1]);
            if self.most_free[node] == most {
                break;
            }
            self.most_free[node] = most;
        }
    }

    /// The host of least cost that has `amount` free on one of these platforms, and that cost, in
    /// ticks.
    pub fn cheapest(
        &self,
        amount: u64,
        platforms: Platforms,
        endowments: &Endowments,
    ) -> Option<(u32, u32)> {
        let mut from = 0;
        while let Some(place) = self.first(amount, from) {
            let host = self.by_cost[place];
            let endowment = endowments.of(host);
            if platforms.has(endowment.platform) {
                return Some((host, offer(&endowment, self.kind).cost));
            }
            from = place + 1;
        }
        None
    }

    /// The first leaf from `from` on with `amount` free.
    fn first(&self, amount: u64, from: usize) -> Option<usize> {
        let leaves = self.most_free.len() / 2;
        if from >= leaves {
            return None;
        }
        let mut node = leaves + from;
        // Up, as long as there is not enough here or to the right.
        while self.most_free[node] < amount {
            while node % 2 == 1 {
                node /= 2;
                if node <= 1 {
                    return None;
                }
            }
            node += 1;
        }
        while node < leaves {
            node *= 2;
            if self.most_free[node] < amount {
                node += 1;
            }
        }
        let place = node - leaves;
        (place < self.by_cost.len()).then_some(place)
    }
}

/// What is offered of a kind.
pub(crate) fn offer(endowment: &Endowment, kind: ResourceKind) -> Offer {
    match kind {
        ResourceKind::Cpu => endowment.cpu,
        ResourceKind::Storage => endowment.storage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Purpose};
    use crate::scenario::Scenario;

    #[test]
    fn the_cheapest_with_enough_is_found_as_by_looking_at_all() {
        let scenario: Scenario = serde_yaml::from_str(
            "{sellers: 0.8, platforms: [{name: a, share: 1}, {name: b, share: 2}]}",
        )
        .unwrap();
        for hosts in [1, 2, 5, 64, 77] {
            let endowments = Endowments::new(&scenario, Chance::new(u64::from(hosts)));
            let mut optimum = Optimum::new(ResourceKind::Cpu, hosts, &endowments);
            let mut free = vec![0; hosts as usize];
            let mut dice = Chance::new(3).stream(Purpose::Protocol);
            for _ in 0..500 {
                let host = dice.below(u64::from(hosts)) as u32;
                free[host as usize] = dice.below(4) * 10;
                optimum.set(host, free[host as usize]);
                let amount = 1 + dice.below(30);
                let platforms = Platforms(1 + dice.below(3) as u16);
                let fits = |&host: &u32| {
                    let is_there = free[host as usize] >= amount;
                    is_there && platforms.has(endowments.of(host).platform)
                };
                let cost = |host: u32| (endowments.of(host).cpu.cost, host);
                let wanted = (0..hosts).filter(fits).map(cost).min();
                let found = optimum.cheapest(amount, platforms, &endowments);
                assert_eq!(found.map(|(host, cost)| (cost, host)), wanted);
            }
        }
    }
}
