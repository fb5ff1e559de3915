//! What an omniscient matcher gains that deals in a world of its own, with the same hosts, owners and
//! purchases [ours]: it serves each purchase as it comes, at once, with the seller whose own cost is
//! least of all that are up and have enough free in that world, if the buyer's budget is above it;
//! and holds it there for as long as it is bought. The sellers of a kind stand in order of cost in a
//! tree of the most that is free below: the first with enough is found in O(log N) steps.

use crate::endowments::Endowments;
use compup2p_protocol::commodity::{Platforms, ResourceKind};
use compup2p_protocol::market::{Endowment, Offer, Order};
use compup2p_protocol::time::Time;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What the matcher has given to buyers of a host.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    amount: u64,
    /// How often the host went down since it first gave: what was given before is over.
    stay: u32,
}

/// The sellers of one kind by cost, and what they have free in the matcher's world.
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
    /// What a host offers, given or not.
    offered: Vec<u64>,
    /// Of hosts that gave something.
    given: BTreeMap<u32, Given>,
    /// What is given back when: host, amount, and the stay in which it was given.
    due: BinaryHeap<Reverse<(Time, u32, u64, u32)>>,
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
        Self {
            kind,
            place,
            most_free: vec![0; 2 * leaves],
            offered: vec![0; by_cost.len()],
            by_cost,
            given: BTreeMap::new(),
            due: BinaryHeap::new(),
        }
    }

    /// A host offers so much now, given or not.
    pub fn offer(&mut self, host: u32, offered: u64) {
        self.offered[host as usize] = offered;
        self.update(host);
    }

    /// A host went down, and all that it gave is over.
    pub fn fall(&mut self, host: u32) {
        if let Some(given) = self.given.get_mut(&host) {
            *given = Given { amount: 0, stay: given.stay + 1 };
        }
        self.offer(host, 0);
    }

    /// Serves a purchase now, if it can with a gain: the own cost of the seller, in ticks.
    pub fn serve(
        &mut self,
        order: &Order,
        amount: u64,
        now: Time,
        all: &Endowments,
    ) -> Option<u32> {
        self.give_back(now);
        let (host, cost) = self.cheapest(amount, order.platforms, all)?;
        if cost >= order.budget {
            return None;
        }
        let given = self.given.entry(host).or_default();
        given.amount += amount;
        self.due.push(Reverse((now + order.hold, host, amount, given.stay)));
        self.update(host);
        Some(cost)
    }

    fn give_back(&mut self, now: Time) {
        while let Some(&Reverse((due, host, amount, stay))) = self.due.peek()
            && due <= now
        {
            self.due.pop();
            if let Some(given) = self.given.get_mut(&host).filter(|given| given.stay == stay) {
                given.amount -= amount;
                self.update(host);
            }
        }
    }

    fn update(&mut self, host: u32) {
        let given = self.given.get(&host).map_or(0, |given| given.amount);
        self.set(host, self.offered[host as usize].saturating_sub(given));
    }

    /// A host has so much free now.
    fn set(&mut self, host: u32, free: u64) {
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
    fn cheapest(
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
    use compup2p_protocol::time::Span;

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

    #[test]
    fn what_is_given_is_free_again_when_its_time_is_over_or_its_host_went_down() {
        let scenario: Scenario = serde_yaml::from_str("{cost: 10}").unwrap();
        let endowments = Endowments::new(&scenario, Chance::new(1));
        let mut optimum = Optimum::new(ResourceKind::Cpu, 2, &endowments);
        let order = |budget| Order {
            purchase: 0,
            kind: ResourceKind::Cpu,
            amount: 60,
            budget,
            hold: Span::secs(10),
            platforms: Platforms::ANY,
        };
        let serve = |optimum: &mut Optimum, budget, at| {
            optimum.serve(&order(budget), 60, Time::ZERO + Span::secs(at), &endowments)
        };
        optimum.offer(0, 100);
        assert_eq!(serve(&mut optimum, 10, 0), None, "there is nothing to gain");
        assert_eq!(serve(&mut optimum, 11, 0), Some(10));
        assert_eq!(serve(&mut optimum, 11, 9), None, "it is given");
        assert_eq!(serve(&mut optimum, 11, 10), Some(10), "its time is over");
        optimum.fall(0);
        optimum.offer(0, 100);
        assert_eq!(serve(&mut optimum, 11, 12), Some(10), "its host went down and came back");
        assert_eq!(serve(&mut optimum, 11, 20), None, "what was given before is not given back");
        optimum.offer(0, 50);
        assert_eq!(serve(&mut optimum, 11, 30), None, "less is offered");
    }
}
