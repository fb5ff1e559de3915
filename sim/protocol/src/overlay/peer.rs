//! What a ring's tables hold: a way to reach a member, and its place on the circle.

use crate::commodity::Commodity;
use crate::id::{Addr, Id};
use crate::rules::Rules;
use core::fmt::Debug;

/// A member of a ring, as other members know it.
pub trait Peer: Copy + Eq + Debug {
    /// Its place on this ring's circle.
    fn id(self, rules: &Rules) -> Id;
    /// The node to send to.
    fn addr(self) -> Addr;
}

/// In the base ring a member is its address; its identifier follows from it.
impl Peer for Addr {
    fn id(self, rules: &Rules) -> Id {
        rules.id(self)
    }
    fn addr(self) -> Addr {
        self
    }
}

/// A member of the processor overlay: the market owner of one commodity (CompuP2P, IV-A.2). Each
/// market is a virtual node of its own, known by its market identifier (CMID) and its host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Member {
    /// The node that runs the market.
    pub host: Addr,
    /// What is traded there; the CMID is the lower end of its range.
    pub commodity: Commodity,
}

/// Bits above the CMID, which keep kinds of resources apart: each has an arc of the circle.
pub const KIND_BITS: u32 = 2;
/// Bits below the CMID, which order equal CMIDs by host.
pub const HOST_BITS: u32 = 22;

impl Member {
    /// Where a search for `commodity` begins: before all members that claim it.
    pub fn key(commodity: Commodity, rules: &Rules) -> Id {
        let kind = (commodity.kind() as u64) << (64 - KIND_BITS);
        let value = rules.value(commodity) << (64 - KIND_BITS - rules.market.value_bits);
        Id(kind | value)
    }
}

impl Peer for Member {
    /// The CMID in the upper bits; two claims to one CMID are ordered by host [ours].
    fn id(self, rules: &Rules) -> Id {
        let host = u64::from(self.host.0) & ((1 << HOST_BITS) - 1);
        Id(Self::key(self.commodity, rules).0 | host)
    }
    fn addr(self) -> Addr {
        self.host
    }
}
