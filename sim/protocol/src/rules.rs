//! The parameters of a run, shared by all nodes and never copied into them. What a scenario writes
//! under `overlay:`, `market:`, `pricing:` and `admin:` is what is here; defaults are of SPEC 15.

mod service;

pub use service::{Backup, Checkpoint, CheckpointRule, CodeFrom, Service};

use crate::commodity::{Commodity, ResourceKind};
use crate::credit::{Credits, MICRO};
use crate::id::{Addr, Id};
use crate::policy::Policy;
use crate::time::Span;
use alloc::boxed::Box;
use alloc::vec::Vec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All that nodes of one run share.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The overlay's parameters.
    pub overlay: Overlay,
    /// Entries of a successor list, at least 1.
    pub successors: usize,
    /// The markets' parameters.
    pub market: Market,
    /// The pricing rule's parameters.
    pub pricing: Pricing,
    /// The AdminServer's parameters.
    pub admin: Admin,
    /// What a cartel of sellers bids at least, in credits.
    pub cartel_price: u32,
    /// The usage policies of classes of nodes.
    pub policies: Box<[Policy]>,
    /// How far ahead a node estimates what its owner leaves idle (T of the paper).
    pub horizon: Span,
    /// The service layer's parameters.
    pub service: Service,
    /// How likely a compute node that does not compute right errs, in parts of a million.
    pub error_rate: u32,
    /// Mechanisms that are switched off, to see what they are good for.
    pub off: Off,
    /// The identifier of each address: SHA-1 of it, looked up instead of computed anew.
    pub ids: Box<[Id]>,
    /// Where the AdminServer is; the first address that is no node's.
    pub admin_at: Addr,
}

impl Rules {
    /// The identifier of the node at `addr`.
    pub fn id(&self, addr: Addr) -> Id {
        self.ids[addr.0 as usize]
    }

    /// The lower end of a commodity's range, in its kind's unit.
    pub fn value(&self, commodity: Commodity) -> u64 {
        commodity.value(self.market.width_of(commodity.kind()))
    }

    /// An amount rounded up to a commodity.
    pub fn rounded_up(&self, kind: ResourceKind, amount: u64) -> u64 {
        let width = self.market.width_of(kind);
        amount.max(1).div_ceil(width).saturating_mul(width)
    }

    /// The host of the node at `addr`: its first virtual node.
    pub fn host(&self, addr: Addr) -> Addr {
        Addr(addr.0 - addr.0 % self.overlay.virtual_nodes)
    }

    /// The address of a host: that of its first virtual node.
    pub fn first_of(&self, host: u32) -> Addr {
        Addr(host * self.overlay.virtual_nodes)
    }

    /// The policy of a node of the class with this number, or of one in no class.
    pub fn policy(&self, class: Option<u8>) -> &Policy {
        static UNLIMITED: Policy = Policy::UNLIMITED;
        class.and_then(|class| self.policies.get(usize::from(class))).unwrap_or(&UNLIMITED)
    }
}

#[cfg(test)]
impl Rules {
    /// Default rules for nodes with these identifiers.
    pub(crate) fn for_tests(ids: Vec<Id>) -> Self {
        Self {
            overlay: Overlay::default(),
            successors: 4,
            market: Market::default(),
            pricing: Pricing::default(),
            admin: Admin::default(),
            cartel_price: 150,
            policies: Box::default(),
            horizon: Span::secs(3600),
            service: Service::default(),
            error_rate: 1_000_000,
            off: Off::default(),
            admin_at: Addr(ids.len() as u32),
            ids: ids.into(),
        }
    }
}

/// Which overlay carries the markets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverlayKind {
    /// Chord (Stoica et al., 2001).
    #[default]
    Chord,
}

/// How a lookup travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// The asker contacts each node of the path itself.
    #[default]
    Iterative,
    /// Each node hands the request on; the last one answers the asker.
    Recursive,
}

/// How the ring begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// A correct ring of all who are up at t = 0.
    #[default]
    Ideal,
    /// One by one through the AdminServer.
    Join,
}

/// A span drawn uniformly each time, from `min` to `max`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The shortest.
    pub min: Span,
    /// The longest.
    pub max: Span,
}

impl Period {
    /// One draw, given 64 random bits.
    pub fn pick(self, bits: u64) -> Span {
        self.min + (self.max - self.min).fraction(bits)
    }
}

