//! What is asked of nodes: pure draws, the same whatever else happens.

use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;
use crate::endowments::in_ticks;
use crate::scenario::Scenario;
use compup2p_protocol::commodity::{Platform, Platforms, ResourceKind};
use compup2p_protocol::id::Id;
use compup2p_protocol::market::Order;
use compup2p_protocol::rules::Pricing;
use compup2p_protocol::time::{Span, Time};

/// Who asks for what, when.
#[derive(Clone, Debug)]
pub struct Workload {
    chance: Chance,
    lookups: Option<Distribution<Span>>,
    cpu: Wanted,
    storage: Wanted,
    pricing: Pricing,
    bits: u32,
    stops: Time,
}

/// What is bought of one kind.
#[derive(Clone, Debug)]
struct Wanted {
    /// The time between two purchases.
    gap: Option<Distribution<Span>>,
    amount: Distribution<f64>,
    budget: Distribution<f64>,
    hold: Distribution<Span>,
    platforms: Platforms,
}

impl Workload {
    /// The workload of a checked scenario.
    pub fn new(scenario: &Scenario, chance: Chance) -> Self {
        let poisson =
            |interval: Option<Span>| interval.map(|mean| Distribution::Exponential { mean });
        let workload = &scenario.workload;
        let (cpu, storage) = (&workload.purchases, &workload.storage);
        let place = |name: &String| scenario.platforms.iter().position(|p| p.name == *name);
        let of = |set: Platforms, place: usize| set.with(Platform(place as u8));
        let platforms = match cpu.platforms.is_empty() {
            true => Platforms::ANY,
            false => cpu.platforms.iter().filter_map(place).fold(Platforms::NONE, of),
        };
        Self {
            chance,
            lookups: poisson(workload.lookups.interval),
            cpu: Wanted {
                gap: poisson(cpu.interval),
                amount: cpu.amount.clone(),
                budget: cpu.budget.clone(),
                hold: cpu.hold.clone(),
                platforms,
            },
            storage: Wanted {
                gap: poisson(storage.interval),
                amount: storage.amount.clone(),
                budget: storage.budget.clone(),
                hold: storage.hold.clone(),
                platforms: Platforms::ANY,
            },
            pricing: scenario.pricing.clone(),
            bits: scenario.overlay.bits,
            stops: workload.stop_at.map_or(Time::NEVER, |at| Time::ZERO + at),
        }
    }

    /// Whether anybody buys this kind.
    pub fn buys(&self, kind: ResourceKind) -> bool {
        self.wanted(kind).gap.is_some()
    }

    fn wanted(&self, kind: ResourceKind) -> &Wanted {
        match kind {
            ResourceKind::Cpu => &self.cpu,
            ResourceKind::Storage => &self.storage,
        }
    }

    /// When `host` makes its `nth` lookup, the one before having been made at `last`.
    pub fn lookup_at(&self, host: u32, nth: u32, last: Time) -> Option<Time> {
        let gap = self.lookups.as_ref()?;
        self.unless_stopped(last + gap.sample(self.lookup(host, nth).next_unit()))
    }

    /// The key of the `nth` lookup of `host`.
    pub fn key(&self, host: u32, nth: u32) -> Id {
        let mut draws = self.lookup(host, nth);
        draws.next_u64();
        Id(draws.next_u64()).truncated(self.bits)
    }

    /// When `host` makes its `nth` purchase of a kind, the one before having been made at `last`.
    pub fn purchase_at(&self, kind: ResourceKind, host: u32, nth: u32, last: Time) -> Option<Time> {
        let gap = self.wanted(kind).gap.as_ref()?;
        self.unless_stopped(last + gap.sample(self.purchase(kind, host, nth).next_unit()))
    }

    /// What `host` orders as its `nth` purchase of a kind, which is number `purchase` of the run.
    pub fn order(&self, kind: ResourceKind, host: u32, nth: u32, purchase: u32) -> Order {
        let wanted = self.wanted(kind);
        let mut draws = self.purchase(kind, host, nth);
        draws.next_u64();
        Order {
            purchase,
            kind,
            platforms: wanted.platforms,
            amount: wanted.amount.sample(draws.next_unit()).max(1.0) as u64,
            hold: wanted.hold.sample(draws.next_unit()).max(Span(1)),
            budget: in_ticks(wanted.budget.sample(draws.next_unit()), &self.pricing),
            service: None,
        }
    }

    fn lookup(&self, host: u32, nth: u32) -> Draws {
        self.chance.pure(Purpose::Workload, u64::from(host) * 2, u64::from(nth))
    }

    fn purchase(&self, kind: ResourceKind, host: u32, nth: u32) -> Draws {
        // Each kind has who-numbers of its own.
        let kind = (kind as u64) << 40;
        self.chance.pure(Purpose::Workload, kind + u64::from(host) * 2 + 1, u64::from(nth))
    }

    fn unless_stopped(&self, at: Time) -> Option<Time> {
        (at < self.stops).then_some(at)
    }
}
