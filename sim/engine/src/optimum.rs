//! What an omniscient matcher gains that deals in a world of its own, with the same hosts, owners
//! and purchases [ours]: it serves each purchase as it comes, at once, with the seller whose own
//! cost is least of all that are up and have enough free in that world, if the buyer's budget is
//! above it; and holds it there for as long as it is bought. The sellers of a kind and platform
//! stand in order of cost in a tree of the most that is free below: the first with enough is found
//! in O(log N) steps.

use crate::endowments::Endowments;
use compup2p_protocol::commodity::{PLATFORMS_MAX, Platforms, ResourceKind};
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

/// The hosts of one platform in order of cost, and what they have free in the matcher's world.
#[derive(Clone, Debug, Default)]
struct Shelf {
    /// Cost in ticks, and host.
    by_cost: Vec<(u32, u32)>,
    /// A binary tree in an array: the root at 1, the leaves, one a host, in the second half. Each
    /// holds the most that is free in a leaf below.
    most_free: Vec<u64>,
}

/// The sellers of one kind, and what the matcher gave of them.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// By platform.
    shelves: Vec<Shelf>,
    /// On which shelf a host is, and where.
    places: Vec<(u8, u32)>,
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
        let mut shelves = vec![Shelf::default(); usize::from(PLATFORMS_MAX)];
        for host in 0..hosts {
            let endowment = endowments.of(host);
            let shelf = &mut shelves[usize::from(endowment.platform.0)];
            shelf.by_cost.push((offer(&endowment, kind).cost, host));
        }
        let mut places = vec![(0, 0); hosts as usize];
        for (platform, shelf) in shelves.iter_mut().enumerate() {
            shelf.by_cost.sort_unstable();
            shelf.by_cost.shrink_to_fit();
            for (place, &(_, host)) in shelf.by_cost.iter().enumerate() {
                places[host as usize] = (platform as u8, place as u32);
            }
            shelf.most_free = vec![0; 2 * shelf.by_cost.len().next_power_of_two()];
        }
        let (given, due) = (BTreeMap::new(), BinaryHeap::new());
        Self { shelves, places, offered: vec![0; hosts as usize], given, due }
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
    pub fn serve(&mut self, order: &Order, amount: u64, now: Time) -> Option<u32> {
        self.give_back(now);
        let (cost, host) = self.cheapest(amount, order.platforms)?;
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
        let (platform, place) = self.places[host as usize];
        self.shelves[usize::from(platform)].set(place as usize, free);
    }

    /// The least cost, in ticks, of a host that has `amount` free on one of these platforms, and
    /// the host.
    fn cheapest(&self, amount: u64, platforms: Platforms) -> Option<(u32, u32)> {
        let wanted = platforms.iter().map(|platform| &self.shelves[usize::from(platform.0)]);
        wanted.filter_map(|shelf| shelf.first(amount)).min()
    }
}

impl Shelf {
    fn set(&mut self, place: usize, free: u64) {
        let mut node = self.most_free.len() / 2 + place;
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

    /// The first, in order of cost, that has `amount` free.
    fn first(&self, amount: u64) -> Option<(u32, u32)> {
        let (leaves, mut node) = (self.most_free.len() / 2, 1);
        if self.most_free[node] < amount.max(1) {
            return None;
        }
        while node < leaves {
            node *= 2;
            if self.most_free[node] < amount {
                node += 1;
            }
        }
        self.by_cost.get(node - leaves).copied()
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
                assert_eq!(optimum.cheapest(amount, platforms), wanted);
            }
        }
    }

    #[test]
    fn what_is_given_is_free_again_when_its_time_is_over_or_its_host_went_down() {
        let scenario: Scenario = serde_yaml::from_str("{cost: 10}").unwrap();
        let endowments = Endowments::new(&scenario, Chance::new(1));
        let mut optimum = Optimum::new(ResourceKind::Cpu, 2, &endowments);
        let order = |budget| Order {
            service: None,
            purchase: 0,
            kind: ResourceKind::Cpu,
            amount: 60,
            budget,
            hold: Span::secs(10),
            platforms: Platforms::ANY,
        };
        let serve = |optimum: &mut Optimum, budget, at| {
            optimum.serve(&order(budget), 60, Time::ZERO + Span::secs(at))
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