/// Section `overlay:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// Which overlay.
    pub kind: OverlayKind,
    /// Identifier bits (m), at most 64.
    pub bits: u32,
    /// Entries of a node's successor list (r); by default 2 log2 N.
    pub successors: Option<u32>,
    /// Ring members that each host runs (Chord, IV-B).
    pub virtual_nodes: u32,
    /// How the ring begins.
    pub start: Start,
    /// How lookups travel.
    pub routing: Routing,
    /// Whether a lookup contacts the owner that it found before it ends, and takes the next
    /// successor if that one is down. Chord's last step; not counted as a hop.
    pub confirm: bool,
    /// Whether a recursive hop is acknowledged, so that a dead next hop is noticed and passed by.
    pub acknowledge: bool,
    /// How long a request waits for its answer.
    pub rpc_timeout: Span,
    /// A round of stabilization: one successor and one finger refreshed, the predecessor checked.
    pub stabilize: Period,
    /// If given, fingers are fixed in rounds of their own.
    pub fix_fingers: Option<Period>,
    /// If given, the predecessor is checked in rounds of its own.
    pub check_predecessor: Option<Period>,
    /// How often a node looks itself up through a node named by the AdminServer, so that rings
    /// that were apart merge [ours].
    pub rejoin_interval: Span,
    /// How often a successor, or the owner that a lookup found, is asked before its silence means
    /// that it is down [ours]: with exponential delays one answer in 2,000 comes too late.
    pub attempts: u32,
    /// How long the origin of a recursive lookup waits before it sends it again.
    pub lookup_timeout: Span,
    /// Most hops of a lookup; one that takes more has failed.
    pub hops_max: u32,
    /// How often a recursive lookup is sent again when no answer comes.
    pub retries: u32,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            kind: OverlayKind::Chord,
            bits: 64,
            successors: None,
            virtual_nodes: 1,
            start: Start::Ideal,
            routing: Routing::Iterative,
            confirm: true,
            acknowledge: true,
            rpc_timeout: Span::millis(500),
            stabilize: Period { min: Span::secs(15), max: Span::secs(45) },
            fix_fingers: None,
            check_predecessor: None,
            rejoin_interval: Span::secs(600),
            attempts: 3,
            lookup_timeout: Span::secs(4),
            hops_max: 128,
            retries: 3,
        }
    }
}

/// How markets are placed on nodes (CompuP2P, IV-A).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// The market for C is at the successor of identifier C (IV-A.1).
    SingleOverlay,
    /// The market for C is at the successor of hash(C); market owners form a second ring (IV-A.2).
    #[default]
    ProcessorOverlay,
    /// All markets are at the successor of identifier zero: what the paper rejects.
    Naive,
}

/// How a value C becomes an identifier in the single overlay scheme [ours].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// C * 2^(m - c): the range of values is spread over the ring.
    #[default]
    Full,
    /// C itself, as the paper writes.
    None,
}

/// What a market owner that is replaced does with its listings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handoff {
    /// Nothing: the sellers' next re-listing finds the new owner (CompuP2P, V-A).
    #[default]
    None,
    /// It hands them over [ours].
    Transfer,
}

/// What a buyer gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// The amount asked for, rounded up to a commodity; the seller lists the rest again.
    #[default]
    Requested,
    /// All that the seller offers.
    Whole,
}

/// Section `market:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Market {
    /// How markets are placed.
    pub scheme: Scheme,
    /// Width of the range of a commodity of compute power, in cycles per second.
    pub width: u64,
    /// Width of the range of a commodity of storage, in bytes.
    pub storage_width: u64,
    /// Bits of the largest value of a commodity (c of the paper).
    pub value_bits: u32,
    /// How a value becomes an identifier in the single overlay.
    pub scale: Scale,
    /// How often a seller lists itself again, changed or not.
    pub relist_interval: Span,
    /// How long a listing stands.
    pub listing_ttl: Span,
    /// How long a seller that a buyer was told of is kept for that buyer.
    pub hold_time: Span,
    /// How long a buyer waits for a market owner's answer.
    pub find_seller_timeout: Span,
    /// Most markets that one purchase asks.
    pub max_attempts: u32,
    /// Most sellers that a market owner pings for one request.
    pub pings_max: u32,
    /// What a market owner that is replaced does with its listings.
    pub handoff: Handoff,
    /// What a buyer gets.
    pub allocation: Allocation,
}

impl Market {
    /// Width of the range of a commodity of this kind, in its unit.
    pub fn width_of(&self, kind: ResourceKind) -> u64 {
        match kind {
            ResourceKind::Cpu => self.width,
            ResourceKind::Storage => self.storage_width,
        }
    }
}

impl Default for Market {
    fn default() -> Self {
        Self {
            scheme: Scheme::ProcessorOverlay,
            width: 50_000_000,
            storage_width: 1_000_000_000,
            value_bits: 40,
            scale: Scale::Full,
            relist_interval: Span::secs(60),
            listing_ttl: Span::secs(120),
            hold_time: Span::secs(5),
            find_seller_timeout: Span::secs(10),
            max_attempts: 16,
            pings_max: 8,
            handoff: Handoff::None,
            allocation: Allocation::Requested,
        }
    }
}

