//! What hosts have, and how they behave: pure draws, the same whatever else happens.

use crate::behaviours::Behaviours;
use crate::chance::{Chance, Purpose};
use crate::distribution::Distribution;
use crate::scenario::Scenario;
use compup2p_protocol::commodity::Platform;
use compup2p_protocol::market::{Endowment, Offer};
use compup2p_protocol::rules::Pricing;

/// The endowment of any host.
#[derive(Clone, Debug)]
pub struct Endowments {
    chance: Chance,
    sellers: f64,
    capacity: Distribution<f64>,
    cost: Distribution<f64>,
    storage: Distribution<f64>,
    storage_cost: Distribution<f64>,
    /// Real speed over the one that is advertised.
    speed: Distribution<f64>,
    /// The shares of nodes in the classes that have a policy.
    classes: Box<[f64]>,
    /// How many machines are of each platform, beside the others.
    platforms: Box<[f64]>,
    behaviours: Behaviours,
    pricing: Pricing,
}

/// The draws of [`Purpose::Capacities`] by number.
const CPU: u64 = 0;
const SPEED: u64 = 1;
const PLATFORM: u64 = 2;
const STORAGE: u64 = 3;

impl Endowments {
    /// Those of a checked scenario.
    pub fn new(scenario: &Scenario, chance: Chance) -> Self {
        Self {
            chance,
            sellers: scenario.sellers,
            capacity: scenario.capacity.clone(),
            cost: scenario.cost.clone(),
            storage: scenario.storage.clone(),
            storage_cost: scenario.storage_cost.clone(),
            speed: Distribution::Lognormal { median: 1.0, sigma: scenario.capacity_error },
            classes: scenario.policies.iter().map(|policy| policy.share).collect(),
            platforms: scenario.platforms.iter().map(|platform| platform.share).collect(),
            behaviours: scenario.behaviour.clone(),
            pricing: scenario.pricing.clone(),
        }
    }

    /// What `host` has, and how it behaves. Who sells nothing has nothing.
    pub fn of(&self, host: u32) -> Endowment {
        let who = u64::from(host);
        let sells = self.chance.pure(Purpose::Behaviour, who, 0).next_unit() < self.sellers;
        let offer = |amount: &Distribution<f64>, nth, cost: &Distribution<f64>, nth_cost| {
            let amount = amount.sample(self.draw(host, nth)).max(0.0) as u64;
            let cost = cost.sample(self.chance.pure(Purpose::Costs, who, nth_cost).next_unit());
            Offer { capacity: amount, cost: in_ticks(cost, &self.pricing) }
        };
        let nothing = Offer::default();
        let (cpu, storage) = match sells {
            true => (
                offer(&self.capacity, CPU, &self.cost, 0),
                offer(&self.storage, STORAGE, &self.storage_cost, 1),
            ),
            false => (nothing, nothing),
        };
        Endowment {
            cpu,
            storage,
            platform: self.platform(host),
            character: self.behaviours.character(host, self.chance),
            class: self.class(host),
        }
    }

    /// The factor by which the machine of `host` is faster than it advertises.
    pub fn speed(&self, host: u32) -> f64 {
        self.speed.sample(self.draw(host, SPEED))
    }

    /// The class of `host`, by its number among those that have a policy; none if it has none.
    pub fn class(&self, host: u32) -> Option<u8> {
        if self.classes.is_empty() {
            return None;
        }
        let place = self.chance.pure(Purpose::Behaviour, u64::from(host), 1).next_unit();
        falls_in(&self.classes, place).map(|class| class as u8)
    }

    fn platform(&self, host: u32) -> Platform {
        let all: f64 = self.platforms.iter().sum();
        if all == 0.0 {
            return Platform::default();
        }
        let place = self.draw(host, PLATFORM) * all;
        Platform(falls_in(&self.platforms, place).unwrap_or(0) as u8)
    }

    fn draw(&self, host: u32, nth: u64) -> f64 {
        self.chance.pure(Purpose::Capacities, u64::from(host), nth).next_unit()
    }
}

/// The first of `shares`, laid end to end, in which `place` falls.
fn falls_in(shares: &[f64], mut place: f64) -> Option<usize> {
    shares.iter().position(|share| {
        place -= share;
        place < 0.0
    })
}

/// So many credits in ticks of the pricing grid, at least one.
pub(crate) fn in_ticks(credits: f64, pricing: &Pricing) -> u32 {
    libm::round(credits / pricing.tick).clamp(1.0, f64::from(u32::MAX)) as u32
}
