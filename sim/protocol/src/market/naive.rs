//! The naive scheme, which the paper rejects (CompuP2P, IV-A): "selecting one node, say the
//! successor of Chord ID zero, for trading all available compute power in the network is not a
//! good idea". One node has the books of all commodities; a buyer asks it, and nobody else.

use crate::id::Id;

/// Where all markets are.
pub(super) const KEY: Id = Id(0);

/// Whether there are other owners to ask when this one has no seller.
pub(super) const HAS_OTHERS: bool = false;