/// Which pricing rule market owners follow (CompuP2P, IV-B).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PricingRule {
    /// Reverse Vickrey: the least bid wins and is paid the second least; the market owner gets a
    /// fixed fee out of it (IV-B.1).
    #[default]
    Vickrey,
    /// The seller that is named is paid its bid; the market owner takes a share (IV-B.2).
    Commission,
    /// Reverse Vickrey, of which the market owner takes a share (IV-B.2).
    VickreyCommission,
    /// Max-min payoff, equation 1 (IV-B.2): what the seller gets and what the market owner gets
    /// are complementary.
    MaxMin,
    /// Sellers post prices and undercut each other, as in Bertrand's oligopoly (IV-B).
    PostedPrices,
}

/// What a price is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A sale, whatever its size (CompuP2P).
    #[default]
    PerTransaction,
    /// 10^9 cycles, or bytes times seconds: costs, bids, budgets, fees are so much for each [ours].
    PerGigacycle,
}

/// Section `pricing:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pricing {
    /// The rule.
    pub rule: PricingRule,
    /// What a price is for.
    pub basis: Basis,
    /// The grid of all bids and prices, in credits; a whole credit is a whole number of ticks.
    /// Lemma 1 holds on whole credits only.
    pub tick: f64,
    /// What the market owner gets out of a sale, in credits (`vickrey`, `posted_prices`).
    pub listing_fee: u32,
    /// The market owner's share of a sale (`commission`, `vickrey_commission`), below 1.
    pub commission: f64,
    /// What the buyer pays the market owner in any case, in credits (`max_min`).
    pub delta: u32,
    /// The highest price that a seller posts, and where it begins, in credits (`posted_prices`).
    pub price_cap: u32,
}

impl Default for Pricing {
    fn default() -> Self {
        Self {
            rule: PricingRule::Vickrey,
            basis: Basis::PerTransaction,
            tick: 1.0,
            listing_fee: 1,
            commission: 0.1,
            delta: 1,
            price_cap: 200,
        }
    }
}

impl Pricing {
    /// The grid of bids, in micro-credits.
    pub fn tick(&self) -> Credits {
        Credits(((self.tick * MICRO as f64) + 0.5) as u64)
    }

    /// So many credits in ticks; more than can be counted is the most that can.
    pub fn ticks(&self, credits: u32) -> u32 {
        let ticks = Credits::whole(credits).0 / self.tick().0.max(1);
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// The market owner's share, in parts of a million.
    pub fn commission_ppm(&self) -> u32 {
        (self.commission * 1e6 + 0.5) as u32
    }
}

/// Section `admin:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// How often a node tells the AdminServer that it is alive; twice that and it is forgotten.
    pub keepalive: Span,
    /// What a new account holds, in credits.
    pub initial_balance: u32,
    /// What is added to each account each `income_period`, in credits, so that buyers do not run
    /// dry.
    pub income: u32,
    /// How often.
    pub income_period: Span,
    /// How long after the end of what was bought its money may stay put aside. Then a seller that
    /// has shown a delivery receipt is paid, else the buyer gets it back.
    pub reservation: Span,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            keepalive: Span::secs(300),
            initial_balance: 10_000,
            income: 0,
            income_period: Span::secs(3600),
            reservation: Span::secs(1800),
        }
    }
}

/// A mechanism that can be switched off, to see what it is good for.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Asking the successor for its predecessor.
    Stabilize,
    /// Refreshing fingers.
    FixFingers,
    /// Telling the successor of oneself.
    Notify,
    /// Pinging the predecessor.
    CheckPredecessor,
    /// Looking oneself up through the AdminServer.
    Rejoin,
    /// Listing again each `relist_interval`.
    Relist,
    /// Dropping listings that are past their time.
    Purge,
    /// Pinging a seller before a buyer is told of it.
    Ping,
    /// Looking one's own markets up, to leave those that are another's.
    Claim,
    /// Showing the bank a delivery receipt, so that a buyer that denies pays all the same.
    Receipt,
}

/// The mechanisms that are switched off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Off(u32);

impl Off {
    /// These mechanisms, and no others.
    pub fn these(mechanisms: &[Mechanism]) -> Self {
        Self(mechanisms.iter().fold(0, |all, &one| all | 1 << one as u32))
    }

    /// Whether `mechanism` works.
    pub fn is_on(self, mechanism: Mechanism) -> bool {
        self.0 & (1 << mechanism as u32) == 0
    }

    /// The mechanisms that are off.
    pub fn list(self) -> Vec<Mechanism> {
        use Mechanism as M;
        [
            M::Stabilize,
            M::FixFingers,
            M::Notify,
            M::CheckPredecessor,
            M::Rejoin,
            M::Relist,
            M::Purge,
            M::Ping,
            M::Claim,
            M::Receipt,
        ]
        .into_iter()
        .filter(|&mechanism| !self.is_on(mechanism))
        .collect()
    }
}
