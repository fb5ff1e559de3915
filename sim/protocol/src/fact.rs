//! Everything a node can report. Facts leave through [`crate::world::World::note`]; the engine
//! counts them, turns some into rows and shows all to its judges.

use crate::commodity::Commodity;
use crate::id::{Addr, Id};
use crate::time::Span;

/// Why a lookup was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LookupPurpose {
    /// The workload asked for a key.
    Key,
    /// A seller looks for where to list.
    List,
    /// A buyer looks for a market.
    Buy,
    /// A finger is refreshed.
    Finger,
    /// A node joins.
    Join,
    /// A node looks itself up through a node named by the AdminServer.
    Rejoin,
    /// A market owner looks one of its own markets up.
    Claim,
}

/// Which ring a report is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ring {
    /// The ring of all nodes.
    Base,
    /// The ring of market owners (CompuP2P, IV-A.2).
    Processor,
}

/// How a lookup went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupEnd {
    /// Which ring.
    pub ring: Ring,
    /// Why.
    pub purpose: LookupPurpose,
    /// What was looked up.
    pub key: Id,
    /// Who is responsible for the key, as found; nobody if the lookup failed.
    pub owner: Option<Addr>,
    /// Nodes contacted up to the key's predecessor, as the Chord paper counts.
    pub hops: u8,
    /// Requests that were not answered.
    pub timeouts: u8,
    /// From the question to the answer.
    pub took: Span,
}

/// What a node can report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A lookup ended.
    Lookup(LookupEnd),
    /// This node is in the base ring now.
    Joined,
    /// This node gave joining up for now: the AdminServer or its contact did not answer.
    JoinFailed,
    /// All of the successor list was lost.
    SuccessorsLost(Ring),
    /// A bound was reached: more hops than a lookup may take.
    HopsExhausted(Ring),
    /// A market was created or taken over by this node, with its first listing.
    MarketOpened(Commodity),
    /// A market of this node was dissolved or handed over.
    MarketClosed(Commodity),
}
